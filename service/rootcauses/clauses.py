"""Vectors of stored clauses, for the splits that analysts made: the encoder's, of the text without masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from models.rootcause.units import without_masks
from models.rootcause.vectors import Encoder, Vectors, encode_distinct
from service.database.ownership import Clause, texts_of


class ClauseVectors:
    """Encodes each distinct text once in its life. Work it out before a transaction, look it up inside."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Vectors] = {}

    def of(self, connection: Connection, tenant: str, clauses: Sequence[Clause]) -> Vectors:
        """``(len(clauses), dim)``, in their order."""
        stored = texts_of(connection, tenant, {clause.assigned.transcript_id for clause in clauses})
        texts = [_text(clause, stored.get(clause.assigned.transcript_id, "")) for clause in clauses]
        missing = sorted(set(texts) - self._known.keys())
        if missing:
            self._known.update(zip(missing, encode_distinct(self._encoder, missing), strict=True))
        if not texts:
            return encode_distinct(self._encoder, [])
        return np.stack([self._known[text] for text in texts])


def _text(clause: Clause, stored: str) -> str:
    return without_masks(stored[clause.assigned.start : clause.assigned.end])
