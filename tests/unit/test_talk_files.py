"""A talk reader written to a folder reads as before; a damaged one is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.artifact.folder import save_folder
from models.artifact.manifest import Manifest
from models.core.errors import ArtifactError
from models.experience.talk_files import COMPONENT, load_talk, reader_arrays, reader_parameters
from models.experience.talk_net import N_PIECES_APART, N_TURNS_APART, TalkShape
from models.experience.talk_packing import packed, unpacked
from models.experience.talk_page import FIRST, TalkAlphabet
from models.experience.talk_reader import Judgement
from models.experience.told import told_from

ALPHABET = TalkAlphabet.of("等了半天😀", ["等了", "了半", "𠮷了"])
SHAPE = TalkShape(n_layers=1, n_context=1, n_heads=2, n_placed=1)
LABELS = ("step/automotive/work", "wait")
WIDTH, HIDDEN = 4, 6


def _arrays(shape: TalkShape) -> dict[str, np.ndarray]:
    attention = "attention.0" if shape.n_placed else "attention"
    rng = np.random.default_rng(1)

    def some(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    layers = {
        "pool": (2 * WIDTH, HIDDEN),
        "polarity": (2, HIDDEN),
        "characters.0": (3 * WIDTH, WIDTH),
        "context.0": (3 * HIDDEN, HIDDEN),
        f"{attention}.in": (HIDDEN, 3 * HIDDEN),
        f"{attention}.out": (HIDDEN, HIDDEN),
        "wide.0.in": (HIDDEN, 2 * HIDDEN),
        "wide.0.out": (2 * HIDDEN, HIDDEN),
        "out": (2 * HIDDEN, len(LABELS)),
    }
    found = {f"{name}.weight": some(*shape) for name, shape in layers.items()}
    found |= {f"{name}.bias": some(shape[1]) for name, shape in layers.items()}
    norms = {"characters.0": WIDTH, "context.0": HIDDEN, attention: HIDDEN, "wide.0": HIDDEN}
    for name, size in ((f"{name}.norm", size) for name, size in norms.items()):
        found |= {f"{name}.weight": some(size), f"{name}.bias": some(size)}
    found[f"{attention}.near"] = some(2, 2 * N_PIECES_APART + 1)
    found[f"{attention}.turns"] = some(2, 2 * N_TURNS_APART + 1)
    tables = {"speaker": 2, "first": 2, "sector": 2}
    found |= {name: some(rows, HIDDEN) for name, rows in tables.items()}
    found["characters"] = some(len(ALPHABET.characters) + FIRST, WIDTH)
    found["pairs"] = some(len(ALPHABET.pairs) + FIRST, WIDTH)
    return found


def _folder(path: Path, component: str = COMPONENT, shape: TalkShape = SHAPE) -> Path:
    judgements = {"wait": Judgement(0.4, 2.0)}
    manifest = Manifest(
        task="experience",
        version="1",
        component=component,
        classes=LABELS,
        parameters=reader_parameters(shape, ("automotive", ""), judgements),
        data={},
        metrics={},
        libraries={},
        created_at="2024-01-01",
        seed=1,
        files={},
    )
    save_folder(path, manifest, reader_arrays(_arrays(shape), ALPHABET), card="# 卡")
    return path


def test_a_reader_comes_back_whole(tmp_path: Path) -> None:
    manifest, reader = load_talk(_folder(tmp_path / "m"))
    assert manifest.name == reader.version == "experience@1"
    assert reader.alphabet == ALPHABET
    assert reader.judgements == {"wait": Judgement(0.4, 2.0)}
    heard = reader.hear(told_from([("customer", "等了半天")]), "automotive")
    assert heard.odds.shape == (1, 2)
    assert 0 <= heard.chances("wait")[0] <= 1


def test_a_reader_of_the_first_version_still_serves(tmp_path: Path) -> None:
    old = TalkShape(n_layers=1, n_context=1, n_heads=2)
    folder = _folder(tmp_path / "old", "experience.talk.v1", old)
    plain = json.loads((folder / "manifest.json").read_text("utf-8"))
    del plain["parameters"]["shape"]["n_placed"]
    (folder / "manifest.json").write_text(json.dumps(plain), "utf-8")
    told = told_from([("customer", "等了半天"), ("customer", "等了")])
    odds = load_talk(folder)[1].hear(told, "automotive").odds
    placed = load_talk(_folder(tmp_path / "new"))[1].hear(told, "automotive").odds
    assert odds.shape == placed.shape
    assert np.abs(odds - placed).max() > 1e-3


def test_a_sector_without_labels_is_read_as_none(tmp_path: Path) -> None:
    _, reader = load_talk(_folder(tmp_path / "m"))
    told = told_from([("customer", "等了半天")])
    assert not np.array_equal(reader.hear(told, "automotive").odds, reader.hear(told, "bank").odds)
    assert np.array_equal(reader.hear(told, "hotel").odds, reader.hear(told, "bank").odds)


def test_a_pack_that_extends_a_known_one_is_read_as_that(tmp_path: Path) -> None:
    _, reader = load_talk(_folder(tmp_path / "m"))
    told = told_from([("customer", "等了半天")])
    heard = reader.hear(told, "generic", "automotive", "my-dealer")
    assert heard.sector == "automotive"
    assert np.array_equal(heard.odds, reader.hear(told, "automotive").odds)


def test_packed_weights_are_near_and_small() -> None:
    arrays = _arrays(SHAPE)
    small = packed(arrays)
    assert small["characters"].shape == (len(ALPHABET.characters) + FIRST, WIDTH // 2)
    assert small["wide.0.in.weight"].shape == (HIDDEN, HIDDEN)
    assert small["attention.0.near"].dtype == small["out.weight"].dtype == np.int8
    for name, value in unpacked(small).items():
        rounding = 0.5 / 7 if small[name].dtype == np.uint8 else 0.5 / 127
        most = np.abs(arrays[name]).max(axis=1, keepdims=True) if value.ndim == 2 else 1.0
        assert (np.abs(value - arrays[name]) <= rounding * most * 1.01 + 2e-3).all(), name


def test_a_row_of_zeros_stays_zero() -> None:
    assert (unpacked(packed({"pairs": np.zeros((3, 4), dtype=np.float32)}))["pairs"] == 0).all()


def test_another_component_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"experience\.talk\.v9"):
        load_talk(_folder(tmp_path / "m", "experience.talk.v9"))


def test_a_folder_without_its_shape_is_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "m")
    plain = json.loads((folder / "manifest.json").read_text("utf-8"))
    del plain["parameters"]["shape"]
    (folder / "manifest.json").write_text(json.dumps(plain), "utf-8")
    with pytest.raises(ArtifactError, match="incomplete"):
        load_talk(folder)
