"""Pieces of a text document that python-docx has no call for: fonts of Chinese, links, bookmarks, charts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from service.reviews.native_charts import serialized
from service.reviews.office import ACCENT, CHINESE, INK, LATIN, RULE, clean

WIDTH_CM = 17.8
_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SPACING = {
    "Normal": (0, 4),
    "Heading 1": (18, 6),
    "Heading 2": (12, 4),
    "List Number": (0, 6),
    "Quote": (2, 4),
}
_SIZES = {
    "Normal": 10.5,
    "Heading 1": 16,
    "Heading 2": 12.5,
    "Title": 11,
    "Subtitle": 22,
    "Quote": 10.5,
    "List Number": 12,
}


@dataclass(frozen=True, slots=True)
class Look:
    """``None`` leaves size or colour to the style."""

    size: float | None = None
    colour: str | None = INK
    bold: bool = False

    def strong(self) -> Look:
        return replace(self, bold=True)


def dress_document(document: Any, english: bool) -> None:
    """A4, and every style in a Latin and a Chinese font without the theme's."""
    from docx.shared import Cm

    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.6)
    page.top_margin, page.bottom_margin = Cm(1.8), Cm(1.8)
    for name, size in _SIZES.items():
        _dress_style(document.styles[name], name, size)
    for element in document.styles.element.xpath("w:docDefaults//w:rPr"):
        _set_fonts(element)
        for language in element.xpath("w:lang"):
            language.getparent().remove(language)
        element.append(_element("w:lang", val="en-US", eastAsia="en-US" if english else "zh-CN"))


def _dress_style(style: Any, name: str, size: float) -> None:
    from docx.shared import Pt, RGBColor

    style.font.size, style.font.bold = Pt(size), name.startswith(("Heading", "Title", "Subtitle"))
    style.font.italic = False
    style.font.color.rgb = RGBColor.from_string(ACCENT if name == "Title" else INK)
    _set_fonts(style.element.get_or_add_rPr())
    before, after = _SPACING.get(name, (0, 4))
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    style.paragraph_format.keep_with_next = name.startswith("Heading")
    for border in style.element.xpath("w:pPr/w:pBdr"):
        border.getparent().remove(border)


def _set_fonts(properties: Any) -> None:
    from docx.oxml.ns import qn

    for old in properties.xpath("w:rFonts"):
        properties.remove(old)
    fonts = _element("w:rFonts", ascii=LATIN, hAnsi=LATIN, cs=LATIN, eastAsia=CHINESE)
    fonts.set(qn("w:hint"), "eastAsia")
    properties.insert(0, fonts)


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def new_paragraph(document: Any, style: str = "Normal", *, tight: bool = False) -> Any:
    from docx.shared import Pt

    paragraph = document.add_paragraph(style=style)
    if tight:
        paragraph.paragraph_format.space_after = Pt(0)
        paragraph.paragraph_format.line_spacing = Pt(6)
    return paragraph


def add_run(paragraph: Any, text: str, look: Look, *, url: str = "", anchor: str = "") -> None:
    """Text in ``look``; with ``url`` or ``anchor`` a link, without the colour of one."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    run = paragraph.add_run(clean(text))
    if look.size:
        run.font.size = Pt(look.size)
    if look.colour:
        run.font.color.rgb = RGBColor.from_string(look.colour)
    if look.bold:
        run.font.bold = True
    _set_fonts(run._r.get_or_add_rPr())
    if not url and not anchor:
        return
    link = _element("w:hyperlink")
    if url:
        link.set(qn("r:id"), paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    else:
        link.set(qn("w:anchor"), anchor)
    run._r.addprevious(link)
    link.append(run._r)


def add_bookmark(paragraph: Any, name: str, number: int) -> None:
    start = _element("w:bookmarkStart", id=str(number), name=name)
    end = _element("w:bookmarkEnd", id=str(number))
    paragraph._p.append(start)
    paragraph._p.append(end)


def add_field(paragraph: Any, code: str, look: Look) -> None:
    """A field such as ``PAGE``, which the program that shows the document works out."""
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        add_run(paragraph, "", look)
        run = paragraph.runs[-1]._r
        if kind:
            run.append(_element("w:fldChar", fldCharType=kind))
        else:
            made = _element("w:instrText")
            made.text = text
            run.append(made)


def line_below(paragraph: Any, colour: str) -> None:
    borders = _element("w:pBdr")
    borders.append(_element("w:bottom", val="single", sz="12", space="4", color=colour))
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def shade(paragraph: Any, fill: str, edge: str) -> None:
    """A pale ground and a line at the left."""
    properties = paragraph._p.get_or_add_pPr()
    borders = _element("w:pBdr")
    borders.append(_element("w:left", val="single", sz="12", space="6", color=edge))
    ground = _element("w:shd", val="clear", color="auto", fill=fill)
    for made in (borders, ground):
        properties.insert_element_before(made, "w:spacing", "w:ind", "w:jc", "w:rPr")


def new_table(document: Any, widths: list[float], n_rows: int, *, lines: bool) -> Any:
    """A table as wide as the page whose first row repeats; rows do not break over pages."""
    from docx.shared import Cm

    table = document.add_table(rows=n_rows, cols=len(widths))
    table.autofit = False
    scale = WIDTH_CM / sum(widths)
    grid = table._tbl.tblGrid.gridCol_lst
    shares = [Cm(width * scale) for width in widths]
    for column, share in zip(grid, shares, strict=True):
        column.w = share
    for at, row in enumerate(table._tbl.tr_lst):
        properties = row.get_or_add_trPr()
        properties.append(_element("w:cantSplit"))
        if not at and lines:
            properties.append(_element("w:tblHeader"))
        for cell, share in zip(row.tc_lst, shares, strict=True):
            cell.width = share
    if lines:
        borders = _element("w:tblBorders")
        for side in ("top", "bottom", "insideH"):
            borders.append(_element(f"w:{side}", val="single", sz="4", space="0", color=RULE))
        table._tbl.tblPr.append(borders)
    margins = _element("w:tblCellMar")
    for side in ("left", "right"):
        margins.append(_element(f"w:{side}", w="60", type="dxa"))
    table._tbl.tblPr.append(margins)
    return table


def fill_cell(cell: Any, *, right: bool = False, close: bool = False) -> Any:
    """The first paragraph of ``cell``; ``close`` leaves no room about it."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(0 if close else 2)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return paragraph


def add_chart(paragraph: Any, number: int, made: tuple[Any, bytes], height_cm: float, title: str) -> None:
    """An editable chart with its data, in line with the text."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.shared import Cm

    space, data = made
    package = paragraph.part.package
    book = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), _WORKBOOK, data, package)
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART, b"", package)
    part._blob = serialized(space, part.relate_to(book, RELATIONSHIP_TYPE.PACKAGE))
    rel_id = paragraph.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    run = paragraph.add_run()
    run._r.append(_drawing(rel_id, number, int(Cm(WIDTH_CM)), int(Cm(height_cm)), clean(title)))


def _drawing(rel_id: str, number: int, width: int, height: int, title: str) -> Any:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls, qn

    chart = "http://schemas.openxmlformats.org/drawingml/2006/chart"
    drawing = parse_xml(
        f'<w:drawing {nsdecls("w", "wp", "a", "r")}><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:effectExtent l="0" t="0" r="0" b="0"/>'
        f'<wp:docPr id="{1000 + number}" name="Chart {number}"/><wp:cNvGraphicFramePr/>'
        f'<a:graphic><a:graphicData uri="{chart}"><c:chart xmlns:c="{chart}" r:id="{rel_id}"/></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing>"
    )
    drawing.find(f".//{qn('wp:docPr')}").set("descr", title)
    return drawing
