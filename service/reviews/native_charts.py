"""The charts of a report as DrawingML: editable in PowerPoint and Word, with their data as a workbook inside."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from models.review.figures import Unit
from models.review.report import Cell, Chart, Series
from service.reviews.axes import nice_step
from service.reviews.office import ACCENT, CHINESE, INK, LATIN, MUTED, RULE, clean
from service.reviews.report_charts import MANY, cut

TONES: Mapping[str, str] = {
    "accent": ACCENT,
    "pale": "DCB3A8",
    "neutral": "D3D8DD",
    "positive": "8B9AA8",
    "ink": INK,
}
NUMBER_FORMATS: Mapping[Unit, str] = {
    "count": "#,##0",
    "per_day": "#,##0.0",
    "ratio": "0.0%",
    "per_1000": "#,##0.0",
    "points": "+0.0%;-0.0%;0.0%",
    "per_1000_difference": "+0.0;-0.0;0.0",
    "relative": "+0.0%;-0.0%;0.0%",
    "polarity": "+0.00;-0.00;0.00",
    "mean": "#,##0.00",
    "score": "+0.00;-0.00;0.00",
}
AXIS_FORMATS: Mapping[Unit, str] = {
    "ratio": "0%",
    "points": "+0%;-0%;0%",
    "relative": "+0%;-0%;0%",
    "per_1000_difference": "+0;-0;0",
    "score": "+0.0;-0.0;0.0",
    "polarity": "+0.0;-0.0;0.0",
}
_ROW_EMS, _COLUMN_EMS = 18.0, 14.0
_WORKBOOK_DATE = datetime(1980, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class Line:
    """One series of a native chart, unrounded."""

    name: str
    values: tuple[float | None, ...]
    colour: str
    unit: Unit
    dashed: bool = False


def lines_of(chart: Chart, words: tuple[str, str, str]) -> list[Line]:
    """The series, and for control charts their limits, named by ``words``: centre, upper, lower."""
    made = [
        Line(clean(series.name), _values(series), TONES[series.tone], _unit(series, chart))
        for series in chart.series
    ]
    if chart.kind == "control" and any(chart.limits):
        for name, field in zip(words, ("centre", "upper", "lower"), strict=True):
            values = tuple(getattr(limit, field) if limit else None for limit in chart.limits)
            made.append(Line(name, values, MUTED, chart.unit, dashed=field != "centre"))
    return made


def chart_data(chart: Chart, lines: list[Line]) -> Any:
    """python-pptx's data of ``chart``."""
    from pptx.chart.data import CategoryChartData

    data = CategoryChartData(number_format=NUMBER_FORMATS[chart.unit])
    data.categories = names_of(chart)
    for line in lines:
        data.add_series(line.name, line.values, number_format=NUMBER_FORMATS[line.unit])
    return data


def names_of(chart: Chart) -> list[str]:
    """The categories, cut to what an axis has room for."""
    room = _ROW_EMS if _is_rows(chart) else _COLUMN_EMS
    return [cut(clean(name), room) for name in chart.categories]


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


def dress(native: Any, chart: Chart, lines: list[Line], *, size_points: float = 9) -> None:
    """Colours, fonts, axes and labels; the line of a pareto and the intervals."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls
    from pptx.util import Pt

    space = native._chartSpace
    native.has_title = False
    frame = f"<c:spPr {nsdecls('c', 'a')}><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>"
    space.xpath("c:chart")[0].addnext(parse_xml(frame))
    native.font.size = Pt(size_points)
    _fonts(space, native)
    _legend(native, len(lines) > 1)
    _axes(native, chart)
    for series, line in zip(native.plots[0].series, lines, strict=True):
        _colour(series, line, chart)
    if chart.kind == "pareto":
        _line_above(space, native)
    elif chart.kind == "interval":
        _error_bars(space, chart.series[0])
    _mark_points(native, chart)
    _labels(native, chart, size_points)


def _values(series: Series) -> tuple[float | None, ...]:
    return tuple(cell.value if cell else None for cell in series.cells)


def _unit(series: Series, chart: Chart) -> Unit:
    figures = (cell.figure for cell in series.cells if cell and cell.figure)
    return next((figure.unit for figure in figures), chart.unit)


def _fonts(space: Any, native: Any) -> None:
    from pptx.dml.color import RGBColor
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    native.font.name = LATIN
    native.font.color.rgb = RGBColor.from_string(INK)
    for properties in space.xpath("c:txPr/a:p/a:pPr/a:defRPr"):
        properties.append(parse_xml(f'<a:ea {nsdecls("a")} typeface="{CHINESE}"/>'))


def _legend(native: Any, wanted: bool) -> None:
    from pptx.enum.chart import XL_LEGEND_POSITION

    native.has_legend = wanted
    if wanted:
        native.legend.position = XL_LEGEND_POSITION.BOTTOM
        native.legend.include_in_layout = False


def _axes(native: Any, chart: Chart) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_TICK_LABEL_POSITION, XL_TICK_MARK

    values, names = native.value_axis, native.category_axis
    values.has_major_gridlines = True
    values.major_gridlines.format.line.color.rgb = RGBColor.from_string(RULE)
    values.format.line.fill.background()
    values.major_tick_mark = names.major_tick_mark = XL_TICK_MARK.NONE
    values.tick_labels.number_format = AXIS_FORMATS.get(chart.unit, "#,##0.##")
    values.tick_labels.number_format_is_linked = False
    names.format.line.color.rgb = RGBColor.from_string(MUTED)
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    _scale(values, chart)
    _upright_names(names, chart)
    if _is_rows(chart):
        names.reverse_order = True
        values.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    if chart.kind in ("bar", "stacked", "pareto", "interval"):
        native.plots[0].gap_width = 140 if chart.kind == "interval" else 40 if _is_thin(chart) else 60


def _scale(values: Any, chart: Chart) -> None:
    """Ends of the axis where those that programs choose would cut intervals or flatten a line."""
    if chart.kind not in ("interval", "control"):
        return
    ends = [end for cell in chart.series[0].cells if cell and cell.value is not None for end in _ends(cell)]
    if chart.kind == "control":
        ends = [cell.value for cell in chart.series[0].cells if cell and cell.value is not None]
        ends += [end for limit in chart.limits if limit for end in (limit.lower, limit.upper)]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if chart.kind == "interval":
        low, high = min(low, 0.0), max(high, 0.0)
    elif 0 <= low < 0.5 * high:
        low = 0.0
    step = nice_step(((high - low) or 1.0) / 5)
    values.minimum_scale = math.floor(low / step + 1e-9) * step
    values.maximum_scale = math.ceil(high / step - 1e-9) * step
    values.major_unit = step


def _upright_names(names: Any, chart: Chart) -> None:
    """Category names stand upright; where there are many, not every one is written."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    axis = names._element
    names.tick_labels.font.size = None
    for body in axis.xpath("c:txPr/a:bodyPr"):
        body.set("rot", "0")
        body.set("vert", "horz")
    if not _is_rows(chart) and len(chart.categories) > 12:
        every = -(-len(chart.categories) // 8)
        skip = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="{every}"/>')
        axis.xpath("c:lblOffset")[0].addnext(skip)


def _is_rows(chart: Chart) -> bool:
    return chart.kind == "interval" or (chart.kind == "bar" and len(chart.categories) < MANY)


def _is_thin(chart: Chart) -> bool:
    return chart.kind == "bar" and len(chart.categories) >= MANY


def _colour(series: Any, line: Line, chart: Chart) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    colour = RGBColor.from_string(line.colour)
    if chart.kind not in ("line", "control"):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = colour
        series.invert_if_negative = False
        return
    series.smooth = False
    series.format.line.color.rgb = colour
    limit = line.colour == MUTED
    series.format.line.width = Pt(0.75 if limit else 1.5)
    if line.dashed:
        series.format.line.dash_style = MSO_LINE.DASH
    series.marker.style = XL_MARKER_STYLE.NONE if limit else XL_MARKER_STYLE.CIRCLE
    if not limit:
        series.marker.size = 5
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = colour
        series.marker.format.line.color.rgb = colour


def _mark_points(native: Any, chart: Chart) -> None:
    """Where only some cells are strong, the others are pale; a strong point of a line is a red triangle."""
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_MARKER_STYLE

    cells, series = chart.series[0].cells, native.plots[0].series[0]
    strong = [bool(cell and cell.strong) for cell in cells]
    if chart.kind == "control":
        for at, marked in enumerate(strong):
            if marked:
                marker = series.points[at].marker
                marker.style, marker.size = XL_MARKER_STYLE.TRIANGLE, 9
                marker.format.fill.solid()
                marker.format.fill.fore_color.rgb = RGBColor.from_string(ACCENT)
    elif chart.kind == "interval" or (chart.kind in ("bar", "pareto") and any(strong)):
        for at, marked in enumerate(strong):
            if not marked:
                fill = series.points[at].format.fill
                fill.solid()
                fill.fore_color.rgb = RGBColor.from_string(TONES["pale"])


def _labels(native: Any, chart: Chart, size_points: float) -> None:
    """Numbers at the columns, where there is room for them."""
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    if chart.kind in ("line", "control", "interval") or _is_thin(chart):
        return
    plot = native.plots[0]
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.number_format = NUMBER_FORMATS[chart.unit]
    labels.number_format_is_linked = False
    labels.font.size = Pt(size_points - 1)
    labels.show_value = True
    if chart.kind == "stacked":
        for series, told in zip(plot.series, chart.series, strict=True):
            own = series.data_labels
            own.show_value, own.number_format = True, NUMBER_FORMATS[chart.unit]
            own.number_format_is_linked = False
            own.font.size = Pt(size_points - 1)
            dark = told.tone in ("accent", "ink")
            own.font.color.rgb = RGBColor.from_string("FFFFFF" if dark else INK)


def _line_above(space: Any, native: Any) -> None:
    """The second series becomes a line on an axis of its own from 0 to 100 %."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    area = space.xpath("c:chart/c:plotArea")[0]
    bars = area.xpath("c:barChart")[0]
    series = bars.xpath("c:ser")[1]
    bars.remove(series)
    for child in series.xpath("c:invertIfNegative | c:spPr | c:dPt"):
        series.remove(child)
    look = f'<c:spPr {nsdecls("c", "a")}><a:ln w="19050"><a:solidFill><a:srgbClr val="{INK}"/></a:solidFill></a:ln></c:spPr>'
    marker = (
        f'<c:marker {nsdecls("c", "a")}><c:symbol val="circle"/><c:size val="5"/><c:spPr><a:solidFill>'
        f'<a:srgbClr val="FFFFFF"/></a:solidFill><a:ln><a:solidFill><a:srgbClr val="{INK}"/></a:solidFill></a:ln>'
        "</c:spPr></c:marker>"
    )
    title = series.xpath("c:tx")[0]
    title.addnext(parse_xml(marker))
    title.addnext(parse_xml(look))
    line = parse_xml(
        f'<c:lineChart {nsdecls("c")}><c:grouping val="standard"/><c:varyColors val="0"/><c:marker val="1"/>'
        '<c:axId val="910001"/><c:axId val="910002"/></c:lineChart>'
    )
    line.insert(2, series)
    bars.addnext(line)
    axes = (
        f'<c:catAx {nsdecls("c")}><c:axId val="910001"/><c:scaling><c:orientation val="minMax"/></c:scaling>'
        '<c:delete val="1"/><c:axPos val="b"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        '<c:tickLblPos val="none"/><c:crossAx val="910002"/><c:crosses val="autoZero"/></c:catAx>',
        f'<c:valAx {nsdecls("c", "a")}><c:axId val="910002"/><c:scaling><c:orientation val="minMax"/><c:max val="1"/>'
        '<c:min val="0"/></c:scaling><c:delete val="0"/><c:axPos val="r"/><c:numFmt formatCode="0%" sourceLinked="0"/>'
        '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
        '<c:spPr><a:ln><a:noFill/></a:ln></c:spPr><c:crossAx val="910001"/><c:crosses val="max"/></c:valAx>',
    )
    last = area.xpath("c:valAx")[-1]
    for axis in reversed(axes):
        last.addnext(parse_xml(axis))


def _error_bars(space: Any, series: Series) -> None:
    """The intervals as custom error bars."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    above, below = [], []
    for cell in series.cells:
        low, value, high = _ends(cell)
        above.append(high - value)
        below.append(value - low)
    drawn = (
        f'<c:errBars {nsdecls("c", "a")}><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="0"/>'
        f"<c:plus>{_literals(above)}</c:plus><c:minus>{_literals(below)}</c:minus>"
        f'<c:spPr><a:ln w="15875"><a:solidFill><a:srgbClr val="{INK}"/></a:solidFill></a:ln></c:spPr></c:errBars>'
    )
    first = space.xpath("c:chart/c:plotArea/c:barChart/c:ser")[0]
    first.xpath("c:cat")[0].addprevious(parse_xml(drawn))


def _ends(cell: Cell | None) -> tuple[float, float, float]:
    if cell is None or cell.value is None:
        return 0.0, 0.0, 0.0
    low, high = (cell.figure.interval if cell.figure else None) or (cell.value, cell.value)
    return low, cell.value, high


def _literals(values: list[float]) -> str:
    points = "".join(f'<c:pt idx="{at}"><c:v>{value!r}</c:v></c:pt>' for at, value in enumerate(values))
    return (
        f'<c:numLit><c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>{points}</c:numLit>'
    )


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
