"""The expression of guaranteed spans: what it takes, and that it stays linear on hostile text."""

from __future__ import annotations

import time

import pytest

from models.text.protected import protected_spans, word_pattern


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in protected_spans(text)]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Model Y和Mate 60 Pro+", ["Model Y", "Mate 60 Pro+"]),
        ("WIFI 5分钟就断", ["WIFI", "5分钟"]),
        ("20多万元，3w元，两百块，一千多块钱", ["20多万元", "3w元", "两百块", "一千多块钱"]),
        ("半年、一个半小时、十几天、第三天", ["半年", "一个半小时", "十几天"]),
        ("3个工作日内，7天无理由", ["3个工作日", "7天"]),
        ("12:30到8点半", ["12:30", "8点半"]),
        ("1,000和1,2", ["1,000"]),
        ("写信a@b.cn或看https://x.cn/a?b=1。", ["a@b.cn", "https://x.cn/a?b=1"]),
        ("C++和AT&T", ["C++", "AT&T"]),
        ("一个月亮，一块儿，一下，十分满意", []),
        ("T恤U盘B超", []),
        ("", []),
    ],
)
def test_spans(text: str, spans: list[str]) -> None:
    assert found(text) == spans


@pytest.mark.parametrize(
    "text",
    [
        "一" * 50_000,
        "a-" * 25_000,
        "a--" * 20_000,
        "1," * 25_000,
        "¥1,," * 12_000,
        "[" * 50_000,
        "A " * 25_000,
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.process_time()
    protected_spans(text)
    assert time.process_time() - start < 2


def test_only_words_that_an_engine_could_cut_get_a_pattern() -> None:
    assert word_pattern(["空调", "T恤", "发动机"]) is None
    pattern = word_pattern(["CS75", "CS75 PLUS", "PS"])
    assert pattern is not None
    assert pattern.split("长安CS75 PLUS的GPS和PS")[1::2] == ["CS75 PLUS", "PS"]
