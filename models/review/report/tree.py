"""The parts of a printed review. Plain frozen values that know neither paper nor screen.

    Report
    └── Section             a topic with a heading; ``level`` 2 belongs to the last of level 1
        ├── Facts           headline numbers
        ├── Statement       one finding and how sure it is
        ├── Paragraph       running text with numbers in it
        ├── Note            small print
        ├── Table
        ├── Chart
        └── Quotes          what customers said, with their records

Every number is a ``Cell``: the text that is shown, the unrounded figure and the way back to its records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.review.figures import Figure, Unit

ChartKind = Literal["bar", "line", "stacked", "pareto", "control", "interval"]
Tone = Literal["accent", "pale", "neutral", "positive", "ink"]
ColumnKind = Literal["text", "number", "p"]


@dataclass(frozen=True, slots=True)
class Cell:
    """``text`` as shown, ``figure`` behind it; ``sub`` is small print below, mostly the interval. Where there is
    no figure the cell is words. ``strong`` marks what must be seen."""

    text: str
    figure: Figure | None = None
    sub: str = ""
    strong: bool = False

    @property
    def value(self) -> float | None:
        """The unrounded number."""
        return self.figure.value if self.figure else None

    @property
    def query(self) -> str | None:
        """The service's path to the records behind the number."""
        return self.figure.query if self.figure else None

    @property
    def records(self) -> tuple[str, ...]:
        return self.figure.records if self.figure else ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``pieces`` follow each other; ``lead`` explains what comes next and is set smaller."""

    pieces: tuple[str | Cell, ...]
    lead: bool = False

    @property
    def text(self) -> str:
        return text_of(self.pieces)


@dataclass(frozen=True, slots=True)
class Note:
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One finding. ``weak``: few cases, a hint only."""

    pieces: tuple[str | Cell, ...]
    sure: str
    weak: bool = False

    @property
    def text(self) -> str:
        return text_of(self.pieces)


@dataclass(frozen=True, slots=True)
class Fact:
    """A headline number; each of ``notes`` is a line below it."""

    label: str
    cell: Cell
    notes: tuple[tuple[str | Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    items: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` is relative to the other columns of the table; ``sub`` names the small print of its cells, where that is a
    field of its own (a workbook gives it a column)."""

    label: str
    kind: ColumnKind = "text"
    width: float = 1.0
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One cell a category; ``None`` is a gap."""

    name: str
    cells: tuple[Cell | None, ...]
    tone: Tone = "accent"


@dataclass(frozen=True, slots=True)
class Limits:
    lower: float
    centre: float
    upper: float


@dataclass(frozen=True, slots=True)
class Chart:
    """``unit`` is that of the first series. What each kind draws:

    ``bar``: columns of each series. ``stacked``: columns on top of each other. ``line``: lines.
    ``pareto``: columns of the first series, the second, a share, as a line.
    ``control``: the first series as a line within ``limits``, one per category or ``None``.
    ``interval``: the first series with the intervals of its figures, one row a category.
    """

    kind: ChartKind
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Unit = "count"
    limits: tuple[Limits | None, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Quotation:
    """``text`` as said; ``record`` is the transcript, ``source`` what is told of it (time, channel, product)."""

    text: str
    record: str
    query: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Quotes:
    items: tuple[Quotation, ...]
    title: str = ""


Block = Paragraph | Note | Statement | Facts | Table | Chart | Quotes


@dataclass(frozen=True, slots=True)
class Section:
    """``id`` is unique in a report and stable over months. An ``appendix`` is for looking things up."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    level: int = 1
    appendix: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """``about`` are pairs of name and text that identify it; ``generated_at`` is ISO 8601 with an offset.

    ``paths``: every query behind a number once, in the order of the rows of the section ``sources``."""

    title: str
    subtitle: str
    language: str
    sections: tuple[Section, ...]
    about: tuple[tuple[str, str], ...]
    author: str
    month: str
    generated_at: str
    paths: tuple[str, ...] = ()


def text_of(pieces: tuple[str | Cell, ...]) -> str:
    return "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)
