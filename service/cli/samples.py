"""``voc samples``: the sample year, for trying things out."""

from __future__ import annotations

from pathlib import Path

import click

from data.samples.write import write_samples
from service.cli.options import json_option, print_json


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="输出文件夹。")
@click.option(
    "--sector",
    type=click.Choice(["automotive", "telecom", "retail"]),
    default="automotive",
    show_default=True,
    help="行业。",
)
@click.option("--months", type=click.IntRange(min=1), default=12, show_default=True, help="月数。")
@click.option("--start", default="2024-01", show_default=True, help="第一个月。")
@click.option("--per-month", type=click.IntRange(min=1), default=300, show_default=True, help="每月条数。")
@click.option("--seed", default=7, show_default=True, help="同样的种子得到同样的文件。")
@json_option
def samples(
    out: Path, sector: str, months: int, start: str, per_month: int, seed: int, as_json: bool
) -> None:
    """生成示例通话（虚构），附标准答案 gold.jsonl 和根因生命周期 lifecycle.json。

    \b
    例：
      voc samples --out 示例 --months 3
      voc ingest 示例/transcripts.jsonl
    """
    files = write_samples(out, seed=seed, sector=sector, months=months, start=start, per_month=per_month)
    values = {
        "transcripts": str(files.transcripts),
        "gold": str(files.gold),
        "lifecycle": str(files.lifecycle),
        "n": files.n_samples,
    }
    if as_json:
        print_json(values)
    else:
        click.echo(f"{files.n_samples} 条示例通话在 {files.transcripts}")
