from __future__ import annotations

import pytest

from models.text.align import AlignedText
from models.text.debris import debris_edits, is_reading


def cleaned(text: str) -> str:
    return AlignedText.of(text).apply(debris_edits(text)).text


@pytest.mark.parametrize(
    ("damaged", "clean"),
    [
        ("商業(yè)模式", "商業模式"),
        ("戰(zhàn)略（zhànlüè）", "戰略（zhànlüè）"),
        ("发(fā)展和創（chuàng）造", "发展和創造"),
        ("優(you)勢", "優勢"),
        ("綠(lǜ)色、女(nü)士", "綠色、女士"),
        ("銀行(háng)、行(xing)走", "銀行、行走"),
        ("惡(è)化", "惡化"),
        ("(如餐飲業(yè))的企業(yè)", "(如餐飲業)的企業"),
    ],
)
def test_pinyin_that_fits_its_character_goes(damaged: str, clean: str) -> None:
    assert cleaned(damaged) == clean


@pytest.mark.parametrize(
    "text",
    [
        "客户体验管理(CEM)",
        "接触点(例如,呼叫中心)",
        "产品(或服务)",
        "购买(消费)",
        "网站(cio.example.com)",
        "好(ok)",
        "業(wang)",
        "选项甲(a)",
        "CEM(yè)",
        "業 (yè)",
    ],
)
def test_every_other_bracket_stays(text: str) -> None:
    assert cleaned(text) == text


def test_a_single_letter_needs_its_tone_to_be_a_reading() -> None:
    assert is_reading("é", "额")
    assert not is_reading("e", "额")
