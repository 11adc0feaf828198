"""``voc train``, ``voc evaluate``, ``voc predict``: joined to the command line by entry points."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson

from data.artifacts import resolve_model
from data.artifacts.loading import load_model
from data.encoders import shipped_encoder
from data.formats.mapping import LabelledTable, parse_mapping, read_labelled, read_texts
from data.formats.writing import write_rows
from models.artifact.manifest import Manifest
from models.classify.protocol import Classifier
from training.evaluate import evaluate_classifier
from training.fit import FitRequest, fit_folder

_MAP_HELP = "字段取自哪一列，可多次给出：text=内容、label=类别；title+text 把两列连起来。"
_PREDICT_BATCH = 1000

data_option = click.option("--data", "path", type=click.Path(path_type=Path), required=True)
map_option = click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help=_MAP_HELP)
json_option = click.option("--json", "as_json", is_flag=True, help="标准输出只打印一个 JSON 对象。")
model_option = click.option("--model", help="模型文件夹，或随附模型的名称；不给则用随附的默认模型。")


@click.command()
@click.argument("task")
@data_option
@map_option
@click.option("--preset", type=click.Choice(["fast", "best"]), default="fast", show_default=True)
@click.option(
    "--tuning/--no-tuning", default=True, help="best 是否微调编码器；不微调只需数十秒，且不需要 torch。"
)
@click.option("--seed", default=13, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="新模型的文件夹（须不存在或为空）。"
)
@json_option
@click.pass_obj
def train(
    settings: Any,
    task: str,
    path: Path,
    mapping: tuple[str, ...],
    preset: str,
    tuning: bool,
    seed: int,
    out: Path,
    as_json: bool,
) -> None:
    """用标注文件训练一个模型；TASK 为 sentiment 或 category。

    fast：字符 n-gram，数秒；best：另外微调句向量编码器再投票，数分钟，中断后重新运行同一命令即可继续。
    """
    table = read_labelled(path, parse_mapping(mapping))
    encoder = _encoder_folder(settings) if preset == "best" else None
    request = FitRequest(
        task=task,
        now=datetime.now(UTC),
        preset=preset,
        seed=seed,
        sources=(path.name,),
        encoder=encoder,
        encoder_is_shared=encoder == shipped_encoder() if encoder else False,
        tuning=tuning,
    )
    manifest = fit_folder(request, table.texts, table.labels, out, progress=_show_progress)
    _print_fit(manifest, table, out, as_json)


@click.command()
@click.argument("task")
@data_option
@model_option
@map_option
@json_option
@click.pass_obj
def evaluate(
    settings: Any, task: str, path: Path, model: str | None, mapping: tuple[str, ...], as_json: bool
) -> None:
    """在标注文件上评测一个模型，给出 95% 区间。"""
    manifest, classifier = _model(settings, task, model)
    table = read_labelled(path, parse_mapping(mapping))
    result = evaluate_classifier(classifier, table.texts, table.labels)
    values = {**result.to_dict(), "model": manifest.name, "rejected": len(table.rejected)}
    if as_json:
        click.echo(orjson.dumps(values))
        return
    low, high = result.accuracy_interval
    f_low, f_high = result.macro_f1_interval
    click.echo(f"模型 {manifest.name}，{result.n} 条，{result.docs_per_second} 条/秒")
    click.echo(f"准确率 {result.accuracy:.4f}（95% 区间 {low:.4f}–{high:.4f}）")
    click.echo(f"宏平均 F1 {result.macro_f1:.4f}（{f_low:.4f}–{f_high:.4f}），校准误差 {result.ece:.4f}")
    for label, score in result.per_label.items():
        click.echo(
            f"  {label}：{score.n} 条，精确率 {score.precision:.3f}，召回率 {score.recall:.3f}，F1 {score.f1:.3f}"
        )


@click.command()
@click.argument("task")
@data_option
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="结果文件：.csv、.jsonl 或 .parquet。"
)
@model_option
@map_option
@json_option
@click.pass_obj
def predict(
    settings: Any,
    task: str,
    path: Path,
    out: Path,
    model: str | None,
    mapping: tuple[str, ...],
    as_json: bool,
) -> None:
    """给文件的每一行加上 label 和 score 两列。"""
    manifest, classifier = _model(settings, task, model)
    counts = {"n": 0, "rejected": 0}
    rows = _predicted(classifier, path, parse_mapping(mapping), counts)
    write_rows(out, rows)
    values = {**counts, "out": str(out), "model": manifest.name}
    if as_json:
        click.echo(orjson.dumps(values))
    else:
        click.echo(f"{values['n']} 条已写入 {out}（未读入 {counts['rejected']} 条），模型 {manifest.name}")


def _encoder_folder(settings: Any) -> Path:
    """``VOC_ENCODER`` where it is a folder, else the shipped encoder."""
    given = Path(getattr(settings, "encoder", ""))
    home = Path(getattr(settings, "home", "var"))
    for folder in (given, home / "encoders" / given):
        if given.name and folder.is_dir():
            return folder
    return shipped_encoder()


def _show_progress(done: float, what: str) -> None:
    """One line on a terminal, written over; nothing elsewhere."""
    if sys.stderr.isatty():
        click.echo(f"\r训练 {done:4.0%} {what}   ", err=True, nl=done >= 1)


def _model(settings: Any, task: str, model: str | None) -> tuple[Manifest, Classifier]:
    sector, home = getattr(settings, "sector", "generic"), getattr(settings, "home", None)
    return load_model(resolve_model(task, model, sector=sector, home=home), home=home)


def _predicted(
    classifier: Classifier, path: Path, mapping: dict[str, str], counts: dict[str, int]
) -> Iterator[dict[str, Any]]:
    batch: list[tuple[dict[str, Any], str]] = []
    for row, text in read_texts(path, mapping):
        if row.values is None:
            counts["rejected"] += 1
            continue
        batch.append((dict(row.values), text))
        if len(batch) == _PREDICT_BATCH:
            yield from _labelled(classifier, batch, counts)
            batch = []
    yield from _labelled(classifier, batch, counts)


def _labelled(
    classifier: Classifier, batch: Sequence[tuple[dict[str, Any], str]], counts: dict[str, int]
) -> Iterator[dict[str, Any]]:
    probabilities = classifier.predict_proba([text for _, text in batch])
    for (values, _), p in zip(batch, probabilities, strict=True):
        counts["n"] += 1
        yield {**values, "label": classifier.classes_[int(p.argmax())], "score": round(float(p.max()), 4)}


def _print_fit(manifest: Manifest, table: LabelledTable, out: Path, as_json: bool) -> None:
    held_out = manifest.metrics["held_out_folds"]
    values = {
        "model": manifest.name,
        "out": str(out),
        "n": len(table.texts),
        "rejected": len(table.rejected),
        "accuracy": held_out["accuracy"],
        "macro_f1": held_out["macro_f1"],
        "ece": held_out["ece"],
    }
    if as_json:
        click.echo(orjson.dumps(values))
        return
    click.echo(f"模型 {manifest.name} 已写入 {out}")
    click.echo(
        f"{len(table.texts)} 条，交叉验证：准确率 {values['accuracy']:.4f}，宏平均 F1 {values['macro_f1']:.4f}，"
        f"校准误差 {values['ece']:.4f}"
    )
