from typing import Any

import pytest

from models.indicators.gaps import kei_table
from models.indicators.registry import parse_registry
from models.indicators.row import IndicatorRow
from models.indicators.tally import tally_rows

REGISTRY = parse_registry(
    [
        {"id": "kept", "zh": "兑现", "en": "Kept", "system": "experience", "target": 0.9, "weight": 3,
         "formula": {"kind": "score_share", "scores": ["kept"], "at_least": 1}},
        {"id": "leaving", "zh": "流失", "en": "Leaving", "system": "loyalty", "direction": "lower", "target": 0.1,
         "scale": [0, 0.5], "weight": 2, "formula": {"kind": "mark_share", "marks": {"kind": "churn"}}},
        {"id": "csat", "zh": "满意", "en": "CSAT", "system": "satisfaction", "unit": "score", "target": 4.0,
         "scale": [1, 5], "weight": 1, "formula": {"kind": "score_mean", "scores": ["csat"]}},
        {"id": "price", "zh": "客单价", "en": "Price", "system": "behaviour", "weight": 0, "scale": [0, 10],
         "formula": {"kind": "score_mean", "scores": ["price"]}},
        {"id": "nps", "zh": "净推荐", "en": "NPS", "system": "loyalty", "unit": "points", "target": 40,
         "scale": [-100, 100], "weight": 4, "formula": {"kind": "nps", "scores": ["nps"]}},
    ],
    pack="p",
)  # fmt: skip


def rows(month: str, n: int, kept: int, leaving: int) -> list[IndicatorRow]:
    """``n`` rows, of which so many kept and so many leaving; half score 4, half 5."""
    found = []
    for at in range(n):
        marks: list[dict[str, Any]] = [{"kind": "churn", "value": "price"}] if at < leaving else []
        scores = {"kept": float(at < kept), "csat": 4.0 + at % 2}
        found.append(IndicatorRow(month, {"marks": marks}, scores=scores))
    return found


def test_the_table_is_that_computed_by_hand() -> None:
    table = kei_table(tally_rows(REGISTRY, rows("2024-03", 100, 60, 20)), "2024-03")
    known = {row.indicator: row for row in table.rows}
    # Kept 0.6 against 0.9: 60 points against 90, short by 30, times 3 = 90.
    kept = known["kept"]
    assert (kept.gap, kept.shortfall, kept.priority) == pytest.approx((-0.3, 30.0, 90.0))
    # Leaving 0.2 against 0.1 on a scale of 0.5: 60 points against 80, short by 20, times 2 = 40.
    assert (known["leaving"].gap, known["leaving"].shortfall, known["leaving"].priority) == pytest.approx(
        (0.1, 20.0, 40.0)
    )
    # CSAT 4.5 against 4.0 of 1..5: 87.5 points against 75.
    assert (known["csat"].gap, known["csat"].priority) == pytest.approx((0.5, -12.5))
    # Index: (3·60 + 2·60 + 1·87.5) / 6 = 64.583, target (3·90 + 2·80 + 75) / 6 = 84.167; 6 of the weights 10 told.
    assert (table.index.value, table.index.target, table.index.covered) == pytest.approx(
        (387.5 / 6, 505 / 6, 0.6)
    )
    assert [row.indicator for row in table.rows] == ["kept", "leaving", "csat", "price", "nps"]


def test_standing_says_missed_or_met_only_where_the_interval_excludes_the_target() -> None:
    table = kei_table(tally_rows(REGISTRY, rows("2024-03", 100, 60, 12)), "2024-03")
    standing = {row.indicator: (row.standing, row.significant) for row in table.rows}
    assert standing == {
        "kept": ("missed", True),
        "leaving": ("unsure", False),
        "csat": ("met", True),
        "price": ("no_data", False),
        "nps": ("no_data", False),
    }


def test_one_bad_answer_of_one_is_no_missed_target() -> None:
    few = {
        row.indicator: row
        for row in kei_table(tally_rows(REGISTRY, rows("2024-03", 3, 0, 0)), "2024-03").rows
    }
    assert few["kept"].actual.excludes(0.9)
    assert few["kept"].standing == "unsure"


def test_few_answers_stand_behind_what_can_be_judged() -> None:
    data = rows("2024-03", 100, 90, 20)
    data += [IndicatorRow("2024-03", scores={"nps": 0.0})] * 9
    table = kei_table(tally_rows(REGISTRY, data), "2024-03")
    assert [row.indicator for row in table.rows] == ["leaving", "kept", "csat", "nps", "price"]


def test_trends_are_against_last_month_and_last_year_and_know_what_is_better() -> None:
    data = rows("2024-03", 200, 180, 60) + rows("2024-02", 200, 100, 20) + rows("2023-03", 200, 180, 60)
    known = {row.indicator: row for row in kei_table(tally_rows(REGISTRY, data), "2024-03").rows}
    assert known["kept"].versus_last.verdict == "better"
    assert known["kept"].versus_last.difference == pytest.approx(0.4)
    assert known["leaving"].versus_last.verdict == "worse"
    assert known["kept"].versus_year.verdict == "same"
    assert known["csat"].versus_last.verdict == "same"
    assert known["nps"].versus_last.verdict == "no_previous"


def test_few_contacts_are_compared_and_not_judged() -> None:
    data = rows("2024-03", 20, 20, 0) + rows("2024-02", 20, 0, 20)
    known = {row.indicator: row for row in kei_table(tally_rows(REGISTRY, data), "2024-03").rows}
    assert known["kept"].versus_last.verdict == "small"
    assert known["kept"].versus_last.difference == 1.0


def test_verdicts_allow_for_all_comparisons_of_the_table() -> None:
    data = rows("2024-03", 200, 120, 40) + rows("2024-02", 200, 100, 40)
    known = {row.indicator: row for row in kei_table(tally_rows(REGISTRY, data), "2024-03").rows}
    trend = known["kept"].versus_last
    assert trend.p_value is not None and trend.q_value is not None
    assert trend.p_value < 0.05 < trend.q_value
    assert trend.verdict == "same"


def test_the_interval_of_the_index_holds_its_value_and_is_within_0_and_100() -> None:
    table = kei_table(tally_rows(REGISTRY, rows("2024-03", 30, 20, 5)), "2024-03")
    assert table.index.value is not None and table.index.low is not None and table.index.high is not None
    assert 0 <= table.index.low < table.index.value < table.index.high <= 100
    assert table.systems["behaviour"].value is None


def test_the_table_is_plain_json() -> None:
    import json

    plain = kei_table(tally_rows(REGISTRY, rows("2024-03", 5, 3, 1)), "2024-03").to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
