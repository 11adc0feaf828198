"""Lines of a document that were cut inside a sentence, joined again.

For documents (slides, PDF conversions, web pages), never for transcripts: there a line break is a turn.
A break is healed only on evidence: a word of the dictionary stands across it, the next line starts with
closing punctuation, the line ends with a comma, or a long unfinished sentence is followed by its end.
Headings, list items, speaker marks and short lines without punctuation stay on their own line.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import rjieba

from models.text.align import Edit, Span
from models.text.glued import glued_edits

LONG_CHARS = 60
"""An unfinished line from this length on is a paragraph that was cut, also where a blank line follows."""

PROSE_CHARS = 12
"""A shorter line is a heading or a list item unless a word stands across its end."""

_HAN = "\u3400-\u9fff"
_END = "。！？!?…：:；;|｜」』》】"
_STOPS = re.compile(r"[，,、。；;]")
_COMMA = re.compile(r"[，,]")
_CLOSING = re.compile(r"[，。、；：！？）】」』》”’]|[,;!?)\]](?![A-Za-z])")
_ITEM = re.compile(
    r"[•·●○■◆◇▪►➢\-*—–+#]|[（(]?(?:\d{1,3}|[一二三四五六七八九十]{1,3}|[a-zA-Z])[)）.、．]|[①-⑳⑴-⑽]"
    r"|第.{1,4}[步章节条页部]|步骤|附[录件表]|[图表]\s?\d|\d{1,3}\s|https?://|www\."
)
_SPEAKER = re.compile(r"[^\s，。,、！？]{1,8}\s?[:：]")
_BREAK = re.compile(r"(?<![ \t])[ \t]*\n[ \t\n]*")
_LINE = re.compile(r"[^\n]+")
_GAP = re.compile(rf"(?<=[{_HAN}，、；,;”’）)])[ \t]+(?=[{_HAN}“‘（(])")
_BEFORE_STOP = re.compile(rf"(?<=[{_HAN}])[ \t]+(?=[，。、；：！？,;])")
_CONTEXT_CHARS = 12


def line_edits(text: str, barriers: Sequence[Span] = ()) -> list[Edit]:
    """Edits, sorted, that join broken lines, close inserted spaces and split glued English.

    Expects simplified script (the dictionary is simplified). A line that touches one of ``barriers``
    (boilerplate, sorted) at the seam is never joined there.
    """
    edits = [*break_edits(text, barriers), *gap_edits(text), *glued_edits(text)]
    return sorted(edits)


class _Line(NamedTuple):
    text: str
    start: int
    end: int


def break_edits(text: str, barriers: Sequence[Span] = ()) -> list[Edit]:
    """Edits that remove line breaks inside sentences."""
    edits: list[Edit] = []
    grown = 0  # characters of the sentence that the line continues
    for found in _BREAK.finditer(text):
        left, right = _lines_around(text, found.start(), found.end())
        walled = _covered(barriers, left.end - 1) or _covered(barriers, right.start)
        n_breaks = found[0].count("\n")
        if left.text and right.text and not walled and _is_cut(left.text, right.text, n_breaks, grown):
            glue = " " if _latin_both(left.text, right.text) else ""
            edits.append(Edit(found.start(), found.end(), glue))
            grown += len(left.text)
        else:
            grown = 0
    return edits


def _lines_around(text: str, start: int, end: int) -> tuple[_Line, _Line]:
    left_start = text.rfind("\n", 0, start) + 1
    right_end = text.find("\n", end)
    right_end = len(text) if right_end < 0 else right_end
    return _Line(text[left_start:start].strip(), left_start, start), _Line(
        text[end:right_end].strip(), end, right_end
    )


def _covered(barriers: Sequence[Span], at: int) -> bool:
    i = bisect_right(barriers, at, key=lambda span: span.start)
    return i > 0 and barriers[i - 1].end > at


def _is_cut(left: str, right: str, n_breaks: int, grown: int) -> bool:
    if _CLOSING.match(right):
        return True
    if left[-1] in _END or _ITEM.match(right) or _SPEAKER.match(right):
        return False
    if left[-1] in "，、,（(“《" and not right[0].isspace():
        return len(left) + grown >= PROSE_CHARS or n_breaks == 1
    if not (_is_han(left[-1]) and _is_han(right[0])):
        return False
    length = len(left) + grown
    straddled = stands_across(left, right)
    if n_breaks > 1:
        return (straddled and length >= 20) or (
            length >= LONG_CHARS and len(_STOPS.findall(left)) >= 2 and _STOPS.search(right) is not None
        )
    if straddled:
        return length >= PROSE_CHARS - 2 or right[-1] in "。；"
    if length < PROSE_CHARS or not _STOPS.search(left):
        return False
    its_end = len(right) <= 10 and right[-1] in "。；"
    return its_end or (_COMMA.search(left) is not None and _STOPS.search(right) is not None)


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


def _latin_both(left: str, right: str) -> bool:
    return left[-1].isascii() and left[-1].isalnum() and right[0].isascii() and right[0].isalnum()


def gap_edits(text: str) -> list[Edit]:
    """Edits that close spaces which a line break left inside a sentence: ``考 虑``, ``设施 、健身``."""
    edits = [Edit(*found.span(), "") for found in _BEFORE_STOP.finditer(text)]
    for line in _LINE.finditer(text):
        prose = _STOPS.search(line[0]) is not None
        at = line.start()
        for found in _GAP.finditer(text, *line.span()):
            start, end = found.span()
            if _is_inserted(text, max(at, text.rfind(" ", at, start) + 1), start, end, prose):
                edits.append(Edit(start, end, ""))
            at = end
    return sorted(edits)


def _is_inserted(text: str, segment_start: int, start: int, end: int, prose: bool) -> bool:
    """Whether the space at ``start:end`` is the trace of a line break rather than a separator of a list."""
    before = text[start - 1]
    if before in "，、；,;":
        return True
    if not _is_han(before) or not _is_han(text[end]):
        return False
    segment = text[segment_start:start]
    if stands_across(segment, text[end : end + _CONTEXT_CHARS]):
        return True
    return prose and len(segment) > PROSE_CHARS


def stands_across(left: str, right: str) -> bool:
    """Whether a word of the general dictionary stands across the seam of ``left`` and ``right``.

    A compound of two words that stand on either side (产品|质量) is no evidence.
    """
    head, tail = left[-_CONTEXT_CHARS:], right[:_CONTEXT_CHARS]
    at = 0
    seam = (head + tail).encode("utf-8", "replace").decode("utf-8")  # a lone surrogate becomes one "?"
    for word in _segmenter().cut(seam, hmm=False):
        if at < len(head) < at + len(word):
            first, second = word[: len(head) - at], word[len(head) - at :]
            known = all(len(half) > 1 and _segmenter().has_word(half) for half in (first, second))
            return not known
        at += len(word)
    return False


@lru_cache(maxsize=1)
def _segmenter() -> rjieba.Jieba:
    return rjieba.Jieba()
