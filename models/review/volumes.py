"""Volumes: totals, channels, weeks, days, products and regions."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from models.analysis.values import Polarity
from models.core.month import Month
from models.review.changes import Compared, Key, judged_changes, volume_change
from models.review.facts import PreviousMonth
from models.review.figures import Change, Figure, count, rate, rounded, share
from models.review.queries import Queries
from models.review.sections import Breakdown, BreakdownRow, CauseRow, ChannelRow, DayRow, Totals, WeekRow
from models.review.tally import GroupTally, MonthTally

BREAKDOWN_ROWS = 10
POLARITIES: tuple[Polarity, ...] = ("negative", "neutral", "positive")


def totals_of(
    tally: MonthTally, queries: Queries, previous: PreviousMonth | None, causes: Sequence[CauseRow]
) -> Totals:
    before = Queries(queries.month.shifted(-1), queries.zone)
    all_query = queries.transcripts()
    by_polarity = {
        name: count(tally.sentiment[name], query=queries.transcripts(sentiment=name)) for name in POLARITIES
    }
    negative_query = queries.transcripts(sentiment="negative")
    n_voices = len(tally.voices)
    mean = tally.mean_polarity
    causes_query = f"/v1/root-causes?month={queries.month}"
    n_new = sum(row.change.verdict == "new" for row in causes)
    return Totals(
        transcripts=count(tally.n, query=all_query),
        voices=count(n_voices, query=all_query),
        customers=count(len(tally.customers), query=all_query) if tally.customers else None,
        per_day=Figure(rounded(tally.n / len(month_days(queries.month))), "per_day", query=all_query),
        negative_rate=rate(tally.negative, tally.n, query=negative_query),
        polarity=Figure(None if mean is None else rounded(mean), "polarity", n=tally.n, query=all_query),
        causes=count(len(causes), query=causes_query),
        new_causes=count(n_new, query=causes_query) if previous else None,
        transcripts_change=volume_change(
            tally.n,
            previous.n_transcripts if previous else None,
            previous_query=before.transcripts(),
        ),
        negative_change=_negative_change(tally, before, previous),
        **by_polarity,
    )


def _negative_change(tally: MonthTally, before: Queries, previous: PreviousMonth | None) -> Change:
    """The one comparison that is planned beforehand: judged on its own."""
    key = ("total", "negative")
    compared = Compared(
        tally.negative,
        min(previous.n_negative, previous.n_transcripts) if previous else 0,
        n_voices=len(tally.cells.negative_voices),
        previous_query=before.transcripts(sentiment="negative"),
    )
    return judged_changes({key: compared}, tally.n, previous.n_transcripts if previous else None)[key]


def compared_channels(tally: MonthTally, before: Queries, previous: PreviousMonth) -> dict[Key, Compared]:
    names = sorted({*tally.channels, *previous.by_channel})
    return {
        ("channel", name): Compared(
            tally.channels[name].n if name in tally.channels else 0,
            min(previous.by_channel.get(name, 0), previous.n_transcripts),
            previous_query=before.transcripts(channel=name),
        )
        for name in names
    }


def channel_rows(
    tally: MonthTally, queries: Queries, changes: Mapping[Key, Change]
) -> tuple[ChannelRow, ...]:
    rows = []
    for name, group in largest_first(tally.channels):
        query = queries.transcripts(channel=name)
        negative_query = queries.transcripts(channel=name, sentiment="negative")
        rows.append(
            ChannelRow(
                channel=name,
                transcripts=count(group.n, query=query),
                share=share(group.n, tally.n, query=query),
                negative=count(group.negative, query=negative_query),
                negative_rate=rate(group.negative, group.n, query=negative_query),
                change=changes["channel", name],
            )
        )
    return tuple(rows)


def largest_first(groups: Mapping[str, GroupTally]) -> list[tuple[str, GroupTally]]:
    return sorted(groups.items(), key=lambda item: (-item[1].n, item[0]))


def week_rows(tally: MonthTally, queries: Queries) -> tuple[WeekRow, ...]:
    """ISO weeks, Monday first, cut at the month's ends."""
    return tuple(_week_row(tally, queries, days) for days in month_weeks(queries.month))


def _week_row(tally: MonthTally, queries: Queries, days: list[date]) -> WeekRow:
    first, last = days[0], days[-1]
    by_name = {name: sum(tally.day_sentiment[day, name] for day in days) for name in POLARITIES}
    n = sum(by_name.values())
    year, week, _ = first.isocalendar()
    figures = {name: count(k, query=queries.days(first, last, sentiment=name)) for name, k in by_name.items()}
    return WeekRow(
        week=f"{year:04d}-W{week:02d}",
        first=first.isoformat(),
        last=last.isoformat(),
        n_days=len(days),
        transcripts=count(n, query=queries.days(first, last)),
        negative_rate=rate(by_name["negative"], n, query=figures["negative"].query),
        **figures,
    )


def day_rows(tally: MonthTally, queries: Queries) -> tuple[DayRow, ...]:
    rows = []
    for day in month_days(queries.month):
        n = sum(tally.day_sentiment[day, name] for name in POLARITIES)
        rows.append(
            DayRow(
                day=day.isoformat(),
                transcripts=count(n, query=queries.days(day, day)),
                negative=count(
                    tally.day_sentiment[day, "negative"],
                    query=queries.days(day, day, sentiment="negative"),
                ),
            )
        )
    return tuple(rows)


def breakdowns_of(tally: MonthTally, queries: Queries) -> tuple[Breakdown, ...]:
    """By store, product and region, where rows have them."""
    groups = (("store", tally.stores), ("product", tally.products), ("region", tally.regions))
    return tuple(
        Breakdown(
            name,
            len(group),
            tuple(_breakdown_row(name, *item, queries) for item in largest_first(group)[:BREAKDOWN_ROWS]),
        )
        for name, group in groups
        if group
    )


def _breakdown_row(field: str, name: str, group: GroupTally, queries: Queries) -> BreakdownRow:
    query = queries.transcripts(**{field: name})
    negative_query = queries.transcripts(**{field: name}, sentiment="negative")
    return BreakdownRow(
        name=name,
        transcripts=count(group.n, query=query, records=group.ids),
        negative=count(group.negative, query=negative_query, records=group.negative_ids),
        negative_rate=rate(group.negative, group.n, query=negative_query),
    )


def month_days(month: Month) -> list[date]:
    _, n_days = calendar.monthrange(month.year, month.number)
    return [date(month.year, month.number, 1) + timedelta(days=at) for at in range(n_days)]


def month_weeks(month: Month) -> list[list[date]]:
    grouped = groupby(month_days(month), key=lambda day: day.isocalendar()[:2])
    return [list(days) for _, days in grouped]
