"""Time and memory of finding root causes, by the number of clauses: ``python -m benchmarks.root_cause_scale``.

Clauses of public texts: the first three of each text (short messages, hence many voices), and whole texts. Each
measurement is a process of its own that reads prepared clauses and calls ``discover``, first with nothing cached,
then with every vector in a cache. And the loss where causes are sought in a part of the voices: adjusted mutual
information with the result of seeking in all, beside that of two seeds. Writes
``benchmarks/results/root-cause-scale-<date>.json``, ``.md`` and ``.svg``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks.__main__ import RESULTS, _about
from benchmarks.models_tasks import shared_data
from benchmarks.root_cause_scale_table import to_markdown, to_svg
from benchmarks.root_cause_texts import prepare, read_rows
from benchmarks.root_cause_vectors import FileCache
from data.samples.generator import generate
from models.core.transcript import Speaker, Transcript
from models.rootcause.cause import Discovery
from models.rootcause.discover import DiscoverConfig, discover
from models.rootcause.texts import clause_units
from models.rootcause.units import Unit
from models.rootcause.vectors import UseEncoder
from models.text.segment import Segmenter

SIZES = (10_000, 20_000, 50_000, 100_000)
WANTED_SECONDS, WANTED_MIB = 240.0, 2048.0
N_OF_PART = 50_000
EVERYTHING = 10**9
_SHORT = 3
_SENTENCES = re.compile(r"[^，。！？；,!?;\n\r]+[，。！？；,!?;\n\r]*")
_MONTH = "2024-01"


def main(arguments: list[str] | None = None) -> int:
    """Run, print and write. Exit code 2 without the shared data."""
    options = _options(arguments)
    if options.one:
        print(json.dumps(measure_one(options.one, options.vectors, options.max_voices, options.seed)))
        return 0
    if not shared_data().is_dir():
        print(f"no shared data at {shared_data()}: set VOC_SHARED_DATA")
        return 2
    figures: dict[str, Any] = {"about": _about()}
    with tempfile.TemporaryDirectory(prefix="voc-scale-") as name:
        folder = Path(name)
        short, whole = prepare_units(folder, options.sizes)
        figures["growth"] = [
            row for n in options.sizes for row in _both(short[n], n, "three clauses", folder)
        ]
        figures["growth"] += _both(whole, max(options.sizes), "whole texts", folder)
        if options.generated:
            path = write_generated(folder / "generated.jsonl", options.generated)
            found = _run(path, None, None, 0)
            figures["growth"].append({"shape": "generated dialogues", "cached": False, **found})
        if options.part:
            figures["part"] = compare_parts(short[options.part], options.part, folder)
    figures["wanted"] = {"seconds": WANTED_SECONDS, "mib": WANTED_MIB}
    _write(options.out, figures)
    return 0


def prepare_units(folder: Path, sizes: Sequence[int]) -> tuple[dict[int, Path], Path]:
    """Files of units: of each size with short texts, of the largest with whole ones."""
    analyzer, most = _analyzer(), max(sizes)
    short: list[Unit] = []
    whole: list[Unit] = []
    for number, text in enumerate(complaints()):
        start = "".join(_SENTENCES.findall(text)[:_SHORT]) if len(whole) >= most else text
        given = prepare([(start, "")], analyzer)
        units = clause_units(f"{number:06d}", given.texts[0], given.words[0])
        short += units[:_SHORT]
        whole += units if len(whole) < most else []
        if len(short) >= most:
            break
    files = {}
    for n in sizes:
        files[n] = folder / f"short-{n}.jsonl"
        write_units(files[n], short[:n])
    write_units(folder / "whole.jsonl", whole[: max(sizes)])
    return files, folder / "whole.jsonl"


def write_generated(path: Path, n: int) -> Path:
    """``n`` clauses of customers of generated dialogues: more than the public texts have, many of them alike."""
    segmenter, left = _analyzer().segmenter, n
    with path.open("wb") as file:
        for number, sector in enumerate(itertools.cycle(("automotive", "telecom", "retail"))):
            for sample in generate(sector=sector, months=12, per_month=max(1, n // 200), seed=number):
                for unit in _customer_units(sample.transcript, segmenter, prefix=str(number)):
                    file.write(orjson.dumps(_row_of(unit)) + b"\n")
                    left -= 1
                    if not left:
                        return path
    return path


def _customer_units(transcript: Transcript, segmenter: Segmenter, prefix: str) -> Iterator[Unit]:
    for number, turn in enumerate(transcript.turns):
        if turn.speaker is Speaker.CUSTOMER:
            words = [word for word in segmenter.words(turn.text) if any(char.isalnum() for char in word)]
            for unit in clause_units(f"{prefix}-{transcript.external_id}", turn.text, words):
                yield replace(unit, start=unit.start + number * 10_000, end=unit.end + number * 10_000)


def complaints() -> list[str]:
    """Distinct negative texts of four public data sets, mixed, always the same way."""
    folders = ("shopping", "car_complaints", "citizen_messages")
    files = [f"{name}/{part}.csv" for name in folders for part in ("train", "test")]
    rows = read_rows(*files, "hot_topics/messages.csv")
    texts = sorted({row["text"] for row in rows if row.get("sentiment", "negative") == "negative"})
    random.Random(0).shuffle(texts)
    return texts


def write_units(path: Path, units: Sequence[Unit]) -> None:
    """One unit a line."""
    with path.open("wb") as file:
        for unit in units:
            file.write(orjson.dumps(_row_of(unit)) + b"\n")


def _row_of(unit: Unit) -> list[Any]:
    return [unit.transcript_id, unit.start, unit.end, unit.text, unit.words]


def read_units(path: Path) -> list[Unit]:
    """The units of a file that ``write_units`` wrote."""
    with path.open("rb") as file:
        rows = (orjson.loads(line) for line in file)
        return [Unit(key, start, end, text, tuple(words)) for key, start, end, text, words in rows]


def measure_one(path: Path, vectors: Path | None, max_voices: int | None, seed: int) -> dict[str, Any]:
    """Find root causes in the units of ``path``, in this process; labels go beside the vectors, if these are kept."""
    units = read_units(path)
    config = DiscoverConfig()
    config = replace(config, consensus=replace(config.consensus, seed=seed))
    if max_voices:
        config = replace(config, max_voices=max_voices)
    cache = FileCache(vectors) if vectors else None
    before_mib, started, cpu = _peak_mib(), time.perf_counter(), time.process_time()
    found = discover(units, month=_MONTH, encoder=UseEncoder(), config=config, cache=cache)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    figures = {
        "n_units": len(units),
        "n_voices": len({unit.voice_id for unit in units}),
        "n_causes": len(found.causes),
        "unassigned_units": round(1 - len(found.assignments) / len(units), 4),
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu_seconds, 1),
        "peak_mib": round(_peak_mib()),
        "before_mib": round(before_mib),
    }
    if vectors and cache:
        cache.save()
        np.save(vectors / f"labels-{max_voices or 0}-{seed}.npy", labels_of(units, found))
    return figures


def labels_of(units: Sequence[Unit], found: Discovery) -> np.ndarray:
    """The number of each unit's cause in order of voices, -1 for none, ``(n_units,)``."""
    number = {cause.id: i for i, cause in enumerate(found.causes)}
    of = {(a.transcript_id, a.start, a.end): number[a.cause_id] for a in found.assignments}
    return np.array([of.get((u.transcript_id, u.start, u.end), -1) for u in units], dtype=np.int64)


def agreement(left: np.ndarray, right: np.ndarray) -> dict[str, float]:
    """Adjusted mutual information of two results: over units that both assigned, and over all."""
    from sklearn.metrics import adjusted_mutual_info_score

    both = (left >= 0) & (right >= 0)
    return {
        "both_assigned": round(float(both.mean()), 4),
        "ami_assigned": round(float(adjusted_mutual_info_score(left[both], right[both])), 4),
        "ami_all": round(float(adjusted_mutual_info_score(left, right)), 4),
    }


def compare_parts(path: Path, n: int, folder: Path) -> dict[str, Any]:
    """Seeking in parts of the voices against seeking in all of them, and another seed against the same."""
    vectors = folder / f"three clauses-{n}"
    tries = {"all": (EVERYTHING, 0), "all, another seed": (EVERYTHING, 1)}
    tries |= {f"{part:,} voices": (part, 0) for part in (10_000, 5_000, 2_500)}
    runs = {name: _run(path, vectors, *given) for name, given in tries.items()}
    labels = {name: np.load(vectors / f"labels-{most}-{seed}.npy") for name, (most, seed) in tries.items()}
    return {name: {**runs[name], **agreement(labels["all"], labels[name])} for name in tries}


def _both(path: Path, n: int, shape: str, folder: Path) -> list[dict[str, Any]]:
    """Without any cached vector, and with all of them."""
    vectors = folder / f"{shape}-{n}"
    return [{"shape": shape, "cached": cached, **_run(path, vectors, None, 0)} for cached in (False, True)]


def _run(path: Path, vectors: Path | None, max_voices: int | None, seed: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.root_cause_scale", "--one", str(path)]
    command += ["--seed", str(seed), *(["--vectors", str(vectors)] if vectors else [])]
    command += ["--max-voices", str(max_voices)] if max_voices else []
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(path.name, max_voices, seed, figures, flush=True)
    return figures


def _peak_mib() -> float:
    """Peak resident memory of this program. Not ``ru_maxrss``, which begins with that of the caller."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _analyzer() -> Any:
    from service.building import build_analyzer
    from service.settings import load_settings

    return build_analyzer(load_settings(sector="generic"))


def _write(folder: Path, figures: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"root-cause-scale-{figures['about']['date'][:10]}.json"
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(to_markdown(figures), encoding="utf-8")
    path.with_suffix(".svg").write_text(to_svg(figures), encoding="utf-8")
    print(path.with_suffix(".md").read_text(encoding="utf-8"), path, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="time and memory of finding root causes")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument(
        "--part", type=int, default=N_OF_PART, help="size for the loss of parts; 0: leave it out"
    )
    parser.add_argument(
        "--generated", type=int, default=0, help="also so many clauses of generated dialogues"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the result files")
    parser.add_argument("--one", type=Path, help="measure this file of units in this process")
    parser.add_argument("--vectors", type=Path, help="folder of cached vectors")
    parser.add_argument("--max-voices", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if not options.one and options.part and options.part not in options.sizes:
        parser.error("--part must be one of --sizes")
    return options


if __name__ == "__main__":
    raise SystemExit(main())
