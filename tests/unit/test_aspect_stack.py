"""From margins to probabilities of pairs, and from these to labels."""

import numpy as np

from models.classify.aspect_clauses import clause_parts, clause_polarity
from models.classify.aspect_stack import AspectStack, best_threshold, decide, fit_softmax, micro_f1, softmax


def _scores(*rows):
    return np.array(rows, dtype=np.float32)


def test_a_subject_gets_its_most_probable_polarity_alone():
    scores = _scores([[0.5, 0.45, 0.0], [0.0, 0.1, 0.0]])
    decided = decide(scores, 0.4)
    assert decided.tolist() == [[[True, False, False], [False, False, False]]]


def test_without_evidence_nothing_is_given_unless_a_label_is_asked_for():
    scores = _scores([[0.05, 0.1, 0.02], [0.0, 0.2, 0.0]])
    assert not decide(scores, 0.4).any()
    assert decide(scores, 0.4, min_labels=1)[0].tolist() == [[False, False, False], [False, True, False]]


def test_micro_f1_counts_pairs():
    targets = np.zeros((1, 2, 3), dtype=bool)
    targets[0, 0, 0] = targets[0, 1, 1] = True
    decided = np.zeros_like(targets)
    decided[0, 0, 0] = True
    assert micro_f1(decided, targets) == 2 / 3
    assert micro_f1(np.zeros_like(targets), np.zeros_like(targets)) == 0


def test_the_threshold_separates_right_from_wrong_pairs():
    scores = np.zeros((40, 1, 3), dtype=np.float32)
    scores[:20, 0, 0], scores[20:, 0, 0] = 0.5, 0.2
    targets = np.zeros((40, 1, 3), dtype=bool)
    targets[:20, 0, 0] = True
    assert 0.2 < best_threshold(scores, targets) <= 0.5


def test_logistic_weights_give_the_shares_of_the_data():
    y = np.array([0] * 30 + [1] * 60 + [2] * 10)
    weights = fit_softmax(np.ones((100, 1), dtype=np.float32), y, 3)
    assert np.allclose(softmax(weights)[0], [0.3, 0.6, 0.1], atol=0.02)


def test_stacked_probabilities_follow_the_margins_and_sum_to_one_at_most():
    rng = np.random.default_rng(0)
    targets = np.zeros((300, 2, 3), dtype=bool)
    said = rng.integers(0, 2, 300)
    polarity = rng.integers(0, 3, 300)
    targets[np.arange(300), said, polarity] = True
    named = np.where(np.arange(2) == said[:, None], 1.0, -1.0)[:, :, None] + rng.normal(0, 0.5, (300, 2, 1))
    spoken = np.repeat(np.eye(3)[polarity][:, None], 2, axis=1) + rng.normal(0, 0.3, (300, 2, 3))
    stack = AspectStack().fit(named, spoken, targets)
    scores = stack.transform(named, spoken)
    assert scores.min() >= 0
    assert scores.max() <= 1
    assert micro_f1(decide(scores, stack.threshold_), targets) > 0.9
    assert abs(scores.sum() / 300 - 1) < 0.05
    again = AspectStack.from_arrays(stack.to_arrays())
    assert (again.transform(named, spoken) == scores).all()


def test_the_clause_that_names_the_subject_decides_its_polarity():
    parts = clause_parts(["动力很好，油耗太高", "动力很好"])
    assert parts.texts == ("动力很好", "油耗太高")
    subject = np.array([[2.0, -2.0], [-2.0, 2.0]], dtype=np.float32)
    polarity = np.array([[-1, 0, 1], [1, 0, -1]], dtype=np.float32)
    whole = np.array([[0, 0, 0], [-1, 0, 1]], dtype=np.float32)
    found = clause_polarity(subject, polarity, parts.owners, whole)
    assert found.argmax(axis=2)[0].tolist() == [2, 0]
    assert found[1].tolist() == [[-1, 0, 1], [-1, 0, 1]]
