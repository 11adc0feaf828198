"""Paragraphs that stand in a document more than once, also with small changes."""

from __future__ import annotations

import re
from zlib import crc32

from models.text.align import Span

MIN_CHARS = 20
"""Shorter paragraphs repeat by chance; one counts only inside a repeated block."""

MIN_ECHO_CHARS = 4
"""A shorter line right below its own copy may be a column of answers."""

SAME_RATIO = 0.8
"""Jaccard similarity of 3-gram sets from which two paragraphs are the same."""

_PARAGRAPH = re.compile(r"[^\n]+")
_SILENT = re.compile(r"[\W_]+")
_GRAM_CHARS = 3
_SKETCH = 8
_MAX_NEAR_CHARS = 500_000
_MAX_BUCKET = 32


def find_repeats(text: str) -> list[Span]:
    """Second and later copies of the paragraphs (lines) of a text, in order. Deterministic.

    Candidates share one of their eight smallest 3-gram hashes (bottom-k sketch, Broder 1997), so a long
    document costs about as much as reading it. Beyond half a million characters only exact copies count.
    """
    spans = [Span(*match.span()) for match in _PARAGRAPH.finditer(text) if match[0].strip()]
    bodies = [_SILENT.sub("", text[start:end]) for start, end in spans]
    firsts = _first_copies(bodies, near=len(text) <= _MAX_NEAR_CHARS)
    _add_headings(bodies, firsts)
    return [_trimmed(text, spans[i]) for i, first in enumerate(firsts) if first is not None]


def _first_copies(bodies: list[str], *, near: bool) -> list[int | None]:
    """For each paragraph the index of the earlier one that it repeats, or None."""
    exact: dict[str, int] = {}
    sketches: dict[int, list[int]] = {}
    grams: dict[int, frozenset[int]] = {}
    firsts: list[int | None] = []
    for i, body in enumerate(bodies):
        first = exact.get(body) if len(body) >= MIN_CHARS else None
        if first is None and len(body) >= MIN_CHARS:
            if near:
                grams[i] = _grams(body)
                sketch = sorted(grams[i])[:_SKETCH]
                first = _nearest(grams[i], {j for key in sketch for j in sketches.get(key, ())}, grams)
                _enter(sketches, sketch, i)
            exact[body] = i if first is None else first
        firsts.append(first)
    return firsts


def _enter(sketches: dict[int, list[int]], sketch: list[int], i: int) -> None:
    for key in sketch:
        bucket = sketches.setdefault(key, [])
        if len(bucket) < _MAX_BUCKET:
            bucket.append(i)


def _grams(body: str) -> frozenset[int]:
    data = [
        body[i : i + _GRAM_CHARS].encode("utf-8", "surrogatepass") for i in range(len(body) - _GRAM_CHARS + 1)
    ]
    return frozenset(crc32(gram) for gram in data)


def _nearest(own: frozenset[int], candidates: set[int], grams: dict[int, frozenset[int]]) -> int | None:
    best, best_ratio = None, SAME_RATIO
    for j in sorted(candidates):
        ratio = len(own & grams[j]) / len(own | grams[j])
        if ratio >= best_ratio and (best is None or ratio > best_ratio):
            best, best_ratio = j, ratio
    return best


def _add_headings(bodies: list[str], firsts: list[int | None]) -> None:
    """A short line between two repeated paragraphs, as it stood before, or right below its own copy."""
    for i in range(1, len(bodies)):
        if firsts[i] is None and len(bodies[i]) >= MIN_ECHO_CHARS and bodies[i] == bodies[i - 1]:
            firsts[i] = i - 1
    for i in range(1, len(bodies) - 1):
        before, after = firsts[i - 1], firsts[i + 1]
        if (
            firsts[i] is None
            and before is not None
            and after == before + 2
            and bodies[before + 1] == bodies[i]
        ):
            firsts[i] = before + 1


def _trimmed(text: str, span: Span) -> Span:
    content = text[span.start : span.end]
    start = span.start + len(content) - len(content.lstrip())
    return Span(start, start + len(content.strip()))
