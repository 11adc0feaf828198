import numpy as np
import pytest

from models.classify.calibration import expected_calibration_error
from models.core.errors import InputError
from training.gate_comparison import accuracy_and_f1, answers, ece_noise, paired_bootstrap


def drawn_rows(seed=1, n=400, k=3, right=0.8):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    return y, np.where(rng.random(n) < right, y, rng.integers(0, k, n))


def plain_bootstrap(y, a, b, *, seed, n_draws):
    """Row by row, as written in the books; macro-F1 by scikit-learn's definition over labels drawn."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n_draws):
        rows = rng.integers(0, len(y), len(y))
        scores = []
        for predicted in (a[rows], b[rows]):
            f1 = [
                2
                * ((predicted == c) & (y[rows] == c)).sum()
                / ((predicted == c).sum() + (y[rows] == c).sum())
                for c in np.unique(y[rows])
            ]
            scores.append(((predicted == y[rows]).mean(), np.mean(f1)))
        found.append(np.subtract(*scores))
    return np.percentile(found, [2.5, 97.5], axis=0)


def test_the_interval_is_that_of_the_plain_paired_bootstrap():
    y, a = drawn_rows()
    b = drawn_rows(seed=1, right=0.74)[1]
    found = paired_bootstrap(y, a, b, seed=3)
    low, high = plain_bootstrap(y, a, b, seed=4, n_draws=1000)
    for i, name in enumerate(("accuracy", "macro_f1")):
        assert found[name].low == pytest.approx(low[i], abs=0.008)
        assert found[name].high == pytest.approx(high[i], abs=0.008)


def test_the_point_is_the_difference_of_the_two_scores():
    y, a = drawn_rows()
    b = drawn_rows(seed=1, right=0.6)[1]
    found = paired_bootstrap(y, a, b, seed=3, n_draws=100)
    for name in ("accuracy", "macro_f1"):
        points = accuracy_and_f1(y, a)[name] - accuracy_and_f1(y, b)[name]
        assert found[name].estimate == pytest.approx(points, abs=2e-4)


def test_equal_answers_have_no_interval_and_the_seed_fixes_the_rest():
    y, a = drawn_rows()
    same = paired_bootstrap(y, a, a, seed=3, n_draws=200)
    assert {(d.low, d.estimate, d.high) for d in same.values()} == {(0.0, 0.0, 0.0)}
    b = drawn_rows(seed=2)[1]
    assert paired_bootstrap(y, a, b, seed=3, n_draws=200) == paired_bootstrap(y, a, b, seed=3, n_draws=200)
    assert paired_bootstrap(y, a, b, seed=3, n_draws=200) != paired_bootstrap(y, a, b, seed=4, n_draws=200)


def test_pairing_tells_models_apart_whose_own_intervals_overlap():
    y, current = drawn_rows(n=600, right=0.8)
    candidate = current.copy()
    hits = np.flatnonzero(current == y)[:15]
    candidate[hits] = (y[hits] + 1) % 3
    found = paired_bootstrap(y, candidate, current, seed=3)
    assert found["accuracy"].high < 0
    assert found["accuracy"].estimate == pytest.approx(-15 / 600)


def test_as_many_rows_won_as_lost_is_within_the_noise():
    y, current = drawn_rows(n=600, right=0.8)
    candidate = current.copy()
    lost, won = np.flatnonzero(current == y)[:10], np.flatnonzero(current != y)[:8]
    candidate[lost], candidate[won] = (y[lost] + 1) % 3, y[won]
    found = paired_bootstrap(y, candidate, current, seed=3)
    assert found["accuracy"].low < found["accuracy"].estimate < 0 < found["accuracy"].high


def test_a_model_chooses_among_the_labels_of_the_rows():
    p = np.array([[0.2, 0.5, 0.3], [0.1, 0.8, 0.1]], dtype=np.float32)
    found = answers(("negative", "neutral", "positive"), p, ("negative", "positive"))
    assert found.predicted.tolist() == [1, 0]
    assert found.p[0].tolist() == pytest.approx([0.4, 0.6])


def test_a_label_that_the_model_does_not_know_is_never_its_answer():
    p = np.zeros((2, 1), dtype=np.float32)
    found = answers(("b",), p, ("a", "b"))
    assert found.predicted.tolist() == [1, 1]
    with pytest.raises(InputError, match="nothing in common"):
        answers(("x", "y"), np.zeros((1, 2), dtype=np.float32), ("a", "b"))


def test_chance_alone_gives_a_large_calibration_error_on_few_rows():
    rng = np.random.default_rng(5)
    for n, limit in ((40, 0.3), (4000, 0.04)):
        top = rng.uniform(0.5, 1, n)
        p = np.column_stack([top, 1 - top]).astype(np.float32)
        noise = ece_noise(p, seed=1)
        errors = [expected_calibration_error(p, (rng.random(n) >= top).astype(np.int64)) for _ in range(200)]
        assert 0.88 <= np.mean(np.array(errors) <= noise) <= 0.99
        assert noise < limit
