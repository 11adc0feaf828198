"""Journey, promises and leaving, survey items, indicators, customers over channels, and the monthly form."""

from __future__ import annotations

from collections.abc import Iterator

from models.review.lived.rows import CustomerFigures, FormLine, IndicatorRow, Lived, SurveyRow
from models.review.report.tree import (
    Block,
    Cell,
    Chart,
    Fact,
    Facts,
    Limits,
    Note,
    Paragraph,
    Quotes,
    Section,
    Series,
    Table,
)
from models.review.report.words import Tongue
from models.review.sections import NamedFigure, QuoteRow
from models.review.snapshot import ReviewSnapshot

MOST_INDICATORS = 20
SYSTEM_NAMES = {
    "all": ("总指数", "All"),
    "satisfaction": ("满意度", "Satisfaction"),
    "loyalty": ("忠诚度", "Loyalty"),
    "experience": ("体验", "Experience"),
    "behaviour": ("行为", "Behaviour"),
}
STANDINGS = {
    "missed": ("未达标", "missed"),
    "met": ("达标", "met"),
    "unsure": ("尚不能断定", "not sure yet"),
    "no_target": ("未设目标", "no target"),
    "no_data": ("无数据", "no data"),
}
MOVEMENTS = {
    "better": ("改善", "better"),
    "worse": ("变差", "worse"),
    "same": ("看不出变化", "no clear change"),
    "small": ("样本少", "few cases"),
    "no_previous": ("无可比月份", "nothing to compare"),
}
ANSWERS = {
    "yes": ("做到", "yes"),
    "no": ("没做到", "no"),
    "satisfied": ("满意", "satisfied"),
    "neutral": ("一般", "neutral"),
    "dissatisfied": ("不满意", "dissatisfied"),
}
PROMISES = {"kept": ("已兑现", "kept"), "broken": ("未兑现", "broken"), "open": ("未到期或未知", "open")}
PHASES = {
    "define": ("界定 D", "Define"),
    "measure": ("测量 M", "Measure"),
    "analyse": ("分析 A", "Analyse"),
    "improve": ("改进 I", "Improve"),
    "control": ("控制 C", "Control"),
}
LEAVING = {
    "more": ("多于参照", "more than the reference"),
    "less": ("少于参照", "less than the reference"),
    "same": ("相当", "alike"),
}
UNITS = {
    "ratio": ("占比", "share"),
    "per_1000": ("每千条", "per 1,000"),
    "minutes": ("分钟", "minutes"),
    "months": ("月", "months"),
    "score": ("分", "points"),
    "points": ("点", "points"),
    "polarity": ("−1～1", "−1 to 1"),
    "yuan": ("元", "yuan"),
}


def lived_sections(snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Section]:
    """The form first: it is what the meeting decides on."""
    lived = snapshot.lived
    if lived is None:
        return
    if lived.form:
        yield Section("form", say("VOC 月度表", "The VOC monthly form"), tuple(_form(lived, snapshot, say)))
    if lived.steps:
        title = say("旅程：哪里疼、哪里好", "The journey: where it hurts and delights")
        yield Section("journey", title, tuple(_journey(lived, snapshot, say)))
    if lived.indicators:
        title = say("指标与目标的差距（KEI）", "Indicators against targets (KEI)")
        yield Section("indicators", title, tuple(_indicators(lived, say)))
    if lived.survey:
        title = say("对话里答出的调查项", "Survey items answered in conversations")
        yield Section("survey", title, tuple(_survey(lived, say)))
    yield Section(
        "promises",
        say("承诺、等待与诉求", "Promises, waiting, demands"),
        tuple(_promises(lived, snapshot, say)),
    )
    if lived.leaving_told.value or lived.exposure:
        title = say("流失与曝光的迹象", "Signs of leaving and of going public")
        yield Section("leaving", title, tuple(_leaving(lived, snapshot, say)))
    if lived.customers:
        title = say("同一客户的多次联系", "Customers over channels")
        yield Section("customers", title, tuple(_customers(lived.customers, snapshot, say)))
    if lived.spreads:
        yield Section(
            "spreads", say("门店之间的一致性", "Consistency between stores"), tuple(_spreads(lived, say))
        )


def _form(lived: Lived, snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Block]:
    yield Paragraph(
        (
            say(
                "每行是一个根因：客户原话、归类、背后的需求，以及从措施库建议的责任部门、措施和期限。措施与期限是建议，"
                "由会议确认；涉及安全、法律和人身伤害的不因客户价值而后移。",
                "Each line is a root cause: what a customer said, its class, the need behind it, and the department, action "
                "and due date that the library proposes. The meeting decides. Safety, law and injury are never ranked down "
                "by customer value.",
            ),
        ),
        lead=True,
    )
    columns = (
        say.number("序", "No.", 0.3),
        say.column("不满的声音（原话）", "Dissatisfied voice", 2.0),
        say.column("归类", "Class", 1.1),
        say.column("潜在需求", "Latent voice", 1.0),
        say.column("根因", "Root cause", 1.2),
        say.number("反馈", "Contacts", 0.5),
        say.column("责任部门", "Department", 0.8),
        say.column("建议措施", "Proposed action", 1.6),
        say.column("期限", "Due", 0.7),
        say.column("阶段", "Phase", 0.6),
    )
    yield Table(columns, tuple(_form_row(line, say) for line in lived.form))


def _form_row(line: FormLine, say: Tongue) -> tuple[Cell, ...]:
    missing = say("待定", "open")
    protected = say("（受保护）", " (protected)") if line.protected else ""
    return (
        say.counted(line.number),
        Cell(f"“{line.voice.text}”"),
        Cell(" / ".join(line.category) or missing),
        Cell(line.latent or missing),
        Cell(line.cause + protected, strong=bool(line.protected)),
        say.cell(line.transcripts),
        Cell("、".join(part for part in (line.department, line.owner) if part) or missing),
        Cell(line.action or missing),
        Cell(line.due or missing),
        Cell(say.name(PHASES, line.phase)),
    )


def _journey(lived: Lived, snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Block]:
    analysed = say.cell(lived.analysed)
    facts = [
        Fact(say("读出体验的反馈", "Contacts read for experience"), analysed),
        Fact(say("峰终得分（−1～1）", "Peak-end score (−1 to 1)"), say.cell(lived.peak_end, interval=True)),
        Fact(say("费力程度", "Effort"), say.cell(lived.effort, interval=True)),
    ]
    yield Facts(tuple(fact for fact in facts if fact.cell.value is not None))
    names = tuple(row.name for row in lived.steps)
    pain = Series(say("有痛点", "pain"), tuple(say.cell(row.pain) for row in lived.steps), "accent")
    delight = Series(
        say("有亮点", "delight"), tuple(say.cell(row.delight) for row in lived.steps), "positive"
    )
    title = say(
        "谈到该步骤的反馈中，有痛点和有亮点的占比", "Of contacts that tell of a step: pain and delight"
    )
    yield Chart("bar", title, names, (pain, delight), "ratio")
    columns = (
        say.column("步骤", "Step", 1.2),
        say.number("反馈", "Contacts"),
        say.number("痛点", "Pain"),
        say.number("亮点", "Delight"),
        say.number("平均情感", "Mean polarity"),
    )
    rows = tuple(
        (
            Cell(row.name + (say("（关键时刻）", " (moment of truth)") if row.moment_of_truth else "")),
            say.cell(row.transcripts),
            say.cell(row.pain, interval=True),
            say.cell(row.delight, interval=True),
            say.cell(row.polarity),
        )
        for row in lived.steps
    )
    yield Table(columns, rows)
    if lived.touchpoints:
        yield _named(say("触点", "Touchpoints"), lived.touchpoints, say)
    worst = sorted((row for row in lived.steps if row.quotes), key=lambda row: (-(row.pain.n or 0), row.id))[
        :4
    ]
    quotes = tuple(quote for row in worst for quote in row.quotes)
    if quotes:
        yield _quotes(quotes, say("各步骤最强烈的话", "The strongest words by step"), snapshot, say)


def _indicators(lived: Lived, say: Tongue) -> Iterator[Block]:
    if lived.index:
        facts = tuple(
            Fact(
                say.name(SYSTEM_NAMES, row.system),
                say.cell(row.points, interval=True),
                ((say("目标 ", "target "), say.cell(row.target)),),
            )
            for row in lived.index
        )
        yield Facts(facts)
    yield Paragraph(
        (
            say(
                "按“差距 × 权重”排序；区间不含目标才判达标或未达标。加权列按客户价值计（有价值数据时）。",
                "Ordered by gap × weight; met or missed only where the interval excludes the target. Weighted: by customer "
                "value, where it is known.",
            ),
        ),
        lead=True,
    )
    shown = lived.indicators[:MOST_INDICATORS]
    weighted = any(row.weighted.value is not None for row in shown)
    last_year = any(row.year_verdict != "no_previous" for row in shown)
    columns = (
        say.column("指标", "Indicator", 1.7),
        say.number("实际", "Actual", 1.0),
        *([say.number("按价值加权", "Weighted", 0.7)] if weighted else ()),
        say.number("目标", "Target", 0.7),
        say.number("差距", "Gap", 1.0),
        say.column("判断", "Standing", 0.8),
        say.number("较上月", "On last month", 1.1),
        say.column("判断", "Verdict", 0.8),
        *([say.column("较去年同月", "On last year", 0.8)] if last_year else ()),
        say.column("责任", "Owner", 0.8),
    )
    rows = tuple(_indicator(row, say, weighted=weighted, last_year=last_year) for row in shown)
    yield Table(columns, rows)
    told = [row for row in shown if row.unit == "ratio" and row.target is not None and row.actual.interval]
    if told:
        series = Series(
            say("实际", "Actual"),
            tuple(say.cell(row.actual, interval=True, strong=row.standing == "missed") for row in told),
        )
        limits = tuple(_target(row) for row in told)
        title = say("实际与 95% 区间；竖线为目标", "Actual with 95 % interval; the mark is the target")
        yield Chart("interval", title, tuple(say(row.zh, row.en) for row in told), (series,), "ratio", limits)
    if len(lived.indicators) > len(shown):
        yield Note(
            say("其余指标见 JSON 与表格文件。", "The other indicators stand in the JSON and workbook.")
        )


def _target(row: IndicatorRow) -> Limits:
    value = row.target.value if row.target and row.target.value is not None else 0.0
    return Limits(value, value, value)


def _indicator(row: IndicatorRow, say: Tongue, *, weighted: bool, last_year: bool) -> tuple[Cell, ...]:
    year = Cell(say.name(MOVEMENTS, row.year_verdict), strong=row.year_verdict in ("better", "worse"))
    unit = "" if row.unit in ("ratio", "per_1000") else f" · {say.name(UNITS, row.unit)}"
    return (
        Cell(say(row.zh, row.en), sub=say.name(SYSTEM_NAMES, row.system) + unit),
        say.cell(row.actual, interval=True),
        *([say.cell(row.weighted if row.weighted.value is not None else None)] if weighted else ()),
        say.cell(row.target),
        say.cell(row.gap),
        Cell(say.name(STANDINGS, row.standing), strong=row.standing == "missed"),
        say.cell(row.versus_last, interval=True),
        Cell(say.name(MOVEMENTS, row.last_verdict), strong=row.last_verdict in ("better", "worse")),
        *([year] if last_year else ()),
        Cell(row.owner),
    )


def _survey(lived: Lived, say: Tongue) -> Iterator[Block]:
    yield Paragraph(
        (
            say(
                "没有发问卷：答案来自对话本身，没提到的不算。占比的分母是提到该项的反馈。",
                "Nobody was asked: answers are read from what was said; what is not mentioned does not count.",
            ),
        ),
        lead=True,
    )
    for flow, title in (
        (True, say("流程项：做到了没有", "Flow items: done or not")),
        (False, say("满意项", "Satisfaction items")),
    ):
        rows = [row for row in lived.survey if row.is_flow == flow]
        if rows:
            yield _survey_table(rows, title, say)


def _survey_table(rows: list[SurveyRow], title: str, say: Tongue) -> Table:
    answers = [answer.name for answer in rows[0].answers]
    columns = (
        say.column("项目", "Item", 1.4),
        *(say.number(*ANSWERS[name]) for name in answers),
        say.number("做到／满意", "Yes or satisfied", 1.0),
    )
    body = tuple(
        (
            Cell(row.name),
            *(say.cell(answer.figure) for answer in row.answers),
            say.cell(row.good, interval=True),
        )
        for row in rows
    )
    return Table(columns, body, title)


def _promises(lived: Lived, snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Block]:
    names = tuple(NamedFigure(say.name(PROMISES, row.name), row.figure) for row in lived.promises)
    facts = [
        *(Fact(say("承诺", "Promises: ") + row.name, say.cell(row.figure)) for row in names),
        Fact(
            say("兑现率（已知结果的）", "Kept, of those known"), say.cell(lived.promises_kept, interval=True)
        ),
        Fact(say("说出等待时间的反馈", "Contacts that tell of a wait"), say.cell(lived.waits)),
        Fact(say("等待中位数（小时）", "Median wait (hours)"), say.cell(lived.wait_median)),
        Fact(say("其中超过一小时", "Longer than an hour"), say.cell(lived.wait_long, interval=True)),
    ]
    yield Facts(tuple(fact for fact in facts if fact.cell.value is not None))
    if lived.broken:
        yield _quotes(lived.broken, say("没有兑现的承诺", "Promises not kept"), snapshot, say)
    for title, rows in (
        (say("客户要求什么", "What customers demand"), lived.demands),
        (say("其他信号", "Other signals"), lived.signals),
    ):
        if rows:
            yield _named(title, rows, say)


def _leaving(lived: Lived, snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Block]:
    yield Facts(
        (Fact(say("有流失迹象的反馈", "Contacts with signs of leaving"), say.cell(lived.leaving_told)),)
    )
    if lived.leaving:
        columns = (
            say.column("原因", "Reason", 1.2),
            say.number("本月占比", "Own share"),
            say.number("参照", "Reference"),
            say.column("比较", "Compared", 1.0),
        )
        rows = tuple(
            (
                Cell(say(row.zh, row.en)),
                say.cell(row.own, interval=True),
                say.cell(row.reference),
                Cell(say.name(LEAVING, row.verdict), strong=row.verdict == "more"),
            )
            for row in lived.leaving
        )
        title = say("流失原因与参照（1/3/5/9/14/68%）", "Reasons of leaving beside the reference")
        yield Table(columns, rows, title)
        if lived.leaving_p_value is not None:
            tested = say.tested(lived.leaving_p_value)
            yield Paragraph(
                (say("整体与参照是否不同：p = ", "Different from the reference at all: p = "), tested)
            )
    if lived.exposure:
        yield _named(say("扬言曝光或投诉到哪里", "Where they threaten to go"), lived.exposure, say)
    if lived.heard:
        yield _quotes(lived.heard, say("原话", "In their words"), snapshot, say)


def _customers(found: CustomerFigures, snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Block]:
    facts = (
        Fact(say("客户", "Customers"), say.cell(found.customers)),
        Fact(say("联系不止一次的", "More than one contact"), say.cell(found.several)),
        Fact(say("7 天内因同一事再来", "Again within 7 days"), say.cell(found.repeat_7, interval=True)),
        Fact(say("30 天内因同一事再来", "Again within 30 days"), say.cell(found.repeat_30, interval=True)),
        Fact(
            say("首次解决（推算）", "Resolved at first contact (proxy)"),
            say.cell(found.resolved_at_first, interval=True),
        ),
        Fact(say("换人接手", "Hand-overs"), say.cell(found.hand_overs)),
        Fact(say("满意却要走的", "Satisfied but leaving"), say.cell(found.satisfied_but_leaving)),
    )
    yield Facts(tuple(fact for fact in facts if fact.cell.value is not None))
    if found.hops:
        yield _named(say("渠道之间的转换", "From channel to channel"), found.hops, say)


def _spreads(lived: Lived, say: Tongue) -> Iterator[Block]:
    columns = (
        say.column("指标", "Indicator", 1.5),
        say.number("门店间标准差", "Spread of stores"),
        say.column("差异", "Beyond chance", 0.8),
        say.number("p", "p", 0.5),
        say.column("最可能偏差", "Likeliest worst", 1.0),
        say.column("最可能领先", "Likeliest best", 1.0),
    )
    rows = tuple(
        (
            Cell(say(row.zh, row.en)),
            say.cell(row.between, interval=True),
            Cell(say("超出偶然", "yes") if row.uneven else say("偶然可解释", "no"), strong=row.uneven),
            say.tested(row.p_value),
            Cell(row.worst if row.uneven else "—"),
            Cell(row.best if row.uneven else "—"),
        )
        for row in lived.spreads
    )
    yield Table(columns, rows)


def _named(title: str, rows: tuple[NamedFigure, ...], say: Tongue) -> Table:
    columns = (say.column("名称", "Name", 2.0), say.number("反馈", "Contacts"))
    return Table(columns, tuple((Cell(row.name), say.cell(row.figure)) for row in rows), title)


def _quotes(rows: tuple[QuoteRow, ...], title: str, snapshot: ReviewSnapshot, say: Tongue) -> Quotes:
    return Quotes(tuple(say.quotation(row, snapshot.timezone) for row in rows), title)
