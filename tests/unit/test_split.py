"""Sentences and clauses: where they end and where they must not."""

from __future__ import annotations

import time

import pytest

from models.text.split import CONJUNCTION_CHARS, MAX_CLAUSE_CHARS, split_clauses, split_sentences


def clauses(text: str) -> list[str]:
    return [text[start:end] for start, end in split_clauses(text)]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("空调坏了，修不好。退车！行吗？", ["空调坏了", "修不好", "退车", "行吗"]),
        ("空调坏了; 修不好,退车!", ["空调坏了", "修不好", "退车"]),
        ("空调坏了 修不好  退车", ["空调坏了", "修不好", "退车"]),
        ("空调坏了……\n\n修不好——", ["空调坏了", "修不好"]),
        ("花了1,000元和3.5元", ["花了1,000元和3.5元"]),
        ("iPhone 15 Pro坏了", ["iPhone 15 Pro坏了"]),
        ("看https://x.cn/a?b=1,c再说", ["看https://x.cn/a?b=1,c再说"]),
        ("看了《你好，再见》才懂", ["看了《你好，再见》才懂"]),
        ("没人管.真差.", ["没人管", "真差"]),
        ("他说：“不行。”我走了", ["他说：“不行", "我走了"]),
        ("【重要】给[手机]回电", ["【重要】给[手机]回电"]),
        ("。！？…… ，", []),
        ("", []),
    ],
)
def test_clauses_end_at_marks_and_blanks_but_not_inside_numbers_titles_or_links(
    text: str, expected: list[str]
) -> None:
    assert clauses(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("嗯，我的车坏了", ["嗯，我的车坏了"]),
        ("我的车坏了，嗯。", ["我的车坏了，嗯"]),
        ("嗯，啊，哦", ["嗯，啊，哦"]),
        ("嗯\n我的车坏了\n好", ["嗯", "我的车坏了", "好"]),
    ],
)
def test_a_clause_of_one_character_joins_its_line(text: str, expected: list[str]) -> None:
    assert clauses(text) == expected


def test_speech_without_marks_is_cut_before_conjunctions() -> None:
    text = "我昨天买的手机回来以后发现屏幕有问题然后我就打电话给你们客服但是三天以后还是没有人联系我"
    assert clauses(text) == [
        "我昨天买的手机回来以后发现屏幕有问题",
        "然后我就打电话给你们客服",
        "但是三天以后还是没有人联系我",
    ]


def test_a_short_clause_keeps_its_conjunctions_and_a_noun_is_none() -> None:
    assert clauses("虽然修好了但是又坏了") == ["虽然修好了但是又坏了"]
    long = "我昨天去你们店里做的那个检查结果是完全正常的为什么今天早上又开始响个不停"
    assert len(long) > CONJUNCTION_CHARS
    assert clauses(long) == [long]


def test_a_clause_without_any_place_to_cut_ends_by_length_but_never_inside_an_atom() -> None:
    assert [len(clause) for clause in clauses("长" * 150)] == [MAX_CLAUSE_CHARS, MAX_CLAUSE_CHARS, 30]
    masked = "长" * 58 + "[身份证]" + "短" * 30
    assert clauses(masked) == ["长" * 58, "[身份证]" + "短" * 30]
    assert clauses("a" * 100) == ["a" * 100]


def test_a_too_long_clause_is_cut_after_a_particle_when_it_has_one() -> None:
    text = "长" * 44 + "了" + "短" * 40
    assert clauses(text) == ["长" * 44 + "了", "短" * 40]


def test_sentences_keep_their_end_marks_and_closing_quotes() -> None:
    text = "他说：“不行。”我走了！！ 价格3.5元，OK?好的\n再见"
    assert sentences(text) == ["他说：“不行。”", "我走了！！", "价格3.5元，OK?", "好的", "再见"]


@pytest.mark.parametrize(
    "text", ["，" * 100_000, "《" * 50_000, "了" * 50_000, "《好》，" * 20_000, "a b " * 20_000]
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.process_time()
    split_clauses(text)
    split_sentences(text)
    assert time.process_time() - start < 3
