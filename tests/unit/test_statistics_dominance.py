"""Worked values: the ``swiss`` data (Mosteller and Tukey 1977) as in the manual of R's ``relaimpo``."""

import itertools

import numpy as np
import pytest

from models.statistics.dominance import all_r2, dominance, parts_of_many

# Agriculture, Examination, Education, Catholic, Infant.Mortality, and Fertility last (R: round(cor(swiss), 4)).
SWISS = np.array(
    [
        [1.0, -0.6865, -0.6395, 0.4011, -0.0609, 0.3531],
        [-0.6865, 1.0, 0.6984, -0.5727, -0.1140, -0.6459],
        [-0.6395, 0.6984, 1.0, -0.1539, -0.0993, -0.6638],
        [0.4011, -0.5727, -0.1539, 1.0, 0.1755, 0.4637],
        [-0.0609, -0.1140, -0.0993, 0.1755, 1.0, 0.4166],
        [0.3531, -0.6459, -0.6638, 0.4637, 0.4166, 1.0],
    ]
)


def test_the_parts_are_those_of_relaimpo_on_swiss() -> None:
    found = dominance(SWISS)
    assert found.exact
    assert found.r2 == pytest.approx(0.7067, abs=2e-4)
    assert found.parts == pytest.approx([0.0571, 0.1712, 0.2601, 0.1056, 0.1128], abs=2e-4)


def test_two_drivers_have_the_closed_form() -> None:
    r1, r2, r12 = 0.5, 0.4, 0.3
    both = (r1**2 + r2**2 - 2 * r1 * r2 * r12) / (1 - r12**2)
    found = dominance(np.array([[1, r12, r1], [r12, 1, r2], [r1, r2, 1.0]]))
    assert found.parts == pytest.approx([(r1**2 + both - r2**2) / 2, (r2**2 + both - r1**2) / 2])
    assert found.conditional == pytest.approx(np.array([[r1**2, r2**2], [both - r2**2, both - r1**2]]))


def test_uncorrelated_drivers_have_their_squared_correlations() -> None:
    found = dominance(np.array([[1, 0, 0.6], [0, 1, 0.3], [0.6, 0.3, 1.0]]))
    assert found.parts == pytest.approx([0.36, 0.09])
    assert found.shares == pytest.approx([0.8, 0.2])


def test_every_models_r2_is_that_of_its_own_regression() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4))
    y = x @ [1.0, -2.0, 0.0, 0.5] + rng.normal(size=60)
    table = np.column_stack([x, y])
    centred = table - table.mean(axis=0)
    found = all_r2((centred.T @ centred)[None])[:, 0]
    for size in (1, 2, 3, 4):
        for chosen in itertools.combinations(range(4), size):
            columns = centred[:, list(chosen)]
            rest = centred[:, 4] - columns @ np.linalg.lstsq(columns, centred[:, 4], rcond=None)[0]
            expected = 1 - rest @ rest / (centred[:, 4] @ centred[:, 4])
            assert found[sum(1 << j for j in chosen)] == pytest.approx(expected)


def test_a_copied_driver_shares_the_part_of_its_twin() -> None:
    found = dominance(np.array([[1, 1, 0.6], [1, 1, 0.6], [0.6, 0.6, 1.0]]))
    assert found.parts == pytest.approx([0.18, 0.18])


def test_sampled_orders_come_near_the_exact_parts_within_their_stated_error() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 14))
    x[:, :12] += 0.7 * x[:, :1]
    y = x[:, :12] @ np.linspace(-1, 1, 12) + rng.normal(size=400)
    table = np.column_stack([x, y])
    gram = np.cov(table.T)
    exact = dominance(gram[np.ix_([*range(12), 14], [*range(12), 14])])
    sampled = dominance(gram, n_permutations=400, seed=1)
    assert not sampled.exact
    close = np.abs(sampled.parts[:12] - exact.parts) < 4 * sampled.sampling_errors[:12] + 0.01
    assert close.all()
    assert np.array_equal(sampled.parts, dominance(gram, n_permutations=400, seed=1).parts)


def test_a_stack_gives_each_matrix_its_own_parts() -> None:
    smaller = SWISS[np.ix_([1, 2, 3, 0, 4, 5], [1, 2, 3, 0, 4, 5])]
    stacked = parts_of_many(np.stack([SWISS, smaller]))
    assert stacked[0] == pytest.approx(dominance(SWISS).parts)
    assert stacked[1] == pytest.approx(stacked[0][[1, 2, 3, 0, 4]])


def test_a_score_that_explains_nothing_has_shares_of_zero() -> None:
    found = dominance(np.eye(3))
    assert found.r2 == 0.0
    assert found.shares.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("gram", [np.eye(1), np.diag([1.0, 0.0]), np.full((2, 2), np.nan)])
def test_what_cannot_be_shared_out_is_refused(gram: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"driver|equal|finite"):
        dominance(gram)
