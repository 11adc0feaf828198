"""``experience.peak_end.v1``: how a contact will be remembered: by its most extreme moment and by its end.

What people say afterwards of an episode follows the mean of the two, hardly its length or its mean over time: Kahneman,
Fredrickson, Schreiber & Redelmeier 1993 (Psychological Science 4, 401-405); Fredrickson & Kahneman 1993 (duration
neglect); Redelmeier & Kahneman 1996 (Pain 66, 3-8). Here a moment is a clause of the customer that says something, the
end is the last of them, and of two moments as extreme the bad one counts (Baumeister et al. 2001).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.told import Told

JUDGED = 0.3
"""A clause speaks well or ill of something from this distance from 0 on."""

FELT = "felt"
"""Kind of the marks that say what a clause feels where the sentiment model is not followed (``moments_felt``)."""

_COURTESY_CHARS = 12
_COURTESY = re.compile(
    r"(?:[你您]们?好|早上好|上午好|下午好|晚上好|喂|[嗯恩哦噢喔啊哎诶唉呃额欸哈]|好[的嘞吧呀啊]?|行[吧啊的]?|可以[的吧]?|没问题|是[的啊呀]?|对[的啊呀]?"
    r"|没有?了?|知道了?|明白了?|了解了?|清楚了|收到|谢谢|多谢|感谢|谢了|麻烦|辛苦|拜拜|再见|请问|问一?下|我?想(?:问|咨询)一?下|一下|打扰了?|不好意思"
    r"|不客气|没事[的儿]?|没关系|不用谢|不用了?|方便|在吗|在的?|那|就这样|先这样|挂了|[你您]们?|了|吧|呢|嘛|呀|哈|的|[，。！？、,.!?\s])+"
)


_COURTESY_LETTERS = frozenset(_COURTESY.pattern)
"""A cheap test before the regex: whatever else a text has, it is none."""


class Moment(NamedTuple):
    """A clause of the customer at ``[start, end)``; ``polarity`` in [-1, 1]."""

    turn: int
    start: int
    end: int
    polarity: float

    def to_dict(self) -> dict[str, Any]:
        return {"span": [self.start, self.end], "turn": self.turn, "polarity": round(self.polarity, 3)}


@dataclass(frozen=True, slots=True)
class PeakEnd:
    """``score`` in [-1, 1]; ``mean`` of all ``n`` moments stands beside it, for what memory makes of them."""

    score: float
    mean: float
    n: int
    peak: Moment
    end: Moment


def is_courtesy(text: str) -> bool:
    """Greetings, thanks and consent alone (好的，谢谢): the polarity of such a clause judges nothing."""
    if len(text) > _COURTESY_CHARS or not _COURTESY_LETTERS.issuperset(text.replace(" ", "")):
        return False
    return _COURTESY.fullmatch(text) is not None


def felt_by_start(marks: Iterable[Mark]) -> dict[int, float]:
    """Polarities by the start of their clause, where they are not those of the sentiment model."""
    return {mark.start: mark.polarity for mark in marks if mark.kind == FELT}


def moments_of(told: Told, marks: Iterable[Mark] = ()) -> list[Moment]:
    """The customer's clauses that say something, in order."""
    felt = felt_by_start(marks)
    return [
        Moment(clause.turn, clause.start, clause.end, felt.get(clause.start, clause.polarity))
        for clause in told.clauses
        if clause.speaker == "customer" and clause.text.strip() and not is_courtesy(clause.text)
    ]


def most_extreme(moments: Iterable[Moment]) -> Moment:
    """The one furthest from 0, of several the bad one, then the first. Raises ``ValueError`` without any."""
    return min(moments, key=lambda m: (-abs(m.polarity), m.polarity, m.start))


def peak_end(moments: Sequence[Moment]) -> PeakEnd | None:
    """``(peak + end) / 2``; the same moment may be both. ``None`` without moments."""
    if not moments:
        return None
    peak, end = most_extreme(moments), moments[-1]
    mean = sum(moment.polarity for moment in moments) / len(moments)
    return PeakEnd((peak.polarity + end.polarity) / 2, mean, len(moments), peak, end)


def measure_peak_end(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Mapping[str, Any]:
    """``{score, mean, n, peak, end}``; empty where the customer says nothing."""
    found = peak_end(moments_of(told, marks))
    if found is None:
        return {}
    return {
        "score": round(found.score, 3),
        "mean": round(found.mean, 3),
        "n": found.n,
        "peak": found.peak.to_dict(),
        "end": found.end.to_dict(),
    }
