"""The loss of the talk network, and the loop that lowers it. The same seed gives the same weights on one machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.experience.talk_page import Floats
from training.encoder.checkpoint import Checkpoint
from training.experience.batches import alike, columns_of, make_batch
from training.experience.lessons import Lesson
from training.experience.network import TalkBatch, TalkNetwork, TalkSizes, TokenRows
from training.progress import Progress, part_of

_NOT_THERE = -30.0
_GRADIENT_LIMIT = 1.0
_WARM_UP = 0.1
_ITEM_WEIGHT = 0.1
_BESIDE_WEIGHT = 0.3
_TOLD_BATCHES = 10
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
    ``any_sector`` is how often a dialogue is read as of no sector, for those that have no labels; of every ``n_sorted``
    batches dialogues of like length stand together."""

    seed: int = 13
    n_epochs: int = 18
    batch: int = 16
    rate: float = 2e-3
    start_rate: float = 1.0
    weight_decay: float = 0.01
    dropout: float = 0.2
    any_sector: float = 0.1
    n_sorted: int = 1


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


def taught_loss(odds: Tensor, batch: TalkBatch, scope: Scope) -> Tensor:
    """Cross entropy to what teachers hold for likely (Hinton et al. 2015); of answers as far as they see an item there."""
    if batch.taught is None:
        return odds.new_zeros(())
    likely = batch.taught.sigmoid()
    heeded = (scope.allowed[batch.sector].unsqueeze(1) & batch.is_piece.unsqueeze(-1)).float()
    if len(scope.items):
        heeded = torch.where(scope.answers, likely[..., scope.items].amax(-1, keepdim=True), 1.0) * heeded
    return (_entropy(odds, likely) * heeded).sum() / batch.is_piece.sum()


class LessonRows:
    """Lessons that have pieces, with their targets, the labels that were looked for, and what teachers say of each."""

    def __init__(
        self,
        lessons: Sequence[Lesson],
        scope: Scope,
        *,
        taught: Sequence[Floats] = (),
        tokens: Callable[[Sequence[Lesson]], TokenRows] | None = None,
    ) -> None:
        columns = columns_of(scope.labels)
        self.scope, self._tokens = scope, tokens
        kept = [i for i, lesson in enumerate(lessons) if lesson.page.pieces]
        self.lessons = [lessons[i] for i in kept]
        self._taught = [taught[i] for i in kept] if taught else []
        self._targets = [lesson.targets(columns) for lesson in self.lessons]
        known = [known_labels(lesson.dialogue.kinds, scope.labels) for lesson in self.lessons]
        self.known = torch.stack(known) if known else torch.zeros(0, len(scope.labels), dtype=torch.bool)
        self.lengths = [len(lesson.page.characters) for lesson in self.lessons]

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
        taught = [self._taught[i] for i in chosen] if self._taught else ()
        found = make_batch(
            [lesson.page for lesson in own], sectors, [self._targets[i] for i in chosen], taught
        )
        return replace(found, tokens=self._tokens(own)) if self._tokens else found


def learn(
    talks: LessonRows,
    turns: LessonRows,
    sizes: TalkSizes,
    *,
    start: Mapping[str, Tensor] | None = None,
    plan: TalkPlan | None = None,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> TalkNetwork:
    """A network fitted on ``talks``, and with less weight on the single ``turns``, each read once an epoch.

    ``start`` are weights of its pretrained part, by name. Raises ``ArtifactError`` for a checkpoint of another run.
    """
    plan = plan or TalkPlan()
    torch.manual_seed(plan.seed)
    network = TalkNetwork(sizes, plan.dropout)
    network.load_state_dict({**network.state_dict(), **(start or {})})
    early = [*network.characters.parameters(), *network.pieces.parameters()]
    groups = [(early, plan.rate * plan.start_rate), ([*network.layers.parameters()], plan.rate)]
    run_epochs(network, groups, talks, turns, plan, checkpoint=checkpoint, progress=progress)
    return network


def run_epochs(
    network: nn.Module,
    groups: Sequence[tuple[Sequence[nn.Parameter], float]],
    talks: LessonRows,
    turns: LessonRows,
    plan: TalkPlan,
    *,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> None:
    """Lower the loss of ``network``, whose parameters learn at the rates of ``groups``; then it is set to serve.

    Killed and resumed from ``checkpoint``, kept after every epoch, it becomes the same. Raises ``ArtifactError`` for a
    checkpoint of another run.
    """
    run = _Run(network, groups, talks, turns, plan)
    first = checkpoint.restore(run.state) if checkpoint else 0
    for epoch in range(first, plan.n_epochs):
        run.epoch(epoch, part_of(progress, epoch / plan.n_epochs, (epoch + 1) / plan.n_epochs))
        if checkpoint:
            checkpoint.save(epoch + 1, run.state)
    network.eval()


class _Run:
    """Network and optimiser of one run. What is drawn in an epoch depends on the seed and its number alone."""

    def __init__(
        self,
        network: nn.Module,
        groups: Sequence[tuple[Sequence[nn.Parameter], float]],
        talks: LessonRows,
        turns: LessonRows,
        plan: TalkPlan,
    ) -> None:
        self._network, self._talks, self._turns, self._plan = network, talks, turns, plan
        self._n_batches = -(-len(talks.lessons) // plan.batch)
        named = [{"params": list(own), "lr": rate} for own, rate in groups]
        self._optimiser = torch.optim.AdamW(named, weight_decay=plan.weight_decay)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser,
            [rate for _, rate in groups],
            total_steps=plan.n_epochs * self._n_batches + 1,
            pct_start=_WARM_UP,
        )

    @property
    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {"network": self._network, "optimiser": self._optimiser, "schedule": self._schedule}

    def epoch(self, number: int, progress: Progress | None) -> None:
        rng = np.random.default_rng((self._plan.seed, number))
        torch.manual_seed(self._plan.seed * 1_000_003 + number)
        self._network.train()
        order = self._turns.in_parts(self._n_batches, rng)
        batches = alike(self._talks.lengths, self._plan.batch, self._plan.n_sorted, rng)
        losses = []
        for done, (chosen, single) in enumerate(zip(batches, order, strict=True), 1):
            loss = self._loss(self._talks, chosen, self._plan.any_sector, rng)
            if single:
                loss = loss + _BESIDE_WEIGHT * self._loss(self._turns, single, 0.0, rng)
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self._network.parameters(), _GRADIENT_LIMIT)
            self._optimiser.step()
            self._schedule.step()
            losses.append(float(loss.detach()))
            if progress and (done == self._n_batches or done % _TOLD_BATCHES == 0):
                told = f"第 {number + 1}/{self._plan.n_epochs} 轮，损失 {np.mean(losses):.3f}"
                progress(done / self._n_batches, told)

    def _loss(
        self, rows: LessonRows, chosen: list[int], any_sector: float, rng: np.random.Generator
    ) -> Tensor:
        batch = rows.batch(chosen, any_sector, rng)
        known = rows.known[chosen] if rows is self._turns else None
        odds = self._network(batch)
        return talk_loss(odds, batch, rows.scope, known) + taught_loss(odds, batch, rows.scope)


def odds_of(network: nn.Module, rows: LessonRows, *, batch: int = 32) -> list[Floats]:
    """Log odds (n_pieces, n_labels) of each lesson of ``rows``, in their order."""
    found: list[Floats] = [np.zeros((0, 0), dtype=np.float32)] * len(rows.lessons)
    order, rng = sorted(range(len(rows.lessons)), key=rows.lengths.__getitem__), np.random.default_rng(0)
    for at in range(0, len(order), batch):
        chosen = order[at : at + batch]
        with torch.no_grad():
            odds = network(rows.batch(chosen, 0.0, rng)).numpy()
        for place, own in enumerate(chosen):
            found[own] = odds[place, : len(rows.lessons[own].page.pieces)].copy()
    return found
