"""Long texts in parts that the network can take: cut behind a sentence, else a clause, else anywhere."""

from __future__ import annotations

import re

from models.text.align import Span

MAX_CHARS = 128
"""As long as the longest texts of training."""
_SENTENCE_END = re.compile(r"[。！？!?\n]+")
_CLAUSE_END = re.compile(r"[，；、,;：:\s]+")


def split_windows(text: str, max_chars: int = MAX_CHARS) -> list[Span]:
    """Spans of at most ``max_chars`` code points that together are ``text``; none for an empty one."""
    windows, start = [], 0
    while len(text) - start > max_chars:
        end = _cut(text, start, start + max_chars)
        windows.append(Span(start, end))
        start = end
    return [*windows, Span(start, len(text))] if start < len(text) else windows


def _cut(text: str, start: int, limit: int) -> int:
    for pattern in (_SENTENCE_END, _CLAUSE_END):
        ends = [found.end() for found in pattern.finditer(text, start, limit)]
        if ends:
            return ends[-1]
    return limit
