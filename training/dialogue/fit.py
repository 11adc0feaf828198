"""Labelled dialogues to model folders, and folders against labelled dialogues."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from models.artifact.folder import save_folder
from models.artifact.manifest import Manifest
from models.artifact.seen_rows import ROWS, rows_file
from models.core.errors import FieldError, InputError
from models.dialogue.problem import ProblemModel, ProblemParameters, TurnMarks
from models.dialogue.ridge import Numbers
from models.dialogue.satisfaction import SatisfactionModel, SatisfactionParameters
from training.dialogue.card import dialogue_card
from training.dialogue.measures import (
    ProblemEvaluation,
    SatisfactionEvaluation,
    score_marks,
    score_satisfaction,
)
from training.dialogue.reading import DialogueRecord, load_dialogues, mark_matrix
from training.fit import data_fingerprint

Progress = Callable[[float, str], None]
TASKS = ("satisfaction", "problem")
_LIBRARIES = ("numpy", "scipy", "scikit-learn")
_SOURCE = (
    "helpdesk_dialogues/train.jsonl: customer-helpdesk dialogues of NTCIR-14 STC-3 (annotations CC BY 4.0)"
)
_LICENCE = "None of the texts is part of this model folder."


def fit_dialogue(
    task: str,
    records: Sequence[DialogueRecord],
    out: Path,
    *,
    now: datetime,
    seed: int = 13,
    sources: Sequence[str] = (),
    licence_note: str = "",
    progress: Progress | None = None,
) -> Manifest:
    """Fit ``satisfaction`` or ``problem`` and write its folder; the metrics in it come from held-out folds.

    Raises ``FieldError`` for another task, ``InputError`` where records lack the labels or are too few.
    """
    model: SatisfactionModel | ProblemModel
    if task == "satisfaction":
        model = fit_satisfaction(records, seed=seed, progress=progress)
        held_out = held_out_satisfaction(model, records, seed=seed).to_dict()
    elif task == "problem":
        model = fit_problem(records, seed=seed, progress=progress)
        held_out = score_marks(records, model.held_out_, seed=seed).to_dict()
    else:
        raise FieldError(
            field="TASK", reason=f"应为 {'、'.join(TASKS)}", reason_en=f"one of {', '.join(TASKS)}"
        )
    meta, arrays = model.to_files()
    texts = ["\n".join(text for _, text in record.turns) for record in records]
    fingerprint = data_fingerprint(texts, [_labels(record) for record in records])
    key = hashlib.sha256(f"{fingerprint} {task} {model.name} {seed}".encode()).hexdigest()[:8]
    manifest = Manifest(
        task=task,
        version=f"{now:%Y%m%d}-{key}",
        component=model.name,
        classes=tuple(meta["classes"]),
        parameters=meta["parameters"],
        data={"n_rows": len(records), "fingerprint": fingerprint, "sources": list(sources)},
        metrics={"held_out_folds": held_out},
        libraries={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        created_at=now.isoformat(),
        seed=seed,
        files={},
        notes={"preset": "fast"},
    )
    card = dialogue_card(manifest, licence_note=licence_note)
    return save_folder(out, manifest, arrays, card=card, extra={ROWS: rows_file(texts)})


def fit_satisfaction(
    records: Sequence[DialogueRecord], *, seed: int = 13, progress: Progress | None = None
) -> SatisfactionModel:
    """Votes are used where every record has them. Raises ``InputError`` where a record has no satisfaction."""
    marks = _satisfaction_marks(records)
    shares = [record.shares for record in records]
    voted: list[Numbers] | None = [own for own in shares if own is not None]
    if voted is not None and len(voted) < len(records):
        voted = None
    parameters = SatisfactionParameters()
    parameters = replace(parameters, seed=seed, trees=replace(parameters.trees, seed=seed))
    model = SatisfactionModel(parameters)
    return model.fit([record.dialogue for record in records], marks, voted, progress=progress)


def fit_problem(
    records: Sequence[DialogueRecord], *, seed: int = 13, progress: Progress | None = None
) -> ProblemModel:
    """Raises ``InputError`` where a record has no votes."""
    model = ProblemModel(ProblemParameters(seed=seed))
    return model.fit([record.dialogue for record in records], _voted(records), progress=progress)


def held_out_satisfaction(
    model: SatisfactionModel, records: Sequence[DialogueRecord], *, seed: int = 13
) -> SatisfactionEvaluation:
    """Of a model right after its fit on ``records``: each row scored by models that never saw it."""
    return score_satisfaction(
        _satisfaction_marks(records)[:, 0], model.held_out_scores_, model.cuts_, seed=seed
    )


def evaluate_satisfaction(
    model: SatisfactionModel, records: Sequence[DialogueRecord], *, seed: int = 13
) -> SatisfactionEvaluation:
    """Raises ``InputError`` where a record has no satisfaction."""
    marks = _satisfaction_marks(records)[:, 0]
    scores = model.scores([record.dialogue for record in records])
    return score_satisfaction(marks, scores, model.cuts_, seed=seed)


def evaluate_problem(
    model: ProblemModel, records: Sequence[DialogueRecord], *, seed: int = 13
) -> ProblemEvaluation:
    """Raises ``InputError`` where a record has no votes."""
    _voted(records)
    found: list[TurnMarks] = model.mark([record.dialogue for record in records])
    return score_marks(records, found, seed=seed)


def build_dialogue_defaults(shared: Path, out: Path, *, now: datetime) -> list[Manifest]:
    """Fit both shipped models on the ``train`` file into ``out/<task>/<version>``."""
    records = load_dialogues(shared / "helpdesk_dialogues" / "train.jsonl").records
    made = []
    for task in TASKS:
        part = out / task / "new"
        manifest = fit_dialogue(
            task, records, part, now=now, sources=(f"{_SOURCE} ({len(records)} rows)",), licence_note=_LICENCE
        )
        part.rename(out / task / manifest.version)
        made.append(manifest)
    return made


def _satisfaction_marks(records: Sequence[DialogueRecord]) -> Numbers:
    missing = [record.id for record in records if "satisfaction" not in record.marks]
    if missing or not records:
        raise InputError(
            reason=f"{len(missing)} 段对话没有 satisfaction（例如 {missing[:3]}）",
            reason_en=f"{len(missing)} dialogues have no satisfaction (for example {missing[:3]})",
        )
    return mark_matrix(records)


def _labels(record: DialogueRecord) -> str:
    """Marks and votes as one text, so that a corrected label gives another fingerprint."""
    return json.dumps([record.marks, record.votes], sort_keys=True)


def _voted(records: Sequence[DialogueRecord]) -> list[Numbers]:
    shares: list[Any] = [record.shares for record in records]
    missing = sum(own is None for own in shares)
    if missing or not records:
        raise InputError(
            reason=f"{missing} 段对话没有每轮的 votes",
            reason_en=f"{missing} dialogues have no votes on their turns",
        )
    return shares


def main(arguments: list[str]) -> None:
    for manifest in build_dialogue_defaults(Path(arguments[0]), Path(arguments[1]), now=datetime.now(UTC)):
        sys.stdout.write(f"{manifest.name}: {manifest.metrics['held_out_folds']}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
