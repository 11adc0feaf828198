import numpy as np
import pytest

from models.classify.calibration import (
    DecisionScaling,
    VectorScaling,
    calibration_error_by_chance,
    expected_calibration_error,
)


def rare_class_margins(n, seed):
    """Three classes, 70 % / 25 % / 5 %, with noisy margins that know nothing of the frequencies."""
    rng = np.random.default_rng(seed)
    y = rng.choice(3, n, p=[0.70, 0.25, 0.05])
    margins = 1.3 * np.eye(3)[y] + rng.normal(0, 1, (n, 3)) + np.log([0.70, 0.25, 0.05])
    return margins.astype(np.float32), y


def macro_f1(p, y):
    predicted = p.argmax(axis=1)
    scores = []
    for c in range(p.shape[1]):
        hit = ((predicted == c) & (y == c)).sum()
        scores.append(2 * hit / max((predicted == c).sum() + (y == c).sum(), 1))
    return np.mean(scores)


def test_macro_f1_as_the_objective_gives_rare_classes_their_share():
    (margins, y), (new, truth) = rare_class_margins(6000, 1), rare_class_margins(6000, 2)
    plain = DecisionScaling("accuracy").fit(margins, y).transform(new)
    fair = DecisionScaling("macro_f1").fit(margins, y).transform(new)
    assert macro_f1(fair, truth) > macro_f1(plain, truth) + 0.03
    assert (plain.argmax(axis=1) == truth).mean() > (fair.argmax(axis=1) == truth).mean()


def test_scores_hold_under_either_objective():
    (margins, y), (new, truth) = rare_class_margins(6000, 3), rare_class_margins(6000, 4)
    for objective in ("accuracy", "macro_f1"):
        p = DecisionScaling(objective).fit(margins, y).transform(new)
        assert expected_calibration_error(p, truth) < 0.035


def test_for_accuracy_the_decisions_are_those_of_vector_scaling():
    margins, y = rare_class_margins(2000, 5)
    ours = DecisionScaling().fit(margins, y).transform(margins)
    theirs = VectorScaling().fit(margins, y).transform(margins)
    assert np.array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))


def test_perfectly_calibrated_scores_have_an_error_by_chance_that_falls_with_the_rows():
    rng = np.random.default_rng(6)
    top = rng.uniform(0.5, 1, 8000)
    p = np.stack([top, 1 - top], axis=1)
    y = (rng.random(8000) > top).astype(int)
    few, many = calibration_error_by_chance(p[:300], seed=1), calibration_error_by_chance(p, seed=1)
    assert many < 0.02 < few
    assert abs(expected_calibration_error(p, y) - many) < 0.01


def test_margins_that_mean_nothing_turn_no_decision_round():
    rng = np.random.default_rng(7)
    y = rng.integers(0, 2, 400)
    wrong = np.where(y == 1, -0.2, 0.2) + rng.normal(0, 1, 400)
    scaling = DecisionScaling().fit(np.stack([-wrong, wrong], axis=1).astype(np.float32), y)
    assert (scaling.scale_ > 0).all()
    assert scaling.transform(np.array([[-9.0, 9.0], [9.0, -9.0]], dtype=np.float32)).argmax(
        axis=1
    ).tolist() == [1, 0]


def test_a_rare_class_that_is_decided_for_macro_f1_claims_no_more_than_it_holds():
    (margins, y), (new, truth) = rare_class_margins(20_000, 8), rare_class_margins(20_000, 9)
    p = DecisionScaling("macro_f1").fit(margins, y).transform(new)
    rare = p.argmax(axis=1) == 2
    assert rare.sum() > 500
    assert abs(p[rare].max(axis=1).mean() - (truth[rare] == 2).mean()) < 0.06


def test_sharpening_moves_no_decision_and_keeps_rows_summing_to_one():
    margins, y = rare_class_margins(3000, 10)
    scaling = DecisionScaling("macro_f1").fit(margins, y)
    p = scaling.transform(margins)
    assert np.array_equal(p.argmax(axis=1), (margins * scaling.scale_ + scaling.shift_).argmax(axis=1))
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)


def test_equal_margins_and_no_rows_are_no_trouble():
    margins, y = rare_class_margins(500, 11)
    scaling = DecisionScaling("macro_f1").fit(margins, y)
    assert np.isfinite(scaling.transform(np.zeros((2, 3), dtype=np.float32))).all()
    assert scaling.transform(np.zeros((0, 3), dtype=np.float32)).shape == (0, 3)


def test_what_is_saved_scales_the_same_and_other_objectives_are_refused():
    margins, y = rare_class_margins(500, 12)
    scaling = DecisionScaling("macro_f1").fit(margins, y)
    again = DecisionScaling.from_arrays(scaling.to_arrays())
    assert np.array_equal(again.transform(margins), scaling.transform(margins))
    with pytest.raises(ValueError, match="objective"):
        DecisionScaling("recall")
