"""What each kind of job does. A step's result is remembered, so a re-run goes on behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from models.core.errors import FieldError
from models.core.month import Month
from service.building import build_analyzer, build_encoder
from service.database import transcript_queries
from service.jobs.run import JobHandler, JobRun
from service.jobs.training import train_model
from service.reviews.formats import WRITERS
from service.reviews.month import freeze_review
from service.rootcauses.finding import find_root_causes, has_root_causes
from service.rootcauses.work import MonthWork
from service.settings import Settings


def job_handlers(
    settings: Settings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Mapping[str, JobHandler]:
    """Handlers by kind of job."""

    def review(run: JobRun) -> dict[str, Any]:
        work = _work(settings, run, clock())
        n_stored = run.step("count", lambda: _count(work))
        if n_stored == 0:
            raise FieldError(
                field="month",
                reason=f"{work.month} 没有会话，无法生成评审。请先用 voc ingest 或 POST /v1/transcripts 导入",
                reason_en=f"nothing is stored of {work.month}; ingest transcripts first",
            )
        before = replace(work, month=work.month.shifted(-1))
        run.step("last-month", lambda: _ensure_root_causes(before))
        n_causes = run.step("root-causes", lambda: len(find_root_causes(work, progress=_scaled(run)).causes))
        run.report(0.9, "生成评审")
        made = run.step("review", lambda: _freeze(work))
        return {"n_transcripts": n_stored, "n_causes": n_causes, **made}

    def train(run: JobRun) -> dict[str, Any]:
        return train_model(settings, run)

    return {"review": review, "train": train}


def _work(settings: Settings, run: JobRun, now: datetime) -> MonthWork:
    return MonthWork(
        settings=settings,
        database=run.database,
        analyzer=build_analyzer(settings),
        encoder=build_encoder(settings),
        tenant=run.tenant,
        month=Month.parse(str(run.params["month"])),
        now=now,
    )


def _ensure_root_causes(work: MonthWork) -> int:
    """Last month's root causes, found now if they never were: this month is compared with them."""
    if not _count(work) or has_root_causes(work):
        return 0
    return len(find_root_causes(work).causes)


def _count(work: MonthWork) -> int:
    with work.database.read() as connection:
        return transcript_queries.count_by_month(connection, work.tenant).get(str(work.month), 0)


def _scaled(run: JobRun) -> Callable[[float, str], None]:
    return lambda done, what: run.report(0.05 + 0.8 * done, what)


def _freeze(work: MonthWork) -> dict[str, Any]:
    _, record = freeze_review(work)
    month = str(work.month)
    return {
        "month": month,
        "revision": record.revision,
        "fingerprint": record.fingerprint,
        "links": {kind: f"/v1/reviews/{month}.{kind}" for kind in WRITERS},
    }
