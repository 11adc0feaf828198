"""What every text classifier can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Classifier(Protocol):
    """``classes_`` are in the order of the probability columns; ``name`` is ``kind.method.vN``.

    ``from_files`` is not part of it: what a component is put together from differs (see ``catalog``).
    """

    name: str
    classes_: tuple[str, ...]

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Calibrated probabilities, shape ``(n_texts, n_classes)``, rows summing to 1."""
        ...

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """``{"classes", "parameters"}``, JSON-safe, and arrays."""
        ...


class FittedClassifier(Classifier, Protocol):
    """A classifier right after ``fit``: with its probabilities of rows by models that never saw them."""

    held_out_probabilities_: NDArray[np.float32]


Files = Mapping[str, NDArray[Any]]
