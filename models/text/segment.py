"""Words of Chinese text, with exact offsets: jieba's algorithm, one engine instance per dictionary.

Protected spans are replaced by one private-use character before the engine sees the text, which emits such
a character as a word of its own; so one engine call per text is enough and no span can be cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from models.text.dictionary import Dictionary
from models.text.protected import PROTECTED, word_pattern
from models.text.segment_engine import Engine, JiebaEngine, RjiebaEngine

EngineName = Literal["rjieba", "jieba"]
_MARK = "\ue000"
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SEARCH_PART = re.compile(r"[A-Za-z0-9.%]*[A-Za-z0-9%]|[^\W_A-Za-z0-9]+")
_WORD = re.compile(r"[^\W_]")
_MASKED = re.compile(r"\[[^\[\]]*\]")


class TokenSpan(NamedTuple):
    """A word and its half-open range; ``text`` is exactly ``raw[start:end]``."""

    text: str
    start: int
    end: int
    pos: str | None = None


class Segmenter:
    """Cuts text into words with the words of ``dictionary`` added to jieba's own.

    Each instance holds an engine of its own (about 24 MB, 0.1 s to make): two dictionaries never meet.
    White space: ``words`` keeps it, so that the words joined give the text back; ``tokens`` and
    ``search_words`` leave it out. An instance may be used from several threads.
    """

    def __init__(self, dictionary: Dictionary | None = None, *, engine: EngineName = "rjieba") -> None:
        self.dictionary = dictionary or Dictionary("builtin", "0")
        entries = self.dictionary.entries
        self._engine: Engine = RjiebaEngine(entries) if engine == "rjieba" else JiebaEngine(entries)
        self._own_words = word_pattern(self.dictionary.words)
        self._own_tags = {entry.word: entry.pos for entry in entries if entry.pos}

    @property
    def version(self) -> str:
        """What a stored result names: engine, its version and the digest of the dictionary."""
        return f"{self._engine.version}/{self.dictionary.name}@{self.dictionary.digest}"

    def words(self, text: str) -> list[str]:
        """The words of ``text`` with its white space; joined they are ``text`` again."""
        return self._cut(text, self._engine.cut)

    def tokens(self, text: str, *, pos: bool = False) -> list[TokenSpan]:
        """Words with offsets in code points, white space dropped; ``pos`` adds ICTCLAS-like tags."""
        spans: list[TokenSpan] = []
        tag = self._tagger(text) if pos else None
        at = 0
        for word in self.words(text):
            end = at + len(word)
            if not word.isspace():
                spans.append(TokenSpan(word, at, end, tag(word) if tag else None))
            at = end
        return spans

    def search_words(self, text: str) -> list[str]:
        """Words for full-text search: each word and the shorter words in it, in order, with repeats.

        A protected span gives its parts too (4S店: 4S, 店, 4S店; iPhone 15: iPhone, 15). Left out are marks,
        white space and bracketed words: [手机] stands for a masked number and must not answer a search for
        手机. No search word holds white space, so they can be stored joined by blanks.
        """
        return [
            word
            for word in self._cut(text, self._engine.cut_for_search, _search_parts)
            if word.isalnum() or _WORD.search(word)
        ]

    def protected_spans(self, text: str) -> list[tuple[int, int]]:
        """Ranges that this segmenter never cuts: its mixed dictionary words, then the built-in kinds."""
        spans: list[tuple[int, int]] = []
        at = 0
        for index, piece in enumerate(self._pieces(text)):
            if index % 2:
                spans.append((at, at + len(piece)))
            at += len(piece)
        return spans

    def _pieces(self, text: str) -> list[str]:
        """Gap, protected span, gap, …: an odd number of pieces, joined they are ``text``."""
        if self._own_words is None:
            return PROTECTED.split(text)
        own = self._own_words.split(text)
        if len(own) == 1:
            return PROTECTED.split(text)
        pieces: list[str] = []
        for index, piece in enumerate(own):
            if index % 2:
                pieces.append(piece)
            else:
                pieces += PROTECTED.split(piece)
        return pieces

    def _cut(
        self,
        text: str,
        cut: Callable[[str], list[str]],
        parts: Callable[[str], list[str]] | None = None,
    ) -> list[str]:
        pieces = self._pieces(text)
        if len(pieces) == 1:
            return _exact(text, cut, joins=parts is None)
        if _MARK in text:
            return _cut_gaps(pieces, cut, parts)
        words = _exact(_MARK.join(pieces[::2]), cut, joins=parts is None)
        if parts is not None:
            spans = iter(pieces[1::2])
            return [part for word in words for part in (parts(next(spans)) if word == _MARK else (word,))]
        at = -1
        for span in pieces[1::2]:
            at = words.index(_MARK, at + 1)
            words[at] = span
        return words

    def _tagger(self, text: str) -> Callable[[str], str]:
        protected = set(self._pieces(text)[1::2])

        def tag(word: str) -> str:
            if word in self._own_tags:
                return self._own_tags[word]
            return _protected_tag(word) if word in protected else self._engine.tag(word)

        return tag


def _exact(text: str, cut: Callable[[str], list[str]], *, joins: bool) -> list[str]:
    """Cut a text that may hold half surrogates, which the engine does not take."""
    try:
        return cut(text)
    except UnicodeEncodeError:
        words = cut(_SURROGATE.sub("\ufffd", text))
    if not joins:
        return words
    at, exact = 0, []
    for word in words:
        exact.append(text[at : at + len(word)])
        at += len(word)
    return exact


def _cut_gaps(
    pieces: list[str], cut: Callable[[str], list[str]], parts: Callable[[str], list[str]] | None
) -> list[str]:
    """The slow way, for a text that itself holds the private-use character."""
    words: list[str] = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            words += _exact(piece, cut, joins=parts is None)
        else:
            words += parts(piece) if parts else [piece]
    return words


def _search_parts(span: str) -> list[str]:
    if span[0] == "[":
        return []
    parts = _SEARCH_PART.findall(span)
    if parts != [span] and not any(character.isspace() for character in span):
        parts.append(span)
    return parts


def _protected_tag(span: str) -> str:
    """A tag for a protected span: m for an amount or number, t for a time, x for a mask, nz for a name."""
    if _MASKED.fullmatch(span):
        return "x"
    if span[-1] in "元块钱万亿千百%％‰角币" or span.replace(",", "").replace(".", "", 1).isdigit():
        return "m"
    if span[-1] in "年月日天周号时分秒钟期拜度半多":
        return "t"
    return "eng" if span.isalpha() and span.isascii() else "nz"
