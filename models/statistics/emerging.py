"""What begins inside a month: a scan of daily counts against the weeks before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.statistics.changes import benjamini_hochberg
from models.statistics.predictive import Past, dispersion, predictive_tails
from models.statistics.series import Floats, Numbers, checked_series


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """``family_rate``: chance that a series without any change alarms on some day of a month.

    ``windows``: lengths, in days, of the latest stretches tested each day. ``minimum_days``: shorter history
    says nothing. ``days_in_month``: the month is charged for this many days from its first one, so that
    later days change no earlier judgement.
    """

    family_rate: float = 0.05
    windows: tuple[int, ...] = (1, 3, 7)
    minimum_days: int = 28
    days_in_month: int = 31

    def __post_init__(self) -> None:
        if not 0 < self.family_rate < 1 or not self.windows or min(self.windows) < 1:
            raise ValueError(f"the settings of a scan are out of range: {self}")
        if self.minimum_days < 2 or self.days_in_month < 1:
            raise ValueError(f"the settings of a scan are out of range: {self}")

    def n_tests(self, n_days: int) -> int:
        days = max(self.days_in_month, n_days)
        return sum(max(days - window + 1, 0) for window in self.windows)


@dataclass(frozen=True, slots=True)
class DailySeries:
    """Daily counts and exposures (contacts of the day): ``history``, ``(n,)``, then the month so far, ``(m,)``.

    ``first_weekday``: day of the week of the first day of history, 0 to 6.
    """

    history_counts: Numbers
    history_exposures: Numbers
    counts: Numbers
    exposures: Numbers
    first_weekday: int = 0


@dataclass(frozen=True, slots=True)
class Emergence:
    """What the scan says of one series. Days are 0-based places in the month.

    ``p_value``: of the strongest evidence of a rise, over all days and windows of the month; 1 where nothing
    can be said. ``alarm_day``: first day on which that evidence reached the family rate, ``None`` without an
    alarm. From ``began_day`` (most likely first day) to ``strongest_day``, both counted in, ``observed``
    events stand against ``expected``. ``enough_history`` is false where the history is too short.
    ``q_value`` is set by ``scan_many``.
    """

    p_value: float
    alarm_day: int | None
    began_day: int | None
    strongest_day: int | None
    observed: int
    expected: float
    enough_history: bool
    q_value: float | None = None

    @property
    def alarm(self) -> bool:
        return self.alarm_day is not None


def scan_many(series: Sequence[DailySeries], settings: ScanSettings | None = None) -> tuple[Emergence, ...]:
    """``scan_month`` of each, with q-values over those that have a history (Benjamini-Hochberg 1995)."""
    found = [scan_month(one, settings) for one in series]
    tested = [i for i, one in enumerate(found) if one.enough_history]
    for i, q_value in zip(tested, benjamini_hochberg([found[i].p_value for i in tested]), strict=True):
        found[i] = replace(found[i], q_value=float(q_value))
    return tuple(found)


def scan_month(series: DailySeries, settings: ScanSettings | None = None) -> Emergence:
    """Whether, since when and how surely a series rises inside the month.

    Each day the counts of the latest 1, 3 and 7 days (``windows``) are tested upwards against the history by
    ``predictive_tails``: exposures are adjusted for the day of the week, and the tail allows for
    overdispersion and for a short history. It is the test of Farrington et al. 1996 (J. R. Statist. Soc. A
    159, 547-563) and Noufaily et al. 2013 (Statistics in Medicine 32, 1206-1222) without season and trend,
    with an exact part for few counts. P-values are times the number of tests of the month (Boole). The first
    day is where the Poisson likelihood ratio of a raised stretch up to the strongest day is largest
    (Kulldorff 2001, J. R. Statist. Soc. A 164, 61-72). Raises ``ValueError`` for impossible counts.
    """
    options = settings or ScanSettings()
    k0, n0 = checked_series(series.history_counts, series.history_exposures)
    k, n = checked_series(series.counts, series.exposures)
    enough = int(np.sum(n0 > 0)) >= options.minimum_days
    if not enough or not len(k) or not n.any():
        return Emergence(1.0, None, None, None, int(k.sum()), 0.0, enough)
    factors = weekday_factors(k0, n0, series.first_weekday)
    n0 = n0 * factors[_weekdays(len(n0), series.first_weekday)]
    n = n * factors[_weekdays(len(n), series.first_weekday + len(n0))]
    return _strongest(k, n, _daily_p(k, n, _history(k0, n0, factors), options), k0.sum() / n0.sum(), options)


def weekday_factors(counts: Floats, exposures: Floats, first_weekday: int) -> Floats:
    """Rate of each day of the week over the mean rate, ``(7,)``, shrunk towards 1 as far as chance explains.

    Gamma prior with mean 1, its variance τ² by moments from the seven totals, less their quasi-Poisson
    variance: ``(K_d + 1/τ²) / (E_d + 1/τ²)`` (Clayton and Kaldor 1987, Biometrics 43, 671-681). All 1 where
    the days do not differ more than by chance.
    """
    days = _weekdays(len(counts), first_weekday)
    if not counts.sum() or not exposures.sum():
        return np.ones(7)
    expected_daily = exposures * counts.sum() / exposures.sum()
    seen = np.bincount(days, counts, minlength=7)
    expected = np.bincount(days, expected_daily, minlength=7)
    within = expected_daily * np.divide(seen, expected, out=np.ones(7), where=expected > 0)[days]
    known = within > 0
    spread = float(np.sum((counts - within)[known] ** 2 / within[known])) / max(int(known.sum()) - 7, 1)
    excess = float(np.sum((seen - expected) ** 2 - max(1.0, spread) * expected))
    variance = excess / float(np.sum(expected**2))
    if variance <= 0:
        return np.ones(7)
    return np.asarray((seen + 1 / variance) / (expected + 1 / variance))


def _history(k: Floats, n: Floats, factors: Floats) -> Past:
    used = n > 0
    squares = np.asarray([float(np.sum(k[used] ** 2 / n[used]))])
    events, exposure = np.asarray([k[used].sum()]), np.asarray([n[used].sum()])
    fitted = 6 if bool(np.any(factors != 1)) else 0
    points = np.asarray([float(max(int(used.sum()) - fitted, 2))])
    return Past(events, exposure, points, dispersion(events, exposure, squares, points, "poisson"))


def _daily_p(k: Floats, n: Floats, past: Past, options: ScanSettings) -> Floats:
    """Smallest adjusted p-value of the stretches that end on each day, ``(n_days,)``."""
    best = np.ones(len(k))
    for window in options.windows:
        if window > len(k):
            continue
        ones = np.ones(window)
        counts, exposures = np.convolve(k, ones, "valid"), np.convolve(n, ones, "valid")
        wide = Past(*(np.repeat(part, len(counts)) for part in _parts(past)))
        tail = predictive_tails(counts, exposures, wide).at_least
        best[window - 1 :] = np.minimum(best[window - 1 :], tail)
    return np.minimum(1.0, best * options.n_tests(len(k)))


def _parts(past: Past) -> tuple[Floats, Floats, Floats, Floats]:
    return past.events, past.exposure, past.points, past.dispersion


def _strongest(k: Floats, n: Floats, p_values: Floats, rate: float, options: ScanSettings) -> Emergence:
    alarms = np.flatnonzero(p_values <= options.family_rate)
    alarm_day = int(alarms[0]) if len(alarms) else None
    if not bool(np.any(p_values < 1)):
        return Emergence(1.0, None, None, None, int(k.sum()), float(rate * n.sum()), True)
    last = int(np.argmin(p_values))
    seen, expected = k[last::-1].cumsum()[::-1], rate * n[last::-1].cumsum()[::-1]
    began = int(np.argmax(_rise_evidence(seen, expected)))
    return Emergence(
        float(p_values[last]), alarm_day, began, last, int(seen[began]), float(expected[began]), True
    )


def _rise_evidence(seen: Floats, expected: Floats) -> Floats:
    """Poisson log likelihood ratio of a raised rate, ``(n,)``; 0 where nothing is raised."""
    floor = np.maximum(expected, 1e-9)
    gain = seen * np.log(np.maximum(seen, 1e-9) / floor) - (seen - expected)
    return np.where(seen > expected, gain, 0.0)


def _weekdays(n_days: int, first: int) -> NDArray[np.int64]:
    return (np.arange(n_days) + first) % 7
