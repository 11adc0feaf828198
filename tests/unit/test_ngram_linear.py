import numpy as np
import pytest

from models.classify.calibration import VectorScaling, expected_calibration_error
from models.classify.ngram_linear import NgramLinearClassifier, NgramParameters
from models.core.errors import InputError

GOOD = ["很满意", "非常好", "服务周到", "味道不错", "下次还来", "值得推荐", "质量很好", "速度快"]
BAD = ["太差了", "很失望", "没人管", "再也不来", "质量差", "速度慢", "态度恶劣", "要求退款"]
TEXTS = [f"{a}，{b}" for group in (GOOD, BAD) for a in group for b in group if a != b]
LABELS = ["positive"] * (len(TEXTS) // 2) + ["negative"] * (len(TEXTS) // 2)


def fitted(**parameters):
    return NgramLinearClassifier(NgramParameters(min_df=1, **parameters)).fit(TEXTS, LABELS)


def test_it_learns_what_is_separable():
    assert fitted().predict(["质量很好，值得推荐", "态度恶劣，没人管"]) == ["positive", "negative"]


def test_a_batch_gives_what_its_members_give_one_by_one():
    model = fitted()
    batch = model.predict_proba(TEXTS[:20])
    single = np.concatenate([model.predict_proba([text]) for text in TEXTS[:20]])
    np.testing.assert_allclose(batch, single, atol=1e-6)


def test_probabilities_are_probabilities_even_for_texts_without_a_known_n_gram():
    p = fitted().predict_proba(["", "xyz", "太差了"])
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    assert (p >= 0).all()


def test_what_is_saved_predicts_the_same():
    model = fitted()
    meta, arrays = model.to_files()
    again = NgramLinearClassifier.from_files(meta, arrays)
    np.testing.assert_allclose(again.predict_proba(TEXTS), model.predict_proba(TEXTS), atol=5e-3)


def test_the_same_rows_and_seed_give_the_same_model():
    one, other = fitted().to_files()[1], fitted().to_files()[1]
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_one_class_is_refused():
    with pytest.raises(InputError):
        NgramLinearClassifier().fit(["好", "很好"], ["positive", "positive"])


def test_scaling_mends_margins_that_are_too_sure():
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, 4000)
    truth = np.where(y == 1, 1.0, -1.0) + rng.normal(0, 1.5, 4000)
    margins = np.stack([-truth, truth], axis=1).astype(np.float32) * 10
    raw = np.exp(margins - margins.max(axis=1, keepdims=True))
    raw /= raw.sum(axis=1, keepdims=True)
    mended = VectorScaling().fit(margins[:2000], y[:2000]).transform(margins[2000:])
    before = expected_calibration_error(raw[2000:], y[2000:])
    after = expected_calibration_error(mended, y[2000:])
    assert before > 0.15
    assert after < 0.05


def test_calibration_error_of_a_hand_computed_case():
    p = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]], dtype=np.float32)
    y = np.array([0, 1, 1, 1])
    assert expected_calibration_error(p, y) == pytest.approx((2 * 0.4 + 2 * 0.4) / 4, abs=1e-6)
