"""Names of the experience part in both languages, and the blocks that its sections share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from models.review.figures import Figure
from models.review.report.tree import Cell, Column, Fact, Facts, Quotes, Table
from models.review.report.words import Tongue
from models.review.sections import NamedFigure, QuoteRow
from models.review.wording import interval_text

FACTS_A_ROW = 4
_ONE_COLUMN = 4
SYSTEM_NAMES = {
    "all": ("总指数（0–100）", "All, 0 to 100"),
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
HEARD = {
    "broken": ("没有兑现的承诺", "Promises not kept"),
    "suggestion": ("客户的建议", "Suggestions"),
    "opportunity": ("商机", "Opportunities"),
    "exposure": ("扬言曝光或投诉的话", "Threats to go public"),
    "churn": ("要离开的话", "Words of leaving"),
    "conflict": ("与评分不符的话", "What contradicts the score"),
}
CONFLICTS = {
    "high_score": ("评分高，说的却不满意", "High score, displeased words"),
    "low_score": ("评分低，说的却满意", "Low score, pleased words"),
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


def fact_rows(facts: Sequence[Fact], a_row: int = FACTS_A_ROW) -> Iterator[Facts]:
    """Those with a number, at most ``a_row`` beside each other."""
    shown = [fact for fact in facts if fact.cell.value is not None]
    for start in range(0, len(shown), a_row):
        yield Facts(tuple(shown[start : start + a_row]))


def named_table(title: str, rows: Sequence[NamedFigure], say: Tongue, *, name: tuple[str, str]) -> Table:
    """Names and how many contacts; a longer list goes on in a second pair of columns."""
    half = len(rows) if len(rows) <= _ONE_COLUMN else (len(rows) + 1) // 2
    columns = (say.column(*name, width=1.6), say.number("反馈条数", "Contacts"))
    if half == len(rows):
        return Table(columns, tuple(_pair(row, say) for row in rows), title)
    body = tuple(
        (*_pair(left, say), Cell(""), *_pair(right, say))
        for left, right in zip_longest(rows[:half], rows[half:])
    )
    return Table((*columns, Column("", width=0.3), *columns), body, title)


def _pair(row: NamedFigure | None, say: Tongue) -> tuple[Cell, Cell]:
    return (Cell(""), Cell("")) if row is None else (Cell(row.name), say.cell(row.figure))


def quotes_of(rows: Sequence[QuoteRow], title: str, zone: str, say: Tongue) -> Quotes:
    return Quotes(tuple(say.quotation(row, zone) for row in rows), title)


def fraction(figure: Figure, say: Tongue) -> tuple[tuple[str, ...], ...]:
    """``12 of 40``: what a share is made of, as the note of a headline number."""
    if figure.n is None or not figure.of:
        return ()
    return ((say(f"{figure.of:,} 中的 {figure.n:,}", f"{figure.n:,} of {figure.of:,}"),),)


def reach(figure: Figure, say: Tongue) -> tuple[tuple[str, ...], ...]:
    """The 95 % interval as the note of a headline number."""
    told = interval_text(figure, say.language)
    return ((say("95% 区间 ", "95 % interval ") + told,),) if told else ()
