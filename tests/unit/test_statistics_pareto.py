import pytest

from models.statistics.pareto import pareto


def test_rows_come_largest_first_with_cumulative_shares() -> None:
    rows = pareto({"b": 20, "a": 50, "c": 30})
    assert [row.key for row in rows] == ["a", "c", "b"]
    assert [row.cumulative for row in rows] == pytest.approx([0.5, 0.8, 1.0])


def test_the_vital_few_are_the_fewest_that_reach_the_share() -> None:
    assert [row.vital for row in pareto({"a": 50, "b": 30, "c": 20})] == [True, True, False]
    assert [row.vital for row in pareto({"a": 50, "b": 29, "c": 21})] == [True, True, True]


def test_ties_go_by_key_whatever_the_order_given() -> None:
    assert pareto({"b": 1, "a": 1}) == pareto({"a": 1, "b": 1})


def test_nothing_counted_has_shares_of_zero() -> None:
    assert pareto({}) == ()
    assert [(row.share, row.cumulative, row.vital) for row in pareto({"a": 0})] == [(0.0, 0.0, False)]


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        pareto({"a": -1})
