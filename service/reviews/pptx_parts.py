"""Pieces of slides: text boxes and tables whose height is known before they are placed. Lengths are in points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from models.review.report import Cell, Table
from models.review.report.tree import text_of
from service.reviews.office import ACCENT, CHINESE, INK, LATIN, MUTED, RULE, clean, n_lines
from service.reviews.report_charts import cut

WIDTH, HEIGHT = 960.0, 540.0
LEFT, BODY_WIDTH = 44.0, 872.0
BODY_TOP, BODY_BOTTOM = 92.0, 508.0
_LINE, _ROW_LINE = 1.32, 1.45
_SUB = 8.0
_TITLE_EMS = 64.0
_LEAST = 0.7
_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"


@dataclass(frozen=True, slots=True)
class Item:
    """A paragraph of a text box; ``below`` is small print under it with its size."""

    pieces: tuple[str | Cell, ...]
    size: float
    colour: str
    bold: bool = False
    gap: float = 2.0
    below: tuple[str, float] | None = None


def new_deck(presentation: Any) -> Any:
    """An empty deck in 16:9, its theme in our fonts."""
    from pptx.opc.constants import RELATIONSHIP_TYPE
    from pptx.util import Pt

    deck = presentation()
    deck.slide_width, deck.slide_height = Pt(WIDTH), Pt(HEIGHT)
    theme = deck.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    text = theme.blob.decode("utf-8")
    text = re.sub(r'<a:latin typeface="[^"]*"/>', f'<a:latin typeface="{LATIN}"/>', text)
    theme._blob = re.sub(r'<a:ea typeface="[^"]*"/>', f'<a:ea typeface="{CHINESE}"/>', text).encode("utf-8")
    return deck


def new_slide(deck: Any, over: str, title: str) -> Any:
    """A slide with its heading as a real title, what it belongs to above, and its number."""
    from pptx.util import Pt

    slide = deck.slides.add_slide(deck.slide_layouts[5])
    holder = slide.shapes.title
    holder.left, holder.top, holder.width, holder.height = Pt(LEFT), Pt(40), Pt(BODY_WIDTH), Pt(40)
    frame = holder.text_frame
    _plain(frame, top=False)
    item = fit_items([Item((cut(title, _TITLE_EMS),), 24, INK, bold=True)], BODY_WIDTH, 40)[0]
    _fill(frame.paragraphs[0], item, "")
    add_items(slide, [Item((over,), 11, ACCENT, bold=True)], (LEFT, 22, BODY_WIDTH, 18), "")
    number = Item((str(len(deck.slides)),), 10, MUTED)
    add_items(slide, [number], (WIDTH - 80, 514, 40, 16), "", right=True)
    return slide


def items_height(items: Sequence[Item], width: float) -> float:
    return sum(_height(item, width) for item in items)


def _height(item: Item, width: float) -> float:
    height = n_lines(text_of(item.pieces), item.size, width) * item.size * _LINE + item.gap
    if item.below:
        text, size = item.below
        height += n_lines(text, size, width) * size * _LINE + 6
    return height


def fit_items(items: list[Item], width: float, room: float) -> list[Item]:
    """The same items in smaller letters where they are too high, at least at ``_LEAST`` of their size."""
    scale, made = 1.0, items
    while items_height(made, width) > room and scale > _LEAST:
        scale -= 0.05
        made = [replace(item, size=round(item.size * scale, 1)) for item in items]
    return made


def slide_parts(item: Item) -> list[Item]:
    """``item`` as paragraphs that each fit on a slide; one with numbers in it stays whole."""
    text = item.pieces[0] if len(item.pieces) == 1 else None
    if _height(item, BODY_WIDTH) <= BODY_BOTTOM - BODY_TOP or not isinstance(text, str) or len(text) < 2:
        return [item]
    half = len(text) // 2
    first = replace(item, pieces=(text[:half],), below=None, gap=0.0)
    return [*slide_parts(first), *slide_parts(replace(item, pieces=(text[half:],)))]


def add_items(
    slide: Any,
    items: Sequence[Item],
    box: tuple[float, float, float, float],
    link_base: str,
    *,
    right: bool = False,
) -> None:
    """A text box at left, top, width, height."""
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    frame = slide.shapes.add_textbox(*(Pt(length) for length in box)).text_frame
    _plain(frame, top=True)
    for at, item in enumerate(items):
        paragraph = frame.paragraphs[0] if not at else frame.add_paragraph()
        paragraph.space_after = Pt(item.gap)
        if right:
            paragraph.alignment = PP_ALIGN.RIGHT
        _fill(paragraph, item, link_base)
        if item.below:
            source = frame.add_paragraph()
            source.space_after = Pt(6)
            _fill(source, Item((item.below[0],), item.below[1], MUTED), "")


def _plain(frame: Any, *, top: bool) -> None:
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE

    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = MSO_ANCHOR.TOP if top else MSO_ANCHOR.MIDDLE


def _fill(paragraph: Any, item: Item, link_base: str) -> None:
    from pptx.enum.text import PP_ALIGN

    if paragraph.alignment is None:
        paragraph.alignment = PP_ALIGN.LEFT
    for piece in item.pieces:
        if isinstance(piece, str):
            _run(paragraph, piece, item.size, item.colour, bold=item.bold)
        else:
            _number(paragraph, piece, item, link_base)


def _number(paragraph: Any, cell: Cell, item: Item, link_base: str) -> None:
    colour = ACCENT if cell.strong and cell.figure is None else item.colour
    run = _run(paragraph, cell.text, item.size, colour, bold=item.bold or cell.strong)
    if link_base and cell.query:
        run.hyperlink.address = link_base + cell.query


def _run(paragraph: Any, text: str, size: float, colour: str, *, bold: bool = False) -> Any:
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    run = paragraph.add_run()
    run.text = clean(text)
    run.font.size, run.font.bold = Pt(size), bold
    run.font.color.rgb = RGBColor.from_string(colour)
    return run


def rows_height(table: Table) -> list[float]:
    """The height of the header and of each row."""
    widths, size = _widths(table), _size(table)
    labels = [Cell(column.label) for column in table.columns]
    return [_row_height(row, widths, size) for row in (labels, *table.rows)]


def _size(table: Table) -> float:
    return 10.5 if len(table.columns) > 6 else 11.5


def _widths(table: Table) -> list[float]:
    total = sum(column.width for column in table.columns)
    return [BODY_WIDTH * column.width / total for column in table.columns]


def _row_height(row: Sequence[Cell], widths: Sequence[float], size: float) -> float:
    heights = []
    for cell, width in zip(row, widths, strict=True):
        height = n_lines(cell.text, size, width - 10) * size * _ROW_LINE
        if cell.sub:
            height += n_lines(cell.sub, _SUB, width - 10) * _SUB * _ROW_LINE
        heights.append(height)
    return max(heights, default=size) + 7


def add_table(
    slide: Any,
    table: Table,
    rows: Sequence[Sequence[Cell]],
    heights: Sequence[float],
    where: tuple[float, str],
) -> None:
    """``rows`` of ``table`` with its header; ``heights`` are those of header and rows, ``where`` top and link."""
    from pptx.util import Pt

    top, link_base = where
    shape = slide.shapes.add_table(
        len(rows) + 1, len(table.columns), Pt(LEFT), Pt(top), Pt(BODY_WIDTH), Pt(sum(heights))
    )
    native, size = shape.table, _size(table)
    style = shape._element.graphic.graphicData.tbl.tblPr
    style.xpath("a:tableStyleId")[0].text = _NO_STYLE
    native.horz_banding = False
    for column, width in zip(native.columns, _widths(table), strict=True):
        column.width = Pt(width)
    for row, height in zip(native.rows, heights, strict=True):
        row.height = Pt(height)
    for place, column in enumerate(table.columns):
        label = Cell(column.label)
        _table_cell(
            native.cell(0, place), label, (size - 1, MUTED), "", right=column.kind != "text", head=True
        )
    for at, cells in enumerate(rows, 1):
        for place, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
            target = native.cell(at, place)
            _table_cell(target, cell, (size, INK), link_base, right=column.kind != "text")


def _table_cell(
    target: Any, cell: Cell, look: tuple[float, str], link_base: str, *, right: bool, head: bool = False
) -> None:
    from pptx.enum.text import PP_ALIGN
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls
    from pptx.util import Pt

    target.margin_left, target.margin_right = Pt(2), Pt(8)
    target.margin_top, target.margin_bottom = Pt(3), Pt(3)
    paragraph = target.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    if cell.text:
        _number(paragraph, cell, Item((), look[0], look[1]), link_base)
    else:  # an empty cell has the height of 18 points unless told
        paragraph._p.get_or_add_endParaRPr().set("sz", str(round(look[0] * 100)))
    if cell.sub:
        below = target.text_frame.add_paragraph()
        below.alignment = paragraph.alignment
        _run(below, cell.sub, _SUB, MUTED)
    line = (
        f'<a:lnB {nsdecls("a")} w="{12700 if head else 6350}"><a:solidFill><a:srgbClr val="{INK if head else RULE}"/>'
        "</a:solidFill></a:lnB>"
    )
    target._tc.get_or_add_tcPr().append(parse_xml(line))
