"""The month's root causes: counts, share of contacts, change, where they sit, and quotes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from models.review.changes import Compared, Key
from models.review.facts import CauseFact, PreviousMonth, Quote, StatedFact, TranscriptFact
from models.review.figures import Change, Figure, count, per_1000, rounded
from models.review.queries import Queries, transcript_path
from models.review.sections import CauseRow, EndedCause, NamedFigure, QuantityRow, QuoteRow
from models.review.tally import UNCLEAR_CATEGORY, MonthTally
from models.review.volumes import month_weeks

QUOTES_PER_CAUSE = 5
NAMES_PER_CAUSE = 3
QUANTITIES = ("waiting", "times", "money")
MIN_VOICES_OF_A_QUANTITY = 2
"""What one customer alone names is not typical of a cause."""


def compared_causes(
    causes: Iterable[CauseFact], before: Queries, previous: PreviousMonth
) -> dict[Key, Compared]:
    return {
        ("cause", cause.id): Compared(
            cause.n_transcripts,
            min(_previous_count(cause, previous), previous.n_transcripts),
            unit="per_1000",
            n_voices=cause.n_voices,
            previous_query=before.transcripts(root_cause=cause.id),
        )
        for cause in causes
    }


def _previous_count(cause: CauseFact, previous: PreviousMonth) -> int:
    if cause.previous_n_transcripts is not None:
        return cause.previous_n_transcripts
    return previous.by_cause.get(cause.id, 0)


def cause_rows(
    causes: Iterable[CauseFact], tally: MonthTally, queries: Queries, changes: Mapping[Key, Change]
) -> tuple[CauseRow, ...]:
    """Largest first; ties by id."""
    ordered = sorted(causes, key=lambda cause: (-cause.n_transcripts, cause.id))
    return tuple(_cause_row(cause, tally, queries, changes["cause", cause.id]) for cause in ordered)


def _cause_row(cause: CauseFact, tally: MonthTally, queries: Queries, change: Change) -> CauseRow:
    query = queries.transcripts(root_cause=cause.id)
    ids = cause.transcript_ids
    facts = [tally.noted[transcript_id] for transcript_id in sorted(set(ids)) if transcript_id in tally.noted]
    return CauseRow(
        id=cause.id,
        name=cause.name,
        keywords=tuple(cause.keywords),
        state=cause.state,
        transcripts=count(cause.n_transcripts, query=query, records=ids),
        voices=count(cause.n_voices, query=query),
        rate=per_1000(cause.n_transcripts, tally.n, query=query, n_voices=cause.n_voices),
        change=change,
        weeks=tuple(_week_figure(facts, days, cause.id, queries) for days in month_weeks(queries.month)),
        category=_main_category(facts),
        products=_most_named("product", facts, cause.id, queries),
        channels=_most_named("channel", facts, cause.id, queries),
        quotes=_quote_rows(cause.exemplars, tally, queries.zone),
        topics=tuple(
            NamedFigure(name, count(len(own), query=query, records=own))
            for name, own in cause.topics[:NAMES_PER_CAUSE]
        ),
        stability=cause.stability,
        demands=tuple(
            NamedFigure(stated.kind, _stated_count(stated, query))
            for stated in cause.demands[:NAMES_PER_CAUSE]
        ),
        quantities=tuple(
            _quantity_row(stated, query)
            for stated in cause.quantities
            if stated.kind in QUANTITIES and stated.n_voices >= MIN_VOICES_OF_A_QUANTITY
        ),
    )


def _stated_count(stated: StatedFact, query: str) -> Figure:
    figure = count(stated.n_transcripts, query=query, records=stated.records)
    return replace(figure, n_records=stated.n_transcripts)


def _quantity_row(stated: StatedFact, query: str) -> QuantityRow:
    """Its values are means of nothing: the unit is the row's own, the records are those of the count."""
    told = _stated_count(stated, query)

    def value(number: float) -> Figure:
        return replace(told, value=rounded(number), unit="mean", n=stated.n_voices)

    return QuantityRow(
        stated.kind, stated.unit, told, value(stated.median), value(stated.low), value(stated.high)
    )


def _week_figure(facts: list[TranscriptFact], days: list[date], cause_id: str, queries: Queries) -> Figure:
    n = sum(1 for fact in facts if days[0] <= fact.day <= days[-1])
    return count(n, query=queries.days(days[0], days[-1], root_cause=cause_id))


def _main_category(facts: Iterable[TranscriptFact]) -> tuple[str, ...]:
    """The category most of the transcripts have; empty where none says clearly what it is about."""
    paths = Counter(
        path
        for fact in facts
        for path in {tuple(p) for category_id, p in fact.categories if category_id != UNCLEAR_CATEGORY}
    )
    return min(paths, key=lambda path: (-paths[path], path)) if paths else ()


def _most_named(
    field: str, facts: Iterable[TranscriptFact], cause_id: str, queries: Queries
) -> tuple[NamedFigure, ...]:
    names = Counter(name for fact in facts if (name := getattr(fact, field)))
    ordered = sorted(names.items(), key=lambda item: (-item[1], item[0]))[:NAMES_PER_CAUSE]
    return tuple(
        NamedFigure(name, count(n, query=queries.transcripts(root_cause=cause_id, **{field: name})))
        for name, n in ordered
    )


def _quote_rows(exemplars: Iterable[Quote], tally: MonthTally, zone: ZoneInfo) -> tuple[QuoteRow, ...]:
    """In the order given: the first exemplar is the most typical one."""
    return tuple(quote_row(Quote(*quote), tally, zone) for quote in list(exemplars)[:QUOTES_PER_CAUSE])


def quote_row(quote: Quote, tally: MonthTally, zone: ZoneInfo) -> QuoteRow:
    """A quote with what is known of its transcript."""
    fact = tally.noted.get(quote.transcript_id)
    query = transcript_path(quote.transcript_id)
    if fact is None:
        return QuoteRow(*quote, query=query)
    return QuoteRow(
        *quote,
        query=query,
        external_id=fact.external_id,
        occurred_at=fact.occurred_at.astimezone(zone).isoformat(timespec="minutes"),
        channel=fact.channel,
        product=fact.product,
        sentiment=fact.sentiment,
    )


def ended_causes(
    causes: Iterable[CauseFact], before: Queries, previous: PreviousMonth | None
) -> tuple[EndedCause, ...]:
    """Named causes of last month that no cause of this month continues, largest first."""
    if previous is None:
        return ()
    present = {cause.id for cause in causes}
    ended = [(n, cause_id) for cause_id, n in previous.by_cause.items() if cause_id not in present and n > 0]
    return tuple(
        EndedCause(
            id=cause_id,
            name=previous.cause_names[cause_id],
            previous=count(n, query=before.transcripts(root_cause=cause_id)),
        )
        for n, cause_id in sorted(ended, key=lambda item: (-item[0], item[1]))
        if cause_id in previous.cause_names
    )
