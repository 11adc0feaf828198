"""Fitting an opinion model: a folder that loads, the same weights after a kill, errors that say what to do."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from models.core.errors import ArtifactError, InputError
from models.opinion.catalog import load_extractor
from models.opinion.features import builtin_segmenter, encode_text
from models.opinion.shape import NetworkShape
from models.opinion.values import Triplet
from models.text.align import Span
from training.opinion.evaluate import evaluate_opinion
from training.opinion.fit import fit_opinion
from training.opinion.pretraining import PretrainingPlan, pretrain
from training.opinion.rows import TripletRow
from training.opinion.start import plain_start
from training.opinion.word_vectors import WordVectors, common_words, make_word_vectors

NOW = datetime(2026, 1, 2, tzinfo=UTC)
START = plain_start(
    ["第次来，菜面很好吃差劲0"], WordVectors(("好吃", "差劲"), np.eye(2, 64, dtype=np.float32)), min_count=1
)
SMALL = NetworkShape(
    len(START.char_codes) + 2,
    2,
    char_dim=16,
    hidden=16,
    span_dim=16,
    link_dim=16,
    max_aspect=2,
    max_opinion=4,
)


def rows(n: int) -> list[TripletRow]:
    """Each text of its own, so that a tenth of them can be kept aside."""
    made = []
    for i in range(n):
        text = f"第{i}次来，{'菜' if i % 2 else '面'}很好吃"
        at = text.index("，") + 1
        made.append(TripletRow(text, (Triplet(Span(at, at + 1), Span(at + 1, at + 4), 1),)))
    return made


def test_a_fitted_folder_loads_and_finds_what_it_learnt(tmp_path):
    seen: list[float] = []
    manifest = fit_opinion(
        rows(300),
        tmp_path / "m",
        now=NOW,
        n_epochs=16,
        start=replace(START, shape=SMALL),
        progress=lambda done, _: seen.append(done),
    )
    loaded, extractor = load_extractor(tmp_path / "m")
    assert loaded == manifest and manifest.task == "opinion" and manifest.version.startswith("20260102-")
    assert seen == sorted(seen) and seen[-1] == 1.0
    assert "card.md" in manifest.files
    (found,) = extractor.extract(["第7次来，面很好吃"])[0]
    assert found.triplet == Triplet(Span(5, 6), Span(6, 9), 1)
    measured = evaluate_opinion(extractor, rows(30))
    assert measured["n"] == 30 and measured["f1"] > 0.9
    assert measured["f1_interval"][0] <= measured["f1"] <= measured["f1_interval"][1]


class KilledError(Exception):
    """Stands for the end of the process."""


def learnt(folder: Path | None, *, n: int = 100, progress=None):
    """The weights of a small network after 12 steps, checkpoints every second one."""
    from training.opinion.learning import Fold, Learner, TrainingPlan

    fold_rows = rows(n)
    features = [encode_text(row.text, START.tables, builtin_segmenter()) for row in fold_rows]
    plan = TrainingPlan(n_epochs=3, checkpoint_steps=2)
    learner = Learner(SMALL, START, plan, fingerprint=str(n))
    learner.run(Fold(fold_rows, features), resume_folder=folder, progress=progress)
    return learner.weights()


def test_a_killed_run_goes_on_to_the_same_weights(tmp_path):
    def kill(done: float, what: str) -> None:
        if done > 0.5:
            raise KilledError

    steps: list[float] = []
    plain = learnt(None)
    with pytest.raises(KilledError):
        learnt(tmp_path, progress=kill)
    again = learnt(tmp_path, progress=lambda done, _: steps.append(done))
    assert steps[0] > 0.6
    assert plain.keys() == again.keys()
    assert all(np.array_equal(plain[name], again[name]) for name in plain)
    with pytest.raises(InputError, match="another training"):
        learnt(tmp_path, n=90)


def test_too_few_rows_and_a_full_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="at least 20"):
        fit_opinion(rows(5), tmp_path / "m", now=NOW, start=START)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(ArtifactError):
        fit_opinion(rows(60), tmp_path / "full", now=NOW, n_epochs=1, start=START)


def test_word_vectors_are_short_of_length_one_and_in_order_of_commonness():
    words = common_words(["好吃好吃好吃，菜很贵"] * 3, max_words=3)
    assert words[0] in ("好吃", "好", "吃") and len(words) == 3

    def encode(texts):
        return np.random.default_rng(1).normal(size=(len(texts), 12)).astype(np.float32)

    vectors = make_word_vectors(words, encode, n_dims=4).vectors
    assert vectors.shape == (3, 4)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_guessing_hidden_words_learns_the_reading_layers_and_leaves_the_words():
    said: list[str] = []
    texts = [row.text for row in rows(320)]
    plan = PretrainingPlan(n_epochs=5)
    start = pretrain(texts, START, plan, progress=lambda _, what: said.append(what))
    assert float(said[-1].rpartition(" ")[2]) < 2.3
    assert {name.partition(".")[0] for name in start.weights} == {"word", "char", "pair", "place", "layers"}
    assert np.array_equal(start.weights["word.weight"], START.weights["word.weight"])
    assert start.fingerprint != START.fingerprint
