"""Heat: people, how much they agree, and how close together in time they came."""

import numpy as np
import pytest
from scipy import sparse

from models.rootcause.heat import Heat, HeatGauge, heat_of_causes


def gauge(
    pairs: list[tuple[int, int]],
    n: int = 6,
    *,
    days: list[float] | None = None,
    window: float = 0.0,
    person: list[int] | None = None,
    reach: list[float] | None = None,
    cause: list[int] | None = None,
) -> HeatGauge:
    agrees = np.zeros((n, n), dtype=np.float32)
    for left, right in pairs:
        agrees[left, right] = agrees[right, left] = 1.0
    return HeatGauge(
        sparse.csr_matrix((n, 1)),
        sparse.csr_matrix(agrees),
        np.array(cause or [0] * n),
        np.ones(n, dtype=bool),
        np.array(person or range(n)),
        np.array(reach or [0.0] * n),
        np.array(days or [np.nan] * n),
        window,
    )


def test_agreement_is_the_share_of_pairs_that_agree() -> None:
    heat = gauge([(0, 1), (0, 2)]).of(np.array([0, 1, 2]))
    assert (heat.n_people, heat.told, heat.agreement, heat.concentration) == (3, 3.0, 0.66667, 0.0)
    assert heat.value == 2.0


def test_likes_of_one_person_are_added_before_the_logarithm() -> None:
    heat = gauge([(0, 2), (1, 2)], person=[0, 0, 1, 2, 3, 4], reach=[3.0, 4.0, 0, 0, 0, 0]).of(
        np.array([0, 1, 2])
    )
    assert heat.n_people == 2
    assert heat.told == pytest.approx(2 + np.log(8), abs=1e-5)
    assert heat.agreement == 1.0


def test_one_person_alone_has_no_heat() -> None:
    assert gauge([], person=[0] * 6).of(np.arange(6)).value == 0.0


def test_what_comes_at_once_is_hotter_than_what_comes_all_the_time() -> None:
    everyone = [(i, j) for i in range(12) for j in range(i)]
    days = [100.0] * 6 + [0.0, 60.0, 120.0, 180.0, 240.0, 300.0]
    told = gauge(everyone, 12, days=days, window=50.0)
    burst, spread = told.of(np.arange(6)), told.of(np.arange(6, 12))
    assert spread.concentration == 0.0
    # Seven of twelve in the fullest window; six and eight more of the usual kind, less the usual share.
    assert burst.concentration == pytest.approx((6 + 8 * 7 / 12) / 14 - 7 / 12, abs=1e-5)
    assert burst.value > spread.value


def test_without_days_nothing_is_concentrated() -> None:
    assert gauge([(0, 1)]).of(np.array([0, 1])).concentration == 0.0


def test_a_cause_is_measured_over_the_voices_it_is_the_main_one_of() -> None:
    heats = heat_of_causes(gauge([(0, 1), (2, 3)], cause=[0, 0, 1, 1, 1, -1]))
    assert {cause: (heat.n_people, heat.agreement) for cause, heat in heats.items()} == {
        0: (2, 1.0),
        1: (3, 0.33333),
    }


def test_heat_at_most_doubles_by_time() -> None:
    assert Heat(10, 10.0, 0.5, 1.0).value == 2 * Heat(10, 10.0, 0.5, 0.0).value
