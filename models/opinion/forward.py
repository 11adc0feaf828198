"""The trained network in plain numpy: no torch, no ONNX Runtime. ``training/opinion/network.py`` says what it is.

Every text is worked out from its own length, so what stands beside it in a batch changes its numbers by rounding
errors only, and scores are rounded before anything is decided by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.opinion.decoding import PairScores
from models.opinion.features import Features, padded
from models.opinion.shape import GAPS, N_CLAUSES, N_LAYOUTS, NetworkShape

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
DECIMALS = 3
"""Span scores and logits are rounded so that the last bits of a processor decide nothing."""
LEAST_PROBABILITY = 0.02


@dataclass(frozen=True, slots=True)
class _Spans:
    """The paired spans of one text, places with the mark in front: ``(k,)`` each, ``last`` inside the span."""

    first: Ints
    last: Ints
    score: Floats


class NetworkForward:
    """``weights`` as torch names them: linear ones ``(out, in)``, embeddings ``(rows, dim)``."""

    def __init__(self, shape: NetworkShape, weights: Mapping[str, Floats]) -> None:
        self.shape = shape
        self._w = {name: np.asarray(value, dtype=np.float32) for name, value in weights.items()}
        # One row for each case of gap, clause ends and layout: one look-up per pair.
        cases = self._w["gap.weight"][:, None, None] + self._w["clauses.weight"][:, None]
        self._cases = (cases + self._w["layout.weight"]).reshape(-1, shape.link_dim)
        self._layers = [_LstmLayer(self._w, f"layers.{n}", shape.hidden) for n in (0, 1)]

    def pair_scores(self, batch: Sequence[Features]) -> list[PairScores]:
        """Of each text the pairs that reach ``LEAST_PROBABILITY``."""
        lengths = np.array([len(f.chars) for f in batch], dtype=np.int64)
        h = self.encode(batch, lengths)
        aspects = self._span_scores(h, "aspect", self.shape.max_aspect)
        opinions = self._span_scores(h, "opinion", self.shape.max_opinion)
        links = [self._link_vectors(h, kind) for kind in ("aspect", "opinion")]
        found = []
        for i, (f, n) in enumerate(zip(batch, lengths.tolist(), strict=True)):
            a = _best(aspects[i, :n], self.shape.n_aspects(n), with_mark=True)
            o = _best(opinions[i, :n], self.shape.n_opinions(n))
            parts = [(links[0][0][i], links[0][1][i]), (links[1][0][i], links[1][1][i])]
            found.append(self._linked(a, o, parts, f))
        return found

    def encode(self, batch: Sequence[Features], lengths: Ints) -> Floats:
        """``(n_texts, longest, 2 * hidden)``; what is behind the end of a text means nothing."""
        length = int(lengths.max())
        pairs = self._w["pair.weight"][padded([f.pairs for f in batch], length)]
        before = np.zeros_like(pairs)
        before[:, 1:] = pairs[:, :-1]
        words = self._w["word.weight"]
        parts = [
            self._w["char.weight"][padded([f.chars for f in batch], length)],
            pairs,
            before,
            words[padded([f.char_words for f in batch], length)],
            words[padded([f.words for f in batch], length)],
            self._w["place.weight"][padded([f.places for f in batch], length)],
        ]
        x = np.concatenate(parts, axis=-1)
        at = np.arange(length)
        turned = lengths[:, None] - 1 - at
        flip = np.where(turned >= 0, turned, at)[..., None]
        for layer in self._layers:
            x = layer.run(x, flip)
        return x

    def _span_scores(self, h: Floats, kind: str, n_widths: int) -> Floats:
        """``(n_texts, longest, n_widths)``: from a place on, of 1 to ``n_widths`` characters."""
        w = self._w
        first = h @ w[f"{kind}.first.weight"].T + w[f"{kind}.first.bias"]
        last = h @ w[f"{kind}.last.weight"].T
        out = w[f"{kind}.out.weight"][0]
        scores = np.full((*h.shape[:2], n_widths), -np.inf, dtype=np.float32)
        length = h.shape[1]
        for width in range(min(n_widths, length)):
            x = first[:, : length - width] + last[:, width:]
            x += w[f"{kind}.width.weight"][width]
            np.maximum(x, 0, out=x)
            scores[:, : length - width, width] = x @ out
        return np.round(scores + w[f"{kind}.out.bias"], DECIMALS)

    def _link_vectors(self, h: Floats, kind: str) -> tuple[Floats, Floats]:
        w = self._w
        first = h @ w[f"{kind}.link_first.weight"].T + w[f"{kind}.link_first.bias"]
        return first, h @ w[f"{kind}.link_last.weight"].T

    def _linked(self, a: _Spans, o: _Spans, parts: list[tuple[Floats, Floats]], f: Features) -> PairScores:
        w = self._w
        vectors = [
            first[s.first] + last[s.last] + w[f"{kind}.link_width.weight"][s.last - s.first]
            for s, (first, last), kind in zip((a, o), parts, ("aspect", "opinion"), strict=True)
        ]
        gap, clauses, layout = _relations(a, o, f.is_end)
        x = vectors[0][:, None] + vectors[1][None]
        x += self._cases[(gap * N_CLAUSES + clauses) * N_LAYOUTS + layout]
        logits = np.maximum(x, 0) @ w["out.weight"].T + w["out.bias"]
        logits[..., 1:] += (a.score[:, None] + o.score[None])[..., None]
        return _likely(a, o, np.round(logits, DECIMALS))


class _LstmLayer:
    """Both ways of one layer at once; one tanh serves all gates, since sigmoid(x) = (1 + tanh(x / 2)) / 2."""

    def __init__(self, weights: Mapping[str, Floats], name: str, hidden: int) -> None:
        self.hidden = hidden
        half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], dtype=np.float32), hidden)
        both = [f"{name}.{way}" for way in ("ahead", "back")]
        self.w_in = [np.ascontiguousarray((weights[f"{n}.weight_ih_l0"] * half[:, None]).T) for n in both]
        self.w_state = np.stack([(weights[f"{n}.weight_hh_l0"] * half[:, None]).T for n in both])
        self.bias = [(weights[f"{n}.bias_ih_l0"] + weights[f"{n}.bias_hh_l0"]) * half for n in both]

    def run(self, x: Floats, flip: Ints) -> Floats:
        """``x`` ``(n, length, dim)`` to ``(n, length, 2 * hidden)``; ``flip`` turns each text round."""
        n, length, _ = x.shape
        k = self.hidden
        turned = np.take_along_axis(x, flip, axis=1)
        gates = np.stack([x @ self.w_in[0] + self.bias[0], turned @ self.w_in[1] + self.bias[1]])
        gates = np.ascontiguousarray(gates.transpose(2, 0, 1, 3))
        states = np.zeros((length, 2, n, k), dtype=np.float32)
        state = np.zeros((2, n, k), dtype=np.float32)
        cell = np.zeros((2, n, k), dtype=np.float32)
        for t in range(length):
            z = np.tanh(gates[t] + state @ self.w_state)
            z[..., : 2 * k] = z[..., : 2 * k] * 0.5 + 0.5
            cell = z[..., k : 2 * k] * cell + z[..., :k] * z[..., 2 * k : 3 * k]
            state = (z[..., 3 * k :] * 0.5 + 0.5) * np.tanh(cell)
            states[t] = state
        ahead, back = states.transpose(1, 2, 0, 3)
        return np.concatenate([ahead, np.take_along_axis(back, flip, axis=1)], axis=-1)


def _best(scores: Floats, k: int, *, with_mark: bool = False) -> _Spans:
    """The ``k`` best spans of one text, ``scores`` being ``(length, n_widths)``; the mark is no part of one."""
    length, n_widths = scores.shape
    outside = np.arange(length)[:, None] + np.arange(n_widths) >= length
    outside[0] = True
    flat = np.where(outside, -np.inf, scores).reshape(-1)
    at = np.argsort(-flat, kind="stable")[:k]
    at = at[np.isfinite(flat[at])]
    first, score = at // n_widths, flat[at]
    last = first + at % n_widths
    if with_mark:
        first, last = np.concatenate([[0], first]), np.concatenate([[0], last])
        score = np.concatenate([np.zeros(1, dtype=np.float32), score])
    return _Spans(first, last, np.maximum(score, -20.0).astype(np.float32))


def _relations(a: _Spans, o: _Spans, is_end: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """Classes of gap, clause ends between and layout of all pairs, each ``(n_aspects, n_opinions)``."""
    a_first, a_end = a.first[:, None], a.last[:, None] + 1
    o_first, o_end = o.first[None], o.last[None] + 1
    ahead, behind = a_end <= o_first, o_end <= a_first
    signed = np.where(ahead, o_first - a_end + 1, np.where(behind, o_end - a_first - 1, 0))
    gap = np.searchsorted(np.array(GAPS), signed, side="right")
    ends_before = np.concatenate([[0], np.cumsum(is_end)])
    left, right = np.where(ahead, a_end, o_end), np.where(ahead, o_first, a_first)
    clauses = np.clip(ends_before[right] - ends_before[left], 0, N_CLAUSES - 1)
    unwritten = np.broadcast_to(a_first == 0, gap.shape)
    layout = np.where(unwritten, 2, np.where(ahead | behind, 0, 1))
    return np.where(unwritten, 0, gap), np.where(unwritten, 0, clauses), layout


def _likely(a: _Spans, o: _Spans, logits: Floats) -> PairScores:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = (shifted / shifted.sum(axis=-1, keepdims=True))[..., 1:]
    x, y = np.nonzero(p.max(axis=-1) >= LEAST_PROBABILITY)
    unwritten = a.first[x] == 0
    # The mark stands in front, so a place is one more than its code point.
    starts = np.where(unwritten, -1, a.first[x] - 1)
    ends = np.where(unwritten, -1, a.last[x])
    spans = np.stack([starts, ends, o.first[y] - 1, o.last[y]], axis=1).astype(np.int64)
    return PairScores(spans, p[x, y].astype(np.float32))
