"""Pairs to opinions, windows of long texts, features that keep the length."""

import numpy as np
import pytest

from models.opinion.decoding import PairScores, choose
from models.opinion.extractor import Decision
from models.opinion.features import MARK, UNKNOWN, Tables, builtin_segmenter, encode_text
from models.opinion.values import Opinion, Triplet
from models.opinion.windows import split_windows
from models.text.align import Span


def chosen(rows: list[tuple[tuple[int, int, int, int], tuple[float, float, float]]], least: float = 0.3):
    spans = np.array([spans for spans, _ in rows], dtype=np.int64).reshape(-1, 4)
    p = np.array([p for _, p in rows], dtype=np.float32).reshape(-1, 3)
    return [(number, column) for number, column, _ in choose(PairScores(spans, p), least=least)]


def test_of_overlapping_borders_the_likelier_pair_stays():
    assert chosen(
        [((0, 2, 3, 5), (0, 0, 0.6)), ((0, 2, 3, 6), (0.7, 0, 0)), ((0, 2, 8, 9), (0, 0.4, 0))]
    ) == [
        (1, 0),
        (2, 1),
    ]


def test_one_opinion_may_be_about_two_aspects():
    assert chosen([((0, 2, 6, 8), (0, 0, 0.6)), ((3, 5, 6, 8), (0, 0, 0.5))]) == [(0, 2), (1, 2)]


def test_an_unwritten_aspect_clashes_with_a_written_one_of_the_same_opinion():
    assert chosen([((-1, -1, 6, 8), (0, 0, 0.5)), ((0, 2, 6, 8), (0, 0, 0.6))]) == [(1, 2)]


def test_the_threshold_counts_one_polarity_not_their_sum():
    assert chosen([((0, 1, 2, 3), (0.25, 0.25, 0.25))]) == []
    assert chosen([]) == []


def test_scores_grow_with_the_probability_and_stay_in_range():
    decision = Decision(least=0.3, slope=1.2, shift=-0.1)
    scores = [decision.score(p) for p in (0.0, 0.1, 0.5, 0.9, 1.0)]
    assert scores == sorted(scores) and scores[0] >= 0 and scores[-1] <= 1
    assert Decision().score(0.4) == pytest.approx(0.4)


def test_windows_end_behind_a_sentence_then_a_clause_then_anywhere():
    assert split_windows("", 5) == []
    assert split_windows("好吃", 5) == [(0, 2)]
    assert split_windows("好。很好吃，也不贵", 5) == [(0, 2), (2, 6), (6, 9)]
    assert split_windows("一二三四五六七", 5) == [(0, 5), (5, 7)]


def test_features_know_each_code_point_and_the_mark_in_front():
    tables = Tables(np.array(sorted(map(ord, "好吃0a"))), {"好吃": 0}, 16)
    features = encode_text("好吃Ａ7😀，", tables, builtin_segmenter())
    assert len(features.chars) == len(features.words) == len(features.pairs) == len(features.is_end) == 7
    assert features.chars[0] == MARK and features.chars[5] == UNKNOWN
    known = {chr(tables.codes[n - 2]) for n in features.chars[1:5]}
    assert known == {"好", "吃", "a", "0"}
    assert features.words[1:3].tolist() == [1, 1]
    assert features.places[1:3].tolist() == [2, 4]
    assert features.is_end.tolist() == [False] * 6 + [True]


def test_an_opinion_says_its_words_and_spans():
    text = "空调不制冷"
    assert Opinion(Span(0, 2), Span(2, 5), -1, 0.91239).to_dict(text) == {
        "aspect": "空调", "opinion": "不制冷", "polarity": -1, "score": 0.9124, "spans": [[0, 2], [2, 5]],
    }  # fmt: skip
    assert Opinion(None, Span(2, 5), -1, 0.5).to_dict(text)["spans"] == [[2, 5]]
    assert Opinion(None, Span(2, 5), -1, 0.5).triplet == Triplet(None, Span(2, 5), -1)
