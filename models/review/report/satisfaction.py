"""What moves satisfaction: drivers, segments, Kano classes, praise against complaint."""

from __future__ import annotations

from collections.abc import Iterator

from models.review.judged import BalanceRow, Drivers, KanoRow, Satisfaction, SegmentRow
from models.review.report.tree import Block, Cell, Chart, Note, Paragraph, Section, Series, Table
from models.review.report.words import Tongue
from models.review.snapshot import ReviewSnapshot
from models.review.terms import term
from models.review.wording import MISSING

DRIVERS_DRAWN = 15


def satisfaction_sections(snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Section]:
    part = snapshot.judgements.satisfaction if snapshot.judgements else None
    if part is None:
        return
    title = say("满意度由什么决定", "What moves satisfaction")
    if not part.score:
        no_scores = say(
            "本月的反馈没有带满意度评分，无法计算驱动因素。接入问卷或工单评分（字段 scores）后，这里会给出影响份额。",
            "No transcript of this month has a score, so drivers cannot be told. Give scores (field scores) to see them.",
        )
        yield Section("satisfaction", title, (Note(no_scores),))
    else:
        yield Section("satisfaction", title, tuple(_scored(part, say)))
        yield from _models(part, say)
        if part.kano:
            name = say("卡诺分类：做好了加分，还是做不好才扣分", "Kano classes")
            yield Section("kano", name, (_kano(part.kano, say),), level=2)
    if part.balance:
        name = say("口碑偏向（不需评分）", "Praise against complaint (no score needed)")
        yield Section("balance", name, _balance(part.balance, say), level=2)


def _scored(part: Satisfaction, say: Tongue) -> Iterator[Block]:
    pieces: list[str | Cell] = [say("有评分的反馈 ", "Transcripts with a score: "), say.cell(part.n_scored)]
    pieces.append(say(f" 条（{part.score}）", f" ({part.score})"))
    if part.mean is not None:
        pieces += [say("，平均分 ", ", mean score "), say.cell(part.mean)]
    yield Paragraph(tuple(pieces))
    if not any(model.rows for model in part.models):
        yield Note(say("评分或提及太少，本月算不出驱动因素。", "Too few scores or mentions to tell drivers."))


def _models(part: Satisfaction, say: Tongue) -> Iterator[Section]:
    names = {
        "category": say("按类别（客户抱怨该类问题时，评分差多少）", "Drivers by category (complaints)"),
        "cause": say("按根因", "Drivers by root cause"),
    }
    for model in part.models:
        if model.rows:
            name = names.get(model.kind, model.kind)
            yield Section(f"drivers-{model.kind}", name, tuple(_drivers(model, say)), level=2)


def _drivers(model: Drivers, say: Tongue) -> Iterator[Block]:
    if model.pooled:
        yield Note(
            say(
                "本月评分太少，以下把此前三个月的评分一并算入。",
                "This month has too few scores: those of the three months before are taken in.",
            )
        )
    if not model.enough:
        yield Note(
            say(
                f"有评分的反馈偏少，以下仅供参考；建议的条数：{model.n_needed}",
                f"Few scores: read as a hint. Rows advised: {model.n_needed}",
            )
        )
    drawn = model.rows[:DRIVERS_DRAWN]
    effects = Series(
        say("对评分的影响", "Effect on the score"),
        tuple(say.cell(row.effect, interval=True, strong=row.quadrant == "fix_first") for row in drawn),
    )
    title = say("对评分的影响（分，95% 区间）", "Effect on the score (points, 95 % interval)")
    yield Chart("interval", title, tuple(row.name for row in drawn), (effects,), "score")
    yield _drivers_table(model, say)
    if model.r2 is not None:
        explained = say("模型解释的评分差异：", "Of all variance, explained: ")
        cell = say.cell(model.r2, interval=True)
        yield Paragraph((explained, cell, " " + cell.sub if cell.sub else ""), lead=True)
    if model.left_out:
        left = (f"{item.name} ({term('dropped', item.reason, say.language)})" for item in model.left_out)
        yield Note(say("未纳入：", "Left out: ") + say.listed(left))
    if model.segments:
        yield _segments(model.segments, say)


def _drivers_table(model: Drivers, say: Tongue) -> Table:
    rows = tuple(
        (
            Cell(row.name, strong=row.quadrant == "fix_first"),
            say.cell(row.share),
            say.cell(row.effect, interval=True),
            say.cell(row.contribution),
            say.cell(row.importance, interval=True),
            Cell(term("quadrant", row.quadrant, say.language), strong=row.quadrant == "fix_first"),
        )
        for row in model.rows
    )
    columns = (
        say.column("指标", "Measure", 1.9),
        say.number("提及占比", "Named in"),
        say.number("对评分的影响", "Effect on the score", 1.5),
        say.number("拉动均分", "Moves the mean by", 0.9),
        say.number("影响份额", "Share of influence", 1.1),
        say.column("建议", "Advice", 0.8),
    )
    return Table(columns, rows)


def _segments(segments: tuple[SegmentRow, ...], say: Tongue) -> Table:
    rows = []
    for row in segments:
        if row.leading is not None:
            told = (Cell(row.leading.name), say.cell(row.leading.effect, interval=True))
        elif row.few:
            few = say(f"评分太少，未分析；至少需要 {row.n_needed}", f"too few scores; needed: {row.n_needed}")
            told = (Cell(few), Cell(MISSING))
        else:
            told = (Cell(say("看不出明确的一项", "none is clear")), Cell(MISSING))
        rows.append((Cell(row.segment), say.counted(row.n), *told))
    columns = (
        say.column("客群", "Segment"),
        say.number("有评分的反馈", "With a score"),
        say.column("影响最大的一项", "Leading driver", 2.0),
        say.number("对评分的影响", "Effect on the score", 1.5),
    )
    title = say("各客群影响最大的一项", "Leading driver per segment")
    return Table(columns, tuple(rows), title=title)


def _kano(rows: tuple[KanoRow, ...], say: Tongue) -> Table:
    made = []
    for row in rows:
        before = term("kano", row.before, say.language) if row.before else MISSING
        moved = row.before is not None and row.drift_q is not None and row.drift_q < 0.05
        if moved:
            before += say("（有变动）", " (moved)")
        made.append(
            (
                Cell(row.name),
                say.counted(row.n_praise),
                say.counted(row.n_complaint),
                say.cell(row.reward, interval=True),
                say.cell(row.penalty, interval=True),
                Cell(term("kano", row.kano, say.language)),
                Cell(before, strong=moved),
            )
        )
    columns = (
        say.column("类别", "Category", 1.4),
        say.number("表扬", "Praise", 0.5),
        say.number("抱怨", "Complaint", 0.5),
        say.number("表扬加分", "Praise adds", 1.3),
        say.number("抱怨扣分", "Complaint takes", 1.3),
        say.column("类型", "Class", 0.9),
        say.column("此前三个月", "Three months before", 0.9),
    )
    return Table(columns, tuple(made))


def _balance(rows: tuple[BalanceRow, ...], say: Tongue) -> tuple[Block, ...]:
    made = tuple(
        (
            Cell(row.name),
            say.counted(row.n_praise),
            say.counted(row.n_complaint),
            say.cell(row.against_others, interval=True),
            say.tested(row.q_value),
            Cell(term("leaning", row.leaning, say.language), strong=row.leaning != "undecided"),
        )
        for row in rows
    )
    columns = (
        say.column("类别", "Category", 1.6),
        say.number("表扬", "Praise", 0.5),
        say.number("抱怨", "Complaint", 0.5),
        say.number("抱怨占比与其他主题之差", "Share of complaint, less that of others", 1.6),
        say.column("校正 p", "Adjusted p", 0.6, "p"),
        say.column("偏向", "Leaning", 0.9),
    )
    even = all(row.leaning == "undecided" for row in rows)
    words = say(
        "没有哪个类别的抱怨或表扬明显多于其他类别。",
        "No category leans clearly more to praise or complaint than the others.",
    )
    return (*((Paragraph((words,)),) if even else ()), Table(columns, made))
