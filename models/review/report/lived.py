"""The monthly form, the journey, indicators, survey items, promises, leaving and customers over channels as sections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from models.review.figures import Figure
from models.review.lived.rows import CustomerFigures, Lived, StepRow, SurveyRow
from models.review.report.kei import indicator_section, spread_section
from models.review.report.lived_words import (
    ANSWERS,
    CONFLICTS,
    HEARD,
    LEAVING,
    PROMISES,
    fact_rows,
    fraction,
    named_table,
    quotes_of,
    reach,
)
from models.review.report.monthly_form import form_section
from models.review.report.tree import (
    Block,
    Cell,
    Chart,
    Fact,
    Facts,
    Paragraph,
    Quotation,
    Quotes,
    Section,
    Series,
    Table,
)
from models.review.report.words import CHANNELS, Tongue
from models.review.sections import NamedFigure
from models.review.snapshot import ReviewSnapshot

WORST_STEPS, BEST_STEPS = 4, 2
DAYS_FROM_HOURS = 48.0


def lived_sections(snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Section]:
    """The form first: it is what the meeting decides on. Nothing where no transcript was read for experience."""
    lived = snapshot.lived
    if lived is None:
        return
    if lived.form:
        yield form_section(lived.form, say)
    if lived.steps:
        title = say("旅程：哪里疼、哪里好", "The journey: where it hurts and delights")
        yield Section("journey", title, tuple(_journey(lived, snapshot.timezone, say)))
    if lived.indicators:
        yield indicator_section(lived, say)
    if lived.survey:
        title = say("对话里答出的调查项", "Survey items answered in conversations")
        yield Section("survey", title, tuple(_survey(lived, snapshot.timezone, say)))
    title = say("承诺、等待与诉求", "Promises, waiting, demands")
    yield Section("promises", title, tuple(_promises(lived, snapshot.timezone, say)))
    if lived.leaving_told.value or lived.exposure:
        title = say("流失与曝光的迹象", "Signs of leaving and of going public")
        yield Section("leaving", title, tuple(_leaving(lived, snapshot.timezone, say)))
    if lived.customers:
        title = say("同一客户的多次联系", "Customers over channels")
        yield Section("customers", title, tuple(_customers(lived.customers, snapshot.timezone, say)))
    if lived.spreads:
        yield spread_section(lived, say)


def _journey(lived: Lived, zone: str, say: Tongue) -> Iterator[Block]:
    ends = say(
        "−1 最差，1 最好；最强烈的一刻与结尾的平均",
        "−1 worst, 1 best: mean of the strongest moment and the end",
    )
    facts = (
        Fact(
            say("读出体验的反馈", "Contacts read for experience"),
            say.cell(lived.analysed),
            fraction(lived.analysed, say),
        ),
        Fact(
            say("峰终得分", "Peak-end score"),
            say.cell(lived.peak_end),
            (*reach(lived.peak_end, say), (ends,)),
        ),
        Fact(
            say("费力程度", "Effort"),
            say.cell(lived.effort),
            (*reach(lived.effort, say), (say("0 不费力，1 很费力", "0 none, 1 very much"),)),
        ),
    )
    yield from fact_rows(facts)
    yield from _step_quotes(lived.steps, zone, say)
    yield Paragraph(
        (
            say(
                "步骤按旅程的先后排列，★ 为关键时刻。痛点、亮点是谈到该步骤的反馈中说得不好、说得好的占比，下面是 95% 区间；"
                "平均情感从 −1（最差）到 1（最好）。反馈条数可点开看记录。",
                "Steps in the order of the journey; ★ marks moments of truth. Pain and delight are shares of the contacts that tell "
                "of the step, with 95 % intervals; mean polarity runs from −1 (worst) to 1 (best).",
            ),
        ),
        lead=True,
    )
    felt = [row for row in lived.steps if row.polarity.value is not None]
    if len(felt) > 1:
        yield _curve(felt, say)
    yield _pains(lived.steps, say)
    yield _step_table(lived.steps, say)
    if lived.touchpoints:
        title = say("客户提到的触点", "Touchpoints that customers name")
        yield named_table(title, lived.touchpoints, say, name=("触点", "Touchpoint"))


def _named(row: StepRow) -> str:
    return row.name + (" ★" if row.moment_of_truth else "")


def _curve(felt: list[StepRow], say: Tongue) -> Chart:
    cells = tuple(say.cell(row.polarity, strong=(row.polarity.value or 0.0) <= -0.5) for row in felt)
    title = say(
        "体验曲线：各步骤的平均情感（−1～1）", "The experience curve: mean polarity of each step (−1 to 1)"
    )
    names = tuple(_named(row) for row in felt)
    return Chart("interval", title, names, (Series(say("平均情感", "mean polarity"), cells),), "polarity")


def _pains(steps: tuple[StepRow, ...], say: Tongue) -> Chart:
    pain = Series(say("有痛点", "pain"), tuple(say.cell(row.pain) for row in steps), "accent")
    delight = Series(say("有亮点", "delight"), tuple(say.cell(row.delight) for row in steps), "positive")
    title = say(
        "谈到该步骤的反馈中，有痛点和有亮点的占比", "Of contacts that tell of a step: pain and delight"
    )
    return Chart("bar", title, tuple(_named(row) for row in steps), (pain, delight), "ratio")


def _step_table(steps: tuple[StepRow, ...], say: Tongue) -> Table:
    columns = (
        say.column("步骤", "Step", 1.3),
        say.number("反馈条数", "Contacts"),
        say.number("痛点", "Pain", 1.0),
        say.number("亮点", "Delight", 1.0),
        say.number("平均情感", "Mean polarity"),
    )
    rows = tuple(
        (
            Cell(_named(row)),
            say.cell(row.transcripts),
            say.cell(row.pain, interval=True),
            say.cell(row.delight, interval=True),
            say.cell(row.polarity),
        )
        for row in steps
    )
    return Table(columns, rows)


def _step_quotes(steps: tuple[StepRow, ...], zone: str, say: Tongue) -> Iterator[Quotes]:
    """Of the steps with most pains and with most delights; nothing is quoted twice."""
    seen: set[tuple[str, int]] = set()
    for sign, most, title in (
        ("negative", WORST_STEPS, say("最疼的地方，客户怎么说", "Where it hurts most, in their words")),
        ("positive", BEST_STEPS, say("做得好的地方，客户怎么说", "What delights, in their words")),
    ):
        told: list[Quotation] = []
        for row in sorted(steps, key=lambda row: (-_cases(row, sign), row.id)):
            fresh = (q for q in row.quotes if q.sentiment == sign and (q.transcript_id, q.start) not in seen)
            quote = next(fresh, None)
            if quote is not None and len(told) < most:
                seen.add((quote.transcript_id, quote.start))
                made = say.quotation(quote, zone)
                told.append(replace(made, source=f"{row.name} · {made.source}"))
        if told:
            yield Quotes(tuple(told), title)


def _cases(row: StepRow, sign: str) -> int:
    return (row.pain.n if sign == "negative" else row.delight.n) or 0


def _survey(lived: Lived, zone: str, say: Tongue) -> Iterator[Block]:
    yield Paragraph(
        (
            say(
                "没有发问卷：答案来自对话本身，没提到的不算，每条反馈每项至多算一次。占比的分母是提到该项的反馈，"
                "下面是 95% 区间；提到的少，区间就宽。主动提到的多是不满的客户，占比可能比问卷低。",
                "Nobody was asked: answers are read from what was said, and what is not mentioned does not count. Shares are of "
                "the contacts that mention the item, with 95 % intervals. Those who mention an item are more often displeased "
                "than those who are asked.",
            ),
        ),
        lead=True,
    )
    flow, felt = (tuple(row for row in lived.survey if row.is_flow == is_flow) for is_flow in (True, False))
    if flow:
        yield _survey_table(
            flow, say("流程项：做到了没有", "Flow items: done or not"), ("做到的占比", "Done"), say
        )
    if felt:
        yield _survey_table(felt, say("满意项", "Satisfaction items"), ("满意的占比", "Satisfied"), say)
    if lived.conflicts:
        yield Facts(
            tuple(Fact(say.name(CONFLICTS, row.name), say.cell(row.figure)) for row in lived.conflicts)
        )
    yield from _heard(lived, ("conflict",), zone, say)


def _survey_table(rows: tuple[SurveyRow, ...], title: str, good: tuple[str, str], say: Tongue) -> Table:
    answers = [answer.name for answer in rows[0].answers]
    columns = (
        say.column("项目", "Item", 1.4),
        *(say.number(*ANSWERS[name]) for name in answers),
        say.number(*good, width=1.0),
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


def _promises(lived: Lived, zone: str, say: Tongue) -> Iterator[Block]:
    named = [NamedFigure(say.name(PROMISES, row.name), row.figure) for row in lived.promises]
    yield from fact_rows(
        (
            Fact(
                say("承诺兑现率", "Share of promises kept"),
                say.cell(lived.promises_kept, strong=True),
                (
                    (say("已兑现 ÷（已兑现 + 未兑现）", "of kept and broken ones"),),
                    *reach(lived.promises_kept, say),
                ),
            ),
            *(Fact(say("承诺", "Promises: ") + row.name, say.cell(row.figure)) for row in named),
        )
    )
    yield from fact_rows(
        (
            Fact(say("说出等待时间的反馈", "Contacts that tell of a wait"), say.cell(lived.waits)),
            Fact(
                say("等待中位数（小时）", "Median wait (hours)"),
                say.cell(lived.wait_median),
                _in_days(lived.wait_median, say),
            ),
            Fact(
                say("超过一小时的", "Longer than an hour"),
                say.cell(lived.wait_long),
                reach(lived.wait_long, say),
            ),
        )
    )
    yield from _heard(lived, ("broken",), zone, say)
    if lived.demands:
        title = say("客户要求什么", "What customers demand")
        yield named_table(title, lived.demands, say, name=("要求", "Demand"))
    if lived.signals:
        title = say("其他信号", "Other signals")
        yield named_table(title, lived.signals, say, name=("信号", "Signal"))
    yield from _heard(lived, ("suggestion", "opportunity"), zone, say)


def _in_days(hours: Figure, say: Tongue) -> tuple[tuple[str | Cell, ...], ...]:
    """Long waits are better understood in days."""
    told = (
        say("每条取最长的一次；含等车、等配件", "the longest of each; waits for cars and parts included"),
    )
    if hours.value is None or hours.value < DAYS_FROM_HOURS:
        return (told,)
    return ((say(f"约 {hours.value / 24:.0f} 天", f"about {hours.value / 24:.0f} days"),), told)


def _heard(lived: Lived, kinds: tuple[str, ...], zone: str, say: Tongue) -> Iterator[Quotes]:
    for row in lived.heard:
        if row.kind in kinds:
            yield quotes_of(row.quotes, say.name(HEARD, row.kind), zone, say)


def _leaving(lived: Lived, zone: str, say: Tongue) -> Iterator[Block]:
    yield from fact_rows(
        (Fact(say("有流失迹象的反馈", "Contacts with signs of leaving"), say.cell(lived.leaving_told)),)
    )
    if lived.leaving:
        yield from _reasons(lived, say)
    yield from _heard(lived, ("churn",), zone, say)
    if lived.exposure:
        title = say("扬言曝光或投诉到哪里", "Where they threaten to go")
        yield named_table(title, lived.exposure, say, name=("去处", "Where"))
    yield from _heard(lived, ("exposure",), zone, say)


def _reasons(lived: Lived, say: Tongue) -> Iterator[Block]:
    columns = (
        say.column("原因", "Reason", 1.2),
        say.column("比较", "Compared", 1.0),
        say.number("反馈条数", "Contacts"),
        say.number("本月占比", "Own share", 1.0),
        say.number("参照", "Reference"),
    )
    rows = tuple(
        (
            Cell(say(row.zh, row.en)),
            Cell(say.name(LEAVING, row.verdict), strong=row.verdict == "more"),
            say.counted(row.own.n or 0),
            say.cell(row.own, interval=True),
            say.cell(row.reference),
        )
        for row in lived.leaving
    )
    yield Table(columns, rows, say("说出的流失原因与业界参照", "Reasons of leaving beside the reference"))
    if lived.leaving_p_value is not None:
        yield Paragraph(
            (
                say(
                    "占比的分母是说出了以上原因的反馈；只有区间不含参照才判多或少。整体构成是否不同于参照：p ",
                    "Shares are of contacts that give one of these reasons; more or less only where the interval excludes the "
                    "reference. Mix tested against the reference: p ",
                ),
                say.tested(lived.leaving_p_value),
            ),
            lead=True,
        )


def _customers(found: CustomerFigures, zone: str, say: Tongue) -> Iterator[Block]:
    yield Paragraph(
        (
            say(
                "按脱敏的客户键把同一人的联系接起来，只看本月；月末的联系后面看不到，所以 7 天、30 天的占比只算后面看得满的。"
                "首次解决是推算：30 天内没有再为同一件事联系。",
                "Contacts of one person are joined by a hashed key, inside the month; only contacts with 7 or 30 days behind them count "
                "for repeats. Resolved at first contact is a proxy: no second contact for the same matter in 30 days.",
            ),
        ),
        lead=True,
    )
    yield from fact_rows(
        (
            Fact(say("客户", "Customers"), say.cell(found.customers)),
            Fact(
                say("联系不止一次的", "More than one contact"),
                say.cell(found.several),
                fraction(found.several, say),
            ),
            Fact(
                say("7 天内因同一事再来", "Again within 7 days"),
                say.cell(found.repeat_7),
                reach(found.repeat_7, say),
            ),
            Fact(
                say("30 天内因同一事再来", "Again within 30 days"),
                say.cell(found.repeat_30),
                reach(found.repeat_30, say),
            ),
        )
    )
    yield from fact_rows(
        (
            Fact(
                say("首次解决（推算）", "Resolved at first contact (proxy)"),
                say.cell(found.resolved_at_first),
                reach(found.resolved_at_first, say),
            ),
            Fact(say("换人接手", "Hand-overs"), say.cell(found.hand_overs)),
            Fact(say("满意却要走的", "Satisfied but leaving"), say.cell(found.satisfied_but_leaving)),
        )
    )
    if found.hops:
        rows = [
            NamedFigure(f"{say.name(CHANNELS, hop.before)} → {say.name(CHANNELS, hop.after)}", hop.contacts)
            for hop in found.hops
        ]
        title = say("换渠道再来的", "Again by another channel")
        yield named_table(title, rows, say, name=("从 → 到", "From → to"))
    if found.leaving:
        yield quotes_of(
            found.leaving, say("满意却要走的客户怎么说", "Satisfied but leaving, in their words"), zone, say
        )
