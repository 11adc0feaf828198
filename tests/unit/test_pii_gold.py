"""Precision and recall of personal data over hand-written hard cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.text.pii import KINDS, PiiMatch, find_pii, mask
from models.text.pii.score import KindScore, parse_marked, score

CASES = Path(__file__).parents[1] / "gold" / "pii_cases.jsonl"
MIN_PRECISION = 0.95
MIN_RECALL = 0.93


def read_cases() -> list[tuple[str, list[PiiMatch]]]:
    lines = CASES.read_text(encoding="utf-8").splitlines()
    return [parse_marked(json.loads(line)["marked"]) for line in lines]


def test_there_are_enough_cases_and_four_in_ten_hold_nothing_personal() -> None:
    cases = read_cases()
    assert len(cases) >= 300
    assert sum(not gold for _, gold in cases) >= 0.4 * len(cases)
    assert {match.kind for _, gold in cases for match in gold} == set(KINDS)


@pytest.fixture(scope="module")
def scores() -> dict[str, KindScore]:
    cases = read_cases()
    return score([gold for _, gold in cases], [find_pii(text) for text, _ in cases])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_is_found_and_little_else(kind: str, scores: dict[str, KindScore]) -> None:
    found = scores[kind]
    print(f"{kind}: n={found.n_expected} P={found.precision:.3f} R={found.recall:.3f} exact={found.n_exact}")
    assert found.precision >= MIN_PRECISION
    assert found.recall >= MIN_RECALL


def test_masked_cases_hold_nothing_more_to_find() -> None:
    for text, _ in read_cases():
        masked = mask(text, find_pii(text)).text
        assert find_pii(masked) == []
