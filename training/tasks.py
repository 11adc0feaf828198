"""What ``voc train``, ``voc evaluate`` and the release gate do for each task: its rows, its fit, its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from data.artifacts.loading import load_model
from data.dialogues.loading import load_labelled
from data.formats.mapping import LabelledTable, read_labelled, read_texts
from data.packs import load_pack
from models.artifact.folder import check_empty
from models.artifact.manifest import Manifest
from models.classify.aspect_ngram import AspectParameters
from models.classify.cold_start_model import TextEncoder
from models.core.errors import FieldError, MissingExtraError
from models.dialogue.analyzer import load_problem, load_satisfaction
from models.encoder.onnx_encoder import OnnxEncoder
from models.experience.talk_files import load_talk
from models.opinion.catalog import load_extractor
from training.aspect_data import read_aspects
from training.aspect_evaluate import evaluate_aspect
from training.aspect_fit import AspectRequest, fit_aspect
from training.cold_start import ColdStartRequest, fit_cold_folder
from training.dialogue.fit import evaluate_problem, evaluate_satisfaction, fit_dialogue
from training.dialogue.reading import load_dialogues
from training.evaluate import evaluate_classifier
from training.fit import FitRequest, fit_folder
from training.gate_counts import CountedRows
from training.gate_rows import (
    aspect_rows,
    experience_rows,
    load_aspect_model,
    opinion_rows,
    problem_rows,
    satisfaction_rows,
)
from training.opinion.evaluate import evaluate_opinion
from training.opinion.fit import OpinionSources, fit_opinion
from training.opinion.rows import load_triplets

Progress = Callable[[float, str], None]
TestRows = LabelledTable | CountedRows
"""What the release gate compares two models on."""


@dataclass(frozen=True, slots=True)
class ColdOptions:
    """For preset ``cold``: the sector pack, a file of unlabelled texts, and which categories to tell apart."""

    pack: str
    unlabelled: Path | None = None
    labels: tuple[str, ...] = ()
    under: str | None = None
    encoder: TextEncoder | None = None


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """What ``voc train`` was asked for. ``encoder`` is a folder, for preset ``best``; ``path`` may be missing
    with ``cold`` alone."""

    task: str
    path: Path | None
    out: Path
    now: datetime
    mapping: Mapping[str, str] = field(default_factory=dict)
    preset: str = "fast"
    seed: int = 13
    encoder: Path | None = None
    encoder_is_shared: bool = False
    tuning: bool = True
    cold: ColdOptions | None = None
    progress: Progress | None = None

    @property
    def data(self) -> Path:
        """The labelled file. Raises ``FieldError`` where none was given."""
        if self.path is None:
            raise FieldError(field="--data", reason="请给出标注文件", reason_en="give a labelled file")
        return self.path


@dataclass(frozen=True, slots=True)
class Trained:
    """``n`` rows were used, ``rejected`` were not; ``manifest.metrics`` are of rows held out."""

    manifest: Manifest
    n: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Measured:
    """``values`` are the figures of the task, ``rejected`` the rows that could not be read."""

    values: dict[str, Any]
    rejected: int


def train_task(options: TrainOptions) -> Trained:
    """Read the rows of the task's form, fit and write the model folder.

    Raises ``FieldError`` for an unknown task, ``ArtifactError`` where ``out`` is not empty, and what the fit
    of the task raises.
    """
    kind = _kind(options.task)
    check_empty(options.out)
    return _train_cold(options, options.cold) if options.cold else kind.train(options)


def evaluate_task(task: str, path: Path, folder: Path, mapping: Mapping[str, str], home: Path) -> Measured:
    """Figures of the model in ``folder`` on the rows of ``path``. Raises ``FieldError`` for an unknown task."""
    return _kind(task).evaluate(path, folder, mapping, home)


def read_test_rows(task: str, path: Path, mapping: Mapping[str, str], home: Path) -> TestRows:
    """Rows of ``path`` for the release gate. Raises ``FieldError`` for an unknown task, ``InputError``."""
    return _kind(task).test_rows(path, mapping, home)


def _train_labels(options: TrainOptions) -> Trained:
    table = read_labelled(options.data, options.mapping)
    request = FitRequest(
        task=options.task,
        now=options.now,
        preset=options.preset,
        seed=options.seed,
        sources=(options.data.name,),
        encoder=options.encoder,
        encoder_is_shared=options.encoder_is_shared,
        tuning=options.tuning,
    )
    manifest = fit_folder(request, table.texts, table.labels, options.out, progress=options.progress)
    return Trained(manifest, len(table.texts), len(table.rejected))


def _train_cold(options: TrainOptions, cold: ColdOptions) -> Trained:
    if options.task.partition(".")[0] != "category":
        raise FieldError(
            field="--preset", reason="cold 只用于 category", reason_en="cold is for category alone"
        )
    table = read_labelled(options.path, options.mapping) if options.path else None
    labelled = list(zip(table.texts, table.labels, strict=True)) if table else []
    unlabelled, n_rejected = _unlabelled(cold.unlabelled, options.mapping)
    request = ColdStartRequest(
        pack=load_pack(cold.pack),
        now=options.now,
        task=options.task,
        seed=options.seed,
        labels=cold.labels or None,
        under=cold.under,
        encoder=cold.encoder,
        sources=tuple(path.name for path in (options.path, cold.unlabelled) if path),
    )
    manifest = fit_cold_folder(request, unlabelled, labelled, options.out, progress=options.progress)
    return Trained(
        manifest, len(unlabelled) + len(labelled), n_rejected + (len(table.rejected) if table else 0)
    )


def _unlabelled(path: Path | None, mapping: Mapping[str, str]) -> tuple[list[str], int]:
    if path is None:
        return [], 0
    rows = [(row.values is not None, text) for row, text in read_texts(path, mapping)]
    texts = [text for usable, text in rows if usable and text.strip()]
    return texts, len(rows) - len(texts)


def _evaluate_labels(path: Path, folder: Path, mapping: Mapping[str, str], home: Path) -> Measured:
    _, classifier = load_model(folder, home=home)
    table = read_labelled(path, mapping)
    result = evaluate_classifier(classifier, table.texts, table.labels)
    return Measured(result.to_dict(), len(table.rejected))


def _labelled_rows(path: Path, mapping: Mapping[str, str], home: Path) -> LabelledTable:
    return read_labelled(path, mapping)


def _train_aspects(options: TrainOptions) -> Trained:
    table = read_aspects(options.data, options.mapping)
    request = AspectRequest(
        now=options.now,
        task=options.task,
        parameters=AspectParameters(seed=options.seed),
        encoder=OnnxEncoder(options.encoder) if options.encoder else None,
        tuned=options.encoder_is_shared,
        sources=(options.data.name,),
    )
    manifest = fit_aspect(request, table.texts, table.labels, options.out, progress=options.progress)
    return Trained(manifest, len(table.texts), len(table.rejected))


def _evaluate_aspects(path: Path, folder: Path, mapping: Mapping[str, str], home: Path) -> Measured:
    model = load_aspect_model(folder, home)
    table = read_aspects(path, mapping)
    return Measured(evaluate_aspect(model, table.texts, table.labels), len(table.rejected))


def _train_opinions(options: TrainOptions) -> Trained:
    table = load_triplets(options.data)
    manifest = fit_opinion(
        table.rows,
        options.out,
        now=options.now,
        seed=options.seed,
        sources=OpinionSources((options.data.name,)),
        progress=options.progress,
        resume_folder=options.out.with_name(f".{options.out.name}.training"),
    )
    return Trained(manifest, len(table.rows), len(table.rejected))


def _evaluate_opinions(path: Path, folder: Path, mapping: Mapping[str, str], home: Path) -> Measured:
    _, extractor = load_extractor(folder)
    table = load_triplets(path)
    return Measured(evaluate_opinion(extractor, table.rows), len(table.rejected))


def _train_dialogues(options: TrainOptions) -> Trained:
    table = load_dialogues(options.data)
    manifest = fit_dialogue(
        options.task,
        table.records,
        options.out,
        now=options.now,
        seed=options.seed,
        sources=(options.data.name,),
        progress=options.progress,
    )
    return Trained(manifest, len(table.records), len(table.rejected))


def _evaluate_satisfaction(path: Path, folder: Path, mapping: Mapping[str, str], home: Path) -> Measured:
    table = load_dialogues(path)
    result = evaluate_satisfaction(load_satisfaction(folder)[1], table.records)
    return Measured(result.to_dict(), len(table.rejected))


def _evaluate_problem(path: Path, folder: Path, mapping: Mapping[str, str], home: Path) -> Measured:
    table = load_dialogues(path)
    result = evaluate_problem(load_problem(folder)[1], table.records)
    return Measured(result.to_dict(), len(table.rejected))


def _train_experience(options: TrainOptions) -> Trained:
    try:
        from training.experience.own import TalkPlan, fit_own
    except ImportError as error:
        raise MissingExtraError(package="torch", extra="train") from error
    manifest, n = fit_own(
        options.data,
        options.out,
        now=options.now,
        plan=TalkPlan(seed=options.seed),
        encoder=options.encoder,
        progress=options.progress,
    )
    return Trained(manifest, n, 0)


def _evaluate_experience(path: Path, folder: Path, mapping: Mapping[str, str], home: Path) -> Measured:
    from training.experience.evaluate import evaluate_experience  # The rules take long to compile.

    return Measured(evaluate_experience(load_talk(folder)[1], load_labelled(path)), 0)


@dataclass(frozen=True, slots=True)
class _Kind:
    train: Callable[[TrainOptions], Trained]
    evaluate: Callable[[Path, Path, Mapping[str, str], Path], Measured]
    test_rows: Callable[[Path, Mapping[str, str], Path], TestRows]


_KINDS = {
    "sentiment": _Kind(_train_labels, _evaluate_labels, _labelled_rows),
    "category": _Kind(_train_labels, _evaluate_labels, _labelled_rows),
    "aspect": _Kind(_train_aspects, _evaluate_aspects, aspect_rows),
    "opinion": _Kind(_train_opinions, _evaluate_opinions, opinion_rows),
    "satisfaction": _Kind(_train_dialogues, _evaluate_satisfaction, satisfaction_rows),
    "problem": _Kind(_train_dialogues, _evaluate_problem, problem_rows),
    "experience": _Kind(_train_experience, _evaluate_experience, experience_rows),
}
TASKS: Sequence[str] = tuple(_KINDS)


def _kind(task: str) -> _Kind:
    kind = _KINDS.get(task.partition(".")[0])
    if kind is None:
        raise FieldError(
            field="TASK", reason=f"应为 {'、'.join(TASKS)}", reason_en=f"one of {', '.join(TASKS)}"
        )
    return kind
