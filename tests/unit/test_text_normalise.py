from __future__ import annotations

import pytest

from models.text.align import AlignedText
from models.text.normalise import emoji_word, normalise


def fixed(raw: str) -> str:
    return normalise(AlignedText.of(raw)).text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("ＡＢｃ１２３％", "ABc123%"),
        ("你好，世界！真的吗？好。", "你好，世界！真的吗？好。"),
        ("退了１２，０００元", "退了12,000元"),
        ("有１，２两种", "有1，2两种"),
        ("约好９：３０到", "约好9:30到"),
        ("客户：你好", "客户：你好"),
        ("a\u3000b\u00a0c\td", "a b c d"),
        ("电话𝟏𝟑𝟖", "电话138"),
    ],
)
def test_widths_change_letters_digits_and_symbols_but_not_chinese_punctuation(raw: str, text: str) -> None:
    assert fixed(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("太差了！！！！", "太差了！"),
        ("真的？！？！", "真的？！"),
        ("哈哈哈哈哈哈", "哈哈哈"),
        ("等了。。。。没人", "等了。没人"),
        ("嗯………………", "嗯……"),
        ("然后.......", "然后..."),
        ("你好      在吗", "你好 在吗"),
    ],
)
def test_runs_are_shortened(raw: str, text: str) -> None:
    assert fixed(raw) == text


@pytest.mark.parametrize(
    "text", ["13800000000", "零零零零零", "一一一一一", "138****5678", "XXXXXX", "谢谢谢", "……", "——", "..."]
)
def test_digits_masks_letters_and_proper_marks_keep_their_length(text: str) -> None:
    assert fixed(text) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("气死😡😡😡", "气死[愤怒]"),
        ("👍🏽谢谢", "[赞]谢谢"),
        ("一家👨\u200d👩\u200d👧", "一家[表情]"),
        ("❤️🇨🇳", "[爱心][国旗]"),
        ("快点❗❗", "快点！"),
        ("按1️⃣", "按1"),
        ("①★√", "①★√"),
    ],
)
def test_an_emoji_becomes_one_bracketed_word(raw: str, text: str) -> None:
    assert fixed(raw) == text


def test_a_character_of_an_emoji_word_stands_for_the_whole_emoji() -> None:
    aligned = normalise(AlignedText.of("差👍🏽好"))
    assert aligned.text == "差[赞]好"
    assert [aligned.to_raw(i, i + 1) for i in range(5)] == [(0, 1), (1, 3), (1, 3), (1, 3), (3, 4)]


@pytest.mark.parametrize("gone", ["\x00", "\u200b", "\ufeff", "\x07", "\ud83d", "\ue001", "\u202e", "\ufe0f"])
def test_what_nobody_sees_is_removed(gone: str) -> None:
    assert fixed(f"退{gone}款") == "退款"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028", "\x0b"])
def test_every_line_break_becomes_one_newline(line_break: str) -> None:
    assert fixed(f"一句{line_break}两句") == "一句\n两句"


def test_clean_text_comes_back_as_the_same_object() -> None:
    aligned = AlignedText.of("客户：空调不制冷，修了两次都没修好。\n坐席：好的，我帮您登记。13800138000")
    assert normalise(aligned) is aligned


def test_what_stays_of_a_run_keeps_its_own_place() -> None:
    aligned = normalise(AlignedText.of("差！！！差"))
    assert [aligned.to_raw(i, i + 1) for i in range(3)] == [(0, 1), (1, 2), (4, 5)]


def test_an_emoji_without_a_word_reads_as_one() -> None:
    assert emoji_word("🦑") == "[表情]"
