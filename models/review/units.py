"""Customers, regions, products and staff: how concentrated the complaints are, and who differs by more than luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.review.cells import UNIT_FIELDS, MonthCells
from models.review.facts import CauseFact
from models.review.figures import count, measured, rate, rounded, share
from models.review.judged import ComparedUnit, Comparison, Concentrated
from models.review.queries import Queries
from models.review.tally import MonthTally
from models.statistics.concentration import concentration
from models.statistics.funnel import FunnelPoint, funnel
from models.statistics.shrinkage import MIN_UNITS, ShrunkUnit, shrink_shares

MAX_UNITS = 300
"""Units with most contacts; the rest are left out of a comparison."""

ROWS = 60
MIN_TOTAL = 20
"""Fewer complaints than this have no concentration worth the name."""

LEAST_SHARE = 0.03
"""Where nearly all contacts are negative, or nearly none, their rates tell units not apart."""

_RESAMPLED_NUMBERS = 2_000_000


def concentration_of(tally: MonthTally, causes: Sequence[CauseFact]) -> tuple[Concentrated, ...]:
    """Root causes, customers, then stores, regions and products, as far as they are known."""
    cells = tally.cells
    by_cause = {cause.id: cause.n_transcripts for cause in causes}
    known = any(name.startswith("c:") for name in cells.customer_contacts)
    found = [_concentrated("cause", by_cause, None, 0)]
    if known:
        unknown = sum(n for name, n in cells.customer_negatives.items() if name.startswith("t:"))
        found.append(_concentrated("customer", cells.customer_negatives, cells.customer_contacts, unknown))
    for name in ("store", "region", "product", "agent"):
        negatives: Mapping[str, int] = cells.negatives.get(name, {})
        contacts: Mapping[str, int] = cells.contacts.get(name, {})
        unknown = tally.negative - sum(negatives.values())
        found.append(_concentrated(name, negatives, contacts, unknown))
    return tuple(row for row in found if row is not None)


def _concentrated(
    field: str, counts: Mapping[str, int], exposure: Mapping[str, int] | None, n_unknown: int
) -> Concentrated | None:
    names = sorted(exposure if exposure is not None else counts)
    values = [counts.get(name, 0) for name in names]
    total = sum(values)
    if len(names) < MIN_UNITS or total < MIN_TOTAL:
        return None
    resamples = max(100, min(500, _RESAMPLED_NUMBERS // len(names)))
    weights = [exposure[name] for name in names] if exposure is not None else None
    found = concentration(values, exposure=weights, n_resamples=resamples)
    by_chance = share(round(found.top_share_by_chance * 10**6), 10**6)
    return Concentrated(
        field=field,
        n_units=found.n_units,
        total=count(total),
        top_share=measured(found.top_share, "ratio"),
        by_chance=by_chance,
        gini=measured(found.gini, "mean"),
        p_value=rounded(found.p_value),
        n_unknown=n_unknown,
    )


def comparisons_of(cells: MonthCells, queries: Queries) -> tuple[Comparison, ...]:
    """Negative rates of stores, staff, regions and products, each where at least three have contacts.

    None where nearly all contacts are alike (``LEAST_SHARE``): a file of complaints alone ranks nobody.
    """
    found = (
        _comparison(name, cells.contacts[name], cells.negatives[name], queries)
        for name in UNIT_FIELDS
        if name in cells.contacts
    )
    return tuple(row for row in found if row is not None)


def _comparison(
    field: str, contacts: Mapping[str, int], negatives: Mapping[str, int], queries: Queries
) -> Comparison | None:
    names = sorted(contacts, key=lambda name: (-contacts[name], name))[:MAX_UNITS]
    k, n = [negatives.get(name, 0) for name in names], [contacts[name] for name in names]
    if (
        len(names) < MIN_UNITS
        or sum(n) < MIN_TOTAL
        or not min(sum(k), sum(n) - sum(k)) >= LEAST_SHARE * sum(n)
    ):
        return None
    ranked = shrink_shares(names, k, n)
    limits = funnel(names, k, n)
    points = {point.name: point for point in limits.points}
    rows = [
        _unit(field, unit, points[unit.name], negatives.get(unit.name, 0), queries) for unit in ranked.units
    ]
    return Comparison(
        field=field,
        n_units=len(contacts),
        target=rounded(limits.target),
        overdispersion=rounded(limits.overdispersion),
        p_value=rounded(ranked.p_value),
        n_worst=ranked.n_worst,
        rows=tuple(rows[:ROWS]),
    )


def _unit(field: str, unit: ShrunkUnit, point: FunnelPoint, k: int, queries: Queries) -> ComparedUnit:
    query = None if field == "agent" else queries.transcripts(**{field: unit.name}, sentiment="negative")
    low, high = point.warning
    lowest, highest = point.action
    return ComparedUnit(
        name=unit.name,
        raw=rate(k, point.n, query=query),
        shrunk=measured(unit.shrunk, "ratio", n=k, of=point.n),
        among_worst=rounded(unit.among_worst),
        place=point.place.value,
        warning=(rounded(low), rounded(high)),
        action=(rounded(lowest), rounded(highest)),
    )
