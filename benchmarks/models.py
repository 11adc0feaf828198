"""``make bench-models``: our models and other people's on the shared test files, one run, one table.

Peers: SnowNLP, cnsenti, fastText, plain TF-IDF with a linear SVM. Ours: preset ``fast``, preset ``best`` on the
shipped encoder or on ``--encoder FOLDER`` (as it is; ``--tuning`` tunes it too, which takes most of an hour), and
any model folder given as ``--model TASK=FOLDER``. Writes
``benchmarks/results/models-<date>.json`` and ``.md``. Everything is fitted with the seed that is printed; times
are only to be compared within one run.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks.__main__ import RESULTS, _about
from benchmarks.models_ours import Given, Preset
from benchmarks.models_peers import PEERS, Predict, Predictions, reason_against
from benchmarks.models_table import to_markdown
from benchmarks.models_tasks import TASKS, Split, Task, read_split, shared_data
from data.encoders import shipped_encoder
from models.classify.calibration import calibration_error_by_chance
from training.evaluate import evaluate_probabilities

SEED = 13
N_ROUNDS = 3
SLOW_SECONDS = 5.0


class Contender(Protocol):
    @property
    def name(self) -> str: ...

    def fit(self, texts: Sequence[str], labels: Sequence[str], classes: Sequence[str]) -> Predict: ...


def main(arguments: list[str] | None = None) -> int:
    """Run, print and write. Exit code 2 without the shared data."""
    options = _options(arguments)
    if not shared_data().is_dir():
        print(f"no shared data at {shared_data()}: set VOC_SHARED_DATA")
        return 2
    about = {**_about(), "seed": options.seed, "split": "train.csv / test.csv as they lie"}
    tasks = []
    for task in [task for task in TASKS if not options.task or task.name in options.task]:
        tasks.append(compare(task, options))
        print(to_markdown(about, tasks[-1:]), flush=True)
    if options.out is not None:
        _write(options.out, about, tasks)
    return 0


def compare(task: Task, options: argparse.Namespace) -> dict[str, Any]:
    """All contenders on one task."""
    train = read_split(task, "train").drawn(options.rows, options.seed)
    test = read_split(task, "test").drawn(options.rows, options.seed)
    contenders = _contenders(task, sorted(set(train.labels)), options)
    return compare_rows(task, contenders, train, test, seed=options.seed)


def compare_rows(
    task: Task,
    contenders: Sequence[tuple[Contender, str | None]],
    train: Split,
    test: Split,
    *,
    seed: int,
) -> dict[str, Any]:
    """Figures of each contender, or the reason, given or met on the way, why there are none."""
    classes = sorted(set(train.labels) | set(test.labels))
    figures: dict[str, Any] = {}
    for contender, reason in contenders:
        print(f"{task.name}: {contender.name}", flush=True)
        if reason is None:
            figures[contender.name] = _measured(contender, task, classes, train, test, seed)
        else:
            figures[contender.name] = {"not_run": reason}
    return {
        "name": task.name,
        "file": f"{task.folder}/test.csv",
        "top": task.top,
        "n_train": len(train.texts),
        "n_test": len(test.texts),
        "n_classes": len(classes),
        "mean_chars": round(sum(map(len, test.texts)) / max(len(test.texts), 1)),
        "models": figures,
    }


def _contenders(
    task: Task, classes: Sequence[str], options: argparse.Namespace
) -> list[tuple[Contender, str | None]]:
    found: list[tuple[Contender, str | None]] = []
    if not options.no_peers:
        found += [(peer, reason_against(peer, classes)) for peer in PEERS]
    found.append((Preset("fast", task.kind, options.seed), None))
    encoder = options.encoder or shipped_encoder()
    found.append((Preset("best", task.kind, options.seed, encoder, tuning=options.tuning), None))
    found += [(Given(folder), None) for name, folder in options.model if name == task.name]
    return [(one, reason) for one, reason in found if not options.only or options.only in one.name]


def _measured(
    contender: Contender, task: Task, classes: Sequence[str], train: Split, test: Split, seed: int
) -> dict[str, Any]:
    max_rows = getattr(contender, "max_rows", None)
    train, test = train.drawn(max_rows, seed), test.drawn(max_rows, seed)
    started = time.perf_counter()
    try:
        predict = contender.fit(train.texts, train.labels, classes)
        fit_seconds = time.perf_counter() - started
        predict(test.texts[:20])
        predictions, seconds, cpu_seconds = _timed(predict, test.texts)
    except Exception as error:  # a peer that fails must not end the run
        return {"not_run": f"failed: {type(error).__name__}: {str(error)[:120]}"}
    y = np.array([classes.index(label) for label in test.labels])
    return {
        **_scores(predictions, y, classes, task.top),
        "commit": _about()["commit"],
        "n_train": len(train.texts),
        "docs_per_second": round(len(test.texts) / seconds, 1),
        "docs_per_cpu_second": round(len(test.texts) / cpu_seconds, 1),
        "fit_seconds": round(fit_seconds, 2),
    }


def _timed(predict: Predict, texts: Sequence[str]) -> tuple[Predictions, float, float]:
    """Predictions, and clock and processor time of the best of three rounds; of one where a round is slow."""
    best = (float("inf"), float("inf"))
    for _ in range(N_ROUNDS):
        started, cpu_started = time.perf_counter(), time.process_time()
        predictions = predict(texts)
        cpu = time.process_time() - cpu_started
        best = min(best, (max(time.perf_counter() - started, 1e-9), max(cpu, 1e-9)))
        if best[0] > SLOW_SECONDS:
            break
    return predictions, *best


def _scores(
    predictions: Predictions, y: NDArray[np.int64], classes: Sequence[str], top: int | None
) -> dict[str, Any]:
    p = predictions.probabilities
    result = evaluate_probabilities(p, y, classes, seed=SEED).to_dict()
    kept = ("n", "accuracy", "accuracy_interval", "macro_f1", "macro_f1_interval")
    among = np.argsort(-p, axis=1, kind="stable")[:, : top or 1]
    return {
        **{name: result[name] for name in kept},
        "ece": result["ece"] if predictions.graded else None,
        "ece_by_chance": round(calibration_error_by_chance(p, seed=SEED), 4) if predictions.graded else None,
        "top_accuracy": round(float((among == y[:, None]).any(axis=1).mean()), 4) if top else None,
    }


def _write(folder: Path, about: dict[str, Any], tasks: list[dict[str, Any]]) -> None:
    """What was measured the same day and not now stays as it is; each model's figures name their commit."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"models-{about['date'][:10]}.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["tasks"] if path.is_file() else []
    found = {task["name"]: task for task in kept}
    for task in tasks:
        models = found.get(task["name"], {}).get("models", {})
        found[task["name"]] = {**task, "models": {**models, **task["models"]}}
    tasks = [found[task.name] for task in TASKS if task.name in found]
    path.write_text(
        json.dumps({"about": about, "tasks": tasks}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    path.with_suffix(".md").write_text(to_markdown(about, tasks), encoding="utf-8")
    print(path)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=__doc__)
    parser.add_argument("--task", action="append", choices=[t.name for t in TASKS], help="only this one")
    parser.add_argument("--model", action="append", default=[], type=_given, metavar="TASK=FOLDER")
    parser.add_argument("--encoder", type=Path, help="folder of an encoder other than the shipped one")
    parser.add_argument("--tuning", action="store_true", help="let preset best tune the encoder too")
    parser.add_argument("--only", metavar="TEXT", help="only models whose name has this in it")
    parser.add_argument("--rows", type=int, help="at most so many rows of each file, to try things out")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, help="folder of the results")
    options = parser.parse_args(arguments)
    if options.out is None and not (options.task or options.rows or options.no_peers):
        options.out = RESULTS
    return options


def _given(value: str) -> tuple[str, Path]:
    name, _, folder = value.partition("=")
    if name not in {task.name for task in TASKS} or not Path(folder).is_dir():
        raise argparse.ArgumentTypeError("TASK=FOLDER, TASK one of " + ", ".join(t.name for t in TASKS))
    return name, Path(folder)


if __name__ == "__main__":
    raise SystemExit(main())
