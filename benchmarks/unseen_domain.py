"""The shipped default sentiment on reviews of a field it never saw: ``python -m benchmarks.unseen_domain``.

Hotels are that field. The shipped encoder is tuned anew and the default models of both presets are fitted anew, by
the code and settings that made the shipped ones, without any text of ``sentiment_hotel`` and without any row of
``shopping`` whose category is 酒店 (most hotel texts stand there too). They are then measured on
``sentiment_hotel/test.csv`` as ``voc evaluate sentiment`` measures: the file has two classes, the models choose
among these two. Reviews of restaurants stay in, some of which mention the hotel they are in.

About 40 minutes on two cores; a killed run goes on when it is started again with the same ``--work``. Writes
``benchmarks/results/unseen-domain-<date>.json``.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.__main__ import _about, write_figures
from benchmarks.models_peers import SnowNlpShipped
from benchmarks.models_tasks import shared_data
from data.formats.mapping import LabelledTable, read_labelled
from models.artifact.seen_rows import ROWS, read_rows, row_hash, seen_digests, stored_digests
from models.classify.catalog import load_classifier
from models.classify.protocol import Classifier
from models.encoder.folder import load_encoder_manifest, read_encoder_file
from models.encoder.onnx_encoder import OnnxEncoder
from training.defaults import build_defaults
from training.evaluate import evaluate_classifier, evaluate_rows
from training.presets import ENCODER, NGRAMS
from training.shipped_encoder import CONFIG, build

HOTELS, SHOP, HOTEL_CATEGORY = "sentiment_hotel", "shopping", "酒店"
TEST_FILE = f"{HOTELS}/test.csv"
WORK = Path(__file__).parents[1] / "var" / "unseen-domain"
WANTED = 0.885
PRESETS = ("fast", "best")
SEED = 13
_KEPT = ("n", "accuracy", "accuracy_interval", "macro_f1", "macro_f1_interval", "ece", "ece_by_chance")


def main(arguments: list[str] | None = None) -> int:
    """Tune, fit, measure, print and write. Exit code 2 without the shared data."""
    options = _options(arguments)
    if not options.shared.is_dir():
        print(f"no shared data at {options.shared}: set VOC_SHARED_DATA or --shared")
        return 2
    about = _about()
    shared = options.shared if options.rows is None else excerpt(options.shared, options.work, options.rows)
    started = time.monotonic()
    found = measure(shared, options.work)
    figures = {
        "about": {**about, "seed": SEED, "epochs": CONFIG.epochs, "minutes": _minutes(started)},
        "test_file": TEST_FILE,
        "wanted_accuracy": WANTED,
        **found,
    }
    if options.rows is None:
        write_figures("unseen-domain", figures)
    else:
        print(figures)
    return 0


def measure(shared: Path, work: Path) -> dict[str, Any]:
    """Figures of models that saw no hotel, made in ``work``, on the hotel test file.

    Raises ``AssertionError`` where a left-out text stands among the rows that encoder or models were fitted on.
    """
    left_out = frozenset(map(row_hash, domain_texts(shared)))
    now = datetime.now(UTC)
    build(shared, work, now=now, left_out=left_out)
    encoder = OnnxEncoder(work / "encoder")
    out = work / "models"
    shutil.rmtree(out, ignore_errors=True)
    made = build_defaults(
        shared, out, now=now, presets=PRESETS, tasks=("sentiment",), left_out=left_out, encoder=encoder.folder
    )
    test = read_labelled(shared / TEST_FILE, {})
    models: dict[str, Any] = {}
    fitted = {}
    for manifest in made:
        folder = out / manifest.task / manifest.version
        check_unseen(left_out, read_rows(folder, manifest))
        _, model = load_classifier(folder, encoders=lambda name: encoder)
        fitted[str(manifest.notes["preset"])] = manifest.data["n_rows"]
        models |= _measured(str(manifest.notes["preset"]), model, test)
    n_tuned = check_unseen(left_out, _encoder_rows(encoder.folder))
    return {
        "n_left_out": len(left_out),
        "n_tuning_rows": n_tuned,
        "n_fitted_rows": fitted,
        "encoder": encoder.name,
        "models": {**models, SnowNlpShipped.name: _snownlp(test)},
    }


def domain_texts(shared: Path) -> Iterator[str]:
    """Every text about hotels, of train and test files."""
    for part in ("train", "test"):
        yield from (row["text"] for row in _csv(shared / HOTELS / f"{part}.csv"))
        yield from (
            row["text"] for row in _csv(shared / SHOP / f"{part}.csv") if row["category"] == HOTEL_CATEGORY
        )


def check_unseen(left_out: frozenset[int], rows: NDArray[np.uint64] | None) -> int:
    """Number of ``rows``, the digests that a model keeps of what it was fitted on.

    Raises ``AssertionError`` if one of ``left_out`` is among them, or if there are none to look at.
    """
    assert rows is not None and len(rows), "no digests of rows were kept"
    n_seen = int(seen_digests(np.array(sorted(left_out), dtype=np.uint64), rows).sum())
    assert not n_seen, f"{n_seen} texts that were to be left out are among the rows"
    return len(rows)


def _encoder_rows(folder: Path) -> NDArray[np.uint64]:
    return stored_digests(read_encoder_file(folder, load_encoder_manifest(folder), ROWS))


def excerpt(shared: Path, work: Path, n_rows: int) -> Path:
    """A copy of the data with at most ``n_rows`` rows of each file, spread evenly: to try the run out."""
    out = work / "shared"
    for path in sorted(path for path in shared.rglob("*") if path.suffix in (".csv", ".tsv", ".txt")):
        target = out / path.relative_to(shared)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            rows = list(_csv(path))
            with target.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, rows[0].keys())
                writer.writeheader()
                writer.writerows(_spread(rows, n_rows))
        else:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            target.write_text("".join(_spread(lines, n_rows)), encoding="utf-8")
    return out


def _spread(rows: Sequence[Any], n: int) -> list[Any]:
    return [rows[i * len(rows) // n] for i in range(n)] if len(rows) > n else list(rows)


def _measured(preset: str, model: Any, test: LabelledTable) -> dict[str, Any]:
    """The model as it is served; of ``best`` also its members and their vote, without composition."""
    found = {f"default, {preset}": _figures(model, test)}
    if preset == "best":
        members = model.base.members
        found["best: vote without composition"] = _figures(model.base, test)
        found["best: n-grams alone"] = _figures(members[NGRAMS], test)
        found["best: encoder head alone"] = _figures(members[ENCODER], test)
    return found


def _figures(model: Classifier, test: LabelledTable) -> dict[str, Any]:
    values = evaluate_classifier(model, test.texts, test.labels, seed=SEED).to_dict()
    return {name: values[name] for name in _KEPT}


def _snownlp(test: LabelledTable) -> dict[str, Any]:
    """SnowNLP as it comes, fitted by its author on reviews of its own."""
    if find_spec("snownlp") is None:
        return {"not_run": "not installed: pip install '.[bench]'"}
    classes = ("negative", "positive")
    found = SnowNlpShipped().fit((), (), classes)(test.texts)
    values = evaluate_rows(found.probabilities, classes, test.labels, seed=SEED).to_dict()
    return {name: values[name] for name in _KEPT}


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _minutes(started: float) -> float:
    return round((time.monotonic() - started) / 60, 1)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unseen_domain", description=__doc__)
    parser.add_argument("--work", type=Path, default=WORK, help="folder of encoder, models and checkpoint")
    parser.add_argument("--shared", type=Path, default=shared_data(), help="folder of the public data")
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
