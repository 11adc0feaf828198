"""The word of an analyst in place of the models', inside the stored body of an analysis. Pure.

What the models had said is kept under ``machine``, so that a label can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.taxonomy.taxonomy import Taxonomy
from service.database.labels import LabelRecord

ANALYST = "analyst"
MACHINE = "machine"
_KEPT = ("sentiment", "categories", "clauses")
_POLARITY = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}
_PLAIN_INTENSITY = 0.7
"""Of a clear polarity without any word of degree, as ``models.analysis.sentiment`` counts it."""


def with_labels(body: Mapping[str, Any], labels: Sequence[LabelRecord], taxonomy: Taxonomy) -> dict[str, Any]:
    """``body`` as the models made it, with ``labels`` (those in force, oldest first) laid over it.

    A label of the whole transcript replaces what stood there; a label of a span corrects the clauses that it
    touches, and a category of a span joins the transcript's. Categories that the taxonomy has lost are
    shown by their id.
    """
    said = machine_part(body)
    found = {name: value for name, value in body.items() if name != MACHINE}
    found |= {name: _copied(said[name]) for name in _KEPT if name in said}
    if not labels:
        return found
    for record in sorted(labels, key=lambda record: record.start is not None):
        if record.task == "sentiment":
            _lay_sentiment(found, record, said)
        elif record.task == "category":
            _lay_category(found, record, said, taxonomy)
    return {**found, MACHINE: said}


def machine_part(body: Mapping[str, Any]) -> dict[str, Any]:
    """Sentiment, categories and clauses as the models made them."""
    kept: Mapping[str, Any] = body.get(MACHINE) or body
    return {name: kept[name] for name in _KEPT if name in kept}


def _lay_sentiment(found: dict[str, Any], record: LabelRecord, said: Mapping[str, Any]) -> None:
    label = record.labels[0]
    if record.start is None:
        found["sentiment"] = _sentiment(label, said["sentiment"])
        return
    for clause in _touched(found, record):
        clause |= {"sentiment": label, "score": 1.0, "polarity": _POLARITY[label], "source": ANALYST}


def _sentiment(label: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Certain, so that P(positive) - P(negative) is -1, 0 or 1; evidence only where the models agree."""
    agrees = said["label"] == label
    polarity = _POLARITY[label]
    return {
        "label": label,
        "score": 1.0,
        "polarity": polarity,
        "intensity": said["intensity"] if agrees else _PLAIN_INTENSITY * abs(polarity),
        "spans": said["spans"] if agrees else [],
        "source": ANALYST,
    }


def _lay_category(
    found: dict[str, Any], record: LabelRecord, said: Mapping[str, Any], taxonomy: Taxonomy
) -> None:
    if record.start is None:
        spans = {item["id"]: item["spans"] for item in said["categories"]}
        found["categories"] = [_category(id_, spans.get(id_, []), taxonomy) for id_ in record.labels]
        return
    for clause in _touched(found, record):
        clause |= {"category": record.labels[0], "source": ANALYST}
    span = [record.start, record.end]
    for id_ in record.labels:
        others = [item for item in found["categories"] if item["id"] != id_]
        found["categories"] = [_category(id_, [span], taxonomy), *others]


def _category(category_id: str, spans: Sequence[Any], taxonomy: Taxonomy) -> dict[str, Any]:
    path = taxonomy.path(category_id) if category_id in taxonomy else (category_id,)
    return {
        "id": category_id,
        "path": list(path),
        "score": 1.0,
        "source": ANALYST,
        "spans": [list(span) for span in spans],
    }


def _touched(found: Mapping[str, Any], record: LabelRecord) -> list[dict[str, Any]]:
    start, end = record.start or 0, record.end or 0
    return [clause for clause in found["clauses"] if clause["start"] < end and clause["end"] > start]


def _copied(value: Any) -> Any:
    return [dict(item) for item in value] if isinstance(value, list) else dict(value)
