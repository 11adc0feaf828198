"""``voc models``: what models there are, and whether they are whole."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

import click

from data.artifacts import resolve_model, shipped_models
from models.artifact.folder import load_manifest, verify_folder
from models.core.errors import ArtifactError
from service.cli.help import in_chinese
from service.cli.options import json_option, print_json
from service.settings import Settings

_JOINED = "voc.models_commands"


class _ModelCommands(click.Group):
    """The commands below, and those that other packages join by entry point."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*super().list_commands(context), *sorted(p.name for p in entry_points(group=_JOINED))]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        joined = entry_points(group=_JOINED, name=name)
        return in_chinese(next(iter(joined)).load()) if joined else super().get_command(context, name)


@click.group(cls=_ModelCommands)
def models() -> None:
    """模型：列出、查看、校验、导入编码器。"""


@models.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """列出随程序提供的模型：名称、算法、类别数、训练行数、准确率。"""
    manifests = [load_manifest(folder) for folder in shipped_models().values()]
    if as_json:
        print_json({"models": [_summary_of(m.to_dict(), m.name) for m in manifests]})
        return
    for manifest in manifests:
        held_out = manifest.metrics.get("held_out_folds", {})
        click.echo(
            f"{manifest.name}  {manifest.component}  {len(manifest.classes)} 类  {manifest.data['n_rows']} 行  "
            f"准确率 {held_out.get('accuracy', float('nan')):.4f}"
        )


@models.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(settings: Settings, name: str, as_json: bool) -> None:
    """查看一个模型的模型卡；加 --json 看完整清单。NAME 是名称（如 sentiment）或文件夹。"""
    folder = resolve_model(name, name if Path(name).is_dir() else None, sector=settings.sector)
    manifest = load_manifest(folder)
    if as_json:
        print_json({"name": manifest.name, **manifest.to_dict(), "folder": str(folder)})
    else:
        click.echo((folder / "card.md").read_text(encoding="utf-8"))


@models.command()
@click.argument("names", nargs=-1)
@json_option
@click.pass_obj
@click.pass_context
def verify(context: click.Context, settings: Settings, names: tuple[str, ...], as_json: bool) -> int:
    """校验模型文件与清单是否一致；不给名称则校验全部。"""
    folders = [resolve_model(n, n if Path(n).is_dir() else None, sector=settings.sector) for n in names]
    results = {}
    for folder in folders or list(shipped_models().values()):
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


def _summary_of(manifest: dict[str, object], name: str) -> dict[str, object]:
    kept = ("task", "version", "component", "classes", "metrics", "created_at")
    return {"name": name, **{key: manifest[key] for key in kept}}
