"""Sentences and clauses of one text, as spans of it.

A clause is the unit that gets a label. It ends at ，。！？；… and line ends, at ASCII marks that do not stand
between two ASCII characters, and at blanks between Chinese characters; never inside a book title 《…》.
Speech recognition writes no marks at all, so a long clause is cut before a conjunction, and at last by length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.text.align import Span

CONJUNCTION_CHARS = 30
"""A clause longer than this is cut before its conjunctions."""
MAX_CLAUSE_CHARS = 60
"""A clause longer than this is cut in any case (only an unbroken run such as a URL may stretch it)."""
_MIN_PIECE_CHARS = 8
_MIN_CLAUSE_CHARS = 2

_HAN = "\u3400-\u9fff"
_INNER_DOT = rf"(?<=[{_HAN}]\.)(?![0-9A-Za-z])|(?<=[A-Za-z]\.)(?=\s)"
_SENTENCE_END = re.compile(
    rf"[。！？!?…\n\r.](?:(?<=[。！？…\n\r])|(?<=[!?])(?![A-Za-z0-9])|{_INNER_DOT})"
    r"[。！？!?…~～]*[”’」』]?\s*"
)
_CLAUSE_END = re.compile(
    r"[，。！？；…～~\n\r,;!?. \u3000\t](?:(?<=[，。！？；…～~\n\r])"
    r"|(?<=[,;!?])(?:(?<![A-Za-z0-9].)|(?![A-Za-z0-9]))"
    rf"|(?<=[{_HAN}）】」”][ \u3000\t])(?=[ \u3000\t]*[{_HAN}（【「“])|{_INNER_DOT})"
)
_TITLE = re.compile(r"《[^《》\n]{1,60}》")
_ATOM = re.compile(r"\[[^\[\]\s]{1,12}\]|《[^《》\n]{1,60}》|[A-Za-z0-9_./:@%+\-]+")
_CONJUNCTION = re.compile(
    r"但是|可是|然后|而且|所以|因为|就是说|后来|并且|另外|于是"
    r"|结果(?<![查测检果验定理析断试成的]结果)(?![为是显])"
)
_SOFT_END = re.compile(r"[了吧吗呢嘛啊呀啦]|\s+")
_MARKS = "，。！？；：、…,;:!?.~～·|*#—–_ \t\r\n\x0b\x0c\u3000\u200b\ufeff"
_LEADING = _MARKS + "”’」』）)》】"
_TRAILING = _MARKS + "“‘「『（(《【"


def split_sentences(text: str) -> list[Span]:
    """Spans of the sentences, with their end marks, without white space around them."""
    spans: list[Span] = []
    at = 0
    for end in [found.end() for found in _SENTENCE_END.finditer(text)] + [len(text)]:
        sentence = text[at:end]
        start = at + len(sentence) - len(sentence.lstrip())
        stop = at + len(sentence.rstrip())
        if start < stop:
            spans.append(Span(start, stop))
        at = end
    return spans


def split_clauses(text: str) -> list[Span]:
    """Spans of the clauses in order, not overlapping, without marks and white space around them.

    A clause of one character (嗯) joins the next of its line, else the one before; a line that has nothing
    else keeps it. A text of marks alone has no clause.
    """
    clauses: list[Span] = []
    n_before_line = 0
    waiting: Span | None = None
    for start, end, ends_line in _pieces(text):
        if end - start >= _MIN_CLAUSE_CHARS:
            start, waiting = (waiting.start if waiting else start), None
            if end - start <= CONJUNCTION_CHARS:
                clauses.append(Span(start, end))
            else:
                clauses += _fitting(text, start, end)
        elif end > start:
            waiting = Span(waiting.start if waiting else start, end)
        if ends_line:
            if waiting and len(clauses) > n_before_line:
                clauses[-1] = Span(clauses[-1].start, waiting.end)
            elif waiting:
                clauses.append(waiting)
            waiting, n_before_line = None, len(clauses)
    return clauses


def _pieces(text: str) -> Iterator[tuple[int, int, bool]]:
    """Start, end (without marks around, possibly empty) and whether the line ends after it."""
    searched = _TITLE.sub(lambda found: "书" * len(found[0]), text) if "《" in text else text
    at = 0
    for found in _CLAUSE_END.finditer(searched):
        end = found.start()
        yield *_stripped(text, at, end), text[end] in "\n\r"
        at = end + 1
    yield *_stripped(text, at, len(text)), True


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end].rstrip(_TRAILING)
    return start + len(piece) - len(piece.lstrip(_LEADING)), start + len(piece)


def _fitting(text: str, start: int, end: int) -> Iterator[Span]:
    """Cut ``text[start:end]`` before conjunctions and, what is still too long, at a soft end."""
    at = start
    for found in _CONJUNCTION.finditer(text, start + _MIN_PIECE_CHARS, end - _MIN_PIECE_CHARS):
        if found.start() - at >= _MIN_PIECE_CHARS:
            yield from _limited(text, at, found.start())
            at = found.start()
    yield from _limited(text, at, end)


def _limited(text: str, start: int, end: int) -> Iterator[Span]:
    while end - start > MAX_CLAUSE_CHARS:
        cut = _cut_within(text, start, end)
        yield from _spans(text, start, cut)
        start = cut
    yield from _spans(text, start, end)


def _spans(text: str, start: int, end: int) -> Iterator[Span]:
    start, end = _stripped(text, start, end)
    if start < end:
        yield Span(start, end)


def _cut_within(text: str, start: int, end: int) -> int:
    """Where to cut a clause that is too long: after its last particle or blank, never inside an atom."""
    limit = start + MAX_CLAUSE_CHARS
    cut = limit
    for found in _SOFT_END.finditer(text, start + CONJUNCTION_CHARS, min(limit, end - _MIN_PIECE_CHARS)):
        cut = found.end()
    for atom in _ATOM.finditer(text, start, end):
        if atom.start() >= cut:
            break
        if atom.end() > cut:
            return atom.start() if atom.start() - start >= _MIN_PIECE_CHARS else atom.end()
    return cut
