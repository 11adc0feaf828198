"""``python -m benchmarks.statistics_null``: how often alarms fire without a change, and with one planted.

Every row has the stated rate, the measured one and its 95 % Wilson interval; ``holds`` says that the measured
rate is not above the stated one by more than chance. Rows of kind ``textbook`` are control charts as the
books have them, for comparison: they promise a rate for normal points with known limits only.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.statistics_series import SCENARIOS, Floats, Scenario, daily, monthly
from models.statistics.change_points import find_change_points
from models.statistics.charts.attributes import share_chart
from models.statistics.charts.phases import Phasing
from models.statistics.charts.rules import NELSON, WESTERN_ELECTRIC, Rule
from models.statistics.emerging import DailySeries, scan_many
from models.statistics.forecast import forecast_rate
from models.statistics.intervals import wilson
from models.statistics.seasonality import monthly_seasonality
from models.statistics.signals import PointJudgement, judge_series

RESULTS = Path(__file__).parent / "results"
BASELINE, JUDGED = 12, 12
RULES = WESTERN_ELECTRIC + tuple(rule for rule in NELSON if rule.code not in ("n1", "n5", "n6"))
SIZES = (25, 50, 75, 100, 150, 200, 300, 400)


@dataclass(frozen=True, slots=True)
class Row:
    """``fired`` of ``n`` units (``per``); ``stated`` is the rate promised."""

    kind: str
    scenario: str
    per: str
    stated: float
    fired: int
    n: int

    def figures(self) -> dict[str, Any]:
        found = wilson(self.fired, self.n)
        low, high = round(found.low, 5), round(found.high, 5)
        measured = round(found.estimate, 5)
        return {**asdict(self), "measured": measured, "interval": [low, high], "holds": low <= self.stated}


def judge_many(counts: Floats, contacts: Floats, rules: tuple[Rule, ...] = ()) -> list[list[PointJudgement]]:
    """Judgements of series ``(runs, months)``, one list each: every series is a phase of one long one."""
    runs, months = counts.shape
    phasing = Phasing(starts=tuple(range(0, runs * months, months)))
    found = judge_series(counts.ravel(), contacts.ravel(), phasing=phasing, rules=rules)
    return [list(found[i * months : (i + 1) * months]) for i in range(runs)]


def null_alarms(scenario: Scenario, runs: int, seed: int) -> list[Row]:
    """The yearly alarm of a series, and run rules on its scores."""
    rng = np.random.default_rng(seed)
    counts, contacts = monthly(scenario, (runs, BASELINE + JUDGED), rng)
    judged = [series[BASELINE:] for series in judge_many(counts, contacts, RULES)]
    fired = sum(any(point.alarm for point in series) for series in judged)
    rows = [Row("series alarm", scenario.name, "series and year", 0.05, fired, runs)]
    for rule in RULES:
        hits = sum(rule.code in point.patterns for series in judged for point in series)
        rows.append(Row(f"rule {rule.code}", scenario.name, "point", rule.rate, hits, runs * JUDGED))
    return rows


def null_textbook(scenario: Scenario, runs: int, seed: int) -> list[Row]:
    """Rule 1 beyond the limits of a p chart, or p' where it chooses so, on the year after its baseline."""
    rng = np.random.default_rng(seed)
    counts, contacts = monthly(scenario, (runs, BASELINE + JUDGED), rng)
    phasing = Phasing(baseline_points=BASELINE)
    hits = 0
    for k, n in zip(counts, contacts, strict=True):
        points = share_chart(k, n, phasing=phasing, rules=WESTERN_ELECTRIC[:1]).points[BASELINE:]
        hits += sum(bool(point.signals) for point in points)
    stated = WESTERN_ELECTRIC[0].rate
    return [Row("textbook p or p', rule 1", scenario.name, "point", stated, hits, runs * JUDGED)]


def null_scan(scenario: Scenario, runs: int, seed: int) -> list[Row]:
    """The daily scan of one month after eight weeks, and the same over 20 series at a false discovery rate."""
    rng = np.random.default_rng(seed)
    k, n = daily(scenario, (runs, 86), rng)
    found = []
    for start in range(0, runs, 20):
        batch = range(start, min(start + 20, runs))
        found.append(scan_many([DailySeries(k[i, :56], n[i, :56], k[i, 56:], n[i, 56:]) for i in batch]))
    single = sum(one.alarm for many in found for one in many)
    together = sum(any((one.q_value or 0) <= 0.05 for one in many) for many in found)
    return [
        Row("daily scan", scenario.name, "series and month", 0.05, single, runs),
        Row("daily scan, 20 series at q 0.05", scenario.name, "month", 0.05, together, len(found)),
    ]


def null_change_points(scenario: Scenario, runs: int, seed: int) -> list[Row]:
    """Any change point in 24 months."""
    rng = np.random.default_rng(seed)
    counts, contacts = monthly(scenario, (runs, 24), rng)
    fired = sum(
        bool(find_change_points(k, n, n_permutations=199, seed=i))
        for i, (k, n) in enumerate(zip(counts, contacts, strict=True))
    )
    return [Row("change point", scenario.name, "series of 24 months", 0.05, fired, runs)]


def null_season(scenario: Scenario, runs: int, seed: int) -> list[Row]:
    """A season at 0.05 in 36 months without one."""
    rng = np.random.default_rng(seed)
    counts, contacts = monthly(scenario, (runs, 36), rng)
    found = [monthly_seasonality(k, n, first_month=1) for k, n in zip(counts, contacts, strict=True)]
    tested = [one.p_value for one in found if one.p_value is not None]
    return [Row("season", scenario.name, "series", 0.05, sum(p <= 0.05 for p in tested), len(tested))]


def power(runs: int, seed: int) -> list[dict[str, Any]]:
    """Share of series whose +50 % shift alarms as a rise within two months, by size and dispersion."""
    rows = []
    for dispersion in (1.0, 1.5, 2.0, 4.0):
        for past in (12, 24):
            found = {
                size: power_of(
                    Scenario(size, size * 20, dispersion), months_before=past, runs=runs, seed=seed
                )
                for size in SIZES
            }
            enough = [size for size in SIZES if all(found[s] >= 0.9 for s in SIZES if s >= size)]
            least = min(enough) if enough else None
            rows.append(
                {"dispersion": dispersion, "months_before": past, "found": found, "size_for_0.9": least}
            )
    return rows


def power_of(scenario: Scenario, *, months_before: int, runs: int, seed: int) -> float:
    """Share of series whose rate rises by half after ``months_before`` and that alarm within two months."""
    factor = np.where(np.arange(months_before + 2) >= months_before, 1.5, 1.0)
    rng = np.random.default_rng([seed, int(scenario.mean), months_before])
    counts, contacts = monthly(scenario, (runs, months_before + 2), rng, factor=factor)
    judged = [series[months_before:] for series in judge_many(counts, contacts)]
    hits = [any(point.alarm and point.direction == "rise" for point in series) for series in judged]
    return round(float(np.mean(hits)), 3)


def coverage(runs: int, seed: int) -> list[dict[str, Any]]:
    """95 % intervals for the 25th and 27th month: ours beside exponential smoothing (statsmodels ETS)."""
    rows = []
    for mean, dispersion, drift in (
        (5, 1.0, 0.0),
        (50, 1.0, 0.0),
        (50, 2.0, 0.0),
        (50, 1.0, 0.1),
        (200, 2.0, 0.1),
    ):
        rng = np.random.default_rng([seed, mean])
        walk = np.exp(np.cumsum(rng.normal(0, drift, (runs, 27)), axis=1))
        k, n = monthly(Scenario(mean, mean * 20, dispersion), (runs, 27), rng, factor=walk)
        hits = np.array([[_ours(a, b), _smoothing(a, b)] for a, b in zip(k, n, strict=True)])
        ours, ets = hits.mean(axis=0)
        rows.append(
            {
                "scenario": f"{mean} a month, dispersion {dispersion:g}, drift {drift:g}",
                "ours": [round(float(x), 3) for x in ours[:2]],
                "ets": [round(float(x), 3) for x in ets[:2]],
                "width_ratio_ours_to_ets": round(float(ours[2] / ets[2]), 2),
                "n": runs,
            }
        )
    return rows


def _ours(k: Floats, n: Floats) -> list[float]:
    points = forecast_rate(k[:24], n[:24], n[24:]).points
    first, third = points[0], points[2]
    return [first.low <= k[24] <= first.high, third.low <= k[26] <= third.high, third.high - third.low]


def _smoothing(k: Floats, n: Floats) -> list[float]:
    """ETS(A, N, N) of the square root of the rate, which makes its spread even, squared back."""
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    scale = float(np.mean(n))
    fitted = ETSModel(pd.Series(np.sqrt(k[:24] / n[:24] * scale)), error="add").fit(disp=False)
    limits = np.maximum(fitted.get_prediction(start=24, end=26).pred_int(0.05).to_numpy(), 0.0)
    limits = limits**2 * (n[24:27] / scale)[:, None]
    inside = [float(limits[i, 0] - 0.5 <= k[24 + i] <= limits[i, 1] + 0.5) for i in (0, 2)]
    return [*inside, float(limits[2, 1] - limits[2, 0])]


NULL_CHECKS: tuple[Callable[[Scenario, int, int], list[Row]], ...] = (
    null_alarms,
    null_scan,
    null_change_points,
    null_season,
    null_textbook,
)


def null_rows(scenarios: Iterable[Scenario] = SCENARIOS, runs: int = 200, seed: int = 1) -> list[Row]:
    """Every check on every scenario."""
    return [row for check in NULL_CHECKS for one in scenarios for row in check(one, runs, seed)]


def summary(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """One line per kind: all scenarios together, and the worst of them."""
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    lines = []
    for kind, found in kinds.items():
        every = Row(
            kind, "all", found[0].per, found[0].stated, sum(r.fired for r in found), sum(r.n for r in found)
        )
        worst = max(found, key=lambda row: row.fired / row.n)
        failing = [row.scenario for row in found if not row.figures()["holds"]]
        lines.append({**every.figures(), "worst": worst.figures(), "failing": failing})
    return lines


def run(runs: int = 200, seed: int = 1) -> dict[str, Any]:
    """All figures. ``runs`` series per scenario."""
    rows = null_rows(runs=runs, seed=seed)
    return {
        "runs": runs,
        "seed": seed,
        "summary": summary(rows),
        "null": [row.figures() for row in rows],
        "power": power(runs, seed),
        "coverage": coverage(runs, seed),
    }


def _print(figures: dict[str, Any]) -> None:
    print(f"{'alarm':34} {'stated':>8} {'measured':>8}  {'95 % interval':>18}  {'worst':>7}  worst scenario")
    for line in figures["summary"]:
        low, high = line["interval"]
        worst = line["worst"]
        print(
            f"{line['kind']:34} {line['stated']:8.5f} {line['measured']:8.5f}  {low:8.5f}-{high:8.5f}  "
            f"{worst['measured']:7.4f}  {worst['scenario']}{'' if not line['failing'] else '  ABOVE'}"
        )
    for row in figures["power"]:
        print(
            f"+50 % in 2 months, dispersion {row['dispersion']:g}, {row['months_before']} months: {row['found']}"
        )
    for row in figures["coverage"]:
        print(f"95 % forecast: {row['scenario']}: ours {row['ours']}, ETS {row['ets']}")


def main() -> None:
    """Runs, prints the table and writes ``results/statistics-<date>.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures = run(options.runs, options.seed)
    _print(figures)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"statistics-{datetime.now(UTC):%Y-%m-%d}.json"
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
