"""Which numbers, codes and names are personal, and which only look so."""

from __future__ import annotations

import pytest

from models.text.pii import KINDS, PiiMatch, find_pii


def found(text: str) -> list[tuple[str, str]]:
    return [(match.kind, text[match.start : match.end]) for match in find_pii(text)]


def test_offsets_count_code_points_of_the_raw_text() -> None:
    assert find_pii("😀打１３８００１３８０００吧") == [PiiMatch("mobile", 2, 13)]


def test_empty_text_holds_nothing() -> None:
    assert find_pii("") == []


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800", "一" * 5000, "1" * 5000, "嗯 " * 3000, "@" * 3000, "[" * 500, "A" * 5000]
)
def test_strange_text_is_survived(text: str) -> None:
    assert isinstance(find_pii(text), list)


@pytest.mark.parametrize(
    "text",
    [
        "电话13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "幺三八零零一三八零零零",
        "一三八，嗯，零零一三，嗯，八零零零",
        "一三八\n一三八\n零零一三\n零零一三\n八零零零",
        "138\x000013\x008000",
    ],
)
def test_a_mobile_is_one_match_however_it_is_written(text: str) -> None:
    assert [kind for kind, _ in found(text)] == ["mobile"]


@pytest.mark.parametrize(
    "text",
    [
        "订单号13800138000",
        "20240429145554505048",
        "13800138000元",
        "400-800-8000",
        "拨打10086",
        "红米K70",
        "ID.4 CROZZ",
        "工号13800138000",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert found(text) == []


def test_the_nearest_label_decides() -> None:
    assert found("订单号忘了，电话13800138000") == [("mobile", "13800138000")]
    assert found("电话打不通，订单号13800138000") == []


def test_a_named_phone_with_a_digit_missing_is_hidden_too() -> None:
    assert found("我的手机号是1380013800") == [("mobile", "1380013800")]


def test_an_id_card_needs_its_check_digit_or_its_name() -> None:
    assert found("110199199003070017") == [("id_card", "110199199003070017")]
    assert found("110199199003070018") == []
    assert found("身份证110199199003070018") == [("id_card", "110199199003070018")]


def test_a_vin_needs_its_check_digit_or_its_name() -> None:
    assert found("LZZTEST13N0000001") == [("vin", "LZZTEST13N0000001")]
    assert found("LZZTEST14N0000001") == []
    assert found("车架号LZZTEST14N0000001") == [("vin", "LZZTEST14N0000001")]


def test_a_name_takes_its_title_along_but_a_title_alone_names_nobody() -> None:
    assert found("欧阳先生和先生") == [("name", "欧阳先生")]
    assert found("对方先生、老师傅、小姐姐") == []


def test_a_surname_alone_is_hidden_behind_its_verb() -> None:
    assert found("我姓王") == [("name", "王")]


def test_a_street_without_a_number_stays() -> None:
    assert found("南京市鼓楼区中山路堵车") == []
    assert found("南京市鼓楼区中山路1号") == [("address", "南京市鼓楼区中山路1号")]


class OneName:
    """Finds 张三丰 anywhere."""

    def find_names(self, text: str) -> list[tuple[int, int]]:
        at = text.find("张三丰")
        return [(at, at + 3)] if at >= 0 else []


def test_a_recogniser_adds_names_and_yields_to_the_rules() -> None:
    assert found("昨天张三丰来过") == []
    assert find_pii("昨天张三丰来过", OneName()) == [PiiMatch("name", 2, 5)]
    assert find_pii("张三丰先生来过", OneName()) == [PiiMatch("name", 0, 5)]
    assert find_pii("张三丰，张三丰", OneName()) == [PiiMatch("name", 0, 3), PiiMatch("name", 4, 7)]


def test_every_kind_has_a_word_for_its_mask() -> None:
    assert all(word and "[" not in word for word in KINDS.values())
    assert len(set(KINDS.values())) == len(KINDS)
