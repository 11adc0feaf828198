"""``voc ingest``."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from data.formats.mapping import parse_mapping
from service.cli.options import json_option, map_option, opened, print_json
from service.ingest.files import IngestCounts, IngestRequest, ingest_files
from service.ingest.workers import start_early
from service.settings import Settings

_LARGE_BYTES = 1 << 20


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    default="auto",
    show_default=True,
    metavar="FORMAT",
    help="文件格式：auto、csv、tsv、xlsx、jsonl、json、parquet、txt。auto 按文件头和扩展名判断。",
)
@map_option
@click.option("--channel", default="unknown", show_default=True, help="没有渠道列时使用的渠道。")
@json_option
@click.pass_obj
def ingest(
    settings: Settings,
    files: tuple[Path, ...],
    format_: str,
    mapping: tuple[str, ...],
    channel: str,
    as_json: bool,
) -> None:
    """把文件里的通话或投诉记录入库：脱敏、分析、去重。

    FILES 可以是 CSV、TSV、Excel（.xlsx、.xls、.ods）、JSON、JSON Lines、Parquet 或每行一条的 .txt，
    UTF-8、GBK、UTF-16 均可。原文不会保存，库中只有脱敏后的文本。
    坏行不会中断入库，它们连同行号和原因写入 VOC_HOME/rejects/ 下的文件；同一文件再次入库不会重复。

    \b
    字段（常见列名如 内容、时间、渠道、工单号 会自动识别，其余用 --map 指定）：
      text 或 turns（必须）、title、external_id、occurred_at、channel、
      customer_id、agent_id、product、region、segment、store、scores

    \b
    例：
      voc ingest 投诉.xlsx --channel 热线
      voc ingest calls.csv --map text=描述 --map occurred_at=created --map external_id=id
      voc ingest messages.csv --map title=标题 --map text=正文
    """
    now = datetime.now(UTC)
    request = IngestRequest(
        paths=files,
        now=now,
        rejects_folder=settings.home / "rejects",
        kind=format_,
        mapping=parse_mapping(mapping),
        channel=channel,
    )
    started = time.monotonic()
    if sum(path.stat().st_size for path in files if path.is_file()) >= _LARGE_BYTES:
        start_early()
    shown, counts = _Progress(), IngestCounts()
    try:
        with opened(settings) as database:
            ingest_files(settings, database, request, progress=shown.add, counts=counts)
    except BaseException:
        shown.end()
        _say_what_stays(settings, counts)
        raise
    shown.end()
    if as_json:
        print_json(asdict(counts))
        return
    seconds = time.monotonic() - started
    click.echo(
        f"读取 {counts.read} 条，入库 {counts.stored}，重复 {counts.duplicates}，拒收 {counts.rejected}"
        f"（{seconds:.1f} 秒）"
    )
    if counts.stored_without_time:
        click.echo(
            f"其中 {counts.stored_without_time} 条没有时间，按入库时间计入本月；有时间列时请用 --map occurred_at=列名"
        )
    if counts.rejects_file:
        click.echo(f"拒收的行和原因见 {counts.rejects_file}")


def _say_what_stays(settings: Settings, counts: IngestCounts) -> None:
    if not counts.stored:
        return
    if settings.language == "en":
        click.echo(f"{counts.stored} stored before it stopped; run the same again to go on.", err=True)
    else:
        click.echo(
            f"中断前已入库 {counts.stored} 条，它们会保留；原样重新运行即可继续，不会重复入库。", err=True
        )


class _Progress:
    """A running count on a terminal: the number of rows of a stream is not known beforehand."""

    def __init__(self) -> None:
        self._n = 0
        self._started = time.monotonic()

    def add(self, n: int) -> None:
        self._n += n
        if sys.stderr.isatty():
            rate = self._n / max(time.monotonic() - self._started, 1e-9)
            click.echo(f"\r入库中 {self._n} 条，{rate:.0f} 条/秒 ", err=True, nl=False)

    def end(self) -> None:
        if self._n and sys.stderr.isatty():
            click.echo("", err=True)
