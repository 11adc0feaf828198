"""What the spread of many units says about each: priors for shares, rates and means, on a grid.

The two settings of each prior (its mean and its strength κ, in contacts) are not fixed at their likeliest values but
weighted by their likelihood, so that units are not drawn together too firmly where the spread itself is uncertain.
The strength has the uniform shrinkage prior: κ / (κ + n₀) is uniform on (0, 1), n₀ being the median size of a unit
(Christiansen and Morris 1997, J. American Statistical Association 92, 618-632; Daniels 1999, Canadian J. Statistics
27, 567-578).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]

_SHRINKAGES = (np.arange(40) + 0.5) / 40
_MEANS_PER_SIDE = 20
_REACH = 5.0


def draw_shares(
    k: Floats, n: Floats, n_draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Draws of the true shares ``(n_draws, units)``, of their mean and of their standard deviation ``(n_draws,)``.

    Beta-binomial model of ``k`` of ``n`` ``(units,)``. Source: Efron and Morris 1975, J. American Statistical
    Association 70, 311-319; beta prior: Casella 1985, The American Statistician 39, 83-87.
    """
    pooled = (k.sum() + 0.5) / (n.sum() + 1)
    error = _error_of_mean(k[n > 0] / n[n > 0], pooled * (1 - pooled) / n.sum()) / (pooled * (1 - pooled))
    means = special.expit(special.logit(pooled) + error * _steps())
    rows, repeats = np.unique(np.stack([k, n]), axis=1, return_counts=True)

    def likelihood(mean: float, strength: float) -> float:
        a, b = mean * strength, (1 - mean) * strength
        each = special.betaln(rows[0] + a, rows[1] - rows[0] + b) - special.betaln(a, b)
        return float(repeats @ each)

    mean, strength = _draw_prior(means, _strengths(n), likelihood, n_draws, rng)
    a, b = (mean * strength)[:, None], ((1 - mean) * strength)[:, None]
    return rng.beta(a + k, b + n - k), mean, np.sqrt(mean * (1 - mean) / (strength + 1))


def draw_rates(
    k: Floats, exposure: Floats, n_draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """As ``draw_shares`` for counts that may exceed their exposure: gamma-Poisson model, rates per exposure.

    Source: Clayton and Kaldor 1987, Biometrics 43, 671-681.
    """
    pooled = (k.sum() + 0.5) / exposure.sum()
    error = _error_of_mean(k[exposure > 0] / exposure[exposure > 0], pooled / exposure.sum()) / pooled
    means = pooled * np.exp(error * _steps())
    rows, repeats = np.unique(np.stack([k, exposure]), axis=1, return_counts=True)

    def likelihood(mean: float, strength: float) -> float:
        a = mean * strength
        each = special.gammaln(rows[0] + a) - special.gammaln(a) + a * np.log(strength)
        return float(repeats @ (each - (rows[0] + a) * np.log(strength + rows[1])))

    mean, strength = _draw_prior(means, _strengths(exposure), likelihood, n_draws, rng)
    drawn = rng.gamma((mean * strength)[:, None] + k) / (strength[:, None] + exposure)
    return drawn, mean, np.sqrt(mean / strength)


def draw_means(
    means: Floats, errors: Floats, n_draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """As ``draw_shares`` for means with known standard errors: normal-normal model, mean of means flat.

    Source: Efron and Morris 1973, J. American Statistical Association 68, 117-130; Morris 1983, ibid. 78, 47-55.
    """
    variances = errors**2
    between = float(np.median(variances)) * (1 - _SHRINKAGES) / _SHRINKAGES
    precisions = 1 / (variances[None] + between[:, None])
    centres = (precisions @ means) / precisions.sum(axis=1)
    misfit = np.sum(precisions * (means[None] - centres[:, None]) ** 2, axis=1)
    logs = 0.5 * (np.log(precisions).sum(axis=1) - np.log(precisions.sum(axis=1)) - misfit)
    at = rng.choice(len(between), size=n_draws, p=special.softmax(logs))
    centre = rng.normal(centres[at], 1 / np.sqrt(precisions[at].sum(axis=1)))
    trust = between[at][:, None] / (between[at][:, None] + variances)
    drawn = centre[:, None] + trust * (means - centre[:, None])
    return rng.normal(drawn, np.sqrt(trust * variances)), centre, np.sqrt(between[at])


def spread_p_value_of_shares(k: Floats, n: Floats) -> float:
    """One-sided test that all units have one share: Tarone 1979, Biometrika 66, 585-590; 1 where all are equal."""
    p = k.sum() / n.sum()
    pairs = float(np.sum(n * (n - 1)))
    if p in (0.0, 1.0) or pairs == 0:
        return 1.0
    excess = float(np.sum((k - n * p) ** 2)) / (p * (1 - p)) - float(n.sum())
    return float(stats.norm.sf(excess / np.sqrt(2 * pairs)))


def spread_p_value_of_rates(k: Floats, exposure: Floats) -> float:
    """One-sided test that all units have one rate: Potthoff and Whittinghill 1966, Biometrika 53, 183-190.

    Their statistic has the tail of a chi-squared variable of the same mean and variance, for it is as skewed.
    """
    total, used = float(k.sum()), exposure > 0
    if total < 2 or used.sum() < 2:
        return 1.0
    weighted = float(exposure.sum() * np.sum(k[used] * (k[used] - 1) / exposure[used]))
    pairs = total * (total - 1)
    df = int(used.sum()) - 1
    return float(stats.chi2.sf(df + (weighted - pairs) / np.sqrt(pairs), df))


def spread_p_value_of_means(means: Floats, errors: Floats) -> float:
    """Test that all units have one mean: Cochran's Q (Cochran 1954, Biometrics 10, 101-129)."""
    weights = 1 / errors**2
    q = float(np.sum(weights * (means - weights @ means / weights.sum()) ** 2))
    return float(stats.chi2.sf(q, len(means) - 1))


def _steps() -> Floats:
    return np.asarray(_REACH * np.arange(-_MEANS_PER_SIDE, _MEANS_PER_SIDE + 1) / _MEANS_PER_SIDE)


def _error_of_mean(raw: Floats, variance: float) -> float:
    """Standard error of the prior's mean: of the pooled rate, or of the units' mean where that is larger."""
    spread = float(raw.var(ddof=1)) / len(raw) if len(raw) > 1 else 0.0
    return float(np.sqrt(max(variance, spread)))


def _strengths(sizes: Floats) -> Floats:
    return np.asarray(np.median(sizes[sizes > 0]) * _SHRINKAGES / (1 - _SHRINKAGES), dtype=np.float64)


def _draw_prior(
    means: Floats,
    strengths: Floats,
    likelihood: Callable[[float, float], float],
    n_draws: int,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    logs = np.array([[likelihood(mean, strength) for strength in strengths] for mean in means])
    drawn = rng.choice(logs.size, size=n_draws, p=special.softmax(logs.ravel()))
    at_mean, at_strength = np.unravel_index(drawn, logs.shape)
    return means[at_mean], strengths[at_strength]
