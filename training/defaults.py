"""The shipped models, from the shared public data: ``python -m training.defaults SHARED_DATA OUT``.

Tasks and presets may follow; without them all are made.

Only ``train`` files are read for fitting; a text that stands in any ``test`` file is left out, so that the
shipped models can be measured on those files. Weak labels, named in the model card:

* a car-forum text whose opinions are all of one polarity, a restaurant sentence whose triplets are, carry it;
* a line of the telecom hotline that names no trouble is neutral (callers state a wish);
* a car complaint is negative.
"""

from __future__ import annotations

import csv
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from data.encoders import shipped_encoder
from data.packs import load_pack
from models.artifact.manifest import Manifest
from models.artifact.seen_rows import row_hash
from models.core.errors import FileFormatError
from training.fit import FitRequest, fit_folder

_LICENCE = (
    "Trained on public data: see docs/models.md for sources and licences as stated there; "
    "none of the texts is part of this model folder."
)
_POLARITY = {"-1": "negative", "0": "neutral", "1": "positive"}
_TRIPLET = {"NEG": "negative", "NEU": "neutral", "POS": "positive"}
_TRIPLET_POLARITY = re.compile(r"'(NEG|NEU|POS)'")
MAX_TRIPLET_ROWS_PER_LABEL = 4000
MAX_HOTLINE_ROWS = 3000
_TROUBLE = re.compile("不|没|慢|断|差|坏|错|乱|投诉|太|怎么|为什么|骗|故障|问题|欠|贵|多扣|停机")
SEED = 13
TASKS = ("sentiment", "category.automotive", "category.public-service")
MAX_NGRAMS = {"fast": 60_000, "best": 50_000}
"""Kept in the shipped models: all of them together stay under 25 MB."""

NOT_SHIPPED = {("category.public-service", "best"), ("category.automotive", "best")}
"""There the n-grams alone are as good: long messages name their topic, and the car labels are noisy."""

Labelled = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """Labelled rows and the line about them in the model card."""

    name: str
    rows: list[Labelled]


def sentiment_sources(shared: Path) -> list[Source]:
    """Rows for the default sentiment model; repeats and test texts are still in."""
    hotel = [(row["text"], row["label"]) for row in _csv(shared / "sentiment_hotel/train.csv")]
    shopping = [(row["text"], row["sentiment"]) for row in _csv(shared / "shopping/train.csv")]
    car = [
        (row["text"], "negative")
        for row in _csv(shared / "car_complaints/train.csv")
        if len(row["text"]) >= 15
    ]
    return [
        Source("sentiment_hotel/train.csv: hotel reviews (ChnSentiCorp)", hotel),
        Source("shopping/train.csv: online shopping reviews", shopping),
        Source("aspect_car/train.csv: car forum, texts of one polarity", list(_car_opinions(shared))),
        Source("aspect_triplets/train.txt: restaurant reviews, sentences of one polarity", _triplets(shared)),
        Source("asr_lines/lines.tsv: telecom hotline, taken as neutral", _hotline(shared)),
        Source("car_complaints/train.csv: taken as negative", car),
    ]


def category_source(shared: Path, sector: str) -> Source:
    """Rows for the category model of ``automotive`` or ``public-service``."""
    if sector == "automotive":
        rows = [(row["text"], row["problem"]) for row in _csv(shared / "car_complaints/train.csv")]
        return Source("car_complaints/train.csv: 19 problems", [row for row in rows if row[1]])
    rows = [
        (f"{row['title']}。{row['text']}", row["label"])
        for row in _csv(shared / "citizen_messages/train.csv")
    ]
    return Source("citizen_messages/train.csv: messages to city governments, 7 labels", rows)


def build_defaults(
    shared: Path,
    out: Path,
    *,
    now: datetime,
    presets: Sequence[str] = ("fast", "best"),
    tasks: Sequence[str] = TASKS,
    left_out: frozenset[int] = frozenset(),
    encoder: Path | None = None,
) -> Iterator[Manifest]:
    """Fit the shipped models of ``tasks`` into ``out/<task>/<version>``, one by one.

    Rows whose ``row_hash`` stands in ``left_out`` take no part; ``best`` stands on ``encoder``, by default the
    shipped one. Raises ``FileFormatError`` without the data, ``NotFoundError`` without the shipped encoder.
    """
    if not shared.is_dir():
        raise FileFormatError(
            path=str(shared), reason="找不到共享数据", reason_en="the shared data is absent"
        )
    held_out = _test_texts(shared)
    for preset in presets:
        for task in tasks:
            if (task, preset) in NOT_SHIPPED:
                continue
            sector = task.partition(".")[2] or None
            sources = [category_source(shared, sector)] if sector else sentiment_sources(shared)
            rows = _distinct(sources, held_out, left_out)
            request = _request(task, preset, sources, rows, sector, now=now, encoder=encoder)
            yield _fit(out, request, rows)


def _distinct(
    sources: Sequence[Source], held_out: set[str], left_out: frozenset[int]
) -> dict[str, tuple[str, int]]:
    """Each text once, with its label and the number of the first source that has it."""
    seen: dict[str, tuple[str, int]] = {}
    for number, source in enumerate(sources):
        for text, label in source.rows:
            if _key(text) not in held_out and row_hash(text) not in left_out:
                seen.setdefault(text, (label, number))
    return seen


def _request(
    task: str,
    preset: str,
    sources: Sequence[Source],
    rows: Mapping[str, tuple[str, int]],
    sector: str | None,
    *,
    now: datetime,
    encoder: Path | None,
) -> FitRequest:
    taxonomy = load_pack(sector).taxonomy if sector else None
    labels = {label for label, _ in rows.values()}
    classes = {label: node.id for label in labels if taxonomy is not None and (node := taxonomy.find(label))}
    return FitRequest(
        task=task,
        now=now,
        preset=preset,
        seed=SEED,
        sources=tuple(f"{source.name} ({len(source.rows)} rows)" for source in sources),
        licence_note=_LICENCE,
        taxonomy=taxonomy.to_dict() if taxonomy is not None else None,
        categories_of_classes=dict(sorted(classes.items())),
        encoder=(encoder or shipped_encoder()) if preset == "best" else None,
        encoder_is_shared=True,
        tuning=False,
        max_ngrams=MAX_NGRAMS[preset],
        row_sources=np.array([number for _, number in rows.values()]),
    )


def _fit(out: Path, request: FitRequest, rows: Mapping[str, tuple[str, int]]) -> Manifest:
    part = out / request.task / "new"
    manifest = fit_folder(request, list(rows), [label for label, _ in rows.values()], part)
    final = out / request.task / manifest.version
    if final.exists():
        raise FileFormatError(path=str(final), reason="版本已存在", reason_en="that version exists already")
    part.rename(final)
    return manifest


def _key(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _test_texts(shared: Path) -> set[str]:
    names = ("sentiment_hotel", "shopping", "aspect_car", "car_complaints", "citizen_messages")
    return {_key(row["text"]) for name in names for row in _csv(shared / name / "test.csv")}


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _car_opinions(shared: Path) -> Iterator[Labelled]:
    for row in _csv(shared / "aspect_car/train.csv"):
        polarities = {part.rpartition(":")[2] for part in row["opinions"].split("|")}
        if len(polarities) == 1 and (label := _POLARITY.get(polarities.pop())):
            yield row["text"], label


def triplet_rows(shared: Path) -> list[Labelled]:
    """Restaurant sentences whose triplets are all of one polarity."""
    rows = []
    lines = (shared / "aspect_triplets/train.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        characters, _, triplets = line.partition("####")
        found = set(_TRIPLET_POLARITY.findall(triplets))
        if len(found) == 1:
            rows.append((characters.replace(" ", "").strip(), _TRIPLET[found.pop()]))
    return rows


def _triplets(shared: Path) -> list[Labelled]:
    by_label: dict[str, list[Labelled]] = {}
    for row in triplet_rows(shared):
        by_label.setdefault(row[1], []).append(row)
    return [row for rows in by_label.values() for row in _drawn(rows, MAX_TRIPLET_ROWS_PER_LABEL)]


def _hotline(shared: Path) -> list[Labelled]:
    rows = []
    for line in (shared / "asr_lines/lines.tsv").read_text(encoding="utf-8").splitlines():
        sentence = json.loads(line.partition("\t")[2])["sentence"]
        if len(sentence) >= 4 and not _TROUBLE.search(sentence):
            rows.append((sentence, "neutral"))
    return _drawn(rows, MAX_HOTLINE_ROWS)


def _drawn(rows: Iterable[Labelled], n: int) -> list[Labelled]:
    rows = sorted(set(rows))
    return sorted(random.Random(SEED).sample(rows, min(n, len(rows))))  # noqa: S311


def main(arguments: list[str]) -> None:
    shared, out, *chosen = arguments
    presets = [name for name in ("fast", "best") if name in chosen] or ["fast", "best"]
    tasks = [name for name in TASKS if name in chosen] or TASKS
    made = build_defaults(Path(shared), Path(out), now=datetime.now(UTC), presets=presets, tasks=tasks)
    for manifest in made:
        sys.stdout.write(f"{manifest.name}: {manifest.metrics['held_out_folds']['accuracy']}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
