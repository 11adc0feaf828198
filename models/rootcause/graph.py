"""Communities of voices that many slightly different views of the data agree on.

One clustering of short complaints is a matter of luck: a few rows more or less, another number of neighbours,
and groups fall apart or together. So the nearest-neighbour graph is drawn in several spaces and for several
numbers of neighbours, each time without some of the voices; each graph is cut into communities (Louvain; Blondel
et al. 2008), and voices belong together as often as the cuts say so (evidence accumulation; Fred
and Jain 2005). How often is the confidence of a voice and the stability of a cause.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.rootcause.clusters import Labels, in_order_of_appearance
from models.rootcause.vectors import DECIMALS, Vectors

LEFT_OUT = -1
_BLOCK = 1024
_LEAST_SIMILARITY = 1e-3


@dataclass(frozen=True, slots=True)
class ConsensusConfig:
    """``n_neighbours`` of the graphs; each is cut ``n_cuts`` times without ``left_out`` of the voices;
    ``least_agreement`` of two neighbours below which they do not count as such; ``resolution`` of the last cut
    (above 1: more and smaller communities)."""

    n_neighbours: tuple[int, ...] = (10, 15, 25)
    n_cuts: int = 3
    left_out: float = 0.1
    least_agreement: float = 0.2
    resolution: float = 2.0
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """``labels`` ``(n,)``, 0… in order of appearance; ``agreement`` ``(n,)`` in [0, 1]: how large a part of its
    community a voice is seen with, on average over the cuts; ``cuts`` ``(n_cuts, n)``, ``LEFT_OUT`` for voices
    that a cut did without."""

    labels: Labels
    agreement: NDArray[np.float64]
    cuts: NDArray[np.int64]


def consensus(
    spaces: Sequence[Vectors], config: ConsensusConfig, *, progress: Callable[[float], None] | None = None
) -> Consensus:
    """Communities of the rows of ``spaces``, each ``(n, dim)`` of length 1, the same rows in each.

    Deterministic: rows in canonical order give the same result wherever it runs.
    """
    n = len(spaces[0])
    draws = np.random.default_rng(config.seed)
    cuts: list[Labels] = []
    edges: sparse.csr_matrix | None = None
    for done, vectors in enumerate(spaces):
        similarities, indices = nearest(vectors, max(config.n_neighbours))
        for k in config.n_neighbours:
            graph = neighbour_graph(similarities, indices, k)
            cuts += [
                _cut_in_order(graph, draws.permutation(n), config.left_out) for _ in range(config.n_cuts)
            ]
        graph.data = np.ones_like(graph.data)
        edges = graph if edges is None else edges + graph
        if progress:
            progress((done + 1) / len(spaces))
    told = np.stack(cuts)
    labels = communities(_agreed(edges, told, config.least_agreement), config.resolution)
    return Consensus(labels, agreement(labels, told), told)


def nearest(vectors: Vectors, k: int) -> tuple[Vectors, NDArray[np.int64]]:
    """Cosines and indices ``(n, k')`` of the ``k`` nearest other rows, nearest first; ties to the lower index.

    ``k'`` is smaller where there are fewer rows.
    """
    n = len(vectors)
    k = min(k, n - 1)
    found = np.zeros((n, k), dtype=np.float32), np.zeros((n, k), dtype=np.int64)
    for at in range(0, n, _BLOCK):
        cosines = np.round(vectors[at : at + _BLOCK] @ vectors.T, DECIMALS)
        rows = np.arange(len(cosines))
        cosines[rows, at + rows] = -2.0
        # The index as the last digits: equal cosines are then told apart the same way everywhere.
        keys = cosines.astype(np.float64) - np.arange(n) * 1e-12
        best = np.argpartition(-keys, k - 1, axis=1)[:, :k] if k else np.zeros((len(rows), 0), dtype=int)
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(keys, best, 1), axis=1), 1)
        found[1][at : at + _BLOCK] = best
        found[0][at : at + _BLOCK] = np.take_along_axis(cosines, best, 1)
    return found


def neighbour_graph(similarities: Vectors, indices: NDArray[np.int64], k: int) -> sparse.csr_matrix:
    """Who is among the ``k`` nearest of whom, either way round, weighted by cosine; symmetric ``(n, n)``."""
    n = len(indices)
    near = indices[:, :k]
    weights = np.maximum(similarities[:, :k].astype(np.float64), _LEAST_SIMILARITY).ravel()
    rows = np.repeat(np.arange(n), near.shape[1])
    directed = sparse.csr_matrix((weights, (rows, near.ravel())), shape=(n, n))
    return directed.maximum(directed.T).tocsr()


def communities(graph: sparse.csr_matrix, resolution: float = 1.0) -> Labels:
    """Labels ``(n,)`` of the graph's communities; a row without neighbours is one of its own.

    Louvain and not Leiden: the latter draws from the C library's own random numbers, which no seed reaches.
    """
    if not graph.nnz:
        return np.arange(graph.shape[0])
    from sknetwork.clustering import Louvain

    louvain: Any = Louvain(resolution, shuffle_nodes=False, return_probs=False, return_aggregate=False)
    return in_order_of_appearance(np.asarray(louvain.fit_predict(graph), dtype=np.int64))


def agreement(labels: Labels, cuts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean share of its community that each row is cut together with, ``(n,)`` in [0, 1]."""
    total, seen = np.zeros(len(labels)), np.zeros(len(labels))
    for label in range(int(labels.max(initial=-1)) + 1):
        members = np.flatnonzero(labels == label)
        for cut in cuts[:, members]:
            there = cut >= 0
            if there.any():
                total[members[there]] += np.bincount(cut[there])[cut[there]] / there.sum()
                seen[members[there]] += 1
    return np.round(total / np.maximum(seen, 1), DECIMALS)


def stability(members: NDArray[np.bool_], cuts: NDArray[np.int64]) -> float:
    """How well ``members`` ``(n,)`` come back in the cuts: mean of the best Jaccard index, in [0, 1].

    Hennig 2007, "Cluster-wise assessment of cluster stability": below 0.5 a group dissolves, above 0.75 it is
    stable. The cuts are his subsets, each drawn without some of the rows.
    """
    best = []
    for cut in cuts:
        there = cut >= 0
        own = cut[members & there]
        if not len(own):
            continue
        shared, sizes = np.bincount(own), np.bincount(cut[there])[: int(own.max()) + 1]
        best.append(float((shared / (sizes + len(own) - shared)).max()))
    return round(float(np.mean(best)), 4) if best else 0.0


def _cut_in_order(graph: sparse.csr_matrix, order: NDArray[np.int64], left_out: float) -> Labels:
    """Communities of all but the last of ``order``, which also says whose turn it is."""
    kept = order[: max(1, round(len(order) * (1 - left_out)))]
    labels = np.full(len(order), LEFT_OUT, dtype=np.int64)
    labels[kept] = communities(graph[kept][:, kept].tocsr())
    return labels


def _agreed(edges: Any, cuts: NDArray[np.int64], least: float) -> sparse.csr_matrix:
    """The edges of all graphs, weighted by the share of the cuts with both ends that keep them together."""
    pairs = edges.tocoo()
    left, right = cuts[:, pairs.row], cuts[:, pairs.col]
    both = (left >= 0) & (right >= 0)
    share = ((left == right) & both).sum(axis=0) / np.maximum(both.sum(axis=0), 1)
    kept = share > least
    return sparse.csr_matrix((share[kept], (pairs.row[kept], pairs.col[kept])), shape=edges.shape)
