"""Sums that an indicator keeps of its rows, exact in whole numbers, and what they tell with its interval.

Every indicator is a ratio ``Σa / Σb`` over transcripts: of a share, b is 1 and a is 0 or 1; of a mean, b is 1 and a the
value; of marks, both are counts. Weighted by the customer's value w it is ``Σwa / Σwb``. Numbers are kept in whole
ten-thousandths, so that sums do not depend on the order of rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from scipy import stats

from models.indicators.plain import to_plain
from models.statistics.intervals import Interval, normal_quantile, wilson

Law = Literal["share", "mean", "balance"]
"""``share``: in [0, 1]; ``balance``: each row is -1, 0 or 1; ``mean``: any number."""

PARTS = 10_000
_ADDED, _ADDED_SQUARES = 3.0, 1.5
_EQUAL, _NORMAL = 1e-6, 1.959964


def in_parts(value: float) -> int:
    """``value`` in whole ten-thousandths."""
    return round(value * PARTS)


@dataclass(slots=True)
class RatioSums:
    """Sums over ``n`` rows of a and b in ``unit`` parts, and of their products in squared parts."""

    unit: int = PARTS
    n: int = 0
    a: int = 0
    b: int = 0
    aa: int = 0
    ab: int = 0
    bb: int = 0

    def add(self, a: int, b: int) -> None:
        self.n += 1
        self.a += a
        self.b += b
        self.aa += a * a
        self.ab += a * b
        self.bb += b * b

    def merge(self, other: RatioSums) -> None:
        self.n += other.n
        self.a += other.a
        self.b += other.b
        self.aa += other.aa
        self.ab += other.ab
        self.bb += other.bb

    @property
    def ratio(self) -> float | None:
        return self.a / self.b if self.b > 0 else None

    @property
    def variance(self) -> float:
        """Of the ratio, linearised: ``Σ(a - rb)² / (Σb)²``. Source: Cochran 1977, Sampling Techniques, 6.3."""
        if self.b <= 0:
            return math.nan
        # With r = A/B: B² Σ(a - rb)² = B² Σaa - 2AB Σab + A² Σbb, exact in whole numbers.
        squares = self.b * self.b * self.aa - 2 * self.a * self.b * self.ab + self.a * self.a * self.bb
        return max(squares, 0) / self.b**4

    @property
    def worth(self) -> float:
        """So many equal rows tell as much: ``(Σb)² / Σb²`` (Kish 1965, Survey Sampling, 11.7)."""
        return self.b * self.b / self.bb if self.bb else 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """``value`` of ``n`` transcripts with its 95 % interval; ``None`` where nothing was seen or it cannot be told."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    def excludes(self, target: float) -> bool:
        """Whether the target lies outside the interval; ``False`` without one."""
        return self.low is not None and self.high is not None and not self.low <= target <= self.high

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


def estimate(sums: RatioSums, law: Law, *, scale: float = 1.0, confidence: float = 0.95) -> Estimate:
    """The ratio times ``scale``, with the interval that fits its law.

    ``share``: Wilson's at the number of equal transcripts that would vary as these do (Korn and Graubard 1998, Survey
    Methodology 24, 193-201, for the idea): for 0-or-1 rows of equal weight that is Wilson's own. ``mean``: t.
    ``balance``: adjusted Wald, ¾, 1½ and ¾ rows of -1, 0 and 1 added (Rocks 2016, American Statistician 70, 365-372).
    """
    ratio = sums.ratio
    if ratio is None:
        return Estimate(None, None, None, sums.n)
    found = _INTERVALS[law](sums, ratio, confidence)
    if found is None:
        return Estimate(ratio * scale, None, None, sums.n)
    return Estimate(ratio * scale, min(found.low, ratio) * scale, max(found.high, ratio) * scale, sums.n)


def effective_counts(sums: RatioSums) -> tuple[float, float]:
    """``k`` of ``n`` equal independent rows that would tell of a share as much as these; ``Σb`` > 0.

    Rows that all count the same are themselves. Else ``n`` is the binomial variance over the linearised one, less what
    few rows leave unsure of it (Korn and Graubard's factor of quantiles), and never above the marks there are, or of
    rows with weights Kish's ``worth``: large weights that happen to agree look surer than they are.
    """
    ratio, variance, worth = sums.a / sums.b, sums.variance, sums.worth
    if abs(worth - sums.n) < _EQUAL or not 0 < ratio < 1 or variance <= 0 or sums.n < 2:
        return ratio * worth, worth
    most = sums.b / PARTS if sums.unit == PARTS else worth
    unsure = (_NORMAL / float(stats.t.ppf(0.975, sums.n - 1))) ** 2
    n = min(ratio * (1 - ratio) / variance * unsure, most)
    return ratio * n, n


def _of_share(sums: RatioSums, ratio: float, confidence: float) -> Interval:
    k, n = effective_counts(sums)
    return wilson(min(max(k, 0.0), n), n, confidence)  # type: ignore[arg-type]


def _of_mean(sums: RatioSums, ratio: float, confidence: float) -> Interval | None:
    if sums.n < 2 or sums.variance <= 0:
        return None
    error = math.sqrt(sums.variance * sums.n / (sums.n - 1))
    reach = float(stats.t.ppf(0.5 + confidence / 2, sums.n - 1)) * error
    return Interval(ratio, ratio - reach, ratio + reach)


def _of_balance(sums: RatioSums, ratio: float, confidence: float) -> Interval:
    worth = sums.worth
    squares = sums.aa / sums.bb * worth if sums.bb else 0.0
    n = worth + _ADDED
    centre = ratio * worth / n
    variance = max((squares + _ADDED_SQUARES) / n - centre * centre, 0.0) / n
    reach = normal_quantile(confidence) * math.sqrt(variance)
    return Interval(ratio, max(-1.0, centre - reach), min(1.0, centre + reach))


_INTERVALS = {"share": _of_share, "mean": _of_mean, "balance": _of_balance}
