"""How far the scores of a new model come true: reliability bins, and thresholds per class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.artifact.folder import SAFE_SUFFIXES
from models.explain.reliability import ReliabilityBin, reliability_svg, reliability_table
from models.explain.thresholds import Thresholds, choose_thresholds

PRECISION = 0.9
"""What a label above the threshold of its class should reach."""
FIGURE = "reliability.svg"


@dataclass(frozen=True, slots=True)
class Reliability:
    """Of rows that a model did not learn from."""

    bins: tuple[ReliabilityBin, ...]
    thresholds: Thresholds


def measure_reliability(
    probabilities: NDArray[np.float32], classes: Sequence[str], labels: Sequence[str]
) -> Reliability:
    """``probabilities`` ``(n, n_classes)`` are of held-out rows; a label that is no class counts as wrong."""
    numbers = {name: number for number, name in enumerate(classes)}
    y = np.array([numbers.get(label, -1) for label in labels], dtype=np.int64)
    thresholds = choose_thresholds(probabilities, y, classes, precision=PRECISION)
    return Reliability(reliability_table(probabilities, y), thresholds)


def figure_files(reliability: Reliability) -> dict[str, bytes]:
    """The figure as a file of the model folder, where model folders may hold figures."""
    if not FIGURE.endswith(SAFE_SUFFIXES):
        return {}
    return {FIGURE: reliability_svg(reliability.bins).encode()}
