"""``voc models``: what models there are, whether they are whole, and which are in use."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click

from data.artifacts import Registry, resolve_model
from data.artifacts.alias import Alias, Change
from data.artifacts.registry import ModelEntry
from models.artifact.folder import load_manifest, verify_folder
from models.core.errors import ArtifactError
from service.cli.help import in_chinese
from service.cli.options import json_option, print_json
from service.settings import Settings

_JOINED = "voc.models_commands"
_KINDS = {
    "register": "登记",
    "promote": "启用",
    "refuse": "拒绝",
    "rollback": "回退",
    "shadow": "影子",
}

why_option = click.option("--why", help="为什么，写入历史。")
by_option = click.option("--by", help="谁，写入历史；默认为当前系统用户。")


class _ModelCommands(click.Group):
    """The commands below, and those that other packages join by entry point."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*super().list_commands(context), *sorted(p.name for p in entry_points(group=_JOINED))]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        joined = entry_points(group=_JOINED, name=name)
        return in_chinese(next(iter(joined)).load()) if joined else super().get_command(context, name)


@click.group(cls=_ModelCommands)
def models() -> None:
    """模型：列出、查看、校验、登记、启用、回退、比较、导入编码器。"""


@models.command("list")
@json_option
@click.pass_obj
def list_models(settings: Settings, as_json: bool) -> None:
    """列出各任务的全部版本：哪个在使用、哪个是影子、算法、类别数、训练行数、准确率。"""
    registry = _registry(settings)
    entries = [entry for task in registry.tasks() for entry in registry.versions(task)]
    if as_json:
        print_json({"models": [_summary_of(entry) for entry in entries]})
        return
    for entry in entries:
        manifest = entry.manifest
        accuracy = manifest.metrics.get("held_out_folds", {}).get("accuracy")
        figures = [manifest.component, f"{len(manifest.classes)} 类"]
        figures += [f"{manifest.data['n_rows']} 行"] if "n_rows" in manifest.data else []
        figures += [f"准确率 {accuracy:.4f}"] if isinstance(accuracy, float) else []
        click.echo("  ".join([manifest.name, *figures, *_marks(entry)]))


@models.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(settings: Settings, name: str, as_json: bool) -> None:
    """查看一个模型的模型卡；加 --json 看完整清单。NAME 是任务（如 sentiment）、任务@版本或文件夹。"""
    folder = _folder(settings, name)
    manifest = load_manifest(folder)
    if as_json:
        print_json({"name": manifest.name, **manifest.to_dict(), "folder": str(folder)})
    else:
        click.echo((folder / "card.md").read_text(encoding="utf-8"))


@models.command()
@click.argument("names", nargs=-1)
@json_option
@click.pass_obj
def verify(settings: Settings, names: tuple[str, ...], as_json: bool) -> int:
    """校验模型文件与清单是否一致；不给名称则校验全部。"""
    registry = _registry(settings)
    folders = [_folder(settings, name) for name in names] or [
        folder for task in registry.tasks() for folder in registry.folders(task).values()
    ]
    results = {}
    for folder in folders:
        try:
            results[str(folder)] = {"ok": True, "name": verify_folder(folder).name}
        except ArtifactError as error:
            results[str(folder)] = {"ok": False, "detail": error.message(settings.language)}
    if as_json:
        print_json(results)
    else:
        for path, result in results.items():
            click.echo(f"{'完好' if result['ok'] else '不可用'}  {path}  {result.get('detail', '')}")
    return 0 if all(result["ok"] for result in results.values()) else 1


@models.command()
@click.argument("folder", type=click.Path(path_type=Path))
@by_option
@json_option
@click.pass_obj
def register(settings: Settings, folder: Path, by: str | None, as_json: bool) -> None:
    """登记一个模型文件夹：校验后复制到 VOC_HOME/artifacts，尚不启用。"""
    entry = _registry(settings).register(folder, by=by or _user(), now=datetime.now(UTC))
    if as_json:
        print_json(_summary_of(entry))
    else:
        click.echo(f"已登记 {entry.name}。启用：voc models promote {entry.task} {entry.version} --test 文件")


@models.command()
@click.argument("task")
@why_option
@by_option
@json_option
@click.pass_obj
def rollback(settings: Settings, task: str, why: str | None, by: str | None, as_json: bool) -> None:
    """回到上一个使用的版本；运行中的服务随即改用它。"""
    alias = _registry(settings).rollback(task, by=by or _user(), why=why or "", now=datetime.now(UTC))
    _print_alias(alias, as_json, f"{task} 已回到 {alias.current}")


@models.command()
@click.argument("task")
@click.argument("version", required=False)
@why_option
@by_option
@json_option
@click.pass_obj
def shadow(
    settings: Settings, task: str, version: str | None, why: str | None, by: str | None, as_json: bool
) -> None:
    """让 VERSION 作为影子与使用中的版本一同运行，只记录不同之处；不给 VERSION 则停止。"""
    alias = _registry(settings).set_shadow(
        task, version, by=by or _user(), why=why or "", now=datetime.now(UTC)
    )
    _print_alias(alias, as_json, f"{task} 的影子：{alias.shadow}" if alias.shadow else f"{task} 没有影子")


@models.command()
@click.argument("task")
@json_option
@click.pass_obj
def history(settings: Settings, task: str, as_json: bool) -> None:
    """一个任务的全部更换：何时、谁、从哪个版本到哪个、为什么、检查结果。"""
    changes = _registry(settings).history(task)
    if as_json:
        print_json({"task": task, "changes": [change.to_dict() for change in changes]})
        return
    for change in changes:
        click.echo(_line_of(change))
    if not changes:
        click.echo("没有更换过，使用随附的模型。")


def _folder(settings: Settings, name: str) -> Path:
    """Of a task, ``task@version`` or a folder."""
    task = name.partition("@")[0]
    is_task = "@" not in name and not Path(name).is_dir()
    return resolve_model(
        task, None if is_task else name, sector=settings.sector, home=settings.home, preset=settings.preset
    )


def _summary_of(entry: ModelEntry) -> dict[str, Any]:
    kept = ("task", "version", "component", "classes", "metrics", "created_at")
    values = entry.manifest.to_dict()
    marks = {"shipped": entry.shipped, "current": entry.current, "shadow": entry.shadow}
    return {"name": entry.name, **{key: values[key] for key in kept}, **marks}


def _marks(entry: ModelEntry) -> list[str]:
    said = (("使用中", entry.current), ("影子", entry.shadow), ("随附", entry.shipped))
    return [mark for mark, holds in said if holds]


def _print_alias(alias: Alias, as_json: bool, line: str) -> None:
    if as_json:
        print_json(alias.to_dict())
    else:
        click.echo(line)


def _line_of(change: Change) -> str:
    versions = f"{change.from_version or '无'} → {change.to_version or '无'}"
    gate = change.gate or {}
    refused = f"  未通过：{'、'.join(gate['refused'])}" if gate.get("refused") else ""
    forced = "  强制" if change.forced else ""
    return f"{change.at}  {_KINDS.get(change.kind, change.kind)}  {versions}{forced}{refused}  {change.by}  {change.why}".rstrip()


def _registry(settings: Settings) -> Registry:
    return Registry(settings.home, preset=settings.preset)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
