import pytest

from models.text.align import AlignedText, Edit, Span


def test_removed_text_keeps_the_raw_positions_of_what_follows():
    aligned = AlignedText.of("商業(yè)模式").apply([Edit(2, 6, "")])
    assert aligned.text == "商業模式"
    assert aligned.to_raw(2, 4) == Span(6, 8)
    assert aligned.raw[6:8] == "模式"


def test_a_replacement_of_other_length_stands_for_all_it_replaces():
    aligned = AlignedText.of("电话13800138000。").apply([Edit(2, 13, "[手机]")])
    assert aligned.text == "电话[手机]。"
    assert aligned.to_raw(2, 6) == Span(2, 13)
    assert aligned.to_raw(3, 4) == Span(2, 13)


def test_an_equal_length_replacement_maps_position_by_position():
    aligned = AlignedText.of("ＡＢＣ").apply([Edit(0, 3, "ABC")])
    assert (aligned.text, aligned.starts) == ("ABC", None)
    assert aligned.to_raw(1, 2) == Span(1, 2)


def test_edits_compose_through_two_texts():
    first = AlignedText.of("a  b  c").apply([Edit(1, 3, " "), Edit(4, 6, " ")])
    second = AlignedText.of(first.text).apply([Edit(0, 1, "")])
    both = first.then(second)
    assert both.text == " b c"
    assert both.to_raw(1, 4) == Span(3, 7)


def test_an_empty_range_stays_empty():
    aligned = AlignedText.of("abc").apply([Edit(0, 1, "")])
    assert aligned.to_raw(0, 0) == Span(1, 1)
    assert aligned.to_raw(2, 2) == Span(3, 3)


def test_overlapping_edits_are_refused():
    with pytest.raises(ValueError, match="overlap"):
        AlignedText.of("abcd").apply([Edit(0, 2, "x"), Edit(1, 3, "y")])


def test_a_composition_with_another_text_is_refused():
    with pytest.raises(ValueError, match="another text"):
        AlignedText.of("abc").then(AlignedText.of("abd"))
