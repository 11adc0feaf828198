"""What the review compares its month with, read from the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import Connection

from models.core.month import Month
from models.review.past import (
    HISTORY_DAYS,
    MAX_MONTHS,
    CauseMonth,
    DaySeries,
    MixCounts,
    MonthSeries,
    Past,
    ScoredFact,
)
from models.review.tally import UNCLEAR_CATEGORY
from service.database import review_facts, trends
from service.database.records import Counts, Grain, Series
from service.rootcauses.work import MonthWork

KANO_MONTHS = 3
"""The class of a topic is compared with that of so many months before, taken together."""

_NONE = Counts()


def past_of(connection: Connection, work: MonthWork) -> Past:
    """As far back as something is stored, at most ``MAX_MONTHS`` months and ``HISTORY_DAYS`` days."""
    before = work.month.shifted(-1)
    months = _months(connection, work)
    if months is None:
        return Past()
    looked = {month for month, seen in zip(months.months, months.looked, strict=True) if seen}
    return Past(
        months=months,
        days=_days(connection, work, looked),
        mix=_mix(connection, work, str(before)),
        scored=_scored(connection, work),
    )


def _months(connection: Connection, work: MonthWork) -> MonthSeries | None:
    first, tenant = work.month.shifted(-MAX_MONTHS), work.tenant
    span = _first_day(first), _first_day(work.month)
    whole = _series(connection, work, "all", span, "month")
    stored = [month for month in whole.periods if whole.totals.get(month, _NONE).n]
    if not stored:
        return None
    months = [month for month in whole.periods if month >= stored[0]]
    found = review_facts.cause_counts(connection, tenant, months[0], str(work.month))
    counts = {(item.root_cause_id, item.month): item for item in found}
    causes = {
        cause_id: tuple(
            CauseMonth(item.n_transcripts, item.n_voices) if item else CauseMonth(0, 0)
            for item in (counts.get((cause_id, month)) for month in months)
        )
        for cause_id in sorted({item.root_cause_id for item in found})
    }
    looked = {item.month for item in found}
    return MonthSeries(
        months=tuple(months),
        contacts=tuple(whole.totals.get(month, _NONE).n for month in months),
        negatives=tuple(whole.totals.get(month, _NONE).negative for month in months),
        categories=_negatives(_series(connection, work, "category", span, "month"), months),
        causes=causes,
        looked=tuple(month in looked for month in months),
    )


def _days(connection: Connection, work: MonthWork, looked: set[str]) -> DaySeries | None:
    end = _first_day(work.month)
    span = end - timedelta(days=HISTORY_DAYS), end
    whole = _series(connection, work, "all", span, "day")
    stored = [day for day in whole.periods if whole.totals.get(day, _NONE).n]
    if not stored:
        return None
    days = [day for day in whole.periods if day >= stored[0]]
    causes = _series(connection, work, "root_cause", (date.fromisoformat(days[0]), end), "day")
    return DaySeries(
        first=date.fromisoformat(days[0]),
        contacts=tuple(whole.totals.get(day, _NONE).n for day in days),
        negatives=tuple(whole.totals.get(day, _NONE).negative for day in days),
        categories=_negatives(_series(connection, work, "category", span, "day"), days),
        causes=_counts(causes, days, negative=False),
        looked=tuple(day[:7] in looked for day in days),
    )


def _mix(connection: Connection, work: MonthWork, month: str) -> MixCounts | None:
    contacts = review_facts.stratum_contacts(connection, work.tenant, month)
    if not contacts:
        return None
    categories = review_facts.stratum_categories(connection, work.tenant, month)
    categories.pop(UNCLEAR_CATEGORY, None)
    causes = review_facts.stratum_causes(connection, work.tenant, month)
    return MixCounts(contacts, categories, causes)


def _scored(connection: Connection, work: MonthWork) -> tuple[ScoredFact, ...]:
    first = str(work.month.shifted(-KANO_MONTHS))
    return tuple(
        ScoredFact(
            id=row.id,
            group=f"c:{row.customer_key}" if row.customer_key else f"v:{row.id}",
            scores=dict(sorted(row.scores.items())),
            sentiment=row.sentiment,  # type: ignore[arg-type]
            categories=tuple(name for name in row.categories if name != UNCLEAR_CATEGORY),
            segment=row.segment or "",
        )
        for row in review_facts.scored_rows(connection, work.tenant, first, str(work.month))
    )


def _series(
    connection: Connection, work: MonthWork, by: str, span: tuple[date, date], grain: Grain
) -> Series:
    return trends.series(connection, work.tenant, by, *span, grain)  # type: ignore[arg-type]


def _negatives(found: Series, periods: list[str]) -> dict[str, tuple[int, ...]]:
    counts = _counts(found, periods, negative=True)
    return {name: values for name, values in counts.items() if name and name != UNCLEAR_CATEGORY}


def _counts(found: Series, periods: Iterable[str], *, negative: bool) -> dict[str, tuple[int, ...]]:
    by_value: dict[str, dict[str, int]] = {}
    for point in found.points:
        n = point.counts.negative if negative else point.counts.n
        by_value.setdefault(point.value, {})[point.period] = n
    names = list(periods)
    return {value: tuple(counts.get(name, 0) for name in names) for value, counts in sorted(by_value.items())}


def _first_day(month: Month) -> date:
    return date(month.year, month.number, 1)
