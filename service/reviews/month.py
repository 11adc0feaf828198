"""The review of a month from what is stored. Used by the command line and by jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

import orjson
from sqlalchemy import Connection

from models.review.facts import (
    CauseFact,
    MonthFacts,
    PreviousMonth,
    Quote,
    StatedFact,
)
from models.review.judgements import MAX_REPEATS, MIN_COPIES
from models.review.past import RepeatFact
from models.review.snapshot import ReviewSnapshot, build_snapshot, canonical_json
from models.rootcause.cause import RootCause
from service.database import review_facts, reviews, root_causes, transcript_queries, trends
from service.database.records import (
    AssignmentRecord,
    MonthCause,
    ReviewRecord,
)
from service.reviews.facts import transcript_fact
from service.reviews.lived import lived_setup
from service.reviews.past import past_of
from service.rootcauses.stated import stated_of
from service.rootcauses.units import voices_of
from service.rootcauses.work import MonthWork

REPEAT_CHARS = 160
"""So much of a repeated text is shown."""


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
            transcripts=(transcript_fact(row, voices[row.id]) for row in rows),
            previous=previous,
            causes=tuple(_cause_facts(causes, assignments, previous)),
            versions={**work.analyzer.versions, "encoder": work.encoder.name},
            generated_at=work.now.astimezone(UTC),
            past=past_of(connection, work),
            repeats=_repeats(connection, work, voices),
        )
        snapshot = build_snapshot(facts, lived_setup(connection, work))
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
        stated = stated_of(item.month.detail)
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
            topics=tuple((str(topic["name"]), tuple(topic["transcript_ids"])) for topic in detail.hot_topics),
            stability=detail.stability,
            demands=tuple(_stated_fact(row) for row in stated.get("demands", ())),
            quantities=tuple(_stated_fact(row) for row in stated.get("quantities", ())),
        )


def _stated_fact(row: Mapping[str, Any]) -> StatedFact:
    return StatedFact(
        row["kind"],
        row["n_transcripts"],
        row["n_voices"],
        tuple(row["transcript_ids"]),
        **{name: row[name] for name in ("unit", "median", "low", "high") if name in row},
    )


def _repeats(connection: Connection, work: MonthWork, voices: Mapping[str, str]) -> tuple[RepeatFact, ...]:
    """The texts with most copies; a voice is named by its first transcript."""
    copies = Counter(voices.values())
    largest = sorted(copies, key=lambda voice: (-copies[voice], voice))[:MAX_REPEATS]
    chosen = [voice for voice in largest if copies[voice] >= MIN_COPIES]
    found = transcript_queries.get_many(connection, work.tenant, chosen)
    return tuple(
        RepeatFact(voice, voice, found[voice].row.text[:REPEAT_CHARS]) for voice in chosen if voice in found
    )


def _previous(connection: Connection, work: MonthWork) -> PreviousMonth | None:
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
    causes = root_causes.list_month(connection, work.tenant, month)
    categories = counted("category").points
    return PreviousMonth(
        n_transcripts=total.n,
        n_negative=total.negative,
        by_channel={point.value: point.counts.n for point in channels.points},
        by_category={point.value: point.counts.negative for point in categories},
        by_cause={item.cause.id: item.month.n_transcripts for item in causes},
        cause_names={item.cause.id: item.cause.name for item in causes},
        category_names=review_facts.category_paths(
            connection, work.tenant, [point.value for point in categories if point.counts.negative]
        ),
    )
