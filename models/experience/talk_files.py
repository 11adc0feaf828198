"""A talk reader as a model folder, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.artifact.folder import incomplete, load_folder, unknown_component
from models.artifact.manifest import Manifest
from models.experience.talk_net import TalkNet, TalkShape
from models.experience.talk_packing import packed, unpacked
from models.experience.talk_page import TalkAlphabet
from models.experience.talk_reader import Judgement, TalkReader

COMPONENT = "experience.talk.v2"
_COMPONENTS = ("experience.talk.v1", COMPONENT)
_CHARACTERS, _PAIRS = "alphabet.characters", "alphabet.pairs"


def reader_parameters(
    shape: TalkShape, sectors: tuple[str, ...], judgements: Mapping[str, Judgement]
) -> dict[str, Any]:
    """What stands in the manifest beside the labels, which are its classes."""
    return {
        "shape": asdict(shape),
        "sectors": list(sectors),
        "judgements": {kind: asdict(judgement) for kind, judgement in judgements.items()},
    }


def reader_arrays(
    arrays: Mapping[str, NDArray[np.float32]], alphabet: TalkAlphabet
) -> dict[str, NDArray[Any]]:
    """Weights as ``talk_packing`` has them; the alphabet as code points, in the order of its numbers."""
    pairs = np.array([[ord(char) for char in pair] for pair in alphabet.pairs], dtype=np.uint32)
    characters = np.array([ord(char) for char in alphabet.characters], dtype=np.uint32)
    return {**packed(arrays), _CHARACTERS: _narrow(characters), _PAIRS: _narrow(pairs.reshape(-1, 2))}


def _narrow(points: NDArray[np.uint32]) -> NDArray[Any]:
    """In 16 bits where all fit."""
    return points.astype(np.uint16) if not points.size or points.max() < 1 << 16 else points


def load_talk(folder: Path) -> tuple[Manifest, TalkReader]:
    """A verified model folder as a reader. Raises ``ArtifactError``."""
    manifest, arrays = load_folder(folder)
    if manifest.component not in _COMPONENTS:
        raise unknown_component(manifest)
    try:
        return manifest, _reader(manifest, arrays)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise incomplete(manifest, error) from error


def _reader(manifest: Manifest, arrays: dict[str, NDArray[Any]]) -> TalkReader:
    plain = manifest.parameters
    alphabet = TalkAlphabet.of(
        map(chr, arrays.pop(_CHARACTERS).tolist()), (chr(a) + chr(b) for a, b in arrays.pop(_PAIRS).tolist())
    )
    net = TalkNet(unpacked(arrays), TalkShape(**plain["shape"]))
    judgements = {kind: Judgement(**values) for kind, values in plain["judgements"].items()}
    return TalkReader(net, alphabet, manifest.classes, tuple(plain["sectors"]), judgements, manifest.name)
