"""The n-gram classifier on any text at all: batches, offsets, round trips."""

from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.classify.ngram_nb import NgramNbClassifier, NgramNbParameters
from models.classify.ngrams import NgramSpace, code_points, locate_ngrams, ngram_keys, ngram_totals

ROWS = [
    (f"{a}，{b} {i}", label)
    for label, words in (("n", "差坏慢"), ("p", "好快新"))
    for i in "ABc１2"
    for a in words
    for b in words
]


@cache
def model():
    texts, labels = zip(*ROWS, strict=True)
    return NgramNbClassifier(NgramNbParameters(min_df=1)).fit(texts, labels)


TEXT = st.text(max_size=30) | st.text(alphabet="差坏慢好快新， \n\u3000Aa１1İΣ\x00😀", max_size=30)


@given(st.lists(TEXT, max_size=8))
@settings(deadline=None)
def test_a_batch_gives_what_its_members_give_one_by_one(texts):
    batch = model().predict_proba(texts)
    assert batch.shape == (len(texts), 2)
    for text, row in zip(texts, batch, strict=True):
        np.testing.assert_allclose(model().predict_proba([text])[0], row, atol=1e-5)


@given(TEXT)
@settings(deadline=None)
def test_contributions_lie_in_the_text_and_sum_to_the_margins(text):
    starts, ends, weights = model().contributions(text)
    assert ((starts >= 0) & (starts < ends) & (ends <= len(text))).all()
    np.testing.assert_allclose(
        weights.sum(axis=0) + model().intercept_, model().margins([text])[0], atol=1e-4
    )


@given(TEXT, st.integers(1, 5), st.booleans())
def test_an_n_gram_is_made_of_the_characters_at_its_place(text, longest, fold):
    text = text.replace("Σ", "")  # lower case of the last sigma of a word depends on the word
    space = NgramSpace(longest, fold_width=fold)
    keys, starts, ends = locate_ngrams(text, space)
    assert len(keys) == ngram_totals([text], space)[0]
    assert sorted(keys.tolist()) == sorted(ngram_keys([text], space)[0].tolist())
    for key, start, end in zip(keys.tolist(), starts, ends, strict=True):
        inside, _ = code_points([text[start:end]])
        if len(inside) <= longest:
            assert key in ngram_keys([text[start:end]], space)[0].tolist()


@given(st.lists(TEXT, min_size=1, max_size=5))
@settings(deadline=None)
def test_what_is_saved_predicts_exactly_the_same(texts):
    again = NgramNbClassifier.from_files(*model().to_files())
    assert np.array_equal(again.predict_proba(texts), model().predict_proba(texts))
