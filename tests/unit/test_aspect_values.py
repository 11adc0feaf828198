"""Opinions in a column, and as arrays."""

import pytest

from models.classify.aspect_values import (
    AspectLabel,
    format_opinions,
    pair_targets,
    parse_opinions,
    subjects_of,
)
from models.core.errors import FieldError


def test_a_cell_gives_its_pairs_in_order():
    assert parse_opinions("动力:-1| 油耗:0|价格:+1") == (("动力", -1), ("油耗", 0), ("价格", 1))


def test_an_empty_cell_has_no_pairs():
    assert parse_opinions("") == ()


def test_a_subject_may_contain_a_colon():
    assert parse_opinions("售后:维修:-1") == (("售后:维修", -1),)


@pytest.mark.parametrize("cell", ["动力", "动力:2", ":1", "动力:好", "动力:1|动力:-1"])
def test_a_wrong_part_is_refused(cell):
    with pytest.raises(FieldError):
        parse_opinions(cell)


def test_formatting_is_the_inverse_of_parsing():
    labels = [AspectLabel("动力", -1, 0.9), AspectLabel("油耗", 0, 0.4)]
    assert parse_opinions(format_opinions(labels)) == (("动力", -1), ("油耗", 0))


def test_targets_have_one_cell_per_pair_and_take_text_polarities():
    labels = [[("油耗", "-1"), ("动力", 1)], []]
    assert subjects_of(labels) == ("动力", "油耗")
    targets = pair_targets(labels, ("动力", "油耗"))
    assert targets.shape == (2, 2, 3)
    assert targets[0, 0].tolist() == [False, False, True]
    assert targets[0, 1].tolist() == [True, False, False]
    assert not targets[1].any()


def test_an_unknown_subject_has_no_cell_and_a_wrong_polarity_is_refused():
    assert not pair_targets([[("外观", 1)]], ("动力",)).any()
    with pytest.raises(FieldError):
        pair_targets([[("动力", 5)]], ("动力",))
