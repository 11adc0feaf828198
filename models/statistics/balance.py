"""Balance of praise and complaint per topic, for months without scores.

It is a hint at the Kano class, not the class: that needs what praise and complaint do to satisfaction
(``kano.kano_classes``). A topic that people name nearly only to complain behaves like a basic need, one they name
nearly only to praise like an attractive one; each is compared with all other topics of the same month, since some
channels carry complaints alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.statistics.changes import benjamini_hochberg, rate_change
from models.statistics.intervals import Interval, wilson


class Leaning(StrEnum):
    COMPLAINT = "complaint"  # complained of more than other topics are: hints at a basic need
    PRAISE = "praise"  # praised more than other topics are: hints at an attractive one
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class TopicBalance:
    """``asymmetry`` = (praise - complaint) / (praise + complaint), [-1, 1]; ``against_others``: the topic's share of
    complaint among its mentions less that of the others, [-1, 1]; ``q_value`` adjusted over all topics.
    """

    name: str
    n_praise: int
    n_complaint: int
    asymmetry: Interval
    against_others: Interval
    q_value: float
    leaning: Leaning


@dataclass(frozen=True, slots=True)
class BalanceDrift:
    """Change of a topic's share of complaint between two periods, now minus before, [-1, 1]."""

    name: str
    change: Interval
    q_value: float


def topic_balance(
    mentions: Mapping[str, tuple[int, int]], *, alpha: float = 0.05, confidence: float = 0.95
) -> tuple[TopicBalance, ...]:
    """Balance of each topic from its (praise, complaint) counts, by name; topics never named are left out.

    Intervals: Wilson, and Newcombe for the difference; test: ``changes.rate_change``, adjusted by Benjamini and Hochberg.
    A topic leans where its ``q_value`` is below ``alpha``. With one topic there is nothing to lean against.
    Raises ``ValueError`` for a negative count.
    """
    _check(mentions)
    named = {name: mentions[name] for name in sorted(mentions) if sum(mentions[name])}
    praise, complaint = (sum(pair[side] for pair in named.values()) for side in (0, 1))
    changes = [
        rate_change(complaint - bad, praise + complaint - good - bad, bad, good + bad, confidence)
        for good, bad in named.values()
    ]
    if len(named) < 2:
        return tuple(
            _row(name, pair, Interval(0.0, -1.0, 1.0), 1.0, alpha, confidence) for name, pair in named.items()
        )
    adjusted = benjamini_hochberg([change.p_value for change in changes])
    return tuple(
        _row(name, pair, change.difference, float(q), alpha, confidence)
        for (name, pair), change, q in zip(named.items(), changes, adjusted, strict=True)
    )


def balance_drift(
    before: Mapping[str, tuple[int, int]], now: Mapping[str, tuple[int, int]], confidence: float = 0.95
) -> tuple[BalanceDrift, ...]:
    """Drift of every topic named in both periods, by name; arguments as of ``topic_balance``."""
    _check(before)
    _check(now)
    shared = [name for name in sorted(now) if sum(now[name]) and sum(before.get(name, (0, 0)))]
    changes = [
        rate_change(before[name][1], sum(before[name]), now[name][1], sum(now[name]), confidence)
        for name in shared
    ]
    adjusted = benjamini_hochberg([change.p_value for change in changes])
    return tuple(
        BalanceDrift(name, change.difference, float(q))
        for name, change, q in zip(shared, changes, adjusted, strict=True)
    )


def _row(
    name: str, pair: tuple[int, int], against: Interval, q_value: float, alpha: float, confidence: float
) -> TopicBalance:
    share = wilson(pair[0], sum(pair), confidence)
    ends = (2 * share.estimate - 1, 2 * share.low - 1, 2 * share.high - 1)
    leaning = Leaning.UNDECIDED
    if q_value < alpha:
        leaning = Leaning.COMPLAINT if against.estimate > 0 else Leaning.PRAISE
    return TopicBalance(name, pair[0], pair[1], Interval(*ends), against, q_value, leaning)


def _check(mentions: Mapping[str, tuple[int, int]]) -> None:
    if any(min(pair) < 0 for pair in mentions.values()):
        raise ValueError("counts of praise and complaint must not be negative")
