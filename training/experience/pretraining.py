"""The part of the talk network that reads characters, taught by a sentence encoder on unlabelled clauses.

A clause read by the small network shall stand where the encoder puts it (distillation: Hinton et al. 2015; in batches,
nearer to its own vector than to those of others). So words that no labelled dialogue has still mean something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.experience.talk_page import GAP, Floats, TalkAlphabet, folded
from training.experience.batches import alike
from training.experience.network import Characters, Pieces, TalkSizes

Progress = Callable[[float, str], None]
_CONTRAST, _SHARPNESS = 0.1, 20.0
_SORTED_BATCHES = 50
MAX_CHARACTERS, MAX_PAIRS = 4_000, 14_000
"""All shipped models together stay below 25 MB."""
_LEAST_CHARACTER, _LEAST_PAIR = 3, 5


@dataclass(frozen=True, slots=True)
class PretrainingPlan:
    seed: int = 13
    n_epochs: int = 5
    batch: int = 256
    rate: float = 2e-3


class _Taught(nn.Module):
    def __init__(self, sizes: TalkSizes, n_dims: int) -> None:
        super().__init__()
        self.characters = Characters(sizes)
        self.pieces = Pieces(sizes)
        self.out = nn.Linear(sizes.hidden, n_dims)

    def forward(self, characters: Tensor, pairs: Tensor, piece_of: Tensor, n: int) -> Tensor:
        read = self.pieces(self.characters(characters, pairs), piece_of, n)
        return F.normalize(self.out(read), dim=-1)


def make_alphabet(texts: Iterable[str]) -> TalkAlphabet:
    """The commonest characters and pairs of characters of ``texts``."""
    characters: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for text in texts:
        said = folded(text)
        characters.update(said)
        pairs.update(said[i : i + 2] for i in range(len(said) - 1))
    return TalkAlphabet.of(
        _common(characters, MAX_CHARACTERS, _LEAST_CHARACTER), _common(pairs, MAX_PAIRS, _LEAST_PAIR)
    )


def _common(counts: Counter[str], most: int, least: int) -> list[str]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    return [name for name, n in ordered if n >= least]


def pretrain(
    clauses: Sequence[str],
    vectors: Floats,
    alphabet: TalkAlphabet,
    sizes: TalkSizes,
    *,
    plan: PretrainingPlan | None = None,
    progress: Progress | None = None,
) -> dict[str, Tensor]:
    """Weights of ``characters`` and ``pieces`` by the names of ``TalkNetwork``. ``vectors`` is (n_clauses, n_dims)."""
    plan = plan or PretrainingPlan()
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    centred = vectors - vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True) + 1e-6
    network = _Taught(sizes, vectors.shape[1])
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=1e-5)
    n_steps = plan.n_epochs * -(-len(clauses) // plan.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, plan.rate, total_steps=n_steps + 1, pct_start=0.05
    )
    done, lengths = 0, [len(clause) for clause in clauses]
    for _ in range(plan.n_epochs):
        for chosen in alike(lengths, plan.batch, _SORTED_BATCHES, rng):  # The contrast is sharper there.
            row = _row([clauses[i] for i in chosen], alphabet)
            wanted = torch.from_numpy(centred[chosen])
            found = network(*row, len(chosen))
            others = F.cross_entropy(found @ wanted.T * _SHARPNESS, torch.arange(len(chosen)))
            loss = (1 - (found * wanted).sum(-1)).mean() + _CONTRAST * others
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            done += 1
            if progress and done % 100 == 0:
                progress(done / n_steps, f"损失 {float(loss.detach()):.3f}")
    return {name: value for name, value in network.state_dict().items() if not name.startswith("out.")}


def _row(clauses: Sequence[str], alphabet: TalkAlphabet) -> tuple[Tensor, Tensor, Tensor]:
    characters, pairs = alphabet.row(clauses)
    piece_of = [n for number, clause in enumerate(clauses) for n in [number] * len(clause) + [-1] * GAP]
    return torch.from_numpy(characters), torch.from_numpy(pairs), torch.tensor(piece_of)
