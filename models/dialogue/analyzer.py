"""All dialogue scores in one call, and how the two models come out of their folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.artifact.folder import load_folder
from models.artifact.manifest import Manifest
from models.core.errors import ArtifactError
from models.dialogue import effort, emotion
from models.dialogue.effort import Effort, measure_effort
from models.dialogue.emotion import Emotion, measure_emotion
from models.dialogue.problem import Marked, ProblemModel, TurnMarks
from models.dialogue.ridge import Numbers
from models.dialogue.satisfaction import CLASSES, SatisfactionModel
from models.dialogue.turns import Dialogue, Turns, read_dialogue
from models.dialogue.votes import TurnVoteModel


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """``value`` in [-2, 2]; ``score`` is the calibrated probability of ``label``; ``probabilities`` by label."""

    value: float
    label: str
    score: float
    probabilities: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        return {
            "value": round(self.value, 4),
            "label": self.label,
            "score": round(self.score, 4),
            "probabilities": {label: round(p, 4) for label, p in self.probabilities.items()},
        }


@dataclass(frozen=True, slots=True)
class TurnMark:
    """One turn of the dialogue: its index, its range in the joined text, the probability of the mark."""

    turn: int
    start: int
    end: int
    score: float

    def to_dict(self) -> dict[str, Any]:
        return {"turn": self.turn, "span": [self.start, self.end], "score": round(self.score, 4)}


@dataclass(frozen=True, slots=True)
class DialogueScores:
    """``satisfaction`` is ``None`` where the customer says nothing; offsets count over the joined turns."""

    satisfaction: Satisfaction | None
    problem: TurnMark | None
    goal: TurnMark | None
    emotion: Emotion
    effort: Effort
    models: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        return {
            "satisfaction": self.satisfaction.to_dict() if self.satisfaction else None,
            "problem": self.problem.to_dict() if self.problem else None,
            "goal": self.goal.to_dict() if self.goal else None,
            "emotion": self.emotion.to_dict(),
            "effort": self.effort.to_dict(),
            "models": dict(self.models),
        }


class DialogueAnalyzer:
    """Scores dialogues. ``versions`` names the model folders; a batch gives what its members give one by one."""

    def __init__(
        self, satisfaction: SatisfactionModel, problem: ProblemModel, *, versions: Mapping[str, str]
    ) -> None:
        self.satisfaction = satisfaction
        self.problem = problem
        self.versions = {**versions, "emotion": emotion.NAME, "effort": effort.NAME}
        votes = satisfaction.votes_
        self._shares_votes = votes is not None and _equal(votes, problem.votes_)

    def analyze(self, turns: Turns) -> DialogueScores:
        """Scores of one dialogue: ``(speaker, text)`` in order. Raises ``FieldError`` for an unknown speaker."""
        return self.analyze_many([turns])[0]

    def analyze_many(self, dialogues: Sequence[Turns]) -> list[DialogueScores]:
        read = [read_dialogue(turns) for turns in dialogues]
        shares = self.problem.votes_.predict(read)
        marks = self.problem.mark(read, shares)
        values = self.satisfaction.scores(read, shares if self._shares_votes else None)
        probabilities = self.satisfaction.cuts_.probabilities(values)
        labels = self.satisfaction.cuts_.labels(values)
        return [
            self._scores(dialogue, own, float(value), int(label), p)
            for dialogue, own, value, label, p in zip(read, marks, values, labels, probabilities, strict=True)
        ]

    def _scores(
        self, dialogue: Dialogue, marks: TurnMarks, value: float, label: int, p: Numbers
    ) -> DialogueScores:
        spoken = any(block.customer and block.text.strip() for block in dialogue.blocks)
        satisfaction = Satisfaction(
            value, CLASSES[label], float(p[label]), dict(zip(CLASSES, p.tolist(), strict=True))
        )
        return DialogueScores(
            satisfaction=satisfaction if spoken else None,
            problem=_turn_mark(dialogue, marks.problem) if spoken else None,
            goal=_turn_mark(dialogue, marks.goal) if spoken else None,
            emotion=measure_emotion(dialogue),
            effort=measure_effort(dialogue),
            models=self.versions,
        )


def load_satisfaction(folder: Path) -> tuple[Manifest, SatisfactionModel]:
    """A verified model folder. Raises ``ArtifactError``."""
    manifest, arrays = _load(folder, SatisfactionModel.name)
    return manifest, SatisfactionModel.from_files({"parameters": manifest.parameters}, arrays)


def load_problem(folder: Path) -> tuple[Manifest, ProblemModel]:
    """A verified model folder. Raises ``ArtifactError``."""
    manifest, arrays = _load(folder, ProblemModel.name)
    return manifest, ProblemModel.from_files({"parameters": manifest.parameters}, arrays)


def load_analyzer(satisfaction: Path, problem: Path) -> DialogueAnalyzer:
    """The analyzer of two model folders. Raises ``ArtifactError``."""
    of_satisfaction, satisfaction_model = load_satisfaction(satisfaction)
    of_problem, problem_model = load_problem(problem)
    versions = {"satisfaction": of_satisfaction.name, "problem": of_problem.name}
    return DialogueAnalyzer(satisfaction_model, problem_model, versions=versions)


def _load(folder: Path, component: str) -> tuple[Manifest, dict[str, NDArray[Any]]]:
    manifest, arrays = load_folder(folder)
    if manifest.component != component:
        raise ArtifactError(
            name=manifest.name,
            reason=f"组件是 {manifest.component}，这里需要 {component}",
            reason_en=f"its component is {manifest.component}, {component} is needed",
        )
    return manifest, arrays


def _equal(one: TurnVoteModel, other: TurnVoteModel) -> bool:
    """Whether two vote models give the same shares."""
    a, b = one.to_files()[1], other.to_files()[1]
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def _turn_mark(dialogue: Dialogue, marked: Marked | None) -> TurnMark | None:
    if marked is None:
        return None
    start, end = dialogue.offsets[marked.turn]
    return TurnMark(marked.turn, start, end, marked.score)
