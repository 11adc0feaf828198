import numpy as np
import pytest

from models.core.month import Month
from models.indicators.course import course_signals
from models.indicators.gaps import kei_table
from models.indicators.registry import parse_registry
from models.indicators.row import IndicatorRow
from models.indicators.tally import IndicatorTally, tally_rows

NAMES = ("kept", "late", "rude", "clean")
REGISTRY = parse_registry(
    [
        {"id": name, "zh": name, "en": name, "system": "experience", "target": 0.5,
         "direction": "lower" if name in ("late", "rude") else "higher",
         "formula": {"kind": "score_share", "scores": [name], "at_least": 1}}
        for name in NAMES
    ]
    + [{"id": "mean", "zh": "均分", "en": "Mean", "system": "satisfaction", "formula": {"kind": "score_mean", "scores": ["kept"]}}],
    pack="p",
)  # fmt: skip


def tally(shares: list[dict[str, float]], n: int = 200) -> IndicatorTally:
    """One month of ``n`` contacts after another, up to 2024-03."""
    first = Month(2024, 3).shifted(1 - len(shares))
    rows = [
        IndicatorRow(str(first.shifted(at)), scores={name: float(i < round(own[name] * n)) for name in NAMES})
        for at, own in enumerate(shares)
        for i in range(n)
    ]
    return tally_rows(REGISTRY, rows)


def noise(rng: np.random.Generator, n_months: int) -> list[dict[str, float]]:
    return [{name: float(rng.binomial(200, 0.3) / 200) for name in NAMES} for _ in range(n_months)]


def test_a_month_out_of_its_course_is_better_or_worse_by_what_is_good() -> None:
    shares = noise(np.random.default_rng(3), 12)
    shares[-1] |= {"kept": 0.6, "late": 0.6}
    found = course_signals(tally(shares), "2024-03")
    assert {name: found[name].signal for name in NAMES} == {
        "kept": "better", "late": "worse", "rude": "none", "clean": "none"
    }  # fmt: skip
    assert found["kept"].expected == pytest.approx(0.3, abs=0.03)


def test_months_that_jump_about_make_no_jump_remarkable() -> None:
    jumping = noise(np.random.default_rng(4), 12)
    for at, own in enumerate(jumping):
        own["kept"] = 0.2 if at % 2 else 0.45
    table = kei_table(tally(jumping), "2024-03")
    kept = next(row for row in table.rows if row.indicator == "kept")
    assert kept.versus_last.verdict != "same"
    assert kept.course.signal == "none"


def test_few_months_and_means_are_untold() -> None:
    found = course_signals(tally(noise(np.random.default_rng(5), 4)), "2024-03")
    assert {one.signal for one in found.values()} == {"untold"}
    longer = course_signals(tally(noise(np.random.default_rng(5), 12)), "2024-03")
    assert longer["mean"].signal == "untold"
    assert longer["kept"].signal != "untold"
