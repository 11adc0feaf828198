"""A training as it is asked for: checked while the caller waits, then one job."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from models.core.errors import FieldError, IdempotencyError, MissingExtraError
from service.api.state import ServiceState
from service.building import task_keys
from service.database import jobs
from service.database.records import JobRecord
from service.labelling.corrections import task_of
from service.labelling.rows import check_best, fit_classes, labelled_rows

PRESETS = ("fast", "best")
BEST_NEEDS = ("torch", "transformers", "onnxruntime", "tokenizers")
"""Packages of the extra ``train`` that tuning an encoder stands on."""


def start_training(state: ServiceState, tenant: str, name: str, preset: object, key: str | None) -> JobRecord:
    """The job that trains ``name``; the same training that waits or runs already is that job.

    Raises ``FieldError`` for an unknown task or preset or too few labels, ``MissingExtraError`` where ``best``
    cannot run here, ``IdempotencyError`` for a key of another training.
    """
    if preset not in PRESETS:
        raise FieldError(field="preset", reason="应为 fast 或 best", reason_en="fast or best")
    task = _trained_task(state, name)
    with state.database.read() as connection:
        counts = fit_classes(labelled_rows(connection, tenant, task_of(task)))
    if preset == "best":
        check_best(counts)
        _check_installed()
    params = {"task": task, "preset": str(preset)}
    if key:
        job = state.jobs.submit(tenant, "train", f"train:key:{key}", params)
        if dict(job.params) != params:
            raise IdempotencyError(key=key[:80])
        return job
    for job in _jobs(state, tenant, "queued", "running"):
        if dict(job.params) == params:
            return job
    last = next((job for job in _jobs(state, tenant, None) if dict(job.params) == params), None)
    return state.jobs.submit(
        tenant, "train", f"train:{task}:{preset}:after:{last.id if last else ''}", params
    )


def _trained_task(state: ServiceState, name: str) -> str:
    """``sentiment``, or ``category`` of this installation's sector. Raises ``FieldError``."""
    head = task_of(name)
    own = task_keys(state.settings, head)[0] if head == "category" else head
    if name not in (head, own):
        raise FieldError(field="task", reason=f"应为 {head} 或 {own}", reason_en=f"{head} or {own}")
    return own


def _check_installed() -> None:
    """Said at once, not by a job that fails later. Raises ``MissingExtraError``."""
    for package in BEST_NEEDS:
        if find_spec(package) is None:
            raise MissingExtraError(package=package, extra="train")


def _jobs(state: ServiceState, tenant: str, *states: str | None) -> Iterator[JobRecord]:
    """Trainings in one of ``states``, the newest of each first; ``None`` for all."""
    for wanted in states:
        cursor = None
        while True:
            with state.database.read() as connection:
                page = jobs.list_jobs(
                    connection, tenant, kind="train", state=wanted, cursor=cursor, limit=200
                )
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                break
