"""Simulated series for ``statistics_null``: counts among contacts, without change or with one planted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scenario:
    """``mean`` events among ``contacts`` a month; ``dispersion`` is variance over mean of a count."""

    mean: float
    contacts: int
    dispersion: float

    @property
    def name(self) -> str:
        law = "Poisson" if self.dispersion == 1 else f"dispersion {self.dispersion:g}"
        return f"{self.mean:g} of {self.contacts}, {law}"


SCENARIOS = tuple(
    Scenario(mean, contacts, dispersion)
    for mean, contacts in ((2, 300), (10, 1000), (50, 3000), (200, 3000))
    for dispersion in (1.0, 2.0, 4.0)
)


def monthly(
    scenario: Scenario, shape: tuple[int, int], rng: np.random.Generator, *, factor: Floats | float = 1.0
) -> tuple[Floats, Floats]:
    """Counts and contacts, ``(runs, months)``; contacts vary by 30 % both ways. ``factor`` is on the rate."""
    contacts = np.round(scenario.contacts * rng.uniform(0.7, 1.3, shape))
    rate = scenario.mean / scenario.contacts
    return drawn(contacts * rate * factor, contacts, scenario.dispersion, rng), contacts


def daily(scenario: Scenario, shape: tuple[int, int], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Counts and contacts, ``(runs, days)``: fewer contacts at weekends, complaints rather on Mondays."""
    weekday = np.arange(shape[1]) % 7
    busy = np.array([1.2, 1.1, 1.05, 1.05, 1.0, 0.9, 0.7])[weekday]
    sour = np.array([1.3, 1.1, 1.0, 1.0, 1.0, 0.8, 0.8])[weekday]
    contacts = np.maximum(1.0, rng.poisson(scenario.contacts / 30 * busy, shape))
    means = contacts * scenario.mean / scenario.contacts * sour
    return drawn(means, contacts, scenario.dispersion, rng), contacts


def drawn(means: Floats, contacts: Floats, dispersion: float, rng: np.random.Generator) -> Floats:
    """Poisson counts, or gamma-Poisson ones with variance ``dispersion`` times the mean, within contacts."""
    if dispersion > 1:
        means = rng.gamma(means / (dispersion - 1), dispersion - 1)
    return np.minimum(rng.poisson(means), contacts).astype(np.float64)
