"""Scores that customers say (打8分, 给个五星), and scores sent along that the text contradicts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.dialogue.quantities import parse_number
from models.experience.mark import Mark
from models.experience.survey_words import NO_SCORE, SCORE, SCORE_CUE
from models.experience.told import Told
from models.text.align import Span

_ASKED_SCORE = re.compile(r"几分|打分|评分|打个分|多少分|几颗星|几星")
_AROUND_CHARS = 8
_HIGH, _LOW = 0.8, 0.6


@dataclass(frozen=True, slots=True)
class ToldScore:
    """``amount`` as said, at ``[start, end)``; ``answer`` by its share of the scale (top 20 %, below 60 %)."""

    amount: float
    answer: str
    start: int
    end: int
    clause: int


def scores_told(told: Told) -> Iterator[ToldScore]:
    """Scores of the customer, in order. Stars are of 5, other scores of 10 or, above 10, of 100."""
    if not ("分" in told.text or "星" in told.text):
        return
    starts = [clause.start for clause in told.clauses]
    for number, turn in enumerate(told.turns):
        if turn.speaker != "customer":
            continue
        was_asked = number > 0 and _ASKED_SCORE.search(
            told.text, told.turns[number - 1].start, told.turns[number - 1].end
        )
        for match in SCORE.finditer(told.text, turn.start, turn.end):
            before = told.text[max(turn.start, match.start() - _AROUND_CHARS) : match.start()]
            score = _score(match, before, was_asked=bool(was_asked))
            if score is not None:
                clause = max(bisect_right(starts, match.start()) - 1, 0)
                yield ToldScore(*score, match.start(), match.end(), clause)


def _score(match: re.Match[str], before: str, *, was_asked: bool) -> tuple[float, str] | None:
    if not (was_asked or SCORE_CUE.search(before)) or NO_SCORE.search(before):
        return None
    is_star = match["unit"] != "分"
    if match["number"] == "满":
        return (5.0 if is_star else 10.0), "satisfied"
    amount = parse_number(match["number"])
    if amount is None:
        return None
    top = 5.0 if is_star else 10.0 if amount <= 10 else 100.0
    return (amount, _answer(amount / top)) if amount <= top else None


def _answer(share: float) -> str:
    return "satisfied" if share >= _HIGH else "neutral" if share >= _LOW else "dissatisfied"


@dataclass(frozen=True, slots=True)
class Conflict:
    """``score`` named ``name`` is ``share`` in [0, 1] of its scale; the text says ``says`` in [-1, 1] at ``span``.

    ``kind``: ``high_score`` (praised by the score, blamed by the text: a score given for politeness or under
    pressure) or ``low_score``.
    """

    kind: str
    name: str
    score: float
    share: float
    says: float
    span: Span | None = None

    def to_dict(self) -> dict[str, Any]:
        plain: dict[str, Any] = {"kind": self.kind, "name": self.name, "score": self.score}
        plain |= {"share": round(self.share, 3), "says": round(self.says, 3)}
        return plain | ({"span": list(self.span)} if self.span is not None else {})


_NPS = re.compile(r"nps|recommend|推荐|净推荐", re.IGNORECASE)
_STARS = re.compile(r"star|星|csat|ces", re.IGNORECASE)
_OVERALL = re.compile(
    r"overall|整体|总体|综合|总分|总评|满意|satisf|score|rating|评分|打分|分数|nps|csat|star|星|推荐|recommend",
    re.IGNORECASE,
)
_ANSWER_SIGN = {"yes": 0.5, "no": -0.5, "satisfied": 1.0, "dissatisfied": -1.0, "neutral": 0.0}
_MIN_SAYS = 0.34


def scale_of(name: str, scores: Sequence[float]) -> float | None:
    """The top of a score's scale: 5, 10 or 100, by its name and the range of the values seen; ``None`` if in none."""
    known = [score for score in scores if score >= 0]
    if not known or len(known) < len(scores):
        return None
    high = max(known)
    if _NPS.search(name):
        return 10.0 if high <= 10 else 100.0 if high <= 100 else None
    if high <= 5 and (_STARS.search(name) or len(known) > 1):
        return 5.0
    return 10.0 if high <= 10 else 100.0 if high <= 100 else None


def share_of(score: float, top: float) -> float:
    """Where a score stands on its scale, 0 worst and 1 best; a scale of five begins at one."""
    return max(0.0, (score - 1) / 4) if top == 5 else score / top


def conflicts(
    marks: Sequence[Mark],
    polarity: float | None,
    scores: Mapping[str, float],
    *,
    scales: Mapping[str, float] | None = None,
) -> tuple[Conflict, ...]:
    """Overall scores against what is said.

    Args:
        marks: those of the transcript; survey and issue marks are read.
        polarity: the sentiment of the whole text in [-1, 1], where it was judged.
        scores: scores sent along, by name; only overall ones count (整体, satisfaction, NPS, CSAT, rating).
        scales: the top of each scale where it is known; else by name and range.

    Returns:
        One per score that is high (75 % of its scale or more) while the text blames, or low (40 % or less) while it
        praises, with the place of the strongest evidence.
    """
    says, span = _text_says(marks, polarity)
    found = []
    for name, score in sorted(scores.items()):
        top = (scales or {}).get(name) or scale_of(name, [score])
        if top is None or not _OVERALL.search(name):
            continue
        share = share_of(score, top)
        if share >= 0.75 and says <= -_MIN_SAYS:
            found.append(Conflict("high_score", name, score, share, says, span))
        elif share <= 0.4 and says >= _MIN_SAYS:
            found.append(Conflict("low_score", name, score, share, says, span))
    return tuple(found)


def _text_says(marks: Sequence[Mark], polarity: float | None) -> tuple[float, Span | None]:
    """The balance of judgements in [-1, 1] with the place of the strongest of its side. A score told is no judgement."""
    signed = [(_sign(mark), mark) for mark in marks]
    judged = [(sign, mark) for sign, mark in signed if sign]
    values = [sign for sign, _ in judged] + ([] if polarity is None else [polarity])
    if not values:
        return 0.0, None
    says = sum(values) / len(values)
    own = [(abs(sign), -mark.start, mark) for sign, mark in judged if sign * says > 0]
    if not own:
        return says, None
    mark = max(own, key=lambda one: one[:2])[2]
    return says, Span(mark.start, mark.end)


def _sign(mark: Mark) -> float:
    if mark.kind == "issue":
        return -1.0
    if mark.kind != "survey" or mark.amount is not None:
        return 0.0
    return _ANSWER_SIGN.get(mark.detail, 0.0)
