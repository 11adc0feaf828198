"""How surprising a count is, given what was counted before: tails that keep their promise on few data.

Two laws are asked and the larger tail is taken. The plain law (Poisson or binomial) conditions on the total
of past and present, so that no rate has to be estimated: the test is exact, for any size and any sparseness.
The overdispersed law spreads the count by the dispersion seen in the past, and allows for that dispersion
being an estimate itself. Asking for overdispersion first and then choosing would miss most of it on a year
of months.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from models.statistics.series import Floats, Law

# A past that tells less of its dispersion than this many degrees of freedom is topped up with a guess:
# contacts come in bursts, about twice as uneven as chance alone.
LEAST_DF = 8.0
GUESSED_DISPERSION = 2.0


@dataclass(frozen=True, slots=True)
class Past:
    """What is known before each count; all ``(n,)``.

    ``events`` of ``exposure`` in ``points`` points; ``dispersion`` (at least 1) of those points.
    """

    events: Floats
    exposure: Floats
    points: Floats
    dispersion: Floats

    def expected(self, exposure: Floats) -> Floats:
        """Expected counts, ``(n,)``; ``nan`` where nothing was seen."""
        known = self.exposure > 0
        rate = np.divide(self.events, self.exposure, out=np.full(len(self.events), np.nan), where=known)
        return rate * exposure


@dataclass(frozen=True, slots=True)
class Tails:
    """``at_most``: probability of this count or fewer; ``at_least``: of this count or more; both ``(n,)``."""

    at_most: Floats
    at_least: Floats

    @property
    def scores(self) -> tuple[Floats, Floats]:
        """The step of the distribution in standard normal units: ``(low, high)``, ``low <= high``."""
        low = -stats.norm.isf(np.clip(1 - self.at_least, 0, 1))
        low = np.where(self.at_least < 0.5, stats.norm.isf(self.at_least), low)
        high = np.where(self.at_most < 0.5, -stats.norm.isf(self.at_most), stats.norm.isf(1 - self.at_most))
        return np.minimum(low, high), np.maximum(low, high)


def predictive_tails(counts: Floats, exposures: Floats, past: Past, law: Law = "poisson") -> Tails:
    """Tails of ``counts`` among ``exposures``, both ``(n,)``, given the past; 1 where there is no past.

    Plain: of K + k events in exposures N + n the last n hold k: binomial (Przyborowski and Wilenski 1940,
    Biometrika 31, 313-323), for shares hypergeometric (Fisher's exact test). Overdispersed: negative
    binomial with mean ``μ = nK/N`` (K at least ½) and variance ``φ μ (1 + n/N)``, its tail as a normal score
    read in Student's t with ``dispersion_df`` degrees of freedom, because φ is estimated (as Quesenberry
    1991, J. Quality Technology 23, 213-224, for Q charts of a normal law). Below ``LEAST_DF`` degrees of
    freedom φ is averaged with ``GUESSED_DISPERSION``.
    """
    plain = _plain(counts, exposures, past, law)
    spread = _overdispersed(counts, exposures, past, law)
    known = (past.exposure > 0) & (exposures > 0)
    at_most = np.where(known, np.maximum(plain.at_most, spread.at_most), 1.0)
    return Tails(at_most, np.where(known, np.maximum(plain.at_least, spread.at_least), 1.0))


def dispersion(events: Floats, exposure: Floats, squares: Floats, points: Floats, law: Law) -> Floats:
    """Pearson's dispersion ``X² / (points - 1)``, at least 1; all ``(n,)``.

    ``squares`` is ``Σ k²/n``, so that ``X² = squares / rate - K`` (Poisson) or that over ``1 - rate``
    (binomial). McCullagh and Nelder 1989, Generalized Linear Models, eq. 4.23.
    """
    rate = np.divide(events, exposure, out=np.zeros(len(events)), where=exposure > 0)
    usable = (rate > 0) & (points > 1) & ((rate < 1) | (law == "poisson"))
    x2 = np.divide(squares, rate, out=np.zeros(len(rate)), where=usable) - events
    scale = (points - 1) * (1 - rate if law == "binomial" else 1.0)
    return np.maximum(1.0, np.divide(x2, scale, out=np.ones(len(rate)), where=usable))


def dispersion_df(past: Past) -> Floats:
    """Degrees of freedom that an estimated dispersion is worth, ``(n,)``; 0 without events.

    ``2 (m - 1) / (2 + κ)`` from the variance ``σ⁴ (2 / (m - 1) + κ / m)`` of a sample variance (Cramér 1946,
    Mathematical Methods of Statistics, eq. 27.4.2), with the excess kurtosis of the negative binomial
    ``κ = 6 (φ - 1) / μ + 1 / (φ μ)`` at the mean count μ per point, φ being at least
    ``GUESSED_DISPERSION`` here: few events tell little of their spread, however many points they are strewn
    over, and least of all where by chance they came evenly.
    """
    mean = np.maximum(past.events, 1.0) / np.maximum(past.points, 1.0)
    spread = np.maximum(past.dispersion, GUESSED_DISPERSION)
    kurtosis = (6 * (spread - 1) + 1 / spread) / mean
    worth = 2 * (past.points - 1) / (2 + kurtosis)
    return np.where(past.events > 0, np.maximum(worth, 0.0), 0.0)


def _plain(k: Floats, n: Floats, past: Past, law: Law) -> Tails:
    total, whole = past.events + k, past.exposure + n
    if law == "binomial":
        return Tails(stats.hypergeom.cdf(k, whole, total, n), stats.hypergeom.sf(k - 1, whole, total, n))
    share = np.divide(n, whole, out=np.zeros(len(n)), where=whole > 0)
    return Tails(stats.binom.cdf(k, total, share), stats.binom.sf(k - 1, total, share))


def _overdispersed(k: Floats, n: Floats, past: Past, law: Law) -> Tails:
    usable = (past.exposure > 0) & (past.points > 1) & (n > 0)
    exposure = np.where(usable, past.exposure, 1.0)
    rate = np.maximum(past.events, 0.5) / exposure
    mean = np.where(usable, n, 1.0) * rate
    own = dispersion_df(past)
    df = np.maximum(own, LEAST_DF)
    factor = (own * past.dispersion + (df - own) * GUESSED_DISPERSION) / df * (1 + n / exposure)
    if law == "binomial":
        factor = factor * (1 - np.minimum(rate, 1.0))
    factor = np.maximum(factor, 1 + 1e-9)
    size = mean / (factor - 1)
    at_most = _heavier(stats.nbinom.cdf(k, size, 1 / factor), df)
    at_least = _heavier(stats.nbinom.sf(k - 1, size, 1 / factor), df)
    return Tails(np.where(usable, at_most, 0.0), np.where(usable, at_least, 0.0))


def _heavier(tail: Floats, df: Floats) -> Floats:
    """The tail of Student's t at the same number of standard deviations; a tail above ½ stays."""
    far = np.asarray(stats.t.sf(stats.norm.isf(np.clip(tail, 1e-300, 0.5)), df))
    return np.where(tail < 0.5, far, tail)
