"""A candidate through the gate and into use: what ``voc models promote`` and a promotion job do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from data.artifacts.alias import Alias
from data.artifacts.registry import ModelEntry, Registry
from models.classify.catalog import load_classifier
from models.core.errors import ArtifactError, FieldError, NotFoundError
from training.gate import Load, check_release
from training.gate_counts import CountedRows, check_counted_release
from training.gate_values import Behaviour, GateReport, LabelledRows

COUNTED_TASKS = ("aspect", "opinion", "satisfaction", "problem", "experience")
"""Tasks that are judged by what they find rightly, find wrongly and miss."""
UNFORCED = ("files", "classes")
"""Checks that no reason sets aside: the service could not run such a model."""


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """``model`` is a registered version of ``task`` or a model folder; ``force`` needs a reason in ``why``."""

    task: str
    model: str
    by: str
    why: str
    now: datetime
    force: bool = False
    seed: int = 13


@dataclass(frozen=True, slots=True)
class Release:
    """What came of it. ``alias`` is the one after; ``forced`` means promoted against the gate."""

    entry: ModelEntry
    report: GateReport
    alias: Alias
    promoted: bool
    forced: bool

    def to_dict(self) -> dict[str, Any]:
        return {
            "task": self.entry.task,
            "version": self.entry.version,
            "promoted": self.promoted,
            "forced": self.forced,
            "current": self.alias.current,
            "generation": self.alias.generation,
            "gate": self.report.to_dict(),
        }


def release(
    registry: Registry,
    request: ReleaseRequest,
    test: LabelledRows | CountedRows | None,
    *,
    behaviour: Behaviour | None = None,
    load: Load = load_classifier,
) -> Release:
    """Register the candidate if it is a folder, judge it, and put it in use if it passed or is forced.

    Test rows of ``COUNTED_TASKS`` are ``CountedRows``; others are not looked at there. A refusal is logged with the report. Raises ``FieldError`` for force without a reason, ``NotFoundError``
    for an unknown version, ``ArtifactError`` for a broken folder or when the model in use was changed while
    the gate ran.
    """
    if request.force and not request.why.strip():
        raise FieldError(
            field="--why", reason="--force 需要写明原因：--why", reason_en="--force needs a reason: --why"
        )
    entry = _entry(registry, request)
    generation = registry.generation(entry.task)
    report = _judged(registry, entry, request, test, behaviour, load)
    forced = request.force and bool(report.refused)
    if report.refused and (not forced or any(check.name in UNFORCED for check in report.refused)):
        registry.refuse(
            entry.task,
            entry.version,
            by=request.by,
            why=request.why,
            now=request.now,
            gate=report.to_dict(),
        )
        return Release(entry, report, registry.alias(entry.task), promoted=False, forced=False)
    alias = registry.promote(
        entry.task,
        entry.version,
        by=request.by,
        why=request.why,
        now=request.now,
        gate=report.to_dict(),
        forced=forced,
        expected_generation=generation,
    )
    return Release(entry, report, alias, promoted=True, forced=forced)


def _judged(
    registry: Registry,
    entry: ModelEntry,
    request: ReleaseRequest,
    test: LabelledRows | CountedRows | None,
    behaviour: Behaviour | None,
    load: Load,
) -> GateReport:
    current = _in_use(registry, entry.task)
    if entry.task.partition(".")[0] in COUNTED_TASKS:
        counted = test if isinstance(test, CountedRows) else None
        return check_counted_release(entry.folder, current, counted, seed=request.seed)
    return check_release(
        entry.folder,
        current,
        None if isinstance(test, CountedRows) else test,
        seed=request.seed,
        behaviour=behaviour,
        task=request.task,
        load=load,
    )


def _entry(registry: Registry, request: ReleaseRequest) -> ModelEntry:
    if Path(request.model).is_dir():
        entry = registry.register(Path(request.model), by=request.by, now=request.now)
        if entry.task != request.task:
            raise ArtifactError(
                name=entry.name,
                reason=f"这是任务 {entry.task} 的模型，请运行 voc models promote {entry.task} {entry.version}",
                reason_en=f"it is of task {entry.task}: voc models promote {entry.task} {entry.version}",
            )
        return entry
    return registry.entry(request.task, request.model.removeprefix(f"{request.task}@"))


def _in_use(registry: Registry, task: str) -> Path | None:
    """What the service would use for ``task`` now; None where there is nothing, or it is gone."""
    kind, _, sector = task.partition(".")
    try:
        return registry.current(kind, sector=sector or "generic")
    except (NotFoundError, ArtifactError):
        return None
