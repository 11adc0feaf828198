"""``/v1/changes/{month}``: what changed on the month before, raw and adjusted for the mix of contacts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from models.core.errors import FieldError
from models.core.month import Month
from models.statistics.intervals import wilson
from models.statistics.mix import CauseChange, MonthCounts, compare_months
from service.api.access import Reader
from service.api.answers import (
    days_of_month,
    interval_body,
    language_of,
    number,
    refuse_future,
    require_contacts,
    today_of,
)
from service.api.mark_labels import mark_labels
from service.api.state import ServiceState, State, in_thread
from service.database import trends
from service.database.cells import Cell, Stretch, count_cells
from service.database.records import MARK_KINDS, Counts, MarkKind

router = APIRouter(prefix="/v1", tags=["trends"])

By = Literal["category", "category_group", "root_cause", MarkKind]
CountedAs = Literal["contacts", "negatives"]
MIX = ("channel", "product", "region")
LEAST_MATCHED = 0.8
FALSE_DISCOVERY_RATE = 0.05


@dataclass(frozen=True, slots=True)
class _Question:
    tenant: str
    month: Month
    by: By
    measure: CountedAs
    mix: tuple[str, ...]
    today: date
    language: str


@dataclass(frozen=True, slots=True)
class _Compared:
    """``mix`` is what could be adjusted for, ``matched`` the share of contacts in strata of both months."""

    n: tuple[int, int]
    mix: tuple[str, ...]
    matched: tuple[float, float]
    lines: tuple[CauseChange, ...]
    labels: Mapping[str, str]


@router.get("/changes/{month}")
async def changes(
    month: str,
    request: Request,
    state: State,
    caller: Reader,
    by: By = "category",
    measure: Annotated[
        CountedAs | None,
        Query(description="What is counted; left out: negatives for categories, else contacts."),
    ] = None,
    mix: Annotated[
        str, Query(description="Adjust for these: of channel, product, region, with commas; empty: none.")
    ] = "channel,product,region",
) -> dict[str, Any]:
    """Change of every line between the month before and ``month``: raw, and adjusted for the mix of contacts
    (only contacts of the same channel, product and region are compared), each with a 95 % interval; p-values
    over all lines at a false discovery rate of 5 %. Where too few contacts have a counterpart in the other month,
    the last attributes are left out, which ``adjusted_for`` says."""
    counted: CountedAs = measure or ("negatives" if by in ("category", "category_group") else "contacts")
    language = language_of(request)
    asked = _Question(caller.tenant, Month.parse(month), by, counted, _mix_of(mix), today_of(state), language)
    refuse_future("month", days_of_month(asked.month)[0], asked.today)
    found = await in_thread(_compare, state, asked)
    return _body(asked, found, language)


def _mix_of(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if unknown := [name for name in names if name not in MIX]:
        raise FieldError(
            field="mix",
            reason=f"没有「{unknown[0][:40]}」，可用：{'、'.join(MIX)}",
            reason_en=f"there is no {unknown[0][:40]!r}; there are: {', '.join(MIX)}",
        )
    return names


def _compare(state: ServiceState, asked: _Question) -> _Compared:
    months = (asked.month.shifted(-1), asked.month)
    with state.database.read() as connection:
        stretches = [Stretch(asked.tenant, *days_of_month(month)) for month in months]
        contacts = [count_cells(connection, one, "all", asked.mix).get("", {}) for one in stretches]
        for month, cells in zip(months, contacts, strict=True):
            require_contacts(len(cells), "反馈，月份", "contacts in month", str(month))
        if asked.by == "root_cause":
            check_causes(trends.months_with_causes(connection, asked.tenant), *map(str, months))
        if asked.by in MARK_KINDS:
            check_marks(
                trends.months_with_marks(connection, asked.tenant, map(str, months)), *map(str, months)
            )
        causes = [count_cells(connection, one, asked.by, asked.mix) for one in stretches]
        values = {value for found in causes for value in found}
        labels = trends.labels_of(connection, asked.tenant, asked.by, values)
    labels |= mark_labels(state.settings.sector, asked.by, values, asked.language)
    depth = _depth(contacts, len(asked.mix))
    before, now = (
        _month_counts(all_, spoken, asked.measure, depth)
        for all_, spoken in zip(contacts, causes, strict=True)
    )
    n = (sum(before.contacts.values()), sum(now.contacts.values()))
    return _Compared(n, asked.mix[:depth], _matched(before, now), compare_months(before, now), labels)


def check_causes(looked: frozenset[str], *months: str) -> None:
    """Raises ``FieldError`` where the root causes of a month were never looked for."""
    for month in months:
        if month not in looked:
            raise FieldError(
                field="by",
                reason=f"{month} 还没有根因，请先建立该月月报：POST /v1/reviews/{month}",
                reason_en=f"{month} has no root causes yet; build its review first: POST /v1/reviews/{month}",
            )


def check_marks(looked: frozenset[str], *months: str) -> None:
    """Raises ``FieldError`` where no transcript of a month has any mark: nobody looked for experience there."""
    for month in months:
        if month not in looked:
            raise FieldError(
                field="by",
                reason=f"{month} 的反馈没有体验标记：当时的分析还没有这一项，需要重新分析",
                reason_en=f"the transcripts of {month} have no marks of experience; they need a new analysis",
            )


def _depth(contacts: list[dict[Cell, Counts]], n_columns: int) -> int:
    """How many attributes can be adjusted for so that most contacts keep a counterpart."""
    for depth in range(n_columns, 0, -1):
        folded = [_folded(cells, depth, "contacts") for cells in contacts]
        shared = folded[0].keys() & folded[1].keys()
        shares = [sum(cells[s] for s in shared) / sum(cells.values()) for cells in folded]
        if min(shares) >= LEAST_MATCHED:
            return depth
    return 0


def _folded(cells: Mapping[Cell, Counts], depth: int, measure: CountedAs) -> dict[Hashable, int]:
    found: dict[Hashable, int] = {}
    for cell, counts in cells.items():
        n = counts.n if measure == "contacts" else counts.negative
        found[cell[:depth]] = found.get(cell[:depth], 0) + n
    return found


def _month_counts(
    contacts: Mapping[Cell, Counts],
    causes: Mapping[str, Mapping[Cell, Counts]],
    measure: CountedAs,
    depth: int,
) -> MonthCounts:
    return MonthCounts(
        _folded(contacts, depth, "contacts"),
        {value: _folded(cells, depth, measure) for value, cells in causes.items()},
    )


def _matched(before: MonthCounts, now: MonthCounts) -> tuple[float, float]:
    shared = before.contacts.keys() & now.contacts.keys()
    first, second = (
        sum(month.contacts[s] for s in shared) / sum(month.contacts.values()) for month in (before, now)
    )
    return first, second


def _body(asked: _Question, found: _Compared, language: str) -> dict[str, Any]:
    lines = sorted(found.lines, key=lambda line: (line.q_value, line.change.p_value, line.cause))
    return {
        "month": str(asked.month),
        "before": str(asked.month.shifted(-1)),
        "by": asked.by,
        "measure": asked.measure,
        "n_before": found.n[0],
        "n_now": found.n[1],
        "is_partial": days_of_month(asked.month)[1] > asked.today,
        "adjusted_for": list(found.mix),
        "not_adjusted_for": [name for name in asked.mix if name not in found.mix],
        "matched_before": number(found.matched[0]),
        "matched_now": number(found.matched[1]),
        "rates_stated": {"signal_false_discovery_rate": FALSE_DISCOVERY_RATE, "n_lines": len(found.lines)},
        "items": [_line(line, found.labels[line.cause], language.startswith("en")) for line in lines],
    }


def _line(line: CauseChange, label: str, english: bool) -> dict[str, Any]:
    change, crude = line.change, line.change.crude
    adjusted = change.adjusted
    effect = adjusted.rate.estimate if adjusted else crude.difference.estimate
    signal = (
        "none" if line.q_value > FALSE_DISCOVERY_RATE or effect == 0 else ("up" if effect > 0 else "down")
    )
    return {
        "value": line.cause,
        "label": label,
        "signal": signal,
        "text": _text(label, signal, crude.k1, crude.k2, effect, english),
        "p_value": number(change.p_value, 8),
        "q_value": number(line.q_value, 8),
        "raw": {
            "k_before": crude.k1,
            "n_before": crude.n1,
            "k_now": crude.k2,
            "n_now": crude.n2,
            "rate_before": interval_body(wilson(crude.k1, crude.n1)),
            "rate_now": interval_body(wilson(crude.k2, crude.n2)),
            "difference": interval_body(crude.difference),
            "ratio": interval_body(crude.ratio, 4),
            "p_value": number(crude.p_value, 8),
        },
        "adjusted": None
        if adjusted is None
        else {
            "difference": interval_body(adjusted.rate),
            "rate_before": interval_body(adjusted.standardised_before),
            "rate_now": interval_body(adjusted.standardised_now),
            "ratio": interval_body(adjusted.ratio, 4),
            "mix": interval_body(adjusted.mix),
            "entered": number(adjusted.entered),
            "left": number(adjusted.left),
            "n_strata": adjusted.n_strata,
            "uneven_p_value": number(adjusted.uneven_p_value),
            "n_unmatched_before": change.n_unmatched_before,
            "n_unmatched_now": change.n_unmatched_now,
        },
    }


def _text(label: str, signal: str, k1: int, k2: int, effect: float, english: bool) -> str:
    per_1000 = f"{1000 * abs(effect):.1f}"
    if english:
        words = {"up": f"rose by {per_1000} per 1,000", "down": f"fell by {per_1000} per 1,000"}
        return f"{label}: {k1} to {k2} contacts; at equal mix it {words.get(signal, 'did not change beyond chance')}"
    said = {"up": f"每千条多 {per_1000} 条", "down": f"每千条少 {per_1000} 条"}
    return f"「{label}」由 {k1} 条到 {k2} 条；同等构成下{said.get(signal, '变化未超出偶然')}"
