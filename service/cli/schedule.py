"""``voc schedule``: the monthly review made and sent by itself."""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from models.core.errors import DeliveryError, VocError
from models.core.month import Month
from service.cli.options import json_option, opened, print_json
from service.cli.review import build_month
from service.database import deliveries
from service.database.engine import Database
from service.database.records import ReviewRecord
from service.delivery.calendar import last_complete_month
from service.delivery.message import trial_message
from service.delivery.parcel import MadeFiles
from service.delivery.receivers import Receiver, need_receivers, read_receivers
from service.delivery.running import (
    SentMonth,
    keep_running,
    missed_month,
    review_folder,
    review_formats,
    send_month,
    timetable_of,
)
from service.delivery.sending import Outcome, senders
from service.delivery.signing import read_keys
from service.delivery.smtp import mail_server, send_message
from service.delivery.webhook import make_event, post_event
from service.settings import Settings

_RUNS_SHOWN = 3
_DELIVERIES_SHOWN = 20
_SAID = {
    "sent": "已发送",
    "already_sent": "此前已发送，未重发",
    "failed": "失败",
    "busy": "另一个进程正在发送",
}
_STATES = {"waiting": "待发送", "sending": "发送中", "sent": "已发送", "failed": "失败"}


@click.group()
def schedule() -> None:
    """每月自动生成评审，用邮件和 webhook 发出。

    \b
    接收人和邮件服务器用设置给出，见 docs/guides/schedule.md：
      VOC_REVIEW_TO=director@example.com
      VOC_SMTP_HOST=smtp.example.com
    """


@schedule.command()
@click.option("--month", help="评审哪个月，如 2024-03；默认是上一个完整的月。发完即结束。")
@click.option("--once", is_flag=True, help="现在做一次就结束，适合由 cron 等定时调用。")
@json_option
@click.pass_obj
def run(settings: Settings, month: str | None, once: bool, as_json: bool) -> int:
    """生成评审并发给所有接收人；同一版对同一接收人只发一次，失败的下次补发。

    不带 --once、--month、--json 时一直运行，每月到点发一次，失败的每小时补发，用 Ctrl+C 结束。
    有人没有收到时退出码为 1。

    \b
    例：
      voc schedule run                    一直运行
      voc schedule run --once             由 cron 调用
      voc schedule run --month 2024-03    补发某月
    """
    receivers = need_receivers(settings)
    review_formats(settings)
    with opened(settings) as database:
        if not (month or once or as_json):
            return _keep_running(settings, database, receivers)
        chosen = Month.parse(month) if month else last_complete_month(_now(), settings.zone)
        sent = _send(settings, database, chosen, receivers)
    if as_json:
        print_json(_sent_values(sent, settings))
    else:
        _tell(sent, settings)
    return 0 if sent.is_done else 1


@schedule.command()
@json_option
@click.pass_obj
def show(settings: Settings, as_json: bool) -> None:
    """显示下几次运行、接收人、格式和最近的发送，不含密码和密钥。"""
    receivers, runs = read_receivers(settings), timetable_of(settings).next_runs(_now(), _RUNS_SHOWN)
    formats = review_formats(settings)
    with opened(settings) as database, database.read() as connection:
        found = deliveries.list_deliveries(connection, settings.tenant, limit=_DELIVERIES_SHOWN)
    local_runs = [(due.at.astimezone(settings.zone), due.month) for due in runs]
    if as_json:
        values = {
            "timezone": settings.timezone,
            "runs": [{"at": at.isoformat(), "month": str(month)} for at, month in local_runs],
            "receivers": [{"kind": receiver.kind, "receiver": receiver.id} for receiver in receivers],
            "formats": formats,
            "mail_server": _mail_server(settings),
            "deliveries": [_delivery_values(item) for item in found],
        }
        print_json(values)
        return
    click.echo(
        f"时区 {settings.timezone}；格式 {'、'.join(formats)}；邮件服务器 {_mail_server(settings) or '未设置'}"
    )
    for at, month in local_runs:
        click.echo(f"  {at:%Y-%m-%d %H:%M}  评审 {month}")
    for receiver in receivers:
        click.echo(f"  接收人 {receiver.id}")
    if not receivers:
        click.echo("还没有接收人：设置 VOC_REVIEW_TO（邮箱）或 VOC_REVIEW_WEBHOOKS（网址），逗号分隔。")
    for item in found:
        error = f"：{item.error}" if item.error else ""
        at = item.changed_at.astimezone(settings.zone)
        state = _STATES[item.state]
        click.echo(
            f"  {item.month} 第 {item.revision} 版  {item.receiver}  {state} {at:%Y-%m-%d %H:%M}{error}"
        )


@schedule.command()
@json_option
@click.pass_obj
def test(settings: Settings, as_json: bool) -> int:
    """给每个接收人发一封测试邮件或一次测试 webhook。有发不出的，退出码为 1。"""
    key, outcomes = f"msg_test_{uuid4().hex}", []
    for receiver in need_receivers(settings):
        try:
            _send_trial(settings, receiver, key)
            outcomes.append(Outcome(receiver, "sent"))
        except DeliveryError as error:
            outcomes.append(Outcome(receiver, "failed", error))
    if as_json:
        print_json({"receivers": [_outcome_values(outcome, settings) for outcome in outcomes]})
    else:
        _tell_outcomes(outcomes, settings)
    return 0 if all(outcome.is_done for outcome in outcomes) else 1


def _send_trial(settings: Settings, receiver: Receiver, key: str) -> None:
    now = _now().astimezone(settings.zone)
    if receiver.kind == "webhook":
        event = make_event(key, "review.test", now.isoformat(timespec="seconds"), {"tenant": settings.tenant})
        post_event(event, receiver, read_keys(settings.webhook_secret), waits=())
        return
    sender = settings.smtp_from or settings.smtp_user
    message = trial_message(sender=sender, to=receiver.address, now=now, key=key, language=settings.language)
    send_message(mail_server(settings), message, waits=())


def _send(settings: Settings, database: Database, month: Month, receivers: tuple[Receiver, ...]) -> SentMonth:
    def build(chosen: Month) -> tuple[int, MadeFiles]:
        folder = review_folder(settings, chosen)
        values = build_month(settings, database, chosen, folder, list(review_formats(settings)))
        not_made = {name: missing["detail"] for name, missing in values["not_made"].items()}
        files = {name: Path(path) for name, path in values["files"].items()}
        return values["revision"], MadeFiles(files, not_made)

    return send_month(settings, database, month, receivers, build=build, ways=senders(settings), clock=_now)


def _keep_running(settings: Settings, database: Database, receivers: tuple[Receiver, ...]) -> int:
    """Until SIGTERM; what goes wrong is told and tried again."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    timetable = timetable_of(settings)

    def send(month: Month) -> bool:
        try:
            sent = _send(settings, database, month, receivers)
        except VocError as error:
            click.echo(f"{month} 未能发送：{error.message(settings.language)}", err=True)
            return False
        _tell(sent, settings)
        return sent.is_done

    upcoming = timetable.next_run(_now())
    click.echo(f"下次运行：{upcoming.at.astimezone(settings.zone):%Y-%m-%d %H:%M}，评审 {upcoming.month}")
    pending = missed_month(database, settings.tenant, timetable, receivers, _now())
    keep_running(timetable, send, pending=pending, clock=_now, wait=stopping.wait)
    return 0


def _tell(sent: SentMonth, settings: Settings) -> None:
    record = sent.record
    again = "（补发）" if sent.is_resent else ""
    click.echo(f"{record.month} 月度评审第 {record.revision} 版{again}")
    for path in sent.made.files.values():
        click.echo(f"  {path}")
    for name, detail in sent.made.not_made.items():
        click.echo(f"  未生成 {name}：{detail}", err=True)
    _tell_outcomes(sent.outcomes, settings)
    if not sent.is_done:
        click.echo("再次运行 voc schedule run --once 会补发没有送达的，已送达的不会重发。", err=True)


def _tell_outcomes(outcomes: list[Outcome] | tuple[Outcome, ...], settings: Settings) -> None:
    for outcome in outcomes:
        if outcome.error is not None:
            click.echo(f"  {outcome.error.message(settings.language)}", err=True)
        else:
            click.echo(f"  {_SAID[outcome.state]}  {outcome.receiver.id}", err=not outcome.is_done)


def _sent_values(sent: SentMonth, settings: Settings) -> Mapping[str, Any]:
    record: ReviewRecord = sent.record
    return {
        "month": record.month,
        "revision": record.revision,
        "fingerprint": record.fingerprint,
        "is_resent": sent.is_resent,
        "files": {name: str(path) for name, path in sent.made.files.items()},
        "not_made": sent.made.not_made,
        "receivers": [_outcome_values(outcome, settings) for outcome in sent.outcomes],
    }


def _outcome_values(outcome: Outcome, settings: Settings) -> dict[str, Any]:
    receiver, error = outcome.receiver, outcome.error
    detail = {"code": error.code, "detail": error.message(settings.language)} if error else None
    return {"kind": receiver.kind, "receiver": receiver.id, "state": outcome.state, "error": detail}


def _delivery_values(item: deliveries.DeliveryRecord) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in item.__slots__}
    return {**values, "changed_at": item.changed_at.isoformat()}


def _mail_server(settings: Settings) -> str | None:
    if not settings.smtp_host:
        return None
    server = mail_server(settings)
    return f"{server.host}:{server.port} ({server.security})"


def _now() -> datetime:
    return datetime.now(UTC)
