"""Groups of vectors: average linkage over small cells, then one assignment function for fit and serve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.cluster import KMeans

from models.rootcause.vectors import DECIMALS, Vectors, pooled, unit_rows

Labels = NDArray[np.int64]
_CHUNK = 8192


@dataclass(frozen=True, slots=True)
class LinkageConfig:
    """``distance`` is the mean cosine distance at which two groups are no longer one cause, in [0, 2].

    Up to ``max_direct`` rows are linked directly; more are first gathered into at most ``max_cells`` cells
    by k-means, fitted on at most ``max_fitted`` rows.
    """

    distance: float = 0.66
    max_direct: int = 1500
    max_cells: int = 1200
    max_fitted: int = 12_000
    seed: int = 0


def agglomerate(vectors: Vectors, weights: NDArray[np.floating], config: LinkageConfig) -> Labels:
    """Labels 0… of ``vectors`` ``(n, dim)``, rows of length 1 in canonical order.

    Average linkage (UPGMA; Sokal and Michener 1958) on cosine distance, cut at ``config.distance``.
    """
    n = len(vectors)
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    cell_of = np.arange(n) if n <= config.max_direct else cells(vectors, weights, config)
    centres = pooled(vectors, cell_of, weights, int(cell_of.max()) + 1)
    if len(centres) == 1:
        return np.zeros(n, dtype=np.int64)
    tree = linkage(_condensed_distances(centres), method="average")
    labels = fcluster(tree, config.distance, criterion="distance")
    return in_order_of_appearance(labels[cell_of])


def cells(vectors: Vectors, weights: NDArray[np.floating], config: LinkageConfig) -> Labels:
    """Small cells by k-means: a first, fine over-clustering for more rows than a full tree can take."""
    n = len(vectors)
    rows = np.arange(n) if n <= config.max_fitted else np.linspace(0, n - 1, config.max_fitted).astype(int)
    n_cells = min(config.max_cells, max(2, len(rows) // 5))
    model = KMeans(n_cells, init="random", n_init=1, max_iter=8, random_state=config.seed)
    model.fit(vectors[rows], sample_weight=np.maximum(weights[rows], 1e-6))
    labels, _ = assign(vectors, unit_rows(model.cluster_centers_))
    return in_order_of_appearance(labels)


def partition(
    vectors: Vectors, k: int, *, weights: NDArray[np.floating] | None = None, seed: int = 0
) -> Labels:
    """Exactly ``k`` balanced parts where there are that many distinct rows: k-means on unit vectors."""
    distinct = len(np.unique(vectors, axis=0))
    k = max(1, min(k, distinct))
    if k == 1:
        return np.zeros(len(vectors), dtype=np.int64)
    model = KMeans(k, n_init=4, max_iter=50, random_state=seed)
    return in_order_of_appearance(model.fit_predict(vectors, sample_weight=weights))


def assign(vectors: Vectors, centroids: Vectors) -> tuple[Labels, NDArray[np.float32]]:
    """The nearest centroid of each row and the cosine, rounded; ties go to the lower index."""
    labels = np.full(len(vectors), -1, dtype=np.int64)
    scores = np.zeros(len(vectors), dtype=np.float32)
    if not len(centroids):
        return labels, scores
    for at in range(0, len(vectors), _CHUNK):
        cosines = np.round(vectors[at : at + _CHUNK] @ centroids.T, DECIMALS)
        nearest = cosines.argmax(axis=1)
        labels[at : at + _CHUNK] = nearest
        scores[at : at + _CHUNK] = cosines[np.arange(len(nearest)), nearest]
    return labels, scores


def in_order_of_appearance(labels: NDArray[np.integer]) -> Labels:
    """Labels renumbered 0… by their first row."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse]


def _condensed_distances(centres: Vectors) -> NDArray[np.float64]:
    n = len(centres)
    full = np.round(1.0 - centres @ centres.T, DECIMALS)
    return np.maximum(full[np.triu_indices(n, 1)].astype(np.float64), 0.0)
