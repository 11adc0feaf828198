import numpy as np
import pytest

from models.statistics.regression import fit_linear


def test_hc3_is_the_formula_by_hand_for_one_group_against_another() -> None:
    """Two means: HC3 of each is sum(e²)·(m/(m-1))²/m²; here 2·(3/2)²/9 = 0.5 and 8·(2/1)²/4 = 8."""
    y = np.array([1.0, 2.0, 3.0, 4.0, 8.0])
    x = np.array([[0.0], [0.0], [0.0], [1.0], [1.0]])
    found = fit_linear(x, y)
    assert found.intercept == pytest.approx(2.0)
    assert found.coefficients == pytest.approx([4.0])
    assert found.covariance[0, 0] == pytest.approx(0.5 + 8.0)
    assert found.df == 3


def test_customers_of_one_row_each_give_hc3_up_to_the_jackknife_factor() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(50, 2)), rng.normal(size=50)
    plain, clustered = fit_linear(x, y), fit_linear(x, y, np.arange(50))
    assert clustered.covariance == pytest.approx(plain.covariance * 49 / 50)


def test_the_cluster_error_is_that_of_leaving_each_customer_out() -> None:
    rng = np.random.default_rng(4)
    groups = rng.integers(0, 12, size=80)
    x, y = rng.normal(size=(80, 2)), rng.normal(size=80)
    found = fit_linear(x, y, groups)
    design = np.column_stack([np.ones(80), x])
    shifts = [
        np.linalg.lstsq(design[groups != g], y[groups != g], rcond=None)[0][1:] - found.coefficients
        for g in range(12)
    ]
    assert found.covariance == pytest.approx(11 / 12 * sum(np.outer(s, s) for s in shifts))
    assert found.df == 11


def test_the_order_of_rows_and_of_group_codes_does_not_matter() -> None:
    rng = np.random.default_rng(6)
    groups = rng.integers(0, 9, size=60)
    x, y, order = rng.normal(size=(60, 2)), rng.normal(size=60), rng.permutation(60)
    one, other = fit_linear(x, y, groups), fit_linear(x[order], y[order], 100 - groups[order])
    assert one.covariance == pytest.approx(other.covariance)


def test_a_combination_has_the_interval_of_the_recoded_column() -> None:
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(40, 2)), rng.normal(size=40)
    recoded = np.column_stack([x[:, 0], x[:, 1] - x[:, 0]])
    found = fit_linear(x, y).combination(np.array([1.0, 1.0]))
    same = fit_linear(recoded, y).coefficient(0)
    assert (found.estimate, found.low, found.high) == pytest.approx((same.estimate, same.low, same.high))


@pytest.mark.parametrize(
    ("x", "y", "groups", "says"),
    [
        (np.ones((2, 1)), np.array([1.0, 2.0]), None, "too few"),
        (np.zeros((9, 0)), np.arange(9.0), None, "no driver"),
        (np.eye(9)[:, :2], np.full(9, 3.0), None, "equal"),
        (np.ones((9, 1)), np.arange(9.0), None, "depend"),
        (np.eye(9)[:, :1], np.arange(9.0), None, "one row alone"),
        (np.eye(9)[:, :2], np.full(9, np.nan), None, "finite"),
        (np.repeat([[0.0], [1.0]], 5, axis=0), np.arange(10.0), np.arange(10) // 5, "customers"),
        (
            np.repeat([[0.0], [1.0]], 6, axis=0),
            np.arange(12.0),
            np.minimum(np.arange(12) // 2, 3),
            "customer alone",
        ),
        (np.eye(9)[:, :2], np.arange(8.0), None, "one row per transcript"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_what_to_do(x, y, groups, says) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=says):
        fit_linear(x, y, groups)
