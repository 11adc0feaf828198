"""The sentiment lexicon: words and constructions with kinds and strengths, parsed from plain text.

Two notations, both hand-written (see ``data/lexicons/sentiment``):

* words: a line ``[kind strength]`` opens a block of words between blanks;
* patterns: one construction a line, ``kind strength regular-expression``; ``{N}`` stands for a number,
  ``{T}`` for a unit of time.

A lexicon is a value: it goes into a model's folder as its own text and comes out the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from models.core.errors import PackError
from models.text.word_places import WordPlaces

NUMBER = r"(?:[\d０-９]+(?:\.\d+)?|[一二两三四五六七八九十百千几数半]+)"
TIME_UNIT = r"(?:秒钟?|分钟|个?小时|个?钟头?|天|周|个?星期|个?礼拜|个?月|年)"

POLAR_WORDS = ("positive", "negative")
WORD_KINDS = frozenset(
    [
        "positive",
        "negative",
        "fault",
        "owed",
        "negator",
        "twice",
        "degree",
        "contrast",
        "concession",
        "done",
        "neutral",
        "high",
        "low",
        "good_more",
        "bad_more",
    ]
)
PLACE_KINDS = frozenset(
    [
        "event",
        "concession",
        "negator",
        "polar",
        "resolved",
        "demand",
        "wait",
        "times",
        "only",
        "post_degree",
        "degree",
        "neutral",
        "contrast",
    ]
)
SENTENCE_KINDS = ("ask", "rhetoric", "courtesy", "solicit", "pressed", "wish", "irony", "mock", "fact")

_BLOCK = re.compile(r"\[(\w+)(?: (-?\d+(?:\.\d+)?))?\]")


@dataclass(frozen=True, slots=True)
class Entry:
    """``strength`` is signed for polar kinds: above 0 praises, below 0 complains; about 1 weak to 3 strong.

    ``polar`` is what a grammar word says besides its part in the clause: 噪音 is bad, 噪音小 is good.
    """

    kind: str
    strength: float
    polar: float = 0.0


@dataclass(frozen=True)
class SentimentLexicon:
    """``words_text`` and ``patterns_text`` are the sources; everything else is derived from them."""

    words_text: str
    patterns_text: str

    @cached_property
    def words(self) -> dict[str, Entry]:
        """Word to entry; the last of two wins, ``neutral`` never does. Raises ``PackError``."""
        found: dict[str, Entry] = {}
        for word, entry in _parse_words(self.words_text):
            known = found.get(word)
            if known is None:
                found[word] = entry
            elif entry.kind != "neutral":
                polar = known.strength if known.kind in POLAR_WORDS else known.polar
                found[word] = entry if entry.kind in POLAR_WORDS else replace(entry, polar=polar)
        return found

    @cached_property
    def word_places(self) -> tuple[WordPlaces, tuple[Entry, ...]]:
        """Finds ``words``; their entries by the number that it gives."""
        return WordPlaces(tuple(self.words)), tuple(self.words.values())

    @cached_property
    def places(self) -> tuple[re.Pattern[str], tuple[Entry, ...]]:
        """One alternation of all constructions that stand at a place; group ``g3`` belongs to entry 3."""
        alternation = "|".join(f"(?P<g{i}>{source})" for i, (_, source) in enumerate(self._place_rows))
        return re.compile(alternation or "(?!)"), tuple(entry for entry, _ in self._place_rows)

    @cached_property
    def place_finder(self) -> re.Pattern[str]:
        """Matches where and what ``places`` matches, in half the time: it does not say which construction it was."""
        return re.compile("|".join(f"(?:{source})" for _, source in self._place_rows) or "(?!)")

    @cached_property
    def _place_rows(self) -> list[tuple[Entry, str]]:
        return [row for row in _parse_patterns(self.patterns_text) if row[0].kind in PLACE_KINDS]

    @cached_property
    def sentences(self) -> dict[str, tuple[re.Pattern[str], tuple[float, ...]]]:
        """Kind of sentence to the alternation of its marks and their strengths, by group ``g0``, ``g1`` …"""
        rows = list(_parse_patterns(self.patterns_text))
        found = {}
        for kind in SENTENCE_KINDS:
            own = [(entry.strength, source) for entry, source in rows if entry.kind == kind]
            alternation = "|".join(f"(?P<g{i}>{source})" for i, (_, source) in enumerate(own))
            found[kind] = (re.compile(alternation or "(?!)"), tuple(strength for strength, _ in own))
        return found


def _content_lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield number, line.strip()


def _parse_words(text: str) -> Iterator[tuple[str, Entry]]:
    entry: Entry | None = None
    for number, line in _content_lines(text):
        if (block := _BLOCK.fullmatch(line)) is not None:
            kind, strength = block.group(1), float(block.group(2) or 1)
            _check(kind in WORD_KINDS, number, kind)
            entry = Entry(kind, -strength if kind in ("negative", "fault") else strength)
        elif entry is None:
            _check(False, number, line)
        else:
            yield from ((word.lower(), entry) for word in line.split())


def _parse_patterns(text: str) -> Iterator[tuple[Entry, str]]:
    for number, line in _content_lines(text):
        kind, _, rest = line.partition(" ")
        strength, _, source = rest.partition(" ")
        _check(kind in PLACE_KINDS or kind in SENTENCE_KINDS, number, kind)
        source = source.replace("{N}", NUMBER).replace("{T}", TIME_UNIT)
        try:
            re.compile(source)
            yield Entry(kind, float(strength)), source
        except (re.error, ValueError) as error:
            raise PackError(
                pack="sentiment", reason=f"第 {number} 行：{error}", reason_en=f"line {number}: {error}"
            ) from error


def _check(fine: bool, number: int, what: str) -> None:
    if not fine:
        raise PackError(
            pack="sentiment",
            reason=f"第 {number} 行：不认识「{what}」",
            reason_en=f"line {number}: {what!r} is unknown",
        )
