import pytest

from models.statistics.balance import Leaning, balance_drift, topic_balance


def test_topics_lean_against_the_others_of_the_same_month() -> None:
    found = {
        row.name: row
        for row in topic_balance({"安全": (2, 98), "香氛": (60, 40), "价格": (10, 90), "没人说": (0, 0)})
    }
    assert set(found) == {"安全", "香氛", "价格"}
    assert found["香氛"].leaning is Leaning.PRAISE
    assert found["安全"].leaning is Leaning.COMPLAINT
    assert found["香氛"].asymmetry.estimate == pytest.approx(0.2)
    assert found["香氛"].against_others.estimate == pytest.approx(0.4 - 188 / 200)


def test_a_channel_of_complaints_alone_leans_nowhere() -> None:
    assert {row.leaning for row in topic_balance({"a": (0, 40), "b": (0, 90)})} == {Leaning.UNDECIDED}


def test_one_topic_has_nothing_to_lean_against() -> None:
    (only,) = topic_balance({"a": (1, 40)})
    assert only.leaning is Leaning.UNDECIDED and only.q_value == 1.0
    assert topic_balance({}) == ()


def test_a_topic_that_turns_into_a_complaint_drifts() -> None:
    moved, steady = balance_drift(
        {"a": (80, 20), "b": (50, 50), "c": (1, 1)}, {"a": (30, 70), "b": (52, 48), "d": (1, 2)}
    )
    assert (moved.name, steady.name) == ("a", "b")
    assert moved.change.estimate == pytest.approx(0.5) and moved.q_value < 1e-6
    assert steady.q_value > 0.5


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        topic_balance({"a": (-1, 4)})
