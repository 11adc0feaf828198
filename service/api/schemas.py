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
