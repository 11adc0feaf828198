"""Runs of digits, written or spoken, across the pauses, fillers and turn breaks inside a dictated number.

A run is cut into chunks. Within a chunk the digits stand side by side in one script; the text between two
chunks is the gap of the second. Numbers are later sought as windows of whole chunks, so a piece of a longer
number is never taken for a number of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.text.pii.fold import SPOKEN, read_digits

_DIGIT = rf"(?:[二两三四五六]个[0-9{SPOKEN}]|[0-9{SPOKEN}])"
_FILLER = (
    r"[ \t\n\r\u200b\-_.·,、。;~()/?!…]|嗯|呃|额|啊|哦|噢|唔|诶|哎|那个|然后|就是|对的|对吗|对|好的|好|是的|您说|你说|您讲|请讲|请说|您?继续"
    r"|后面是?|接着|最后|中间是?|(?:客户|用户|顾客|坐席|座席|客服|[AB]):"
)
_GAP = rf"(?:{_FILLER}){{0,9}}"
_RUN = re.compile(rf"{_DIGIT}(?:{_GAP}{_DIGIT}){{4,}}")
_CHUNK = re.compile(
    rf"[二两三四五六]个[0-9{SPOKEN}]|[0-9]+|[{SPOKEN}]+?(?=[二两三四五六]个[0-9{SPOKEN}]|[^{SPOKEN}]|$)"
)
_MEASURE = re.compile(r"[个下次共直样定起天年月些种般切百千万十亿点块元岁位台辆条件多会旦边]")
_TIMES = {"二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}


@dataclass(frozen=True, slots=True)
class Chunk:
    """``digits`` in ASCII; ``gap`` is the text since the chunk before, ``None`` for the first of a run."""

    digits: str
    start: int
    end: int
    spoken: bool
    gap: str | None


def find_runs(folded: str) -> Iterator[list[Chunk]]:
    """Runs of at least five digits of a folded text, as chunks."""
    for run in _RUN.finditer(folded):
        yield _chunks(folded, run.start(), run.end())


def _chunks(folded: str, start: int, end: int) -> list[Chunk]:
    chunks: list[Chunk] = []
    before = start
    for found in _CHUNK.finditer(folded, start, end):
        at, stop = found.span()
        gap = folded[before:at] if chunks else None
        before = stop
        text = found.group()
        if "个" in text:
            chunks.append(Chunk(read_digits(text[2]) * _TIMES[text[0]], at, stop, True, gap))
            continue
        spoken = not text[0].isascii()
        digits = read_digits(text)
        if spoken and len(text) > 1 and _MEASURE.match(folded, stop):
            chunks.append(Chunk(digits[:-1], at, stop - 1, True, gap))
            at, gap, digits = stop - 1, "", digits[-1]
        chunks.append(Chunk(digits, at, stop, spoken, gap))
    last = chunks[-1]
    if last.spoken and last.end - last.start == 1 and last.gap and _MEASURE.match(folded, last.end):
        chunks.pop()  # the 一 of 一般 in the next sentence
    return chunks


def without_echoes(chunks: list[Chunk], every: int) -> list[Chunk]:
    """Chunks with repetitions of the one before taken into it: 138, 138, 0013, 0013 is 138, 0013.

    Of ``every`` equal chunks in a row one is kept, so with 2 a number that has an equal pair itself keeps it.
    """
    kept: list[Chunk] = []
    n_equal = 1
    for chunk in chunks:
        if kept and len(chunk.digits) > 1 and chunk.digits == kept[-1].digits and n_equal < every:
            last = kept[-1]
            kept[-1] = Chunk(last.digits, last.start, chunk.end, last.spoken, last.gap)
            n_equal += 1
        else:
            kept.append(chunk)
            n_equal = 1
    return kept
