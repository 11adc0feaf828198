"""A review as a neutral document: sections of paragraphs, tables and charts, which every printed format draws."""

from models.review.report.build import report_of
from models.review.report.tree import (
    Block,
    Cell,
    Chart,
    Column,
    Fact,
    Facts,
    Limits,
    Note,
    Paragraph,
    Quotation,
    Quotes,
    Report,
    Section,
    Series,
    Statement,
    Table,
)
from models.review.report.walk import cells_of, charts_of, tables_of

__all__ = [
    "Block",
    "Cell",
    "Chart",
    "Column",
    "Fact",
    "Facts",
    "Limits",
    "Note",
    "Paragraph",
    "Quotation",
    "Quotes",
    "Report",
    "Section",
    "Series",
    "Statement",
    "Table",
    "cells_of",
    "charts_of",
    "report_of",
    "tables_of",
]
