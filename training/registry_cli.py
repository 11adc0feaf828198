"""``voc models promote`` and ``voc models diff``: joined to the command line by entry points."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
import orjson

from data.artifacts import Registry, resolve_model
from data.artifacts.loading import load_model
from data.formats.mapping import cell, parse_mapping, read_texts
from data.formats.writing import check_out, write_rows
from models.classify.catalog import Classifier
from models.core.errors import NotFoundError
from training.gate_behaviour import shipped_behaviour
from training.gate_release import Release, ReleaseRequest, release
from training.tasks import read_test_rows

_BATCH = 1000
_MARKS = {"passed": ("通过", "passed "), "refused": ("拒绝", "REFUSED"), "skipped": ("未查", "skipped")}

json_option = click.option("--json", "as_json", is_flag=True, help="标准输出只打印一个 JSON 对象。")
map_option = click.option(
    "--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="text 和 label 取自哪一列，可多次给出。"
)


@click.command()
@click.argument("task")
@click.argument("model", metavar="MODEL")
@click.option(
    "--test",
    "path",
    type=click.Path(path_type=Path),
    help="没有参与训练的标注文件，格式与训练时相同，用来比较。",
)
@map_option
@click.option("--why", help="为什么更换，写入历史；--force 时必填。")
@click.option("--by", help="谁更换的，写入历史；默认为当前系统用户。")
@click.option("--force", is_flag=True, help="不顾拒绝，照样启用；原因写入历史。")
@click.option("--seed", default=13, show_default=True, help="抽样比较的随机种子。")
@json_option
@click.pass_obj
@click.pass_context
def promote(
    context: click.Context,
    settings: Any,
    task: str,
    model: str,
    path: Path | None,
    mapping: tuple[str, ...],
    why: str | None,
    by: str | None,
    force: bool,
    seed: int,
    as_json: bool,
) -> int:
    """检查并启用一个模型：MODEL 为已登记的版本，或模型文件夹（先登记）。

    不比使用中的模型差（超出误差）、没有用测试行训练、分数校准、行为用例通过，才会启用；否则说明原因，退出码 1。
    """
    test = read_test_rows(task, path, parse_mapping(mapping), settings.home) if path else None
    request = ReleaseRequest(
        task=task, model=model, by=by or _user(), why=why or "", now=datetime.now(UTC), force=force, seed=seed
    )
    done = release(
        _registry(settings),
        request,
        test,
        behaviour=shipped_behaviour,
        load=partial(load_model, home=settings.home),
    )
    if as_json:
        rejected = len(test.rejected) if test else 0
        click.echo(orjson.dumps({**done.to_dict(), "rejected_test_rows": rejected}))
    else:
        _print_release(done, getattr(settings, "language", "zh"))
    return 0 if done.promoted else 1


@dataclass(slots=True)
class _Counts:
    """What ``diff`` found so far; ``a_right`` and ``b_right`` are among the rows that differ."""

    n: int = 0
    n_different: int = 0
    rejected: int = 0
    a_right: int = 0
    b_right: int = 0
    pairs: Counter[str] = field(default_factory=Counter)


@click.command()
@click.argument("task")
@click.argument("a")
@click.argument("b")
@click.option("--data", "path", type=click.Path(path_type=Path), required=True, help="要比较的文件。")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="结果文件：.csv、.jsonl 或 .parquet。"
)
@map_option
@json_option
@click.pass_obj
def diff(
    settings: Any, task: str, a: str, b: str, path: Path, out: Path, mapping: tuple[str, ...], as_json: bool
) -> None:
    """列出两个模型判断不同的行；A、B 为版本、文件夹、current（使用中）或 shadow（影子）。

    结果保留原有各列，加上 label_a、score_a、label_b、score_b；给出 --map label=列 时还统计谁对得多。
    """
    check_out(out, path)
    first, second = (load_model(_folder(settings, task, name), home=settings.home) for name in (a, b))
    counts, columns = _Counts(), parse_mapping(mapping)
    write_rows(out, _different(path, columns, (first[1], second[1]), counts))
    values: dict[str, Any] = {
        "a": first[0].name,
        "b": second[0].name,
        "n": counts.n,
        "n_different": counts.n_different,
        "rejected": counts.rejected,
        "pairs": dict(counts.pairs.most_common()),
        "out": str(out),
    }
    if "label" in columns:
        values |= {"a_right": counts.a_right, "b_right": counts.b_right}
    if as_json:
        click.echo(orjson.dumps(values))
    else:
        _print_diff(values)


def _different(
    path: Path, columns: Mapping[str, str], models: tuple[Classifier, Classifier], counts: _Counts
) -> Iterator[dict[str, Any]]:
    batch: list[tuple[Mapping[str, Any], str]] = []
    for row, text in read_texts(path, columns):
        if row.values is None or not text.strip():
            counts.rejected += 1
            continue
        batch.append((row.values, text))
        if len(batch) == _BATCH:
            yield from _different_rows(batch, columns, models, counts)
            batch = []
    yield from _different_rows(batch, columns, models, counts)


def _different_rows(
    batch: Sequence[tuple[Mapping[str, Any], str]],
    columns: Mapping[str, str],
    models: tuple[Classifier, Classifier],
    counts: _Counts,
) -> Iterator[dict[str, Any]]:
    texts = [text for _, text in batch]
    if not texts:
        return
    first, second = (model.predict_proba(texts) for model in models)
    for (values, _), p_a, p_b in zip(batch, first, second, strict=True):
        labels = [model.classes_[int(p.argmax())] for model, p in zip(models, (p_a, p_b), strict=True)]
        counts.n += 1
        if labels[0] == labels[1]:
            continue
        counts.n_different += 1
        counts.pairs[f"{labels[0]} → {labels[1]}"] += 1
        if "label" in columns:
            right = cell(values, columns["label"]).strip()
            counts.a_right += labels[0] == right
            counts.b_right += labels[1] == right
        yield {
            **values,
            "label_a": labels[0],
            "score_a": round(float(p_a.max()), 4),
            "label_b": labels[1],
            "score_b": round(float(p_b.max()), 4),
        }


def _folder(settings: Any, task: str, name: str) -> Path:
    registry = _registry(settings)
    if name == "current":
        return registry.current(task, sector=getattr(settings, "sector", "generic"))
    if name == "shadow":
        shadow = registry.alias(task).shadow
        if shadow is None:
            raise NotFoundError(what="影子模型，任务", what_en="shadow model of", key=task)
        return registry.entry(task, shadow).folder
    return resolve_model(task, name, home=settings.home, preset=settings.preset)


def _print_release(done: Release, language: str) -> None:
    column = 1 if language == "en" else 0
    for check in done.report.checks:
        said = check.en if language == "en" else check.zh
        click.echo(f"{_MARKS[check.verdict][column]}  {check.name}：{said}")
    name = done.entry.name
    if not done.promoted:
        click.echo((f"未启用 {name}。", f"{name} was not put in use.")[column])
    elif done.forced:
        click.echo((f"已强制启用 {name}，原因已记入历史。", f"{name} is in use, by force.")[column])
    else:
        click.echo((f"已启用 {name}。", f"{name} is in use.")[column])


def _print_diff(values: Mapping[str, Any]) -> None:
    click.echo(f"{values['a']} 与 {values['b']}：{values['n']} 行中有 {values['n_different']} 行不同")
    for pair, n in list(values["pairs"].items())[:10]:
        click.echo(f"  {pair}：{n}")
    if "a_right" in values:
        click.echo(f"不同的行里，前者对 {values['a_right']} 行，后者对 {values['b_right']} 行")
    click.echo(f"已写入 {values['out']}（未读入 {values['rejected']} 行）")


def _registry(settings: Any) -> Registry:
    return Registry(settings.home, preset=settings.preset)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
