"""``FieldRidge``: ridge regression of several targets on field n-grams and a few numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.dialogue.grams import FieldGrams, FieldTexts

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RidgeParameters:
    """``penalty`` is ridge's alpha; ``number_scale`` weighs the standardised numbers against the n-grams."""

    max_features: int = 40_000
    min_rows: int = 3
    penalty: float = 1.5
    number_scale: float = 0.15
    per_field: bool = False


class FieldRidge:
    """Learned state: ``grams_``, ``coef_`` (n_features, n_targets), ``number_mean_``, ``number_coef_``,
    ``intercept_``; with ``per_field`` also ``field_coef_`` (n_features,) and ``field_intercept_`` (n_fields,):
    for each field a ridge of the first target on that field alone.
    """

    def __init__(self, n_fields: int, parameters: RidgeParameters | None = None) -> None:
        self.n_fields = n_fields
        self.parameters = parameters or RidgeParameters()

    def fit(self, rows: FieldTexts, numbers: Numbers, targets: Numbers) -> FieldRidge:
        """Fit on texts (n_rows x n_fields), ``numbers`` (n_rows, n_numbers), ``targets`` (n_rows, n_targets)."""
        p = self.parameters
        self.grams_ = FieldGrams(n_fields=self.n_fields, min_rows=p.min_rows, max_features=p.max_features)
        weights = self.grams_.fit(rows, targets).transform(rows)
        self.number_mean_ = numbers.mean(axis=0)
        scale = p.number_scale / (numbers.std(axis=0) + 1e-9)
        scale[numbers.std(axis=0) < 1e-9] = 0.0
        scaled = sparse.csr_matrix((numbers - self.number_mean_) * scale)
        coef, intercept = _solve(sparse.hstack([weights, scaled]).tocsr(), targets, p.penalty)
        n_features = weights.shape[1]
        self.coef_ = np.ascontiguousarray(coef[:n_features], dtype=np.float32)
        self.number_coef_ = coef[n_features:] * scale[:, None]
        self.intercept_ = intercept
        if p.per_field:
            self._fit_fields(weights, targets[:, :1])
        return self

    def predict(self, rows: FieldTexts, numbers: Numbers) -> Numbers:
        """``(n_rows, n_targets)``, with ``per_field`` followed by one column per field."""
        weights = self.grams_.transform(rows)
        linear = numbers - self.number_mean_
        found = weights @ self.coef_ + (linear[:, :, None] * self.number_coef_).sum(axis=1) + self.intercept_
        if not self.parameters.per_field:
            return np.asarray(found, dtype=np.float64)
        row = np.repeat(np.arange(len(rows)), np.diff(weights.indptr))
        part = row * self.n_fields + self.grams_.fields_[weights.indices]
        share = weights.data.astype(np.float64) * self.field_coef_[weights.indices]
        by_field = np.bincount(part, share, len(rows) * self.n_fields).reshape(len(rows), self.n_fields)
        return np.hstack([found, by_field + self.field_intercept_])

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Arrays by name; coefficients are kept in half precision."""
        arrays: dict[str, NDArray[Any]] = {
            "keys": self.grams_.keys_,
            "fields": self.grams_.fields_,
            "idf": self.grams_.idf_.astype(np.float16),
            "coef": self.coef_.astype(np.float16),
            "number_mean": self.number_mean_,
            "number_coef": self.number_coef_,
            "intercept": self.intercept_,
        }
        if self.parameters.per_field:
            arrays["field_coef"] = self.field_coef_.astype(np.float16)
            arrays["field_intercept"] = self.field_intercept_
        return {f"{prefix}.{name}": array for name, array in arrays.items()}

    @classmethod
    def from_arrays(
        cls, prefix: str, arrays: Mapping[str, NDArray[Any]], n_fields: int, parameters: RidgeParameters
    ) -> FieldRidge:
        found = {
            key.removeprefix(f"{prefix}."): arrays[key] for key in arrays if key.startswith(f"{prefix}.")
        }
        model = cls(n_fields, parameters)
        model.grams_ = FieldGrams(n_fields=n_fields, max_features=parameters.max_features)
        model.grams_.keys_ = found["keys"]
        model.grams_.fields_ = found["fields"]
        model.grams_.idf_ = found["idf"].astype(np.float32)
        model.coef_ = np.ascontiguousarray(found["coef"], dtype=np.float32)
        model.number_mean_ = found["number_mean"]
        model.number_coef_ = found["number_coef"]
        model.intercept_ = found["intercept"]
        if parameters.per_field:
            model.field_coef_ = found["field_coef"].astype(np.float32)
            model.field_intercept_ = found["field_intercept"]
        return model

    def _fit_fields(self, weights: sparse.csr_matrix, target: Numbers) -> None:
        self.field_coef_ = np.zeros(weights.shape[1], dtype=np.float32)
        self.field_intercept_ = np.zeros(self.n_fields)
        columns = weights.tocsc()
        for field in range(self.n_fields):
            own = np.flatnonzero(self.grams_.fields_ == field)
            if not len(own):
                self.field_intercept_[field] = target.mean()
                continue
            coef, intercept = _solve(columns[:, own].tocsr(), target, self.parameters.penalty)
            self.field_coef_[own] = coef[:, 0]
            self.field_intercept_[field] = intercept[0]


def _solve(features: sparse.csr_matrix, targets: Numbers, penalty: float) -> tuple[Numbers, Numbers]:
    """Coefficients ``(n_features, n_targets)`` and intercepts ``(n_targets,)``."""
    from sklearn.linear_model import Ridge

    ridge = Ridge(alpha=penalty, solver="sparse_cg", tol=1e-4).fit(features, targets)
    coef = np.asarray(ridge.coef_, dtype=np.float64).reshape(targets.shape[1], -1).T
    return coef, np.asarray(ridge.intercept_, dtype=np.float64).reshape(-1)
