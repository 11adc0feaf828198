"""Sending one revision to everybody who has not got it, and noting it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog

from models.core.errors import DeliveryError
from service.database import deliveries
from service.database.engine import Database
from service.delivery.message import review_message
from service.delivery.parcel import Parcel, review_event
from service.delivery.receivers import Receiver
from service.delivery.signing import read_keys
from service.delivery.smtp import mail_server, send_message
from service.delivery.webhook import post_event
from service.settings import Settings

Sender = Callable[[Parcel, Receiver, datetime], None]
"""Hands a parcel to a receiver; raises ``DeliveryError``."""
OutcomeState = Literal["sent", "already_sent", "failed", "busy"]
_log = structlog.get_logger("voc.delivery")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one receiver: sent now, sent before, failed, or being sent by another process (``busy``)."""

    receiver: Receiver
    state: OutcomeState
    error: DeliveryError | None = None

    @property
    def is_done(self) -> bool:
        return self.state in ("sent", "already_sent")


def senders(settings: Settings) -> Mapping[str, Sender]:
    """How each kind of receiver is reached."""

    def by_email(parcel: Parcel, receiver: Receiver, now: datetime) -> None:
        message = review_message(
            parcel,
            sender=settings.smtp_from or settings.smtp_user,
            to=receiver.address,
            now=now.astimezone(settings.zone),
            max_bytes=settings.review_max_bytes,
        )
        send_message(mail_server(settings), message)

    def by_webhook(parcel: Parcel, receiver: Receiver, now: datetime) -> None:
        post_event(review_event(parcel), receiver, read_keys(settings.webhook_secret))

    return {"email": by_email, "webhook": by_webhook}


def deliver(
    database: Database,
    parcel: Parcel,
    receivers: Sequence[Receiver],
    ways: Mapping[str, Sender],
    *,
    clock: Callable[[], datetime],
) -> tuple[Outcome, ...]:
    """Send ``parcel`` to each of ``receivers`` once; one that fails does not keep the others waiting."""
    record = parcel.record
    with database.begin() as connection:
        wanted = [(receiver.kind, receiver.id) for receiver in receivers]
        deliveries.plan_deliveries(connection, parcel.tenant, record.month, record.revision, wanted, clock())
    return tuple(_delivered(database, parcel, receiver, ways[receiver.kind], clock) for receiver in receivers)


def _delivered(
    database: Database, parcel: Parcel, receiver: Receiver, send: Sender, clock: Callable[[], datetime]
) -> Outcome:
    record = parcel.record
    place = (parcel.tenant, record.month, record.revision, receiver.id)
    with database.begin() as connection:
        claimed = deliveries.claim_delivery(connection, *place, clock())
    if not claimed:
        return Outcome(receiver, "already_sent" if _is_sent(database, parcel, receiver) else "busy")
    failure: DeliveryError | None = None
    try:
        send(parcel, receiver, clock())
    except DeliveryError as error:
        failure = error
    except Exception as error:
        _log.exception("delivery failed", receiver=receiver.id, error=type(error).__name__)
        kind = type(error).__name__
        reason, reason_en = f"内部错误（{kind}），见日志", f"internal error ({kind}), see the log"
        failure = DeliveryError(receiver=receiver.id, reason=reason, reason_en=reason_en)
    with database.begin() as connection:
        said = failure.reason if failure else None
        deliveries.close_delivery(connection, *place, clock(), error=said)
    return Outcome(receiver, "failed" if failure else "sent", failure)


def _is_sent(database: Database, parcel: Parcel, receiver: Receiver) -> bool:
    record = parcel.record
    with database.read() as connection:
        found = deliveries.list_deliveries(
            connection, parcel.tenant, month=record.month, revision=record.revision
        )
    return any(item.receiver == receiver.id and item.state == "sent" for item in found)


def unfinished_revision(
    database: Database, tenant: str, month: str, newest: int, receivers: Sequence[Receiver]
) -> bool:
    """Whether sending of the ``newest`` revision was begun and somebody of ``receivers`` has not got it."""
    with database.read() as connection:
        found = deliveries.list_deliveries(connection, tenant, month=month, revision=newest)
    sent = {item.receiver for item in found if item.state == "sent"}
    return bool(found) and any(receiver.id not in sent for receiver in receivers)
