"""What can be learnt from texts without labels: to guess hidden words from those around them.

The two layers that read a text are trained as a masked language model (Devlin et al. 2019, whole words hidden), so
that few labelled rows go further, also on fields that the labelled rows do not speak of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from models.opinion.features import N_SPECIAL, UNKNOWN, builtin_segmenter, encode_text
from models.opinion.shape import NetworkShape
from models.opinion.windows import split_windows
from training.opinion.network import Batch, OpinionNetwork
from training.opinion.start import WORD, Start
from training.opinion.torch_batches import epoch_batches, make_batch

Progress = Callable[[float, str], None]
READING = ("char.", "pair.", "place.", "layers.")
"""Names of the weights that are kept begin so."""
_HIDDEN_SHARE = 0.18
_MIN_CHARS = 6


@dataclass(frozen=True, slots=True)
class PretrainingPlan:
    seed: int = 13
    n_epochs: int = 2
    learning_rate: float = 3e-3
    dropout: float = 0.1


def pretrain(
    texts: Iterable[str], start: Start, plan: PretrainingPlan, *, progress: Progress | None = None
) -> Start:
    """``start`` with the reading layers learnt from ``texts``."""
    torch.manual_seed(plan.seed)
    parts = [text[slice(*w)] for text in texts for w in split_windows(text)]
    tables, segmenter = start.tables, builtin_segmenter()
    features = [encode_text(part, tables, segmenter) for part in parts if len(part) >= _MIN_CHARS]
    shape = NetworkShape(len(start.char_codes) + N_SPECIAL, len(start.words))
    model = _Guesser(shape, start, plan.dropout)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], weight_decay=0.01)
    lengths = [len(f.chars) for f in features]
    batches = [b for e in range(plan.n_epochs) for b in epoch_batches(lengths, seed=plan.seed, epoch=e)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, plan.learning_rate, len(batches), pct_start=0.1)
    mean = 0.0
    for step, numbers in enumerate(batches):
        torch.manual_seed(plan.seed * 1_000_003 + step)
        optimiser.zero_grad()
        loss = model(*_hidden(make_batch([features[i] for i in numbers])))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        mean += (float(loss.detach()) - mean) / min(step + 1, 100)
        if progress and ((step + 1) % 100 == 0 or step + 1 == len(batches)):
            progress((step + 1) / len(batches), f"猜遮住的词，损失 {mean:.3f}")
    return replace(start, weights={**start.weights, **model.reading_weights()})


class _Guesser(nn.Module):
    """The reading layers of the network, and a guess of each character by its likeness to the embeddings."""

    def __init__(self, shape: NetworkShape, start: Start, dropout: float) -> None:
        super().__init__()
        self.network = OpinionNetwork(shape, dropout=dropout)
        with torch.no_grad():
            self.network.word.weight.copy_(torch.from_numpy(start.weights[WORD]))
        self.turn = nn.Linear(2 * shape.hidden, shape.char_dim)
        self.bias = nn.Parameter(torch.zeros(shape.n_chars))

    def forward(self, batch: Batch, hidden: Tensor, wanted: Tensor) -> Tensor:
        guess = self.turn(self.network.encode(batch)[hidden])
        return F.cross_entropy(guess @ self.network.char.weight.T + self.bias, wanted)

    def reading_weights(self) -> dict[str, np.ndarray]:
        state = self.network.state_dict().items()
        return {name: value.numpy().copy() for name, value in state if name.startswith(READING)}


def _hidden(batch: Batch) -> tuple[Batch, Tensor, Tensor]:
    """Hide whole words: where, and the characters that stood there."""
    begins = ((batch.places == 1) | (batch.places == 2)) & (batch.chars > 0)
    number = begins.long().cumsum(1)
    drawn = torch.rand(number.shape) < _HIDDEN_SHARE
    hidden = drawn.gather(1, number) & (batch.chars > 0) & (batch.places > 0)
    wanted = batch.chars[hidden]
    chars, pairs = batch.chars.clone(), batch.pairs.clone()
    chars[hidden] = UNKNOWN
    pairs[hidden | F.pad(hidden[:, 1:], (0, 1))] = 0
    char_words = batch.char_words.masked_fill(hidden, 0)
    words = batch.words.masked_fill(hidden, 0)
    known = torch.zeros_like(hidden)
    known[hidden] = wanted != UNKNOWN
    return (
        replace(batch, chars=chars, pairs=pairs, char_words=char_words, words=words),
        known,
        wanted[wanted != UNKNOWN],
    )
