"""How often the intervals of drivers hold the known truth of simulated data: ``python -m benchmarks.statistics_drivers``.

Four designs of topics and scores with known coefficients, ``N_RUNS`` runs each, seeds 0 to ``N_RUNS`` - 1. The share of
runs whose 95 % interval holds the coefficient stands per coefficient and over all, with its own Wilson interval. The
true importance is that of a sample of a million rows. Writes ``benchmarks/results/drivers-<date>.json``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.__main__ import _about, write_figures
from models.statistics.dominance import dominance
from models.statistics.drivers import find_drivers
from models.statistics.intervals import wilson
from models.statistics.regression import fit_linear

N_RUNS = 500
N_IMPORTANCE_RUNS = 150
N_POPULATION = 1_000_000
TARGET = 0.93

Floats = NDArray[np.float64]
Sample = tuple[Floats, Floats, NDArray[np.int64] | None]
Design = Callable[[np.random.Generator, int], Sample]

EFFECTS = np.array([-0.9, -0.5, -0.3, 0.0, 0.4, 0.2, 0.0, -0.15])


def unequal_spread(rng: np.random.Generator, n: int) -> Sample:
    """Eight topics that come together, noise twice as wide where the first is present."""
    presence = _topics(rng, n)
    return presence, presence @ EFFECTS + rng.normal(0, 1 + presence[:, 0]), None


def five_steps(rng: np.random.Generator, n: int) -> Sample:
    """Whole scores -2..2 whose mean is linear in the topics: rounded up or down by chance."""
    presence = _topics(rng, n)
    mean = np.clip(0.2 + presence @ (EFFECTS / 2) + rng.choice([-0.9, 0.0, 0.9], size=n), -2, 2)
    return presence, np.floor(mean) + (rng.random(n) < mean - np.floor(mean)), None


def repeated_customers(rng: np.random.Generator, n: int) -> Sample:
    """Customers of one to ten contacts, with moods and favourite topics of their own."""
    customer = np.repeat(np.arange(n), rng.integers(1, 11, size=n))[:n]
    rng_mood, leaning = rng.normal(size=n)[customer], rng.normal(size=(n, 8))[customer]
    presence = _topics(rng, n, leaning)
    return presence, presence @ EFFECTS + rng_mood + rng.normal(size=n), customer


def few_rows(rng: np.random.Generator, n: int) -> Sample:
    """Skewed noise: most contacts neutral, few very angry."""
    presence = _topics(rng, n)[:, :4]
    return presence, presence @ EFFECTS[:4] - rng.exponential(1 + presence[:, 1]), None


# name: design, rows, mean noise that shifts with a topic (the exponential's mean grows by 1 with the second)
DESIGNS: dict[str, tuple[Design, int, Floats]] = {
    "unequal_spread": (unequal_spread, 500, EFFECTS),
    "five_steps": (five_steps, 500, EFFECTS / 2),
    "repeated_customers": (repeated_customers, 800, EFFECTS),
    "few_rows": (few_rows, 120, EFFECTS[:4] - np.array([0, 1.0, 0, 0])),
}


def run(n_runs: int = N_RUNS, n_importance_runs: int = N_IMPORTANCE_RUNS) -> dict[str, Any]:
    """Coverage of coefficients and importances per design."""
    started = time.process_time()
    found = {name: _coverage(*DESIGNS[name], n_runs) for name in DESIGNS}
    found["repeated_customers"]["without_groups"] = _coverage(
        *DESIGNS["repeated_customers"], n_runs // 5, blind=True
    )["share"]
    importance = {
        name: _importance_coverage(*DESIGNS[name][:2], n_importance_runs)
        for name in ("unequal_spread", "repeated_customers")
    }
    held = sum(part["held"] for part in found.values())
    total = sum(part["intervals"] for part in found.values())
    overall = wilson(held, total)
    return {
        "runs": n_runs,
        "target": TARGET,
        "coefficients": found,
        "all": {
            "share": round(overall.estimate, 4),
            "low": round(overall.low, 4),
            "high": round(overall.high, 4),
        },
        "importance": importance,
        "cpu_seconds": round(time.process_time() - started, 1),
    }


def _topics(rng: np.random.Generator, n: int, leaning: Floats | None = None) -> Floats:
    """Eight topics, met in 5 % to 40 % of contacts, that share a common cause."""
    common = rng.normal(size=(n, 1))
    own = rng.normal(size=(n, 8)) if leaning is None else (leaning + rng.normal(size=(n, 8))) / np.sqrt(2)
    limits = np.array([0.3, 0.8, 0.25, 1.0, 1.3, 0.6, 0.9, 1.6])
    return ((0.6 * common + 0.8 * own) > limits).astype(np.float64)


def _coverage(design: Design, n: int, truth: Floats, n_runs: int, *, blind: bool = False) -> dict[str, Any]:
    held = np.zeros((n_runs, len(truth)), dtype=bool)
    for seed in range(n_runs):
        presence, scores, groups = design(np.random.default_rng(seed), n)
        fit = fit_linear(presence, scores, None if blind else groups)
        intervals = [fit.coefficient(index) for index in range(len(truth))]
        held[seed] = [found.low <= value <= found.high for found, value in zip(intervals, truth, strict=True)]
    share = wilson(int(held.sum()), held.size)
    return {
        "rows": n,
        "held": int(held.sum()),
        "intervals": int(held.size),
        "share": round(share.estimate, 4),
        "per_coefficient": held.mean(axis=0).round(3).tolist(),
    }


def _importance_coverage(design: Design, n: int, n_runs: int) -> dict[str, Any]:
    truth = _true_shares(design)
    names = [f"t{index}" for index in range(len(truth))]
    held = []
    for seed in range(n_runs):
        presence, scores, groups = design(np.random.default_rng(seed), n)
        report = find_drivers(presence, scores, names, groups=groups, n_bootstrap=200, seed=seed)
        found = {driver.name: driver.importance for driver in report.drivers}
        held.append(
            [found[name].low <= value <= found[name].high for name, value in zip(names, truth, strict=True)]
        )
    share = np.asarray(held).mean(axis=0)
    return {
        "runs": n_runs,
        "true_shares": truth.round(3).tolist(),
        "per_driver": share.round(3).tolist(),
        "share": round(float(share.mean()), 3),
    }


def _true_shares(design: Design) -> Floats:
    presence, scores, _ = design(np.random.default_rng(10**6), N_POPULATION)
    table = np.column_stack([presence, scores])
    return dominance(np.cov(table.T)).shares


def main() -> None:
    figures = {"about": _about(), **run()}
    write_figures("drivers", figures)
    if figures["all"]["share"] < TARGET:
        sys.exit(f"coverage {figures['all']['share']} is below {TARGET}")


if __name__ == "__main__":
    main()
