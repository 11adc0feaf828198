"""``voc root-causes``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from models.core.errors import EditConflictError, FieldError
from models.core.month import Month
from models.rootcause.ledger.edits import Author
from models.rootcause.ledger.events import LedgerEvent
from models.rootcause.ledger.state import ClauseKey
from service.api.root_cause_bodies import (
    cause_items,
    event_body,
    month_items,
    run_body,
    whole_cause,
    with_newer_state,
)
from service.building import build_encoder
from service.cli.options import json_option, opened, print_json
from service.database import ledger
from service.rootcauses.editing import CauseEdit, apply_edit
from service.rootcauses.rebuilding import rebuild as rebuild_all
from service.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])
_STATES = {
    "new": "新出现",
    "growing": "上升",
    "steady": "平稳",
    "shrinking": "下降",
    "gone": "消失",
    "back": "重现",
    "merged": "已合并",
}
_KINDS = {
    "birth": "出现",
    "month": "月度归类",
    "rename": "改名",
    "merge": "合并",
    "split": "拆分",
    "retire": "停用",
    "restore": "恢复",
    "undo": "撤销",
}


@click.group("root-causes")
def root_causes() -> None:
    """根因：列出、查看、改名、合并、拆分、停用、恢复、撤销。

    每次修改都记入只增不改的台账，对所有月份生效，随时可以撤销。
    """


def _edit_options(command: Command) -> Command:
    """What every edit has."""
    for option in (
        click.option("--why", metavar="原因", help="修改原因，记入台账。"),
        click.option("--by", default="cli", show_default=True, metavar="姓名", help="修改人，记入台账。"),
        click.option(
            "--seen-seq",
            type=click.IntRange(0),
            metavar="序号",
            help="您所见的最新事件序号（changed_seq）；之后有人改过则拒绝。",
        ),
        json_option,
    ):
        command = option(command)
    return command


@root_causes.command("list")
@click.option("--month", metavar="月份", help="只看某月，如 2024-03，按名次排列。")
@click.option("--all", "everything", is_flag=True, help="包括已停用和已合并的根因。")
@json_option
@click.pass_obj
def list_all(settings: Settings, month: str | None, everything: bool, as_json: bool) -> None:
    """列出根因。

    \b
    例：
      voc root-causes list --month 2024-03
    """
    with opened(settings) as database, database.read() as connection:
        if month is None:
            items, run = cause_items(connection, settings.tenant, everything), None
        else:
            chosen = str(Month.parse(month))
            items = month_items(connection, settings.tenant, chosen, everything)
            run = run_body(connection, settings.tenant, chosen)
    if as_json:
        print_json({"items": items, "run": run} if month else {"items": items})
        return
    for item in items:
        click.echo(_line(item))
    for proposal in run["proposals"] if run else ():
        click.echo(f"建议查看：{_proposal(proposal)}")
    if not items:
        click.echo("还没有根因。用 voc review 月份 生成。")


def _proposal(proposal: Mapping[str, Any]) -> str:
    causes, born = "、".join(proposal["causes"]), "、".join(proposal["born"])
    if proposal["kind"] == "merge":
        return f"{causes} 这个月分不开，是否合并"
    return f"{causes} 明显减少，同时新出现了相近的 {born}，是否为拆分或合并而来"


@root_causes.command()
@click.argument("cause_id", metavar="根因编号")
@json_option
@click.pass_obj
def show(settings: Settings, cause_id: str, as_json: bool) -> None:
    """查看一个根因：各月数量和原话。"""
    with opened(settings) as database, database.read() as connection:
        cause = whole_cause(connection, settings.tenant, cause_id)
    if as_json:
        print_json(cause)
        return
    click.echo(_line(cause))
    for month in cause["months"]:
        state = _STATES.get(month["state"], "")
        click.echo(f"  {month['month']}  第 {month['rank']} 位  {month['n_voices']} 位客户  {state}")
    for quote in cause["evidence"]:
        click.echo(f"  “{quote['text']}”（{quote['transcript_id']} {quote['start']}–{quote['end']}）")


@root_causes.command()
@click.argument("cause_id", metavar="根因编号")
@click.argument("name", metavar="名称")
@_edit_options
@click.pass_obj
def rename(settings: Settings, cause_id: str, name: str, **options: Any) -> None:
    """给根因改名；以后的月份沿用这个名称。"""
    _run(settings, CauseEdit("rename", cause_id, _author(options), name=name), options)


@root_causes.command()
@click.argument("cause_id", metavar="根因编号")
@click.argument("others", nargs=-1, required=True, metavar="其他根因编号...")
@_edit_options
@click.pass_obj
def merge(settings: Settings, cause_id: str, others: tuple[str, ...], **options: Any) -> None:
    """把其他根因并入一个根因，对所有月份生效。

    \b
    例：
      voc root-causes merge rc-1a2b3c rc-4d5e6f --why 同一问题
    """
    _run(settings, CauseEdit("merge", cause_id, _author(options), others=others), options)


@root_causes.command()
@click.argument("cause_id", metavar="根因编号")
@click.argument("name", metavar="新根因名称")
@click.option(
    "--transcript", "transcript_ids", multiple=True, metavar="编号", help="归新根因的会话，可多次给出。"
)
@click.option(
    "--clause",
    "clauses",
    multiple=True,
    metavar="编号:起:止",
    help="归新根因的一句原话，如 01a2…:0:9，可多次给出。",
)
@_edit_options
@click.pass_obj
def split(
    settings: Settings,
    cause_id: str,
    name: str,
    transcript_ids: tuple[str, ...],
    clauses: tuple[str, ...],
    **options: Any,
) -> None:
    """把根因的一部分拆成新根因：指定的原话，以及与之更接近的其他原话。

    \b
    例：
      voc root-causes split rc-1a2b3c 出风口发霉 --clause 01a201408cda:0:9
    """
    named = tuple(_clause(value) for value in clauses)
    wanted = CauseEdit(
        "split", cause_id, _author(options), name=name, clauses=named, transcript_ids=transcript_ids
    )
    _run(settings, wanted, options)


@root_causes.command()
@click.argument("cause_id", metavar="根因编号")
@_edit_options
@click.pass_obj
def retire(settings: Settings, cause_id: str, **options: Any) -> None:
    """停用根因：不再显示，但仍归类，不会重新出现。"""
    _run(settings, CauseEdit("retire", cause_id, _author(options)), options)


@root_causes.command()
@click.argument("cause_id", metavar="根因编号")
@_edit_options
@click.pass_obj
def restore(settings: Settings, cause_id: str, **options: Any) -> None:
    """恢复已停用的根因。"""
    _run(settings, CauseEdit("restore", cause_id, _author(options)), options)


@root_causes.command()
@click.argument("cause_id", metavar="根因编号")
@click.option(
    "--seq", type=click.IntRange(1), metavar="序号", help="撤销哪个事件；默认为该根因最近一次有效的修改。"
)
@_edit_options
@click.pass_obj
def undo(settings: Settings, cause_id: str, seq: int | None, **options: Any) -> None:
    """撤销对根因的一次修改，各月恢复原样。"""
    _run(settings, CauseEdit("undo", cause_id, _author(options), seq=seq), options)


@root_causes.command()
@click.argument("cause_id", metavar="根因编号", required=False)
@json_option
@click.pass_obj
def events(settings: Settings, cause_id: str | None, as_json: bool) -> None:
    """列出台账：何时、何人、做了什么、为什么。"""
    with opened(settings) as database, database.read() as connection:
        if cause_id is not None:
            whole_cause(connection, settings.tenant, cause_id)
        found = ledger.list_events(connection, settings.tenant, with_months=cause_id is None)
    wanted = [event for event in found if cause_id is None or cause_id in event.touches]
    if as_json:
        print_json({"items": [event_body(event) for event in wanted]})
        return
    for event in wanted:
        click.echo(_event_line(event))


@root_causes.command()
@json_option
@click.pass_obj
def rebuild(settings: Settings, as_json: bool) -> None:
    """按各月原始结果和台账重算所有根因，并说明是否有出入。"""
    encoder = build_encoder(settings)
    with opened(settings) as database, database.begin() as connection:
        done = rebuild_all(connection, settings.tenant, encoder, datetime.now(UTC))
    if as_json:
        counts = {name: getattr(done, name) for name in done.__slots__}
        print_json({**counts, "is_same": done.is_same})
        return
    click.echo(f"已重算 {done.n_causes} 个根因、{done.n_months} 条月度记录、{done.n_clauses} 句原话。")
    if done.is_same:
        click.echo("与原来完全一致。")
    else:
        click.echo(
            f"已更正：根因 {done.n_causes_changed} 个，月度记录 {done.n_months_changed} 条，"
            f"原话 {done.n_clauses_changed} 句。"
        )


def _author(options: dict[str, Any]) -> Author:
    return Author(options["by"], datetime.now(UTC), options["why"] or "", options["seen_seq"])


def _run(settings: Settings, wanted: CauseEdit, options: dict[str, Any]) -> None:
    """Carry an edit out and show the causes as they stand since."""
    with opened(settings) as database:
        try:
            done = apply_edit(database, settings.tenant, wanted, build_encoder(settings))
        except EditConflictError as error:
            with database.read() as connection:
                raise with_newer_state(connection, settings.tenant, wanted.cause_id, error) from error
        with database.read() as connection:
            causes = [whole_cause(connection, settings.tenant, cause_id) for cause_id in done.cause_ids]
    if options["as_json"]:
        print_json({"event": event_body(done.event), "items": causes})
        return
    click.echo(f"已{_KINDS[done.event.kind]}（事件 {done.event.seq}）")
    for cause in causes:
        click.echo(f"  {_line(cause)}")


def _line(cause: dict[str, Any]) -> str:
    notes = [_STATES.get(cause["state"], cause["state"])]
    if cause["is_retired"]:
        notes.append("已停用")
    if cause["merged_into"]:
        notes = [f"已并入 {cause['merged_into']}"]
    counts = f"  第 {cause['rank']} 位  {cause['n_voices']} 位客户" if "rank" in cause else ""
    return f"{cause['id']}  {cause['name']}{counts}  {'，'.join(notes)}"


def _event_line(event: LedgerEvent) -> str:
    why = f"：{event.why}" if event.why else ""
    about = event.cause_id or str(event.payload.get("month", ""))
    if event.kind == "merge":
        about += f" ← {'、'.join(event.payload['others'])}"
    elif event.kind in ("birth", "rename", "split"):
        about += f" {event.payload['name']}"
    elif event.kind == "undo":
        about += f" 第 {event.payload['seq']} 号事件"
    return f"{event.seq}  {event.at:%Y-%m-%d %H:%M}  {event.by}  {_KINDS[event.kind]}  {about}{why}"


def _clause(value: str) -> ClauseKey:
    parts = value.rsplit(":", 2)
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        raise FieldError(
            field="--clause", reason="应写成 会话编号:起:止，如 01a2…:0:9", reason_en="TRANSCRIPT:START:END"
        )
    return parts[0], int(parts[1]), int(parts[2])
