import numpy as np
from sklearn.feature_extraction.text import CountVectorizer

from models.classify.ngrams import (
    NgramSpace,
    count_matrix,
    count_one,
    counts_and_totals,
    find_vocabulary,
    locate_ngrams,
    ngram_keys,
    ngram_totals,
)

TEXTS = ["空调不制冷，空调坏了", "退款 没到账", "", "ABC abc 123", "好", "😀空调😀"]


def test_counts_equal_those_of_scikit_learn():
    plain = ["".join("0" if c.isdigit() else c for c in text.lower() if not c.isspace()) for text in TEXTS]
    reference = CountVectorizer(analyzer="char", ngram_range=(1, 2), lowercase=False)
    expected = reference.fit_transform(plain).toarray()
    vocabulary = find_vocabulary(TEXTS, min_df=1, max_features=10_000)
    ours = count_matrix(TEXTS, vocabulary).toarray()
    assert ours.shape == expected.shape
    assert sorted(map(tuple, ours.T)) == sorted(map(tuple, expected.T))


def test_n_grams_do_not_cross_texts():
    vocabulary = find_vocabulary(["ab", "cd"], min_df=1, max_features=100)
    assert len(vocabulary) == 6
    assert count_matrix(["abcd"], vocabulary).sum() == 6


def test_the_vocabulary_does_not_depend_on_the_order_of_texts():
    one = find_vocabulary(TEXTS, min_df=1, max_features=12)
    other = find_vocabulary(TEXTS[::-1], min_df=1, max_features=12)
    assert np.array_equal(one, other)
    assert len(one) == 12


def test_rare_n_grams_are_left_out():
    vocabulary = find_vocabulary(["异响", "异味"], min_df=2, max_features=100)
    assert vocabulary.tolist() == [ord("异")]


def test_half_surrogates_and_nul_do_no_harm():
    vocabulary = find_vocabulary(["a\ud800b", "a\x00b"], min_df=1, max_features=100)
    assert count_matrix(["a\ud800b", "\x00", "\x00\x00"], vocabulary).shape == (3, len(vocabulary))


def test_no_texts_give_an_empty_matrix():
    vocabulary = find_vocabulary(["好"], min_df=1, max_features=10)
    assert count_matrix([], vocabulary).shape == (0, 1)
    assert count_matrix(["好"], find_vocabulary([], min_df=1, max_features=10)).shape == (1, 0)


def test_counts_up_to_four_characters_equal_those_of_scikit_learn():
    plain = ["".join("0" if c.isdigit() else c for c in text.lower() if not c.isspace()) for text in TEXTS]
    for longest in (3, 4):
        space = NgramSpace(longest)
        reference = CountVectorizer(analyzer="char", ngram_range=(1, longest), lowercase=False)
        expected = reference.fit_transform(plain).toarray()
        vocabulary = find_vocabulary(TEXTS, min_df=1, max_features=10_000, space=space)
        ours = count_matrix(TEXTS, vocabulary, space).toarray()
        assert ours.shape == expected.shape
        assert sorted(map(tuple, ours.T)) == sorted(map(tuple, expected.T))


def test_full_width_forms_count_as_half_width_where_asked():
    one, other = ("ＡＢ！", "ab!")
    folded = NgramSpace(2, fold_width=True)
    vocabulary = find_vocabulary([other], min_df=1, max_features=100, space=folded)
    assert count_matrix([one], vocabulary, folded).sum() == 5
    assert count_matrix([one], vocabulary, NgramSpace(2)).sum() == 0


def test_n_grams_are_found_where_they_stand_in_the_raw_text():
    text = "  空 调\n坏İ了 "
    keys, starts, ends = locate_ngrams(text, NgramSpace(3))
    assert sorted(keys.tolist()) == sorted(ngram_keys([text], NgramSpace(3))[0].tolist())
    spans = {(int(start), int(end)): text[start:end] for start, end in zip(starts, ends, strict=True)}
    assert spans[2, 5] == "空 调"
    assert spans[2, 7] == "空 调\n坏"
    assert spans[7, 8] == "İ"
    assert spans[6, 8] == "坏İ"


def test_counts_and_totals_of_one_reading_are_those_of_two():
    space = NgramSpace(3, fold_width=True)
    vocabulary = find_vocabulary(TEXTS[:3], min_df=1, max_features=100, space=space)
    counts, totals = counts_and_totals(TEXTS, vocabulary, space)
    assert np.array_equal(counts.toarray(), count_matrix(TEXTS, vocabulary, space).toarray())
    assert totals.tolist() == ngram_totals(TEXTS, space).tolist()


def test_one_text_alone_is_counted_as_among_others():
    space = NgramSpace(3, fold_width=True)
    vocabulary = find_vocabulary(TEXTS[:3], min_df=1, max_features=100, space=space)
    matrix = count_matrix([*TEXTS, TEXTS[0] * 3, "\x00\ud800"], vocabulary, space)
    for row, text in enumerate([*TEXTS, TEXTS[0] * 3, "\x00\ud800"]):
        columns, counts, total = count_one(text, vocabulary, space)
        assert columns.tolist() == matrix[row].indices.tolist()
        assert counts.tolist() == matrix[row].data.tolist()
        assert total == ngram_totals([text], space)[0]
