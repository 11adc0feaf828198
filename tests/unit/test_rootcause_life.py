import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rootcause.ledger.life import MonthCount, last_life_state, life_states


def states(*counts: tuple[int, int]) -> list[str | None]:
    return life_states([MonthCount(*count) for count in counts])


def test_the_first_month_with_a_voice_is_the_birth():
    assert states((0, 500), (3, 500), (4, 500)) == [None, "new", "steady"]


def test_growth_and_decline_are_told_from_chance():
    assert states((50, 1000), (58, 1000), (120, 1000), (40, 1000))[1:] == ["steady", "growing", "shrinking"]


def test_rates_are_compared_not_counts():
    assert states((50, 1000), (150, 3000))[1] == "steady"


def test_a_cause_is_gone_while_nobody_speaks_of_it_and_then_back():
    assert states((20, 500), (0, 500), (0, 500), (6, 500), (7, 500))[1:] == ["gone", "gone", "back", "steady"]


def test_a_month_without_contacts_changes_nothing():
    assert states((20, 500), (0, 0), (60, 500)) == ["new", "new", "growing"]
    assert states((0, 0)) == [None]


def test_more_voices_than_contacts_is_an_error():
    with pytest.raises(ValueError, match="between 0 and its total"):
        states((20, 500), (6, 5))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=6))
def test_the_last_state_alone_is_the_last_of_all(counts: list[tuple[int, int]]):
    series = [MonthCount(min(pair), pair[1]) for pair in counts]
    assert last_life_state(series) == (life_states(series) or [None])[-1]
