"""Fine-tuning of an encoder on several labelled tasks at once, on a processor, resumable after a kill.

One linear head per task stands on the mean of the last layer, so that what is tuned is what
``OnnxEncoder.pooled`` gives. The recipe that trained fastest on two cores: bfloat16 autocast (where the processor has it), eager
attention without dropout, frozen word embeddings, batches of like length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.core.errors import MissingExtraError
from models.encoder.batches import batched_by_length, padded
from training.encoder.checkpoint import Checkpoint

Progress = Callable[[float, str], None]
IGNORED = -1
"""The class number of a row that a task says nothing about."""
_REPORT_STEPS = 10
_CLIP = 1.0
_LENGTH_STEP = 8
"""Batches are padded to a multiple of it: few shapes, so that kernels and their memory are used again."""


@dataclass(frozen=True, slots=True)
class TuningTask:
    """``targets`` (n_rows, n_slots) class numbers in 0..n_classes-1, or ``IGNORED``.

    One slot is an ordinary classification; several are as many classifications of one text, such as the
    polarity of each of ten subjects.
    """

    name: str
    n_classes: int
    targets: NDArray[np.int64]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class TuningConfig:
    """``rate`` is AdamW's learning rate of the layers, ``head_rate`` that of the heads.

    ``dropped_ratio`` is the share of tokens left out at random, so that no single word decides. Longer
    texts than ``max_tokens`` keep their beginning and, of a third of the length, their end.
    """

    epochs: int = 3
    rate: float = 2e-4
    head_rate: float = 1e-3
    warm_up_ratio: float = 0.06
    weight_decay: float = 0.01
    batch_tokens: int = 3072
    batch_rows: int = 48
    max_tokens: int = 160
    dropped_ratio: float = 0.08
    seed: int = 13


@dataclass(frozen=True, slots=True)
class Tuned:
    """Weights by Hugging Face's names, and per task the head: weight (n_outputs, hidden) and bias."""

    weights: dict[str, NDArray[np.float32]]
    heads: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]


def tune_encoder(
    folder: Path,
    ids: Sequence[Sequence[int]],
    tasks: Sequence[TuningTask],
    config: TuningConfig,
    *,
    pad: int,
    checkpoint: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Tuned:
    """Tune the layers of the Hugging Face folder ``folder`` on token ids, marks included.

    The same rows, seed and number of threads give the same weights, killed and resumed or not.
    Raises ``MissingExtraError`` without torch, ``ArtifactError`` for a checkpoint of another run.
    """
    run = _Run(folder, ids, tasks, config, pad)
    first = checkpoint.restore(run.state) if checkpoint else 0
    plan = plan_batches([len(row) for row in ids], config)
    loss = 0.0
    for step in range(first, len(plan)):
        loss += (run.step(step, len(plan), plan[step]) - loss) / min(step - first + 1, 100)
        if progress and step % _REPORT_STEPS == 0:
            progress(step / len(plan), f"微调 {step}/{len(plan)} 步，损失 {loss:.3f}")
        if checkpoint:
            checkpoint.save_if_due(step + 1, run.state)
    return run.tuned()


def plan_batches(lengths: Sequence[int], config: TuningConfig) -> list[list[int]]:
    """Row numbers of every batch of every epoch, in the order of training.

    Rows of like length stand together; which ones, and the order of the batches, differ by epoch.
    """
    shown = np.minimum(lengths, config.max_tokens)
    plan = []
    for epoch in range(config.epochs):
        rng = np.random.default_rng((config.seed, epoch))
        jittered = (shown * rng.uniform(0.9, 1.1, len(shown))).astype(int)
        batches = batched_by_length(
            jittered.tolist(), max_tokens=config.batch_tokens, max_rows=config.batch_rows
        )
        plan += [batches[i] for i in rng.permutation(len(batches))]
    return plan


class _Run:
    """Model, heads and optimiser of one run."""

    def __init__(
        self,
        folder: Path,
        ids: Sequence[Sequence[int]],
        tasks: Sequence[TuningTask],
        config: TuningConfig,
        pad: int,
    ) -> None:
        self._torch = torch = _import_torch()
        from training.encoder.precision import bfloat16_where_fast
        from training.encoder.torch_bert import load_bert

        self._quick = bfloat16_where_fast
        torch.manual_seed(config.seed)
        self._ids, self._tasks, self._config, self._pad = ids, tasks, config, pad
        self._model = load_bert(folder, attn_implementation="eager")
        self._model.train()
        hidden = self._model.config.hidden_size
        self._heads = torch.nn.ModuleDict(
            {task.name: torch.nn.Linear(hidden, task.targets.shape[1] * task.n_classes) for task in tasks}
        )
        self._trained = [p for p in self._model.parameters() if p.requires_grad]
        groups = [
            {"params": self._trained, "lr": config.rate, "top": config.rate},
            {"params": list(self._heads.parameters()), "lr": config.head_rate, "top": config.head_rate},
        ]
        self._optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay)

    @property
    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps: everything with ``state_dict`` and ``load_state_dict``."""
        return {"model": self._model, "heads": self._heads, "optimizer": self._optimizer}

    def step(self, step: int, n_steps: int, rows: list[int]) -> float:
        torch = self._torch
        for group in self._optimizer.param_groups:
            group["lr"] = group["top"] * _schedule(step / n_steps, self._config.warm_up_ratio)
        torch.manual_seed(self._config.seed * 1_000_003 + step)
        rng = np.random.default_rng((self._config.seed, step))
        loss = self._loss([shortened(self._ids[row], self._config, rng) for row in rows], rows)
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._trained, _CLIP)
        self._optimizer.step()
        return float(loss.detach())

    def _loss(self, batch: list[list[int]], rows: list[int]) -> Any:
        torch = self._torch
        longest = -(-max(map(len, batch)) // _LENGTH_STEP) * _LENGTH_STEP
        ids, mask = (torch.from_numpy(part) for part in padded(batch, self._pad, longest=longest))
        with self._quick():
            hidden = self._model(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(2).float()
        pooled = (hidden.float() * weights).sum(1) / weights.sum(1)
        total = pooled.sum() * 0
        for task in self._tasks:
            targets = torch.from_numpy(task.targets[rows])
            known = (targets != IGNORED).sum()
            if known:
                scores = self._heads[task.name](pooled).view(-1, task.n_classes)
                summed = torch.nn.functional.cross_entropy(
                    scores, targets.view(-1), ignore_index=IGNORED, reduction="sum"
                )
                total = total + task.weight * summed / (len(rows) * task.targets.shape[1])
        return total

    def tuned(self) -> Tuned:
        weights = {name: _array(value) for name, value in self._model.state_dict().items()}
        heads = {name: (_array(head.weight), _array(head.bias)) for name, head in self._heads.items()}
        return Tuned({name: value for name, value in weights.items() if value.dtype == np.float32}, heads)


def shortened(ids: Sequence[int], config: TuningConfig, rng: np.random.Generator) -> list[int]:
    """``ids`` within ``max_tokens``, with some tokens left out; the marks at both ends stay."""
    first, *content, last = ids
    room = config.max_tokens - 2
    if len(content) > room:
        n_end = room // 3
        content = content[: room - n_end] + content[-n_end:]
    if len(content) > 4 and config.dropped_ratio:
        kept = rng.random(len(content)) >= config.dropped_ratio
        content = [token for token, keep in zip(content, kept, strict=True) if keep] or content
    return [first, *content, last]


def _import_torch() -> Any:
    try:
        import torch
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingExtraError(package="torch", extra="train") from error
    return torch


def _schedule(done: float, warm_up: float) -> float:
    """Share of the top learning rate: a linear rise, then a linear fall to 0."""
    return done / warm_up if done < warm_up else max(0.0, (1 - done) / (1 - warm_up))


def _array(tensor: Any) -> NDArray[Any]:
    return np.asarray(tensor.detach().numpy()).copy()
