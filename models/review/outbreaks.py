"""What began inside the month: days on which a series stands above the weeks before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.core.month import Month
from models.review.comparison import FALSE_DISCOVERY_RATE
from models.review.facts import CauseFact
from models.review.figures import Figure, count, rounded
from models.review.judged import Kind, Outbreak, Outbreaks
from models.review.past import DaySeries
from models.review.queries import Queries
from models.review.tally import MonthTally
from models.review.volumes import month_days
from models.statistics.emerging import DailySeries, Emergence, ScanSettings, scan_many

MAX_CATEGORIES = 20
MAX_CAUSES = 40
MIN_CONTACTS_A_DAY = 1.0

SETTINGS = ScanSettings()


@dataclass(frozen=True, slots=True)
class _Watched:
    kind: Kind
    id: str
    name: str
    past: tuple[int, ...]
    now: tuple[int, ...]
    query: Callable[[date, date], str]


def outbreaks_of(
    tally: MonthTally, causes: Sequence[CauseFact], days: DaySeries, queries: Queries
) -> Outbreaks:
    """Series that alarm on some day, the surest first. Each voice counts once, on its first day."""
    month = month_days(queries.month)
    contacts = tuple(tally.cells.days[day] for day in month)
    watched = [*_topics(tally, days, month, queries), *_causes(tally, causes, days, month, queries)]
    looked = [n if seen else 0 for n, seen in zip(days.contacts, days.looked, strict=True)]
    series = [
        _daily(item, looked if item.kind == "cause" else list(days.contacts), contacts, days.first)
        for item in watched
    ]
    found = scan_many(series, SETTINGS)
    alarms = [_row(item, result, month) for item, result in zip(watched, found, strict=True) if result.alarm]
    return Outbreaks(
        rows=tuple(sorted(alarms, key=lambda row: (not row.sure, row.p_value, row.kind, row.id))),
        n_scanned=sum(result.enough_history for result in found),
        n_short=sum(not result.enough_history for result in found),
        n_history_days=sum(n > 0 for n in days.contacts),
        minimum_days=SETTINGS.minimum_days,
        family_rate=SETTINGS.family_rate,
    )


def _topics(
    tally: MonthTally, days: DaySeries, month: Sequence[date], queries: Queries
) -> Iterable[_Watched]:
    cells, none = tally.cells, (0,) * len(days.contacts)

    def whole(first: date, last: date) -> str:
        return queries.days(first, last, sentiment="negative")

    yield _Watched("total", "", "", days.negatives, _by_day(cells.negative_voices, month), whole)
    largest = sorted(tally.negative_categories.items(), key=lambda item: (-item[1], item[0]))
    for name, _ in largest[:MAX_CATEGORIES]:

        def one(first: date, last: date, name: str = name) -> str:
            return queries.days(first, last, category=name, sentiment="negative")

        now = _by_day(cells.category_voices[name], month)
        yield _Watched("category", name, tally.paths[name][-1], days.categories.get(name, none), now, one)


def _causes(
    tally: MonthTally, causes: Sequence[CauseFact], days: DaySeries, month: Sequence[date], queries: Queries
) -> Iterable[_Watched]:
    none = (0,) * len(days.contacts)
    for cause in sorted(causes, key=lambda cause: (-cause.n_transcripts, cause.id))[:MAX_CAUSES]:

        def one(first: date, last: date, ident: str = cause.id) -> str:
            return queries.days(first, last, root_cause=ident)

        voices: dict[str, date] = {}
        for transcript_id in sorted(set(cause.transcript_ids)):
            if fact := tally.noted.get(transcript_id):
                voices[fact.voice] = min(voices.get(fact.voice, fact.day), fact.day)
        now = _by_day(voices, month)
        yield _Watched("cause", cause.id, cause.name, days.causes.get(cause.id, none), now, one)


def _by_day(voices: Mapping[str, date], month: Sequence[date]) -> tuple[int, ...]:
    counts = Counter(voices.values())
    return tuple(counts[day] for day in month)


def _daily(item: _Watched, past_contacts: Sequence[int], contacts: Sequence[int], first: date) -> DailySeries:
    past = [k if n else 0 for k, n in zip(item.past, past_contacts, strict=True)]
    return DailySeries(past, list(past_contacts), list(item.now), list(contacts), first.weekday())


def _row(item: _Watched, found: Emergence, month: Sequence[date]) -> Outbreak:
    alarm, began, strongest = (
        month[at or 0] for at in (found.alarm_day, found.began_day, found.strongest_day)
    )
    return Outbreak(
        kind=item.kind,
        id=item.id,
        name=item.name,
        alarm_day=alarm.isoformat(),
        began=began.isoformat(),
        strongest=strongest.isoformat(),
        observed=count(found.observed, query=item.query(began, strongest)),
        expected=Figure(rounded(found.expected), "mean"),
        p_value=rounded(found.p_value),
        q_value=None if found.q_value is None else rounded(found.q_value),
        sure=found.q_value is not None and found.q_value <= FALSE_DISCOVERY_RATE,
        days=item.now,
    )


def days_before(month: Month, n_days: int) -> list[date]:
    first = date(month.year, month.number, 1)
    return [first - timedelta(days=at) for at in range(n_days, 0, -1)]
