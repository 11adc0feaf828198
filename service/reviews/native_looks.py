"""How native charts look: colours, fonts, axes, labels, the line of a pareto, intervals as error bars."""

from __future__ import annotations

from typing import Any

from models.review.report import Chart, Series
from service.reviews.native_values import (
    AXIS_FORMATS,
    NUMBER_FORMATS,
    TONES,
    Line,
    axis_ends,
    ends_of,
    is_rows,
    is_thin,
)
from service.reviews.office import ACCENT, CHINESE, INK, LATIN, MUTED, RULE


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
    if is_rows(chart):
        names.reverse_order = True
        values.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    if chart.kind in ("bar", "stacked", "pareto", "interval"):
        native.plots[0].gap_width = 140 if chart.kind == "interval" else 40 if is_thin(chart) else 60


def _scale(values: Any, chart: Chart) -> None:
    ends = axis_ends(chart)
    if ends is not None:
        values.minimum_scale, values.maximum_scale, values.major_unit = ends


def _upright_names(names: Any, chart: Chart) -> None:
    """Category names stand upright; where there are many, not every one is written."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    axis = names._element
    names.tick_labels.font.size = None
    for body in axis.xpath("c:txPr/a:bodyPr"):
        body.set("rot", "0")
        body.set("vert", "horz")
    if not is_rows(chart) and len(chart.categories) > 12:
        every = -(-len(chart.categories) // 8)
        skip = parse_xml(f'<c:tickLblSkip {nsdecls("c")} val="{every}"/>')
        axis.xpath("c:lblOffset")[0].addnext(skip)


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

    if chart.kind in ("line", "control", "interval") or is_thin(chart):
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
        low, value, high = ends_of(cell)
        above.append(high - value)
        below.append(value - low)
    drawn = (
        f'<c:errBars {nsdecls("c", "a")}><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="0"/>'
        f"<c:plus>{_literals(above)}</c:plus><c:minus>{_literals(below)}</c:minus>"
        f'<c:spPr><a:ln w="15875"><a:solidFill><a:srgbClr val="{INK}"/></a:solidFill></a:ln></c:spPr></c:errBars>'
    )
    first = space.xpath("c:chart/c:plotArea/c:barChart/c:ser")[0]
    first.xpath("c:cat")[0].addprevious(parse_xml(drawn))


def _literals(values: list[float]) -> str:
    points = "".join(f'<c:pt idx="{at}"><c:v>{value!r}</c:v></c:pt>' for at, value in enumerate(values))
    return (
        f'<c:numLit><c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>{points}</c:numLit>'
    )
