"""A training as it is asked for: checked while the caller waits, then one job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec

from models.core.errors import FieldError, IdempotencyError, MissingExtraError
from service.api.state import ServiceState
from service.building import task_keys
from service.database import jobs
from service.database.records import JobRecord
from service.labelling.corrections import TASKS, task_of
from service.labelling.rows import check_best, fit_classes, labelled_rows

PRESETS = ("fast", "best")
_KEYED = "train:key:{}"
BEST_NEEDS = ("torch", "transformers", "onnxruntime", "tokenizers")
"""Packages of the extra ``train`` that tuning an encoder stands on."""


def start_training(state: ServiceState, tenant: str, name: str, preset: object, key: str | None) -> JobRecord:
    """The job that trains ``name``; the same training that waits or runs already is that job.

    Raises ``FieldError`` for an unknown task or preset or too few labels, ``MissingExtraError`` where ``best``
    cannot run here, ``IdempotencyError`` for a key of another training.
    """
    if preset not in PRESETS:
        raise FieldError(field="preset", reason="应为 fast 或 best", reason_en="fast or best")
    params = {"task": _trained_task(state, name), "preset": str(preset)}
    known = _of_key(state, tenant, key, params) if key else None
    if known is not None:
        return known
    _check(state, tenant, params)
    if key:
        return _same(state.jobs.submit(tenant, "train", _KEYED.format(key), params), params, key)
    alike = [job for job in _jobs(state, tenant) if dict(job.params) == params]
    for job in alike:
        if job.state in ("queued", "running"):
            return job
    last = alike[0].id if alike else ""
    return state.jobs.submit(tenant, "train", f"train:{params['task']}:{preset}:after:{last}", params)


def _check(state: ServiceState, tenant: str, params: Mapping[str, str]) -> None:
    """Raises ``FieldError`` for too few labels, ``MissingExtraError`` where ``best`` cannot run here."""
    with state.database.read() as connection:
        counts = fit_classes(labelled_rows(connection, tenant, task_of(params["task"])))
    if params["preset"] == "best":
        check_best(counts)
        _check_installed()


def _of_key(state: ServiceState, tenant: str, key: str, params: Mapping[str, str]) -> JobRecord | None:
    """The job of ``key``, whatever became of the labels since. Raises ``IdempotencyError``."""
    idem_key = _KEYED.format(key)
    found = next((job for job in _jobs(state, tenant) if job.idem_key == idem_key), None)
    return None if found is None else _same(found, params, key)


def _same(job: JobRecord, params: Mapping[str, str], key: str) -> JobRecord:
    if dict(job.params) != params:
        raise IdempotencyError(key=key[:80])
    return job


def _trained_task(state: ServiceState, name: str) -> str:
    """``sentiment``, or ``category`` of this installation's sector. Raises ``FieldError``."""
    head = name.partition(".")[0]
    if head not in TASKS:
        raise FieldError(
            field="task",
            reason=f"这里可训练 {'、'.join(TASKS)}，其他任务请用命令行 voc train",
            reason_en=f"{', '.join(TASKS)} are trained here; for others use voc train",
        )
    own = task_keys(state.settings, head)[0] if head == "category" else head
    if name not in (head, own):
        raise FieldError(field="task", reason=f"应为 {head} 或 {own}", reason_en=f"{head} or {own}")
    return own


def _check_installed() -> None:
    """Said at once, not by a job that fails later. Raises ``MissingExtraError``."""
    for package in BEST_NEEDS:
        if find_spec(package) is None:
            raise MissingExtraError(package=package, extra="train")


def _jobs(state: ServiceState, tenant: str) -> Iterator[JobRecord]:
    """All trainings, the newest first."""
    cursor = None
    while True:
        with state.database.read() as connection:
            page = jobs.list_jobs(connection, tenant, kind="train", cursor=cursor, limit=200)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
