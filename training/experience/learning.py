"""The loss of the talk network, and the loop that lowers it. The same seed gives the same weights on one machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from training.encoder.checkpoint import Checkpoint
from training.experience.batches import columns_of, make_batch, shuffled
from training.experience.lessons import Lesson
from training.experience.network import TalkBatch, TalkNetwork, TalkSizes

Progress = Callable[[float, str], None]
_NOT_THERE = -30.0
_GRADIENT_LIMIT = 1.0
_WARM_UP = 0.1
_ITEM_WEIGHT = 0.1
_BESIDE_WEIGHT = 0.3
_KINDS = {
    "steps": ("step",),
    "touchpoints": ("touchpoint",),
    "promises": ("promise", "outcome"),
    "expectations": ("expectation", "experience"),
    "survey": ("item", "answer", "survey"),
    "waits": ("wait",),
    "demands": ("demand",),
    "churn": ("churn",),
    "exposure": ("exposure",),
}
"""Labels by the list of marks that they come from."""


@dataclass(frozen=True, slots=True)
class TalkPlan:
    """Chosen on dialogues held out (decision 13). ``start_rate`` is that of the pretrained part, as a share of ``rate``;
    ``any_sector`` is how often a dialogue is read as of no sector, for those that have no labels."""

    seed: int = 13
    n_epochs: int = 16
    batch: int = 16
    rate: float = 2e-3
    start_rate: float = 1.0
    weight_decay: float = 0.01
    dropout: float = 0.2
    any_sector: float = 0.1


@dataclass(frozen=True)
class Scope:
    """``labels`` name the columns, ``sectors`` the rows of ``allowed`` (n_sectors, n_labels): which labels a sector
    has. ``items`` are columns of survey items, ``answers`` those that are learnt only where an item is."""

    labels: tuple[str, ...]
    sectors: tuple[str, ...]
    allowed: Tensor
    items: Tensor
    answers: Tensor


def scope_of(lessons: Sequence[Lesson], sectors: Sequence[str], items: Mapping[str, Sequence[str]]) -> Scope:
    """``items`` are the node ids of the survey of each sector. The last sector is that of none."""
    labels = tuple(sorted({name for lesson in lessons for own in lesson.labels.values() for name in own}))
    allowed = np.ones((len(sectors), len(labels)), dtype=bool)
    for row, sector in enumerate(sectors):
        for column, label in enumerate(labels):
            kind, _, rest = label.partition("/")
            if kind == "step":
                allowed[row, column] = rest.startswith(f"{sector}/") if sector else False
            elif kind in ("item", "survey") and sector:
                allowed[row, column] = rest.split("/")[0] in items[sector]
    return Scope(
        labels,
        tuple(sectors),
        torch.from_numpy(allowed),
        torch.tensor([i for i, label in enumerate(labels) if label.startswith("item/")], dtype=torch.long),
        torch.tensor([label.startswith(("answer/", "survey/")) for label in labels]),
    )


def known_labels(kinds: Sequence[str], labels: Sequence[str]) -> Tensor:
    """Which labels (n_labels) a reader who looked for marks of ``kinds`` would have given."""
    names = {name for kind in kinds for name in _KINDS[kind]}
    return torch.tensor([label.split("/")[0] in names for label in labels])


def talk_loss(odds: Tensor, batch: TalkBatch, scope: Scope, known: Tensor | None = None) -> Tensor:
    """Cross entropy of pieces, of turns by their likeliest piece, and of survey items by that of the dialogue.

    Marks of turns and dialogues are told somewhere in them (multiple instances: Dietterich et al. 1997). ``known``
    (n_dialogues, n_labels) is given for single turns: only those labels were looked for, and in which piece is not told,
    so that an answer too is one of the turn.
    """
    there = batch.is_piece.unsqueeze(-1)
    allowed = scope.allowed[batch.sector].unsqueeze(1)
    placed = there
    if known is not None:
        allowed = allowed & known.unsqueeze(1)
        placed = there & (batch.is_piece.sum(1) == 1)[:, None, None]
    has_item = batch.targets[..., scope.items].sum(-1, keepdim=True) > 0
    counted = allowed & placed & (~scope.answers | has_item)
    piece = (_entropy(odds, batch.targets) * counted).sum() / there.sum()
    held, wanted = odds.masked_fill(~there, _NOT_THERE), batch.targets * there
    of_turn = ~scope.answers
    if known is not None:  # The one turn gives the answer, if it has an item.
        of_turn = of_turn | has_item.any(1, keepdim=True)
    turn = _by_turn(held, wanted, batch, allowed & of_turn)
    if not len(scope.items):
        return piece + turn
    items = _entropy(held[..., scope.items].amax(1), wanted[..., scope.items].amax(1))
    whole = (items * allowed[:, 0, scope.items]).sum() / len(items)
    return piece + turn + _ITEM_WEIGHT * whole


def _by_turn(held: Tensor, wanted: Tensor, batch: TalkBatch, allowed: Tensor) -> Tensor:
    n_turns = int(batch.turn.max()) + 1
    own = batch.turn.clamp(min=0).unsqueeze(-1).expand_as(held)
    empty = torch.full((held.shape[0], n_turns, held.shape[2]), _NOT_THERE)
    best = empty.scatter_reduce(1, own, held, "amax")
    any_of = torch.zeros_like(empty).scatter_reduce(1, own, wanted, "amax")
    there = best[..., :1] > _NOT_THERE + 1
    return (_entropy(best, any_of) * (there & allowed)).sum() / there.sum()


def _entropy(odds: Tensor, wanted: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(odds, wanted, reduction="none")


def learn(
    lessons: Sequence[Lesson],
    scope: Scope,
    sizes: TalkSizes,
    *,
    beside: Sequence[Lesson] = (),
    start: Mapping[str, Tensor] | None = None,
    plan: TalkPlan | None = None,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> TalkNetwork:
    """A network fitted on ``lessons``, and with less weight on the single turns of ``beside``, each read once an epoch.

    ``start`` are weights of its pretrained part, by name. Killed and resumed from ``checkpoint``, kept after every epoch, it
    becomes the same. Raises ``ArtifactError`` for a checkpoint of another run.
    """
    plan = plan or TalkPlan()
    run = _Run(_Lessons(lessons, scope), _Lessons(beside, scope), sizes, start or {}, plan)
    first = checkpoint.restore(run.state) if checkpoint else 0
    for epoch in range(first, plan.n_epochs):
        loss = run.epoch(epoch)
        if checkpoint:
            checkpoint.save(epoch + 1, run.state)
        if progress:
            progress((epoch + 1) / plan.n_epochs, f"{epoch + 1}/{plan.n_epochs} loss {loss:.3f}")
    return run.network.eval()


class _Run:
    """Network and optimiser of one run. What is drawn in an epoch depends on the seed and its number alone."""

    def __init__(
        self, talks: _Lessons, turns: _Lessons, sizes: TalkSizes, start: Mapping[str, Tensor], plan: TalkPlan
    ) -> None:
        torch.manual_seed(plan.seed)
        self._talks, self._turns, self._plan = talks, turns, plan
        self._n_batches = -(-len(talks.lessons) // plan.batch)
        self.network = TalkNetwork(sizes, plan.dropout)
        self.network.load_state_dict({**self.network.state_dict(), **start})
        self._optimiser, self._schedule = _optimiser(self.network, plan, plan.n_epochs * self._n_batches)

    @property
    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"network": self.network, "optimiser": self._optimiser, "schedule": self._schedule}

    def epoch(self, number: int) -> float:
        """The loss of its last step."""
        rng = np.random.default_rng((self._plan.seed, number))
        torch.manual_seed(self._plan.seed * 1_000_003 + number)
        self.network.train()
        order = self._turns.in_parts(self._n_batches, rng)
        loss = torch.zeros(())
        for chosen, single in zip(
            shuffled(len(self._talks.lessons), self._plan.batch, rng), order, strict=True
        ):
            loss = self._loss(self._talks, chosen, self._plan.any_sector, rng)
            if single:
                loss = loss + _BESIDE_WEIGHT * self._loss(self._turns, single, 0.0, rng)
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), _GRADIENT_LIMIT)
            self._optimiser.step()
            self._schedule.step()
        return float(loss.detach())

    def _loss(
        self, lessons: _Lessons, chosen: list[int], any_sector: float, rng: np.random.Generator
    ) -> Tensor:
        batch = lessons.batch(chosen, any_sector, rng)
        known = lessons.known[chosen] if lessons is self._turns else None
        return talk_loss(self.network(batch), batch, lessons.scope, known)


class _Lessons:
    """Those that have pieces, with their targets and the labels that were looked for."""

    def __init__(self, lessons: Sequence[Lesson], scope: Scope) -> None:
        columns = columns_of(scope.labels)
        self.scope = scope
        self.lessons = [lesson for lesson in lessons if lesson.page.pieces]
        self.targets = [lesson.targets(columns) for lesson in self.lessons]
        known = [known_labels(lesson.dialogue.kinds, scope.labels) for lesson in self.lessons]
        self.known = torch.stack(known) if known else torch.zeros(0, len(scope.labels), dtype=torch.bool)

    def in_parts(self, n: int, rng: np.random.Generator) -> list[list[int]]:
        """Their numbers in a random order, in ``n`` even parts."""
        order = rng.permutation(len(self.lessons))
        return [part.tolist() for part in np.array_split(order, n)]

    def batch(self, chosen: Sequence[int], any_sector: float, rng: np.random.Generator) -> TalkBatch:
        """``any_sector`` is how often a dialogue is read as of none."""
        own, none = [self.lessons[i] for i in chosen], len(self.scope.sectors) - 1
        sectors = [
            none if hidden < any_sector else self.scope.sectors.index(lesson.dialogue.sector)
            for lesson, hidden in zip(own, rng.random(len(own)), strict=True)
        ]
        return make_batch([lesson.page for lesson in own], sectors, [self.targets[i] for i in chosen])


def _optimiser(
    network: TalkNetwork, plan: TalkPlan, n_steps: int
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    early = [*network.characters.parameters(), *network.pieces.parameters()]
    known = {id(parameter) for parameter in early}
    late = [parameter for parameter in network.parameters() if id(parameter) not in known]
    rates = [plan.rate * plan.start_rate, plan.rate]
    groups = [{"params": early, "lr": rates[0]}, {"params": late, "lr": rates[1]}]
    optimiser = torch.optim.AdamW(groups, weight_decay=plan.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, total_steps=n_steps + 1, pct_start=_WARM_UP
    )
    return optimiser, schedule
