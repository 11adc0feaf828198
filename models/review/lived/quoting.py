"""What is quoted of a month's experience: a few words of each kind, wide enough to be understood."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from models.review.facts import TranscriptFact
from models.review.queries import transcript_path
from models.review.sections import QuoteRow

QUOTES_KEPT = 3
LEAST_QUOTE_CHARS = 12
"""A shorter clause is shown with those beside it of the same turn."""
MOST_QUOTE_CHARS = 60
_MARKS = "，。！？；,!?;\n"


def around(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause that holds ``[start, end)``, with those beside it where it is too short to mean anything.

    It stays inside the turn (the line) and within ``MOST_QUOTE_CHARS`` unless the words themselves are longer.
    """
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    start = _back(text, start, first, end + MOST_QUOTE_CHARS // 3)
    end = _on(text, end, last, start)
    while end - start < LEAST_QUOTE_CHARS and (end < last or start > first):
        if end < last:
            end = _on(text, end + 1, last, start)
        else:
            start = _back(text, start - 1, first, end)
    while start < end - 1 and (text[start] in _MARKS or text[start].isspace()):
        start += 1
    return start, end


def _back(text: str, start: int, first: int, end: int) -> int:
    while start > first and text[start - 1] not in _MARKS and end - start < MOST_QUOTE_CHARS:
        start -= 1
    return start


def _on(text: str, end: int, last: int, start: int) -> int:
    while end < last and text[end] not in _MARKS and end - start < MOST_QUOTE_CHARS:
        end += 1
    return end


def quote_of(fact: TranscriptFact, span: tuple[int, int], zone: ZoneInfo) -> QuoteRow:
    """The words about ``span`` with what is known of their transcript."""
    start, end = around(fact.text, *span)
    return QuoteRow(
        fact.id,
        start,
        end,
        fact.text[start:end],
        transcript_path(fact.id),
        external_id=fact.external_id,
        occurred_at=fact.occurred_at.astimezone(zone).isoformat(timespec="minutes"),
        channel=fact.channel,
        product=fact.product,
        sentiment=fact.sentiment,
    )


class QuoteKeeper:
    """Up to ``QUOTES_KEPT`` of each kind, the same whatever the order of transcripts."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._kept: dict[str, list[tuple[str, QuoteRow]]] = defaultdict(list)

    def add(self, kind: str, fact: TranscriptFact, span: tuple[int, int]) -> None:
        """A transcript gives at most one of a kind."""
        kept = self._kept[kind]
        key = hashlib.sha256(fact.id.encode()).hexdigest()
        if any(own == key for own, _ in kept) or (len(kept) == QUOTES_KEPT and key >= kept[-1][0]):
            return
        kept.append((key, quote_of(fact, span, self.zone)))
        kept.sort(key=lambda item: item[0])
        del kept[QUOTES_KEPT:]

    def quotes(self, kind: str) -> tuple[QuoteRow, ...]:
        return tuple(quote for _, quote in self._kept.get(kind, ()))


class SpanQuotes:
    """Quotes by the transcript and the start of their words, of those that a tally still holds."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._rows: dict[tuple[str, int], QuoteRow] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, fact: TranscriptFact, span: tuple[int, int]) -> None:
        self._rows.setdefault((fact.id, span[0]), quote_of(fact, span, self.zone))

    def keep(self, places: Iterable[tuple[str, int]]) -> None:
        """Drops all others."""
        self._rows = {place: self._rows[place] for place in places if place in self._rows}

    def get(self, transcript: str, start: int) -> QuoteRow | None:
        return self._rows.get((transcript, start))
