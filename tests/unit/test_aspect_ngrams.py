"""Hashed character n-grams against a plain count."""

import numpy as np

from models.classify.aspect_ngrams import find_hashes, ngram_hashes, presence, unit_weighted


def _plain(text: str, max_n: int) -> set[str]:
    text = "".join(text.split()).lower()
    return {text[i : i + n] for n in range(1, max_n + 1) for i in range(len(text) - n + 1)}


def test_every_distinct_ngram_has_one_hash_per_text():
    texts = ["油耗高油耗高", "", "a 油", "空调不制冷，空调"]
    _, rows = ngram_hashes(texts, max_n=4)
    counts = np.bincount(rows, minlength=len(texts))
    assert counts.tolist() == [len(_plain(text, 4)) for text in texts]


def test_texts_share_hashes_exactly_where_they_share_ngrams():
    first, second = "动力不足，油耗高", "油耗不高，动力足"
    keys, rows = ngram_hashes([first, second], max_n=4)
    shared = set(keys[rows == 0].tolist()) & set(keys[rows == 1].tolist())
    assert len(shared) == len(_plain(first, 4) & _plain(second, 4))


def test_an_ngram_has_the_same_hash_at_any_place_and_in_any_batch():
    alone, _ = ngram_hashes(["油耗"], max_n=2)
    inside, _ = ngram_hashes(["车的油耗高", "别的"], max_n=2)
    assert set(alone.tolist()) <= set(inside.tolist())


def test_the_vocabulary_keeps_frequent_ngrams_whatever_the_order():
    texts = ["油耗高", "油耗低", "动力"]
    found = find_hashes(texts, min_df=2, max_features=100, max_n=2)
    assert len(found) == len({"油", "耗", "油耗"})
    assert (found == find_hashes(texts[::-1], min_df=2, max_features=100, max_n=2)).all()
    assert len(find_hashes(texts, min_df=1, max_features=4, max_n=2)) == 4


def test_presence_marks_known_ngrams_once():
    vocabulary = find_hashes(["油耗高"], min_df=1, max_features=100, max_n=2)
    rows = presence(["油油油耗", "", "没有"], vocabulary, max_n=2)
    assert rows.shape == (3, 5)
    assert rows.sum(axis=1).ravel().tolist() == [[3.0, 0.0, 0.0]]
    assert rows.data.max() == 1


def test_weighted_rows_have_length_one_or_are_empty():
    vocabulary = find_hashes(["油耗高"], min_df=1, max_features=100, max_n=2)
    weights = np.arange(1, 6, dtype=np.float32)
    rows = unit_weighted(presence(["油耗", "", "高"], vocabulary, max_n=2), weights)
    assert np.allclose(np.sqrt(rows.multiply(rows).sum(axis=1)).A1, [1, 0, 1], atol=1e-6)
