"""What changed and how sure: shifts at equal mix, control charts, texts that came many times."""

from __future__ import annotations

from collections.abc import Iterator

from models.review.judged import Course, Courses, Repeat, Shift, Shifts
from models.review.report.tree import (
    Block,
    Cell,
    Chart,
    Limits,
    Note,
    Paragraph,
    Quotes,
    Section,
    Series,
    Table,
)
from models.review.report.words import FIELDS, KINDS, Tongue
from models.review.snapshot import ReviewSnapshot
from models.review.terms import pattern_text, reading_text, season_text, shift_text, trust_text
from models.review.wording import MISSING

SHIFTS_DRAWN = 15
SHIFTS_LISTED = 30
SHIFTS_QUOTED = 5
COURSES_DRAWN = 6


def change_sections(snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Section]:
    found = snapshot.judgements
    if found is None:
        return
    title = say("变了什么，有多确定", "What changed, and how sure")
    if found.shifts is None:
        none = say("没有上月的数据，无从比较。", "Nothing is stored of last month: nothing to compare.")
        yield Section("changes", title, (Note(none),))
    else:
        yield Section("changes", title, tuple(_shifts(found.shifts, say)))
        yield from _quoted(found.shifts, snapshot, say)
    name = say("走势与报警", "Control charts")
    if found.courses is None:
        none = say("库中没有更早的月份，画不出走势图。", "No earlier month is stored: no course to draw.")
        yield Section("courses", name, (Note(none),))
    else:
        yield Section("courses", name, tuple(_courses(found.courses, say)))
        yield from _drawn_courses(found.courses, say)
    if found.repeats:
        title = say("同一段文字反复出现", "Texts that came many times")
        yield Section("repeats", title, _repeats(found.repeats, say), level=2)


def _shifts(part: Shifts, say: Tongue) -> Iterator[Block]:
    lead = say(
        "每千条反馈中，比上月多了或少了几条；渠道、产品、地区的构成已拉平，判断以此为准。横线为 95% 区间，"
        "p 值经全部比较一并校正。",
        "Change on last month per 1,000 transcripts at the same mix of channels, products and regions; the verdict "
        "reads these. Lines are 95 % intervals; p is adjusted over all comparisons.",
    )
    yield Paragraph((lead,), lead=True)
    told = tuple(row for row in part.rows if row.verdict != "few")
    clear = [row for row in told if row.verdict in ("up", "down")]
    if not part.n_tested:
        yield Paragraph((say("两个月里有一个月的数据太少，升降一概不判断。", "One of the two months has too few data: no change is judged."),))  # fmt: skip
    elif not clear:
        yield Paragraph((say("在所比较的类别与根因中，没有一项变化能排除偶然。", "Among all categories and root causes compared, no change stands out from chance."),))  # fmt: skip
    if told:
        drawn = told[:SHIFTS_DRAWN]
        cells = tuple(_adjusted(row, say) for row in drawn)
        series = Series(say("拉平构成后", "at equal mix"), cells)
        title = say("较上月的变化（每千条，95% 区间）", "Change on last month (per 1,000, 95 % interval)")
        names = tuple(row.name for row in drawn)
        yield Chart("interval", title, names, (series,), "per_1000_difference")
        yield _shift_table(told[:SHIFTS_LISTED], say)
        if len(told) > SHIFTS_LISTED:
            yield Note(f"{say('只列变化最大的', 'largest only:')} {SHIFTS_LISTED} / {len(told)}")
    yield Note(_mix(part, say))


def _mix(part: Shifts, say: Tongue) -> str:
    n_few = len(part.rows) - part.n_tested
    said = say(f"共比较 {part.n_tested} 项", f"Compared: {part.n_tested}")
    if n_few > 0:
        said += say(
            f"，另有 {n_few} 项数据太少，不作判断", f"; another {n_few} have too few data and are not judged"
        )
    if part.fields:
        names = say.listed(say.name(FIELDS, name) for name in part.fields)
        return said + say(f"。已拉平的构成：{names}。", f". Mix held equal: {names}.")
    return said + say("。构成无法拉平，两种变化相同。", ". The mix could not be held equal.")


def _adjusted(row: Shift, say: Tongue) -> Cell:
    return say.cell(row.adjusted or row.raw, interval=True, strong=row.verdict in ("up", "down"))


def _shift_table(rows: tuple[Shift, ...], say: Tongue) -> Table:
    made = []
    for row in rows:
        words = shift_text(row, say.language)
        uneven = say("各渠道、产品或地区不一致", "differs between channels, products or regions")
        verdict = Cell(words, sub=uneven if row.uneven else "", strong=row.verdict in ("up", "down"))
        made.append(
            (
                Cell(row.name, sub=say.name(KINDS, row.kind)),
                say.cell(row.now),
                say.cell(row.before),
                say.cell(row.raw),
                say.cell(row.adjusted, interval=True),
                say.tested(row.q_value),
                verdict,
            )
        )
    columns = (
        say.column("指标", "Measure", 2.0),
        say.number("本月", "This month"),
        say.number("上月", "Last month"),
        say.number("原始变化", "As counted", 1.1),
        say.number("拉平构成后", "At equal mix", 1.5),
        say.column("校正 p", "Adjusted p", 0.6, "p"),
        say.column("判断", "Verdict", 1.1),
    )
    return Table(columns, tuple(made))


def _quoted(part: Shifts, snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Section]:
    """The clear changes that have quotes which no other has shown."""
    clear = [row for row in part.rows if row.verdict in ("up", "down") and row.quotes]
    chosen = sorted(clear, key=lambda row: row.kind != "cause")
    seen: set[tuple[str, int]] = set()
    shown: list[Quotes] = []
    for row in chosen:
        fresh = [quote for quote in row.quotes if (quote.transcript_id, quote.start) not in seen]
        seen.update((quote.transcript_id, quote.start) for quote in fresh)
        if fresh and len(shown) < SHIFTS_QUOTED:
            items = tuple(say.quotation(quote, snapshot.timezone) for quote in fresh)
            shown.append(Quotes(items, title=f"{row.name}　{shift_text(row, say.language)}"))
    if shown:
        title = say("变化明显的，客户怎么说", "What customers say of the clear changes")
        yield Section("changes-quotes", title, tuple(shown), level=2)


def _courses(part: Courses, say: Tongue) -> Iterator[Block]:
    percent = f"{part.family_rate:.0%}"
    said = say(
        f"共 {part.n_judged} 条序列，此前有 {part.n_months} 个月的数据。",
        f"{part.n_judged} series over {part.n_months} earlier months. ",
    )
    if part.n_short == part.n_judged:
        said += say(
            f"历史太短，至少 {part.minimum_points} 个月才能判断；目前只画总体。",
            f"Too little history: {part.minimum_points} months are needed to judge; the whole alone is drawn.",
        )
    else:
        said += say(
            f"没有变化时，一条序列在 {part.horizon_points} 个月内误报的机会不超过 {percent}；本月的报警在全部序列中"
            "一并校正（错误发现率 5%）。",
            f"Without any change, one series alarms in {part.horizon_points} months with a chance of {percent} at "
            "most; this month's alarms hold among all series (false discovery rate 5%).",
        )
        if part.n_short:
            said += say(
                f"其中 {part.n_short} 条历史太短，未作判断。", f" {part.n_short} have too little history."
            )
    yield Paragraph((said,), lead=True)
    yield _course_table(part, say)
    if part.season is not None:
        yield Note(season_text(part.season, say.language))


def _course_table(part: Courses, say: Tongue) -> Table:
    rows = tuple(_course_row(row, part, say) for row in part.rows if row.points)
    columns = (
        say.column("指标", "Measure", 2.0),
        say.number("本月", "This month"),
        say.number("实际条数", "Observed", 0.8),
        say.number("预期条数", "Expected", 0.8),
        say.column("校正 p", "Adjusted p", 0.6, "p"),
        say.column("结论", "Reading", 1.6),
        say.column("基线", "Baseline", 1.7),
    )
    return Table(columns, rows)


def _course_row(row: Course, part: Courses, say: Tongue) -> tuple[Cell, ...]:
    judged = row.reading not in ("short", "empty")
    last = row.points[-1]
    notes = [trust_text(row, part, say.language)]
    notes += [pattern_text(code, say.language) for code in last.patterns]
    for item in row.breaks:
        before, after = say.cell(item.before).text, say.cell(item.after).text
        notes.append(f"{item.month} {say('水平改变', 'level changed')} {before} → {after}")
    return (
        Cell(_course_name(row, say), sub=say.name(KINDS, row.kind)),
        say.cell(last.rate),
        say.counted(last.rate.n or 0),
        say.cell(row.expected) if judged else Cell(MISSING),
        say.tested(row.q_value),
        Cell(reading_text(row, say.language), strong=row.reading in ("rise", "fall")),
        Cell(say("；", "; ").join(note for note in notes if note)),
    )


def _course_name(row: Course, say: Tongue) -> str:
    return row.name or say("负面率", "Negative rate")


def _drawn_courses(part: Courses, say: Tongue) -> Iterator[Section]:
    """The whole, then alarms, then hints, then the rest, as far as there is room."""
    order = {"rise": 0, "fall": 0, "hint_rise": 1, "hint_fall": 1}
    rows = [
        row for row in part.rows if len(row.points) > 1 and (row.kind == "total" or row.reading != "short")
    ]
    rows.sort(key=lambda row: (row.kind != "total", order.get(row.reading, 2)))
    charts = tuple(_course_chart(row, say) for row in rows[:COURSES_DRAWN])
    if not charts:
        return
    lead = say(
        "灰线为中心线，虚线为 3σ 控制界限；报警的月份为红色三角。",
        "Grey: centre line; dashes: 3 sigma limits; a red triangle is an alarm.",
    )
    title = say("走势图", "Control charts, drawn")
    yield Section("courses-drawn", title, (Paragraph((lead,), lead=True), *charts), level=2)


def _course_chart(row: Course, say: Tongue) -> Chart:
    cells, limits = [], []
    for at, point in enumerate(row.points):
        last = at == len(row.points) - 1
        alarm = row.reading in ("rise", "fall") if last else point.alarm is not None
        cells.append(say.cell(point.rate, strong=alarm) if point.rate.value is not None else None)
        ends = (point.lower, point.centre, point.upper)
        limits.append(Limits(*ends) if None not in ends else None)  # type: ignore[arg-type]
    unit = "ratio" if row.kind == "total" else "per_1000"
    suffix = "" if row.kind == "total" else say("（每千条）", " (per 1,000)")
    name = _course_name(row, say)
    series = Series(name, tuple(cells), "ink")
    months = tuple(point.month for point in row.points)
    note = reading_text(row, say.language)
    return Chart("control", name + suffix, months, (series,), unit, tuple(limits), note)  # type: ignore[arg-type]


def _repeats(rows: tuple[Repeat, ...], say: Tongue) -> tuple[Block, ...]:
    lead = say(
        "群发或转发的文字按一个声音计，不会因为份数多就报警。",
        "Mass-sent text counts as one voice: its copies raise no alarm.",
    )
    made = tuple(
        (say.cell(row.copies), say.cell(row.share), Cell(row.quote.text + "…"), Cell(row.quote.transcript_id))
        for row in rows
    )
    columns = (
        say.number("份数", "Copies", 0.5),
        say.number("占比", "Share", 0.5),
        say.column("原声", "Quote", 4.0),
        say.column("记录编号", "Record", 1.4),
    )
    return Paragraph((lead,), lead=True), Table(columns, made)
