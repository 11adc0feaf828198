"""``voc analyze``: scores a file without a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import click

from data.formats.mapping import parse_mapping
from data.formats.rejects import RejectsFile
from data.formats.writing import check_out, write_rows
from models.analysis.pipeline import AnalysedTranscript, Analyzer
from models.core.errors import VocError
from service.building import build_analyzer
from service.cli.options import json_option, map_option, print_json
from service.cli.reading import FileRow, read_file, report_rejects
from service.ingest.isolation import each_or_error
from service.settings import Settings

_BATCH = 256
_KEPT = ("id", "external_id", "date", "label")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="结果文件：.jsonl、.csv 或 .parquet。"
)
@map_option
@click.option("--engine", type=click.Choice(["local"]), default="local", show_default=True, help="分析引擎。")
@json_option
@click.pass_obj
def analyze(
    settings: Settings, file: Path, out: Path, mapping: tuple[str, ...], engine: str, as_json: bool
) -> None:
    """分析一个文件：情感、类别、证据、个人信息。不需要数据库。

    OUT 为 .jsonl 时写出完整分析（含分词和证据位置），.csv 和 .parquet 每条一行摘要。写出的文本已脱敏。
    坏行写入 OUT 旁的 .rejects.csv。

    \b
    例：
      voc analyze 评论.csv --out 结果.csv --map text=评论内容
      voc analyze calls.jsonl --out analysed.jsonl
    """
    check_out(out, file)
    wanted = parse_mapping(mapping)
    with RejectsFile.beside(out) as rejects:
        reading = read_file(settings, file, wanted, rejects)
        analyzer = build_analyzer(settings)
        counts = {"n": 0}
        write_rows(out, _analysed(analyzer, reading, out.suffix.lower(), counts))
    values = {
        **counts,
        "rejected": rejects.n,
        "rejects_file": rejects.path_if_any(),
        "out": str(out),
        "models": analyzer.versions,
    }
    if as_json:
        print_json(values)
        return
    click.echo(f"已分析 {counts['n']} 条，结果在 {out}")
    report_rejects(rejects)


def _analysed(
    analyzer: Analyzer, reading: Iterator[FileRow], suffix: str, counts: dict[str, int]
) -> Iterator[dict[str, Any]]:
    nested = suffix == ".jsonl"

    def work(rows: Sequence[FileRow]) -> list[AnalysedTranscript]:
        return analyzer.analyze_transcripts([row.transcript for row in rows], tokens=nested)

    while batch := list(islice(reading, _BATCH)):
        for row, done in zip(batch, each_or_error(work, batch), strict=True):
            if isinstance(done, VocError):
                row.reject(done)
                continue
            counts["n"] += 1
            yield _row(row, done.analysis.to_dict(), nested=nested)


def _row(row: FileRow, analysis: dict[str, Any], *, nested: bool) -> dict[str, Any]:
    """The columns sent along, without the raw text: what is written is masked."""
    kept = {name: value for name, value in row.values.items() if name in _KEPT}
    kept = {"id": kept.pop("id", row.transcript.external_id), **kept}
    if nested:
        return {**kept, **analysis}
    categories: Sequence[dict[str, Any]] = analysis["categories"]
    return {
        **kept,
        "masked_text": analysis["masked_text"],
        "sentiment": analysis["sentiment"]["label"],
        "sentiment_score": analysis["sentiment"]["score"],
        "polarity": analysis["sentiment"]["polarity"],
        "category": "/".join(categories[0]["path"]) if categories else "",
        "category_score": categories[0]["score"] if categories else None,
        "categories": "；".join("/".join(category["path"]) for category in categories),
        "n_pii": len(analysis["pii"]),
    }
