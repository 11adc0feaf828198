"""The shipped aspect model: ``python -m training.aspect_defaults SHARED_DATA OUT``.

Only ``train`` files are read. Lines of the telecom hotline, which speak of no car, are the background from which
the model learns to give no label.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from models.artifact.manifest import Manifest
from models.classify.aspect_ngram import AspectParameters
from models.core.errors import FileFormatError
from training.aspect_data import read_aspects
from training.aspect_fit import AspectRequest, fit_aspect

MAX_FEATURES = 25_000
"""About 1.4 MB as a folder."""
MAX_BACKGROUND_ROWS = 1_500
SEED = 13
TASK = "aspect.automotive"
_LICENCE = (
    "Trained on public data: see docs/models.md for sources and licences as stated there; "
    "none of the texts is part of this model folder."
)


def build_aspect_default(shared: Path, out: Path, *, now: datetime) -> Manifest:
    """Fit into ``out/aspect.automotive/<version>``. Raises ``FileFormatError`` without the data."""
    if not shared.is_dir():
        raise FileFormatError(
            path=str(shared), reason="找不到共享数据", reason_en="the shared data is absent"
        )
    table = read_aspects(shared / "aspect_car/train.csv")
    background = background_lines(shared / "asr_lines/lines.tsv")
    request = AspectRequest(
        task=TASK,
        now=now,
        parameters=AspectParameters(max_features=MAX_FEATURES, seed=SEED),
        background=background,
        sources=(
            f"aspect_car/train.csv: car forum opinions, CCF BDCI 2018 ({len(table.texts)} rows)",
            f"asr_lines/lines.tsv: telecom hotline, taken as naming no subject ({len(background)} rows)",
        ),
        licence_note=_LICENCE,
    )
    part = out / TASK / "new"
    manifest = fit_aspect(request, table.texts, table.labels, part)
    final = out / TASK / manifest.version
    if final.exists():
        raise FileFormatError(path=str(final), reason="版本已存在", reason_en="that version exists already")
    part.rename(final)
    return manifest


def background_lines(path: Path) -> tuple[str, ...]:
    """Lines of the hotline of 4 characters or more, drawn by a fixed seed."""
    found = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        sentence = json.loads(line.partition("\t")[2])["sentence"]
        if len(sentence) >= 4:
            found.add(sentence)
    drawn = random.Random(SEED).sample(sorted(found), min(len(found), MAX_BACKGROUND_ROWS))  # noqa: S311
    return tuple(sorted(drawn))


def main(arguments: list[str]) -> None:
    manifest = build_aspect_default(Path(arguments[0]), Path(arguments[1]), now=datetime.now(UTC))
    sys.stdout.write(f"{manifest.name}: {manifest.metrics['held_out_folds']['micro_f1']}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
