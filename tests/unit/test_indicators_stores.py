import numpy as np

from models.indicators.consistency import spread_trend, store_spread
from models.indicators.registry import parse_registry
from models.indicators.row import IndicatorRow
from models.indicators.tally import IndicatorTally, tally_rows

REGISTRY = parse_registry(
    [
        {"id": "csat", "zh": "满意", "en": "CSAT", "system": "satisfaction",
         "formula": {"kind": "score_share", "scores": ["csat"], "at_least": 4}},
        {"id": "mean", "zh": "均分", "en": "Mean", "system": "satisfaction", "unit": "score", "scale": [1, 5],
         "formula": {"kind": "score_mean", "scores": ["csat"]}},
    ],
    pack="p",
)  # fmt: skip


def tally(shares: dict[str, list[float]], n: int = 200) -> IndicatorTally:
    """``n`` contacts of each store and month, of which a share scores 5 and the others 1."""
    rows = [
        IndicatorRow(month, scores={"csat": 5.0 if at < round(share * n) else 1.0}, store=f"S{store:02d}")
        for month, own in shares.items()
        for store, share in enumerate(own)
        for at in range(n)
    ]
    return tally_rows(REGISTRY, rows)


def test_stores_that_differ_are_uneven_and_the_worst_stands_first() -> None:
    found = store_spread(tally({"2024-03": [0.9] * 5 + [0.5] + [0.8] * 4}), "csat", "2024-03")
    assert found is not None and found.uneven and found.funnel is not None
    assert found.stores.units[0].name == "S05"
    assert {point.name: point.place.value for point in found.funnel.points}["S05"] == "far_below"


def test_stores_alike_but_for_chance_are_even() -> None:
    rng = np.random.default_rng(5)
    found = store_spread(tally({"2024-03": [*(rng.binomial(200, 0.8, 12) / 200)]}), "csat", "2024-03")
    assert found is not None and not found.uneven


def test_means_are_compared_too() -> None:
    found = store_spread(tally({"2024-03": [0.9, 0.9, 0.3, 0.9]}), "mean", "2024-03")
    assert found is not None and found.uneven and found.funnel is None
    assert found.stores.units[0].name == "S02"


def test_fewer_than_three_stores_are_not_compared() -> None:
    assert store_spread(tally({"2024-03": [0.9, 0.5]}), "csat", "2024-03") is None


def test_small_stores_are_left_out_by_name() -> None:
    rows = [IndicatorRow("2024-03", scores={"csat": 5.0}, store="tiny")]
    data = tally({"2024-03": [0.9, 0.8, 0.7]})
    data.merge(tally_rows(REGISTRY, rows))
    found = store_spread(data, "csat", "2024-03")
    assert found is not None and found.left_out == ("tiny",)


def test_stores_that_grow_alike_are_more_even() -> None:
    wide, narrow = [0.95, 0.9, 0.3, 0.2, 0.6, 0.9, 0.1, 0.5], [0.8, 0.81, 0.79, 0.8, 0.8, 0.81, 0.79, 0.8]
    found = spread_trend(
        tally({"2024-02": wide, "2024-03": narrow}, 400), "csat", ["2024-01", "2024-02", "2024-03"]
    )
    assert found.verdict == "more_even"
    assert found.spreads[0] is None
    back = spread_trend(tally({"2024-02": narrow, "2024-03": wide}, 400), "csat", ["2024-02", "2024-03"])
    assert back.verdict == "less_even"


def test_one_month_tells_no_trend() -> None:
    found = spread_trend(tally({"2024-03": [0.9, 0.5, 0.7]}), "csat", ["2024-02", "2024-03"])
    assert (found.verdict, found.difference) == ("untold", None)
