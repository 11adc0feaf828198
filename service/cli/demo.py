"""``voc demo``: the whole way once, on the sample transcripts, in a folder of its own."""

from __future__ import annotations

import shutil
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from data.samples.write import write_samples
from models.core.month import Month
from service.cli.options import json_option, opened, print_json
from service.cli.review import build_month
from service.ingest.files import IngestRequest, ingest_files
from service.reviews.formats import WRITERS
from service.settings import Settings, load_settings

_MONTHS = ("2024-02", "2024-03")


@click.command()
@click.option(
    "--per-month", type=click.IntRange(min=50), default=600, show_default=True, help="每月的示例通话数。"
)
@json_option
@click.pass_obj
def demo(settings: Settings, per_month: int, as_json: bool) -> None:
    """用随附的示例通话（虚构的汽车经销商）跑一遍：生成、入库、根因、月度评审。

    一切都在 VOC_HOME/demo 里，每次重新开始，不影响自己的数据。最后一行是评审网页的路径。
    """
    started = time.monotonic()
    home = settings.home / "demo"
    if home.exists():
        shutil.rmtree(home)
    own = load_settings(home=home, database_url="", sector="automotive")
    _say(as_json, f"1/3 生成示例通话（每月 {per_month} 条）")
    files = write_samples(home / "samples", months=3, per_month=per_month)
    with opened(own) as database:
        _say(as_json, "2/3 入库：脱敏、分词、情感、类别")
        counts = ingest_files(own, database, _request(own, files.transcripts))
        _say(as_json, "3/3 根因与月度评审")
        for month in _MONTHS:
            formats = list(WRITERS) if month == _MONTHS[-1] else ["html", "json", "xlsx"]
            built = build_month(own, database, Month.parse(month), home / "reviews" / month, formats)
    seconds = round(time.monotonic() - started, 1)
    page = Path(built["files"]["html"]).resolve()  # type: ignore[index]
    if as_json:
        print_json({**built, "ingest": asdict(counts), "seconds": seconds})
        return
    click.echo(
        f"入库 {counts.stored} 条，拒收 {counts.rejected} 条；{built['n_causes']} 个根因；用时 {seconds} 秒"
    )
    others = [name for name in built["files"] if name != "html"]
    click.echo(
        f"同一文件夹里还有：{'、'.join(others)}"
        + (f"；未生成 {'、'.join(built['not_made'])}，见 voc doctor" if built["not_made"] else "")
    )
    click.echo("月度评审（用浏览器打开）：")
    click.echo(str(page))


def _request(settings: Settings, path: Path) -> IngestRequest:
    return IngestRequest(paths=[path], now=datetime.now(UTC), rejects_folder=settings.home / "rejects")


def _say(as_json: bool, line: str) -> None:
    click.echo(line, err=as_json)
