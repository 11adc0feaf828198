"""Scores of found personal data."""

from __future__ import annotations

import pytest

from models.text.pii import PiiMatch
from models.text.pii.score import parse_marked, score


def test_marked_text_gives_plain_text_and_offsets() -> None:
    text, matches = parse_marked("打⟦mobile:138⟧找⟦name:王先生⟧")
    assert text == "打138找王先生"
    assert matches == [PiiMatch("mobile", 1, 4), PiiMatch("name", 5, 8)]


def test_overlap_of_the_same_kind_counts_and_exact_spans_are_told_apart() -> None:
    gold = [[PiiMatch("mobile", 0, 11), PiiMatch("name", 20, 23)], []]
    got = [[PiiMatch("mobile", 0, 12), PiiMatch("qq", 20, 23)], [PiiMatch("mobile", 3, 5)]]
    scores = score(gold, got)
    mobile = scores["mobile"]
    assert (mobile.n_expected, mobile.n_found, mobile.n_exact) == (1, 2, 0)
    assert mobile.precision == pytest.approx(0.5)
    assert mobile.recall == 1.0
    assert scores["name"].recall == 0.0
    assert scores["qq"].precision == 0.0
    assert scores["all"].n_found == 3
