"""``voc cluster``: root causes of a file without a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from data.formats.mapping import parse_mapping
from data.formats.rejects import RejectsFile
from data.formats.writing import check_out, write_rows
from models.core.errors import FileFormatError
from models.core.transcript import Speaker, Transcript
from models.rootcause.discover import cluster_texts
from models.text.pii import find_pii, mask
from models.text.repair import repair
from service.building import build_analyzer, build_encoder
from service.cli.options import json_option, map_option, print_json, progress_line
from service.cli.reading import read_file, report_rejects
from service.settings import Settings

_TEXT_COLUMNS = ("text", "turns", "title")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="结果文件：.jsonl、.csv 或 .parquet。"
)
@map_option
@click.option("--k", type=click.IntRange(min=1), help="根因个数；不给则自动决定。")
@json_option
@click.pass_obj
def cluster(
    settings: Settings, file: Path, out: Path, mapping: tuple[str, ...], k: int | None, as_json: bool
) -> None:
    """找出一个文件的根因，不需要数据库。

    每行加上 root_cause_id（-1 为未归类）、root_cause（名称）、root_cause_score（0 到 1）。
    文本列写出时已脱敏；对话只看客户的话。坏行写入 OUT 旁的 .rejects.csv。

    \b
    例：
      voc cluster 投诉.csv --out 根因.csv --map text=投诉内容
      voc cluster calls.jsonl --out causes.jsonl --k 12
    """
    check_out(out, file)
    rows: list[Mapping[str, Any]] = []
    texts: list[str] = []
    wanted = parse_mapping(mapping)
    with RejectsFile.beside(out) as rejects:
        reading = read_file(settings, file, wanted, rejects)
        analyzer = build_analyzer(settings)
        left_out = {part for name in _TEXT_COLUMNS for part in wanted.get(name, name).split("+")}
        for row in reading:
            said = _customer_text(row.transcript)
            masked = mask(said, find_pii(said)).text
            texts.append(repair(masked).text.text)
            rows.append({**{n: v for n, v in row.values.items() if n not in left_out}, "text": masked})
    if not rows:
        raise FileFormatError(path=str(file), reason="没有可用的行", reason_en="no usable row")
    words = [tuple(w for w in analyzer.segmenter.words(t) if any(c.isalnum() for c in w)) for t in texts]
    with progress_line("根因") as tell:
        found = cluster_texts(texts, words, encoder=build_encoder(settings), k=k, progress=tell)
    write_rows(out, _labelled(rows, found))
    values = {
        "n": len(rows),
        "rejected": rejects.n,
        "rejects_file": rejects.path_if_any(),
        "n_root_causes": len(found.names),
        "unassigned": sum(1 for label in found.labels if label < 0),
        "out": str(out),
    }
    if as_json:
        print_json(values)
        return
    click.echo(f"{len(rows)} 条，{len(found.names)} 个根因，未归类 {values['unassigned']} 条，结果在 {out}")
    report_rejects(rejects)


def _customer_text(transcript: Transcript) -> str:
    """What the customer said; the whole text where no turn is the customer's."""
    said = [turn.text for turn in transcript.turns if turn.speaker is Speaker.CUSTOMER]
    return "\n".join(said) if said else transcript.text


def _labelled(rows: list[Mapping[str, Any]], found: Any) -> Iterator[dict[str, Any]]:
    for row, label, score in zip(rows, found.labels, found.scores, strict=True):
        name = found.names[label] if label >= 0 else ""
        yield {
            **row,
            "root_cause_id": int(label),
            "root_cause": name,
            "root_cause_score": round(float(score), 4),
        }
