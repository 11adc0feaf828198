"""Which chart shows which section of a snapshot. Each comes in two widths: for a page and for a telephone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from models.review.figures import Figure
from models.review.sections import CategoryRow, CauseRow, WeekRow
from models.review.snapshot import ReviewSnapshot
from models.review.wording import figure_text, interval_text
from service.reviews import charts
from service.reviews.charts import Bar, Frame, Stack
from service.reviews.labels import Labels

WIDE, NARROW = 760, 346
PARETO_BARS = {WIDE: 12, NARROW: 6}

Link = Callable[[Figure], str]
"""The address of the records behind a figure; empty where there is none."""


def weeks_chart(snapshot: ReviewSnapshot, labels: Labels, link: Link, width: int) -> str:
    legend = (
        (labels("negative"), charts.ACCENT),
        (labels("neutral"), charts.NEUTRAL),
        (labels("positive"), charts.POSITIVE),
    )
    stacks = [_week_stack(row, labels, link, short=width == NARROW) for row in snapshot.weeks]
    desc = "；".join(
        f"{labels.days(row.first, row.last)} {labels('negative_rate')} {figure_text(row.negative_rate)}"
        for row in snapshot.weeks
    )
    frame = Frame(f"weeks-{width}", labels("weeks"), desc, width, 290 if width == WIDE else 250)
    return charts.stacked_columns(stacks, legend, frame)


def _week_stack(row: WeekRow, labels: Labels, link: Link, *, short: bool) -> Stack:
    parts = tuple(
        (float(figure.value or 0), f"{labels(name)} {figure_text(figure)}", link(figure))
        for name, figure in (("negative", row.negative), ("neutral", row.neutral), ("positive", row.positive))
    )
    first, last = date.fromisoformat(row.first), date.fromisoformat(row.last)
    label = f"{first.month}/{first.day}–{last.day}" if short else labels.days(row.first, row.last)
    return Stack(label, parts, note=figure_text(row.negative_rate) if row.transcripts.value else "")


def days_chart(snapshot: ReviewSnapshot, labels: Labels, link: Link, width: int) -> str:
    bars = [
        Bar(
            labels.day(row.day),
            float(row.negative.value or 0),
            figure_text(row.negative),
            href=link(row.negative),
            hint=f"{labels.day(row.day)} {labels('negative')} {figure_text(row.negative)}",
            strong=date.fromisoformat(row.day).weekday() < 5,
        )
        for row in snapshot.days
    ]
    desc = "；".join(f"{bar.label} {bar.text}" for bar in bars)
    return charts.day_columns(bars, Frame(f"days-{width}", labels("days"), desc, width, 104))


def pareto_chart(snapshot: ReviewSnapshot, labels: Labels, link: Link, width: int) -> str:
    rows = snapshot.pareto.rows[: PARETO_BARS[width]]
    bars = [_pareto_bar(row, labels, link) for row in rows]
    desc = "；".join(f"{bar.label} {bar.text}，{bar.line_text}" for bar in bars)
    height = 330 if width == WIDE else 270
    return charts.pareto(bars, Frame(f"pareto-{width}", labels("pareto_chart"), desc, width, height))


def _pareto_bar(row: CategoryRow, labels: Labels, link: Link) -> Bar:
    return Bar(
        row.path[-1],
        float(row.negative.value or 0),
        figure_text(row.negative),
        href=link(row.negative),
        hint=f"{' › '.join(row.path)} {figure_text(row.negative)}",
        line=float(row.cumulative.value or 0),
        line_text=f"{labels('cumulative')} {figure_text(row.cumulative)}",
        strong=row.vital,
    )


def cause_interval(row: CauseRow, causes: Sequence[CauseRow], ident: str, labels: Labels) -> str:
    largest = max((end for cause in causes for end in cause.rate.interval or ()), default=0.0)
    desc = f"{figure_text(row.rate)}（{labels('interval')} {interval_text(row.rate)}）"
    frame = Frame(ident, f"{row.name} {labels('per_1000')}", desc, 132, 16)
    return charts.interval_bar(float(row.rate.value or 0), row.rate.interval or (0.0, 0.0), largest, frame)


def cause_weeks(row: CauseRow, ident: str, labels: Labels) -> str:
    values = [float(figure.value or 0) for figure in row.weeks]
    desc = "、".join(figure_text(figure) for figure in row.weeks)
    return charts.sparkline(values, Frame(ident, f"{row.name} {labels('by_week')}", desc, 84, 26))


def rate_interval(figure: Figure, figures: Sequence[Figure], ident: str, title: str, labels: Labels) -> str:
    """A small bar with interval; all ``figures`` of a table share one scale."""
    largest = max((end for other in figures for end in other.interval or ()), default=0.0)
    desc = f"{figure_text(figure)}（{labels('interval')} {interval_text(figure)}）"
    frame = Frame(ident, title, desc, 132, 16)
    return charts.interval_bar(float(figure.value or 0), figure.interval or (0.0, 0.0), largest, frame)
