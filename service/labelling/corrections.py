"""Corrections as they are posted: checked against taxonomy and text, kept, and laid over the analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any, get_args

import orjson
from sqlalchemy import Connection

from models.analysis.values import Polarity
from models.core.errors import FieldError, NotFoundError, VocError
from models.taxonomy.taxonomy import Taxonomy
from models.text.pii import find_pii, mask
from service.database import labels, transcript_queries
from service.database.ids import time_ordered_id
from service.database.labels import LabelRecord
from service.database.records import StoredTranscript
from service.labelling.overlay import machine_part
from service.labelling.relabelling import relabel

SENTIMENTS: tuple[str, ...] = get_args(Polarity)
TASKS = ("sentiment", "category")
MAX_LABELS = 5
MAX_ANALYST_CHARS = 100
MAX_NOTE_CHARS = 1000
FIELDS = ("transcript_id", "task", "label", "span", "clause", "analyst", "note")
_N_SUGGESTED = 3
_MAX_ID_CHARS = 64
_SENTIMENT_NAMES = {"负面": "negative", "中性": "neutral", "正面": "positive"}


@dataclass(frozen=True, slots=True)
class Correction:
    """A checked body. ``labels`` are sentiments or category ids; ``clause`` counts from 0."""

    transcript_id: str
    task: str
    labels: tuple[str, ...]
    span: tuple[int, int] | None = None
    clause: int | None = None
    analyst: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A correction that counts now, and the transcript as it stands since."""

    record: LabelRecord
    sentiment: Mapping[str, Any]
    categories: Sequence[Mapping[str, Any]]


def task_of(name: Any, *, field: str = "task") -> str:
    """``sentiment`` or ``category``; ``category.retail`` means ``category`` too. Raises ``FieldError``."""
    head = name.partition(".")[0] if isinstance(name, str) else ""
    if head not in TASKS:
        raise FieldError(
            field=field, reason=f"应为 {'、'.join(TASKS)}", reason_en=f"one of {', '.join(TASKS)}"
        )
    return head


def read_correction(body: Any, taxonomy: Taxonomy) -> Correction:
    """A body with the fields of ``FIELDS``. Raises ``FieldError`` naming the field that is wrong."""
    if not isinstance(body, dict):
        raise FieldError(field="body", reason="应是一个 JSON 对象", reason_en="a JSON object is expected")
    if unknown := sorted(set(body) - set(FIELDS)):
        raise FieldError(
            field=masked(str(unknown[0])[:80]),
            reason=f"没有这个字段，可用：{'、'.join(FIELDS)}",
            reason_en=f"unknown; there are: {', '.join(FIELDS)}",
        )
    transcript_id = _text(body, "transcript_id", _MAX_ID_CHARS)
    if not transcript_id:
        raise FieldError(field="transcript_id", reason="缺少此项", reason_en="it is missing")
    task = task_of(body.get("task"))
    span, clause = _span(body.get("span")), _clause(body.get("clause"))
    if span is not None and clause is not None:
        raise FieldError(
            field="clause", reason="span 与 clause 只能给一个", reason_en="span or clause, not both"
        )
    return Correction(
        transcript_id=transcript_id,
        task=task,
        labels=_labels(body, task, taxonomy),
        span=span,
        clause=clause,
        analyst=masked(_text(body, "analyst", MAX_ANALYST_CHARS)),
        note=masked(_text(body, "note", MAX_NOTE_CHARS)),
    )


def apply_corrections(
    connection: Connection, tenant: str, wanted: Sequence[Correction], taxonomy: Taxonomy, now: datetime
) -> list[Applied | VocError]:
    """Keep each correction and change its transcript; one result or error per item, in order.

    Later items of the same transcript win over earlier ones. One transaction, the caller's.
    """
    labels.lock_transcripts(connection, tenant, [item.transcript_id for item in wanted])
    stored = transcript_queries.get_many(connection, tenant, sorted({item.transcript_id for item in wanted}))
    records = [_record_or_error(item, stored.get(item.transcript_id), now) for item in wanted]
    good = [record for record in records if isinstance(record, LabelRecord)]
    labels.add_labels(connection, tenant, good)
    bodies = relabel(
        connection, tenant, [stored[id_] for id_ in dict.fromkeys(r.transcript_id for r in good)], taxonomy
    )
    return [
        Applied(r, bodies[r.transcript_id]["sentiment"], bodies[r.transcript_id]["categories"])
        if isinstance(r, LabelRecord)
        else r
        for r in records
    ]


def masked(value: str | None) -> str | None:
    """Personal data in what an analyst writes is masked like a customer's."""
    if not value:
        return None
    found = find_pii(value)
    return mask(value, found).text if found else value


def find_category(name: str, taxonomy: Taxonomy) -> str:
    """The id of a category given by id, name, alias or path such as ``售后服务/维修质量``.

    Raises ``FieldError`` with the nearest names that there are.
    """
    node = taxonomy.find(name.strip())
    if node is not None:
        return node.id
    near, shown = nearest_categories(name, taxonomy), masked(name[:60])
    raise FieldError(
        field="label",
        reason=f"没有类别「{shown}」，相近的有：{'、'.join(near)}",
        reason_en=f"there is no category {shown!r}; near ones: {', '.join(near)}",
    )


def nearest_categories(name: str, taxonomy: Taxonomy) -> list[str]:
    """Up to three categories as ``id（path）``: by spelling, else by shared characters, in a fixed order."""
    spelled: dict[str, str] = {}
    for node in taxonomy.categories:
        path = "/".join(taxonomy.path(node.id))
        for word in (node.id, node.zh, path, *node.aliases):
            spelled.setdefault(word, f"{node.id}（{path}）")
    last = name.strip().rpartition("/")[2]
    words = get_close_matches(name, spelled, 8, 0.5) + get_close_matches(last, spelled, 8, 0.4)
    near = list(dict.fromkeys(spelled[word] for word in words))
    if not near:
        shared = sorted(spelled, key=lambda word: (-len(set(word) & set(name)), len(word), word))
        near = list(dict.fromkeys(spelled[word] for word in shared[:8]))
    return near[:_N_SUGGESTED]


def _record_or_error(
    item: Correction, stored: StoredTranscript | None, now: datetime
) -> LabelRecord | VocError:
    if stored is None:
        return NotFoundError(what="会话", what_en="transcript", key=masked(item.transcript_id))
    body = orjson.loads(stored.analysis.body)
    try:
        start, end = _place(item, stored, body)
    except FieldError as error:
        return error
    return LabelRecord(
        id=time_ordered_id(),
        transcript_id=item.transcript_id,
        task=item.task,
        labels=item.labels,
        created_at=now,
        start=start,
        end=end,
        analyst=item.analyst,
        note=item.note,
        before=_before(item.task, body, start, end, stored.analysis.models),
    )


def _place(
    item: Correction, stored: StoredTranscript, body: Mapping[str, Any]
) -> tuple[int | None, int | None]:
    if item.clause is not None:
        clauses = body["clauses"]
        if item.clause >= len(clauses):
            raise FieldError(
                field="clause",
                reason=f"这段会话只有 {len(clauses)} 个分句，从 0 数起",
                reason_en=f"the transcript has {len(clauses)} clauses, counted from 0",
            )
        return clauses[item.clause]["start"], clauses[item.clause]["end"]
    if item.span is None:
        return None, None
    if item.span[1] > len(stored.row.text):
        n_chars = len(stored.row.text)
        raise FieldError(
            field="span",
            reason=f"超出存储的文本（{n_chars} 个字符）",
            reason_en=f"beyond the stored text ({n_chars} characters)",
        )
    return item.span


def _before(
    task: str, body: Mapping[str, Any], start: int | None, end: int | None, models: Mapping[str, str]
) -> dict[str, Any]:
    """What the models said at this place, as evidence of how often they are corrected."""
    said, model = machine_part(body), models.get(task)
    if start is not None and end is not None:
        name = "sentiment" if task == "sentiment" else "category"
        inside = [c for c in said["clauses"] if c["start"] < end and c["end"] > start]
        found = [c[name] for c in inside if c.get(name)]
        return {"labels": list(dict.fromkeys(found)), "model": model}
    if task == "sentiment":
        return {"labels": [said["sentiment"]["label"]], "score": said["sentiment"]["score"], "model": model}
    top = max((c["score"] for c in said["categories"]), default=0.0)
    return {"labels": [c["id"] for c in said["categories"]], "score": top, "model": model}


def _labels(body: Mapping[str, Any], task: str, taxonomy: Taxonomy) -> tuple[str, ...]:
    """``null`` takes earlier labels back; a category may be a list, for a transcript with several."""
    if "label" not in body:
        raise FieldError(field="label", reason="缺少此项", reason_en="it is missing")
    given = body["label"]
    if given is None:
        return ()
    names = given if isinstance(given, list) and task == "category" else [given]
    if not names or len(names) > MAX_LABELS or not all(isinstance(name, str) and name for name in names):
        raise FieldError(
            field="label",
            reason=f"应是字符串（类别也可以是 1 至 {MAX_LABELS} 个的数组），撤回用 null",
            reason_en=f"text, for categories also a list of 1 to {MAX_LABELS}; null takes labels back",
        )
    if task == "category":
        return tuple(dict.fromkeys(find_category(name, taxonomy) for name in names))
    label = _SENTIMENT_NAMES.get(names[0], names[0])
    if label not in SENTIMENTS:
        listed = "、".join(SENTIMENTS)
        raise FieldError(field="label", reason=f"应为 {listed}", reason_en=f"one of {listed}")
    return (label,)


def _span(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    numbers = isinstance(value, list) and len(value) == 2 and all(type(part) is int for part in value)
    if not numbers or not 0 <= value[0] < value[1]:
        raise FieldError(
            field="span",
            reason="应为 [起, 止)，两个递增的非负整数，如 [0, 9]",
            reason_en="[start, end): two rising numbers such as [0, 9]",
        )
    return value[0], value[1]


def _clause(value: Any) -> int | None:
    if value is None:
        return None
    if type(value) is not int or value < 0:
        raise FieldError(field="clause", reason="应为从 0 起的序号", reason_en="a number from 0")
    return int(value)


def _text(body: Mapping[str, Any], name: str, limit: int) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > limit or "\0" in value:
        raise FieldError(
            field=name,
            reason=f"应是不超过 {limit} 个字符的文字",
            reason_en=f"text of at most {limit} characters",
        )
    return value.strip()
