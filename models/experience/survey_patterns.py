"""Patterns of survey files, all found in one pass: one a line, with shared pieces put in, long ones cut into parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from models.core.errors import PackError
from models.experience.survey_words import PIECES
from models.taxonomy.patterns import MAX_CHARS, GatedPattern, PatternError, compile_pattern
from models.taxonomy.phrases import PhraseFinder, PhraseHit, fold

_PIECE = re.compile(r"<[a-z]+>")
_GAPS = ("<g>", "<h>", "<x>")


class PatternHit(NamedTuple):
    """``text[start:end]`` matches a pattern of the group ``name``."""

    name: str
    start: int
    end: int


class PatternFinder:
    """Patterns and words by group. One pass finds the words that patterns need; only those patterns are run.

    A denied match counts as any other: the reader of the hits judges denial. Raises ``PackError`` naming the group of
    a pattern that is none.
    """

    def __init__(
        self, patterns: Mapping[str, Iterable[str]], words: Mapping[str, Iterable[str]], *, pack: str
    ) -> None:
        compiled = [(name, _compiled(text, name, pack)) for name, own in patterns.items() for text in own]
        self._patterns = [(name, pattern.regex) for name, pattern in compiled]
        plain = {fold(word): name for name, own in words.items() for word in own}
        gates = {fold(word) for _, pattern in compiled for word in pattern.words}
        self._finder = PhraseFinder({*plain, *gates})
        self._of_word = {self._finder.number[word]: name for word, name in plain.items()}
        self._gated: dict[int, list[int]] = {}
        for number, (_, pattern) in enumerate(compiled):
            for word in pattern.words:
                self._gated.setdefault(self._finder.number[fold(word)], []).append(number)

    def find_each(self, texts: Sequence[str]) -> list[list[PatternHit]]:
        """All hits of each text, overlapping ones too, by place."""
        found = self._finder.find_each(texts)
        return [self._run(text, words) if words else [] for text, words in zip(texts, found, strict=True)]

    def _run(self, text: str, words: Iterable[PhraseHit]) -> list[PatternHit]:
        hits: list[PatternHit] = []
        numbers: set[int] = set()
        for start, end, word in words:
            if word in self._of_word:
                hits.append(PatternHit(self._of_word[word], start, end))
            numbers.update(self._gated.get(word, ()))
        for number in numbers:
            name, regex = self._patterns[number]
            hits += [PatternHit(name, *found.span()) for found in regex.finditer(text)]
        return sorted(hits, key=lambda hit: hit[1:] + hit[:1])


def _compiled(text: str, name: str, pack: str) -> GatedPattern:
    try:
        return compile_pattern(text)
    except PatternError as error:
        raise PackError(
            pack=pack, reason=f"{name}：{error.zh}（{text}）", reason_en=f"{name}: {error.en} ({text})"
        ) from error


def patterns_of(text: object, *, praise: bool = False) -> list[str]:
    """The patterns of a block of lines; lines that begin with ``#`` are remarks. None is longer than a rule allows.

    With ``praise`` no gap holds a denial: 跟图片<g>一样 is not found in 跟图片不一样.
    """
    lines = [line.strip() for line in str(text or "").splitlines()]
    wanted = [line for line in lines if line and not line.startswith("#")]
    return [part for line in wanted for part in _parts(_PIECE.sub(lambda m: _piece(m[0], praise), line))]


def _piece(name: str, praise: bool) -> str:
    piece = PIECES.get(name, name)
    return piece.replace("[^", "[^不没未", 1) if praise and name in _GAPS else piece


def _parts(pattern: str) -> Iterator[str]:
    """``pattern`` itself or patterns that together match the same: its longest group halved, again and again."""
    if len(pattern) <= MAX_CHARS:
        yield pattern
        return
    groups = [(0, len(pattern))] if len(alternatives(pattern)) > 1 else _groups(pattern)
    splittable = [(end - start, start, end) for start, end in groups if "|" in pattern[start:end]]
    if not splittable:
        yield pattern  # the rule parser says what is wrong with it
        return
    _, start, end = max(splittable)
    words = alternatives(pattern[start:end])
    if len(words) < 2:
        yield pattern
        return
    middle = len(words) // 2
    for half in (words[:middle], words[middle:]):
        yield from _parts(pattern[:start] + "|".join(half) + pattern[end:])


def _groups(pattern: str) -> list[tuple[int, int]]:
    """The insides of the outermost ``(?:…)`` groups, as spans. One that may be absent is left whole."""
    found, depth, start = [], 0, 0
    for at, char in _structure(pattern):
        if char == "(":
            depth += 1
            if depth == 1:
                start = at + 3 if pattern.startswith("(?:", at) else -1
        elif char == ")":
            depth -= 1
            if depth == 0 and start >= 0 and pattern[at + 1 : at + 2] not in ("?", "*", "{"):
                found.append((start, at))
    return found


def alternatives(pattern: str) -> list[str]:
    """The parts of a pattern between its outermost bars."""
    cuts, depth = [-1], 0
    for at, char in _structure(pattern):
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            cuts.append(at)
    return [pattern[one + 1 : other] for one, other in zip(cuts, [*cuts[1:], len(pattern)], strict=True)]


def _structure(pattern: str) -> Iterator[tuple[int, str]]:
    """Brackets and bars that are neither escaped nor in a character class."""
    in_class = False
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 2
            continue
        if in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char in "(|)":
            yield at, char
        at += 1
