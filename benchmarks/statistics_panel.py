"""``python -m benchmarks.statistics_panel``: signals over several lines, without a change and with one planted.

``power``: one line of a panel rises by half after its baseline; the share of runs in which ``judge_panel`` signals it
as up in one of the two months that follow, beside lines judged each alone (Benjamini-Hochberg over ``judge_series``),
and the mean share of false ones among the signals. ``null``: panels of 20 lines without any change; the share of
months with any signal, and of lines with an alarm in a year. Each figure has its 95 % Wilson interval.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from benchmarks.__main__ import _about, write_figures
from benchmarks.statistics_null import judge_many
from benchmarks.statistics_series import Floats, Scenario, drawn, monthly
from models.statistics.changes import benjamini_hochberg
from models.statistics.intervals import wilson
from models.statistics.panel import PanelJudgement, judge_panel

BASES, DISPERSIONS, LINES, BASELINES = (25, 50, 100, 200, 400), (1.0, 2.0), (1, 20), (6, 11)
FIRST_REPORT = (100, 1.0, 50, 12)
"""Base, dispersion, lines and baseline at which 73 of 100 shifts were found while each line was judged alone."""
NULL_LINES, NULL_BASELINES, YEAR = 20, (6, 11), 12
MONTHS = 2
CONTACTS = 3000
RATE = 0.05


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Lines without a change. ``dispersions`` are dealt out in turn; ``sizes``: spread of the log of the mean counts.

    ``common`` and ``own``: variances of monthly factors on the rate, one for all lines and one for each.
    """

    dispersions: tuple[float, ...] = (1.0,)
    sizes: float = 0.0
    common: float = 0.0
    own: float = 0.0

    def draw(self, shape: tuple[int, int], rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Counts and contacts, ``(lines, months)``; the contacts are those of the whole panel."""
        contacts = np.round(CONTACTS * rng.uniform(0.7, 1.3, shape[1])) * np.ones((shape[0], 1))
        means = np.minimum(100 * np.exp(rng.normal(-self.sizes, self.sizes, shape[0])), 800.0)
        rates = (
            means[:, None]
            / CONTACTS
            * _factors(self.common, (1, shape[1]), rng)
            * _factors(self.own, shape, rng)
        )
        spread = np.resize(self.dispersions, shape[0])
        rows = zip(contacts * rates, contacts, spread, strict=True)
        return np.stack([drawn(mean, n, float(one), rng) for mean, n, one in rows]), contacts


UNCHANGED: Mapping[str, Unchanged] = MappingProxyType(
    {
        "dispersion 1": Unchanged(),
        "dispersion 2": Unchanged((2.0,)),
        "dispersion 4": Unchanged((4.0,)),
        "dispersion 2, counts of 1 to 800": Unchanged((2.0,), sizes=1.2),
        "dispersion 1 and 4 in turn": Unchanged((1.0, 4.0)),
        "one line of dispersion 4 among 1": Unchanged((4.0, *[1.0] * (NULL_LINES - 1))),
        "dispersion grows with the count": Unchanged(own=0.02, sizes=1.2),
        "all lines share their good and bad months": Unchanged(common=0.02),
    }
)


def _factors(variance: float, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    return rng.gamma(1 / variance, variance, shape) if variance else np.ones(shape)


def with_interval(k: int, n: int) -> dict[str, Any]:
    found = wilson(k, n)
    return {
        "k": k,
        "n": n,
        "share": round(found.estimate, 4),
        "interval": [round(found.low, 4), round(found.high, 4)],
    }


def power_of(
    base: int, dispersion: float, n_lines: int, baseline: int, *, runs: int, seed: int
) -> dict[str, Any]:
    """How often the first line's rise by half is signalled within ``MONTHS`` months."""
    rng = np.random.default_rng([seed, base, round(10 * dispersion), n_lines, baseline])
    factor = np.ones((n_lines, baseline + MONTHS))
    factor[0, baseline:] = 1.5
    found = alone = 0
    false: list[float] = []
    for _ in range(runs):
        k, n = monthly(Scenario(base, base * 20, dispersion), factor.shape, rng, factor=factor)
        judged = _judged(k, n)
        found += any(point.signal == "up" for point in judged[0].points[baseline:])
        alone += _found_alone(k, n, baseline)
        false += [_share_false(judged, month) for month in range(baseline, baseline + MONTHS)]
    return {
        "base": base,
        "dispersion": dispersion,
        "lines": n_lines,
        "baseline": baseline,
        **with_interval(found, runs),
        "each_alone": with_interval(alone, runs),
        "false_among_signals": round(float(np.mean(false)), 4),
    }


def _judged(k: Floats, n: Floats) -> list[PanelJudgement]:
    return list(judge_panel({line: (k[line], n[line]) for line in range(len(k))}).values())


def _found_alone(k: Floats, n: Floats, baseline: int) -> bool:
    """As ``judge_panel`` did it before lines lent each other their dispersion."""
    points = judge_many(k, n)
    for month in range(baseline, baseline + MONTHS):
        q_value = benjamini_hochberg([line[month].p_value for line in points])[0]
        if q_value <= RATE and points[0][month].direction == "rise":
            return True
    return False


def _share_false(judged: list[PanelJudgement], month: int) -> float:
    signalled = [line.points[month].signal != "none" for line in judged]
    return sum(signalled[1:]) / max(sum(signalled), 1)


def null_of(name: str, baseline: int, *, runs: int, seed: int) -> dict[str, Any]:
    """Any signal in the month after ``baseline`` months and in the year after; lines with an alarm in that year."""
    rng = np.random.default_rng([seed, list(UNCHANGED).index(name), baseline])
    first = months = alarms = 0
    for _ in range(runs):
        judged = _judged(*UNCHANGED[name].draw((NULL_LINES, baseline + YEAR), rng))
        signalled = np.array(
            [[point.signal != "none" for point in line.points[baseline:]] for line in judged]
        )
        first += bool(signalled[:, 0].any())
        months += int(signalled.any(axis=0).sum())
        alarms += sum(any(point.alarm for point in line.points[baseline:]) for line in judged)
    return {
        "panel": name,
        "lines": NULL_LINES,
        "baseline": baseline,
        "first_month": with_interval(first, runs),
        "months_of_year": with_interval(months, runs * YEAR),
        "alarms_per_line_and_year": with_interval(alarms, runs * NULL_LINES),
    }


def needed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The least base from which on at least 0.9 is found, ``None`` where no base of ``BASES`` is enough."""
    found = []
    for key in sorted({(row["dispersion"], row["lines"], row["baseline"]) for row in rows}):
        shares = {r["base"]: r["share"] for r in rows if (r["dispersion"], r["lines"], r["baseline"]) == key}
        enough = [base for base in shares if all(shares[other] >= 0.9 for other in shares if other >= base)]
        names = dict(zip(("dispersion", "lines", "baseline"), key, strict=True))
        found.append({**names, "base_for_0.9": min(enough, default=None)})
    return found


def run(runs: int = 200, seed: int = 1) -> dict[str, Any]:
    """All figures, ``runs`` panels each."""
    cells = [(b, d, lines, past) for d in DISPERSIONS for lines in LINES for past in BASELINES for b in BASES]
    panels = [(name, past) for name in UNCHANGED for past in NULL_BASELINES]
    with ProcessPoolExecutor(max_workers=2) as pool:
        null = [pool.submit(null_of, *panel, runs=runs, seed=seed) for panel in panels]
        found = [pool.submit(power_of, *cell, runs=runs, seed=seed) for cell in [FIRST_REPORT, *cells]]
    first, *power = [one.result() for one in found]
    return {
        "runs": runs,
        "seed": seed,
        "stated": {"any signal in a month": RATE, "alarm per line and year": RATE},
        "needed": needed(power),
        "power": power,
        "first_report": first,
        "null": [one.result() for one in null],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write_figures("panel", {"about": _about(), **run(options.runs, options.seed)})


if __name__ == "__main__":
    main()
