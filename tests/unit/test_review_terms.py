"""Every member of every enumeration that a review may show has words, in Chinese and English."""

from __future__ import annotations

from enum import StrEnum
from typing import get_args

import pytest

from models.review.judged import Reading, ShiftVerdict
from models.review.terms import READINGS, SHIFT_VERDICTS, p_text, term
from models.statistics.balance import Leaning
from models.statistics.drivers import Quadrant
from models.statistics.funnel import FunnelPlace
from models.statistics.kano import KanoClass
from models.statistics.panel import Verdict
from models.statistics.parallel import TrendVerdict
from models.statistics.screening import DropReason

KINDS: dict[str, type[StrEnum]] = {
    "quadrant": Quadrant,
    "kano": KanoClass,
    "leaning": Leaning,
    "trend": TrendVerdict,
    "place": FunnelPlace,
    "dropped": DropReason,
    "trust": Verdict,
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_member_has_its_own_words(kind: str) -> None:
    for language in ("zh", "en"):
        words = [term(kind, member.value, language) for member in KINDS[kind]]
        assert all(words) and len(set(words)) == len(words)
    assert all("\u4e00" <= term(kind, member.value)[0] <= "\u9fff" for member in KINDS[kind])


def test_every_reading_and_verdict_has_words() -> None:
    assert set(READINGS) == set(get_args(Reading))
    assert set(SHIFT_VERDICTS) == set(get_args(ShiftVerdict))


def test_a_p_value_is_never_printed_as_nought() -> None:
    assert [p_text(value) for value in (0.0, 0.0004, 0.012, 1.0, None)] == [
        "<0.001",
        "<0.001",
        "0.012",
        "1.000",
        "—",
    ]
