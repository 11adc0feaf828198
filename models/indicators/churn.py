"""Why customers leave: the own mix of reasons against a reference.

The reference of the field is 68 % attitude of staff, 14 % product, 9 % competition, 5 % other ties, 3 % moving, 1 % death
(LeBoeuf 1987, How to Win Customers and Keep Them for Life, who gives no sample): it is taken as fixed shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from models.indicators.plain import to_plain
from models.statistics.changes import benjamini_hochberg
from models.statistics.intervals import Interval, wilson

_DRAWS = 20_000
_LEAST_EXPECTED = 5.0
_SURE = 0.05
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class ChurnReason:
    """``share`` of those who say a reason, in the reference. ``values`` are the values of churn marks that mean it."""

    id: str
    zh: str
    en: str
    share: float
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReasonShare:
    """``own`` with an interval that holds for all reasons together (Bonferroni); ``more`` or ``less`` by ``q_value``."""

    id: str
    zh: str
    en: str
    n: int
    own: Interval
    reference: float
    q_value: float
    verdict: str


@dataclass(frozen=True, slots=True)
class ChurnMix:
    """``n`` told reasons of the reference; ``elsewhere`` counts reasons that it does not know (price), ``untold`` those
    who say none. ``p_value``: chi-squared of all reasons against the reference, ``exact`` where by simulation.
    """

    n: int
    reasons: tuple[ReasonShare, ...]
    elsewhere: Mapping[str, int]
    untold: int
    chi_squared: float | None
    p_value: float | None
    exact: bool

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


def churn_values(experiences: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Transcripts by the value of their churn marks; each value counts once a transcript."""
    found: dict[str, int] = {}
    for experience in experiences:
        values = {mark["value"] for mark in experience.get("marks") or () if mark["kind"] == "churn"}
        for value in sorted(values):
            found[value] = found.get(value, 0) + 1
    return found


def churn_mix(
    counts: Mapping[str, int],
    reference: Sequence[ChurnReason],
    *,
    untold: Iterable[str] = ("未说明", "unspecified"),
    seed: int = 0,
) -> ChurnMix:
    """The mix of ``counts`` by value of churn mark. Raises ``ValueError`` where the reference does not add up to 1.

    p-value: chi-squared (Pearson 1900), by 20,000 multinomial draws where an expected count is below 5 (with 1 % of a
    reason that is the rule); per reason the exact binomial test, Benjamini-Hochberg over reasons.
    """
    shares = np.array([reason.share for reason in reference])
    if abs(shares.sum() - 1) > 1e-6 or (shares <= 0).any():
        raise ValueError("the shares of the reference must be positive and add up to 1")
    known = {value for reason in reference for value in reason.values}
    silent = set(untold)
    seen = np.array([sum(counts.get(value, 0) for value in reason.values) for reason in reference])
    others = {value: n for value, n in sorted(counts.items()) if value not in known and value not in silent}
    n = int(seen.sum())
    silent_n = sum(n for value, n in counts.items() if value in silent - known)
    if n == 0:
        return ChurnMix(0, _reasons(reference, seen, n), others, silent_n, None, None, False)
    found, p_value, exact = _against(seen, shares, seed)
    return ChurnMix(n, _reasons(reference, seen, n), others, silent_n, found, p_value, exact)


def _against(seen: np.ndarray, shares: np.ndarray, seed: int) -> tuple[float, float, bool]:
    n = int(seen.sum())
    expected = shares * n
    found = float(((seen - expected) ** 2 / expected).sum())
    if expected.min() >= _LEAST_EXPECTED:
        return found, float(stats.chi2.sf(found, len(shares) - 1)), False
    drawn = np.random.default_rng(seed).multinomial(n, shares, size=_DRAWS)
    far = ((drawn - expected) ** 2 / expected).sum(axis=1) >= found - _CLOSE
    return found, float((far.sum() + 1) / (_DRAWS + 1)), True


def _reasons(reference: Sequence[ChurnReason], seen: np.ndarray, n: int) -> tuple[ReasonShare, ...]:
    confidence = 1 - _SURE / len(reference)
    p_values = [
        float(stats.binomtest(int(k), n, reason.share).pvalue) if n else 1.0
        for k, reason in zip(seen, reference, strict=True)
    ]
    q_values = benjamini_hochberg(p_values)
    found = []
    for k, reason, q_value in zip(seen, reference, q_values, strict=True):
        own = wilson(int(k), n, confidence)
        verdict = "same" if q_value > _SURE else "more" if own.estimate > reason.share else "less"
        found.append(
            ReasonShare(reason.id, reason.zh, reason.en, int(k), own, reason.share, float(q_value), verdict)
        )
    return tuple(found)
