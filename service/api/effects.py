"""``/v1/effects``: whether an action worked, against a control group (difference in differences)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from models.core.errors import FieldError
from models.core.month import Month
from models.statistics.effect import FEW_UNITS, ArmCounts, Effect, effect_by_unit, effect_on_rates
from models.statistics.intervals import Interval
from models.statistics.parallel import PreTrend, TrendVerdict, pre_trend
from service.api.access import Reader
from service.api.answers import days_of_month, interval_body, language_of, number, refuse_future, today_of
from service.api.changes import CountedAs, check_causes
from service.api.state import ServiceState, State, in_thread
from service.database import trends
from service.database.cells import Cell, Stretch, count_cells
from service.database.records import Counts

router = APIRouter(prefix="/v1", tags=["trends"])

By = Literal["all", "category", "category_group", "root_cause"]
Split = Literal["region", "channel", "product", "segment", "store", "agent"]
_COLUMNS = {"agent": "agent_id"}
_FEW_MONTHS = 6


@dataclass(frozen=True, slots=True)
class _Question:
    tenant: str
    by: By
    value: str
    measure: CountedAs
    split: Split
    treated: tuple[str, ...]
    control: tuple[str, ...]
    action: date
    months: int
    today: date


@dataclass(frozen=True, slots=True)
class _Group:
    """One group: per unit (k before, n before, k after, n after); per period before, k and n."""

    units: dict[str, list[int]]
    k_periods: list[int]
    n_periods: list[int]

    @property
    def arm(self) -> ArmCounts:
        return ArmCounts(*(sum(row[i] for row in self.units.values()) for i in range(4)))


@dataclass(frozen=True, slots=True)
class _Found:
    treated: _Group
    control: _Group
    effect: Effect
    trend: PreTrend
    days: tuple[date, date]
    label: str


@router.get("/effects")
async def effects(
    request: Request,
    state: State,
    caller: Reader,
    action: Annotated[date, Query(description="First local day with the action.")],
    treated: Annotated[list[str], Query(description="Values of `split` with the action; may be repeated.")],
    split: Annotated[Split, Query(description="What tells the groups apart.")] = "region",
    control: Annotated[
        list[str] | None, Query(description="Values of `split` without it; left out: all others.")
    ] = None,
    by: By = "all",
    value: Annotated[str, Query(description="Category or root cause; left out with `by=all`.")] = "",
    measure: CountedAs = "negatives",
    months: Annotated[int, Query(ge=1, le=24, description="Months before and after the action.")] = 3,
) -> dict[str, Any]:
    """Difference in differences: how the share of contacts changed where something was done, less how it changed
    where nothing was done, with a 95 % interval, a check that both went the same way before, and a verdict in
    words. With 5 units and more in both groups units are what varies, else contacts."""
    asked = _Question(
        caller.tenant,
        by,
        value,
        measure,
        split,
        tuple(dict.fromkeys(treated)),
        tuple(dict.fromkeys(control or ())),
        action,
        months,
        today_of(state),
    )
    _check(asked)
    found = await in_thread(_measure, state, asked)
    return _body(asked, found, language_of(request))


def _check(asked: _Question) -> None:
    refuse_future("action", asked.action, asked.today)
    if (asked.by == "all") == bool(asked.value):
        raise FieldError(
            field="value",
            reason="by=all 时不要给 value，其他情况必须给出类别或根因的编号",
            reason_en="leave value out with by=all, otherwise name the category or root cause",
        )
    if asked.by == "all" and asked.measure == "contacts":
        raise FieldError(
            field="measure",
            reason="by=all 时请用 measure=negatives：全部反馈占全部反馈恒为 1",
            reason_en="with by=all use measure=negatives: all contacts among all contacts is always 1",
        )
    if both := set(asked.treated) & set(asked.control):
        raise FieldError(
            field="control",
            reason=f"「{min(both)}」同时在处理组和对照组",
            reason_en=f"{min(both)!r} is in both groups",
        )


def _shifted(day: date, n_months: int) -> date:
    """The same day of another month, or its last one."""
    first, after = days_of_month(Month(day.year, day.month).shifted(n_months))
    return min(first + timedelta(days=day.day - 1), after - timedelta(days=1))


def _measure(state: ServiceState, asked: _Question) -> _Found:
    since = _shifted(asked.action, -asked.months)
    column = _COLUMNS.get(asked.split, asked.split)
    with state.database.read() as connection:
        stored = trends.stored_days(connection, asked.tenant)
        last = min(asked.today, stored[1]) if stored else asked.today
        until = min(_shifted(asked.action, asked.months), last + timedelta(days=1))
        stretch = Stretch(asked.tenant, since, max(until, asked.action))
        contacts = count_cells(connection, stretch, "all", (column, "day")).get("", {})
        causes = count_cells(connection, stretch, asked.by, (column, "day"))
        looked = trends.months_with_causes(connection, asked.tenant)
        known = trends.labels_of(connection, asked.tenant, asked.by, {asked.value})
    if asked.by == "root_cause":
        check_causes(looked, *sorted({day[:7] for _, day in contacts}))
    if asked.value not in causes:
        raise _unknown("value", asked.value, list(causes))
    groups = _named(asked, contacts)
    treated, control = (_group(names, contacts, causes[asked.value], asked, since) for names in groups)
    trend = pre_trend(treated.k_periods, treated.n_periods, control.k_periods, control.n_periods)
    return _Found(treated, control, _effect(treated, control), trend, (since, until), known[asked.value])


def _unknown(field: str, given: str, known: list[str]) -> FieldError:
    listed = sorted(name for name in known if name)[:10]
    return FieldError(
        field=field,
        reason=f"这段时间没有「{given[:80]}」的反馈，有：{'、'.join(listed) or '无'}",
        reason_en=f"there are no contacts of {given[:80]!r} in this time; there are: {', '.join(listed) or 'none'}",
    )


def _named(asked: _Question, contacts: dict[Cell, Counts]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    present = {unit for unit, _ in contacts}
    for field, names in (("treated", asked.treated), ("control", asked.control)):
        for name in names:
            if name not in present:
                raise _unknown(field, name, list(present))
    others = asked.control or tuple(sorted(present - {""} - set(asked.treated)))
    if not others:
        raise FieldError(
            field="control",
            reason="没有可作对照的其他取值",
            reason_en="there is no other value to compare with",
        )
    return asked.treated, others


def _group(
    names: tuple[str, ...],
    contacts: dict[Cell, Counts],
    spoken: dict[Cell, Counts],
    asked: _Question,
    since: date,
) -> _Group:
    n_periods = asked.months if asked.months >= _FEW_MONTHS else 2 * asked.months
    length = (asked.action - since).days
    units = {name: [0, 0, 0, 0] for name in names}
    k_periods, n_periods_of = [0] * n_periods, [0] * n_periods
    for (unit, day), counts in contacts.items():
        if unit not in units:
            continue
        found = spoken.get((unit, day), Counts())
        k, at = found.n if asked.measure == "contacts" else found.negative, date.fromisoformat(day)
        after = 2 if at >= asked.action else 0
        units[unit][after] += k
        units[unit][after + 1] += counts.n
        if not after:
            place = (at - since).days * n_periods // length
            k_periods[place] += k
            n_periods_of[place] += counts.n
    return _Group(units, k_periods, n_periods_of)


def _effect(treated: _Group, control: _Group) -> Effect:
    if min(len(treated.units), len(control.units)) >= FEW_UNITS:
        rows = [(True, row) for row in treated.units.values()]
        rows += [(False, row) for row in control.units.values()]
        columns = list(zip(*(row for _, row in rows), strict=True))
        try:
            return effect_by_unit([one for one, _ in rows], *columns)
        except ValueError:
            pass  # a group that rests on one unit: contacts are what is left to vary
    try:
        return effect_on_rates(treated.arm, control.arm)
    except ValueError as error:
        raise FieldError(
            field="action",
            reason="行动前后，处理组和对照组都要有反馈：请换行动日期、加长 months 或换分组",
            reason_en=str(error),
        ) from error


def _body(asked: _Question, found: _Found, language: str) -> dict[str, Any]:
    english = language.startswith("en")
    effect, trend = found.effect, found.trend
    return {
        "by": asked.by,
        "value": asked.value,
        "label": found.label,
        "measure": asked.measure,
        "split": asked.split,
        "action": asked.action.isoformat(),
        "from": found.days[0].isoformat(),
        "to": found.days[1].isoformat(),
        "treated": _arm(found.treated, effect.treated_change),
        "control": _arm(found.control, effect.control_change),
        "effect": interval_body(effect.effect),
        "effect_per_1000": interval_body(effect.effect.scaled(1000), 2),
        "relative": interval_body(effect.relative, 4),
        "p_value": number(effect.p_value, 8),
        "significant": effect.significant,
        "minimum_detectable": number(effect.minimum_detectable),
        "method": effect.method.value,
        "parallel_trends": {
            "verdict": trend.verdict.value,
            "p_value": number(trend.p_value),
            "n_periods": trend.n_periods,
            "slope_per_period": interval_body(trend.slope),
        },
        "verdict": _verdict(effect, trend, english),
        "warning": _warning(trend, english),
    }


def _arm(group: _Group, change: Interval) -> dict[str, Any]:
    arm = group.arm
    return {
        "units": {name: dict(zip(_UNIT_FIELDS, row, strict=True)) for name, row in group.units.items()},
        "k_before": arm.k_before,
        "n_before": arm.n_before,
        "k_after": arm.k_after,
        "n_after": arm.n_after,
        "change": interval_body(change),
    }


_UNIT_FIELDS = ("k_before", "n_before", "k_after", "n_after")


def _verdict(effect: Effect, trend: PreTrend, english: bool) -> str:
    found, least = effect.effect.scaled(1000), 1000 * effect.minimum_detectable
    if trend.verdict is TrendVerdict.DIFFERENT:
        texts = (
            "行动之前两组走势就已不同，前后差别不能算作行动的效果",
            "the groups already moved apart before the action: the difference is no proof of its effect",
        )
    elif not effect.significant:
        texts = (
            f"没有看出效果；以现有数据，每千条相差约 {least:.0f} 条以上才看得出来，所以也不能说没有效果",
            f"no effect seen; data like these show effects from about {least:.0f} per 1,000 on, so none is not proven",
        )
    elif found.estimate < 0:
        texts = (
            f"有效：与对照组相比，每千条少 {-found.estimate:.1f} 条（95% 区间少 {-found.high:.1f} 至 {-found.low:.1f}）",
            f"it worked: {-found.estimate:.1f} per 1,000 fewer than the control group "
            f"(95 % interval {-found.high:.1f} to {-found.low:.1f} fewer)",
        )
    else:
        texts = (
            f"适得其反：与对照组相比，每千条多 {found.estimate:.1f} 条（95% 区间多 {found.low:.1f} 至 {found.high:.1f}）",
            f"it went the other way: {found.estimate:.1f} per 1,000 more than the control group "
            f"(95 % interval {found.low:.1f} to {found.high:.1f} more)",
        )
    return texts[english]


def _warning(trend: PreTrend, english: bool) -> str | None:
    if trend.verdict is TrendVerdict.NO_DIFFERENCE_SEEN:
        return None
    different = trend.verdict is TrendVerdict.DIFFERENT
    if english:
        return (
            "the groups differed in trend before" if different else "too few periods to check parallel trends"
        )
    return "行动前两组趋势不平行" if different else "行动前的时段太少，无法检查两组走势是否平行"
