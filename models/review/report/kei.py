"""Key indicators against their targets and their past, and how far stores differ in them, as sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from models.review.figures import Figure
from models.review.lived.rows import IndicatorRow, Lived
from models.review.report.lived_words import MOVEMENTS, STANDINGS, SYSTEM_NAMES, UNITS, fact_rows
from models.review.report.tree import (
    Block,
    Cell,
    Chart,
    Column,
    Fact,
    Limits,
    Note,
    Paragraph,
    Section,
    Series,
    Table,
)
from models.review.report.words import Tongue

MOST_INDICATORS = 20


def indicator_section(lived: Lived, say: Tongue) -> Section:
    title = say("指标与目标的差距（KEI）", "Indicators against targets (KEI)")
    return Section("indicators", title, tuple(_blocks(lived, say)))


def _blocks(lived: Lived, say: Tongue) -> Iterator[Block]:
    yield from _index(lived, say)
    yield Paragraph(
        (
            say(
                "按“差距 × 权重”从大到小。实际下面是 95% 区间：整个区间都在目标的一侧才判达标或未达标，否则尚不能断定。"
                "与上月相比，差值的区间不含 0 才说改善或变差。指数是各指标按权重的平均分，0 最差，100 最好。",
                "Ordered by gap × weight. Below the actual figure stands its 95 % interval: met or missed only where all of it is on "
                "one side of the target; better or worse only where the interval of the change excludes 0. The index is the "
                "weighted mean of points, 0 worst, 100 best.",
            ),
        ),
        lead=True,
    )
    shown = lived.indicators[:MOST_INDICATORS]
    weighted = any(row.weighted.value is not None for row in shown)
    last_year = any(row.year_verdict != "no_previous" for row in shown)
    columns = _columns(say, weighted=weighted, last_year=last_year)
    yield Table(columns, tuple(_row(row, say, weighted=weighted, last_year=last_year) for row in shown))
    told = [row for row in shown if row.unit == "ratio" and row.target is not None and row.actual.interval]
    if told:
        yield _chart(told, say)
    if len(lived.indicators) > len(shown):
        n = len(lived.indicators) - len(shown)
        yield Note(say(f"另有 {n} 项指标见 JSON 文件。", f"{n} more indicators stand in the JSON file."))


def _index(lived: Lived, say: Tongue) -> Iterator[Block]:
    facts = []
    for row in lived.index:
        notes: list[tuple[str | Cell, ...]] = [(say("目标 ", "target "), say.cell(row.target))]
        if row.weighted.value is not None:
            notes.append((say("按客户价值加权 ", "by customer value "), say.cell(row.weighted)))
        facts.append(Fact(say.name(SYSTEM_NAMES, row.system), say.cell(row.points), tuple(notes)))
    yield from fact_rows(facts, len(lived.index))


def _columns(say: Tongue, *, weighted: bool, last_year: bool) -> tuple[Column, ...]:
    return (
        say.column("指标", "Indicator", 1.9, sub=("体系与单位", "System, unit")),
        say.column("责任", "Owner", 0.9),
        say.number("实际", "Actual", 1.2),
        *([say.number("按价值加权", "Weighted", 0.8)] if weighted else ()),
        say.number("目标", "Target", 0.7),
        say.number("差距", "Gap", 1.1, sub=("判断", "Standing")),
        say.number("较上月", "On last month", 1.1, sub=("与上月相比", "Against last month")),
        *(
            [say.number("较去年同月", "On last year", 1.1, sub=("与去年相比", "Against last year"))]
            if last_year
            else ()
        ),
    )


def _row(row: IndicatorRow, say: Tongue, *, weighted: bool, last_year: bool) -> tuple[Cell, ...]:
    unit = "" if row.unit in ("ratio", "per_1000") else f" · {say.name(UNITS, row.unit)}"
    return (
        Cell(say(row.zh, row.en), sub=say.name(SYSTEM_NAMES, row.system) + unit),
        Cell(row.owner),
        say.cell(row.actual, interval=True),
        *([say.cell(row.weighted if row.weighted.value is not None else None)] if weighted else ()),
        say.cell(row.target),
        _judged(row.gap, STANDINGS, row.standing, say, strong=row.standing == "missed"),
        _moved(row.versus_last, row.last_verdict, say),
        *([_moved(row.versus_year, row.year_verdict, say)] if last_year else ()),
    )


def _moved(figure: Figure | None, verdict: str, say: Tongue) -> Cell:
    return _judged(figure, MOVEMENTS, verdict, say, strong=verdict in ("better", "worse"))


def _judged(
    figure: Figure | None, names: Mapping[str, tuple[str, str]], code: str, say: Tongue, *, strong: bool
) -> Cell:
    """A number with what it means below."""
    return replace(say.cell(figure), sub=say.name(names, code), strong=strong)


def _chart(told: list[IndicatorRow], say: Tongue) -> Chart:
    series = Series(
        say("实际", "Actual"),
        tuple(say.cell(row.actual, interval=True, strong=row.standing == "missed") for row in told),
    )
    title = say("占比类指标：实际与 95% 区间", "Indicators that are shares: actual with 95 % interval")
    names = tuple(say(row.zh, row.en) for row in told)
    note = say(
        "红色为未达标；目标见上表，网页和 PDF 中为竖短线。",
        "Red: missed. Targets stand in the table, and as short uprights in page and PDF.",
    )
    limits = tuple(_target(row) for row in told)
    return Chart("interval", title, names, (series,), "ratio", limits, note)


def _target(row: IndicatorRow) -> Limits:
    value = row.target.value if row.target and row.target.value is not None else 0.0
    return Limits(value, value, value)


def spread_section(lived: Lived, say: Tongue) -> Section:
    """How far stores differ beyond chance."""
    columns = (
        say.column("指标", "Indicator", 1.5),
        say.column("差异", "Beyond chance", 0.8),
        say.column("最可能偏差", "Likeliest worst", 1.0),
        say.column("最可能领先", "Likeliest best", 1.0),
        say.number("门店间标准差", "Spread of stores", 1.0),
        say.number("p", "p", 0.5),
    )
    rows = tuple(
        (
            Cell(say(row.zh, row.en)),
            Cell(say("超出偶然", "yes") if row.uneven else say("偶然可解释", "no"), strong=row.uneven),
            Cell(row.worst if row.uneven else "—"),
            Cell(row.best if row.uneven else "—"),
            say.cell(row.between, interval=True),
            say.tested(row.p_value),
        )
        for row in lived.spreads
    )
    told = say(
        "各门店真实水平相差多少（去掉样本小带来的偶然波动），按 p 从小到大；差异超出偶然时才点名。"
        "没有真实差异时，每 20 项约有 1 项碰巧超出。",
        "How far the true levels of stores lie apart without the luck of small samples, smallest p first; stores are named "
        "only where the difference is beyond chance. Without any difference about one in twenty would still seem so.",
    )
    if not any(row.uneven for row in lived.spreads):
        told += say("本月没有指标的差异超出偶然。", " This month no indicator differs beyond chance.")
    blocks = (Paragraph((told,), lead=True), Table(columns, rows))
    return Section("spreads", say("门店之间的一致性", "Consistency between stores"), blocks)
