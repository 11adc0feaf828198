"""Analysed transcripts as database records; nothing personal leaves this module unmasked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import orjson

from data.formats.transcripts import DERIVED_ID_PREFIXES, content_bytes
from models.analysis.pipeline import AnalysedTranscript, Analyzer
from models.core.month import Month
from models.core.transcript import Transcript
from models.text.duplicates import signature
from models.text.pii import find_pii, mask
from service.database.ids import time_ordered_id
from service.database.records import (
    AnalysisRow,
    CategoryRow,
    ShadowRow,
    TranscriptRecord,
    TranscriptRow,
    TurnRecord,
)
from service.database.transcript_rows import mark_pairs
from service.ingest.digests import Digests
from service.serving import LiveAnalyzer, Served

_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
"""In an id also where the words around it would make it an order number."""


@dataclass(frozen=True, slots=True)
class RecordMaker:
    """Turns transcripts into records. ``zone`` decides the local day and month."""

    analyzer: Analyzer | LiveAnalyzer
    digests: Digests
    zone: ZoneInfo

    def make(self, transcripts: Sequence[Transcript], *, now: datetime) -> list[TranscriptRecord]:
        """One record each, in order; ``now`` is when they arrived. All are labelled by the same models."""
        live = self.analyzer
        served = live.served() if isinstance(live, LiveAnalyzer) else Served(live)
        analysed = served.analyzer.analyze_transcripts(transcripts)
        shadows = served.compared(transcripts, analysed)
        return [self._record(t, a, s, now) for t, a, s in zip(transcripts, analysed, shadows, strict=True)]

    def external_id(self, given: str | None) -> str | None:
        """An id as it is stored: one made from content, or with a phone number in it, becomes a keyed digest."""
        if given is None:
            return None
        telling = given.startswith(DERIVED_ID_PREFIXES) or _MOBILE.search(given) or find_pii(given)
        return self.digests.identifier(given) if telling else given

    def _record(
        self,
        transcript: Transcript,
        done: AnalysedTranscript,
        shadows: tuple[ShadowRow, ...],
        now: datetime,
    ) -> TranscriptRecord:
        local = transcript.occurred_at.astimezone(self.zone)
        customer = transcript.customer_id
        turns = tuple(
            TurnRecord(speaker.value, start, end, turn.start_ms)
            for (speaker, start, end), turn in zip(done.turns, transcript.turns, strict=True)
        )
        row = TranscriptRow(
            id=time_ordered_id(),
            external_id=self.external_id(transcript.external_id),
            content_digest=self.digests.content(content_bytes(transcript)),
            occurred_at=transcript.occurred_at.astimezone(UTC),
            day=local.date().isoformat(),
            month=str(Month(local.year, local.month)),
            channel=_masked(transcript.channel) or "unknown",
            customer_key=self.digests.customer(customer) if customer else None,
            agent_id=_masked(transcript.agent_id),
            product=_masked(transcript.product),
            region=_masked(transcript.region),
            segment=_masked(transcript.segment),
            store=_masked(transcript.store),
            scores=dict(transcript.scores),
            turns=turns,
            text=done.masked,
            signature=signature(done.masked).astype("<u4").tobytes(),
            created_at=now.astimezone(UTC),
        )
        analysis = analysis_row(done, now)
        marks = mark_pairs(done.analysis.experience)
        return TranscriptRecord(row, analysis, category_rows(done), done.search_words, shadows, marks)


def analysis_row(done: AnalysedTranscript, now: datetime) -> AnalysisRow:
    """The stored form of an analysis. Tokens and the text itself are left out: both come from the text."""
    body = done.analysis.to_dict()
    del body["tokens"], body["masked_text"]
    sentiment = done.analysis.sentiment
    return AnalysisRow(
        sentiment=sentiment.label,
        score=sentiment.score,
        polarity=sentiment.polarity,
        intensity=sentiment.intensity,
        body=orjson.dumps(body),
        models=dict(done.analysis.models),
        analysed_at=now.astimezone(UTC),
    )


def category_rows(done: AnalysedTranscript) -> tuple[CategoryRow, ...]:
    return tuple(CategoryRow(c.id, c.path, c.score, c.source) for c in done.analysis.categories)


@lru_cache(maxsize=4096)
def _masked(value: str | None) -> str | None:
    if value is None:
        return None
    found = find_pii(value)
    return mask(value, found).text if found else value
