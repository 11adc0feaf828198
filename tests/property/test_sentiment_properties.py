"""Composition on any text: offsets, determinism, batch equals one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.lexicons import load_sentiment_lexicon
from models.sentiment.composition import read
from models.sentiment.features import brevity, reading_columns
from models.sentiment.scan import find_hits, fold

WORDS = st.sampled_from(
    [
        "服务",
        "不",
        "没有",
        "好",
        "差",
        "很",
        "但是",
        "，",
        "。",
        "？",
        "请问",
        "等了三个小时",
        "您",
        "“好”",
        "终于修好了",
        "异响",
        "A",
        "１",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=14).map("".join))


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_evidence_lies_inside_the_text(text: str) -> None:
    reading = read(text, load_sentiment_lexicon())
    assert all(0 <= piece.start < piece.end <= len(text) for piece in reading.evidence)
    assert all(np.isfinite(piece.weight) and piece.weight for piece in reading.evidence)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_folding_keeps_the_length_and_hits_are_in_order(text: str) -> None:
    folded = fold(text)
    hits = find_hits(folded, load_sentiment_lexicon())
    assert len(folded) == len(text)
    assert all(a.end <= b.start for a, b in pairwise(hits))


@given(st.lists(TEXTS, min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_batch_is_its_texts_one_by_one(texts: list[str]) -> None:
    lexicon = load_sentiment_lexicon()
    together = reading_columns([read(text, lexicon) for text in texts])
    alone = [reading_columns([read(text, lexicon)])[0] for text in texts]
    np.testing.assert_array_equal(together, np.stack(alone))
    assert (brevity([read(text, lexicon) for text in texts]) <= 1).all()
