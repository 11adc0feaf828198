"""A month from the database: voices, root causes, the frozen review. Used by the command line and by jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import orjson

from models.analysis.pipeline import Analyzer
from models.core.month import Month
from models.review.facts import CategoryRef, CauseFact, MonthFacts, PreviousMonth, Quote, TranscriptFact
from models.review.snapshot import ReviewSnapshot, build_snapshot, canonical_json
from models.rootcause.cause import Discovery, RootCause
from models.rootcause.discover import discover
from models.rootcause.units import Unit, without_masks
from models.rootcause.vectors import Encoder
from models.text.duplicates import N_HASHES, group_near_duplicates
from models.text.repair import repair
from service.database import reviews, root_causes, transcript_queries, trends
from service.database.engine import Database
from service.database.records import (
    AssignmentRecord,
    MonthCause,
    MonthRow,
    ReviewRecord,
    RootCauseMonthRecord,
    RootCauseRecord,
)
from service.settings import Settings

Progress = Callable[[float, str], None]
DOUBTFUL_CLAUSE_WEIGHT = 0.6
MAX_POLARITY_OF_DOUBTFUL = 0.25
MAX_POLARITY_ELSEWHERE = -0.5
"""In a transcript that is not negative as a whole, only a clear complaint counts."""
MIN_UNIT_CHARS = 3
"""Masks left out: 我叫[姓名] carries no cause."""


@dataclass(frozen=True, slots=True)
class MonthWork:
    """What building a month needs. ``clock`` is passed in as ``now``."""

    settings: Settings
    database: Database
    analyzer: Analyzer
    encoder: Encoder
    tenant: str
    month: Month
    now: datetime


def find_root_causes(work: MonthWork, *, progress: Progress | None = None) -> Discovery:
    """Discover the month's root causes, link them to last month's and store them in place of earlier ones."""
    month = str(work.month)
    with work.database.read() as connection:
        voices = _voices(transcript_queries.stream_month(connection, work.tenant, month))
        rows = transcript_queries.stream_month(connection, work.tenant, month)
        units = [unit for row in rows for unit in _units(row, voices[row.id], work.analyzer)]
        before = root_causes.list_month(connection, work.tenant, str(work.month.shifted(-1)))
    previous = [_named(RootCause.from_dict(item.month.detail), item.cause.name) for item in before]
    found = discover(units, month=month, encoder=work.encoder, previous=previous, progress=progress)
    with work.database.begin() as connection:
        causes = [_month_cause(cause, rank, work) for rank, cause in enumerate(found.causes, 1)]
        assigned = (
            AssignmentRecord(a.transcript_id, a.cause_id, a.start, a.end, max(0.0, min(1.0, a.score)))
            for a in found.assignments
        )
        root_causes.save_month(connection, work.tenant, month, causes, assigned)
    return found


def has_root_causes(work: MonthWork) -> bool:
    """Whether the month's root causes were found already."""
    with work.database.read() as connection:
        return bool(root_causes.list_month(connection, work.tenant, str(work.month)))


def freeze_review(work: MonthWork) -> tuple[ReviewSnapshot, ReviewRecord]:
    """Build the month's snapshot from what is stored and keep it as a revision."""
    with work.database.read() as connection:
        month = str(work.month)
        voices = _voices(transcript_queries.stream_month(connection, work.tenant, month))
        causes = root_causes.list_month(connection, work.tenant, month)
        assignments = root_causes.list_assignments(connection, work.tenant, month)
        previous = _previous(connection, work)
        rows = transcript_queries.stream_month(connection, work.tenant, month)
        facts = MonthFacts(
            month=work.month,
            timezone=work.settings.timezone,
            tenant=work.tenant,
            sector=work.settings.sector,
            transcripts=(_transcript_fact(row, voices[row.id]) for row in rows),
            previous=previous,
            causes=tuple(_cause_facts(causes, assignments, previous)),
            versions={**work.analyzer.versions, "encoder": work.encoder.name},
            generated_at=work.now.astimezone(UTC),
        )
        snapshot = build_snapshot(facts)
    with work.database.begin() as connection:
        body = canonical_json(snapshot.to_dict())
        record = reviews.save_review(
            connection, work.tenant, str(work.month), body, snapshot.fingerprint, work.now
        )
    return ReviewSnapshot.from_dict(orjson.loads(record.snapshot)), record


def _voices(rows: Iterable[MonthRow]) -> dict[str, str]:
    """Each transcript's voice: the id of the first of its near-duplicates."""
    ids: list[str] = []
    signatures: list[np.ndarray] = []
    for row in rows:
        ids.append(row.id)
        found = np.frombuffer(row.signature or b"", dtype="<u4")
        signatures.append(found if len(found) == N_HASHES else np.full(N_HASHES, 0xFFFFFFFF, dtype="<u4"))
    if not ids:
        return {}
    groups = group_near_duplicates(np.stack(signatures).astype(np.uint32))
    return {own: ids[int(group)] for own, group in zip(ids, groups, strict=True)}


def _units(row: MonthRow, voice: str, analyzer: Analyzer) -> Iterator[Unit]:
    """The clauses that may carry a cause: negative ones; in a negative transcript also doubtful ones."""
    body = orjson.loads(row.body)
    for clause in body["clauses"]:
        weight = _clause_weight(row.sentiment, clause)
        if not weight:
            continue
        text = repair(row.text[clause["start"] : clause["end"]], marks=False).text.text
        words = tuple(word for word in analyzer.segmenter.words(text) if any(c.isalnum() for c in word))
        if len(without_masks(text)) >= MIN_UNIT_CHARS:
            start, end = clause["start"], clause["end"]
            topic = _topic(body["categories"], clause)
            yield Unit(row.id, start, end, text, words, weight=weight, voice=voice, topic=topic)


def _clause_weight(sentiment: str, clause: dict[str, Any]) -> float:
    """How much a clause may speak for a cause: not at all, as a doubtful or as a clear complaint."""
    negative = clause["sentiment"] == "negative"
    if clause["speaker"] != "customer" or clause["sentiment"] == "positive":
        return 0.0
    if sentiment == "negative":
        doubtful = clause["polarity"] <= MAX_POLARITY_OF_DOUBTFUL
        return 1.0 if negative else DOUBTFUL_CLAUSE_WEIGHT if doubtful else 0.0
    return 1.0 if negative and clause["polarity"] <= MAX_POLARITY_ELSEWHERE else 0.0


def _topic(categories: list[dict[str, Any]], clause: dict[str, Any]) -> str:
    """The clause's category: of a rule whose evidence it holds, else its own leading one."""
    for category in categories:
        touches = any(s < clause["end"] and e > clause["start"] for s, e in category["spans"])
        if category["source"] == "rule" and touches:
            return str(category["id"])
    return str(clause.get("category", ""))


def _named(cause: RootCause, name: str) -> RootCause:
    return cause if cause.name == name else replace(cause, name=name)


def _month_cause(cause: RootCause, rank: int, work: MonthWork) -> MonthCause:
    detail = cause.to_dict()
    month = str(work.month)
    record = RootCauseRecord(
        id=cause.id,
        name=cause.name,
        state="steady" if cause.linked_from else "new",
        born_month=month,
        detail={"keywords": list(cause.keywords)},
        created_at=work.now,
    )
    return MonthCause(
        record, RootCauseMonthRecord(cause.id, month, cause.n_transcripts, cause.n_voices, rank, detail)
    )


def _cause_facts(
    causes: Sequence[MonthCause], assignments: Sequence[AssignmentRecord], previous: PreviousMonth | None
) -> Iterator[CauseFact]:
    transcripts: dict[str, set[str]] = {}
    for assignment in assignments:
        transcripts.setdefault(assignment.root_cause_id, set()).add(assignment.transcript_id)
    for item in causes:
        detail = RootCause.from_dict(item.month.detail)
        quotes = tuple(Quote(e.transcript_id, e.start, e.end, e.text) for e in detail.exemplars)
        yield CauseFact(
            id=item.cause.id,
            name=item.cause.name,
            keywords=detail.keywords,
            n_transcripts=item.month.n_transcripts,
            n_voices=item.month.n_voices,
            previous_n_transcripts=previous.by_cause.get(item.cause.id) if previous else None,
            state="linked" if detail.linked_from else "new",
            exemplars=quotes,
            transcript_ids=tuple(sorted(transcripts.get(item.cause.id, ()))),
        )


def _transcript_fact(row: MonthRow, voice: str) -> TranscriptFact:
    categories = tuple(
        CategoryRef(item["id"], tuple(item["path"])) for item in orjson.loads(row.body)["categories"]
    )
    return TranscriptFact(
        id=row.id,
        external_id=None,
        occurred_at=row.occurred_at,
        day=date.fromisoformat(row.day),
        channel=row.channel,
        product=row.product,
        region=row.region,
        sentiment=row.sentiment,  # type: ignore[arg-type]
        polarity=row.polarity,
        categories=categories,
        voice=voice,
        customer=row.customer_key,
        n_chars=len(row.text),
    )


def _previous(connection: object, work: MonthWork) -> PreviousMonth | None:
    """Counts of the month before, from the rollup; ``None`` where nothing is stored of it."""
    before = work.month.shifted(-1)
    first, end = (moment.date() for moment in before.bounds(work.settings.zone))
    month = str(before)

    def counted(by: str) -> trends.Series:
        return trends.series(connection, work.tenant, by, first, end, "month")  # type: ignore[arg-type]

    channels = counted("channel")
    total = channels.totals.get(month)
    if total is None or not total.n:
        return None
    causes = root_causes.list_month(connection, work.tenant, month)  # type: ignore[arg-type]
    return PreviousMonth(
        n_transcripts=total.n,
        n_negative=total.negative,
        by_channel={point.value: point.counts.n for point in channels.points},
        by_category={point.value: point.counts.negative for point in counted("category").points},
        by_cause={item.cause.id: item.month.n_transcripts for item in causes},
        cause_names={item.cause.id: item.cause.name for item in causes},
    )
