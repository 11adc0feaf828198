"""``/v1/comparison``: agents, regions and others side by side, so that small ones are not ranked by luck."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from models.core.errors import FieldError
from models.statistics.funnel import Funnel, funnel
from models.statistics.intervals import wilson
from models.statistics.shrinkage import MIN_UNITS, Shrinkage, shrink_shares
from service.api.access import Reader
from service.api.answers import check_range, interval_body, language_of, number, require_contacts, today_of
from service.api.changes import CountedAs
from service.api.parameters import mark_filter
from service.api.state import ServiceState, State, in_thread
from service.database.cells import Stretch, count_cells
from service.database.records import SeriesFilter

router = APIRouter(prefix="/v1", tags=["trends"])

Units = Literal["agent", "region", "channel", "product", "segment", "store"]
MAX_DAYS = 3700
LUCK = 0.05


@dataclass(frozen=True, slots=True)
class _Counted:
    names: list[str]
    k: list[int]
    n: list[int]
    n_without: int


@router.get("/comparison")
async def comparison(
    request: Request,
    state: State,
    caller: Reader,
    by: Annotated[Units, Query(description="What is compared.")] = "agent",
    since: Annotated[date | None, Query(alias="from", description="First local day.")] = None,
    until: Annotated[date | None, Query(alias="to", description="Local day after the last.")] = None,
    category: Annotated[str | None, Query(description="Only contacts that speak of it are counted.")] = None,
    mark: Annotated[
        str | None, Query(description="Only contacts with it are counted: `kind` or `kind:value`.")
    ] = None,
    measure: CountedAs = "negatives",
) -> dict[str, Any]:
    """Share of negative contacts (or, with ``category`` or ``mark``, of contacts that speak of it) per unit: raw with its Wilson
    interval, shrunk to what it tells with a credible interval, the chance of truly being among the worst tenth, and
    the place in a funnel plot. ``differ`` says whether units differ by more than luck."""
    if category is None and mark is None and measure == "contacts":
        raise FieldError(
            field="measure",
            reason="没有 category 或 mark 时请用 measure=negatives",
            reason_en="without a category or mark use measure=negatives",
        )
    end = until or today_of(state) + timedelta(days=1)
    first = since or max(end, date(2, 1, 1)) - timedelta(days=365)
    check_range(first, end, MAX_DAYS)
    wanted = SeriesFilter(category_id=category, mark=mark_filter(mark, state.settings.sector))
    found = await in_thread(_count, state, Stretch(caller.tenant, first, end), by, wanted, measure)
    body = {
        "by": by,
        "from": first.isoformat(),
        "to": end.isoformat(),
        "category": category,
        "mark": mark,
        "measure": measure,
    }
    judged = await in_thread(_judged, found)
    return {**body, **_body(found, *judged, language_of(request))}


def _count(
    state: ServiceState, stretch: Stretch, by: Units, wanted: SeriesFilter, measure: CountedAs
) -> _Counted:
    columns = ("agent_id" if by == "agent" else by,)
    with state.database.read() as connection:
        contacts = count_cells(connection, stretch, "all", columns).get("", {})
        spoken = contacts
        if wanted != SeriesFilter():
            spoken = count_cells(connection, replace(stretch, wanted=wanted), "all", columns).get("", {})
    require_contacts(len(contacts), "反馈，时段", "contacts between", f"{stretch.since}–{stretch.until}")
    require_contacts(
        len(spoken), "该时段内的类别或标记", "category or mark with contacts in this time", _name(wanted)
    )
    names = sorted(name for (name,) in contacts if name)
    k = [
        (spoken[name,].n if measure == "contacts" else spoken[name,].negative) if (name,) in spoken else 0
        for name in names
    ]
    without = contacts.get(("",))
    return _Counted(names, k, [contacts[name,].n for name in names], without.n if without else 0)


def _name(wanted: SeriesFilter) -> str:
    marked = f"{wanted.mark.kind}:{','.join(wanted.mark.values)}".rstrip(":") if wanted.mark else None
    return " ".join(name for name in (wanted.category_id, marked) if name)


def _judged(found: _Counted) -> tuple[Shrinkage, Funnel]:
    if len(found.names) < MIN_UNITS:
        raise FieldError(
            field="by",
            reason=f"只有 {len(found.names)} 个单位有反馈，至少要 {MIN_UNITS} 个才能比较",
            reason_en=f"only {len(found.names)} units have contacts, {MIN_UNITS} are needed",
        )
    return shrink_shares(found.names, found.k, found.n), funnel(found.names, found.k, found.n)


def _body(found: _Counted, shrunk: Shrinkage, limits: Funnel, language: str) -> dict[str, Any]:
    counts = dict(zip(found.names, zip(found.k, found.n, strict=True), strict=True))
    points = {point.name: point for point in limits.points}
    differ = shrunk.p_value <= LUCK
    texts = (
        ("各单位的差别超出偶然", "差别不超出偶然，排名主要是运气，不要据此奖惩"),
        ("units differ by more than luck", "units do not differ beyond luck: ranks are mostly chance"),
    )
    return {
        "n_units": len(found.names),
        "n_contacts": sum(found.n),
        "n_contacts_without_unit": found.n_without,
        "mean": interval_body(shrunk.mean),
        "between": interval_body(shrunk.between),
        "p_value": number(shrunk.p_value, 8),
        "differ": differ,
        "text": texts[language.startswith("en")][0 if differ else 1],
        "n_worst": shrunk.n_worst,
        "funnel": {"target": number(limits.target), "overdispersion": number(limits.overdispersion, 4)},
        "items": [
            {
                "name": unit.name,
                "k": counts[unit.name][0],
                "n": counts[unit.name][1],
                "raw": interval_body(wilson(*counts[unit.name])),
                "shrunk": interval_body(unit.shrunk),
                "worse_than_mean": number(unit.worse_than_mean, 4),
                "among_worst": number(unit.among_worst, 4),
                "rank": number(unit.rank, 2),
                "place": points[unit.name].place.value,
                "warning_limits": [number(limit) for limit in points[unit.name].warning],
                "action_limits": [number(limit) for limit in points[unit.name].action],
            }
            for unit in shrunk.units
        ],
    }
