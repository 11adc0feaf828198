"""Labels for the rows of a file: with 未明 below a class's threshold, and with evidence, where asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from data.formats.mapping import read_texts
from data.packs import load_pack, pack_names
from models.artifact.manifest import Manifest
from models.classify.catalog import CLASSIFIERS
from models.classify.protocol import Classifier
from models.core.errors import ArtifactError, FieldError
from models.explain.thresholds import UNCLEAR, Thresholds
from models.explain.tokens import Cutter, explain_tokens
from models.text.align import Span
from models.text.segment import Segmenter

BATCH_ROWS = 1000
MAX_EVIDENCE = 5
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Predictor:
    """``thresholds``: below its own a label becomes 未明. ``cut`` finds the words that evidence is made of.

    Either is None where it was not asked for.
    """

    classifier: Classifier
    thresholds: Thresholds | None = None
    cut: Cutter | None = None


@dataclass(slots=True)
class Counts:
    """Rows so far: labelled, those that got 未明, those that could not be read."""

    n: int = 0
    n_unclear: int = 0
    rejected: int = 0


def predict_rows(
    predictor: Predictor, path: Path, mapping: Mapping[str, str], counts: Counts, *, as_json: bool
) -> Iterator[dict[str, Any]]:
    """Each row with ``label`` and ``score``, and ``evidence`` where the predictor has a ``cut``.

    Evidence is a list, or its JSON with ``as_json``. Raises ``ColumnError``, ``FileFormatError``.
    """
    batch: list[tuple[dict[str, Any], str]] = []
    for row, text in read_texts(path, mapping):
        if row.values is None:
            counts.rejected += 1
            continue
        batch.append((dict(row.values), text))
        if len(batch) == BATCH_ROWS:
            yield from _labelled(predictor, batch, counts, as_json)
            batch = []
    yield from _labelled(predictor, batch, counts, as_json)


def thresholds_of(manifest: Manifest) -> Thresholds:
    """Those that the model was saved with. Raises ``ArtifactError`` for one that has none, or others."""
    try:
        thresholds = Thresholds.from_dict(manifest.metrics["thresholds"])
    except (KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(
            name=manifest.name,
            reason="模型没有保存各类别的阈值，不能用 --abstain。请用当前版本的 voc train 重新训练",
            reason_en="it keeps no thresholds of its classes, so --abstain is not possible; "
            "train it again with this release of voc train",
        ) from error
    if tuple(found.label for found in thresholds.classes) != manifest.classes:
        raise ArtifactError(
            name=manifest.name,
            reason="阈值与类别不一致，请重新训练",
            reason_en="its thresholds are of other classes; train it again",
        )
    return thresholds


def check_predictable(manifest: Manifest) -> None:
    """Raises ``FieldError`` for a model of a task with other answers than one label for each text."""
    task = manifest.task.partition(".")[0]
    if manifest.component not in CLASSIFIERS and task in ("aspect", "opinion", "satisfaction", "problem"):
        raise FieldError(
            field="TASK",
            reason=f"voc predict（含 --abstain、--explain）只用于每条文本一个标签的任务，如 sentiment、category，不能用于 {task}",
            reason_en="voc predict, --abstain and --explain are for tasks with one label a text, such as sentiment "
            f"and category, not for {task}",
        )


def word_cutter(task: str, sector: str) -> Cutter:
    """Words as the segmenter of the task's sector finds them, or of ``sector`` where the task names none."""
    own = task.partition(".")[2]
    segmenter = Segmenter(load_pack(own if own in pack_names() else sector).dictionary)

    def cut(text: str) -> list[Span]:
        return [Span(token.start, token.end) for token in segmenter.tokens(text)]

    return cut


def evidence(classifier: Classifier, text: str, label: str, cut: Cutter) -> list[dict[str, Any]]:
    """Up to five words that speak most for ``label`` against the next best class, the strongest first.

    ``start`` and ``end`` are half-open code points of ``text``. Empty for a label that is no class.
    """
    if label not in classifier.classes_ or len(classifier.classes_) < 2 or not text.strip():
        return []
    tokens = explain_tokens(classifier, text, cut=cut, label=label).tokens
    speaking = [token for token in tokens if round(token.weight, _DIGITS) > 0]
    strongest = sorted(speaking, key=lambda token: (-token.weight, token.start))[:MAX_EVIDENCE]
    return [
        {"start": t.start, "end": t.end, "text": text[t.start : t.end], "weight": round(t.weight, _DIGITS)}
        for t in strongest
    ]


def _labelled(
    predictor: Predictor, batch: Sequence[tuple[dict[str, Any], str]], counts: Counts, as_json: bool
) -> Iterator[dict[str, Any]]:
    classifier = predictor.classifier
    probabilities = classifier.predict_proba([text for _, text in batch])
    if predictor.thresholds is not None:
        labels = predictor.thresholds.labels(probabilities)
    else:
        labels = [classifier.classes_[int(p.argmax())] for p in probabilities]
    for (values, text), label, p in zip(batch, labels, probabilities, strict=True):
        counts.n += 1
        counts.n_unclear += predictor.thresholds is not None and label == UNCLEAR
        found = {**values, "label": label, "score": round(float(p.max()), 4)}
        if predictor.cut is not None:
            spans = evidence(classifier, text, label, predictor.cut)
            found["evidence"] = orjson.dumps(spans).decode() if as_json else spans
        yield found
