import numpy as np
import pytest

from models.classify.ngram_nb import NgramNbClassifier, NgramNbParameters, parameters_for
from models.core.errors import InputError

GOOD = ["很满意", "非常好", "服务周到", "味道不错", "下次还来", "值得推荐", "质量很好", "速度快"]
BAD = ["太差了", "很失望", "没人管", "再也不来", "质量差", "速度慢", "态度恶劣", "要求退款"]
FACT = ["周一入住", "三楼房间", "两个人", "订单号", "昨天到货", "五点到店", "蓝色款", "第二次买"]
TEXTS = [f"{a}，{b}" for group in (GOOD, BAD, FACT) for a in group for b in group if a != b]
LABELS = [label for label in ("positive", "negative", "neutral") for _ in range(len(TEXTS) // 3)]
N_TWO = 2 * len(TEXTS) // 3


def fitted(n=None, **parameters):
    return NgramNbClassifier(NgramNbParameters(min_df=1, **parameters)).fit(TEXTS[:n], LABELS[:n])


def test_it_learns_what_is_separable():
    new = ["质量很好，值得推荐", "态度恶劣，没人管", "三楼房间，蓝色款"]
    assert fitted().predict(new) == ["positive", "negative", "neutral"]
    assert fitted(N_TWO).predict(new[:2]) == ["positive", "negative"]


def test_a_batch_gives_what_its_members_give_one_by_one():
    model = fitted()
    single = np.concatenate([model.predict_proba([text]) for text in TEXTS[:20]])
    np.testing.assert_allclose(model.predict_proba(TEXTS[:20]), single, atol=1e-6)


def test_probabilities_are_probabilities_even_for_texts_without_a_known_n_gram():
    p = fitted().predict_proba(["", "xyz", "太差了", "\x00"])
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)
    assert (p >= 0).all()


def test_no_texts_give_no_rows():
    assert fitted().predict_proba([]).shape == (0, 3)


@pytest.mark.parametrize("n", [N_TWO, len(TEXTS)])
def test_what_is_saved_predicts_exactly_the_same(n):
    model = fitted(n)
    meta, arrays = model.to_files()
    again = NgramNbClassifier.from_files(meta, arrays)
    assert np.array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))


@pytest.mark.parametrize("n", [N_TWO, len(TEXTS)])
def test_contributions_and_intercept_sum_to_the_margins(n):
    model = fitted(n)
    for text in (" 质量\n很好 很好，ＡＢ", "xyz", "", "没人管没人管没人管"):
        _, _, weights = model.contributions(text)
        np.testing.assert_allclose(
            weights.sum(axis=0) + model.intercept_, model.margins([text])[0], atol=1e-4
        )


def test_contributions_stand_where_the_characters_stand():
    starts, ends, weights = fitted(longest=2).contributions("  太 差 了")
    spans = {(int(s), int(e)): w for s, e, w in zip(starts, ends, weights, strict=True)}
    assert set(spans) == {(2, 3), (4, 5), (6, 7), (2, 5), (4, 7)}
    assert spans[4, 5].argmax() == 0


def test_held_out_probabilities_stand_in_the_order_of_the_rows():
    order = np.random.default_rng(3).permutation(len(TEXTS))
    plain = fitted().held_out_probabilities_
    shuffled = NgramNbClassifier(NgramNbParameters(min_df=1)).fit(
        [TEXTS[i] for i in order], [LABELS[i] for i in order]
    )
    assert np.array_equal(shuffled.held_out_probabilities_, plain[order])


def test_the_order_of_the_rows_does_not_matter_and_the_seed_fixes_everything():
    order = np.random.default_rng(4).permutation(len(TEXTS))
    other = NgramNbClassifier(NgramNbParameters(min_df=1)).fit(
        [TEXTS[i] for i in order], [LABELS[i] for i in order]
    )
    one, two = fitted().to_files()[1], other.to_files()[1]
    assert one.keys() == two.keys()
    assert all(np.array_equal(one[name], two[name]) for name in one)


def test_held_out_rows_are_not_seen_even_as_copies():
    rng = np.random.default_rng(5)
    noise = ["".join(map(chr, rng.integers(0x4E00, 0x9000, 12))) for _ in range(60)] * 3
    labels = [["a", "b"][i] for i in rng.integers(0, 2, 60)] * 3
    model = NgramNbClassifier(NgramNbParameters(min_df=1)).fit(noise, labels)
    right = model.held_out_probabilities_.argmax(axis=1) == np.searchsorted(model.classes_, labels)
    assert right.mean() < 0.75
    assert model.predict(noise) == labels


def test_only_so_many_features_are_kept_and_the_decisions_stay():
    small, whole = fitted(max_kept=150), fitted()
    assert len(small.vocabulary_) <= 150 < len(whole.vocabulary_)
    assert np.mean(np.array(small.predict(TEXTS)) == np.array(whole.predict(TEXTS))) > 0.95


def test_eight_bits_keep_small_coefficients_in_proportion():
    model = NgramNbClassifier()
    model.vocabulary_ = np.arange(4)
    coef = np.array([[1.0], [0.1], [-0.01], [0.0]], dtype=np.float32)
    model._keep(coef, np.zeros(1, dtype=np.float32))
    np.testing.assert_allclose(model.coef_[:, 1], coef[:3, 0], rtol=0.05)
    assert model.vocabulary_.tolist() == [0, 1, 2]


def test_a_class_with_one_row_does_no_harm():
    model = NgramNbClassifier(NgramNbParameters(min_df=1, objective="macro_f1")).fit(
        [*TEXTS, "独此一条"], [*LABELS, "rare"]
    )
    assert np.isfinite(model.held_out_probabilities_).all()
    assert model.predict_proba(["独此一条"]).shape == (1, 4)


def test_progress_rises_from_nothing_to_the_end():
    seen = []
    NgramNbClassifier(NgramNbParameters(min_df=1)).fit(
        TEXTS, LABELS, progress=lambda done, what: seen.append((done, what))
    )
    shares = [done for done, _ in seen]
    assert shares[0] == 0 and shares == sorted(shares) and shares[-1] < 1
    assert all(what for _, what in seen)


def test_one_class_and_rows_that_share_nothing_are_refused():
    with pytest.raises(InputError):
        NgramNbClassifier().fit(["好", "很好"], ["positive", "positive"])
    with pytest.raises(InputError):
        NgramNbClassifier().fit(["好", "差"], ["positive", "negative"])


def test_parameters_go_by_rows_and_classes_and_keep_the_model_small():
    few, many, rare = (parameters_for(labels) for labels in (["a", "b"] * 50, list("abc") * 9000, range(19)))
    assert few.longest == 3 and few.objective == "accuracy"
    assert many.n_folds < few.n_folds
    assert rare.objective == "macro_f1" and rare.balanced
    assert rare.max_kept * (8 + 19) <= 2_500_000 and many.max_kept * (8 + 3) <= 2_500_000
    assert parameters_for(["a", "b"], seed=4).seed == 4


def test_arrays_in_any_order_come_back_as_the_same_model() -> None:
    model = NgramNbClassifier().fit(TEXTS, LABELS)
    meta, arrays = model.to_files()
    orders = (sorted(arrays), sorted(arrays, reverse=True))
    one, other = (NgramNbClassifier.from_files(meta, {key: arrays[key] for key in order}) for order in orders)
    np.testing.assert_array_equal(one.predict_proba(TEXTS), other.predict_proba(TEXTS))
    np.testing.assert_array_equal(one.predict_proba(TEXTS), model.predict_proba(TEXTS))
