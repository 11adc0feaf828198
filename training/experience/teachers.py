"""Two networks that the shipped one learns from beside the labels (distillation: Hinton et al. 2015).

One is the talk network itself, fitted once before (born again: Furlanello et al. 2018). The other reads whole dialogues with layers
of a pretrained sentence encoder: alone no better and many times slower, but wrong at other places, so that both together know
more than either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.experience.talk_page import Floats
from training.encoder.checkpoint import Checkpoint
from training.encoder.precision import bfloat16_where_fast
from training.encoder.torch_bert import load_bert
from training.experience.learning import LessonRows, Scope, TalkPlan, learn, odds_of, run_epochs
from training.experience.lessons import Lesson
from training.experience.network import TalkBatch, TalkLayers, TalkSizes, TokenRows, gelu, pooled
from training.experience.tokens import DialogueTokenizer
from training.progress import Progress, part_of


@dataclass(frozen=True, slots=True)
class TeacherPlan:
    """``rate`` is that of what stands on the encoder, ``encoder_rate`` that of its ``n_layers`` layers."""

    n_layers: int = 6
    hidden: int = 256
    n_epochs: int = 5
    rate: float = 1e-3
    encoder_rate: float = 2e-4
    encoder_dropout: float = 0.1
    n_sorted: int = 20


@dataclass(frozen=True)
class Teaching:
    """What teachers are fitted on: never the dialogues on which limits are chosen."""

    talks: Sequence[Lesson]
    turns: Sequence[Lesson]
    scope: Scope
    sizes: TalkSizes
    start: Mapping[str, Tensor]
    plan: TalkPlan
    checkpoint: Callable[[str], Checkpoint | None]
    """By the name of what is fitted."""


class EncoderTeacher(nn.Module):
    """Layers of a Hugging Face ``BertModel`` over whole dialogues, pieces as mean and maximum of their tokens."""

    def __init__(self, folder: Path, sizes: TalkSizes, plan: TeacherPlan, dropout: float) -> None:
        super().__init__()
        encoder = load_bert(folder, attn_implementation="sdpa", hidden_dropout_prob=plan.encoder_dropout)
        encoder.encoder.layer = encoder.encoder.layer[: plan.n_layers]
        self.encoder = encoder
        self.pool = nn.Linear(2 * encoder.config.hidden_size, plan.hidden)
        self.layers = TalkLayers(replace(sizes, hidden=plan.hidden), dropout)

    def forward(self, batch: TalkBatch) -> Tensor:
        """``(n_dialogues, n_pieces, n_labels)``; ``batch`` has tokens."""
        if batch.tokens is None:
            raise ValueError("the batch has no tokens")
        found: Tensor = self.layers(gelu(self.pool(self._pieces(batch.tokens))), batch)
        return found

    def _pieces(self, tokens: TokenRows) -> Tensor:
        with bfloat16_where_fast():
            read = self.encoder(input_ids=tokens.ids, attention_mask=tokens.mask).last_hidden_state
        rows = read.float().reshape(-1, read.shape[-1])
        starts = tokens.places[:, 0] * read.shape[1] + tokens.places[:, 1]
        n = tokens.places[:, 2] - tokens.places[:, 1]
        piece_of = torch.repeat_interleave(torch.arange(len(n)), n)
        inside = torch.arange(len(piece_of)) - torch.repeat_interleave(n.cumsum(0) - n, n)
        return pooled(rows[starts[piece_of] + inside], piece_of, len(n))


@dataclass(frozen=True)
class Teachers:
    """``encoder`` is the folder of a Hugging Face ``BertModel`` with its tokenizer."""

    encoder: Path
    plan: TeacherPlan = TeacherPlan()

    def teach(
        self, teaching: Teaching, progress: Progress | None = None
    ) -> Callable[[Sequence[Lesson]], list[Floats]]:
        """Fit both; what comes back gives the mean of their log odds (n_pieces, n_labels) for any lessons."""
        tokenizer = DialogueTokenizer(self.encoder)
        networks = (
            self._talk(teaching, part_of(progress, 0.0, 0.3, "第一位老师")),
            self._encoder(teaching, tokenizer, part_of(progress, 0.3, 1.0, "第二位老师")),
        )

        def taught(lessons: Sequence[Lesson]) -> list[Floats]:
            rows = LessonRows(lessons, teaching.scope, tokens=tokenizer.rows)
            odds = [odds_of(network, rows) for network in networks]
            means = iter([np.mean(own, axis=0) for own in zip(*odds, strict=True)])
            nothing = np.zeros((0, len(teaching.scope.labels)), dtype=np.float32)
            return [next(means) if lesson.page.pieces else nothing for lesson in lessons]

        return taught

    def _talk(self, teaching: Teaching, progress: Progress | None) -> nn.Module:
        talks, turns = (LessonRows(own, teaching.scope) for own in (teaching.talks, teaching.turns))
        return learn(
            talks,
            turns,
            teaching.sizes,
            start=teaching.start,
            plan=teaching.plan,
            checkpoint=teaching.checkpoint("teacher-talk"),
            progress=progress,
        )

    def _encoder(
        self, teaching: Teaching, tokenizer: DialogueTokenizer, progress: Progress | None
    ) -> nn.Module:
        own = self.plan
        torch.manual_seed(teaching.plan.seed)
        network = EncoderTeacher(self.encoder, teaching.sizes, own, teaching.plan.dropout)
        deep = [one for one in network.encoder.parameters() if one.requires_grad]
        groups = [
            (deep, own.encoder_rate),
            ([*network.pool.parameters(), *network.layers.parameters()], own.rate),
        ]
        talks, turns = (
            LessonRows(part, teaching.scope, tokens=tokenizer.rows)
            for part in (teaching.talks, teaching.turns)
        )
        plan = replace(teaching.plan, n_epochs=own.n_epochs, n_sorted=own.n_sorted)
        run_epochs(
            network,
            groups,
            talks,
            turns,
            plan,
            checkpoint=teaching.checkpoint("teacher-encoder"),
            progress=progress,
        )
        return network
