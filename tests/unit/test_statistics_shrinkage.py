"""Worked values: the 18 batters of Efron and Morris 1975 and 1977, hits in 45 at bats and the season after."""

import numpy as np
import pytest
from scipy import stats

from models.statistics.priors import spread_p_value_of_rates, spread_p_value_of_shares
from models.statistics.shrinkage import shrink_means, shrink_rates, shrink_shares

HITS = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
SEASON = [0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269]
SEASON += [0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.286, 0.316, 0.200]
BATTERS = [f"b{at:02}" for at in range(18)]


def test_shrunk_batters_foretell_the_season_three_times_better_than_their_own_averages() -> None:
    """Efron and Morris 1977, Scientific American 236(5): total squared error 0.077 raw, 0.022 shrunk."""
    found = {unit.name: unit for unit in shrink_shares(BATTERS, HITS, [45] * 18).units}
    raw = sum((hits / 45 - truth) ** 2 for hits, truth in zip(HITS, SEASON, strict=True))
    shrunk = sum((found[name].shrunk.estimate - t) ** 2 for name, t in zip(BATTERS, SEASON, strict=True))
    assert raw == pytest.approx(0.077, abs=0.002)
    assert shrunk == pytest.approx(0.022, abs=0.003)
    assert found["b00"].shrunk.estimate == pytest.approx(0.294, abs=0.012)


def test_means_shrink_as_efron_and_morris_have_it() -> None:
    """1977: grand mean 0.265, shrinking factor 0.212, so 0.400 becomes 0.294; ours also weighs the spread's doubt."""
    averages = np.array(HITS) / 45
    found = shrink_means(BATTERS, averages, [45] * 18, float(np.sqrt(0.265 * 0.735)))
    best = next(unit for unit in found.units if unit.name == "b00")
    assert found.mean.estimate == pytest.approx(0.265, abs=0.002)
    assert best.shrunk.estimate == pytest.approx(0.294, abs=0.012)
    assert found.units[0].name == "b17"


def test_a_small_store_with_one_bad_day_is_not_ranked_before_a_large_bad_one() -> None:
    names = [f"s{at:02}" for at in range(20)]
    n = np.r_[np.full(18, 400), 2000, 3]
    k = np.r_[np.random.default_rng(1).binomial(400, 0.05, size=18), 240, 2]
    found = shrink_shares(names, k, n)
    assert found.n_worst == 2
    large, small = (next(u for u in found.units if u.name == name) for name in ("s18", "s19"))
    assert small.raw is not None and large.raw is not None and small.raw > large.raw
    assert found.units[0].name == "s18" and large.among_worst > 0.97
    assert small.among_worst < 0.7
    assert small.shrunk.estimate < large.shrunk.estimate
    assert small.shrunk.high - small.shrunk.low > 2 * (large.shrunk.high - large.shrunk.low)


def test_equal_stores_are_not_told_apart() -> None:
    k = np.random.default_rng(2).binomial(200, 0.1, size=50)
    found = shrink_shares([f"s{at:02}" for at in range(50)], k, np.full(50, 200))
    assert found.p_value > 0.05
    assert found.between.estimate < 0.02
    assert max(unit.among_worst for unit in found.units) < 0.6
    assert sum(unit.among_worst for unit in found.units) == pytest.approx(found.n_worst)


def test_the_intervals_hold_the_true_shares_and_the_spread() -> None:
    held, total = 0, 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        n, truth = rng.integers(10, 300, size=40), rng.beta(4, 36, size=40)
        names = [f"s{at:02}" for at in range(40)]
        found = shrink_shares(names, rng.binomial(n, truth), n, seed=seed)
        by_name = {unit.name: unit.shrunk for unit in found.units}
        held += sum(
            by_name[name].low <= t <= by_name[name].high for name, t in zip(names, truth, strict=True)
        )
        total += 40
        assert found.between.low < np.sqrt(0.1 * 0.9 / 41) < found.between.high
    assert 0.92 <= held / total <= 0.98


def test_rates_shrink_towards_the_common_rate_by_their_exposure() -> None:
    found = shrink_rates(["大", "小", "中", "丁"], [50, 2, 9, 12], [500.0, 4.0, 120.0, 100.0])
    by_name = {unit.name: unit for unit in found.units}
    assert by_name["大"].shrunk.estimate == pytest.approx(0.1, abs=0.01)
    assert by_name["小"].raw == 0.5 and by_name["小"].shrunk.estimate < 0.25


def test_a_store_without_contacts_is_the_common_store() -> None:
    found = shrink_shares(["a", "b", "c", "d"], [5, 6, 4, 0], [50, 50, 50, 0])
    empty = next(unit for unit in found.units if unit.name == "d")
    assert empty.raw is None
    assert empty.shrunk.estimate == pytest.approx(found.mean.estimate, abs=0.01)


def test_the_order_of_units_does_not_matter() -> None:
    names, k, n = ["a", "b", "c", "d"], [1, 8, 3, 4], [20, 30, 40, 10]
    assert shrink_shares(names, k, n) == shrink_shares(names[::-1], k[::-1], n[::-1])


def test_tarones_statistic_by_hand() -> None:
    """2 and 8 of 10 each: p = ½, Σ(k-np)²/(pq) = 18/¼ = 72; Z = (72 - 20) / sqrt(2·180) = 2.7406."""
    found = spread_p_value_of_shares(np.array([2.0, 8.0]), np.array([10.0, 10.0]))
    assert stats.norm.isf(found) == pytest.approx(52 / np.sqrt(360))


def test_potthoffs_statistic_by_hand() -> None:
    """4 and 0 at equal exposure: V = 2·(4·3) = 24 against 12, variance 2·1·12: chi-squared 1 + 12 / sqrt(12)."""
    found = spread_p_value_of_rates(np.array([4.0, 0.0]), np.array([1.0, 1.0]))
    assert stats.chi2.isf(found, 1) == pytest.approx(1 + 12 / np.sqrt(12))


@pytest.mark.parametrize(("k", "n"), [([0, 0, 0], [5, 9, 1]), ([5, 9, 1], [5, 9, 1]), ([1, 0, 0], [1, 1, 1])])
def test_all_or_none_gives_ordered_intervals(k: list[int], n: list[int]) -> None:
    found = shrink_shares(["a", "b", "c"], k, n)
    for unit in found.units:
        assert 0 <= unit.shrunk.low <= unit.shrunk.estimate <= unit.shrunk.high <= 1
    assert 0 < found.p_value <= 1


@pytest.mark.parametrize(
    ("names", "k", "n", "says"),
    [
        ([], [], [], "fewer than 3"),
        (["a"], [1], [2], "fewer than 3"),
        (["a", "b", "c"], [0, 0, 1], [0, 0, 9], "fewer than 3"),
        (["a", "a", "b"], [1, 1, 1], [2, 2, 2], "distinct"),
        (["a", "b", "c"], [3, 1, 1], [2, 2, 2], "shrink_rates"),
        (["a", "b", "c"], [-1, 1, 1], [2, 2, 2], "negative"),
    ],
)
def test_what_cannot_be_compared_is_refused(names: list[str], k: list[int], n: list[int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        shrink_shares(names, k, n)


def test_a_mean_without_contacts_or_spread_is_refused() -> None:
    with pytest.raises(ValueError, match="contacts"):
        shrink_means(["a", "b", "c"], [1.0, 2.0, 3.0], [5, 5, 0], 1.0)
    with pytest.raises(ValueError, match="positive"):
        shrink_means(["a", "b", "c"], [1.0, 2.0, 3.0], [5, 5, 5], 0.0)
