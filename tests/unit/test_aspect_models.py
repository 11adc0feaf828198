"""The aspect classifiers: fit, predict, abstain, save."""

import numpy as np
import pytest

from models.classify.aspect_ensemble import EnsembleAspectClassifier, EnsembleParameters
from models.classify.aspect_ngram import AspectParameters, NgramAspectClassifier
from models.core.errors import ArtifactError, InputError

SMALL = AspectParameters(max_n=2, min_df=1, n_folds=3)
SAID = {"动力": ("动力", "提速"), "油耗": ("油耗", "百公里")}
HOW = {-1: ("太差了", "真失望"), 0: ("怎么样", "是多少"), 1: ("非常好", "很满意")}


def _data():
    texts, labels = [], []
    for subject, words in SAID.items():
        for polarity, ways in HOW.items():
            for i in range(12):
                texts.append(f"{'这那我你'[i % 4]}车{words[i % 2]}{ways[i // 2 % 2]}{'啊呢吧'[i % 3]}")
                labels.append([(subject, polarity)])
    for i in range(12):
        texts.append(f"动力{HOW[1][i % 2]}，油耗{HOW[-1][i // 2 % 2]}{'啊呢吧'[i % 3]}")
        labels.append([("动力", 1), ("油耗", -1)])
    background = [f"{a}{b}{c}" for a in ("您好", "谢谢") for b in ("请讲", "再见") for c in "的了吗嗯哦呀"]
    return texts + background, labels + [[]] * len(background)


class FakeEncoder:
    """Presence of eight characters, which is all that these texts need."""

    name = "fake.v1"

    def pooled(self, texts):
        return np.array([[c in text for c in "动提油百差失好满"] for text in texts], dtype=np.float32)


@pytest.fixture(scope="module")
def model():
    return NgramAspectClassifier(SMALL).fit(*_data())


def _pairs(labels):
    return [(label.subject, label.polarity) for label in labels]


def test_subject_and_polarity_are_found(model):
    found = model.predict(["他车提速真失望", "百公里非常好"])
    assert [_pairs(labels) for labels in found] == [[("动力", -1)], [("油耗", 1)]]
    assert all(0 < label.score <= 1 for labels in found for label in labels)


def test_two_subjects_of_one_text_have_their_own_polarity(model):
    assert set(_pairs(model.predict(["动力很满意，油耗真失望"])[0])) == {("动力", 1), ("油耗", -1)}


def test_a_text_that_names_no_subject_gets_none(model):
    assert model.predict(["谢谢再见", "", "##"]) == [[], [], []]
    assert [len(labels) for labels in model.predict(["谢谢再见", ""], min_labels=1)] == [1, 1]


def test_no_texts_give_no_labels(model):
    assert model.predict([]) == []
    assert model.scores([]).shape == (0, 2, 3)


def test_a_batch_is_as_good_as_one_by_one(model):
    texts = ["动力太差了", "油耗怎么样，动力非常好", "您好"]
    alone = np.concatenate([model.scores([text]) for text in texts])
    assert np.allclose(model.scores(texts), alone, atol=1e-6)


def test_the_same_rows_give_the_same_model(model):
    again = NgramAspectClassifier(SMALL).fit(*_data())
    assert (again.coef_ == model.coef_).all()
    assert again.threshold == model.threshold


def test_a_saved_model_scores_alike(model):
    meta, arrays = model.to_files()
    again = NgramAspectClassifier.from_files(meta, arrays)
    texts = ["动力太差了", "油耗怎么样"]
    assert np.allclose(again.scores(texts), model.scores(texts), atol=0.01)
    assert again.subjects_ == ("动力", "油耗")


def test_one_subject_is_too_few():
    with pytest.raises(InputError):
        NgramAspectClassifier(SMALL).fit(["动力好", "动力差"], [[("动力", 1)], [("动力", -1)]])


def test_the_ensemble_serves_with_its_own_encoder_alone():
    parameters = EnsembleParameters(ngrams=SMALL, n_folds=3)
    model = EnsembleAspectClassifier(FakeEncoder(), parameters).fit(*_data())
    assert _pairs(model.predict(["他车提速真失望"])[0]) == [("动力", -1)]
    meta, arrays = model.to_files()
    again = EnsembleAspectClassifier.from_files(meta, arrays, encoder=FakeEncoder())
    assert np.allclose(again.scores(["油耗很满意"]), model.scores(["油耗很满意"]), atol=0.01)
    other = FakeEncoder()
    other.name = "other.v1"
    for encoder in (None, other):
        with pytest.raises(ArtifactError):
            EnsembleAspectClassifier.from_files(meta, arrays, encoder=encoder)


def test_the_stack_is_fitted_on_rows_that_the_encoder_did_not_see():
    texts, labels = _data()
    parameters = EnsembleParameters(ngrams=SMALL, n_folds=3)
    unseen = [at % 2 == 0 for at in range(len(texts))]
    model = EnsembleAspectClassifier(FakeEncoder(), parameters).fit(texts, labels, unseen=unseen)
    assert model.stacked_rows_.tolist() == [at for at, value in enumerate(unseen) if value]
    assert len(model.held_out_scores_) == sum(unseen)
    with pytest.raises(InputError):
        EnsembleAspectClassifier(FakeEncoder(), parameters).fit(texts, labels, unseen=[False] * len(texts))
