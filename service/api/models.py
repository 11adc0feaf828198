"""``/v1/models``: which versions there are, train, compare, put in use, go back."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse

from data.artifacts import Registry
from data.artifacts.alias import Alias
from data.artifacts.registry import ModelEntry
from data.artifacts.shipped import preset_of
from models.core.errors import (
    ArtifactError,
    CursorError,
    FieldError,
    NotFoundError,
    ReleaseError,
)
from service.api.access import Analyst, Reader
from service.api.bodies import parse_json
from service.api.reviews import job_body
from service.api.schemas import PROMOTE_SCHEMA, ROLLBACK_SCHEMA, SHADOW_SCHEMA, TRAIN_SCHEMA
from service.api.state import ServiceState, State, in_thread
from service.api.trainings import start_training
from service.building import registry_of, task_keys
from service.database import shadows
from service.database.records import JobRecord
from service.database.shadows import Difference
from service.jobs.joined import load_joined
from service.labelling.corrections import masked, task_of
from service.labelling.rows import labelled_rows, write_labelled

router = APIRouter(prefix="/v1/models", tags=["models"])
_MAX_WORDS_CHARS = 500
_MAX_HISTORY = 50
_ATTEMPTS = 3
_HEX = frozenset("0123456789abcdef")
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


@router.get("")
async def list_models(state: State, caller: Reader) -> dict[str, Any]:
    """All versions of all tasks, which one is in use, which runs in shadow, with metrics and component.

    ``in_use`` names what serves at this moment, dictionary and taxonomy too.
    """
    return await in_thread(_list, state)


@router.post("/{task}:train", status_code=202, openapi_extra=TRAIN_SCHEMA)
async def train(task: str, request: Request, state: State, caller: Analyst, key: Key = None) -> JSONResponse:
    """Train a candidate on the analysts' labels in the background: 202 with the job.

    The candidate is registered and never put in use by itself. One label in five is held out for the release
    gate. 422 where there are not two classes with 5 labels each, or too few for the preset ``best``; 501 where
    ``best`` lacks what it is trained with. The same training asked for again while it waits or runs is one job.
    """
    job = await in_thread(_train, state, caller.tenant, task, await request.body(), key)
    return JSONResponse(job_body(job), status_code=202, headers={"Location": f"/v1/jobs/{job.id}"})


@router.post("/{task}:promote", openapi_extra=PROMOTE_SCHEMA)
async def promote(task: str, request: Request, state: State, caller: Analyst) -> dict[str, Any]:
    """Put a version in use if it passes the release gate on the labels that were held out.

    Refused: 409 ``release_refused`` with the gate's ``report``; what is in use stays. The running service
    picks the new version up at once, without a restart.
    """
    return await in_thread(_promote, state, caller.tenant, task, await request.body())


@router.post("/{task}:rollback", openapi_extra=ROLLBACK_SCHEMA)
async def rollback(task: str, request: Request, state: State, caller: Analyst) -> dict[str, Any]:
    """Back to the version that was in use before; 404 where there is none."""
    return await in_thread(_rollback, state, task, await request.body())


@router.post("/{task}:shadow", openapi_extra=SHADOW_SCHEMA)
async def shadow(task: str, request: Request, state: State, caller: Analyst) -> dict[str, Any]:
    """Let a version label every new transcript beside the one in use and decide nothing; ``null`` ends it."""
    return await in_thread(_shadow, state, task, await request.body())


@router.get("/{task}/differences")
async def differences(
    task: str,
    state: State,
    caller: Reader,
    shadow: Annotated[str | None, Query(description="Of this version only, as `task@version`.")] = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Where the shadow version labels otherwise: counts of all, the newest ones by transcript."""
    return await in_thread(_differences, state, caller.tenant, task, shadow, cursor, limit)


@router.get("/{task}")
async def read(task: str, state: State, caller: Reader) -> dict[str, Any]:
    """One task: its versions, the one in use, its shadow, and who changed that when and why."""
    return await in_thread(_read, state, task)


def _list(state: ServiceState) -> dict[str, Any]:
    registry, served = registry_of(state.settings), state.live.served()
    serving = {*served.analyzer.versions.values(), *(shadow.name for shadow in served.shadows)}
    tasks, items = [], []
    for task in registry.tasks():
        tasks.append(_alias_body(registry.alias(task)))
        items += [_entry_body(entry, serving) for entry in registry.versions(task)]
    return {"in_use": served.analyzer.versions, "tasks": tasks, "items": items}


def _read(state: ServiceState, name: str) -> dict[str, Any]:
    registry, served = registry_of(state.settings), state.live.served()
    task = _task(state, registry, name)
    serving = {*served.analyzer.versions.values(), *(shadow.name for shadow in served.shadows)}
    history = [change.to_dict() for change in registry.history(task)[-_MAX_HISTORY:]]
    return {
        **_alias_body(registry.alias(task)),
        "versions": [_entry_body(entry, serving) for entry in registry.versions(task)],
        "history": history[::-1],
    }


def _train(state: ServiceState, tenant: str, name: str, body: bytes, key: str | None) -> JobRecord:
    values = _fields(body, ("preset",))
    return start_training(state, tenant, name, values.get("preset", state.settings.preset), key)


def _promote(state: ServiceState, tenant: str, name: str, body: bytes) -> dict[str, Any]:
    values = _fields(body, ("version", "why", "by", "force"))
    why, force = _words(values, "why"), values.get("force", False)
    if not isinstance(force, bool):
        raise FieldError(field="force", reason="应为 true 或 false", reason_en="true or false")
    if force and not why:
        raise FieldError(field="why", reason="force 需要写明原因", reason_en="force needs a reason")
    registry = registry_of(state.settings)
    task = _task(state, registry, name)
    version = _version(values.get("version"), task)
    registry.entry(task, version)
    with tempfile.TemporaryDirectory(prefix="voc-gate-") as folder:
        rows = Path(folder) / "rows.jsonl"
        with state.database.read() as connection:
            found = labelled_rows(connection, tenant, task_of(task)) if _has_labels(task) else ()
            write_labelled(rows, found)
        done = _released(
            state, registry, task, rows=rows, version=version, why=why, by=_words(values, "by"), force=force
        )
    if not done["promoted"]:
        raise _refusal(f"{task}@{version}", done["gate"])
    return {**done, "serving": state.live.follow().analyzer.versions}


def _released(state: ServiceState, registry: Registry, task: str, **asked: Any) -> dict[str, Any]:
    """Through the gate; once more where another change came between, for the verdict was about what was."""
    settings = state.settings
    for attempt in range(_ATTEMPTS):
        before = registry.generation(task)
        try:
            return load_joined("release")(
                home=settings.home, task=task, preset=settings.preset, now=state.clock(), **asked
            )
        except ArtifactError:
            if registry.generation(task) == before or attempt == _ATTEMPTS - 1:
                raise
    raise RuntimeError("not reached")


def _refusal(name: str, report: dict[str, Any]) -> ReleaseError:
    refused = [check for check in report["checks"] if check["verdict"] == "refused"]
    return ReleaseError(
        name=name,
        reason="；".join(check["zh"].rstrip("。") for check in refused),
        reason_en=" ".join(check["en"] for check in refused),
        report=report,
    )


def _rollback(state: ServiceState, name: str, body: bytes) -> dict[str, Any]:
    values = _fields(body, ("why", "by"))
    registry = registry_of(state.settings)
    task = _task(state, registry, name)
    alias = registry.rollback(task, by=_words(values, "by"), why=_words(values, "why"), now=state.clock())
    return {**_alias_body(alias), "serving": state.live.follow().analyzer.versions}


def _shadow(state: ServiceState, name: str, body: bytes) -> dict[str, Any]:
    values = _fields(body, ("version", "why", "by"))
    if "version" not in values:
        raise FieldError(field="version", reason="缺少此项，停止用 null", reason_en="missing; null ends it")
    registry = registry_of(state.settings)
    task = _task(state, registry, name)
    given = values["version"]
    version = None if given is None else _version(given, task)
    alias = registry.set_shadow(
        task, version, by=_words(values, "by"), why=_words(values, "why"), now=state.clock()
    )
    state.live.follow()
    return _alias_body(alias)


def _differences(
    state: ServiceState, tenant: str, name: str, shadow: str | None, cursor: str | None, limit: int
) -> dict[str, Any]:
    if cursor is not None and (len(cursor) != 32 or not set(cursor) <= _HEX):
        raise CursorError(cursor=cursor)
    task = _task(state, registry_of(state.settings), name)
    with state.database.read() as connection:
        counts = shadows.shadow_counts(connection, tenant, task)
        page = shadows.list_differences(connection, tenant, task, shadow=shadow, cursor=cursor, limit=limit)
    return {
        "task": task,
        "counts": [count._asdict() for count in counts],
        "items": [_difference_body(item) for item in page.items],
        "next_cursor": page.next_cursor,
    }


def _difference_body(item: Difference) -> dict[str, Any]:
    return {
        "transcript_id": item.transcript_id,
        "current": {"model": item.current, "label": item.current_label, "score": item.current_score},
        "shadow": {"model": item.shadow, "label": item.shadow_label, "score": item.shadow_score},
        "created_at": item.created_at.isoformat(),
    }


def _alias_body(alias: Alias) -> dict[str, Any]:
    return {
        "task": alias.task,
        "current": alias.current,
        "shadow": alias.shadow,
        "previous": list(alias.previous),
        "generation": alias.generation,
        "changed_at": alias.changed_at or None,
        "changed_by": alias.changed_by or None,
        "why": alias.why or None,
    }


def _entry_body(entry: ModelEntry, serving: set[str]) -> dict[str, Any]:
    manifest = entry.manifest
    return {
        "name": entry.name,
        "task": entry.task,
        "version": entry.version,
        "component": manifest.component,
        "preset": preset_of(manifest),
        "classes": list(manifest.classes),
        "n_rows": manifest.data.get("n_rows"),
        "metrics": dict(manifest.metrics),
        "created_at": manifest.created_at,
        "shipped": entry.shipped,
        "current": entry.current,
        "shadow": entry.shadow,
        "in_use": entry.name in serving and not entry.shadow,
    }


def _task(state: ServiceState, registry: Registry, name: str) -> str:
    """The registry's name of a task; ``category`` is the one of this installation's sector, if there is one."""
    known = registry.tasks()
    for key in (*task_keys(state.settings, name), name):
        if key in known:
            return key
    raise NotFoundError(
        what=f"模型任务（现有：{'、'.join(known)}）",
        what_en=f"task (there are: {', '.join(known)})",
        key=name,
    )


def _has_labels(task: str) -> bool:
    return task.partition(".")[0] in ("sentiment", "category")


def _fields(body: bytes, known: tuple[str, ...]) -> dict[str, Any]:
    """An object with ``known`` fields at most; no body at all is an empty one."""
    values = parse_json(body) if body.strip() else {}
    if not isinstance(values, dict):
        raise FieldError(field="body", reason="应是一个 JSON 对象", reason_en="a JSON object is expected")
    for name in sorted(set(values) - set(known)):
        raise FieldError(
            field=name[:80],
            reason=f"没有这个字段，可用：{'、'.join(known)}",
            reason_en=f"one of {', '.join(known)}",
        )
    return values


def _version(value: Any, task: str) -> str:
    if not isinstance(value, str) or not value:
        raise FieldError(field="version", reason="缺少版本名", reason_en="the name of a version is missing")
    return value.removeprefix(f"{task}@")


def _words(values: dict[str, Any], name: str) -> str:
    """What somebody wrote, masked: it goes into the history."""
    value = values.get(name) or ""
    if not isinstance(value, str) or len(value) > _MAX_WORDS_CHARS:
        raise FieldError(
            field=name,
            reason=f"应是不超过 {_MAX_WORDS_CHARS} 个字符的文字",
            reason_en=f"text of at most {_MAX_WORDS_CHARS} characters",
        )
    return masked(value.strip()) or ""
