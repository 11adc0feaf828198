"""Stored analyses with the analysts' labels in force laid over them: after a correction, and after new models.

The spans of labels count over the stored text, which no analysis changes, so they hold for any of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import Connection

from models.taxonomy.taxonomy import Taxonomy
from service.database import labels
from service.database.labels import LabelRecord
from service.database.records import AnalysisReplacement, AnalysisRow, CategoryRow, StoredTranscript
from service.labelling.overlay import with_labels


def relabel(
    connection: Connection, tenant: str, changed: Sequence[StoredTranscript], taxonomy: Taxonomy
) -> dict[str, dict[str, Any]]:
    """Lay the labels in force over what is stored, categories and counts too; the new body by transcript.

    The transcripts must be locked (``labels.lock_transcripts``).
    """
    in_force = _in_force(connection, tenant, [item.row.id for item in changed])
    bodies: dict[str, dict[str, Any]] = {}
    replacements = []
    for item in changed:
        body = with_labels(orjson.loads(item.analysis.body), in_force.get(item.row.id, ()), taxonomy)
        bodies[item.row.id] = body
        replacements.append(_laid(item.row.id, item.analysis, body))
    labels.replace_labelled(connection, tenant, replacements)
    return bodies


def replace_analyses(
    connection: Connection, tenant: str, fresh: Sequence[AnalysisReplacement], taxonomy: Taxonomy
) -> list[str]:
    """Put analyses by other models in place of the stored ones; the analysts' labels in force win over these too.

    What the new models say is kept below the labels, so that a label taken back shows it. Returns the ids that
    were replaced; a transcript that is not there any more is passed over. One transaction, the caller's.
    """
    ids = [replacement.transcript_id for replacement in fresh]
    labels.lock_transcripts(connection, tenant, ids)
    in_force = _in_force(connection, tenant, ids)
    laid = []
    for item in fresh:
        own = in_force.get(item.transcript_id, ())
        body = with_labels(orjson.loads(item.analysis.body), own, taxonomy) if own else None
        labelled = item if body is None else _laid(item.transcript_id, item.analysis, body)
        laid.append(replace(labelled, search_words=item.search_words))
    return labels.replace_labelled(connection, tenant, laid)


def _in_force(connection: Connection, tenant: str, ids: Sequence[str]) -> Mapping[str, list[LabelRecord]]:
    found: dict[str, list[LabelRecord]] = {}
    for record in labels.labels_of(connection, tenant, ids):
        found.setdefault(record.transcript_id, []).append(record)
    return found


def _laid(transcript_id: str, analysis: AnalysisRow, body: Mapping[str, Any]) -> AnalysisReplacement:
    tone = body["sentiment"]
    row = replace(
        analysis,
        sentiment=tone["label"],
        score=tone["score"],
        polarity=tone["polarity"],
        intensity=tone["intensity"],
        body=orjson.dumps(body),
    )
    categories = tuple(
        CategoryRow(c["id"], tuple(c["path"]), c["score"], c["source"]) for c in body["categories"]
    )
    return AnalysisReplacement(transcript_id, row, categories)
