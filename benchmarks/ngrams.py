"""Character n-gram counts: ours beside scikit-learn's CountVectorizer, the same features, one run."""

from __future__ import annotations

import time
from typing import Any

from sklearn.feature_extraction.text import CountVectorizer

from data.samples.generator import generate
from models.classify.ngrams import count_matrix, find_vocabulary

N_TEXTS = 1200


def run() -> dict[str, Any]:
    """Documents per second of both, their ratio, and the number of features."""
    texts = [s.transcript.text for s in generate(seed=5, months=4, per_month=N_TEXTS // 4)]
    vocabulary = find_vocabulary(texts, min_df=2, max_features=200_000)
    peer = CountVectorizer(analyzer="char", ngram_range=(1, 2), min_df=2).fit(texts)
    ours = min(_seconds(lambda: count_matrix(texts, vocabulary)) for _ in range(3))
    theirs = min(_seconds(lambda: peer.transform(texts)) for _ in range(3))
    return {
        "n_texts": len(texts),
        "mean_chars": round(sum(map(len, texts)) / len(texts)),
        "ours_docs_per_second": round(len(texts) / ours),
        "scikit_learn_docs_per_second": round(len(texts) / theirs),
        "ratio": round(theirs / ours, 1),
        "n_features": len(vocabulary),
    }


def _seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
