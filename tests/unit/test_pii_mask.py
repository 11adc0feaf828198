"""What a mask shows and what it does not."""

from __future__ import annotations

import pytest

from models.text.pii import PiiMatch, find_pii, mask
from models.text.pii.masking import MASK, mask_word


def masked(text: str) -> str:
    return mask(text, find_pii(text)).text


def test_a_mask_names_the_kind() -> None:
    assert masked("王先生的电话13800138000，车牌京A12345") == "[姓名]的电话[手机]，车牌[车牌]"


@pytest.mark.parametrize(
    ("kind", "value", "word"),
    [
        ("mobile", "13800138000", "[手机]"),
        ("mobile", "+86 138 0013 8000", "[手机]"),
        ("mobile", "一三八，零零一三，八零零零", "[手机]"),
        ("mobile", "一三八\n一三八\n零零一三\n八零零零", "[手机]"),
        ("mobile", "138001380", "[手机·短]"),
        ("mobile", "1380013800011", "[手机·长]"),
        ("id_card", "110199900307001", "[身份证·短]"),
        ("landline", "87654321", "[固话·短]"),
        ("landline", "010-88886666转8012", "[固话]"),
        ("name", "王", "[姓名]"),
        ("name", "欧阳雪梅", "[姓名]"),
        ("plate", "沪AD12345", "[车牌]"),
    ],
)
def test_a_mask_tells_the_length_class_and_nothing_of_the_value(kind: str, value: str, word: str) -> None:
    assert mask_word(kind, value) == word
    assert MASK.fullmatch(word)


def test_masks_map_to_what_they_hide_and_other_text_to_itself() -> None:
    raw = "打13800138000找我"
    text = mask(raw, find_pii(raw))
    assert text.text == "打[手机]找我"
    assert text.to_raw(1, 5) == (1, 12)
    assert text.to_raw(5, 7) == (12, 14)


def test_a_mask_is_never_read_as_context_of_its_neighbour() -> None:
    assert find_pii("[手机]6543210和[银行卡]1234567890123456和[姓名]先生") == []


def test_the_example_of_the_guide_holds() -> None:
    raw = "我姓王，电话一三八 零零一三 八零零零，车牌京A12345"
    text = mask(raw, find_pii(raw))
    assert text.text == "我姓[姓名]，电话[手机]，车牌[车牌]"
    assert text.to_raw(9, 13) == (6, 19)


def test_overlapping_matches_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        mask("13800138000", [PiiMatch("mobile", 0, 8), PiiMatch("mobile", 4, 11)])
