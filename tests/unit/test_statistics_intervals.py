"""Worked values: Newcombe 1998, Statistics in Medicine 17, 857-872, table I; Garwood 1936."""

import math

import pytest

from models.statistics.intervals import poisson_exact, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_limits_of_newcombes_table(k: int, n: int, low: float, high: float) -> None:
    found = wilson(k, n)
    assert found.estimate == pytest.approx(k / n)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_wilson_of_nothing_observed_leaves_everything_open() -> None:
    found = wilson(0, 0)
    assert math.isnan(found.estimate)
    assert (found.low, found.high) == (0.0, 1.0)


def test_wilson_of_all_is_the_mirror_of_none() -> None:
    none, everything = wilson(0, 37), wilson(37, 37)
    assert everything.high == 1.0
    assert everything.low == pytest.approx(1 - none.high)


def test_a_wider_confidence_gives_a_wider_interval() -> None:
    assert wilson(5, 50, 0.99).low < wilson(5, 50, 0.9).low
    assert wilson(5, 50, 0.99).high > wilson(5, 50, 0.9).high


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="between 0"):
        wilson(k, n)


@pytest.mark.parametrize(
    ("k", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (5, 1.6235, 11.6683), (10, 4.7954, 18.3904)]
)
def test_poisson_gives_garwoods_limits(k: int, low: float, high: float) -> None:
    found = poisson_exact(k, 1.0)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_poisson_rate_scales_with_exposure() -> None:
    found = poisson_exact(10, 2000).scaled(1000)
    assert found.estimate == pytest.approx(5.0)
    assert found.low == pytest.approx(4.7954 / 2, abs=5e-5)


def test_poisson_without_exposure_says_nothing() -> None:
    found = poisson_exact(0, 0)
    assert math.isnan(found.estimate)
    assert found.high == math.inf


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95])
def test_a_confidence_outside_0_and_1_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, confidence)
