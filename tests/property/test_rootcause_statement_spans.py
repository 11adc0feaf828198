"""Statements of any text: places inside it, the same each time; patterns that every Python reads alike."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import models.rootcause
from models.rootcause.statements import ClauseText, statements_of
from models.text.split import split_clauses

PIECES = st.sampled_from(
    [
        "因为",
        "由于",
        "导致",
        "所以",
        "结果",
        "说好",
        "承诺",
        "但",
        "却",
        "等了",
        "三天",
        "1小时",
        "20分",
        "两万",
        "块",
        "元",
        "第四次",
        "打了",
        "五次",
        "要求",
        "退款",
        "不",
        "要",
        "已经",
        "了",
        "，",
        "。",
        "赔偿",
        "道歉",
        "投诉到",
        "12315",
        "半",
        "多",
        "几",
        "一",
        "个",
        "月",
        "客服",
        "我",
        "没",
        "¥",
        "99.5",
        "万",
        "前",
        "内",
        "😀",
        "[姓名]",
        "a",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60), st.integers(0, 50))
@settings(max_examples=200, deadline=None)
def test_places_lie_inside_their_clauses_and_hold_their_text(text: str, offset: int) -> None:
    clauses = [ClauseText(a + offset, b + offset, text[a:b], a % 2) for a, b in split_clauses(text)]
    found = statements_of(clauses)
    assert found == statements_of(clauses)
    for s in found:
        assert text[s.start - offset : s.end - offset] == s.text != ""
        assert any(clause.start <= s.start < s.end <= clause.end for clause in clauses)
        assert (s.value is None) == (s.kind != "quantity") == (s.unit == "")
        assert (s.other is None) == (s.kind not in ("cause_effect", "expectation"))
        if s.other is not None:
            assert text[s.other.start - offset : s.other.end - offset] == s.other_text != ""
            assert s.other.start >= s.end or s.other.end <= s.start


def test_no_pattern_is_possessive_or_atomic() -> None:
    folder = Path(models.rootcause.__file__).parent
    for path in sorted(folder.glob("stated*.py")):
        code = path.read_text("utf-8")
        assert "(?>" not in code and not re.search(r"[^\\\[][*+?}]\+", code.replace("+ ", " ")), path.name
