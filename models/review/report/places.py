"""Stores, regions, products, service staff: who differs, who was lucky, and where trouble concentrates."""

from __future__ import annotations

from collections.abc import Iterator

from models.review.figures import Figure
from models.review.judged import ComparedUnit, Comparison, Concentrated
from models.review.report.tree import Block, Cell, Chart, Limits, Note, Paragraph, Section, Series, Table
from models.review.report.words import FIELDS, UNITS, Tongue
from models.review.sections import Breakdown
from models.review.snapshot import ReviewSnapshot
from models.review.terms import term

UNITS_SHOWN = 15
CLEAR = 0.05


def place_sections(snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Section]:
    found = snapshot.judgements
    if found and found.comparisons:
        lead = say(
            "“收缩后”已扣除小样本的运气成分，排名以它为准；横线为 95% 区间。",
            "“Shrunk” allows for the luck of small samples, and ranks read it; lines are 95 % intervals.",
        )
        title = say("谁与平均不同，谁只是运气", "Who differs, and who was lucky")
        yield Section("comparisons", title, (Paragraph((lead,), lead=True),))
        for part in found.comparisons:
            name = say.name(UNITS, part.field)
            yield Section(f"comparison-{part.field}", name, tuple(_compared(part, say)), level=2)
    if found and found.concentration:
        title = say("集中程度", "Concentration")
        yield Section("concentration", title, _concentration(found.concentration, say))
    for breakdown in snapshot.breakdowns:
        title = say("按", "By ") + say.name(FIELDS, breakdown.field)
        yield Section(f"breakdown-{breakdown.field}", title, tuple(_breakdown(breakdown, say)), level=2)


def _compared(part: Comparison, say: Tongue) -> Iterator[Block]:
    common = say.cell(Figure(part.target, "ratio"))
    yield Paragraph((say("总体水平 ", "Common rate "), common, say("，共 ", ", units: "), f"{part.n_units}"))
    if part.p_value >= CLEAR:
        yield Paragraph(
            (
                say(
                    "这些对象之间的差别用偶然就能解释，不宜排名。",
                    "Chance alone explains these differences: do not rank.",
                ),
            )
        )
    drawn = part.rows[:UNITS_SHOWN]
    series = Series(say("收缩后的负面率", "Shrunk negative rate"), tuple(_shrunk(row, say) for row in drawn))
    title = say("负面率（收缩后，95% 区间）", "Negative rate (shrunk, 95 % interval)")
    names = tuple(row.name for row in drawn)
    limits = (Limits(part.target, part.target, part.target),) * len(drawn)
    yield Chart("interval", title, names, (series,), "ratio", limits)
    if part.p_value < CLEAR:
        yield _compared_table(part, say)
    if part.n_units > len(drawn):
        first = say("只列最可能属于最差一成的", "likeliest among the worst only:")
        yield Note(f"{first} {len(drawn)} / {part.n_units}")


def _shrunk(row: ComparedUnit, say: Tongue) -> Cell:
    return say.cell(row.shrunk, interval=True, strong=row.place != "within")


def _compared_table(part: Comparison, say: Tongue) -> Table:
    rows = tuple(
        (
            Cell(row.name),
            say.counted(row.raw.of or 0),
            say.counted(row.raw.n or 0),
            say.cell(row.raw, interval=True),
            say.cell(row.shrunk, interval=True),
            Cell(f"{row.among_worst:.0%}", Figure(row.among_worst, "ratio")),
            Cell(term("place", row.place, say.language), strong=row.place != "within"),
        )
        for row in part.rows[:UNITS_SHOWN]
    )
    columns = (
        say.column(*UNITS.get(part.field, (part.field, part.field)), 1.6),
        say.number("反馈条数", "Transcripts"),
        say.number("负面", "Negative", 0.6),
        say.number("原始负面率", "Negative rate", 1.1),
        say.number("收缩后", "Shrunk", 1.1),
        say.number("属于最差一成的把握", "Among the worst tenth", 0.9),
        say.column("位置", "Place", 1.1),
    )
    return Table(columns, rows)


def _concentration(rows: tuple[Concentrated, ...], say: Tongue) -> tuple[Block, ...]:
    lead = say(
        "最多的 20% 占了多少负面反馈（根因一行为根因提及），与“人人相同、只凭偶然”时应有的份额相比。",
        "What the top 20 % make of the negative transcripts (of mentions, for causes), against what chance alone "
        "would give.",
    )
    made = tuple(
        (
            Cell(say.name(UNITS, row.field)),
            say.counted(row.n_units),
            say.cell(row.total),
            say.cell(row.top_share, interval=True),
            say.cell(row.by_chance),
            say.cell(row.gini),
            say.counted(row.n_unknown),
            Cell(
                say("明显集中", "clearly concentrated")
                if row.p_value < CLEAR
                else say("与偶然无异", "no more than chance"),
                strong=row.p_value < CLEAR,
            ),
        )
        for row in rows
    )
    columns = (
        say.column("对象", "Units", 1.2),
        say.number("个数", "Number", 0.6),
        say.number("负面", "Negative", 0.6),
        say.number("最多的 20% 占", "Top 20 % make", 1.1),
        say.number("只凭偶然应占", "By chance", 0.9),
        say.number("基尼系数", "Gini"),
        say.number("未注明", "Not known", 0.6),
        say.column("判断", "Verdict", 1.1),
    )
    return Paragraph((lead,), lead=True), Table(columns, made)


def _breakdown(part: Breakdown, say: Tongue) -> Iterator[Block]:
    rows = tuple(
        (
            Cell(row.name),
            say.cell(row.transcripts),
            say.cell(row.negative),
            say.cell(row.negative_rate, interval=True),
        )
        for row in part.rows
    )
    columns = (
        say.column(*FIELDS.get(part.field, (part.field, part.field)), 1.6),
        say.number("反馈条数", "Transcripts"),
        say.number("负面", "Negative"),
        say.number("负面率", "Negative rate", 1.1),
    )
    yield Table(columns, rows)
    if part.n_values > len(part.rows):
        yield Note(f"{say('只列最多的', 'largest only:')} {len(part.rows)} / {part.n_values}")
