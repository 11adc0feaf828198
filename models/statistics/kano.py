"""Kano class of a topic from what its praise adds to satisfaction and its complaint takes away.

Penalty-reward contrast: regression of the score on one dummy for praise and one for complaint per topic
(Brandt 1987, Add Value to Your Service, AMA, 61-65; Matzler and Sauerwein 2002, International Journal of Service
Industry Management 13, 314-332). Questionnaires: satisfaction coefficients of Berger et al. 1993, Center for
Quality of Management Journal 2(4), 3-36.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from models.statistics.changes import benjamini_hochberg
from models.statistics.intervals import Interval, normal_quantile, wilson
from models.statistics.regression import Floats, LinearFit, fit_linear
from models.statistics.screening import MIN_PRESENT, Dropped, DropReason, screen_drivers

NEGLIGIBLE = 0.1
PERFORMANCE_RATIO = 2.0


class KanoClass(StrEnum):
    BASIC = "basic"  # must-be: its lack annoys, its presence is not noticed (基本型)
    PERFORMANCE = "performance"  # one-dimensional: both, to a like degree (期望型)
    ATTRACTIVE = "attractive"  # delights, its lack does not annoy (魅力型)
    INDIFFERENT = "indifferent"  # neither, and that is certain (无差异型)
    REVERSE = "reverse"  # praise goes with lower scores or complaint with higher ones (反向型)
    UNDECIDED = "undecided"  # the data do not tell


@dataclass(frozen=True, slots=True)
class KanoTopic:
    """``reward``: points that praise adds; ``penalty``: points that complaint takes away, positive as a loss.

    ``asymmetry`` = reward - penalty, in points of the score: negative for a basic need, positive for an
    attractive one. ``covariance`` is that of (reward, penalty), rows.
    """

    name: str
    n_praise: int
    n_complaint: int
    reward: Interval
    penalty: Interval
    asymmetry: Interval
    kind: KanoClass
    covariance: tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class KanoReport:
    """``topics`` in the order given; ``dropped`` those without enough praise or enough complaint.

    Where just one of the two is too rare the topic is dropped: its asymmetry cannot be told.
    """

    n: int
    topics: tuple[KanoTopic, ...]
    dropped: tuple[Dropped, ...]


@dataclass(frozen=True, slots=True)
class KanoDrift:
    """Change of a topic between two periods, now minus before; ``q_value`` adjusted over the topics compared."""

    name: str
    before: KanoClass
    now: KanoClass
    reward_change: Interval
    penalty_change: Interval
    p_value: float
    q_value: float


def kano_classes(
    praise: NDArray[np.generic],
    complaint: NDArray[np.generic],
    scores: NDArray[np.generic],
    names: Sequence[str],
    *,
    groups: NDArray[np.generic] | None = None,
    confidence: float = 0.95,
    min_mentions: int = MIN_PRESENT,
    negligible: float = NEGLIGIBLE,
) -> KanoReport:
    """Class of each topic from ``praise`` and ``complaint`` ``(n, p)``, 0 or 1, and ``scores`` ``(n,)``.

    All topics stand in one regression, errors as in ``regression.fit_linear`` (by customer with ``groups``
    ``(n,)``). In this order: reverse where the interval of reward or penalty lies below 0; performance where both
    are surely above 0 and surely neither reaches twice the other; indifferent where both intervals lie within
    ``negligible`` standard deviations of the score; basic or attractive where the interval of the asymmetry
    excludes 0; else undecided. Raises ``ValueError``, saying what to do, where nothing can
    be fitted.
    """
    good, bad = np.asarray(praise, dtype=np.float64), np.asarray(complaint, dtype=np.float64)
    y = np.asarray(scores, dtype=np.float64)
    codes = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if good.ndim != 2 or good.shape != bad.shape or good.shape != (len(y), len(names)):
        raise ValueError("praise and complaint must be (n, p), scores (n,), with one name per topic")
    if not (np.isin(good, (0, 1)).all() and np.isin(bad, (0, 1)).all()):
        raise ValueError("praise and complaint must be 0 or 1 per transcript")
    topics, dropped = _usable_topics(good, bad, names, codes, min_mentions)
    if not topics:
        raise ValueError("no topic has enough praise and enough complaint: take a longer period")
    fit = fit_linear(np.column_stack([good[:, topics], -bad[:, topics]]), y, codes)
    margin = negligible * float(y.std())
    rows = [
        _topic(
            names[column], good[:, column], bad[:, column], fit, (at, at + len(topics)), margin, confidence
        )
        for at, column in enumerate(topics)
    ]
    return KanoReport(len(y), tuple(rows), dropped)


def kano_drift(before: KanoReport, now: KanoReport, confidence: float = 0.95) -> tuple[KanoDrift, ...]:
    """Drift of every topic of both reports, by name: Wald's test that reward and penalty are the same (2 df).

    The periods are taken as independent samples; customers in both make the test conservative where their
    moods persist. p-values are adjusted by Benjamini and Hochberg.
    """
    earlier = {topic.name: topic for topic in before.topics}
    pairs = [(earlier[t.name], t) for t in sorted(now.topics, key=lambda t: t.name) if t.name in earlier]
    p_values = [_drift_p_value(old, new) for old, new in pairs]
    adjusted = benjamini_hochberg(p_values)
    out = []
    for (old, new), p_value, q_value in zip(pairs, p_values, adjusted, strict=True):
        spread = np.asarray(old.covariance) + np.asarray(new.covariance)
        changes = [
            _normal(b.estimate - a.estimate, float(spread[at, at]), confidence)
            for at, (a, b) in enumerate(((old.reward, new.reward), (old.penalty, new.penalty)))
        ]
        out.append(KanoDrift(new.name, old.kind, new.kind, changes[0], changes[1], p_value, float(q_value)))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class BergerCoefficients:
    """``better`` = (A+O)/(A+O+M+I) in [0, 1]; ``worse`` = -(O+M)/(A+O+M+I) in [-1, 0], with Wilson limits.

    ``kind`` is the most frequent answer, or undecided where the two most frequent differ by chance.
    """

    n: int
    better: Interval
    worse: Interval
    kind: KanoClass


def berger_coefficients(
    attractive: int, one_dimensional: int, must_be: int, indifferent: int, confidence: float = 0.95
) -> BergerCoefficients:
    """Coefficients of one feature from the counts of a Kano questionnaire, reverse and doubtful left out.

    The class is certain where the two largest counts a, b of n differ by more than ``z sqrt((a+b)(2n-a-b)/(2n))``,
    z two-sided (Fong 1996, Center for Quality of Management Journal 5(2), 21-24, has z = 1.65: confidence 0.9).
    Raises ``ValueError`` for negative counts or no answer.
    """
    counts = {
        KanoClass.ATTRACTIVE: attractive,
        KanoClass.PERFORMANCE: one_dimensional,
        KanoClass.BASIC: must_be,
        KanoClass.INDIFFERENT: indifferent,
    }
    n = sum(counts.values())
    if min(counts.values()) < 0 or n == 0:
        raise ValueError("a Kano question needs at least one answer and no negative count")
    (first, a), (_, b) = sorted(counts.items(), key=lambda item: -item[1])[:2]
    certain = a - b > normal_quantile(confidence) * np.sqrt((a + b) * (2 * n - a - b) / (2 * n))
    worse = wilson(one_dimensional + must_be, n, confidence)
    return BergerCoefficients(
        n=n,
        better=wilson(attractive + one_dimensional, n, confidence),
        worse=Interval(-worse.estimate, -worse.high, -worse.low),
        kind=first if certain else KanoClass.UNDECIDED,
    )


def _usable_topics(
    good: Floats, bad: Floats, names: Sequence[str], codes: NDArray[np.int64] | None, min_mentions: int
) -> tuple[list[int], tuple[Dropped, ...]]:
    """Columns of topics whose praise and complaint both pass the screen, and the others."""
    p = len(names)
    labels = [f"{name}\x00{side}" for side in ("praise", "complaint") for name in names]
    kept, dropped = screen_drivers(np.column_stack([good, bad]), labels, codes, min_present=min_mentions)
    usable = [column for column in range(p) if column in kept and column + p in kept]
    reasons: dict[str, Dropped] = {}
    for item in dropped:
        name = item.name.split("\x00")[0]
        beside = None if item.beside is None else item.beside.split("\x00")[0]
        reason = DropReason.RARE if item.n_present < min_mentions else item.reason
        reasons.setdefault(name, Dropped(name, reason, item.n_present, beside))
    return usable, tuple(reasons[name] for name in names if name in reasons)


def _topic(
    name: str,
    good: Floats,
    bad: Floats,
    fit: LinearFit,
    at: tuple[int, int],
    margin: float,
    confidence: float,
) -> KanoTopic:
    def interval(of_reward: float, of_penalty: float) -> Interval:
        weights = np.zeros(len(fit.coefficients))
        weights[list(at)] = of_reward, of_penalty
        return fit.combination(weights, confidence)

    reward, penalty, asymmetry = interval(1, 0), interval(0, 1), interval(1, -1)
    even = (
        reward.low > 0
        and penalty.low > 0
        and interval(1, -PERFORMANCE_RATIO).high < 0
        and interval(-PERFORMANCE_RATIO, 1).high < 0
    )
    part = fit.covariance[np.ix_(at, at)].tolist()
    return KanoTopic(
        name=name,
        n_praise=int(good.sum()),
        n_complaint=int(bad.sum()),
        reward=reward,
        penalty=penalty,
        asymmetry=asymmetry,
        kind=_kind(reward, penalty, asymmetry, even, margin),
        covariance=((part[0][0], part[0][1]), (part[1][0], part[1][1])),
    )


def _kind(reward: Interval, penalty: Interval, asymmetry: Interval, even: bool, margin: float) -> KanoClass:
    if reward.high < 0 or penalty.high < 0:
        return KanoClass.REVERSE
    if even:
        return KanoClass.PERFORMANCE
    if all(-margin < found.low and found.high < margin for found in (reward, penalty)):
        return KanoClass.INDIFFERENT
    if asymmetry.high < 0 and penalty.low > 0:
        return KanoClass.BASIC
    if asymmetry.low > 0 and reward.low > 0:
        return KanoClass.ATTRACTIVE
    return KanoClass.UNDECIDED


def _drift_p_value(old: KanoTopic, new: KanoTopic) -> float:
    change = np.array(
        [new.reward.estimate - old.reward.estimate, new.penalty.estimate - old.penalty.estimate]
    )
    spread = np.asarray(old.covariance) + np.asarray(new.covariance)
    return float(stats.chi2.sf(change @ np.linalg.pinv(spread) @ change, 2))


def _normal(estimate: float, variance: float, confidence: float) -> Interval:
    reach = normal_quantile(confidence) * float(np.sqrt(variance))
    return Interval(estimate, estimate - reach, estimate + reach)
