"""Blocks of a dialogue: openings, system turns, neighbours of one speaker."""

import pytest

from models.core.errors import FieldError
from models.dialogue.turns import read_dialogue, says_something


def block_turns(turns):
    return [(block.customer, block.turns) for block in read_dialogue(turns).blocks]


def test_the_opening_before_the_first_statement_is_left_out():
    turns = [
        ("agent", "您好请问有什么可以帮您"),
        ("customer", "喂，你好"),
        ("agent", "您请讲"),
        ("customer", "宽带坏了"),
    ]
    assert block_turns(turns) == [(True, (3,))]


def test_a_dialogue_without_a_statement_keeps_its_blocks():
    assert block_turns([("customer", "你好"), ("agent", "您好")]) == [(True, (0,)), (False, (1,))]


def test_neighbours_of_one_speaker_are_one_block_and_system_turns_are_none():
    turns = [("customer", "宽带坏了"), ("system", "转接"), ("customer", "修一下"), ("helpdesk", "好的")]
    assert block_turns(turns) == [(True, (0, 2)), (False, (3,))]


def test_offsets_count_over_the_joined_text():
    turns = [("customer", "一二"), ("agent", ""), ("customer", "三")]
    assert read_dialogue(turns).offsets == ((0, 2), (3, 3), (4, 5))


def test_an_unknown_speaker_is_refused():
    with pytest.raises(FieldError, match="speaker"):
        read_dialogue([("robot", "您好")])


@pytest.mark.parametrize(
    "text", ["", "  ", "你好", "喂喂喂", "您好，请问", "在吗？", "嗯嗯", "[呵呵]", "@某某客服 你好", "!!!"]
)
def test_courtesies_say_nothing(text):
    assert not says_something(text)


@pytest.mark.parametrize("text", ["宽带坏了", "你好，我的手机没信号", "谢谢", "嗯" * 40])
def test_statements_say_something(text):
    assert says_something(text)
