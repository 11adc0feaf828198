"""Volumes: totals, channels, weeks, days, products and regions."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import groupby

from models.analysis.values import Polarity
from models.core.month import Month
from models.review.changes import Compared, Key, judged_changes, volume_change
from models.review.facts import PreviousMonth
from models.review.figures import Change, Figure, count, rate, rounded, share
from models.review.queries import Queries
from models.review.sections import Breakdown, BreakdownRow, ChannelRow, DayRow, Totals, WeekRow
from models.review.tally import GroupTally, MonthTally

BREAKDOWN_ROWS = 10
POLARITIES: tuple[Polarity, ...] = ("negative", "neutral", "positive")


def totals_of(tally: MonthTally, queries: Queries, previous: PreviousMonth | None) -> Totals:
    before = Queries(queries.month.shifted(-1), queries.zone)
    all_query = queries.transcripts()
    by_polarity = {
        name: count(tally.sentiment[name], query=queries.transcripts(sentiment=name)) for name in POLARITIES
    }
    negative_query = queries.transcripts(sentiment="negative")
    n_voices = len(tally.voices)
    mean = tally.mean_polarity
    return Totals(
        transcripts=count(tally.n, query=all_query),
        voices=count(n_voices, query=all_query),
        customers=count(len(tally.customers), query=all_query) if tally.customers else None,
        per_day=Figure(rounded(tally.n / len(month_days(queries.month))), "per_day", query=all_query),
        negative_rate=rate(tally.negative, tally.n, query=negative_query),
        polarity=Figure(None if mean is None else rounded(mean), "polarity", n=tally.n, query=all_query),
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
        previous.n_negative if previous else 0,
        previous_query=before.transcripts(sentiment="negative"),
    )
    return judged_changes({key: compared}, tally.n, previous.n_transcripts if previous else None)[key]


def compared_channels(tally: MonthTally, before: Queries, previous: PreviousMonth) -> dict[Key, Compared]:
    names = sorted({*tally.channels, *previous.by_channel})
    return {
        ("channel", name): Compared(
            tally.channels[name].n if name in tally.channels else 0,
            previous.by_channel.get(name, 0),
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
    figures = {
        name: count(k, query=queries.transcripts(first=first, last=last, sentiment=name))
        for name, k in by_name.items()
    }
    return WeekRow(
        week=f"{year:04d}-W{week:02d}",
        first=first.isoformat(),
        last=last.isoformat(),
        n_days=len(days),
        transcripts=count(n, query=queries.transcripts(first=first, last=last)),
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
                transcripts=count(n, query=queries.transcripts(first=day, last=day)),
                negative=count(
                    tally.day_sentiment[day, "negative"],
                    query=queries.transcripts(first=day, last=day, sentiment="negative"),
                ),
            )
        )
    return tuple(rows)


def breakdowns_of(tally: MonthTally) -> tuple[Breakdown, ...]:
    """By product and region, where rows have them. No query reaches these, so ids stand beside them."""
    groups = (("product", tally.products), ("region", tally.regions))
    return tuple(
        Breakdown(
            name, len(group), tuple(_breakdown_row(*item) for item in largest_first(group)[:BREAKDOWN_ROWS])
        )
        for name, group in groups
        if group
    )


def _breakdown_row(name: str, group: GroupTally) -> BreakdownRow:
    return BreakdownRow(
        name=name,
        transcripts=count(group.n, records=group.ids),
        negative=count(group.negative, records=group.negative_ids),
        negative_rate=rate(group.negative, group.n),
    )


def month_days(month: Month) -> list[date]:
    _, n_days = calendar.monthrange(month.year, month.number)
    return [date(month.year, month.number, 1) + timedelta(days=at) for at in range(n_days)]


def month_weeks(month: Month) -> list[list[date]]:
    grouped = groupby(month_days(month), key=lambda day: day.isocalendar()[:2])
    return [list(days) for _, days in grouped]
