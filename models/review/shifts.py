"""What changed since last month, at the same mix of contacts, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.review.cells import stratum_of
from models.review.comparison import FALSE_DISCOVERY_RATE, is_small
from models.review.facts import CauseFact, MonthFacts
from models.review.figures import Figure, count, measured, per_1000, rounded
from models.review.judged import Kind, Shift, Shifts, ShiftVerdict
from models.review.past import MixCounts, Stratum
from models.review.queries import Queries
from models.review.sections import CauseRow, QuoteRow
from models.review.strata import MIX_FIELDS, Coarsened, coarsened
from models.review.tally import MonthTally
from models.statistics.changes import benjamini_hochberg
from models.statistics.mix import MixChange, mix_adjusted_change

MAX_CATEGORIES = 40
MAX_CAUSES = 60
QUOTES = 2
UNEVEN_LEVEL = 0.01

Counts = Mapping[Stratum, int]


@dataclass(frozen=True, slots=True)
class _Pair:
    """One thing in both months, per stratum; ``n_voices`` of this month's transcripts."""

    kind: Kind
    id: str
    name: str
    before: Counts
    now: Counts
    n_voices: int | None


def shifts_of(
    facts: MonthFacts, tally: MonthTally, rows: Sequence[CauseRow], queries: Queries, mix: MixCounts
) -> Shifts:
    """All categories and root causes of either month, tested as one family."""
    strata = coarsened(mix.contacts, tally.cells.strata)
    found = [_shift(pair, strata, queries) for pair in _pairs(facts, tally, mix)]
    tested = [at for at, shift in enumerate(found) if shift.p_value is not None]
    q_values = benjamini_hochberg([found[at].p_value or 0.0 for at in tested])
    for at, q_value in zip(tested, q_values.tolist(), strict=True):
        found[at] = replace(found[at], q_value=rounded(q_value), verdict=_verdict(found[at], q_value))
    ordered = sorted(found, key=_order)
    return Shifts(
        rows=tuple(replace(shift, quotes=_quotes(shift, rows)) for shift in ordered),
        fields=tuple(name for name, used in zip(MIX_FIELDS, strata.used, strict=True) if used),
        n_strata=len(strata.both),
        n_tested=len(tested),
        unmatched_before=count(sum(n for s, n in strata.before.items() if s not in strata.both)),
        unmatched_now=count(sum(n for s, n in strata.now.items() if s not in strata.both)),
    )


def _pairs(facts: MonthFacts, tally: MonthTally, mix: MixCounts) -> list[_Pair]:
    cells, names = tally.cells, facts.previous.category_names if facts.previous else {}
    sizes = Counter(tally.negative_categories)
    sizes.update({name: sum(counts.values()) for name, counts in mix.categories.items()})
    paths = {**names, **tally.paths}
    largest = sorted((name for name in sizes if name in paths), key=lambda name: (-sizes[name], name))
    pairs = [
        _Pair(
            "category",
            name,
            paths[name][-1],
            mix.categories.get(name, {}),
            cells.category_strata.get(name, {}),
            len(cells.category_voices[name]) if name in cells.category_voices else None,
        )
        for name in largest[:MAX_CATEGORIES]
    ]
    causes = sorted(facts.causes, key=lambda cause: (-cause.n_transcripts, cause.id))[:MAX_CAUSES]
    known = {cause.id for cause in facts.causes}
    pairs += [_cause_pair(cause, tally, mix) for cause in causes]
    ended = facts.previous.cause_names if facts.previous else {}
    gone = sorted(name for name in mix.causes if name not in known and name in ended)[:MAX_CAUSES]
    return pairs + [_Pair("cause", name, ended[name], mix.causes[name], {}, None) for name in gone]


def _cause_pair(cause: CauseFact, tally: MonthTally, mix: MixCounts) -> _Pair:
    noted = (tally.noted[name] for name in sorted(set(cause.transcript_ids)) if name in tally.noted)
    now = Counter(stratum_of(fact) for fact in noted)
    return _Pair("cause", cause.id, cause.name, mix.causes.get(cause.id, {}), now, cause.n_voices)


def _shift(pair: _Pair, strata: Coarsened, queries: Queries) -> Shift:
    k1, k2 = strata.folded(pair.before), strata.folded(pair.now)
    before, now = sum(k1.values()), sum(k2.values())
    n1, n2 = sum(strata.before.values()), sum(strata.now.values())
    full = _compared(k1, k2, strata, 1.0)
    worth = min(1.0, pair.n_voices / now) if pair.n_voices and now else 1.0
    sure = full if worth == 1.0 else _compared(k1, k2, strata, worth)
    small = is_small(round(now * worth), round(n2 * worth), before, n1)
    raw = _around(measured(full.crude.difference, "per_1000_difference", scale=1000), sure, adjusted=False)
    earlier = Queries(queries.month.shifted(-1), queries.zone)
    shift = Shift(
        kind=pair.kind,
        id=pair.id,
        name=pair.name,
        now=per_1000(now, n2, query=_query(pair, queries), n_voices=pair.n_voices),
        before=per_1000(before, n1, query=_query(pair, earlier)),
        raw=raw,
        verdict="few",
    )
    if full.adjusted is None or sure.adjusted is None:
        return shift
    adjusted = measured(full.adjusted.rate, "per_1000_difference", scale=1000)
    uneven = full.adjusted.uneven_p_value
    return replace(
        shift,
        adjusted=_around(adjusted, sure, adjusted=True),
        mix=Figure(
            rounded((full.adjusted.mix.estimate + full.adjusted.entered + full.adjusted.left) * 1000),
            "per_1000_difference",
        ),
        p_value=None if small else rounded(sure.p_value),
        uneven=uneven is not None and uneven < UNEVEN_LEVEL,
    )


def _compared(k1: Counts, k2: Counts, strata: Coarsened, worth: float) -> MixChange:
    """With this month's counts and contacts times ``worth``: what repeats of one text are worth."""
    names = strata.names
    now_k = [round(k2.get(s, 0) * worth) for s in names]
    now_n = [max(k, round(strata.now.get(s, 0) * worth)) for s, k in zip(names, now_k, strict=True)]
    return mix_adjusted_change(
        [k1.get(s, 0) for s in names], [strata.before.get(s, 0) for s in names], now_k, now_n
    )


def _around(figure: Figure, sure: MixChange, *, adjusted: bool) -> Figure:
    """The figure with the interval that voices allow, still around its value."""
    found = sure.adjusted.rate if adjusted and sure.adjusted else sure.crude.difference
    if figure.value is None:
        return figure
    low, high = min(found.low * 1000, figure.value), max(found.high * 1000, figure.value)
    return replace(figure, interval=(rounded(low), rounded(high)))


def _query(pair: _Pair, queries: Queries) -> str:
    if pair.kind == "cause":
        return queries.transcripts(root_cause=pair.id)
    return queries.transcripts(category=pair.id, sentiment="negative")


def _verdict(shift: Shift, q_value: float) -> ShiftVerdict:
    if q_value >= FALSE_DISCOVERY_RATE or shift.adjusted is None:
        return "unclear"
    return "up" if (shift.adjusted.value or 0.0) > 0 else "down"


def _order(shift: Shift) -> tuple[int, float, str, str]:
    rank = {"up": 0, "down": 1, "unclear": 2, "few": 3}[shift.verdict]
    moved = (shift.adjusted or shift.raw).value or 0.0
    return rank, -abs(moved), shift.kind, shift.id


def _quotes(shift: Shift, rows: Sequence[CauseRow]) -> tuple[QuoteRow, ...]:
    """Of the cause itself; of a category, those of the largest causes that sit in it."""
    if shift.kind == "cause":
        own = (row.quotes for row in rows if row.id == shift.id)
        return next(own, ())[:QUOTES]
    inside = [row.quotes[0] for row in rows if row.category and row.category[-1] == shift.name and row.quotes]
    return tuple(inside[:QUOTES])
