"""A section of a report as HTML: for the page of the review and for print."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from models.review.report import Cell, Chart, Quotation, Section, Table
from service.reviews.report_charts import chart_svg

Href = Callable[[Cell], str]


def section_html(section: Section, *, link_base: str = "", width: int = 760) -> Markup:
    """A ``<section>`` in the classes of the page. ``link_base`` stands before each query; texts are escaped.

    Numbers carry ``data-value``, unrounded; they have no ``data-figure``, since a section need not stand in the
    review's JSON.
    """
    template = environment().get_template("_extra.html")
    values = block_values(lambda cell: link_base + cell.query if cell.query else "", link_base, width)
    return Markup(template.render(section=section, **values))  # noqa: S704


def block_values(href: Href, link_base: str, width: int) -> dict[str, Any]:
    """What ``_blocks.html`` needs: addresses, drawings, column widths in percent."""

    def drawn(chart: Chart, section_id: str, at: int) -> Markup:
        return Markup(chart_svg(chart, f"{section_id}-{at}", width))  # noqa: S704

    return {
        "href": href,
        "quote_href": lambda quote: _quote_href(quote, link_base),
        "chart": drawn,
        "kind_of": lambda block: type(block).__name__,
        "exact": lambda cell: "" if cell.value is None else repr(cell.value),
        "widths": _widths,
    }


def _quote_href(quote: Quotation, link_base: str) -> str:
    return link_base + quote.query


def _widths(table: Table) -> list[str]:
    total = sum(column.width for column in table.columns)
    return [f"{100 * column.width / total:.2f}" for column in table.columns]


def numbered(paths: list[str]) -> dict[str, int]:
    """Paths to the numbers they have in the appendix, from 1."""
    return dict(zip(paths, itertools.count(1), strict=False))


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
