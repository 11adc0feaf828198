"""The review of a month from what is stored. Used by the command line and by jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date

import orjson

from models.review.facts import CategoryRef, CauseFact, MonthFacts, PreviousMonth, Quote, TranscriptFact
from models.review.snapshot import ReviewSnapshot, build_snapshot, canonical_json
from models.rootcause.cause import RootCause
from service.database import reviews, root_causes, transcript_queries, trends
from service.database.records import (
    AssignmentRecord,
    MonthCause,
    MonthRow,
    ReviewRecord,
)
from service.rootcauses.units import voices_of
from service.rootcauses.work import MonthWork


def freeze_review(work: MonthWork) -> tuple[ReviewSnapshot, ReviewRecord]:
    """Build the month's snapshot from what is stored and keep it as a revision."""
    with work.database.read() as connection:
        month = str(work.month)
        voices = voices_of(transcript_queries.stream_month(connection, work.tenant, month))
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
