"""From the counts of a month's experience to the rows of the review."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from models.experience.catalog import STEP, SURVEY, TOUCHPOINT, ExperienceCatalog
from models.experience.customers import group_by_customer, read_courses
from models.experience.customers_tally import CustomersTally
from models.experience.moments_tally import JourneyRow
from models.indicators.churn import churn_mix
from models.review.facts import MonthFacts
from models.review.figures import Figure, count, measured, rate, rounded, share
from models.review.lived.form import form_lines
from models.review.lived.indicators import indicator_parts
from models.review.lived.rows import CustomerFigures, HeardRow, HopRow, LeavingRow, Lived, StepRow, SurveyRow
from models.review.lived.setup import LivedSetup
from models.review.lived.tally import CONFLICT, LivedTally
from models.review.queries import Queries
from models.review.sections import CauseRow, NamedFigure
from models.statistics.intervals import Interval

FLOW_ANSWERS, SATISFACTION_ANSWERS = ("yes", "no"), ("satisfied", "neutral", "dissatisfied")
LONG_WAIT_MINUTES = 60.0
MOST_ROWS = 12
MOST_LEAVING = 5
HEARD = {
    "broken": "promise:broken",
    "suggestion": "signal:suggestion",
    "opportunity": "signal:opportunity",
    "exposure": "exposure",
    "churn": "churn",
    "conflict": CONFLICT,
}
_GOOD = ("yes", "satisfied")


def lived_of(
    tally: LivedTally, facts: MonthFacts, setup: LivedSetup, causes: tuple[CauseRow, ...], queries: Queries
) -> Lived | None:
    """The experience part, or ``None`` where no transcript was analysed for it."""
    if not tally.n_analysed:
        return None
    seen = _Counted(tally, queries, setup)
    indicators, index, spreads = indicator_parts(tally.indicators, str(facts.month))
    leaving, told, p_value = _leaving(tally, setup, seen)
    broken, kept = tally.transcripts["promise", "broken"], tally.transcripts["promise", "kept"]
    waits = np.array(tally.waits)
    return Lived(
        analysed=share(tally.n_analysed, tally.n),
        peak_end=_of_indicator(indicators, "peak_end"),
        effort=_of_indicator(indicators, "effort"),
        steps=tuple(_step(row, seen) for row in tally.journey.rows(setup.catalog)),
        touchpoints=seen.named(TOUCHPOINT),
        survey=tuple(_survey(seen)),
        promises=tuple(
            NamedFigure(status, seen.figure("promise", status)) for status in ("broken", "kept", "open")
        ),
        promises_kept=rate(kept, kept + broken),
        waits=count(len(waits), query=queries.transcripts(mark="wait")),
        wait_median=Figure(
            rounded(float(np.median(waits)) / 60) if len(waits) else None, "mean", n=len(waits)
        ),
        wait_long=rate(int((waits >= LONG_WAIT_MINUTES).sum()), len(waits)),
        demands=seen.named("demand"),
        exposure=seen.named("exposure"),
        signals=seen.named("signal"),
        conflicts=tuple(
            NamedFigure(kind, count(len(ids), records=ids)) for kind, ids in sorted(tally.conflicts.items())
        ),
        heard=tuple(
            HeardRow(kind, quotes) for kind, marked in HEARD.items() if (quotes := tally.said.quotes(marked))
        ),
        leaving=leaving,
        leaving_told=count(told, query=queries.transcripts(mark="churn")),
        leaving_p_value=p_value,
        indicators=indicators,
        index=index,
        spreads=spreads,
        form=form_lines(tally, facts, setup, causes),
        customers=_customers(tally, queries),
    )


class _Counted:
    """Transcripts by mark, with the way to their records."""

    def __init__(self, tally: LivedTally, queries: Queries, setup: LivedSetup) -> None:
        self.tally, self.queries, self.english = tally, queries, setup.english
        self.catalog: ExperienceCatalog = setup.catalog

    def label(self, kind: str, value: str) -> str:
        return self.catalog.label(kind, value, english=self.english)

    def figure(self, kind: str, value: str) -> Figure:
        return count(self.tally.transcripts[kind, value], query=self.query(kind, value))

    def query(self, kind: str, value: str) -> str:
        return self.queries.transcripts(mark=f"{kind}:{value}")

    def named(self, kind: str) -> tuple[NamedFigure, ...]:
        """Values of a kind, most first, by the names people know them by."""
        values = [(n, value) for (own, value), n in self.tally.transcripts.items() if own == kind]
        ordered = sorted(values, key=lambda item: (-item[0], item[1]))[:MOST_ROWS]
        return tuple(NamedFigure(self.label(kind, value), self.figure(kind, value)) for _, value in ordered)


def _step(row: JourneyRow, seen: _Counted) -> StepRow:
    query = seen.query(STEP, row.step)
    return StepRow(
        id=row.step,
        name=seen.label(STEP, row.step),
        moment_of_truth=row.moment_of_truth,
        transcripts=count(row.transcripts, query=query),
        pain=_told(row.pain, row.transcripts, query),
        delight=_told(row.delight, row.transcripts, query),
        polarity=Figure(
            None if row.mean_polarity is None else rounded(row.mean_polarity), "polarity", n=row.mentions
        ),
        quotes=tuple(
            replace(found, sentiment="negative" if quote.polarity < 0 else "positive")
            for quote in (*row.pain_quotes[:1], *row.delight_quotes[:1])
            if (found := seen.tally.felt.get(quote.transcript, quote.start))
        ),
    )


def _told(found: Interval, n: int, query: str) -> Figure:
    figure = measured(found, "ratio", n=round(found.estimate * n), of=n)
    return Figure(figure.value, "ratio", figure.n, figure.of, figure.interval, query)


def _survey(seen: _Counted) -> Iterator[SurveyRow]:
    """Items in the order of their set, those nobody mentions left out."""
    facet = seen.catalog.facets.get(SURVEY)
    for node in facet.nodes if facet else ():
        counts = {
            answer: seen.tally.transcripts[SURVEY, f"{node.id}.{answer}"]
            for answer in (*FLOW_ANSWERS, *SATISFACTION_ANSWERS)
        }
        n = sum(counts.values())
        if not n:
            continue
        is_flow = any(counts[answer] for answer in FLOW_ANSWERS)
        yield SurveyRow(
            id=node.id,
            name=node.en if seen.english else node.zh,
            is_flow=is_flow,
            good=rate(
                sum(counts[answer] for answer in _GOOD), n, query=seen.queries.transcripts(mark=SURVEY)
            ),
            answers=tuple(
                NamedFigure(answer, seen.figure(SURVEY, f"{node.id}.{answer}"))
                for answer in (FLOW_ANSWERS if is_flow else SATISFACTION_ANSWERS)
            ),
        )


def _leaving(
    tally: LivedTally, setup: LivedSetup, seen: _Counted
) -> tuple[tuple[LeavingRow, ...], int, float | None]:
    counts = {value: n for (kind, value), n in tally.transcripts.items() if kind == "churn"}
    if not setup.churn_reference:
        return (), sum(counts.values()), None
    mix = churn_mix(counts, setup.churn_reference)
    rows = tuple(
        LeavingRow(
            one.id,
            one.zh,
            one.en,
            measured(one.own, "ratio", n=one.n, of=mix.n),
            Figure(one.reference, "ratio"),
            one.verdict,
        )
        for one in mix.reasons
    )
    p_value = None if mix.p_value is None else rounded(mix.p_value)
    return rows if mix.n else (), sum(counts.values()), p_value


def _customers(tally: LivedTally, queries: Queries) -> CustomerFigures | None:
    """Inside the month alone: a repeat after its end is not seen, so only contacts watched long enough count."""
    if not tally.contacts:
        return None
    end = _end_of(queries)
    found = CustomersTally(until=end)
    for course in read_courses(group_by_customer(tally.contacts), until=end):
        found.add(course)
    hops = sorted(found.hops.items(), key=lambda item: (-item[1], item[0]))[:MOST_ROWS]
    return CustomerFigures(
        customers=count(found.customers),
        several=share(found.several, found.customers),
        repeat_7=measured(found.repeat_share(7), "ratio", n=found.followed[7], of=found.watched[7]),
        repeat_30=measured(found.repeat_share(30), "ratio", n=found.followed[30], of=found.watched[30]),
        resolved_at_first=measured(
            found.first_contact_resolution(), "ratio", n=found.resolved_at_first, of=found.judged
        ),
        hand_overs=count(found.hand_overs),
        hops=tuple(HopRow(before, after, count(n)) for (before, after), n in hops),
        satisfied_but_leaving=count(found.n_leaving),
        leaving=tuple(
            quote
            for one in found.leaving[:MOST_LEAVING]
            if (quote := tally.leaving.get(one.contact, one.span[0]))
        ),
    )


def _end_of(queries: Queries) -> datetime:
    return queries.month.bounds(queries.zone)[1] - timedelta(microseconds=1)


def _of_indicator(rows: Iterable[object], indicator_id: str) -> Figure:
    found = next((row for row in rows if getattr(row, "id", "") == indicator_id), None)
    figure = getattr(found, "actual", None)
    return figure if isinstance(figure, Figure) else Figure(None, "mean")
