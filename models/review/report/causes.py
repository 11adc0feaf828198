"""Root causes: the table, the largest ones with what their customers say, and those of last month that ended."""

from __future__ import annotations

from collections.abc import Iterator

from models.review.figures import Figure
from models.review.report.tree import Block, Cell, Chart, Note, Paragraph, Quotes, Section, Series, Table
from models.review.report.words import CHANNELS, STATES, Tongue
from models.review.sections import CauseRow, NamedFigure, QuantityRow
from models.review.snapshot import ReviewSnapshot
from models.review.wording import verdict_text

CAUSES_IN_FULL = 8
QUOTES_IN_FULL = 3
CAUSES_DRAWN = 15
ENDED_SHOWN = 10
UNSTABLE = 0.5

_DEMANDS = {
    "refund": ("退款退货", "money back"),
    "exchange": ("换货", "exchange"),
    "repair": ("维修", "repair"),
    "apology": ("道歉", "apology"),
    "compensation": ("赔偿", "compensation"),
    "explanation": ("解释", "explanation"),
    "faster": ("加快处理", "faster handling"),
    "resolution": ("解决问题", "a solution"),
    "cancel": ("取消", "cancellation"),
    "contact": ("回电", "call back"),
    "complaint": ("投诉", "filing a complaint"),
    "escalation": ("投诉升级", "escalation"),
}
_QUANTITIES = {"waiting": ("等待", "waiting"), "times": ("次数", "times"), "money": ("金额", "money")}
_DURATIONS = (
    (525_600.0, 525_600.0, ("年", "years")),
    (86_400.0, 43_200.0, ("个月", "months")),
    (2880.0, 1440.0, ("天", "days")),
    (120.0, 60.0, ("小时", "hours")),
    (0.0, 1.0, ("分钟", "min")),
)
"""From so many minutes on, the minutes of the unit, the unit."""

_UNITS = {"times": ("次", "times"), "yuan": ("元", "yuan")}


def cause_sections(snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Section]:
    title = say("主要根因", "Root causes")
    if not snapshot.causes:
        none = say(
            "本月没有形成根因：负面反馈太少，或尚未运行根因分析。",
            "No root causes this month: too few negative transcripts, or discovery has not run.",
        )
        yield Section("causes", title, (Note(none),))
    else:
        yield Section("causes", title, _overview(snapshot, say))
    for at, row in enumerate(snapshot.causes[:CAUSES_IN_FULL], 1):
        yield Section(f"cause-{at}", f"{at}. {row.name}", _cause(row, snapshot, say), level=2)
    if snapshot.ended:
        yield Section("ended", say("上月有、本月未再出现", "Last month only"), _ended(snapshot, say), level=2)


def _overview(snapshot: ReviewSnapshot, say: Tongue) -> tuple[Block, ...]:
    lead = say(
        "按条数排列。“每千条”是每一千条反馈中属于该根因的条数；横线为 95% 区间。",
        "By count. “Per 1,000” is per thousand transcripts of the month; the line is the 95 % interval.",
    )
    drawn = snapshot.causes[:CAUSES_DRAWN]
    series = Series(say("每千条", "Per 1,000"), tuple(say.cell(row.rate, interval=True) for row in drawn))
    chart = Chart(
        "interval", say("根因（每千条）", "Root causes per 1,000"), tuple(row.name for row in drawn), (series,),
        "per_1000",
    )  # fmt: skip
    rows = tuple(
        (
            Cell(row.name, sub=" › ".join(row.category)),
            say.cell(row.transcripts),
            say.cell(row.voices),
            say.cell(row.rate, interval=True),
            *say.change(row.change),
            Cell(say.name(STATES, row.state)),
        )
        for row in snapshot.causes
    )
    columns = (
        say.column("根因", "Root cause", 2.4),
        say.number("条数", "Count", 0.5),
        say.number("去重后", "Voices", 0.6),
        say.number("每千条", "Per 1,000", 0.9),
        say.number("较上月", "On last month", 1.4),
        say.column("判断", "Verdict", 0.9),
        say.column("状态", "State", 0.6),
    )
    return Paragraph((lead,), lead=True), chart, Table(columns, rows)


def _cause(row: CauseRow, snapshot: ReviewSnapshot, say: Tongue) -> tuple[Block, ...]:
    pieces: list[str | Cell] = [say.cell(row.transcripts, strong=True), say(" 条", " transcripts")]
    if row.voices.value != row.transcripts.value:
        pieces += [say("，去重后 ", ", distinct voices "), say.cell(row.voices)]
    pieces += [say("；每千条 ", "; per 1,000 "), say.cell(row.rate)]
    if row.change.previous is not None:
        pieces += [say("，上月 ", ", last month "), say.cell(row.change.previous)]
    pieces.append(say("；", "; ") + verdict_text(row.change, say.language))
    blocks: list[Block] = [Paragraph(tuple(pieces)), *_told(row, say)]
    quotes = tuple(say.quotation(quote, snapshot.timezone) for quote in row.quotes[:QUOTES_IN_FULL])
    if quotes:
        blocks.append(Quotes(quotes))
    return tuple(blocks)


def _told(row: CauseRow, say: Tongue) -> Iterator[Block]:
    if row.category:
        yield Paragraph((say("主要类别：", "Category: ") + " › ".join(row.category),), lead=True)
    if row.keywords:
        yield Paragraph((say("关键词：", "Keywords: ") + say.listed(row.keywords),), lead=True)
    channels = tuple(NamedFigure(say.name(CHANNELS, item.name), item.figure) for item in row.channels)
    demands = tuple(NamedFigure(say.name(_DEMANDS, item.name), item.figure) for item in row.demands)
    for label, items in (
        (say("产品：", "Products: "), row.products),
        (say("渠道：", "Channels: "), channels),
        (say("其中突出的：", "Hot topics in it: "), row.topics),
        (say("客户要求：", "Customers demand: "), demands),
    ):
        if items:
            yield Paragraph(_named(label, items, say), lead=True)
    if row.quantities:
        yield Paragraph(_quantities(row.quantities, say), lead=True)
    if row.stability is not None and row.stability < UNSTABLE:
        doubt = say(
            f"稳定度 {row.stability:.2f}，低于 0.5：归类不稳，请先看原话。",
            f"Stability {row.stability:.2f}, below 0.5: a doubtful group, read the quotes first.",
        )
        yield Note(doubt)


def _named(label: str, items: tuple[NamedFigure, ...], say: Tongue) -> tuple[str | Cell, ...]:
    pieces: list[str | Cell] = [label]
    for at, item in enumerate(items):
        pieces += [(say("，", ", ") if at else "") + item.name + " ", say.cell(item.figure)]
    return tuple(pieces)


def _quantities(rows: tuple[QuantityRow, ...], say: Tongue) -> tuple[str | Cell, ...]:
    pieces: list[str | Cell] = [say("客户提到：", "Customers name: ")]
    for at, row in enumerate(rows):
        start = (say("；", "; ") if at else "") + say.name(_QUANTITIES, row.kind) + " "
        pieces += [start, say.cell(row.transcripts), say(" 条，中位 ", " transcripts, median ")]
        pieces.append(quantity_cell(row.median, row.unit, say))
        if row.low.value != row.high.value:
            low, high = (quantity_cell(end, row.unit, say) for end in (row.low, row.high))
            pieces += [say("（", " ("), low, say(" 至 ", " to "), high, say("）", ")")]
    return tuple(pieces)


def quantity_cell(figure: Figure, unit: str, say: Tongue) -> Cell:
    """A value with the unit people would say: ``80 分钟``, ``3 天``, ``500 元``."""
    value = figure.value
    if value is None:
        return say.cell(figure)
    size, words = 1.0, _UNITS.get(unit, ("", ""))
    if unit == "minutes":
        size, words = next((size, words) for least, size, words in _DURATIONS if value >= least)
    text = f"{value / size:,.1f}".removesuffix(".0")
    return Cell(f"{text} {say(*words)}".rstrip(), figure)


def _ended(snapshot: ReviewSnapshot, say: Tongue) -> tuple[Block, ...]:
    rows = tuple((Cell(row.name), say.cell(row.previous)) for row in snapshot.ended[:ENDED_SHOWN])
    columns = (say.column("根因", "Root cause", 3.0), say.number("上月条数", "Count last month"))
    blocks: list[Block] = [Table(columns, rows)]
    if len(snapshot.ended) > ENDED_SHOWN:
        blocks.append(Note(f"{say('只列最多的', 'largest only:')} {ENDED_SHOWN} / {len(snapshot.ended)}"))
    return tuple(blocks)
