"""The behaviour suite of the project, in the shape that the gate takes."""

from __future__ import annotations

from data.behaviour.suite import Failure, run_suite
from models.classify.catalog import Classifier
from training.gate_values import BehaviourResult


def shipped_behaviour(classifier: Classifier) -> BehaviourResult:
    """Run all hand-written pairs; a failure reads ``id: text → label / text → label``."""
    result = run_suite(classifier.predict_proba, classifier.classes_)
    return BehaviourResult(result.n, result.n_passed, tuple(map(_line, result.failures)))


def _line(failure: Failure) -> str:
    case = failure.case
    return f"{case.id}: {case.a} → {failure.label_a} / {case.b} → {failure.label_b}"
