"""``voc analyze``: scores a file without a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from data.formats.mapping import parse_mapping, read_texts
from data.formats.writing import write_rows
from models.analysis.pipeline import Analyzer
from models.core.transcript import Transcript
from models.text.dialogue import split_turns
from service.building import build_analyzer
from service.cli.options import json_option, map_option, print_json
from service.settings import Settings

_BATCH = 256


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help=".jsonl、.csv 或 .parquet")
@map_option
@click.option("--engine", default="local", show_default=True, help="分析引擎，目前为 local。")
@json_option
@click.pass_obj
def analyze(
    settings: Settings, file: Path, out: Path, mapping: tuple[str, ...], engine: str, as_json: bool
) -> None:
    """分析一个文件，不需要数据库；结果写到 OUT。"""
    if engine != "local":
        raise click.UsageError(f"未知的引擎 {engine}，目前可用：local")
    analyzer = build_analyzer(settings)
    counts = {"n": 0, "rejected": 0}
    write_rows(out, _analysed(analyzer, file, parse_mapping(mapping), out.suffix.lower(), counts))
    values = {**counts, "out": str(out), "models": analyzer.versions}
    if as_json:
        print_json(values)
    else:
        click.echo(f"已分析 {counts['n']} 条，结果在 {out}（未读入 {counts['rejected']} 条）")


def _analysed(
    analyzer: Analyzer, file: Path, mapping: dict[str, str], suffix: str, counts: dict[str, int]
) -> Iterator[dict[str, Any]]:
    rows = read_texts(file, mapping)
    now = datetime.now(UTC)
    while batch := list(islice(rows, _BATCH)):
        good = [(row.values, text) for row, text in batch if row.values is not None]
        counts["rejected"] += len(batch) - len(good)
        counts["n"] += len(good)
        transcripts = [Transcript(turns=split_turns(text), occurred_at=now) for _, text in good]
        for (values, _), analysis in zip(
            good, analyzer.analyze_transcripts(transcripts, tokens=suffix == ".jsonl"), strict=True
        ):
            yield _row(values or {}, analysis.analysis.to_dict(), nested=suffix == ".jsonl")


def _row(values: Any, analysis: dict[str, Any], *, nested: bool) -> dict[str, Any]:
    """The columns sent along, without the raw text: what is written is masked."""
    kept = {name: value for name, value in values.items() if name in ("id", "external_id", "date", "label")}
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
