from datetime import UTC, datetime

import numpy as np
import pytest

from models.core.errors import EditConflictError, InputError, NotFoundError
from models.rootcause.ledger import edits
from models.rootcause.ledger.edits import Author
from models.rootcause.ledger.events import LedgerEvent
from models.rootcause.ledger.state import LedgerState, owners, replay

NOW = datetime(2024, 3, 5, tzinfo=UTC)
EAST, NORTH = np.array([1.0, 0.0], dtype=np.float32), np.array([0.0, 1.0], dtype=np.float32)


def ann(seen: int | None = None) -> Author:
    return Author("ann", NOW, "看过原话", seen)


def births(*names: str) -> list[LedgerEvent]:
    return [
        LedgerEvent(i, NOW, "birth", f"rc-{i}", "system", payload={"month": "2024-01", "name": name})
        for i, name in enumerate(names, 1)
    ]


def view(state: LedgerState) -> dict[str, object]:
    """The state without the count of events, which grows with an undo too."""
    causes = {
        key: (c.name, c.named_by, c.merged_into, c.split_from, c.is_retired)
        for key, c in state.causes.items()
    }
    return {"causes": causes, "moves": state.to_dict()["moves"]}


def split_of(state: LedgerState, cause_id: str = "rc-1") -> LedgerEvent:
    return edits.split(
        state, cause_id, EAST[None], NORTH[None], part_id="rc-9", name="空调异味", author=ann()
    )


def test_births_in_order_make_the_living_causes():
    state = replay(births("空调不制冷", "等待时间长"))
    assert [cause.name for cause in state.living()] == ["空调不制冷", "等待时间长"]


def test_a_gap_in_the_numbers_is_an_error():
    with pytest.raises(ValueError, match="without gaps"):
        replay(births("空调不制冷", "等待时间长")[1:])


def test_the_order_of_events_is_their_number_not_their_place_or_clock():
    events = births("空调不制冷")
    early = Author("bob", datetime(2020, 1, 1, tzinfo=UTC))
    events.append(edits.rename(replay(events), "rc-1", "空调不凉", early))
    assert replay(reversed(events)).to_dict() == replay(events).to_dict()
    assert replay(events).causes["rc-1"].name == "空调不凉"


def test_merged_causes_count_as_one_in_all_months_and_chains_are_followed():
    events = births("空调不制冷", "空调不凉", "制冷差")
    events.append(edits.merge(replay(events), "rc-2", ["rc-3"], ann()))
    events.append(edits.merge(replay(events), "rc-1", ["rc-2"], ann()))
    state = replay(events)
    assert owners(state, ["rc-1", "rc-2", "rc-3"], np.stack([EAST] * 3)) == ["rc-1"] * 3
    assert [cause.id for cause in state.living()] == ["rc-1"]


def test_a_split_moves_the_clauses_that_lie_nearer_to_the_part():
    events = births("空调问题")
    events.append(split_of(replay(events)))
    assert owners(replay(events), ["rc-1", "rc-1"], np.stack([EAST, NORTH])) == ["rc-9", "rc-1"]


def test_undo_gives_back_exactly_what_was():
    events = births("空调不制冷", "空调不凉")
    before = view(replay(events))
    for make in (
        lambda s: edits.rename(s, "rc-1", "冷气不足", ann()),
        lambda s: edits.merge(s, "rc-1", ["rc-2"], ann()),
        lambda s: edits.retire(s, "rc-1", ann()),
        split_of,
    ):
        own = [*events, make(replay(events))]
        own.append(edits.undo(replay(own), own, len(own), ann()))
        assert view(replay(own)) == before


def test_clauses_of_a_part_go_home_when_the_split_is_undone():
    events = births("空调问题")
    events.append(split_of(replay(events)))
    events.append(edits.undo(replay(events), events, 2, ann()))
    assert owners(replay(events), ["rc-9", "rc-1"], np.stack([EAST, NORTH])) == ["rc-1", "rc-1"]


def test_an_undo_can_be_undone():
    events = births("空调不制冷")
    events.append(edits.rename(replay(events), "rc-1", "冷气不足", ann()))
    events.append(edits.undo(replay(events), events, 2, ann()))
    events.append(edits.undo(replay(events), events, 3, ann()))
    assert replay(events).causes["rc-1"].name == "冷气不足"
    events.append(edits.undo(replay(events), events, 2, ann()))
    assert replay(events).causes["rc-1"].name == "空调不制冷"


def test_what_later_edits_stand_on_is_undone_last():
    events = births("空调不制冷", "空调不凉")
    events.append(edits.merge(replay(events), "rc-1", ["rc-2"], ann()))
    events.append(edits.rename(replay(events), "rc-1", "冷气不足", ann()))
    with pytest.raises(EditConflictError, match="4"):
        edits.undo(replay(events), events, 3, ann())


@pytest.mark.parametrize("seq", [1, 99])
def test_births_and_unknown_events_cannot_be_undone(seq: int):
    events = births("空调不制冷")
    with pytest.raises((InputError, NotFoundError)):
        edits.undo(replay(events), events, seq, ann())


def test_nothing_is_undone_twice():
    events = births("空调不制冷")
    events.append(edits.retire(replay(events), "rc-1", ann()))
    events.append(edits.undo(replay(events), events, 2, ann()))
    with pytest.raises(EditConflictError):
        edits.undo(replay(events), events, 2, ann())


@pytest.mark.parametrize("others", [[], ["rc-1"], ["rc-1", "rc-2"]])
def test_a_cause_is_not_merged_with_itself_or_nothing(others: list[str]):
    with pytest.raises(InputError):
        edits.merge(replay(births("空调不制冷", "空调不凉")), "rc-1", others, ann())


def test_merged_and_retired_causes_are_not_edited():
    events = births("空调不制冷", "空调不凉", "异响")
    events.append(edits.merge(replay(events), "rc-1", ["rc-2"], ann()))
    events.append(edits.retire(replay(events), "rc-3", ann()))
    state = replay(events)
    for cause in ("rc-2", "rc-3"):
        with pytest.raises(EditConflictError):
            edits.rename(state, cause, "新名称", ann())
    with pytest.raises(EditConflictError):
        edits.restore(state, "rc-1", ann())


def test_of_two_analysts_at_once_the_second_is_told():
    events = births("空调不制冷")
    events.append(edits.rename(replay(events), "rc-1", "冷气不足", ann(seen=1)))
    with pytest.raises(EditConflictError):
        edits.rename(replay(events), "rc-1", "制冷差", ann(seen=1))


@pytest.mark.parametrize("name", ["", "  ", "12-3", "。", "很" * 41, "空调不凉"])
def test_names_are_words_and_taken_once(name: str):
    with pytest.raises(InputError):
        edits.rename(replay(births("空调不制冷", "空调不凉")), "rc-1", name, ann())


def test_both_sides_of_a_split_have_evidence_and_differ():
    state = replay(births("空调问题"))
    empty = np.zeros((0, 2), dtype=np.float32)
    for part, rest in ((empty, EAST[None]), (EAST[None], empty), (EAST[None], EAST[None])):
        with pytest.raises(InputError):
            edits.split(state, "rc-1", part, rest, part_id="rc-9", name="异味", author=ann())


def test_a_split_divides_what_was_merged_before_it_and_not_what_came_later():
    events = births("空调问题", "冷气", "制冷差")
    events.append(edits.merge(replay(events), "rc-1", ["rc-2"], ann()))
    events.append(split_of(replay(events)))
    events.append(edits.merge(replay(events), "rc-1", ["rc-3"], ann()))
    assert owners(replay(events), ["rc-2", "rc-3"], np.stack([EAST] * 2)) == ["rc-9", "rc-1"]
    assert [replay(events).is_split(f"rc-{n}") for n in (1, 2, 3)] == [True, True, False]


def test_what_an_analyst_named_goes_to_the_part_wherever_it_lies():
    state = replay(births("空调问题"))
    vectors = (EAST[None], NORTH[None])
    event = edits.split(
        state, "rc-1", *vectors, part_id="rc-9", name="异味", author=ann(), clauses=[("t", 0, 4)]
    )
    found = owners(
        replay([*births("空调问题"), event]), ["rc-1"] * 2, np.stack([NORTH] * 2), [("t", 0, 4), ("t", 4, 9)]
    )
    assert found == ["rc-9", "rc-1"]


def test_an_edit_of_a_part_is_not_redone_while_the_part_is_gone():
    events = births("空调问题", "异响")
    events.append(split_of(replay(events)))
    events.append(edits.merge(replay(events), "rc-9", ["rc-2"], ann()))
    events.append(edits.undo(replay(events), events, 4, ann()))
    events.append(edits.undo(replay(events), events, 3, ann()))
    with pytest.raises(EditConflictError, match="6"):
        edits.undo(replay(events), events, 5, ann())


def test_undo_steps_back_through_the_edits_of_a_cause():
    events = births("空调问题", "异响")
    events.append(edits.rename(replay(events), "rc-1", "空调不凉", ann()))
    events.append(edits.rename(replay(events), "rc-1", "冷气不足", ann()))
    for expected in (4, 3):
        assert edits.last_edit(replay(events), events, "rc-1") == expected
        events.append(edits.undo(replay(events), events, expected, ann()))
    assert replay(events).causes["rc-1"].name == "空调问题"
    with pytest.raises(EditConflictError):
        edits.last_edit(replay(events), events, "rc-1")


def test_an_undo_is_news_to_who_saw_the_cause_before():
    events = births("空调问题")
    events.append(edits.rename(replay(events), "rc-1", "空调不凉", ann()))
    events.append(edits.undo(replay(events), events, 2, ann()))
    assert replay(events).causes["rc-1"].changed_seq == 3
    with pytest.raises(EditConflictError):
        edits.retire(replay(events), "rc-1", ann(seen=2))


def test_a_name_that_comes_back_while_another_cause_has_it_is_refused():
    events = births("空调问题", "异响")
    events.append(edits.retire(replay(events), "rc-1", ann()))
    events.append(edits.rename(replay(events), "rc-2", "空调问题", ann()))
    events.append(edits.restore(replay(events), "rc-1", ann()))
    with pytest.raises(EditConflictError, match="rc-2"):
        edits.check_names(replay(events), ["rc-1"])
    edits.check_names(replay(events), ["rc-7"])
