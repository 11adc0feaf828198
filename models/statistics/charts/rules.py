"""Western Electric and Nelson rules as data, and finding their patterns.

A score is an interval ``[low, high]`` of standard normal units. For a measurement both ends are the same. For
a count they are the two ends of the step of its distribution: a pattern is found only if it stands wherever
in their intervals the scores lie. So a discrete law never fires more often than the rate that is stated.

Sources: Western Electric, Statistical Quality Control Handbook (1956), p. 25-28; Nelson 1984, J. Quality
Technology 16, 237-239.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Pattern = Literal["beyond", "trend", "alternating", "inside", "outside"]


@dataclass(frozen=True, slots=True)
class Rule:
    """``needed`` of the last ``window`` points show the pattern; the newest one always does.

    ``beyond``: more than ``sigma`` from the centre, all on one side (``sigma`` 0: on one side at all).
    ``trend``: steadily up or steadily down. ``alternating``: up and down in turn. ``inside``: less than
    ``sigma`` from the centre. ``outside``: more than ``sigma``, on either side.
    """

    code: str
    pattern: Pattern
    window: int
    needed: int
    sigma: float
    zh: str
    en: str

    @property
    def rate(self) -> float:
        """Probability that a point ends this pattern by chance alone, once ``window`` points are there.

        Exact for independent points with known centre and spread; the worst case for counts scored by
        intervals. A textbook chart, which estimates both and takes counts for normal, is off by what
        ``benchmarks/statistics_null.py`` measures.
        """
        return _RATES[self.pattern](self.window, self.needed, self.sigma)


def _beyond_rate(window: int, needed: int, sigma: float) -> float:
    tail = float(stats.norm.sf(sigma))
    return 2 * tail * float(stats.binom.sf(needed - 2, window - 1, tail)) if window > 1 else 2 * tail


def _trend_rate(window: int, needed: int, sigma: float) -> float:
    return 2 / math.factorial(window)


def _alternating_rate(window: int, needed: int, sigma: float) -> float:
    return 2 * _zigzag(window) / math.factorial(window)


def _inside_rate(window: int, needed: int, sigma: float) -> float:
    return float(1 - 2 * stats.norm.sf(sigma)) ** window


def _outside_rate(window: int, needed: int, sigma: float) -> float:
    return float(2 * stats.norm.sf(sigma)) ** window


def _zigzag(n: int) -> int:
    """Number of up-down permutations of ``n`` (André 1879; OEIS A000111), by Seidel's triangle."""
    row = [1]
    for _ in range(n):
        following = [0]
        for value in reversed(row):
            following.append(following[-1] + value)
        row = following
    return row[-1]


_RATES = {
    "beyond": _beyond_rate,
    "trend": _trend_rate,
    "alternating": _alternating_rate,
    "inside": _inside_rate,
    "outside": _outside_rate,
}

WESTERN_ELECTRIC: tuple[Rule, ...] = (
    Rule("we1", "beyond", 1, 1, 3.0, "1 点超出 3σ", "1 point beyond 3 sigma"),
    Rule(
        "we2", "beyond", 3, 2, 2.0, "连续 3 点有 2 点同侧超出 2σ", "2 of 3 points beyond 2 sigma on one side"
    ),
    Rule(
        "we3", "beyond", 5, 4, 1.0, "连续 5 点有 4 点同侧超出 1σ", "4 of 5 points beyond 1 sigma on one side"
    ),
    Rule("we4", "beyond", 8, 8, 0.0, "连续 8 点在中心线同侧", "8 points in a row on one side of the centre"),
)

NELSON: tuple[Rule, ...] = (
    Rule("n1", "beyond", 1, 1, 3.0, "1 点超出 3σ", "1 point beyond 3 sigma"),
    Rule("n2", "beyond", 9, 9, 0.0, "连续 9 点在中心线同侧", "9 points in a row on one side of the centre"),
    Rule("n3", "trend", 6, 6, 0.0, "连续 6 点递增或递减", "6 points in a row rising or falling"),
    Rule(
        "n4", "alternating", 14, 14, 0.0, "连续 14 点上下交替", "14 points in a row alternating up and down"
    ),
    Rule(
        "n5", "beyond", 3, 2, 2.0, "连续 3 点有 2 点同侧超出 2σ", "2 of 3 points beyond 2 sigma on one side"
    ),
    Rule(
        "n6", "beyond", 5, 4, 1.0, "连续 5 点有 4 点同侧超出 1σ", "4 of 5 points beyond 1 sigma on one side"
    ),
    Rule("n7", "inside", 15, 15, 1.0, "连续 15 点在 1σ 以内", "15 points in a row within 1 sigma"),
    Rule("n8", "outside", 8, 8, 1.0, "连续 8 点都在 1σ 以外", "8 points in a row all beyond 1 sigma"),
)

RULES = {rule.code: rule for rule in WESTERN_ELECTRIC + NELSON}


def find_patterns(z_low: Floats, z_high: Floats, rules: Sequence[Rule]) -> tuple[tuple[str, ...], ...]:
    """Codes of the rules whose pattern ends at each point, ``(n,)``.

    ``z_low <= z_high``, both ``(n,)``, time order, no gaps (leave empty points out before). Raises
    ``ValueError`` for other shapes, ``nan``, or crossed intervals.
    """
    low, high = np.asarray(z_low, dtype=np.float64), np.asarray(z_high, dtype=np.float64)
    if low.ndim != 1 or low.shape != high.shape or not bool(np.all(low <= high)):
        raise ValueError("scores must be two arrays (n,) with low <= high and no nan")
    ends = [(rule.code, _FINDERS[rule.pattern](low, high, rule)) for rule in rules]
    return tuple(tuple(code for code, found in ends if found[i]) for i in range(len(low)))


def _beyond(low: Floats, high: Floats, rule: Rule) -> Bools:
    above, below = low > rule.sigma, high < -rule.sigma
    return _ends(above, rule) | _ends(below, rule)


def _inside(low: Floats, high: Floats, rule: Rule) -> Bools:
    return _ends((low > -rule.sigma) & (high < rule.sigma), rule)


def _outside(low: Floats, high: Floats, rule: Rule) -> Bools:
    return _ends((low > rule.sigma) | (high < -rule.sigma), rule)


def _trend(low: Floats, high: Floats, rule: Rule) -> Bools:
    up, down = _steps(low, high)
    return _all_last(up, rule.window - 1) | _all_last(down, rule.window - 1)


def _alternating(low: Floats, high: Floats, rule: Rule) -> Bools:
    up, down = _steps(low, high)
    even = np.arange(len(low)) % 2 == 0
    return _all_last(np.where(even, up, down), rule.window - 1) | _all_last(
        np.where(even, down, up), rule.window - 1
    )


def _steps(low: Floats, high: Floats) -> tuple[Bools, Bools]:
    """Whether each point surely lies above, and surely below, the one before it; the first never does."""
    up, down = np.zeros(len(low), dtype=bool), np.zeros(len(low), dtype=bool)
    up[1:] = (low[1:] >= high[:-1]) & (high[1:] > low[:-1])
    down[1:] = (high[1:] <= low[:-1]) & (low[1:] < high[:-1])
    return up, down


def _ends(shown: Bools, rule: Rule) -> Bools:
    return shown & (_count_last(shown, rule.window) >= rule.needed)


def _all_last(shown: Bools, n: int) -> Bools:
    return _count_last(shown, n) == n


def _count_last(shown: Bools, n: int) -> NDArray[np.int64]:
    """How many of the last ``n`` points, this one among them, show it, ``(n_points,)``."""
    total = np.concatenate([np.zeros(n, dtype=np.int64), np.cumsum(shown, dtype=np.int64)])
    return np.asarray(total[n:] - total[: len(shown)])


_FINDERS = {
    "beyond": _beyond,
    "trend": _trend,
    "alternating": _alternating,
    "inside": _inside,
    "outside": _outside,
}
