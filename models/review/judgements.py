"""All judgements of a review, put together from its rows."""

from __future__ import annotations

from collections.abc import Sequence

from models.review.causes import quote_row
from models.review.course import courses_of
from models.review.facts import MonthFacts, Quote
from models.review.figures import count, share
from models.review.judged import Judgements, Repeat
from models.review.outbreaks import outbreaks_of
from models.review.queries import Queries
from models.review.satisfaction import satisfaction_of
from models.review.sections import CauseRow
from models.review.shifts import shifts_of
from models.review.tally import MonthTally
from models.review.units import comparisons_of, concentration_of

MIN_COPIES = 5
MAX_REPEATS = 5


def judgements_of(
    facts: MonthFacts, tally: MonthTally, rows: Sequence[CauseRow], queries: Queries
) -> Judgements:
    """Each part as far as there is something to judge."""
    if not tally.n:
        return Judgements()
    past = facts.past
    return Judgements(
        courses=courses_of(tally, facts.causes, past.months, queries) if past.months else None,
        shifts=shifts_of(facts, tally, rows, queries, past.mix) if past.mix else None,
        outbreaks=outbreaks_of(tally, facts.causes, past.days, queries) if past.days else None,
        satisfaction=satisfaction_of(tally, facts.causes, past.scored),
        concentration=concentration_of(tally, facts.causes),
        comparisons=comparisons_of(tally.cells, queries),
        repeats=_repeats(facts, tally, queries),
    )


def _repeats(facts: MonthFacts, tally: MonthTally, queries: Queries) -> tuple[Repeat, ...]:
    """Texts that came at least ``MIN_COPIES`` times, most copies first."""
    copies = tally.cells.copies
    found = sorted(
        (repeat for repeat in facts.repeats if copies[repeat.voice] >= MIN_COPIES),
        key=lambda repeat: (-copies[repeat.voice], repeat.transcript_id),
    )
    return tuple(
        Repeat(
            quote=quote_row(
                Quote(repeat.transcript_id, 0, len(repeat.text), repeat.text), tally, queries.zone
            ),
            copies=count(copies[repeat.voice]),
            share=share(copies[repeat.voice], tally.n),
        )
        for repeat in found[:MAX_REPEATS]
    )
