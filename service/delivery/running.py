"""A month's review made and sent, once or month after month. What is made and how is passed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from models.core.errors import FieldError, NotFoundError, SetupError
from models.core.month import Month
from models.review.snapshot import ReviewSnapshot
from service.database import deliveries, reviews
from service.database.engine import Database
from service.database.records import ReviewRecord
from service.delivery.calendar import Timetable
from service.delivery.parcel import MadeFiles, parcel_of
from service.delivery.receivers import Receiver
from service.delivery.sending import Outcome, Sender, deliver, unfinished_revision
from service.reviews.formats import check_formats, write_review
from service.settings import Settings

Build = Callable[[Month], tuple[int, MadeFiles]]
"""Makes the review of a month as ``voc review`` does: its revision and files."""

RETRY_AFTER = timedelta(hours=1)
LOOK_AGAIN_SECONDS = 60.0
"""Never asleep for longer, so that a clock that was set or a machine that slept is noticed."""


@dataclass(frozen=True, slots=True)
class SentMonth:
    """``is_resent``: an earlier sending of this revision was unfinished, and it was not made anew."""

    record: ReviewRecord
    made: MadeFiles
    is_resent: bool
    outcomes: tuple[Outcome, ...]

    @property
    def is_done(self) -> bool:
        return all(outcome.is_done for outcome in self.outcomes)


def timetable_of(settings: Settings) -> Timetable:
    return Timetable(settings.review_day, settings.review_hour, settings.zone)


def review_formats(settings: Settings) -> tuple[str, ...]:
    """Raises ``SetupError`` for none or an unknown one."""
    try:
        return check_formats([name for name in settings.review_formats.split(",") if name.strip()])
    except FieldError as wrong:
        reason, reason_en = wrong.values["reason"], wrong.values["reason_en"]
        raise SetupError(
            reason=f"VOC_REVIEW_FORMATS：{reason}", reason_en=f"VOC_REVIEW_FORMATS: {reason_en}"
        ) from wrong


def send_month(
    settings: Settings,
    database: Database,
    month: Month,
    receivers: Sequence[Receiver],
    *,
    build: Build,
    ways: Mapping[str, Sender],
    clock: Callable[[], datetime],
) -> SentMonth:
    """Make the review of ``month`` and send it to those who have not got this revision.

    While somebody has not got the newest revision that was sent to others, that one is sent on as it was frozen;
    only then a new one is made. Raises ``FieldError`` where nothing is stored of the month.
    """
    record = _newest(database, settings.tenant, month)
    is_resent = record is not None and unfinished_revision(
        database, settings.tenant, str(month), record.revision, receivers
    )
    if record is not None and is_resent:
        made = render_again(settings, record)
    else:
        revision, made = build(month)
        with database.read() as connection:
            record = reviews.get_review(connection, settings.tenant, str(month), revision)
    parcel = parcel_of(
        settings.tenant, record, made, language=settings.language, public_url=settings.public_url
    )
    outcomes = deliver(database, parcel, receivers, ways, clock=clock)
    return SentMonth(record, made, is_resent, outcomes)


def render_again(settings: Settings, record: ReviewRecord) -> MadeFiles:
    """The files of a stored revision, in the folder of its month."""
    not_made: dict[str, str] = {}

    def note_missing(name: str, error: SetupError) -> None:
        not_made[name] = error.message(settings.language)

    snapshot = ReviewSnapshot.from_dict(orjson.loads(record.snapshot))
    folder = review_folder(settings, record.month)
    return MadeFiles(
        write_review(
            snapshot, folder, review_formats(settings), on_missing=note_missing, language=settings.language
        ),
        not_made,
    )


def review_folder(settings: Settings, month: Month | str) -> Path:
    return settings.home / "reviews" / str(month)


def missed_month(
    database: Database, tenant: str, timetable: Timetable, receivers: Sequence[Receiver], now: datetime
) -> Month | None:
    """The month that should have been sent by ``now`` and did not reach everybody.

    ``None`` where nothing was ever sent: a new installation waits for its first run.
    """
    month = timetable.last_run(now).month
    with database.read() as connection:
        if not deliveries.list_deliveries(connection, tenant, limit=1):
            return None
        found = deliveries.list_deliveries(connection, tenant, month=str(month))
    reached = {item.receiver for item in found if item.state == "sent"}
    return month if any(receiver.id not in reached for receiver in receivers) else None


def keep_running(
    timetable: Timetable,
    send: Callable[[Month], bool],
    *,
    pending: Month | None,
    clock: Callable[[], datetime],
    wait: Callable[[float], bool],
) -> None:
    """Send at each run of ``timetable``, and ``pending`` now; what fails is tried again every hour.

    Args:
        send: Makes and sends a month; whether everybody got it.
        wait: Waits so many seconds; True ends the loop.
    """
    upcoming, try_at = timetable.next_run(clock()), clock()
    while True:
        now = clock()
        if now >= upcoming.at:
            pending, try_at = timetable.last_run(now).month, now
            upcoming = timetable.next_run(now)
        if pending is not None and now >= try_at:
            pending = None if send(pending) else pending
            try_at = clock() + RETRY_AFTER
        until = upcoming.at if pending is None else min(upcoming.at, try_at)
        if wait(min(max((until - clock()).total_seconds(), 0.0), LOOK_AGAIN_SECONDS)):
            return


def _newest(database: Database, tenant: str, month: Month) -> ReviewRecord | None:
    try:
        with database.read() as connection:
            return reviews.get_review(connection, tenant, str(month))
    except NotFoundError:
        return None
