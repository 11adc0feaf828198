"""Streams rows into the sums of every indicator: one pass, bounded memory, in any order, mergeable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

from models.indicators.formulas import NOT_NEGATIVE, FirstContact, Formula, Repeated, mark_kinds
from models.indicators.plain import to_plain
from models.indicators.registry import Indicator, Registry
from models.indicators.row import IndicatorRow, Seen
from models.indicators.sums import PARTS, Estimate, RatioSums, estimate, in_parts
from models.indicators.timelines import MOST_CUSTOMERS, Cell, CustomerTimelines, Wait

KEEP_BY = ("store", "segment", "agent")
Where = Mapping[str, str]
"""Field of the row to its value: ``{"store": "S01"}``."""

EVERYWHERE: Where = {}
MOST_REPLY_MINUTES = 90 * 24 * 60
"""Longer reply times count as 90 days."""

_SQUARED = PARTS * PARTS


@dataclass(frozen=True, slots=True)
class IndicatorResult:
    """``actual`` counts every contact the same, ``weighted`` by the value of its customer (of those with a value)."""

    indicator: str
    month: str
    actual: Estimate
    weighted: Estimate

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


class _CellSums:
    """Of one month and store: rows whose experience was analysed, and per indicator what adds to them."""

    __slots__ = ("n", "n_rows", "n_weighted", "plain", "weight", "weight_squares", "weighted")

    def __init__(self) -> None:
        self.n_rows = self.n = self.n_weighted = self.weight = self.weight_squares = 0
        self.plain: dict[int, RatioSums] = {}
        self.weighted: dict[int, RatioSums] = {}

    def count(self, weight: int) -> None:
        self.n += 1
        if weight:
            self.n_weighted += 1
            self.weight += weight
            self.weight_squares += weight * weight

    def merge(self, other: _CellSums) -> None:
        self.n_rows += other.n_rows
        self.n += other.n
        self.n_weighted += other.n_weighted
        self.weight += other.weight
        self.weight_squares += other.weight_squares
        for mine, theirs in ((self.plain, other.plain), (self.weighted, other.weighted)):
            for at, sums in theirs.items():
                mine.setdefault(at, RatioSums(sums.unit)).merge(sums)

    def whole(self, at: int, *, weighted: bool, over_all: bool) -> RatioSums:
        """The sums of indicator number ``at``; those over all transcripts with the rows that add nothing to a."""
        own = (self.weighted if weighted else self.plain).get(at)
        found = RatioSums(_SQUARED if weighted else PARTS)
        if own is not None:
            found.merge(own)
        if over_all:
            found.n = self.n_weighted if weighted else self.n
            found.b = self.weight * PARTS if weighted else self.n * PARTS
            found.bb = self.weight_squares * _SQUARED if weighted else self.n * _SQUARED
        return found


class IndicatorTally:
    """Adds up rows. Its size is months x values of ``by`` x indicators, and a sample of customers.

    ``by`` are fields of the row, of ``KEEP_BY``, that results can be asked for.
    """

    def __init__(
        self, registry: Registry, *, by: Sequence[str] = ("store",), most_customers: int = MOST_CUSTOMERS
    ) -> None:
        if unknown := sorted(set(by) - set(KEEP_BY)):
            raise ValueError(f"indicators are kept by {KEEP_BY}, not by {unknown}")
        self.registry = registry
        self.by = tuple(by)
        self.timelines = CustomerTimelines(most_customers)
        self._cells: dict[Cell, _CellSums] = {}
        self._replies: dict[tuple[Cell, str], Counter[int]] = {}
        self._streamed: list[tuple[int, Formula]] = []
        self._by_kind: dict[str, list[tuple[int, Formula]]] = {}
        for at, one in enumerate(registry.indicators):
            if not isinstance(one.formula, (Repeated, FirstContact)):
                kinds = mark_kinds(one.formula)
                for kind in kinds:
                    self._by_kind.setdefault(kind, []).append((at, one.formula))
                if not kinds:
                    self._streamed.append((at, one.formula))
        self._numbers = {one.id: at for at, one in enumerate(registry.indicators)}
        self._follow_ups: dict[str, dict[Cell, tuple[RatioSums, RatioSums]]] = {}

    def add(self, row: IndicatorRow) -> None:
        key = (row.month, *(getattr(row, name) for name in self.by))
        cell = self._cells.setdefault(key, _CellSums())
        weight = 0 if row.value is None else in_parts(max(row.value, 0.0))
        cell.n_rows += 1
        if "marks" in row.experience:
            cell.count(weight)
        seen = Seen(row)
        for at, formula in self._reached(seen):
            pair = formula.observe(seen)
            if pair is not None and (pair[0] or not formula.over_all):
                _put(cell, at, pair, weight)
        told = row.asks if row.reply_hours is not None else ""
        if told and row.reply_hours is not None:
            minutes = min(round(max(row.reply_hours, 0.0) * 60), MOST_REPLY_MINUTES)
            self._replies.setdefault((key, told), Counter())[minutes] += 1
        self.timelines.add(replace(row, asks="") if told else row, key)
        self._follow_ups.clear()

    def _reached(self, seen: Seen) -> Iterable[tuple[int, Formula]]:
        """Formulas that this row may add to, each once."""
        found = dict(self._streamed)
        for kind in seen.by_kind:
            found.update(self._by_kind.get(kind, ()))
        return found.items()

    def merge(self, other: IndicatorTally) -> None:
        """As if every row added to ``other`` had been added here. Raises ``ValueError`` for other indicators."""
        if (self.registry.indicators, self.by) != (other.registry.indicators, other.by):
            raise ValueError("tallies of different indicators or fields cannot be joined")
        for key, cell in other._cells.items():
            self._cells.setdefault(key, _CellSums()).merge(cell)
        for known, minutes in other._replies.items():
            self._replies.setdefault(known, Counter()).update(minutes)
        self.timelines.merge(other.timelines)
        self._follow_ups.clear()

    def months(self) -> list[str]:
        return sorted({key[0] for key in self._cells})

    def values(self, name: str, *, month: str | None = None) -> list[str]:
        """Names of stores (or segments, agents) that were seen, sorted; the empty one is none."""
        at = self.by.index(name) + 1
        return sorted({key[at] for key in self._cells if key[at] and month in (None, key[0])})

    def n_transcripts(self, month: str, where: Where = EVERYWHERE) -> int:
        """All rows, analysed or not."""
        return sum(self._cells[key].n_rows for key in self._matching(month, where))

    def sums(
        self, indicator_id: str, month: str, where: Where = EVERYWHERE, *, weighted: bool = False
    ) -> RatioSums:
        """Of the rows of a month, and where given of one store, segment or agent. Raises ``KeyError``."""
        indicator = self.registry[indicator_id]
        found = RatioSums(_SQUARED if weighted else PARTS)
        if isinstance(indicator.formula, (Repeated, FirstContact)):
            known = self._followed(indicator)
            for key in self._matching(month, where):
                if key in known:
                    found.merge(known[key][1 if weighted else 0])
            return found
        at, over_all = self._numbers[indicator_id], indicator.formula.over_all
        for key in self._matching(month, where):
            found.merge(self._cells[key].whole(at, weighted=weighted, over_all=over_all))
        return found

    def result(self, indicator_id: str, month: str, where: Where = EVERYWHERE) -> IndicatorResult:
        """Actual and weighted figure of a month in the unit of the indicator."""
        one = self.registry[indicator_id]
        actual, weighted = (
            _estimated(one, self.sums(indicator_id, month, where, weighted=by_value))
            for by_value in (False, True)
        )
        return IndicatorResult(indicator_id, month, actual, weighted)

    def waits(self, asks: str, month: str | None = None, where: Where = EVERYWHERE) -> Iterator[Wait]:
        """Leads or complaints with the time to the answer: as the source has it, else from the customer's timeline."""
        self.timelines.settle()
        wanted = {self.by.index(name) + 1: value for name, value in where.items()}

        def fits(cell: Cell) -> bool:
            return month in (None, cell[0]) and all(cell[at] == value for at, value in wanted.items())

        for (cell, told), counts in self._replies.items():
            if told == asks and fits(cell):
                for minutes, n in counts.items():
                    yield from repeat(Wait(cell, told, minutes, True), n)
        yield from (wait for wait in self.timelines.waits() if wait.asks == asks and fits(wait.cell))

    def _matching(self, month: str, where: Where) -> list[Cell]:
        wanted = {self.by.index(name) + 1: value for name, value in where.items()}
        return [
            key
            for key in self._cells
            if key[0] == month and all(key[at] == value for at, value in wanted.items())
        ]

    def _followed(self, indicator: Indicator) -> dict[Cell, tuple[RatioSums, RatioSums]]:
        """Sums of each cell from the timelines, read once."""
        known = self._follow_ups.get(indicator.id)
        if known is None:
            self.timelines.settle()
            known = {}
            for cell, plain, weighted in self.timelines.follow_ups(indicator.formula):  # type: ignore[arg-type]
                mine = known.setdefault(cell, (RatioSums(), RatioSums(_SQUARED)))
                mine[0].merge(plain)
                mine[1].merge(weighted)
            self._follow_ups[indicator.id] = known
        return known


def tally_rows(
    registry: Registry, rows: Iterable[IndicatorRow], *, by: Sequence[str] = ("store",)
) -> IndicatorTally:
    """A tally of all rows."""
    tally = IndicatorTally(registry, by=by)
    for row in rows:
        tally.add(row)
    return tally


def _estimated(one: Indicator, sums: RatioSums) -> Estimate:
    found = estimate(sums, one.formula.law, scale=one.factor)
    if isinstance(one.formula, NOT_NEGATIVE) and found.low is not None:
        return replace(found, low=max(found.low, 0.0))
    return found


def _put(cell: _CellSums, at: int, pair: tuple[float, float], weight: int) -> None:
    a, b = in_parts(pair[0]), in_parts(pair[1])
    sums = cell.plain.get(at)
    if sums is None:
        sums = cell.plain[at] = RatioSums()
    sums.add(a, b)
    if weight:
        weighted = cell.weighted.get(at)
        if weighted is None:
            weighted = cell.weighted[at] = RatioSums(_SQUARED)
        weighted.add(a * weight, b * weight)
