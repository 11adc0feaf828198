"""Segmentation and splitting over arbitrary text: exact, in order, nothing guaranteed is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.dialogue import split_turns
from models.text.dictionary import Dictionary, Entry, parse_dictionary
from models.text.dictionary import format_dictionary as dictionary_text
from models.text.duplicates import signature
from models.text.segment import Segmenter
from models.text.split import split_clauses, split_sentences

PARTS = [
    "空调不制冷", "3000元", "1小时20分", "[手机]", "ID.4 CROZZ", "19-9", "4S店", "一年", "统一", "，", "。", " ", "\n",
    "《", "》", "\ue000", "\ud800", "客户：", "A:", "B:", "[00:12]", "【客服】", "但是", "K70 Pro", "¥", "百分之", "嗯",
]  # fmt: skip
ANYTHING = st.one_of(
    st.text(),
    st.text(alphabet=st.characters(codec=None)),
    st.lists(st.sampled_from(PARTS), max_size=40).map("".join),
)


@pytest.fixture(scope="module", params=["rjieba", "jieba"])
def segmenter(request: pytest.FixtureRequest) -> Segmenter:
    engine = request.param
    return Segmenter(parse_dictionary("秦PLUS\n质保期内\nDM-i 版 3 nz\n", name="t"), engine=engine)


@given(text=ANYTHING)
def test_words_join_to_the_text_and_tokens_are_exact_and_in_order(segmenter: Segmenter, text: str) -> None:
    assert "".join(segmenter.words(text)) == text
    at = 0
    for token in segmenter.tokens(text):
        assert text[token.start : token.end] == token.text
        assert text[at : token.start].strip() == ""
        at = token.end
    assert text[at:].strip() == ""


@given(text=ANYTHING)
def test_a_protected_span_is_exactly_one_token(segmenter: Segmenter, text: str) -> None:
    tokens = {(token.start, token.end) for token in segmenter.tokens(text)}
    assert set(segmenter.protected_spans(text)) <= tokens


@given(text=ANYTHING)
def test_search_words_never_hold_white_space(segmenter: Segmenter, text: str) -> None:
    assert all(word and not any(map(str.isspace, word)) for word in segmenter.search_words(text))


@given(text=ANYTHING)
def test_clauses_and_sentences_are_in_order_apart_and_lose_no_letter(text: str) -> None:
    for split in (split_clauses, split_sentences):
        at = 0
        for span in split(text):
            assert at <= span.start < span.end <= len(text)
            assert not any(character.isalnum() for character in text[at : span.start])
            at = span.end
        assert not any(character.isalnum() for character in text[at:])


@given(text=ANYTHING)
def test_turns_are_runs_of_the_text_in_order(text: str) -> None:
    at = 0
    for turn in split_turns(text):
        assert turn.text.strip()
        at = text.index(turn.text, at) + len(turn.text)


@given(text=ANYTHING)
def test_a_signature_is_made_of_any_text_and_does_not_see_marks_or_digits(text: str) -> None:
    spaced = "，1 ".join(text)
    assert signature(text).shape == (64,)
    assert (signature(text) == signature(spaced)).all()


WORD = st.text(alphabet="户表空调退款车机质保期内PLUS48", min_size=1, max_size=8)
ENTRIES = st.lists(
    st.builds(Entry, WORD, st.none() | st.integers(0, 10**9), st.none() | st.sampled_from(["n", "nz", "v"])),
    unique_by=lambda entry: entry.word,
)


@given(entries=ENTRIES)
def test_a_dictionary_is_read_back_as_it_was_written(entries: list[Entry]) -> None:
    written = Dictionary("t", "1", tuple(entries))
    assert parse_dictionary("# version: 1\n" + dictionary_text(entries), name="t") == written
