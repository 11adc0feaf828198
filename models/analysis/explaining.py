"""Why a text got its labels: words that weigh, sentiment words found, rules and keywords that hit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

from models.analysis.categories import CategoryLabeller
from models.analysis.prepare import Prepared, PreparedClause
from models.analysis.sentiment import LABELS, MIN_JUDGED_CHARS, SentimentLabeller, judged
from models.analysis.values import Analysis, CategoryLabel, Sentiment
from models.classify.protocol import Classifier
from models.core.transcript import Speaker
from models.explain.tokens import TokenWeight, explain_tokens
from models.taxonomy.rules import RuleHit
from models.text.align import AlignedText, Span
from models.text.segment import Segmenter

MAX_TOKENS = 12
_DIGITS = 4
_NOTHING = 1e-6


@runtime_checkable
class Evident(Protocol):
    """A sentiment classifier that says which words praise (weight above 0) and which complain."""

    def evidence(self, text: str) -> list[tuple[int, int, float, str]]: ...


class Explainer:
    """Explains analyses of one pair of labellers. JSON-safe values; deterministic."""

    def __init__(
        self, sentiment: SentimentLabeller, categories: CategoryLabeller, segmenter: Segmenter
    ) -> None:
        self._sentiment = sentiment
        self._categories = categories
        self._segmenter = segmenter

    def explain(self, ready: Prepared, analysis: Analysis, masked: AlignedText) -> dict[str, Any]:
        """``analysis`` counts over the masked text; every ``span`` of the result over ``masked.raw``.

        ``sentiment.clauses`` are the label's evidence: where no clause has the label by itself, there is
        none. A token's weight above 0 speaks for the label, below 0 for the runner-up beside it.
        """
        view = masked.then(ready.repaired.text)
        owned = [clause for clause in ready.clauses if clause.speaker is Speaker.CUSTOMER]
        hits: dict[str, list[RuleHit]] = {}
        for hit in self._categories.rule_hits(ready):
            hits.setdefault(hit.category, []).append(hit)
        return {
            "sentiment": {
                "label": analysis.sentiment.label,
                "runner_up": runner_up(analysis.sentiment),
                "clauses": [
                    self._clause(clause, analysis.sentiment.label, view)
                    for clause in _at(owned, analysis.sentiment.spans)
                ],
            },
            "categories": [
                self._category(label, hits.get(label.id, ()), owned, view) for label in analysis.categories
            ],
            "models": dict(analysis.models),
        }

    def _clause(self, clause: PreparedClause, label: str, view: AlignedText) -> dict[str, Any]:
        read, classifier = judged(clause.text), self._sentiment.classifier
        found: dict[str, Any] = {"span": _span(view, clause.view_start, clause.view_start + len(clause.text))}
        if len(read.text) < MIN_JUDGED_CHARS:
            return {**found, "runner_up": None, "tokens": [], "evidence": []}
        other, weights = self._weights(classifier, read.text, label)
        evidence = classifier.evidence(read.text) if isinstance(classifier, Evident) else []
        shown = [
            {"span": span, "weight": round(weight, _DIGITS), "what": what}
            for start, end, weight, what in evidence
            if (span := _span(view, *_moved(read, clause, start, end)))
        ]
        placed = [(Span(*_moved(read, clause, t.start, t.end)), t.weight) for t in weights]
        return {**found, "runner_up": other, "tokens": _tokens(view, placed), "evidence": shown}

    def _category(
        self,
        label: CategoryLabel,
        hits: Sequence[RuleHit],
        owned: Sequence[PreparedClause],
        view: AlignedText,
    ) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": label.id, "source": label.source}
        if label.source == "model":
            return shown | {"tokens": self._category_tokens(label, _at(owned, label.spans), view)}
        if hits:
            best = max(hits, key=lambda hit: hit.score)
            return shown | {"rule": self._rule(best, view)}
        return shown | {"rule": None, "keywords": self._keywords(label.id, owned, view)}

    def _rule(self, hit: RuleHit, view: AlignedText) -> dict[str, Any]:
        rule = next(rule for rule in self._categories.rules.rules if rule.id == hit.rule_id)
        return {
            "id": rule.id,
            "patterns": [pattern.regex.pattern for pattern in rule.patterns],
            "spans": [span for found in hit.spans if (span := _span(view, *found))],
        }

    def _keywords(
        self, category: str, owned: Sequence[PreparedClause], view: AlignedText
    ) -> list[dict[str, Any]]:
        spans = [
            _span(view, clause.view_start + start, clause.view_start + end)
            for clause in owned
            for found in self._categories.keywords.score(clause.text)
            if found.category == category
            for start, end in found.spans
        ]
        return [{"span": span} for span in spans if span][:MAX_TOKENS]

    def _category_tokens(
        self, label: CategoryLabel, clauses: Sequence[PreparedClause], view: AlignedText
    ) -> list[dict[str, Any]]:
        """Of all evidence clauses together, each against the runner-up in its clause."""
        classifier, names = self._categories.classifier, self._categories.classes_of(label.id)
        if classifier is None or not names:
            return []
        placed = []
        for clause in clauses:
            name = names[0] if len(names) == 1 else _likeliest(classifier, clause.text, names)
            _, weights = self._weights(classifier, clause.text, name)
            placed += [
                (Span(t.start + clause.view_start, t.end + clause.view_start), t.weight) for t in weights
            ]
        return _tokens(view, placed)

    def _weights(
        self, classifier: Classifier, text: str, label: str
    ) -> tuple[str | None, Sequence[TokenWeight]]:
        """The runner-up and the words' weights; none for a label that the model does not have."""
        if label not in classifier.classes_ or len(classifier.classes_) < 2:
            return None, ()
        found = explain_tokens(classifier, text, cut=self._words, label=label)
        return found.runner_up, found.tokens

    def _words(self, text: str) -> list[Span]:
        return [Span(token.start, token.end) for token in self._segmenter.tokens(text)]


def runner_up(sentiment: Sentiment) -> str | None:
    """The next likely label, from score = P(label) and polarity = P(positive) - P(negative).

    ``None`` where the label is certain.
    """
    score, polarity = sentiment.score, sentiment.polarity
    if sentiment.label == "neutral":
        positive = (1 - score + polarity) / 2
    else:
        positive = score if sentiment.label == "positive" else score + polarity
    negative = positive - polarity
    likely = dict(zip(LABELS, (negative, 1 - positive - negative, positive), strict=True))
    others = {label: p for label, p in likely.items() if label != sentiment.label}
    best = max(others, key=lambda label: others[label])
    return best if others[best] > _NOTHING else None


def _at(clauses: Iterable[PreparedClause], spans: Iterable[Span]) -> list[PreparedClause]:
    """The clauses whose place in the masked text is one of ``spans``, in order."""
    wanted = {(span.start, span.end) for span in spans}
    return [clause for clause in clauses if (clause.start, clause.end) in wanted]


def _likeliest(classifier: Classifier, text: str, names: Sequence[str]) -> str:
    row = classifier.predict_proba([text])[0]
    return max(names, key=lambda name: float(row[classifier.classes_.index(name)]))


def _moved(read: AlignedText, clause: PreparedClause, start: int, end: int) -> tuple[int, int]:
    """From the clause as it was read to the repaired text."""
    within = read.to_raw(start, end)
    return clause.view_start + within.start, clause.view_start + within.end


def _span(view: AlignedText, start: int, end: int) -> list[int]:
    """Over the outermost text; empty where nothing of it stands there."""
    found = view.to_raw(start, end)
    return [found.start, found.end] if found.start < found.end else []


def _tokens(view: AlignedText, weighed: Iterable[tuple[Span, float]]) -> list[dict[str, Any]]:
    """The ``MAX_TOKENS`` that weigh most, in the order of the text.

    Words that stand for the same piece of the outermost text (a mask, a repaired form) become one.
    """
    merged: list[tuple[int, int, float]] = []
    placed = sorted((*view.to_raw(*span), weight) for span, weight in weighed)
    for start, end, weight in placed:
        if merged and start < merged[-1][1]:
            before = merged.pop()
            start, end, weight = before[0], max(before[1], end), before[2] + weight
        if start < end:
            merged.append((start, end, weight))
    heavy = [token for token in merged if round(token[2], _DIGITS)]
    heavy = sorted(heavy, key=lambda token: (-abs(token[2]), token[0]))[:MAX_TOKENS]
    return [{"span": [start, end], "weight": round(w, _DIGITS)} for start, end, w in sorted(heavy)]
