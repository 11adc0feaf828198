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
from service.ingest.files import IngestRequest, ingest_files
from service.settings import Settings


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format", "format_", default="auto", show_default=True, help="auto|csv|tsv|xlsx|jsonl|parquet|txt"
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
    """把文件里的通话或投诉记录入库（脱敏、分析、去重）。坏行写入 rejects 文件。"""
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
    shown = _Progress()
    with opened(settings) as database:
        counts = ingest_files(settings, database, request, progress=shown.add)
    shown.end()
    if as_json:
        print_json(asdict(counts))
        return
    seconds = time.monotonic() - started
    click.echo(
        f"读取 {counts.read} 条，入库 {counts.stored}，重复 {counts.duplicates}，拒收 {counts.rejected}"
        f"（{seconds:.1f} 秒）"
    )
    if counts.rejects_file:
        click.echo(f"拒收的行和原因见 {counts.rejects_file}")


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
