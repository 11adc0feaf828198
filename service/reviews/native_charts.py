"""The charts of a report as DrawingML: editable in PowerPoint and Word, with their data as a workbook inside."""

from __future__ import annotations

import copy
from datetime import datetime
from io import BytesIO
from typing import Any

from models.review.report import Chart
from service.reviews.native_looks import dress
from service.reviews.native_values import NUMBER_FORMATS, Line, lines_of, names_of
from service.reviews.report_charts import MANY

_WORKBOOK_DATE = datetime(1980, 1, 1)  # noqa: DTZ001


def chart_data(chart: Chart, lines: list[Line]) -> Any:
    """python-pptx's data of ``chart``."""
    from pptx.chart.data import CategoryChartData

    data = CategoryChartData(number_format=NUMBER_FORMATS[chart.unit])
    data.categories = names_of(chart)
    for line in lines:
        data.add_series(line.name, line.values, number_format=NUMBER_FORMATS[line.unit])
    return data


def chart_type(chart: Chart) -> Any:
    from pptx.enum.chart import XL_CHART_TYPE as KINDS

    if chart.kind in ("line", "control"):
        return KINDS.LINE_MARKERS
    if chart.kind == "stacked":
        return KINDS.COLUMN_STACKED
    upright = chart.kind == "pareto" or len(chart.categories) >= MANY
    return KINDS.COLUMN_CLUSTERED if upright and chart.kind != "interval" else KINDS.BAR_CLUSTERED


def chart_space(chart: Chart, words: tuple[str, str, str]) -> tuple[Any, bytes]:
    """The styled ``c:chartSpace`` element without its data, and the data as a workbook."""
    from pptx.chart.chart import Chart as NativeChart
    from pptx.oxml import parse_xml

    lines = lines_of(chart, words)
    space = parse_xml(chart_data(chart, lines).xml_bytes(chart_type(chart)))
    dress(NativeChart(space, None), chart, lines)
    return space, workbook_of(chart, lines)


def workbook_of(chart: Chart, lines: list[Line]) -> bytes:
    """The data as python-pptx lays it out: categories in column A, a series a column."""
    import xlsxwriter

    content = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        book.set_properties({"created": _WORKBOOK_DATE})
        sheet = book.add_worksheet("Sheet1")
        for at, name in enumerate(names_of(chart), 1):
            sheet.write_string(at, 0, name)
        for column, line in enumerate(lines, 1):
            style = book.add_format({"num_format": NUMBER_FORMATS[line.unit]})
            sheet.write_string(0, column, line.name)
            for at, value in enumerate(line.values, 1):
                if value is not None:
                    sheet.write_number(at, column, value, style)
    return content.getvalue()


def serialized(space: Any, rel_id: str) -> bytes:
    """The chart part with its data under ``rel_id``."""
    from lxml import etree
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    made = copy.deepcopy(space)
    for old in made.xpath("c:externalData"):
        made.remove(old)
    data = f'<c:externalData {nsdecls("c", "r")} r:id="{rel_id}"><c:autoUpdate val="0"/></c:externalData>'
    made.append(parse_xml(data))
    return bytes(etree.tostring(made, xml_declaration=True, encoding="UTF-8", standalone=True))
