"""Volumes and sentiment, where the problems are, and what broke out inside the month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from models.review.judged import Outbreaks
from models.review.report.tree import Block, Cell, Chart, Note, Paragraph, Section, Series, Table
from models.review.report.words import CHANNELS, KINDS, Tongue
from models.review.sections import CategoryRow
from models.review.snapshot import ReviewSnapshot

PARETO_BARS = 12
PARETO_ROWS = 15


def volume_sections(snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Section]:
    yield Section("volumes", say("情感走势与渠道", "Sentiment and channels"), _weeks(snapshot, say))
    yield Section("days", say("每日负面反馈", "Negative transcripts by day"), _days(snapshot, say), level=2)
    outbreaks = snapshot.judgements.outbreaks if snapshot.judgements else None
    if snapshot.judgements:
        yield Section("outbreaks", say("月内突发", "Inside the month"), _outbreaks(outbreaks, say), level=2)
    yield Section("channels", say("各渠道", "By channel"), _channels(snapshot, say), level=2)
    yield Section("pareto", say("问题集中在哪里", "Where the problems are"), _pareto(snapshot, say))


def _weeks(snapshot: ReviewSnapshot, say: Tongue) -> tuple[Block, ...]:
    weeks = snapshot.weeks
    names = (
        ("negative", say("负面", "Negative"), "accent"),
        ("neutral", say("中性", "Neutral"), "neutral"),
        ("positive", say("正面", "Positive"), "positive"),
    )
    series = tuple(
        Series(name, tuple(say.cell(getattr(week, field)) for week in weeks), tone)  # type: ignore[arg-type]
        for field, name, tone in names
    )
    labels = tuple(say.days(week.first, week.last) for week in weeks)
    rows = tuple(
        (
            Cell(label, sub=week.week),
            say.counted(week.n_days),
            say.cell(week.transcripts),
            say.cell(week.negative),
            say.cell(week.neutral),
            say.cell(week.positive),
            say.cell(week.negative_rate, interval=True),
        )
        for label, week in zip(labels, weeks, strict=True)
    )
    columns = (
        say.column("周", "Week", 1.2),
        say.number("天数", "Days", 0.5),
        say.number("反馈条数", "Transcripts"),
        *(say.number(zh, en) for zh, en in (("负面", "Negative"), ("中性", "Neutral"), ("正面", "Positive"))),
        say.number("负面率", "Negative rate", 1.1),
    )
    lead = say(
        "柱高为反馈条数，按情感堆叠。首尾两周可能不足七天。",
        "Height is the number of transcripts by sentiment. The first and last week may have fewer than seven days.",
    )
    chart = Chart("stacked", say("每周情感", "Sentiment by week"), labels, series)
    return Paragraph((lead,), lead=True), chart, Table(columns, rows)


def _days(snapshot: ReviewSnapshot, say: Tongue) -> tuple[Block, ...]:
    cells = tuple(
        say.cell(row.negative, strong=date.fromisoformat(row.day).weekday() < 5) for row in snapshot.days
    )
    labels = tuple(say(f"{int(row.day[8:])}日", str(int(row.day[8:]))) for row in snapshot.days)
    series = Series(say("负面", "Negative"), cells)
    note = say("浅色为周末。", "Weekends are pale.")
    return (Chart("bar", say("每日负面反馈", "Negative transcripts by day"), labels, (series,), note=note),)


def _outbreaks(found: Outbreaks | None, say: Tongue) -> tuple[Block, ...]:
    if found is None or not found.n_scanned:
        return (
            Note(
                say(
                    "此前的日数据不足，月内突发暂不判断。",
                    "Too few days are stored before this month to judge its days.",
                )
            ),
        )
    percent = f"{found.family_rate:.0%}"
    said = say(
        f"逐日监测 {found.n_scanned} 条序列，与此前 {found.n_history_days} 天相比；没有变化时，一条序列一个月内误报的"
        f"机会不超过 {percent}。",
        f"{found.n_scanned} series scanned day by day against {found.n_history_days} days before. Without any change "
        f"a series alarms in a month with a chance of {percent} at most.",
    )
    lead = Paragraph((said,), lead=True)
    if not found.rows:
        none = say("本月没有哪一天出现突发。", "On no day of this month did anything break out.")
        return lead, Paragraph((none,))
    rows = tuple(
        (
            Cell(row.name or say("负面率", "Negative rate"), sub=say.name(KINDS, row.kind)),
            Cell(say.day(row.alarm_day)),
            Cell(say.days(row.began, row.strongest)),
            say.cell(row.observed),
            say.cell(row.expected),
            say.tested(row.q_value),
            Cell(
                say("确定", "sure") if row.sure else say("提示：合并看还不足", "hint: not among all series"),
                strong=row.sure,
            ),
        )
        for row in found.rows
    )
    columns = (
        say.column("指标", "Measure", 2.0),
        say.column("最早可知", "Known from", 0.9),
        say.column("高峰时段", "Run", 1.1),
        say.number("实际", "Observed", 0.75),
        say.number("预期", "Expected", 0.75),
        say.column("校正 p", "Adjusted p", 0.7, "p"),
        say.column("把握", "How sure", 1.1),
    )
    return lead, Table(columns, rows)


def _channels(snapshot: ReviewSnapshot, say: Tongue) -> tuple[Block, ...]:
    rows = tuple(
        (
            Cell(say.name(CHANNELS, row.channel)),
            say.cell(row.transcripts),
            say.cell(row.share),
            say.cell(row.negative),
            say.cell(row.negative_rate, interval=True),
            *say.change(row.change),
        )
        for row in snapshot.channels
    )
    columns = (
        say.column("渠道", "Channel", 1.1),
        say.number("反馈条数", "Transcripts"),
        say.number("占比", "Share"),
        say.number("负面", "Negative", 0.6),
        say.number("负面率", "Negative rate", 1.1),
        say.number("占比较上月", "Share on last month", 1.5),
        say.column("判断", "Verdict", 0.9),
    )
    return (Table(columns, rows),)


def _pareto(snapshot: ReviewSnapshot, say: Tongue) -> tuple[Block, ...]:
    part = snapshot.pareto
    if not part.rows:
        return (Note(say("本月没有可列的内容。", "Nothing to list this month.")),)
    lead = say(
        "柱为各类别的负面提及数，折线为累计占比；深色为“关键少数”。",
        "Bars are negative mentions, the line is the cumulative share; the vital few are dark.",
    )
    blocks: list[Block] = [Paragraph((lead,), lead=True), _pareto_chart(part.rows[:PARETO_BARS], say)]
    blocks.append(_pareto_table(part.rows[:PARETO_ROWS], say))
    if len(part.rows) > PARETO_ROWS:
        blocks.append(Note(f"{say('只列最多的', 'largest only:')} {PARETO_ROWS} / {len(part.rows)}"))
    if part.uncategorised.n:
        words = say(
            "另有类别未明的负面反馈，占负面反馈的 ",
            "Negative transcripts without a clear category: ",
        )
        blocks.append(Paragraph((words, say.cell(part.uncategorised)), lead=True))
    return tuple(blocks)


def _pareto_chart(rows: tuple[CategoryRow, ...], say: Tongue) -> Chart:
    bars = Series(say("负面", "Negative"), tuple(say.cell(row.negative, strong=row.vital) for row in rows))
    line = Series(say("累计占比", "Cumulative"), tuple(say.cell(row.cumulative) for row in rows), "ink")
    title = say("负面类别帕累托", "Pareto of negative categories")
    return Chart("pareto", title, tuple(row.path[-1] for row in rows), (bars, line))


def _pareto_table(rows: tuple[CategoryRow, ...], say: Tongue) -> Table:
    made = tuple(
        (
            Cell(row.path[-1], sub=" › ".join(row.path[:-1]), strong=row.vital),
            say.cell(row.negative),
            say.cell(row.share),
            say.cell(row.cumulative),
            *say.change(row.change),
        )
        for row in rows
    )
    columns = (
        say.column("类别", "Category", 1.8),
        say.number("负面", "Negative"),
        say.number("占比", "Share"),
        say.number("累计占比", "Cumulative", 0.9),
        say.number("较上月", "On last month", 1.6),
        say.column("判断", "Verdict"),
    )
    return Table(columns, made)
