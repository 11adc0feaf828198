"""A section of a report as HTML: for the page of the review and for print."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from models.review.report import Cell, Chart, Quotation, Section, Table
from service.reviews.drawings import NARROW
from service.reviews.judged import both_widths
from service.reviews.report_charts import chart_svg, narrowed

Href = Callable[[Cell], str]


def section_html(section: Section, *, link_base: str = "") -> Markup:
    """A ``<section>`` in the classes of the page. ``link_base`` stands before each query; texts are escaped.

    Charts come in the page's two widths. Numbers carry ``data-value``, unrounded; they have no ``data-figure``,
    since a section need not stand in the review's JSON.
    """
    template = environment().get_template("_extra.html")
    values = block_values(
        lambda cell: link_base + cell.query if cell.query else "",
        lambda chart, ident: both_widths(
            lambda width: chart_svg(narrowed(chart) if width == NARROW else chart, f"{ident}-{width}", width)
        ),
        lambda quote: link_base + quote.query,
    )
    return Markup(template.render(section=section, **values))  # noqa: S704


def block_values(
    href: Href, draw: Callable[[Chart, str], Markup], quote_href: Callable[[Quotation], str]
) -> dict[str, Any]:
    """What ``_blocks.html`` needs: addresses, drawings by chart and a name that is unique, column widths."""
    return {
        "href": href,
        "quote_href": quote_href,
        "chart": lambda chart, section_id, at: draw(chart, f"{section_id}-{at}"),
        "kind_of": lambda block: type(block).__name__,
        "exact": lambda cell: "" if cell.value is None else repr(cell.value),
        "widths": _widths,
    }


def _widths(table: Table) -> list[str]:
    total = sum(column.width for column in table.columns)
    return [f"{100 * column.width / total:.2f}" for column in table.columns]


@cache
def environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("service.reviews", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def style(name: str) -> Markup:
    """A style sheet of ours as it is."""
    found = environment()
    assert found.loader is not None  # noqa: S101
    return Markup(found.loader.get_source(found, name)[0])  # noqa: S704
