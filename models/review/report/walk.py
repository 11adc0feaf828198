"""All cells, tables and charts of a section or report, in reading order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.review.report.tree import (
    Block,
    Cell,
    Chart,
    Facts,
    Paragraph,
    Report,
    Section,
    Statement,
    Table,
)


def cells_of(part: Report | Section, *, charts: bool = True) -> Iterator[Cell]:
    """Every cell, words and numbers alike; ``charts`` tells whether those of charts are among them."""
    for section in part.sections if isinstance(part, Report) else (part,):
        for block in section.blocks:
            if charts or not isinstance(block, Chart):
                yield from _cells(block)


def tables_of(section: Section) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def charts_of(section: Section) -> list[Chart]:
    return [block for block in section.blocks if isinstance(block, Chart)]


def _cells(block: Block) -> Iterable[Cell]:
    if isinstance(block, (Paragraph, Statement)):
        return _of_pieces(block.pieces)
    if isinstance(block, Facts):
        return (cell for fact in block.items for cell in (fact.cell, *_of_pieces(sum(fact.notes, ()))))
    if isinstance(block, Table):
        return (cell for row in block.rows for cell in row)
    if isinstance(block, Chart):
        return (cell for series in block.series for cell in series.cells if cell is not None)
    return ()


def _of_pieces(pieces: Iterable[str | Cell]) -> Iterator[Cell]:
    return (piece for piece in pieces if isinstance(piece, Cell))
