"""What customers state around a cause: demands, quantities, causes said and promises broken, with records.

A statement counts for one cause: that of its clause, else that of the nearest clause before it in the same
transcript that has one, else of the nearest after it (空调不制冷，要求退款: the refund is the air conditioner's).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

import orjson

from models.rootcause.cause import Assignment
from models.rootcause.statements import ClauseText, Statement, statements_of, statements_version
from service.database.records import MonthRow

MAX_RECORDS = 20
"""So many transcripts are named beside a count."""
MAX_EXAMPLES = 3
PAIRS = ("cause_effect", "expectation")


def statements_in(row: MonthRow) -> tuple[Statement, ...]:
    """What the customer states in a stored transcript; offsets are into its masked text."""
    starts = [turn.start for turn in row.turns]
    clauses = [
        ClauseText(
            clause["start"],
            clause["end"],
            row.text[clause["start"] : clause["end"]],
            bisect_right(starts, clause["start"]),
        )
        for clause in orjson.loads(row.body)["clauses"]
        if clause["speaker"] == "customer"
    ]
    return tuple(statements_of(clauses))


def stated_by_cause(
    assignments: Iterable[Assignment],
    said: Mapping[str, Sequence[Statement]],
    voices: Mapping[str, str],
) -> dict[str, dict[str, Any]]:
    """Per cause id what its customers state, JSON-safe: the ``stated`` of its month.

    Counts are of transcripts; ``median``, ``low`` and ``high`` are over voices, the largest value of each.
    ``n_units`` is the number of clauses it was made of: where the month of a cause has another number, the
    cause was joined or divided since, and ``stated_of`` shows nothing.
    """
    clauses: dict[str, list[Assignment]] = {}
    for item in assignments:
        clauses.setdefault(item.transcript_id, []).append(item)
    told: dict[str, dict[tuple[str, str], dict[str, list[Statement]]]] = {}
    n_units: dict[str, int] = {}
    for transcript_id, own in sorted(clauses.items()):
        own.sort(key=lambda item: (item.start, item.end))
        for item in own:
            n_units[item.cause_id] = n_units.get(item.cause_id, 0) + 1
        for statement in said.get(transcript_id, ()):
            kinds = told.setdefault(_cause_of(statement, own), {})
            by_transcript = kinds.setdefault((statement.kind, statement.sub_kind), {})
            by_transcript.setdefault(transcript_id, []).append(statement)
    return {cause_id: _summary(told.get(cause_id, {}), n, voices) for cause_id, n in n_units.items()}


def stated_of(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the month of a cause states, of its stored ``detail``; empty where it is not known."""
    stated: Mapping[str, Any] = detail.get("stated") or {}
    return stated if stated.get("n_units") == detail.get("n_units") else {}


def _cause_of(statement: Statement, own: Sequence[Assignment]) -> str:
    """``own`` are the clauses with a cause, by place; a pair counts where its first side stands."""
    before = [item for item in own if item.start < statement.end]
    return (before[-1] if before else own[0]).cause_id


def _summary(
    told: Mapping[tuple[str, str], Mapping[str, Sequence[Statement]]],
    n_units: int,
    voices: Mapping[str, str],
) -> dict[str, Any]:
    rows = [(kind, _row(kind, sub_kind, found, voices)) for (kind, sub_kind), found in told.items()]
    rows.sort(key=lambda item: (-item[1]["n_voices"], -item[1]["n_transcripts"], item[1]["kind"]))
    return {
        "version": statements_version(),
        "n_units": n_units,
        "demands": [row for of, row in rows if of == "demand"],
        "quantities": [row for of, row in rows if of == "quantity"],
        "pairs": [row for of, row in rows if of in PAIRS],
    }


def _row(
    kind: str, sub_kind: str, by_transcript: Mapping[str, Sequence[Statement]], voices: Mapping[str, str]
) -> dict[str, Any]:
    of = {transcript_id: voices.get(transcript_id, transcript_id) for transcript_id in by_transcript}
    row = {
        "kind": kind if kind in PAIRS else sub_kind,
        "n_transcripts": len(by_transcript),
        "n_voices": len(set(of.values())),
        "transcript_ids": sorted(by_transcript)[:MAX_RECORDS],
        "examples": _examples(by_transcript, of),
    }
    return row | _typical(by_transcript, of) if kind == "quantity" else row


def _typical(by_transcript: Mapping[str, Sequence[Statement]], of: Mapping[str, str]) -> dict[str, Any]:
    largest: dict[str, float] = {}
    for transcript_id, found in by_transcript.items():
        value = max(statement.value or 0.0 for statement in found)
        voice = of[transcript_id]
        largest[voice] = max(value, largest.get(voice, 0.0))
    values = sorted(largest.values())
    unit = next(statement.unit for found in by_transcript.values() for statement in found)
    return {"unit": unit, "median": median(values), "low": values[0], "high": values[-1]}


def _examples(
    by_transcript: Mapping[str, Sequence[Statement]], of: Mapping[str, str]
) -> list[dict[str, Any]]:
    """One of a voice; quotes with their place, of a pair both sides."""
    examples: dict[str, dict[str, Any]] = {}
    for transcript_id, found in sorted(by_transcript.items()):
        if len(examples) == MAX_EXAMPLES:
            break
        first = found[0]
        quote: dict[str, Any] = {
            "transcript_id": transcript_id,
            "start": first.start,
            "end": first.end,
            "text": first.text,
        }
        if first.value is not None:
            quote |= {"value": first.value, "is_open": first.is_open}
        if first.other is not None:
            quote |= {"other": [*first.other], "other_text": first.other_text}
        examples.setdefault(of[transcript_id], quote)
    return list(examples.values())
