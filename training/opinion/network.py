"""The network in torch, for training only; ``models/opinion/forward.py`` is the same in numpy.

Two bidirectional LSTM layers over characters; spans up to a width scored as aspect and as opinion from their
ends; the best of both paired, each pair scored as no triplet or as one of three polarities (after the span
pairs of Xu et al. 2021, "Learning Span-Level Interactions for Aspect Sentiment Triplet Extraction").
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.opinion.shape import GAPS, N_CLAUSES, N_LAYOUTS, NetworkShape
from training.encoder.precision import bfloat16_where_fast

NEVER = -1e4


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts of like length, the mark in front: ints ``(n, length)``, ``lengths`` ``(n,)`` with the mark.

    ``ends_before`` counts the clause ends in front of each place.
    """

    chars: Tensor
    pairs: Tensor
    char_words: Tensor
    words: Tensor
    places: Tensor
    ends_before: Tensor
    lengths: Tensor


class Spans(nn.Module):
    """Scores of all spans ``(n, length, width)``: starting at a place, of 1 to ``width`` characters."""

    def __init__(self, hidden: int, dim: int, width: int, link_dim: int) -> None:
        super().__init__()
        self.first = nn.Linear(hidden, dim)
        self.last = nn.Linear(hidden, dim, bias=False)
        self.width = nn.Embedding(width, dim)
        self.out = nn.Linear(dim, 1)
        self.link_first = nn.Linear(hidden, link_dim)
        self.link_last = nn.Linear(hidden, link_dim, bias=False)
        self.link_width = nn.Embedding(width, link_dim)

    def forward(self, h: Tensor, lengths: Tensor) -> Tensor:
        n_widths = self.width.num_embeddings
        last = F.pad(self.last(h), (0, 0, 0, n_widths - 1)).unfold(1, n_widths, 1).transpose(2, 3)
        x = torch.relu(self.first(h)[:, :, None] + last + self.width.weight)
        scores = self.out(x)[..., 0]
        ends = torch.arange(h.shape[1])[:, None] + torch.arange(n_widths)
        outside = ends[None] >= lengths[:, None, None]
        outside = outside | (torch.arange(h.shape[1]) == 0)[None, :, None]
        return scores.masked_fill(outside, NEVER)

    def link(self, h: Tensor, first: Tensor, width: Tensor) -> Tensor:
        """Vectors ``(n, k, link_dim)`` of the spans that begin at ``first`` and have ``width + 1`` characters."""
        a = _gather(self.link_first(h), first)
        b = _gather(self.link_last(h), (first + width).clamp(max=h.shape[1] - 1))
        return a + b + self.link_width(width)


class BothWays(nn.Module):
    """A layer of LSTM cells over each text in its order and, by ``flip``, against it: ``(n, length, 2 * hidden)``."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.ahead = nn.LSTM(dim, hidden, batch_first=True)
        self.back = nn.LSTM(dim, hidden, batch_first=True)

    def forward(self, x: Tensor, flip: Tensor) -> Tensor:
        back = _gather(self.back(_gather(x, flip))[0], flip)
        return torch.cat([self.ahead(x)[0], back], dim=-1)


class OpinionNetwork(nn.Module):
    def __init__(self, shape: NetworkShape, *, dropout: float = 0.3) -> None:
        super().__init__()
        self.shape = shape
        self.char = nn.Embedding(shape.n_chars, shape.char_dim)
        self.pair = nn.Embedding(shape.n_pair_rows, shape.pair_dim)
        self.word = nn.Embedding(shape.n_words + 1, shape.word_dim)
        self.word.weight.requires_grad_(False)
        self.place = nn.Embedding(5, shape.place_dim)
        for embedding in (self.char, self.pair, self.place):
            nn.init.normal_(embedding.weight, std=0.1)
        hidden = 2 * shape.hidden
        self.layers = nn.ModuleList(BothWays(size, shape.hidden) for size in (shape.input_dim, hidden))
        self.dropout = nn.Dropout(dropout)
        self.aspect = Spans(hidden, shape.span_dim, shape.max_aspect, shape.link_dim)
        self.opinion = Spans(hidden, shape.span_dim, shape.max_opinion, shape.link_dim)
        self.gap = nn.Embedding(len(GAPS) + 1, shape.link_dim)
        self.clauses = nn.Embedding(N_CLAUSES, shape.link_dim)
        self.layout = nn.Embedding(N_LAYOUTS, shape.link_dim)
        self.out = nn.Linear(shape.link_dim, 4)

    def encode(self, batch: Batch) -> Tensor:
        pairs = self.pair(batch.pairs)
        before = F.pad(pairs[:, :-1], (0, 0, 1, 0))
        parts = [
            self.char(batch.chars),
            pairs,
            before,
            self.word(batch.char_words),
            self.word(batch.words),
            self.place(batch.places),
        ]
        x = self.dropout(torch.cat(parts, dim=-1))
        flip = _flipped(batch.lengths, x.shape[1])
        with bfloat16_where_fast():
            for layer in self.layers:
                x = self.dropout(layer(x, flip))
        return x.float()

    def link(self, h: Tensor, a: Candidates, o: Candidates, ends_before: Tensor) -> Tensor:
        """Logits ``(n, n_aspects, n_opinions, 4)``: none, then negative, neutral, positive."""
        x = (
            self.aspect.link(h, a.first, a.width)[:, :, None]
            + self.opinion.link(h, o.first, o.width)[:, None]
        )
        gap, clauses, layout = relations(a, o, ends_before)
        # One row for each case: one look-up per pair instead of three.
        cases = self.gap.weight[:, None, None] + self.clauses.weight[:, None] + self.layout.weight
        number = (gap * N_CLAUSES + clauses) * N_LAYOUTS + layout
        logits = self.out(torch.relu(x + F.embedding(number, cases.flatten(0, 2))))
        both = a.score[:, :, None] + o.score[:, None]
        return torch.cat([logits[..., :1], logits[..., 1:] + both[..., None]], dim=-1)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Spans to be paired: ``first`` place, ``width`` less 1, ``score``, ``valid``; all ``(n, k)``.

    The aspect that is not written is place 0 with width 0.
    """

    first: Tensor
    width: Tensor
    score: Tensor
    valid: Tensor


def best_spans(
    scores: Tensor, k: int, *, wanted: Tensor | None = None, with_mark: bool = False
) -> Candidates:
    """The ``k`` best spans of each text; ``wanted`` (bool, like ``scores``) come first in any case."""
    n, _length, n_widths = scores.shape
    flat = scores.reshape(n, -1)
    order = flat.detach() if wanted is None else flat.detach() + wanted.reshape(n, -1) * 1e3
    at = order.topk(min(k, flat.shape[1]), dim=1).indices
    found = torch.gather(flat, 1, at)
    first, width, valid = at // n_widths, at % n_widths, found > NEVER / 2
    if with_mark:
        first, width = F.pad(first, (1, 0)), F.pad(width, (1, 0))
        found, valid = F.pad(found, (1, 0)), F.pad(valid, (1, 0), value=True)
    return Candidates(first, width, found.clamp(min=-20.0), valid)


def relations(a: Candidates, o: Candidates, ends_before: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Classes of gap, clause ends between and layout of all pairs, each ``(n, n_aspects, n_opinions)``."""
    a_first, o_first = a.first[:, :, None], o.first[:, None]
    a_end, o_end = a_first + a.width[:, :, None] + 1, o_first + o.width[:, None] + 1
    ahead = a_end <= o_first
    behind = o_end <= a_first
    signed = torch.where(ahead, o_first - a_end + 1, torch.where(behind, o_end - a_first - 1, 0))
    gap = torch.bucketize(signed, torch.tensor(GAPS), right=True)
    left = torch.where(ahead, a_end, o_end).clamp(max=ends_before.shape[1] - 1)
    right = torch.where(ahead, o_first, a_first).expand_as(left)
    counts = ends_before.gather(1, right.flatten(1)) - ends_before.gather(1, left.flatten(1))
    counts = counts.reshape(left.shape).clamp(0, N_CLAUSES - 1)
    unwritten = (a_first == 0).expand_as(left)
    layout = torch.where(unwritten, 2, torch.where(ahead | behind, 0, 1))
    return gap.masked_fill(unwritten, 0), counts.masked_fill(unwritten, 0), layout


def span_mask(triplet_spans: list[list[tuple[int, int]]], shape: tuple[int, ...]) -> Tensor:
    """True at ``(text, first, width - 1)`` of each span, where that is inside ``shape``."""
    mask = torch.zeros(shape, dtype=torch.bool)
    for row, spans in enumerate(triplet_spans):
        for first, width in spans:
            if width <= shape[2]:
                mask[row, first, width - 1] = True
    return mask


def _gather(x: Tensor, at: Tensor) -> Tensor:
    return x.gather(1, at[..., None].expand(-1, -1, x.shape[-1]))


def _flipped(lengths: Tensor, length: int) -> Tensor:
    """Places in opposite order within each text; what is behind its end stays."""
    at = torch.arange(length)[None]
    turned = lengths[:, None] - 1 - at
    return torch.where(turned >= 0, turned, at)
