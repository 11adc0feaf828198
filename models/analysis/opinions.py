"""Opinions of customers: what they speak of, what they say of it, and which way it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from threadpoolctl import ThreadpoolController

from models.analysis.prepare import Prepared, PreparedClause
from models.opinion.values import Opinion
from models.text.align import Span

MIN_CHARS = 4
"""A shorter clause holds no aspect with an opinion."""


@lru_cache(maxsize=1)
def _blas_threads() -> ThreadpoolController:
    return ThreadpoolController()


class OpinionExtractor(Protocol):
    """What finds opinions; ``SpanPairExtractor`` does."""

    def extract(self, texts: Sequence[str]) -> list[list[Opinion]]: ...


class OpinionLabeller:
    """Opinions of prepared transcripts, clause by clause."""

    def __init__(self, extractor: OpinionExtractor) -> None:
        self._extractor = extractor

    def label(
        self, prepared: Sequence[Prepared], clauses: Sequence[Sequence[PreparedClause]]
    ) -> list[tuple[Mapping[str, Any], ...]]:
        """Per transcript its opinions in the order of the text; spans count over the masked text."""
        kept = [[clause for clause in group if len(clause.text) >= MIN_CHARS] for group in clauses]
        texts = [clause.text for group in kept for clause in group]
        with _blas_threads().limit(limits=1):  # its products are small: more threads wait for each other
            found = iter(self._extractor.extract(texts))
        return [
            tuple(
                _as_dict(opinion, clause, ready)
                for clause in group
                for opinion in sorted(next(found), key=lambda o: (o.opinion, o.aspect or o.opinion))
            )
            for ready, group in zip(prepared, kept, strict=True)
        ]


def _as_dict(opinion: Opinion, clause: PreparedClause, ready: Prepared) -> dict[str, Any]:
    values = opinion.to_dict(clause.text)
    at = clause.view_start
    moved = (ready.repaired.text.to_raw(at + start, at + end) for start, end in values["spans"])
    return {**values, "spans": [list(Span(*span)) for span in moved]}
