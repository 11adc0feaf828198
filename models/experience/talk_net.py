"""A small network that reads a whole transcript and says what each piece of a clause tells of.

Characters and pairs of characters become vectors; windows of three are read in layers (convolution with residual,
Kim 2014, He et al. 2016); each piece is the mean and the maximum of its characters; pieces then read their neighbours
(dilated convolution, Yu & Koltun 2016) and all others (attention, Vaswani et al. 2017). In numpy, one transcript at a
time, so that a batch gives what its members give one by one. Who is asked in attention depends on how many pieces and
turns lie between (relative positions, Shaw et al. 2018, as biases: Raffel et al. 2020).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.experience.talk_page import Floats, Numbers, TalkPage

Arrays = Mapping[str, NDArray[np.float32]]
MAX_PIECES = 400
"""Pieces of longer transcripts are read in stretches of this many: attention costs the square."""
N_TURNS_APART = 4
"""Turns further apart count as this far."""
N_PIECES_APART = 12
"""Pieces fewer than eight apart are told apart, further ones by half powers of two, up to this many steps in all."""
_N_TOLD_APART = 8
_EPSILON = np.float32(1e-5)
_ROOT = np.float32(np.sqrt(2 / np.pi))
_CUBIC = np.float32(0.044715) * _ROOT


@dataclass(frozen=True, slots=True)
class TalkShape:
    """How many layers of characters and of pieces, and heads of attention. ``n_placed`` layers of attention see how far
    apart pieces are, each with a wide layer behind it; with none, one that does not (``experience.talk.v1``)."""

    n_layers: int
    n_context: int
    n_heads: int
    n_placed: int = 0


def pieces_apart(n: int) -> Numbers:
    """Columns (n, n) of the biases of near pieces: how far the second is behind the first, in
    ``2 * N_PIECES_APART + 1`` steps."""
    apart = np.arange(n)[None] - np.arange(n)[:, None]
    far = np.log2(np.maximum(np.abs(apart), _N_TOLD_APART) / _N_TOLD_APART)
    steps = np.where(np.abs(apart) < _N_TOLD_APART, np.abs(apart), _N_TOLD_APART + (2 * far).astype(np.intp))
    found: Numbers = N_PIECES_APART + np.sign(apart) * np.minimum(steps, N_PIECES_APART)
    return found


def turns_apart(turn: Numbers) -> Numbers:
    """Columns (..., n, n) of the biases of turns, for the turn of each piece (..., n)."""
    apart = turn[..., None, :] - turn[..., :, None]
    found: Numbers = np.clip(apart, -N_TURNS_APART, N_TURNS_APART) + N_TURNS_APART
    return found


def made_ready(arrays: Arrays) -> dict[str, Floats]:
    """``arrays`` with what normalisation does to every text alike put into the layer beside it.

    A window, which is normalised after it, gives vectors of mean zero at once; a layer before which is normalised takes
    the scales and shifts in: the same but for rounding. Biases of near pieces become those of any two
    (n_heads, MAX_PIECES, MAX_PIECES).
    """
    ready = dict(arrays)
    for norm in [name.removesuffix(".norm.weight") for name in arrays if name.endswith(".norm.weight")]:
        weight, bias = f"{norm}.weight", f"{norm}.bias"
        if weight in arrays:
            ready[weight] = arrays[weight] - arrays[weight].mean(axis=1, keepdims=True)
            ready[bias] = arrays[bias] - arrays[bias].mean()
        else:
            inner = arrays[f"{norm}.in.weight"]
            ready[f"{norm}.in.weight"] = arrays[f"{norm}.norm.weight"][:, None] * inner
            ready[f"{norm}.in.bias"] = arrays[f"{norm}.in.bias"] + arrays[f"{norm}.norm.bias"] @ inner
    apart = pieces_apart(MAX_PIECES)
    ready |= {name: arrays[name].take(apart, axis=1) for name in arrays if name.endswith(".near")}
    return ready


class TalkNet:
    """``arrays`` by the names that training gives them; read only."""

    def __init__(self, arrays: Arrays, shape: TalkShape) -> None:
        self.arrays = {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in arrays.items()}
        self.shape = shape
        self._ready = made_ready(self.arrays)

    def odds(self, page: TalkPage, sector: int) -> Floats:
        """Log odds (n_pieces, n_labels). ``sector`` numbers the journey."""
        if not page.pieces:
            return np.zeros((0, len(self.arrays["out.bias"])), dtype=np.float32)
        characters, stretches = self._characters(page), range(0, len(page.pieces), MAX_PIECES)
        pooled = [_pooled(characters, page.bounds[start : start + MAX_PIECES]) for start in stretches]
        own = self._gelu(self._linear(np.vstack(pooled), "pool"))
        polarity = np.column_stack([page.polarity, np.abs(page.polarity)])
        held = own + self.arrays["speaker"][page.agent] + self.arrays["first"][page.first]
        held += self.arrays["sector"][sector] + self._linear(polarity, "polarity")
        found = [
            self._context(held[start : start + MAX_PIECES], page.turn[start : start + MAX_PIECES])
            for start in stretches
        ]
        return self._linear(np.hstack([np.vstack(found), own]), "out")

    def _characters(self, page: TalkPage) -> Floats:
        """Vectors (n_characters, width)."""
        pairs = self.arrays["pairs"]
        before = np.concatenate([np.zeros(1, dtype=np.intp), page.pairs[:-1]])
        silent = np.flatnonzero(page.characters == 0)
        x: Floats = self.arrays["characters"][page.characters]
        x += pairs[page.pairs]
        x += pairs[before]
        x[silent] = 0
        for layer in range(self.shape.n_layers):
            x += self._window(x, f"characters.{layer}", 1)
            x[silent] = 0
        return x

    def _context(self, x: Floats, turn: Numbers) -> Floats:
        for layer in range(self.shape.n_context):
            x = x + self._window(x, f"context.{layer}", 2**layer)
        if not self.shape.n_placed:
            return x + self._attention(x, "attention", None)
        turns = turns_apart(turn)
        for layer in range(self.shape.n_placed):
            name = f"attention.{layer}"
            near = self._ready[f"{name}.near"][:, : len(x), : len(x)]
            x = x + self._attention(x, name, near + self.arrays[f"{name}.turns"].take(turns, axis=1))
            wide = self._gelu(self._linear(_normed(x), f"wide.{layer}.in"))
            x = x + self._linear(wide, f"wide.{layer}.out")
        return x

    def _window(self, x: Floats, name: str, reach: int) -> Floats:
        """What stands ``reach`` before, here and after, through one layer."""
        n, width = x.shape
        beside = np.empty((n, 3 * width), dtype=np.float32)
        beside[:reach, :width] = 0
        beside[reach:, :width] = x[:-reach]
        beside[:, width : 2 * width] = x
        beside[:-reach, 2 * width :] = x[reach:]
        beside[-reach:, 2 * width :] = 0
        found = _scaled(self._linear(beside, name))
        found *= self.arrays[f"{name}.norm.weight"]
        found += self.arrays[f"{name}.norm.bias"]
        return self._gelu(found)

    def _attention(self, x: Floats, name: str, biases: Floats | None) -> Floats:
        """``biases`` (n_heads, n, n) on who is asked; None where the layer has none."""
        n, width = x.shape
        heads = self.shape.n_heads
        asked, known, told = np.split(self._linear(_normed(x), f"{name}.in"), 3, axis=1)
        by_head = (n, heads, width // heads)
        asked, known, told = (part.reshape(by_head).transpose(1, 0, 2) for part in (asked, known, told))
        weights = asked @ known.transpose(0, 2, 1) / np.float32(np.sqrt(width // heads))
        if biases is not None:
            weights += biases
        weights = np.exp(weights - weights.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        joined = (weights @ told).transpose(1, 0, 2).reshape(n, width)
        return self._linear(joined, f"{name}.out")

    def _linear(self, x: Floats, name: str) -> Floats:
        found: Floats = x @ self._ready[f"{name}.weight"]
        found += self._ready[f"{name}.bias"]
        return found

    @staticmethod
    def _gelu(x: Floats) -> Floats:
        """By the hyperbolic tangent (Hendrycks & Gimpel 2016)."""
        found: Floats = x * x
        found *= _CUBIC
        found += _ROOT
        found *= x
        np.tanh(found, out=found)
        found += 1
        found *= x
        found *= np.float32(0.5)
        return found


def _pooled(x: Floats, bounds: Numbers) -> Floats:
    """Mean and maximum of the characters of each piece (n_pieces, 2 * width)."""
    starts, ends = bounds[:, :1], bounds[:, 1:]
    places = starts + np.arange((ends - starts).max())
    inside = places < ends
    each = x[np.where(inside, places, starts)]  # The first one again does no harm to a maximum.
    weights = (inside / (ends - starts)).astype(np.float32)
    return np.hstack([(weights[:, None] @ each)[:, 0], each.max(axis=1)])


def _normed(x: Floats) -> Floats:
    """Layer normalisation (Ba et al. 2016) without its weights."""
    means: Floats = x.sum(axis=1, keepdims=True) / np.float32(x.shape[1])
    return _scaled(x - means)


def _scaled(x: Floats) -> Floats:
    """Rows of mean zero to a spread of one, in place."""
    spread = np.einsum("ij,ij->i", x, x) / np.float32(x.shape[1])
    x *= (1 / np.sqrt(spread + _EPSILON))[:, None]
    return x
