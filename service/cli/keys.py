"""``voc keys``: API keys of the service."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from service.cli.options import json_option, opened, print_json
from service.database import api_keys
from service.database.records import SCOPES, ApiKeyRecord
from service.settings import Settings


@click.group()
def keys() -> None:
    """接口密钥：创建、列出、撤销。"""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    default=["ingest", "read"],
    show_default=True,
    help="权限，可多次给出：ingest 入库，read 查询，analyst 标注和根因，admin 管理。",
)
@json_option
@click.pass_obj
def create(settings: Settings, name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """创建密钥；明文只显示这一次，库中只存摘要。NAME 是便于辨认的名称。

    \b
    例：
      voc keys create 呼叫中心 --scope ingest --scope read
    """
    with opened(settings) as database, database.begin() as connection:
        record, secret = api_keys.create_key(connection, settings.tenant, name, scopes, datetime.now(UTC))
    if as_json:
        print_json({**_as_dict(record), "key": secret})
        return
    click.echo(f"密钥 {record.id}（{name}，权限 {'、'.join(record.scopes)}）。请立即保存，之后无法再次查看：")
    click.echo(secret)


@keys.command("list")
@json_option
@click.pass_obj
def list_keys(settings: Settings, as_json: bool) -> None:
    """列出所有密钥（不含明文）。"""
    with opened(settings) as database, database.read() as connection:
        records = api_keys.list_keys(connection, settings.tenant)
    if as_json:
        print_json({"keys": [_as_dict(record) for record in records]})
        return
    for record in records:
        state = f"已于 {record.revoked_at:%Y-%m-%d} 撤销" if record.revoked_at else "有效"
        click.echo(f"{record.id}  {record.prefix}…  {record.name}  {','.join(record.scopes)}  {state}")
    if not records:
        click.echo("还没有密钥。用 voc keys create 名称 创建。")


@keys.command()
@click.argument("key_id")
@json_option
@click.pass_obj
def revoke(settings: Settings, key_id: str, as_json: bool) -> None:
    """撤销一个密钥，立即生效。"""
    with opened(settings) as database, database.begin() as connection:
        record = api_keys.revoke_key(connection, settings.tenant, key_id, datetime.now(UTC))
    if as_json:
        print_json(_as_dict(record))
    else:
        click.echo(f"已撤销 {record.id}（{record.name}）")


def _as_dict(record: ApiKeyRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "name": record.name,
        "prefix": record.prefix,
        "scopes": list(record.scopes),
        "created_at": record.created_at.isoformat(),
        "revoked_at": record.revoked_at.isoformat() if record.revoked_at else None,
        "last_used_at": record.last_used_at.isoformat() if record.last_used_at else None,
    }
