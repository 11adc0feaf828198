"""An explanation points at pieces of the text as sent, whatever the text, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.analysis.explaining import MAX_TOKENS
from models.analysis.pipeline import Analyzer
from service.building import build_analyzer
from service.settings import Settings

PIECES = st.sampled_from(
    [
        "客户：", "坐席：", "我叫王小明，", "13800138000", "一三八零零一三八零零零", "空调不制冷", "太差了！！！！", "修了三次",
        "１２３４５", "嗯那个那个", "京A12345", "，", "。", "\n", " ", "😀", "\u200b", "\x00", "\ud83d", "退款没到账", "[手机]",
        "提车后降价两万", "戰(zhàn)略", "對於這個問題", "abc@qq.com", "满意，谢谢", "不是不好",
    ]
)  # fmt: skip
TEXT = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=12).map("".join)


@cache
def analyzer() -> Analyzer:
    return build_analyzer(Settings(sector="automotive", _env_file=None))


def all_spans(value: Any) -> Iterator[tuple[int, int]]:
    if isinstance(value, dict):
        if "span" in value:
            yield tuple(value["span"])
        yield from (tuple(span) for span in value.get("spans", ()))
        for item in value.values():
            yield from all_spans(item)
    elif isinstance(value, list):
        for item in value:
            yield from all_spans(item)


def all_tokens(found: dict[str, Any]) -> list[list[dict[str, Any]]]:
    lists = [clause["tokens"] for clause in found["sentiment"]["clauses"]]
    return lists + [item["tokens"] for item in found["categories"] if "tokens" in item]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXT)
def test_every_span_of_an_explanation_lies_in_the_text_and_the_analysis_stays(text: str) -> None:
    ((analysis, why),) = analyzer().explain_raw([text])
    assert analysis == analyzer().analyze_raw([text])[0]
    assert all(0 <= start < end <= len(text) for start, end in all_spans(why))
    assert why["sentiment"]["label"] == analysis.sentiment.label
    assert [item["id"] for item in why["categories"]] == [label.id for label in analysis.categories]
    evidence = [list(span) for span in analysis.sentiment.spans]
    assert [clause["span"] for clause in why["sentiment"]["clauses"]] == evidence
    for tokens in all_tokens(why):
        places = [token["span"] for token in tokens]
        assert places == sorted(places) and len(places) <= MAX_TOKENS
        assert all(before[1] <= after[0] for before, after in pairwise(places))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXT)
def test_a_stored_text_is_explained_inside_its_masked_text(text: str) -> None:
    why = analyzer().explain_stored(text, [("customer", 0, len(text))])
    assert all(0 <= start < end <= len(text) for start, end in all_spans(why))


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXT, max_size=3))
def test_a_batch_is_explained_as_its_members_one_by_one(texts: list[str]) -> None:
    assert analyzer().explain_raw(texts) == [analyzer().explain_raw([text])[0] for text in texts]
