"""The review as one HTML file: styles and charts inside, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup, escape

from models.review.figures import Figure
from models.review.report.lived import lived_sections
from models.review.report.words import Tongue
from models.review.sections import Finding, QuoteRow
from models.review.snapshot import ReviewSnapshot
from models.review.wording import (
    PLACE,
    certainty_text,
    figure_text,
    interval_text,
    is_english,
    verdict_text,
)
from service.reviews import drawings
from service.reviews.judged import both_widths, drawn_markup, judged_context, shifts_quoted
from service.reviews.labels import Labels
from service.reviews.rendered import section_html

CAUSES_IN_FULL = 8
"""So many root causes have their quotes in the text."""

CAUSES_IN_TABLE = 15
QUOTES_IN_FULL = 3


def render_html(snapshot: ReviewSnapshot, *, link_base: str = "", language: str = "zh") -> str:
    """A whole page. ``link_base`` stands before each query, e.g. ``https://voc.example``.

    Each number has the attributes ``data-figure`` (its place in the JSON) and ``data-value`` (unrounded).
    All text of customers is escaped.
    """
    labels = Labels(language)
    figure_link = partial(_link, link_base)
    drawn: dict[str, Callable[..., Markup]] = {
        "weeks_chart": partial(both_widths, drawings.weeks_chart, snapshot, labels, figure_link),
        "days_chart": partial(both_widths, drawings.days_chart, snapshot, labels, figure_link),
        "pareto_chart": partial(both_widths, drawings.pareto_chart, snapshot, labels, figure_link),
        "cause_interval": lambda row, ident: drawn_markup(
            drawings.cause_interval(row, snapshot.causes, ident, labels)
        ),
        "cause_weeks": lambda row, ident: drawn_markup(drawings.cause_weeks(row, ident, labels)),
        "rate_interval": lambda figure, figures, ident, title: drawn_markup(
            drawings.rate_interval(figure, figures, ident, title, labels)
        ),
    }
    lived = tuple(lived_sections(snapshot, Tongue(language)))
    judged = judged_context(snapshot, labels, figure_link) if snapshot.judgements else {}
    return (
        _environment()
        .get_template("review.html")
        .render(
            s=snapshot,
            t=labels,
            lang="en" if is_english(language) else "zh-CN",
            css=drawn_markup(_style()),
            n=partial(_number, figure_link, language),
            interval=partial(interval_text, language=language),
            verdict=partial(verdict_text, language=language),
            certainty=partial(certainty_text, language=language),
            finding=partial(_finding, figure_link, language),
            quote_link=lambda quote: link_base + quote.query,
            local_time=partial(_local_time, snapshot.timezone),
            quoted=_quoted(snapshot),
            causes_in_table=CAUSES_IN_TABLE,
            quotes_in_full=QUOTES_IN_FULL,
            causes_in_full=snapshot.causes[:CAUSES_IN_FULL],
            j=snapshot.judgements,
            contents=[(section.id, section.title) for section in lived],
            lived=[section_html(section, link_base=link_base) for section in lived],
            **drawn,
            **judged,
        )
    )


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("service.reviews", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> str:
    environment = _environment()
    assert environment.loader is not None  # noqa: S101
    return environment.loader.get_source(environment, "review.css")[0]


def _link(link_base: str, figure: Figure) -> str:
    return link_base + figure.query if figure.query else ""


def _number(link: Callable[[Figure], str], language: str, figure: Figure, key: str) -> Markup:
    """The printed number, linked to its records."""
    text, href = figure_text(figure, language), link(figure)
    marks = Markup('data-figure="{}" data-value="{}"').format(key, _plain(figure.value))
    if not href or figure.value is None:
        return Markup('<span class="num" {}>{}</span>').format(marks, text)
    return Markup('<a class="num" href="{}" {}>{}</a>').format(href, marks, text)


def _plain(value: float | None) -> str:
    return "" if value is None else repr(value)


def _finding(link: Callable[[Figure], str], language: str, finding: Finding, key: str) -> Markup:
    """The sentence with its numbers linked and its names set off."""
    template = finding.en if is_english(language) else finding.zh
    pieces, at = [], 0
    for place in PLACE.finditer(template):
        name = place[1]
        pieces.append(escape(template[at : place.start()]))
        if name in finding.figures:
            pieces.append(_number(link, language, finding.figures[name], f"{key}.figures.{name}"))
        else:
            pieces.append(Markup("<b>{}</b>").format(finding.names.get(name, "")))
        at = place.end()
    return Markup("").join([*pieces, escape(template[at:])])


def _quoted(snapshot: ReviewSnapshot) -> list[QuoteRow]:
    """The quotes of the text, one per place, in their order."""
    shifts = snapshot.judgements.shifts if snapshot.judgements else None
    quotes = [quote for row in shifts_quoted(shifts) for quote in row.quotes]
    quotes += [quote for cause in snapshot.causes[:CAUSES_IN_FULL] for quote in cause.quotes[:QUOTES_IN_FULL]]
    return list({(quote.transcript_id, quote.start, quote.end): quote for quote in quotes}.values())


def _local_time(timezone: str, moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")
