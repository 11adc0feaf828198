"""The review as slides: one topic a slide, charts that can be edited, nothing beyond the edge.

Heights are estimated before anything is placed; what does not fit goes onto a next slide of the same title.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from models.core.errors import MissingExtraError
from models.review.report import (
    Block,
    Chart,
    Facts,
    Note,
    Paragraph,
    Quotes,
    Report,
    Section,
    Statement,
    Table,
    cells_of,
)
from models.review.wording import is_english
from service.reviews.native_charts import chart_data, chart_type, workbook_of
from service.reviews.native_looks import dress
from service.reviews.native_values import lines_of
from service.reviews.office import ACCENT, INK, MUTED, clean, fixed_package
from service.reviews.pptx_parts import (
    BODY_BOTTOM,
    BODY_TOP,
    BODY_WIDTH,
    LEFT,
    Item,
    add_items,
    add_table,
    fit_items,
    items_height,
    new_deck,
    new_slide,
    rows_height,
    slide_parts,
)

MIN_CHART = 210.0
MIN_TABLE = 120.0
MAX_RESERVE = 90.0
_LIMITS = {False: ("中心线", "上限", "下限"), True: ("centre", "upper limit", "lower limit")}
_PER_SLIDE = 4


def render_pptx(
    report: Report, path: Path, *, link_base: str = "", load: Callable[[], Any] | None = None
) -> None:
    """Write the slides. The same report gives the same bytes. ``load`` imports python-pptx (tests only).

    The notes of a slide name the path behind each of its numbers; the appendix is left to the other formats.
    Raises ``MissingExtraError`` without python-pptx.
    """
    try:
        presentation = (load or _import)()
    except ImportError as problem:
        raise MissingExtraError(package="python-pptx", extra="formats") from problem
    deck = _Deck(new_deck(presentation), report, link_base)
    deck.write()
    content = BytesIO()
    deck.deck.save(content)
    path.write_bytes(fixed_package(content.getvalue()))


def _import() -> Any:
    import pptx

    return pptx.Presentation


class _Deck:
    """``at`` is how far down the present slide is filled, in points."""

    def __init__(self, deck: Any, report: Report, link_base: str) -> None:
        self.deck, self.report, self.link_base = deck, report, link_base
        self.words = _LIMITS[is_english(report.language)]
        self.slide: Any = None
        self.at = BODY_TOP
        self.heading = ("", "")

    def write(self) -> None:
        core, made = self.deck.core_properties, datetime.fromisoformat(self.report.generated_at)
        core.title = clean(f"{self.report.title} {self.report.subtitle}")[:255]
        core.subject = self.report.month
        core.author = core.last_modified_by = clean(self.report.author)[:255]
        core.created = core.modified = made.replace(tzinfo=None)
        core.revision = 1
        sections = [section for section in self.report.sections if not section.appendix]
        carried: tuple[Block, ...] = ()
        parent = ""
        for section, after in zip(sections, (*sections[1:], None), strict=True):
            parent = section.title if section.level == 1 else parent
            blocks = carried + section.blocks
            carried = ()
            if _is_short(blocks) and after is not None and after.level > section.level:
                carried = blocks
                continue
            over = parent if section.level > 1 else self.report.subtitle
            self._section(section, blocks, over)

    def _section(self, section: Section, blocks: tuple[Block, ...], over: str) -> None:
        self.heading = (over, section.title)
        self._turn()
        first = len(self.deck.slides)
        at = 0
        while at < len(blocks):
            block = blocks[at]
            if isinstance(block, Chart):
                charts = [item for item in _run(blocks[at:], _is_chart) if isinstance(item, Chart)]
                self._charts(charts, _reserve(blocks[at + len(charts) :]))
                at += len(charts)
            elif _is_words(block):
                words = _run(blocks[at:], _is_words)
                self._text([item for told in words for item in _items(told)])
                at += len(words)
            else:
                if isinstance(block, Table):
                    self._table(block, _reserve(blocks[at + 1 :]))
                elif isinstance(block, Facts):
                    self._facts(block)
                at += 1
        self._notes(section, first)

    def _turn(self) -> None:
        """A next slide under the same heading."""
        self.slide = new_slide(self.deck, *self.heading)
        self.at = BODY_TOP

    def _text(self, items: list[Item]) -> None:
        """All on this slide where they fit in somewhat smaller letters, else over as many as it takes."""
        if not items:
            return
        fitted = fit_items(items, BODY_WIDTH, BODY_BOTTOM - self.at)
        if items_height(fitted, BODY_WIDTH) <= BODY_BOTTOM - self.at:
            height = items_height(fitted, BODY_WIDTH)
            add_items(self.slide, fitted, (LEFT, self.at, BODY_WIDTH, height), self.link_base)
            self.at += height
            return
        for item in (part for whole in items for part in slide_parts(whole)):
            height = items_height([item], BODY_WIDTH)
            if self.at + height > BODY_BOTTOM and self.at > BODY_TOP:
                self._turn()
            fitted = fit_items([item], BODY_WIDTH, BODY_BOTTOM - self.at)
            height = min(items_height(fitted, BODY_WIDTH), BODY_BOTTOM - self.at)
            add_items(self.slide, fitted, (LEFT, self.at, BODY_WIDTH, height), self.link_base)
            self.at += height

    def _facts(self, block: Facts) -> None:
        gap, n = 18.0, max(len(block.items), 1)
        width = (BODY_WIDTH - gap * (n - 1)) / n
        columns = []
        for fact in block.items:
            colour = ACCENT if fact.cell.strong else INK
            column = [Item((fact.label,), 12, MUTED), Item((fact.cell,), 30, colour, bold=True)]
            columns.append(column + [Item(note, 11, MUTED) for note in fact.notes])
        height = max((items_height(column, width) for column in columns), default=0.0)
        for place, column in enumerate(columns):
            add_items(
                self.slide, column, (LEFT + place * (width + gap), self.at, width, height), self.link_base
            )
        self.at += height + 8

    def _charts(self, charts: Sequence[Chart], reserve: float) -> None:
        if len(charts) == 1:
            if BODY_BOTTOM - self.at - reserve < MIN_CHART:
                self._turn()
            height = BODY_BOTTOM - self.at - reserve
            self._chart(charts[0], (LEFT, self.at, BODY_WIDTH, height))
            self.at += height
            return
        for start in range(0, len(charts), _PER_SLIDE):
            if start or BODY_BOTTOM - self.at < 1.4 * MIN_CHART:
                self._turn()
            self._grid(charts[start : start + _PER_SLIDE], 1 if len(charts) < 3 else 2)

    def _grid(self, charts: Sequence[Chart], rows: int) -> None:
        width, height = (BODY_WIDTH - 18) / 2, (BODY_BOTTOM - self.at) / rows
        for place, chart in enumerate(charts):
            left, top = LEFT + place % 2 * (width + 18), self.at + place // 2 * height
            self._chart(chart, (left, top, width, height - 6))
        self.at = BODY_BOTTOM

    def _chart(self, chart: Chart, box: tuple[float, float, float, float]) -> None:
        """Its title, the chart, its note, all inside ``box``: left, top, width, height in points."""
        from pptx.util import Pt

        left, top, width, height = box
        head = [Item((chart.title,), 12, INK, bold=True)] if chart.title != self.heading[1] else []
        foot = [Item((chart.note,), 10, MUTED)] if chart.note else []
        above, below = items_height(head, width), items_height(foot, width)
        if head:
            add_items(self.slide, head, (left, top, width, above), "")
        if foot:
            add_items(self.slide, foot, (left, top + height - below, width, below), "")
        lines = lines_of(chart, self.words)
        place = (Pt(left), Pt(top + above), Pt(width), Pt(height - above - below))
        frame = self.slide.shapes.add_chart(chart_type(chart), *place, chart_data(chart, lines))
        frame.name = clean(chart.title)
        native = frame.chart
        native.part.chart_workbook.update_from_xlsx_blob(workbook_of(chart, lines))
        dress(native, chart, lines, size_points=11 if width > 500 else 9)

    def _table(self, block: Table, reserve: float) -> None:
        title = [Item((block.title,), 12, INK, bold=True)] if block.title else []
        heights = rows_height(block)
        least = items_height(title, BODY_WIDTH) + heights[0] + min(sum(heights[1:]), MIN_TABLE)
        if self.at + least > BODY_BOTTOM:
            self._turn()
        self._text(title)
        done = 0
        while done < len(block.rows):
            room, n = BODY_BOTTOM - self.at - heights[0] - reserve, 0
            while done + n < len(block.rows) and room >= heights[1 + done + n]:
                room -= heights[1 + done + n]
                n += 1
            n = max(n, 1)
            part = [heights[0], *heights[1 + done : 1 + done + n]]
            add_table(self.slide, block, block.rows[done : done + n], part, (self.at, self.link_base))
            self.at += sum(part) + 8
            done += n
            if done < len(block.rows):
                self._turn()

    def _notes(self, section: Section, first: int) -> None:
        """The path behind each number of a section, in the notes of its first slide."""
        paths = {cell.query: cell.text for cell in cells_of(section) if cell.query}
        if paths:
            head = "Records behind the numbers:" if is_english(self.report.language) else "数字对应的记录："
            told = "\n".join([head, *(f"{text}  {path}" for path, text in paths.items())])
            self.deck.slides[first - 1].notes_slide.notes_text_frame.text = clean(told)


def _items(block: Block) -> list[Item]:
    if isinstance(block, Paragraph):
        return [Item(block.pieces, 12 if block.lead else 15, MUTED if block.lead else INK, gap=5)]
    if isinstance(block, Note):
        return [Item((block.text,), 11, MUTED, gap=5)]
    if isinstance(block, Statement):
        sure = Item((block.sure,), 11, ACCENT if block.weak else MUTED, gap=9)
        return [Item(block.pieces, 17, INK, gap=1), sure]
    if isinstance(block, Quotes):
        head = [Item((block.title,), 13, INK, bold=True, gap=3)] if block.title else []
        told = [Item((f"“{quote.text}”",), 14, INK, gap=0, below=(quote.source, 10)) for quote in block.items]
        return head + told
    return []


def _is_short(blocks: Sequence[Block]) -> bool:
    """Words alone, and few of them: they go onto the next slide."""
    if any(isinstance(block, (Chart, Table, Facts, Quotes, Statement)) for block in blocks):
        return False
    return items_height([item for block in blocks for item in _items(block)], BODY_WIDTH) < MAX_RESERVE


def _is_chart(block: Block) -> bool:
    return isinstance(block, Chart)


def _is_words(block: Block) -> bool:
    return not isinstance(block, (Chart, Table, Facts))


def _run(blocks: Sequence[Block], wanted: Callable[[Block], bool]) -> list[Block]:
    """The blocks from the first on that are ``wanted``."""
    return list(itertools.takewhile(wanted, blocks))


def _reserve(after: Sequence[Block]) -> float:
    """Room for the words that follow at once, where they are few."""
    items: list[Item] = []
    for block in after:
        if isinstance(block, (Chart, Table, Facts)):
            break
        items += _items(block)
    height = items_height(items, BODY_WIDTH)
    return height if height <= MAX_RESERVE else 0.0
