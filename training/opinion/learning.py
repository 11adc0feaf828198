"""The training loop: the same seed gives the same weights, also when it was killed and started again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from models.core.errors import InputError
from models.opinion.features import Features
from models.opinion.shape import NetworkShape
from training.opinion.network import NEVER, OpinionNetwork, best_spans
from training.opinion.rows import TripletRow
from training.opinion.start import Start
from training.opinion.torch_batches import epoch_batches, forget_some, gold_masks, link_labels, make_batch

Progress = Callable[[float, str], None]
CHECKPOINT = "checkpoint.safetensors"
_GRADIENT_LIMIT = 5.0
_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """Chosen on the dev rows. The weights that are kept are a running average with ``average_decay`` a step."""

    seed: int = 13
    n_epochs: int = 5
    learning_rate: float = 1.5e-3
    dropout: float = 0.4
    weight_decay: float = 0.01
    average_decay: float = 0.998
    checkpoint_steps: int = 100


@dataclass(frozen=True, slots=True)
class Fold:
    """Rows and their features, in the same order."""

    rows: Sequence[TripletRow]
    features: Sequence[Features]


class Learner:
    """Fits one network. ``fingerprint`` names rows and plan, so that a checkpoint of other ones is refused."""

    def __init__(self, shape: NetworkShape, start: Start, plan: TrainingPlan, *, fingerprint: str) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.fingerprint = fingerprint
        self.network = OpinionNetwork(shape, dropout=plan.dropout)
        known = {name: torch.from_numpy(value) for name, value in start.weights.items()}
        self.network.load_state_dict(known, strict=False)
        self._learned = {n: p for n, p in self.network.named_parameters() if p.requires_grad}
        self._average = {n: p.detach().clone() for n, p in self._learned.items()}
        self._optimiser = torch.optim.AdamW(
            self._learned.values(), lr=plan.learning_rate, weight_decay=plan.weight_decay, betas=(0.9, 0.99)
        )
        self._step = 0

    def run(self, fold: Fold, *, resume_folder: Path | None, progress: Progress | None) -> None:
        """Train to the end of the plan, going on from the checkpoint in ``resume_folder`` if there is one."""
        if resume_folder:
            resume_folder.mkdir(parents=True, exist_ok=True)
            self._restore(resume_folder / CHECKPOINT)
        lengths = [len(f.chars) for f in fold.features]
        batches_per_epoch = len(epoch_batches(lengths, seed=self.plan.seed, epoch=0))
        n_steps = batches_per_epoch * self.plan.n_epochs
        rate = self._rates(n_steps)
        while self._step < n_steps:
            epoch, first = divmod(self._step, batches_per_epoch)
            for batch in epoch_batches(lengths, seed=self.plan.seed, epoch=epoch)[first:]:
                self._learn(fold, batch, rate(self._step))
                self._step += 1
                if self._step % self.plan.checkpoint_steps == 0:
                    self._report(epoch, n_steps, resume_folder, progress)
        self._report(self.plan.n_epochs - 1, n_steps, resume_folder, progress)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The averaged weights as numpy arrays, by their names in the network."""
        state = {name: value.detach() for name, value in self.network.state_dict().items()}
        return {name: self._average.get(name, value).numpy().copy() for name, value in state.items()}

    def _rates(self, n_steps: int) -> Callable[[int], float]:
        """Up in a line over the first tenth, then down to nothing along a cosine."""
        n_up = max(n_steps // 10, 1)

        def rate(step: int) -> float:
            if step < n_up:
                return self.plan.learning_rate * (step + 1) / n_up
            share = (step - n_up) / max(n_steps - n_up, 1)
            return float(self.plan.learning_rate * 0.5 * (1 + np.cos(np.pi * share)))

        return rate

    def _learn(self, fold: Fold, numbers: Sequence[int], rate: float) -> None:
        # Each step has its own seed, so a run that goes on from a checkpoint draws the same numbers.
        torch.manual_seed(self.plan.seed * 1_000_003 + self._step)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.zero_grad()
        self._loss([fold.rows[i] for i in numbers], [fold.features[i] for i in numbers]).backward()
        torch.nn.utils.clip_grad_norm_(self._learned.values(), _GRADIENT_LIMIT)
        self._optimiser.step()
        decay = min(self.plan.average_decay, (1 + self._step) / (10 + self._step))
        with torch.no_grad():
            for name, value in self._learned.items():
                self._average[name].lerp_(value, 1 - decay)

    def _loss(self, rows: Sequence[TripletRow], features: Sequence[Features]) -> Tensor:
        network, shape = self.network, self.network.shape
        batch = make_batch(features)
        forget_some(batch)
        h = network.encode(batch)
        aspects, opinions = network.aspect(h, batch.lengths), network.opinion(h, batch.lengths)
        length = int(batch.chars.shape[1])
        gold_aspects, gold_opinions = gold_masks(rows, length, shape)
        a = best_spans(aspects, shape.n_aspects(length), wanted=gold_aspects, with_mark=True)
        o = best_spans(opinions, shape.n_opinions(length), wanted=gold_opinions)
        logits = network.link(h, a, o, batch.ends_before)
        valid = a.valid[:, :, None] & o.valid[:, None]
        linked = F.cross_entropy(logits[valid], link_labels(rows, a, o)[valid], reduction="sum")
        spans = _span_loss(aspects, gold_aspects) + _span_loss(opinions, gold_opinions)
        return (linked + spans) / len(rows)

    def _report(
        self, epoch: int, n_steps: int, resume_folder: Path | None, progress: Progress | None
    ) -> None:
        if resume_folder:
            self._save(resume_folder / CHECKPOINT)
        if progress:
            progress(self._step / n_steps, f"第 {epoch + 1}/{self.plan.n_epochs} 轮")

    def _save(self, path: Path) -> None:
        tensors = {f"learned.{n}": p.detach() for n, p in self._learned.items()}
        tensors |= {f"average.{n}": p for n, p in self._average.items()}
        for name, parameter in self._learned.items():
            moments: Mapping[str, Any] = self._optimiser.state[parameter]
            tensors |= {f"{moment}.{name}": moments[moment] for moment in _MOMENTS}
        about = {"step": self._step, "fingerprint": self.fingerprint, "plan": asdict(self.plan)}
        part = path.with_suffix(".part")
        save_file({n: t.contiguous() for n, t in tensors.items()}, part, {"about": json.dumps(about)})
        part.replace(path)

    def _restore(self, path: Path) -> None:
        if not path.is_file():
            return
        try:
            with safe_open(path, "pt") as file:
                about = json.loads(file.metadata()["about"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise _foreign(path) from error
        if about.get("fingerprint") != self.fingerprint or about.get("plan") != asdict(self.plan):
            raise _foreign(path)
        self._step = int(about["step"])
        with torch.no_grad():
            for name, parameter in self._learned.items():
                parameter.copy_(tensors[f"learned.{name}"])
                self._average[name].copy_(tensors[f"average.{name}"])
                moments = {moment: tensors[f"{moment}.{name}"] for moment in _MOMENTS}
                self._optimiser.state[parameter] = {"step": torch.tensor(float(self._step)), **moments}


def _span_loss(scores: Tensor, gold: Tensor) -> Tensor:
    inside = scores > NEVER / 2
    return F.binary_cross_entropy_with_logits(scores[inside], gold[inside].float(), reduction="sum")


def _foreign(path: Path) -> InputError:
    return InputError(
        reason=f"{path.parent} 里的中间结果属于另一次训练，请换一个文件夹或删除它",
        reason_en=f"the checkpoint in {path.parent} is of another training; use another folder or delete it",
    )
