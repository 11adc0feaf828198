"""The JSON schema of a posted transcript, for OpenAPI; ``data.formats.transcripts`` does the checking."""

from __future__ import annotations

from typing import Any

from data.formats.transcripts import MAX_FIELD_CHARS

_SHORT = {"type": "string", "maxLength": MAX_FIELD_CHARS}

TRANSCRIPT_SCHEMA: dict[str, Any] = {
    "title": "Transcript",
    "type": "object",
    "properties": {
        "external_id": {**_SHORT, "description": "Your id; the same id is stored once."},
        "channel": {**_SHORT, "default": "unknown"},
        "occurred_at": {
            "type": "string",
            "description": "ISO 8601 with an offset; a naive time is read in the configured zone.",
        },
        "customer_id": {**_SHORT, "description": "Stored as a keyed digest only."},
        "agent_id": _SHORT,
        "product": _SHORT,
        "region": _SHORT,
        "segment": _SHORT,
        "store": {**_SHORT, "description": "Store, branch or dealer."},
        "scores": {"type": "object", "additionalProperties": {"type": "number"}},
        "turns": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["speaker", "text"],
                "properties": {
                    "speaker": {"enum": ["customer", "agent", "system"]},
                    "text": {"type": "string"},
                    "start_ms": {"type": "integer"},
                },
            },
        },
        "text": {"type": "string", "description": "Instead of turns: text, with or without speaker marks."},
    },
    "anyOf": [{"required": ["turns"]}, {"required": ["text"]}],
}

_LABEL = {
    "title": "Label",
    "type": "object",
    "required": ["transcript_id", "task", "label"],
    "properties": {
        "transcript_id": {"type": "string"},
        "task": {"enum": ["sentiment", "category"]},
        "label": {
            "type": "string",
            "description": "`negative`, `neutral` or `positive`; a category's id, name or path such as "
            "`售后服务/维修质量`, or a list of up to 5; `null` takes earlier labels back.",
        },
        "span": {
            "type": "array",
            "items": {"type": "integer"},
            "description": "Half-open code points of the stored text; without it the whole transcript.",
        },
        "clause": {"type": "integer", "description": "Instead of `span`: a clause of the analysis, from 0."},
        "analyst": {"type": "string", "maxLength": 100, "description": "Who says so; masked."},
        "note": {"type": "string", "maxLength": 1000, "description": "Masked like a customer's text."},
    },
}
LABELS_SCHEMA: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One label, or a list of them.",
        "content": {
            "application/json": {
                "schema": _LABEL,
                "example": {
                    "transcript_id": "01a201408cda7265ae4a2834b5c20fc8",
                    "task": "category",
                    "label": "售后服务/维修质量",
                    "analyst": "质检一组",
                    "note": "客户说修了三次",
                },
            }
        },
    }
}

_WORDS = {"type": "string", "maxLength": 500}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": required, "properties": properties}
    return {"requestBody": {"required": bool(required), "content": {"application/json": {"schema": schema}}}}


_WHO_AND_WHY = {
    "why": {**_WORDS, "description": "Kept in the history; masked."},
    "by": {**_WORDS, "description": "Who changes it; masked."},
}
_VERSION = {"type": "string", "description": "A registered version, with or without `task@`."}
TRAIN_SCHEMA = _object([], preset={"enum": ["fast", "best"], "description": "Default: `VOC_PRESET`."})
PROMOTE_SCHEMA = _object(
    ["version"],
    version=_VERSION,
    force={"type": "boolean", "description": "Against the gate's refusal; `why` is needed then."},
    **_WHO_AND_WHY,
)
ROLLBACK_SCHEMA = _object([], **_WHO_AND_WHY)
SHADOW_SCHEMA = _object(
    ["version"], version={**_VERSION, "description": "`null` ends the shadow."}, **_WHO_AND_WHY
)

_WHY = {
    "why": {**_WORDS, "description": "Kept in the history; masked."},
    "seen_seq": {
        "type": "integer",
        "description": "The `changed_seq` that you saw; 409 with the newer state if the cause was changed since.",
    },
}
_NAME = {"type": "string", "maxLength": 40, "description": "A name that no other cause has; masked."}
_IDS = {"type": "array", "items": {"type": "string"}}
_CLAUSE = {
    "type": "object",
    "required": ["transcript_id", "start", "end"],
    "properties": {
        "transcript_id": {"type": "string"},
        "start": {"type": "integer"},
        "end": {"type": "integer"},
    },
}
RENAME_SCHEMA = _object(["name"], name=_NAME, **_WHY)
MERGE_SCHEMA = _object(
    ["others"],
    others={**_IDS, "description": "Ids of the causes that count as this one from now on."},
    **_WHY,
)
SPLIT_SCHEMA = _object(
    ["name"],
    name={**_NAME, "description": "Of the new cause."},
    clauses={
        "type": "array",
        "items": _CLAUSE,
        "description": "Clauses or exemplars that make the new cause; others go to the side they lie nearer to.",
    },
    transcript_ids={**_IDS, "description": "All clauses of these transcripts, besides `clauses`."},
    **_WHY,
)
RETIRE_SCHEMA = _object([], **_WHY)
UNDO_SCHEMA = _object(
    [],
    seq={"type": "integer", "description": "Number of the event; default: the newest edit that counts."},
    **_WHY,
)
