"""Whatever is sent, each character of the repaired text points at the raw text it stands for."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from models.text.align import AlignedText, Edit
from models.text.boilerplate import find_boilerplate
from models.text.debris import debris_edits
from models.text.lines import line_edits
from models.text.normalise import character_edits, normalise, run_edits
from models.text.repair import repair
from models.text.script import simplify
from models.text.spoken import digit_view

PIECES = [
    "業(yè)", "戰(zhàn)略", "管理(CEM)", "这", "這個", "於", "著", "車輛", "考 虑", "。", "，\n", "\n\n", "\r\n", "！！！",
    "哈哈哈哈哈", "😡😡", "👨\u200d👩\u200d👧", "🇨🇳", "1️⃣", "Ａ１", "\u200b", "\x00", "\ud83d", "\udc00", "我我我", "那个那个",
    "一三八零零", "138 0013", "www.example.com", "https://a.cn/x", "MomentsofTruth", "12\n", "甲县|\n乙市|\n丙区|\n丁旗|\n戊省|\n",
    "服务态度很差，等了三个小时也没有人来处理这个问题。\n", "\u3000", "\t", "  ", "嗯", "喂", "第3页\n",
]  # fmt: skip
texts = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(st.characters(), max_size=3)), max_size=25).map(
        "".join
    ),
)


def assert_points_at_raw(aligned: AlignedText) -> None:
    n = len(aligned.text)
    spans = [aligned.to_raw(i, i + 1) for i in range(n)]
    assert all(0 <= start <= end <= len(aligned.raw) for start, end in spans)
    assert all(a.start <= b.start and a.end <= b.end for a, b in pairwise(spans))


def assert_untouched_are_identical(aligned: AlignedText, edits: list[Edit]) -> None:
    covered = [False] * len(aligned.raw)
    for start, end, _ in edits:
        covered[start:end] = [True] * (end - start)
    kept = [i for i in range(len(aligned.raw)) if not covered[i]]
    shown = [aligned.to_raw(i, i + 1) for i in range(len(aligned.text))]
    seen = {
        start: aligned.text[i]
        for i, (start, end) in enumerate(shown)
        if end == start + 1 and not covered[start]
    }
    assert seen == {i: aligned.raw[i] for i in kept}


@settings(max_examples=200, deadline=None)
@given(texts, st.booleans())
def test_every_mapping_is_in_range_and_monotone(raw: str, document: bool) -> None:
    repaired = repair(raw, document=document)
    assert repaired.text.raw == raw
    assert_points_at_raw(repaired.text)
    assert_points_at_raw(repaired.body())
    for start, end in [(b.start, b.end) for b in repaired.boilerplate] + [
        (m.start, m.end) for m in repaired.marks
    ]:
        assert 0 <= start < end <= len(raw)


@settings(max_examples=150, deadline=None)
@given(texts, st.booleans())
def test_repair_is_deterministic(raw: str, document: bool) -> None:
    first, second = repair(raw, document=document), repair(raw, document=document)
    assert first.text.text == second.text.text
    assert (first.boilerplate, first.marks, first.counts) == (second.boilerplate, second.marks, second.counts)


@settings(max_examples=150, deadline=None)
@given(texts)
def test_what_an_edit_does_not_cover_is_identical(raw: str) -> None:
    for edits in (debris_edits(raw), line_edits(raw), character_edits(raw), run_edits(raw)):
        assert_untouched_are_identical(AlignedText.of(raw).apply(edits), edits)


@settings(max_examples=150, deadline=None)
@given(texts)
def test_normalising_twice_changes_nothing_more_and_leaves_nothing_invisible(raw: str) -> None:
    once = normalise(AlignedText.of(raw))
    assert_points_at_raw(once)
    assert normalise(AlignedText.of(once.text)).text == once.text
    assert not any(char in once.text for char in "\x00\u200b\r")
    once.text.encode("utf-8")


@settings(max_examples=150, deadline=None)
@given(texts)
def test_a_transcript_keeps_its_line_breaks(raw: str) -> None:
    plain = normalise(AlignedText.of(raw)).text
    assert repair(raw).text.text.count("\n") == plain.count("\n")


@settings(max_examples=150, deadline=None)
@given(texts)
def test_script_and_digit_view_keep_their_alignment(raw: str) -> None:
    for aligned in (simplify(AlignedText.of(raw)), digit_view(AlignedText.of(raw))):
        assert_points_at_raw(aligned)
        for i, char in enumerate(aligned.text):
            start, end = aligned.to_raw(i, i + 1)
            assert end == start + 1
            if char.isascii() and not char.isdigit():
                assert raw[start] == char


@settings(max_examples=150, deadline=None)
@given(texts)
def test_boilerplate_is_sorted_and_does_not_overlap(raw: str) -> None:
    found = find_boilerplate(raw)
    assert all(a.end <= b.start for a, b in pairwise(found))
