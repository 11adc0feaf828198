"""How sure the network must be of each kind of mark, and how much a rule's word adds: chosen on dialogues held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from data.packs.experience import load_experience
from models.experience.analyzer import ExperienceAnalyzer
from models.experience.talk_marks import BROKEN, settle
from models.experience.talk_reader import Judgement, TalkReader
from training.experience.lessons import Lesson
from training.experience.scoring import score

KINDS = ("step", "touchpoint", "demand", "churn", "exposure", "survey", "promise", "expectation", "wait")
START = Judgement(0.3, 2.0)
LIMITS = tuple(round(0.1 + 0.05 * n, 2) for n in range(11))
LIFTS = (0.0, 1.5, 3.0, 4.5, 6.0)
_SCORED = {BROKEN: ("promise", "broken_promise")}


@dataclass(frozen=True)
class Chosen:
    """``f1`` by kind, at the judgements chosen, on the ``n`` dialogues that they were chosen on."""

    judgements: Mapping[str, Judgement]
    f1: Mapping[str, float]
    n: int


def choose_judgements(reader: TalkReader, lessons: Sequence[Lesson]) -> Chosen:
    """Per kind a limit and lift of a good F1 on ``lessons``, which neither network nor rules have seen.

    Of judgements within one standard error of the best (Breiman et al. 1984) the one that heeds rules most is taken: they
    also know what no dialogue has told.
    """
    trial = _Trial(reader, lessons)
    chosen = dict.fromkeys((*KINDS, BROKEN), START)
    best: dict[str, float] = {}
    for name in (*KINDS, BROKEN):
        lifts = LIFTS if name != BROKEN else (chosen["promise"].lift,)
        tried = {
            judgement: trial.score(name, {**chosen, name: judgement})
            for judgement in (Judgement(limit, lift) for lift in lifts for limit in LIMITS)
        }
        most, n = max(tried.values())
        least = most - standard_error(most, n)
        near = [judgement for judgement, (f1, _) in tried.items() if f1 >= least]
        chosen[name] = max(
            near, key=lambda judgement: (judgement.lift, tried[judgement], _nearness(judgement))
        )
        best[name] = tried[chosen[name]][0]
    return Chosen(chosen, best, len(lessons))


def standard_error(f1: float, n: int) -> float:
    """That of a share of ``n`` marks, which an F1 is taken for."""
    return (f1 * (1 - f1) / n) ** 0.5 if n else 0.0


def _nearness(judgement: Judgement) -> float:
    """Where nothing tells judgements apart, the one beside ``START`` is taken."""
    return -abs(judgement.limit - START.limit) - abs(judgement.lift - START.lift)


class _Trial:
    """Rules and network have read the lessons once; judgements are tried on what they found."""

    def __init__(self, reader: TalkReader, lessons: Sequence[Lesson]) -> None:
        sectors = sorted({lesson.dialogue.sector for lesson in lessons})
        analyzers = {sector: ExperienceAnalyzer(load_experience(sector)) for sector in sectors}
        self.lessons = lessons
        self.catalogs = {sector: analyzer.catalog for sector, analyzer in analyzers.items()}
        self.ruled = [analyzers[lesson.dialogue.sector].analyze(lesson.told).marks for lesson in lessons]
        self.heard = [reader.hear(lesson.told, lesson.dialogue.sector) for lesson in lessons]

    def score(self, name: str, judgements: Mapping[str, Judgement]) -> tuple[float, int]:
        """F1, and how many marks are labelled."""
        kind, scored = _SCORED.get(name, (name, name))
        found = {}
        for lesson, heard, marks in zip(self.lessons, self.heard, self.ruled, strict=True):
            own = [mark for mark in marks if mark.kind == kind]
            judging = replace(heard, judgements=judgements)
            settled = settle(judging, self.catalogs[heard.sector], (kind,), own)
            found[lesson.dialogue.id] = lesson.raw_marks(settled)
        dialogues = [lesson.dialogue for lesson in self.lessons]
        scores = score(dialogues, lambda dialogue: found[dialogue.id], self.catalogs)
        figures = scores[scored].figures()
        return float(figures["f1"]), int(figures["n"])
