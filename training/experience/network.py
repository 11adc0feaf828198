"""The talk network in torch, to be fitted; ``arrays`` is what ``models.experience.talk_net.TalkNet`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.experience.talk_net import N_PIECES_APART, N_TURNS_APART, TalkShape, pieces_apart, turns_apart

_SHAPE = TalkShape(n_layers=3, n_context=2, n_heads=4, n_placed=2)
_WIDER = 2
_NEVER = -1e4
_RARE = -4.0
"""Log odds of a label before anything is learnt."""


@dataclass(frozen=True)
class TokenRows:
    """``ids`` and ``mask`` (n_rows, n_tokens) of an encoder; ``places`` (n_pieces of all dialogues, 3): the row of each piece,
    its first token, and the one behind its last."""

    ids: Tensor
    mask: Tensor
    places: Tensor


@dataclass(frozen=True)
class TalkBatch:
    """Dialogues side by side. ``characters``, ``pairs`` and ``piece_of`` (n_characters) are one row for all, the
    last -1 where a character is in no piece; ``is_piece`` (n_dialogues, n_pieces) tells pieces from padding;
    ``agent``, ``first``, ``turn`` and ``polarity`` likewise; ``targets`` has one more axis of labels, as has ``taught``, the
    log odds that teachers give, where there are any. ``tokens`` are what a teacher reads."""

    characters: Tensor
    pairs: Tensor
    piece_of: Tensor
    is_piece: Tensor
    agent: Tensor
    first: Tensor
    turn: Tensor
    polarity: Tensor
    sector: Tensor
    targets: Tensor
    taught: Tensor | None = None
    tokens: TokenRows | None = None


@dataclass(frozen=True, slots=True)
class TalkSizes:
    """``width`` of characters, ``hidden`` of pieces; counts of what is told apart."""

    n_characters: int
    n_pairs: int
    n_labels: int
    n_sectors: int
    width: int = 96
    hidden: int = 208
    shape: TalkShape = _SHAPE


class Characters(nn.Module):
    """Windows of three characters, in layers with residuals."""

    def __init__(self, sizes: TalkSizes, dropout: float = 0.1) -> None:
        super().__init__()
        self.singles = nn.Embedding(sizes.n_characters, sizes.width, padding_idx=0)
        self.doubles = nn.Embedding(sizes.n_pairs, sizes.width, padding_idx=0)
        layers = range(sizes.shape.n_layers)
        self.windows = nn.ModuleList(nn.Conv1d(sizes.width, sizes.width, 3, padding=1) for _ in layers)
        self.norms = nn.ModuleList(nn.LayerNorm(sizes.width) for _ in layers)
        self.dropout = nn.Dropout(dropout)
        with torch.no_grad():
            for table in (self.singles, self.doubles):
                table.weight.normal_(std=0.3)
                table.weight[0] = 0
            self.doubles.weight[1] = 0

    def forward(self, characters: Tensor, pairs: Tensor) -> Tensor:
        """Vectors (n_characters, width) of one row of characters."""
        said = (characters > 0).unsqueeze(-1)
        before = torch.cat([torch.zeros_like(pairs[:1]), pairs[:-1]])
        x = self.dropout(self.singles(characters) + self.doubles(pairs) + self.doubles(before)) * said
        for window, norm in zip(self.windows, self.norms, strict=True):
            x = (x + self.dropout(gelu(norm(window(x.T.unsqueeze(0))[0].T)))) * said
        return x


class Pieces(nn.Module):
    """Mean and maximum of the characters of each piece, through one layer."""

    def __init__(self, sizes: TalkSizes) -> None:
        super().__init__()
        self.pool = nn.Linear(2 * sizes.width, sizes.hidden)

    def forward(self, x: Tensor, piece_of: Tensor, n_pieces: int) -> Tensor:
        inside = piece_of >= 0
        return gelu(self.pool(pooled(x[inside], piece_of[inside], n_pieces)))


def pooled(rows: Tensor, piece_of: Tensor, n_pieces: int) -> Tensor:
    """Mean and maximum (n_pieces, 2 * width) of the ``rows`` (n_rows, width) of each piece."""
    counts = torch.bincount(piece_of, minlength=n_pieces).clamp(min=1).unsqueeze(-1)
    mean = torch.zeros(n_pieces, rows.shape[1]).index_add(0, piece_of, rows) / counts
    most = torch.full((n_pieces, rows.shape[1]), -1e4)
    most = most.scatter_reduce(0, piece_of.unsqueeze(-1).expand(-1, rows.shape[1]), rows, "amax")
    return torch.cat([mean, most], -1)


class Attention(nn.Module):
    """Pieces ask all others of their dialogue; each head prefers some distances in pieces and in turns."""

    def __init__(self, hidden: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm = nn.LayerNorm(hidden)
        self.asked = nn.Linear(hidden, 3 * hidden)
        self.told = nn.Linear(hidden, hidden)
        self.near = nn.Parameter(torch.zeros(n_heads, 2 * N_PIECES_APART + 1))
        self.turns = nn.Parameter(torch.zeros(n_heads, 2 * N_TURNS_APART + 1))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, is_piece: Tensor, turn: Tensor) -> Tensor:
        """``(n_dialogues, n_pieces, hidden)``, to be added to ``x``."""
        n_dialogues, n, hidden = x.shape
        parts = self.asked(self.norm(x)).reshape(n_dialogues, n, 3, self.n_heads, hidden // self.n_heads)
        asked, known, told = parts.permute(2, 0, 3, 1, 4)
        turns = self.turns[:, torch.from_numpy(turns_apart(turn.numpy()))].transpose(0, 1)
        bias = self.near[:, torch.from_numpy(pieces_apart(n))] + turns
        weights = asked @ known.transpose(-1, -2) / (hidden // self.n_heads) ** 0.5 + bias
        weights = weights.masked_fill(~is_piece[:, None, None, :], _NEVER).softmax(-1)
        joined = (self.dropout(weights) @ told).transpose(1, 2).reshape(n_dialogues, n, hidden)
        found: Tensor = self.told(joined)
        return found

    def arrays(self, name: str) -> dict[str, Tensor]:
        return {
            f"{name}.near": self.near,
            f"{name}.turns": self.turns,
            **_linear(f"{name}.in", self.asked),
            **_linear(f"{name}.out", self.told),
            **_norm(f"{name}.norm", self.norm),
        }


class Wide(nn.Module):
    """Each piece by itself, through a layer of twice its width."""

    def __init__(self, hidden: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.wide = nn.Linear(hidden, _WIDER * hidden)
        self.narrow = nn.Linear(_WIDER * hidden, hidden)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.narrow(self.dropout(gelu(self.wide(self.norm(x)))))
        return found

    def arrays(self, name: str) -> dict[str, Tensor]:
        return {
            **_linear(f"{name}.in", self.wide),
            **_linear(f"{name}.out", self.narrow),
            **_norm(f"{name}.norm", self.norm),
        }


class TalkLayers(nn.Module):
    """Pieces of dialogues beside each other: who says them, what stands around them, and the log odds of every label."""

    def __init__(self, sizes: TalkSizes, dropout: float = 0.0) -> None:
        super().__init__()
        hidden = sizes.hidden
        self.agent = nn.Embedding(2, hidden)
        self.first = nn.Embedding(2, hidden)
        self.sector = nn.Embedding(sizes.n_sectors, hidden)
        self.polarity = nn.Linear(2, hidden)
        reach = [2**i for i in range(sizes.shape.n_context)]
        self.context = nn.ModuleList(nn.Conv1d(hidden, hidden, 3, padding=r, dilation=r) for r in reach)
        self.context_norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in reach)
        placed = range(sizes.shape.n_placed)
        self.attention = nn.ModuleList(Attention(hidden, sizes.shape.n_heads, dropout) for _ in placed)
        self.wide = nn.ModuleList(Wide(hidden, dropout) for _ in placed)
        self.out = nn.Linear(2 * hidden, sizes.n_labels)
        self.dropout = nn.Dropout(dropout)
        nn.init.constant_(self.out.bias, _RARE)
        for table in (self.agent, self.first, self.sector):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, own: Tensor, batch: TalkBatch) -> Tensor:
        """``own`` (n_pieces of all dialogues, hidden) to ``(n_dialogues, n_pieces, n_labels)``."""
        own = self.dropout(own)
        alone = torch.zeros(*batch.is_piece.shape, own.shape[1])
        alone[batch.is_piece] = own
        held = alone + self.agent(batch.agent) + self.first(batch.first)
        held = held + self.sector(batch.sector).unsqueeze(1)
        held = held + self.polarity(torch.stack([batch.polarity, batch.polarity.abs()], -1))
        held = self._context(held, batch)
        found: Tensor = self.out(self.dropout(torch.cat([held, alone], -1)))
        return found

    def _context(self, x: Tensor, batch: TalkBatch) -> Tensor:
        inside = batch.is_piece.unsqueeze(-1)
        for window, norm in zip(self.context, self.context_norms, strict=True):
            seen = window((x * inside).transpose(1, 2)).transpose(1, 2)
            x = x + self.dropout(gelu(norm(seen)))
        for attention, wide in zip(self.attention, self.wide, strict=True):
            x = x + self.dropout(attention(x, batch.is_piece, batch.turn))
            x = x + self.dropout(wide(x))
        return x

    def arrays(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {
            "speaker": self.agent.weight,
            "first": self.first.weight,
            "sector": self.sector.weight,
            **_linear("polarity", self.polarity),
            **_linear("out", self.out),
        }
        for i, (window, norm) in enumerate(zip(self.context, self.context_norms, strict=True)):
            found |= _window(f"context.{i}", window) | _norm(f"context.{i}.norm", norm)
        for i, (attention, wide) in enumerate(zip(self.attention, self.wide, strict=True)):
            found |= cast(Attention, attention).arrays(f"attention.{i}")
            found |= cast(Wide, wide).arrays(f"wide.{i}")
        return found


class TalkNetwork(nn.Module):
    """Log odds of every label for every piece, read from its characters."""

    def __init__(self, sizes: TalkSizes, dropout: float = 0.0) -> None:
        super().__init__()
        self.sizes = sizes
        self.characters = Characters(sizes)
        self.pieces = Pieces(sizes)
        self.layers = TalkLayers(sizes, dropout)

    def forward(self, batch: TalkBatch) -> Tensor:
        """``(n_dialogues, n_pieces, n_labels)``."""
        x = self.characters(batch.characters, batch.pairs)
        found: Tensor = self.layers(self.pieces(x, batch.piece_of, int(batch.is_piece.sum())), batch)
        return found

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """By the names that ``TalkNet`` knows."""
        found: dict[str, Tensor] = {
            "characters": self.characters.singles.weight,
            "pairs": self.characters.doubles.weight,
            **_linear("pool", self.pieces.pool),
            **self.layers.arrays(),
        }
        for i, (window, norm) in enumerate(zip(self.characters.windows, self.characters.norms, strict=True)):
            found |= _window(f"characters.{i}", window) | _norm(f"characters.{i}.norm", norm)
        return {name: value.detach().numpy().astype(np.float32) for name, value in found.items()}


def start_weights(arrays: Mapping[str, NDArray[np.float32]], shape: TalkShape) -> dict[str, Tensor]:
    """The part that reads characters, by the names of ``TalkNetwork``, out of what ``arrays`` gave."""
    found = {
        "characters.singles.weight": arrays["characters"],
        "characters.doubles.weight": arrays["pairs"],
        "pieces.pool.weight": arrays["pool.weight"].T,
        "pieces.pool.bias": arrays["pool.bias"],
    }
    for i in range(shape.n_layers):
        weight = arrays[f"characters.{i}.weight"]
        width = weight.shape[1]
        found[f"characters.windows.{i}.weight"] = weight.reshape(3, width, width).transpose(2, 1, 0)
        found[f"characters.windows.{i}.bias"] = arrays[f"characters.{i}.bias"]
        for part in ("weight", "bias"):
            found[f"characters.norms.{i}.{part}"] = arrays[f"characters.{i}.norm.{part}"]
    return {name: torch.from_numpy(np.array(value, dtype=np.float32)) for name, value in found.items()}


def gelu(x: Tensor) -> Tensor:
    """As ``TalkNet`` has it."""
    return F.gelu(x, approximate="tanh")


def _linear(name: str, layer: nn.Module) -> dict[str, Tensor]:
    return {f"{name}.weight": layer.weight.T, f"{name}.bias": layer.bias}  # type: ignore[dict-item]


def _norm(name: str, layer: nn.Module) -> dict[str, Tensor]:
    return {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}  # type: ignore[dict-item]


def _window(name: str, layer: nn.Module) -> dict[str, Tensor]:
    """What stands before, here and after, one below the other: (3 * width, width)."""
    weight: Tensor = layer.weight  # type: ignore[assignment]
    return {
        f"{name}.weight": weight.permute(2, 1, 0).reshape(-1, weight.shape[0]),
        f"{name}.bias": layer.bias,  # type: ignore[dict-item]
    }
