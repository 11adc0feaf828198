"""How often comparisons cry wolf, and how often they see a true change: ``python -m benchmarks.statistics_comparisons``.

Data without any change or difference, ``N_RUNS`` runs with seeds 0 to ``N_RUNS`` - 1: the share of runs with p < 0.05 (for
funnels, of units beyond a limit) with its Wilson interval, beside the rate the test states. Planted changes of 50 %:
the share seen. Writes ``benchmarks/results/comparisons-<date>.json``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.__main__ import _about, write_figures
from models.statistics.concentration import concentration
from models.statistics.effect import ArmCounts, effect_by_unit, effect_on_rates, effect_on_scores
from models.statistics.funnel import FunnelPlace, funnel
from models.statistics.intervals import wilson
from models.statistics.kano import kano_classes, kano_drift
from models.statistics.mix import MonthCounts, compare_months, mix_adjusted_change
from models.statistics.parallel import TrendVerdict, pre_trend
from models.statistics.shrinkage import shrink_means, shrink_rates, shrink_shares

N_RUNS = 600
ALPHA = 0.05

Generator = np.random.Generator
Trial = Callable[[Generator], bool]
Counts = NDArray[np.int64]

BASE = np.array([0.04, 0.08, 0.10, 0.15, 0.05, 0.02])
N_BEFORE = np.array([800, 400, 200, 100, 12, 5])
N_NOW = np.array([200, 400, 600, 180, 6, 10])
UNITS = [f"s{at:02}" for at in range(40)]


def month_change(ratio: float) -> Trial:
    """One cause over six channels whose mix turns round; its rates times ``ratio`` in the second month."""

    def trial(rng: Generator) -> bool:
        k1, k2 = rng.binomial(N_BEFORE, BASE), rng.binomial(N_NOW, BASE * ratio)
        return mix_adjusted_change(k1, N_BEFORE, k2, N_NOW).p_value < ALPHA

    return trial


def crude_month_change(rng: Generator) -> bool:
    """The same without a look at the mix, for comparison."""
    k1, k2 = rng.binomial(N_BEFORE, BASE), rng.binomial(N_NOW, BASE)
    found = mix_adjusted_change([k1.sum()], [N_BEFORE.sum()], [k2.sum()], [N_NOW.sum()])
    return found.p_value < ALPHA


def any_of_thirty_causes(rng: Generator) -> bool:
    """Whether any of 30 unchanged causes has q < 0.05."""
    months = []
    for n in (N_BEFORE, N_NOW):
        causes = {f"c{at:02}": dict(enumerate(rng.binomial(n, BASE).tolist())) for at in range(30)}
        months.append(MonthCounts(dict(enumerate(n.tolist())), causes))
    return any(row.q_value < ALPHA for row in compare_months(*months))


def effect_of_counts(ratio: float) -> Trial:
    """Treated and control of 1,000 contacts a period, 10 %; the treated rate times ``ratio`` after."""

    def trial(rng: Generator) -> bool:
        k = rng.binomial(1000, [0.1, 0.1 * ratio, 0.12, 0.12]).tolist()
        arms = (ArmCounts(k[0], 1000, k[1], 1000), ArmCounts(k[2], 1000, k[3], 1000))
        return effect_on_rates(*arms).significant

    return trial


def effect_of_stores(rng: Generator) -> bool:
    """20 stores of uneven size, each with a rate of its own in each period."""
    n = rng.integers(50, 400, size=(2, 20))
    k = rng.binomial(n, np.clip(rng.normal(0.15, 0.05, size=(2, 20)), 0.01, 0.9))
    return effect_by_unit(np.arange(20) < 8, k[0], n[0], k[1], n[1]).significant


def effect_of_scores(rng: Generator) -> bool:
    """Scores -2..2 in four cells of uneven size."""
    n = 400
    treated, after = rng.random(n) < 0.3, rng.random(n) < 0.5
    return effect_on_scores(rng.integers(-2, 3, size=n), treated, after).significant


def groups_part(rng: Generator) -> bool:
    shares, n = rng.uniform(0.05, 0.25, size=6), rng.integers(80, 500, size=(2, 6))
    found = pre_trend(rng.binomial(n[0], shares), n[0], rng.binomial(n[1], shares), n[1])
    return found.verdict is TrendVerdict.DIFFERENT


def kano_moves(rng: Generator) -> bool:
    reports = []
    for _ in range(2):
        drawn = rng.random((400, 3))
        praise, complaint = (drawn < 0.15).astype(int), (drawn > 0.85).astype(int)
        scores = praise @ [0.2, 0.6, 0.8] - complaint @ [1.0, 0.6, 0.1] + rng.normal(size=400)
        reports.append(kano_classes(praise, complaint, scores, ["a", "b", "c"]))
    return kano_drift(*reports)[0].p_value < ALPHA


def concentrated(rng: Generator) -> bool:
    size = rng.integers(20, 2000, size=60)
    return concentration(rng.poisson(0.02 * size), exposure=size, n_resamples=199).p_value < ALPHA


def stores_differ_in_share(rng: Generator) -> bool:
    n = rng.integers(10, 300, size=40)
    return shrink_shares(UNITS, rng.binomial(n, 0.1), n).p_value < ALPHA


def stores_differ_in_rate(rng: Generator) -> bool:
    size = rng.uniform(20, 800, size=40)
    return shrink_rates(UNITS, rng.poisson(0.03 * size), size).p_value < ALPHA


def staff_differ_in_score(rng: Generator) -> bool:
    n = rng.integers(5, 80, size=40)
    return shrink_means(UNITS, rng.normal(0, 1.1 / np.sqrt(n)), n, 1.1).p_value < ALPHA


SILENT: dict[str, Trial] = {
    "month_change": month_change(1.0),
    "any_of_thirty_causes_q": any_of_thirty_causes,
    "effect_on_rates": effect_of_counts(1.0),
    "effect_by_unit": effect_of_stores,
    "effect_on_scores": effect_of_scores,
    "pre_trend": groups_part,
    "kano_drift": kano_moves,
    "concentration": concentrated,
    "stores_differ_in_share": stores_differ_in_share,
    "stores_differ_in_rate": stores_differ_in_rate,
    "staff_differ_in_score": staff_differ_in_score,
}
PLANTED: dict[str, Trial] = {
    "month_change_up_50_percent": month_change(1.5),
    "month_change_down_50_percent": month_change(0.5),
    "effect_on_rates_down_50_percent": effect_of_counts(0.5),
}


def run(n_runs: int = N_RUNS) -> dict[str, Any]:
    """Alarm rates without change, shares seen with one, funnel limits, and intervals of shrunk stores."""
    started = time.process_time()
    return {
        "runs": n_runs,
        "stated_rate": ALPHA,
        "alarms_without_change": {name: _rate(trial, n_runs) for name, trial in SILENT.items()},
        "same_without_adjustment_for_mix": _rate(crude_month_change, n_runs),
        "seen_where_planted": {name: _rate(trial, n_runs) for name, trial in PLANTED.items()},
        "funnel_units_beyond": _funnel(n_runs),
        "shrunk_intervals_hold_truth": _shrunk(n_runs // 8),
        "cpu_seconds": round(time.process_time() - started, 1),
    }


def _rate(trial: Trial, n_runs: int) -> list[float]:
    """Share of runs, and its interval."""
    return _with_interval(sum(bool(trial(np.random.default_rng(seed))) for seed in range(n_runs)), n_runs)


def _funnel(n_runs: int) -> dict[str, Any]:
    beyond = {"warning, stated 0.05": 0, "action, stated 0.002": 0}
    for seed in range(n_runs):
        rng = np.random.default_rng(seed)
        n = rng.integers(20, 1000, size=40)
        places = [point.place for point in funnel(UNITS, rng.binomial(n, 0.08), n).points]
        beyond["warning, stated 0.05"] += sum(place is not FunnelPlace.WITHIN for place in places)
        far = (FunnelPlace.FAR_ABOVE, FunnelPlace.FAR_BELOW)
        beyond["action, stated 0.002"] += sum(place in far for place in places)
    return {name: _with_interval(count, 40 * n_runs) for name, count in beyond.items()}


def _shrunk(n_runs: int) -> list[float]:
    held = 0
    for seed in range(n_runs):
        rng = np.random.default_rng(seed)
        n, truth = rng.integers(5, 300, size=40), rng.beta(4, 36, size=40)
        found = shrink_shares(UNITS, rng.binomial(n, truth), n, seed=seed)
        by_name = {unit.name: unit.shrunk for unit in found.units}
        held += sum(
            by_name[name].low <= t <= by_name[name].high for name, t in zip(UNITS, truth, strict=True)
        )
    return _with_interval(held, 40 * n_runs)


def _with_interval(k: int, n: int) -> list[float]:
    found = wilson(k, n)
    return [round(found.estimate, 4), round(found.low, 4), round(found.high, 4)]


def main() -> None:
    figures = {"about": _about(), **run()}
    write_figures("comparisons", figures)


if __name__ == "__main__":
    main()
