"""The minimal pairs themselves: enough of them, well-formed, none twice."""

from __future__ import annotations

from collections import Counter

import numpy as np

from data.behaviour import DOMAINS, LABELS, PHENOMENA, Case, load_cases, load_sentences
from data.behaviour.suite import run_suite


def test_there_are_at_least_300_pairs_and_12_per_phenomenon() -> None:
    cases = load_cases()
    counts = Counter(case.phenomenon for case in cases)
    assert len(cases) >= 300
    assert set(counts) == set(PHENOMENA)
    assert min(counts.values()) >= 12


def test_every_trade_has_at_least_20_pairs() -> None:
    counts = Counter(case.domain for case in load_cases())
    assert set(counts) == set(DOMAINS)
    assert min(counts.values()) >= 20


def test_ids_are_unique_and_name_their_phenomenon() -> None:
    cases = load_cases()
    assert len({case.id for case in cases}) == len(cases)
    assert all(case.id.rpartition("-")[0] == case.phenomenon for case in cases)


def test_no_pair_stands_twice() -> None:
    counts = Counter(frozenset((case.a, case.b)) for case in load_cases())
    assert [pair for pair, n in counts.items() if n > 1] == []


def test_the_same_text_never_has_two_answers() -> None:
    allowed: dict[str, set[str]] = {}
    for case in load_cases():
        for text, expected in ((case.a, case.expect_a), (case.b, case.expect_b)):
            assert allowed.setdefault(text, set(expected)) & set(expected), text


def test_a_pair_asks_for_a_difference() -> None:
    for case in load_cases():
        assert set(case.expect_a) <= set(LABELS) and set(case.expect_b) <= set(LABELS)
        assert case.a != case.b
        assert case.a_below_b or not set(case.expect_a) & set(case.expect_b), case.id


def test_every_phenomenon_has_held_pairs() -> None:
    held = Counter(case.phenomenon for case in load_cases() if case.split == "held")
    assert set(held) == set(PHENOMENA)
    assert sum(held.values()) >= 60


def test_no_constant_answer_passes_any_pair() -> None:
    for column in range(3):
        answer = np.zeros(3)
        answer[column] = 1.0
        result = run_suite(lambda texts, row=answer: np.tile(row, (len(texts), 1)), LABELS)
        assert result.n_passed == 0


def test_a_pair_passes_only_with_both_labels_and_the_order() -> None:
    case = Case("degree-x", "degree", "food", "很差", "较差", ("negative",), ("negative",), a_below_b=True)
    right = np.array([[0.9, 0.1, 0.0], [0.7, 0.3, 0.0]])
    assert run_suite(lambda texts: right, LABELS, cases=[case]).n_passed == 1
    assert run_suite(lambda texts: right[::-1], LABELS, cases=[case]).n_passed == 0
    wrong_label = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1]])
    assert run_suite(lambda texts: wrong_label, LABELS, cases=[case]).n_passed == 0


def test_columns_follow_the_classes_of_the_model() -> None:
    case = Case("x-1", "x", "food", "好", "差", ("positive",), ("negative",))
    p = np.array([[0.9, 0.1], [0.2, 0.8]])
    result = run_suite(lambda texts: p, ("positive", "negative"), cases=[case])
    assert (result.n_passed, result.by_phenomenon) == (1, {"x": (1, 1)})


def test_single_sentences_are_well_formed_and_none_stands_in_a_pair() -> None:
    texts = [text for text, _ in load_sentences()]
    assert len(set(texts)) == len(texts) >= 200
    assert all(set(expected) <= set(LABELS) and expected for _, expected in load_sentences())
    assert not set(texts) & {text for case in load_cases() for text in (case.a, case.b)}
