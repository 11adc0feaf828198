"""``voc train``, ``voc evaluate``, ``voc predict``: joined to the command line by entry points."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import orjson

from data.artifacts import resolve_model
from data.artifacts.loading import load_model
from data.encoders import shipped_encoder
from data.formats.mapping import parse_mapping
from data.formats.writing import write_rows
from models.artifact.folder import load_manifest
from models.rootcause.vectors import UseEncoder
from training.predicting import Counts, Predictor, check_predictable, predict_rows, thresholds_of, word_cutter
from training.progress import show_progress
from training.tasks import ColdOptions, Trained, TrainOptions, evaluate_task, train_task

_MAP_HELP = "字段取自哪一列，可多次给出：text=内容、label=类别；title+text 把两列连起来。"
PRESETS = ("fast", "best")

data_option = click.option("--data", "path", type=click.Path(path_type=Path), required=True)
map_option = click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help=_MAP_HELP)
json_option = click.option("--json", "as_json", is_flag=True, help="标准输出只打印一个 JSON 对象。")
preset_option = click.option(
    "--preset",
    type=click.Choice(PRESETS),
    help="不给 --model 且没有启用过自己的模型时，用随附的哪一个：fast 是服务默认所用，best 更准而较慢；"
    "默认 best，没有安装 onnxruntime 时为 fast。",
)
model_option = click.option("--model", help="模型文件夹，或随附模型的名称；不给则用随附的默认模型。")


@click.command()
@click.argument("task")
@click.option("--data", "path", type=click.Path(path_type=Path), help="标注文件；preset cold 可以没有。")
@map_option
@click.option("--preset", type=click.Choice([*PRESETS, "cold"]), default="fast", show_default=True)
@click.option("--pack", help="cold：行业包的名称或文件夹；默认 VOC_SECTOR。")
@click.option("--unlabelled", type=click.Path(path_type=Path), help="cold：自己的未标注文本，越多越准。")
@click.option("--labels", help="cold：要区分的类别，用逗号分开；默认为行业包的一级类别。")
@click.option("--under", help="cold：只区分这个类别的下级。")
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
    path: Path | None,
    mapping: tuple[str, ...],
    preset: str,
    pack: str | None,
    unlabelled: Path | None,
    labels: str | None,
    under: str | None,
    tuning: bool,
    seed: int,
    out: Path,
    as_json: bool,
) -> None:
    """用标注文件训练一个模型。

    TASK：sentiment 情感、category 类别、aspect 主题与倾向、opinion 观点三元组、satisfaction 对话满意度、problem
    说出问题的话轮、experience 体验标注（旅程步骤、承诺、调查项等；须装 torch，半小时以上，best 更久）。

    fast：字符 n-gram，数秒；best：另加句向量编码器并投票，微调需数分钟；中断后重新运行同一命令即可继续。
    cold：没有标注也能训练类别模型：用行业包的名称、关键词和规则，加上自己的未标注文本，每类再有 8 到 16 条标注更好。
    """
    encoder = _encoder_folder(settings) if preset == "best" else None
    chosen = tuple(name.strip() for name in re.split("[,，、]", labels or "") if name.strip())
    cold = ColdOptions(
        pack or str(getattr(settings, "sector", "generic")), unlabelled, chosen, under, UseEncoder()
    )
    options = TrainOptions(
        task=task,
        path=path,
        out=out,
        now=datetime.now(UTC),
        mapping=parse_mapping(mapping),
        preset=preset,
        seed=seed,
        encoder=encoder,
        encoder_is_shared=encoder is not None and encoder == shipped_encoder(),
        tuning=tuning,
        cold=cold if preset == "cold" else None,
        progress=show_progress("训练"),
    )
    _print_fit(train_task(options), out, as_json)


@click.command()
@click.argument("task")
@data_option
@model_option
@preset_option
@map_option
@json_option
@click.pass_obj
def evaluate(
    settings: Any,
    task: str,
    path: Path,
    model: str | None,
    preset: str | None,
    mapping: tuple[str, ...],
    as_json: bool,
) -> None:
    """在标注文件上评测一个模型，给出 95% 区间。"""
    folder = _model_folder(settings, task, model, preset)
    measured = evaluate_task(task, path, folder, parse_mapping(mapping), _home(settings))
    values = {**measured.values, "model": load_manifest(folder).name, "rejected": measured.rejected}
    if as_json:
        click.echo(orjson.dumps(values))
    else:
        _print_figures(values)


@click.command()
@click.argument("task")
@data_option
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="结果文件：.csv、.jsonl 或 .parquet。"
)
@model_option
@preset_option
@map_option
@click.option(
    "--abstain", is_flag=True, help="分数低于该类别阈值的行，label 写 未明；阈值存于模型，精确率 90%。"
)
@click.option("--explain", is_flag=True, help="加上 evidence 一列：最多 5 个最支持该标签的词。")
@json_option
@click.pass_obj
def predict(
    settings: Any,
    task: str,
    path: Path,
    out: Path,
    model: str | None,
    preset: str | None,
    mapping: tuple[str, ...],
    abstain: bool,
    explain: bool,
    as_json: bool,
) -> None:
    """给文件的每一行加上 label 和 score 两列。"""
    folder = _model_folder(settings, task, model, preset)
    check_predictable(load_manifest(folder))
    manifest, classifier = load_model(folder, home=_home(settings))
    predictor = Predictor(
        classifier,
        thresholds=thresholds_of(manifest) if abstain else None,
        cut=word_cutter(manifest.task, str(getattr(settings, "sector", "generic"))) if explain else None,
    )
    counts = Counts()
    rows = predict_rows(predictor, path, parse_mapping(mapping), counts, as_json=out.suffix != ".jsonl")
    write_rows(out, rows)
    values = {"n": counts.n, "rejected": counts.rejected, "out": str(out), "model": manifest.name}
    if abstain:
        values["n_unclear"] = counts.n_unclear
    if as_json:
        click.echo(orjson.dumps(values))
        return
    unclear = f"，其中 {counts.n_unclear} 条未明" if abstain else ""
    click.echo(f"{counts.n} 条已写入 {out}{unclear}（未读入 {counts.rejected} 条），模型 {manifest.name}")


def _encoder_folder(settings: Any) -> Path:
    """``VOC_ENCODER`` where it is a folder, else the shipped encoder."""
    given = Path(getattr(settings, "encoder", ""))
    home = Path(getattr(settings, "home", "var"))
    for folder in (given, home / "encoders" / given):
        if given.name and folder.is_dir():
            return folder
    return shipped_encoder()


def _home(settings: Any) -> Path:
    return Path(getattr(settings, "home", "var"))


def _model_folder(settings: Any, task: str, model: str | None, preset: str | None) -> Path:
    sector = getattr(settings, "sector", "generic")
    chosen = preset or ("best" if all(map(find_spec, ("onnxruntime", "tokenizers"))) else "fast")
    return resolve_model(task, model, sector=sector, home=_home(settings), preset=chosen)


def _print_fit(trained: Trained, out: Path, as_json: bool) -> None:
    manifest = trained.manifest
    held_out = next((m for m in manifest.metrics.values() if isinstance(m, Mapping)), manifest.metrics)
    figures = {name: value for name, value in held_out.items() if isinstance(value, int | float)}
    values = {
        **figures,
        "model": manifest.name,
        "out": str(out),
        "n": trained.n,
        "rejected": trained.rejected,
    }
    if as_json:
        click.echo(orjson.dumps(values))
        return
    click.echo(f"模型 {manifest.name} 已写入 {out}：{trained.n} 条，未读入 {trained.rejected} 条")
    click.echo("留出样本上：" + "，".join(_figure(k, v) for k, v in figures.items() if k in _FIGURES))


_FIGURES = {
    "n": "条数",
    "accuracy": "准确率",
    "macro_f1": "宏平均 F1",
    "micro_f1": "微平均 F1",
    "subject_micro_f1": "主题微平均 F1",
    "precision": "精确率",
    "recall": "召回率",
    "f1": "F1",
    "ece": "校准误差",
    "ece_by_chance": "其中偶然误差",
    "agreement": "两种看法一致的比例",
    "docs_per_second": "条/秒",
    "texts_per_second": "条/秒",
}
"""Names of figures on the screen, in the order shown."""


def _figure(name: str, value: float) -> str:
    return (
        f"{_FIGURES[name]} {value:,.4f}"
        if isinstance(value, float) and value <= 1
        else (f"{_FIGURES[name]} {value:,}")
    )


def _print_figures(values: Mapping[str, Any]) -> None:
    click.echo(f"模型 {values['model']}")
    for name in _FIGURES:
        if values.get(name) is None:
            continue
        low, high = values.get(f"{name}_interval", (None, None))
        interval = f"（95% 区间 {low:.4f}–{high:.4f}）" if low is not None else ""
        click.echo(_figure(name, values[name]) + interval)
    for part, scores in _parts(values).items():
        shown = "，".join(_figure(k, v) for k, v in scores.items() if k in _FIGURES)
        click.echo(f"  {scores.get('name', part)}：{shown}")


def _parts(values: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Figures by label or by part, wherever a task has them; a bare number by label is its F1."""
    per_label = {
        label: scores if isinstance(scores, Mapping) else {"f1": scores}
        for label, scores in values.get("per_label", {}).items()
    }
    of_task = {name: part for name, part in values.items() if isinstance(part, Mapping) and "f1" in part}
    return {**per_label, **values.get("parts", {}), **of_task}
