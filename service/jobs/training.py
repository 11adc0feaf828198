"""The job that trains a candidate on what analysts said; it is registered and serves nothing by itself."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from data.encoders import shipped_encoder
from data.packs import load_pack
from service.database import jobs
from service.jobs.joined import load_joined
from service.jobs.run import JobRun
from service.labelling.corrections import task_of
from service.labelling.rows import fit_classes, labelled_rows, write_labelled
from service.settings import Settings

ROWS_FOLDER = "training"


def train_model(settings: Settings, run: JobRun) -> dict[str, Any]:
    """Hand the labelled rows over as a file, fit, register. ``params``: ``task``, ``preset``.

    All that a training writes before it registers lies in a folder of the job, which goes with its end; a process
    that leaves or dies keeps it for the next one.
    """
    path = settings.home / ROWS_FOLDER / run.job_id / "rows.jsonl"
    task = str(run.params["task"])
    try:
        found = run.step("rows", lambda: _export(run, task, path))
        run.report(0.05, f"训练 {task}：{found['n_rows']} 条标注")
        return run.step("fit", lambda: _fit(settings, run, path, found["classes"]))
    finally:
        if not run.stopping.is_set():
            shutil.rmtree(path.parent, ignore_errors=True)


def encoder_folder(settings: Settings) -> Path:
    """The encoder to tune for the preset ``best``: where ``VOC_ENCODER`` is a folder that, else the shipped one.

    Raises ``NotFoundError`` where none is shipped.
    """
    places = (Path(settings.encoder), settings.home / "encoders" / settings.encoder)
    return next((folder for folder in places if folder.is_dir()), None) or shipped_encoder()


def _export(run: JobRun, task: str, path: Path) -> dict[str, Any]:
    with run.database.read() as connection:
        classes = fit_classes(labelled_rows(connection, run.tenant, task_of(task)))
        n_rows = write_labelled(path, labelled_rows(connection, run.tenant, task_of(task)))
    return {"n_rows": n_rows, "classes": list(classes)}


def _fit(settings: Settings, run: JobRun, path: Path, classes: list[str]) -> dict[str, Any]:
    task, preset = str(run.params["task"]), str(run.params["preset"])
    if not path.exists():  # lost with its disk, after it was written
        classes = _export(run, task, path)["classes"]
    is_category = task_of(task) == "category"
    return load_joined("train")(
        rows=path,
        home=settings.home,
        task=task,
        preset=preset,
        now=_submitted_at(run),
        classes=classes,
        encoder=encoder_folder(settings) if preset == "best" else None,
        taxonomy=load_pack(settings.sector).taxonomy.to_dict() if is_category else None,
        progress=lambda done, what: run.report(0.1 + 0.85 * done, f"训练 {task}：{what}"),
    )


def _submitted_at(run: JobRun) -> datetime:
    """A run that goes on after a crash makes the same version as before."""
    with run.database.read() as connection:
        return jobs.get_job(connection, run.tenant, run.job_id).created_at
