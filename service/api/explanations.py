"""``/v1/transcripts/{id}/explanation``: why its labels, and what analysts said of transcripts like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from models.core.transcript import Speaker
from models.explain.neighbours import HashedNgrams, NeighbourIndex
from service.api.access import Reader
from service.api.state import ServiceState, State, in_thread
from service.database import labels, transcript_queries
from service.database.labels import LabelRecord
from service.database.records import StoredTranscript

router = APIRouter(prefix="/v1/transcripts", tags=["transcripts"])
MAX_LABELLED = 2000
"""So many of the newest labelled transcripts are compared."""
N_NEAREST = 5
_PAGE = 200


@router.get("/{transcript_id}/explanation")
async def explain(transcript_id: str, state: State, caller: Reader) -> dict[str, Any]:
    """Why the models of today label it so, and the nearest transcripts that analysts labelled.

    Spans count over the masked text. `analyst` has the labels in force that were given to this transcript;
    they win over what is explained here. `is_current` is false where the stored analysis was made by other
    versions. `nearest` has up to 5 transcripts, nearest first, with the analysts' labels in force.
    """
    return await in_thread(_explanation, state, caller.tenant, transcript_id)


def _explanation(state: ServiceState, tenant: str, transcript_id: str) -> dict[str, Any]:
    encoder = HashedNgrams()
    with state.database.read() as connection:
        stored = transcript_queries.get(connection, tenant, transcript_id)
        own = labels.labels_of(connection, tenant, [transcript_id])
        nearest = _nearest(connection, tenant, stored, encoder)
    turns = [(turn.speaker, turn.start, turn.end) for turn in stored.row.turns]
    found = state.live.served().analyzer.explain_stored(stored.row.text, turns)
    return {
        "id": transcript_id,
        **found,
        "is_current": found["models"] == dict(stored.analysis.models),
        "analyst": [_label_body(record) for record in own],
        "nearest": nearest,
        "neighbours": encoder.name,
    }


def _nearest(
    connection: Connection, tenant: str, stored: StoredTranscript, encoder: HashedNgrams
) -> list[dict[str, Any]]:
    """The nearest labelled transcripts by what their customers said, never ``stored`` itself."""
    records = _labelled(connection, tenant, without=stored.row.id)
    others = _stored(connection, tenant, list(records))
    cases = [(id_, _said(other), "") for id_, other in others.items()]
    index = NeighbourIndex.build(encoder, cases)
    return [
        {
            "id": near.case_id,
            "external_id": others[near.case_id].row.external_id,
            "distance": near.distance,
            "labels": [_label_body(record) for record in records[near.case_id]],
        }
        for near in index.nearest(encoder, [_said(stored)], k=N_NEAREST)[0]
    ]


def _labelled(connection: Connection, tenant: str, *, without: str) -> dict[str, list[LabelRecord]]:
    """Labels in force by transcript, newest label first, of at most ``MAX_LABELLED`` transcripts."""
    found: dict[str, list[LabelRecord]] = {}
    cursor: str | None = None
    while len(found) < MAX_LABELLED:
        page = labels.list_labels(connection, tenant, in_force=True, cursor=cursor, limit=_PAGE)
        for item in page.items:
            found.setdefault(item.record.transcript_id, []).append(item.record)
        cursor = page.next_cursor
        if cursor is None:
            break
    found.pop(without, None)
    return dict(list(found.items())[:MAX_LABELLED])


def _stored(connection: Connection, tenant: str, ids: Sequence[str]) -> Mapping[str, StoredTranscript]:
    found: dict[str, StoredTranscript] = {}
    for at in range(0, len(ids), _PAGE):
        found |= transcript_queries.get_many(connection, tenant, ids[at : at + _PAGE])
    return found


def _said(stored: StoredTranscript) -> str:
    """The customer's turns of the masked text; all of it where the customer says nothing."""
    turns = stored.row.turns
    own = [stored.turn_text(turn) for turn in turns if turn.speaker == Speaker.CUSTOMER.value]
    return "\n".join(own) or stored.row.text


def _label_body(record: LabelRecord) -> dict[str, Any]:
    return {
        "task": record.task,
        "labels": list(record.labels),
        "span": None if record.start is None else [record.start, record.end],
        "analyst": record.analyst,
        "created_at": record.created_at.isoformat(),
    }
