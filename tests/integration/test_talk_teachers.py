"""Teachers of the talk network: what an encoder reads of a dialogue, and a network that learns from them."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from data.artifacts.loading import load_model
from data.artifacts.shipped import shipped_models
from data.dialogues.loading import LabelledDialogue, load_labelled
from data.encoders import shipped_encoder
from models.experience.talk_files import load_talk
from training.encoder.tuned_folder import prepare_start
from training.experience.fit import MIN_DIALOGUES, TalkRequest, TalkStart, fit_talk, start_of
from training.experience.learning import LessonRows, TalkPlan, scope_of, taught_loss
from training.experience.lessons import Lesson, make_lessons
from training.experience.teachers import TeacherPlan, Teachers
from training.experience.tokens import DialogueTokenizer

NOW = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def start() -> TalkStart:
    return start_of(load_talk(shipped_models()["experience"])[1])


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_start(shipped_encoder(), tmp_path_factory.mktemp("encoder")).folder


def _lessons(start: TalkStart, dialogues: list[LabelledDialogue]) -> list[Lesson]:
    return make_lessons(dialogues, start.alphabet, load_model(shipped_models()["sentiment"])[1])


def test_pieces_stand_where_their_tokens_are(start: TalkStart, encoder: Path) -> None:
    tokenizer = DialogueTokenizer(encoder)
    (lesson,) = _lessons(
        start,
        [
            LabelledDialogue(
                "a", "hotel", (("customer", "房间很吵，一夜没睡"), ("agent", "给您换一间")), {"id": "a"}
            )
        ],
    )
    read = tokenizer.read(lesson)
    (row,) = read.rows
    said = [tokenizer._tokenizer.decode(row[start:end]) for _, start, end in read.places]
    assert [text.strip("，") for text in said] == ["房间很吵", "一夜没睡", "给您换一间"]
    assert "客" in tokenizer._tokenizer.decode(row[: read.places[0][1]])


def test_a_long_dialogue_has_several_rows(start: TalkStart, encoder: Path) -> None:
    tokenizer = DialogueTokenizer(encoder)
    turns = tuple(("customer", "空调不制冷，修了三次还是这样，" * 20) for _ in range(4))
    (lesson,) = _lessons(start, [LabelledDialogue("a", "hotel", turns, {"id": "a"})])
    read = tokenizer.read(lesson)
    assert len(read.rows) > 1 and max(map(len, read.rows)) <= tokenizer._most
    assert len(read.places) == len(lesson.page.pieces)
    assert all(0 < start < end < len(read.rows[row]) for row, start, end in read.places)
    assert [row for row, _, _ in read.places] == sorted(row for row, _, _ in read.places)


def test_what_teachers_hold_for_likely_costs_least(start: TalkStart) -> None:
    lessons = _lessons(start, load_labelled()[:3])
    sectors = ("automotive", "")
    scope = scope_of(lessons, sectors, {sector: [] for sector in sectors})
    rng = np.random.default_rng(1)
    taught = [
        rng.normal(size=(len(one.page.pieces), len(scope.labels))).astype(np.float32) for one in lessons
    ]
    batch = LessonRows(lessons, scope, taught=taught).batch([0, 2], 0.0, rng)
    assert batch.taught is not None
    same = taught_loss(batch.taught, batch, scope)
    assert same < taught_loss(batch.taught + 0.5, batch, scope)
    assert same < taught_loss(batch.taught - 0.5, batch, scope)
    plain = LessonRows(lessons, scope).batch([0, 2], 0.0, rng)
    assert float(taught_loss(batch.taught, plain, scope)) == 0.0


def test_a_network_learns_from_teachers(start: TalkStart, encoder: Path, tmp_path: Path) -> None:
    dialogues = load_labelled()[::12][: MIN_DIALOGUES + 20]
    teachers = Teachers(encoder, TeacherPlan(n_layers=1, hidden=32, n_epochs=1))
    done: list[float] = []
    request = TalkRequest(
        dialogues,
        tmp_path / "m",
        NOW,
        TalkPlan(n_epochs=1),
        resume_folder=tmp_path / "run",
        teachers=teachers,
    )
    manifest = fit_talk(request, start, progress=lambda share, what: done.append(share))
    assert done == sorted(done)
    assert {0.0, 0.12, 0.4, 0.65, 1.0} <= {round(share, 6) for share in done}, "the end of each part"
    assert manifest.notes["teachers"]["n_layers"] == 1
    assert not (tmp_path / "run").exists()
    odds = load_talk(tmp_path / "m")[1].net.arrays["out.bias"]
    assert bool(torch.isfinite(torch.from_numpy(odds)).all())
