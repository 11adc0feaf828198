"""``voc cluster``: root causes of a file without a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from data.formats.mapping import parse_mapping, read_texts
from data.formats.writing import write_rows
from models.rootcause.discover import cluster_texts
from models.text.pii import find_pii, mask
from models.text.repair import repair
from service.building import build_analyzer, build_encoder
from service.cli.options import json_option, map_option, print_json, progress_line
from service.settings import Settings


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help=".jsonl、.csv 或 .parquet")
@map_option
@click.option("--k", type=click.IntRange(min=1), help="根因个数；不给则自动决定。")
@json_option
@click.pass_obj
def cluster(
    settings: Settings, file: Path, out: Path, mapping: tuple[str, ...], k: int | None, as_json: bool
) -> None:
    """找出一个文件的根因，不需要数据库；每行加上 root_cause_id、root_cause、root_cause_score。"""
    analyzer = build_analyzer(settings)
    rows: list[Mapping[str, Any]] = []
    texts: list[str] = []
    n_rejected = 0
    fields = parse_mapping(mapping)
    text_columns = fields.get("text", "text").split("+")
    for row, text in read_texts(file, fields):
        if row.values is None:
            n_rejected += 1
            continue
        masked = mask(text, find_pii(text)).text
        texts.append(repair(masked).text.text)
        rows.append({**{n: v for n, v in row.values.items() if n not in text_columns}, "text": masked})
    words = [tuple(w for w in analyzer.segmenter.words(t) if any(c.isalnum() for c in w)) for t in texts]
    with progress_line("根因") as tell:
        found = cluster_texts(texts, words, encoder=build_encoder(settings), k=k, progress=tell)
    write_rows(out, _labelled(rows, found))
    n_unassigned = sum(1 for label in found.labels if label < 0)
    values = {"n": len(rows), "rejected": n_rejected, "n_root_causes": len(found.names)}
    if as_json:
        print_json({**values, "unassigned": n_unassigned, "out": str(out)})
        return
    click.echo(f"{len(rows)} 条，{len(found.names)} 个根因，未归类 {n_unassigned} 条，结果在 {out}")


def _labelled(rows: list[Mapping[str, Any]], found: Any) -> Iterator[dict[str, Any]]:
    for row, label, score in zip(rows, found.labels, found.scores, strict=True):
        name = found.names[label] if label >= 0 else ""
        yield {
            **row,
            "root_cause_id": int(label),
            "root_cause": name,
            "root_cause_score": round(float(score), 4),
        }
