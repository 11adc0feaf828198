"""The web application: everything is built here, once, and handed to the routes."""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime

import anyio.to_thread
import structlog
from fastapi import FastAPI

from models.core.errors import VocError
from service.api.access import KeyUses
from service.api.batching import MicroBatcher
from service.api.limits import BodyLimit
from service.api.logs import RequestLog, configure_logging
from service.api.posts import PostDesk, reading_rules
from service.api.routes import build_api
from service.api.state import ServiceState
from service.database.engine import open_database
from service.database.migrate import migrate
from service.errors import install_error_handlers
from service.ingest.workers import GC_THRESHOLDS, build_record_maker
from service.jobs.engine import JobEngine
from service.jobs.handlers import job_handlers
from service.settings import Settings, load_settings

_SWITCH_SECONDS = 0.0005
_log = structlog.get_logger("voc.app")


@contextmanager
def started(settings: Settings) -> Iterator[ServiceState]:
    """Database, models and jobs of a running service; what fails at start-up is logged with its way out."""
    with ExitStack() as stack:
        try:
            database = open_database(
                settings.database_url, busy_timeout_seconds=settings.busy_timeout_seconds
            )
            stack.callback(database.close)
            migrate(database)
            maker = build_record_maker(settings)
            maker.analyzer.analyze_raw(["预热：空调不制冷"])
            jobs = JobEngine(settings, database, job_handlers(settings))
            stack.callback(jobs.stop)
            jobs.start()
        except VocError as error:
            _log.error("start-up failed", code=error.code, detail=error.message(settings.language))
            raise
        except Exception as error:
            _log.exception("start-up failed", error=type(error).__name__)
            raise
        desk = PostDesk(database, maker, lambda: reading_rules(settings, datetime.now(UTC)))
        yield ServiceState(settings, database, maker, desk, MicroBatcher(desk.answers), jobs)


def _prefer_latency() -> None:
    """The event loop gets the interpreter back soon from the thread that analyses (5 ms by default), and the
    collector does not walk through models and dictionaries again and again."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service for ``settings`` (default: from the environment). Nothing is opened before start-up."""
    settings = settings or load_settings()
    configure_logging(settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opening = started(settings)
        state = await anyio.to_thread.run_sync(opening.__enter__)
        _prefer_latency()
        state.batcher.start()
        app.state.voc, app.state.key_uses = state, KeyUses()
        try:
            yield
        finally:
            await state.batcher.close()
            await app.state.key_uses.close()
            await anyio.to_thread.run_sync(opening.__exit__, None, None, None)

    app = build_api(lifespan)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, language=settings.language)
    app.add_middleware(RequestLog)
    install_error_handlers(app, language=settings.language)
    return app
