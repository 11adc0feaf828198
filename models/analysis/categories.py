"""Categories of transcripts: rules, a trained model where the sector has one, keywords where it has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.analysis.prepare import Prepared, PreparedClause
from models.analysis.sentiment import ClauseSentiment
from models.analysis.values import CategoryLabel, Sentiment, Source
from models.classify.catalog import Classifier
from models.taxonomy.keywords import KeywordScorer
from models.taxonomy.rules import RuleHit, RuleSet, Utterance
from models.taxonomy.taxonomy import Taxonomy
from models.text.align import Span

MODEL_THRESHOLD = 0.30
KEYWORD_THRESHOLD = 0.15
MAX_LABELS = 3
SURE_CLAUSE = 0.5
"""From here on the model's class leads a clause, before keywords."""
N_EVIDENCE_SPANS = 2
UNCLEAR = "未明"
VAGUE = ("其他", "其他原因", UNCLEAR)
"""Categories that say nothing beside another one."""

Labelled = tuple[Sentiment, list[ClauseSentiment]]


class CategoryLabeller:
    """Labels prepared transcripts over one taxonomy.

    A rule's hit and a model's label of the same category become one label: the rule's, as it can be shown.
    Where nothing is found the label is 未明, if the taxonomy has it.
    """

    def __init__(
        self,
        taxonomy: Taxonomy,
        rules: RuleSet,
        *,
        classifier: Classifier | None = None,
        categories_of_classes: Mapping[str, str] | None = None,
    ) -> None:
        self.taxonomy = taxonomy
        self._rules = rules
        self._keywords = KeywordScorer(taxonomy)
        self._classifier = classifier
        self._ids = _class_ids(taxonomy, classifier, categories_of_classes or {})
        self._unclear = taxonomy.find(UNCLEAR)
        self._vague = {node.id for name in VAGUE if (node := taxonomy.find(name)) is not None}

    @property
    def classifier(self) -> Classifier | None:
        return self._classifier

    @property
    def rules(self) -> RuleSet:
        return self._rules

    @property
    def keywords(self) -> KeywordScorer:
        return self._keywords

    def classes_of(self, category: str) -> tuple[str, ...]:
        """The model's classes that mean ``category``."""
        classes = self._classifier.classes_ if self._classifier is not None else ()
        return tuple(name for name, id_ in zip(classes, self._ids, strict=True) if id_ == category)

    def rule_hits(self, ready: Prepared) -> list[RuleHit]:
        """The rules that hold, with spans over the repaired text."""
        utterances = [Utterance(c.speaker.value, c.text, c.view_start) for c in ready.clauses]
        return self._rules.match(utterances)

    def label(
        self,
        prepared: Sequence[Prepared],
        texts: Sequence[str],
        clauses: Sequence[Sequence[PreparedClause]],
        sentiments: Sequence[Labelled],
    ) -> list[tuple[tuple[CategoryLabel, ...], list[str | None]]]:
        """Per transcript its labels, strongest first, and the leading category of each customer clause."""
        whole, parts = self._model_scores(texts, clauses)
        results, at = [], 0
        for i, group in enumerate(clauses):
            own = parts[at : at + len(group)] if parts is not None else None
            at += len(group)
            found = self._rule_labels(prepared[i])
            sure = own.max(axis=1) >= SURE_CLAUSE if own is not None and len(own) else None
            is_sure = [bool(found and sure is not None and sure[j]) for j in range(len(group))]
            keyword_hits = self._keywords.score_each(
                ["" if needs_none else clause.text for clause, needs_none in zip(group, is_sure, strict=True)]
            )
            if whole is not None and own is not None and texts[i].strip():
                found += self._model_labels(whole[i], own, group)
            if not found or self._classifier is None:
                found += self._keyword_labels(group, keyword_hits, sentiments[i][1])
            leading = self._leading(group, own, keyword_hits)
            results.append((self._chosen(found), leading))
        return results

    def _model_scores(
        self, texts: Sequence[str], clauses: Sequence[Sequence[PreparedClause]]
    ) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
        if self._classifier is None:
            return None, None
        flat = [clause.text for group in clauses for clause in group]
        both = self._classifier.predict_proba([*texts, *flat])
        return both[: len(texts)], both[len(texts) :]

    def _rule_labels(self, ready: Prepared) -> list[CategoryLabel]:
        view = ready.repaired.text
        return [
            self._as_label(hit.category, hit.score, "rule", tuple(view.to_raw(*span) for span in hit.spans))
            for hit in self.rule_hits(ready)
        ]

    def _model_labels(
        self, scores: NDArray[np.float32], own: NDArray[np.float32], group: Sequence[PreparedClause]
    ) -> list[CategoryLabel]:
        order = np.argsort(-scores, kind="stable")[:MAX_LABELS]
        labels = []
        for column in order:
            category = self._ids[int(column)]
            if category is None or scores[column] < MODEL_THRESHOLD:
                continue
            best = np.argsort(-own[:, column], kind="stable")[:N_EVIDENCE_SPANS]
            spans = tuple(sorted(Span(group[j].start, group[j].end) for j in best))
            labels.append(self._as_label(category, float(scores[column]), "model", spans))
        return labels

    def _keyword_labels(
        self,
        group: Sequence[PreparedClause],
        hits: Sequence[Sequence[tuple[str, float, Sequence[Span]]]],
        sentiments: Sequence[ClauseSentiment],
    ) -> list[CategoryLabel]:
        """Keywords count in full in negative clauses and by a third elsewhere."""
        weight: dict[str, float] = {}
        spans: dict[str, list[Span]] = {}
        for clause, found, sentiment in zip(group, hits, sentiments, strict=True):
            factor = 1.0 if sentiment.label == "negative" else 0.35
            for category, score, _ in found:
                weight[category] = 1 - (1 - weight.get(category, 0.0)) * (1 - factor * score)
                spans.setdefault(category, []).append(Span(clause.start, clause.end))
        ranked = sorted(weight.items(), key=lambda item: (-item[1], item[0]))[:MAX_LABELS]
        return [
            self._as_label(category, score, "rule", tuple(spans[category][:N_EVIDENCE_SPANS]))
            for category, score in ranked
            if score >= KEYWORD_THRESHOLD
        ]

    def _leading(
        self,
        group: Sequence[PreparedClause],
        own: NDArray[np.float32] | None,
        hits: Sequence[Sequence[tuple[str, float, Sequence[Span]]]],
    ) -> list[str | None]:
        leading: list[str | None] = []
        for j in range(len(group)):
            if own is not None and own[j].max() >= SURE_CLAUSE:
                leading.append(self._ids[int(own[j].argmax())])
            elif hits[j]:
                leading.append(max(hits[j], key=lambda hit: hit[1])[0])
            else:
                leading.append(None)
        return leading

    def _chosen(self, found: list[CategoryLabel]) -> tuple[CategoryLabel, ...]:
        best: dict[str, CategoryLabel] = {}
        for label in sorted(found, key=lambda label: (label.source != "rule", -label.score)):
            best.setdefault(label.id, label)
        if len(best) > 1:
            best = {id_: label for id_, label in best.items() if id_ not in self._vague}
        if not best and self._unclear is not None:
            return (self._as_label(self._unclear.id, 1.0, "model", ()),)
        ranked = sorted(best.values(), key=lambda label: (-label.score, label.id))
        return tuple(ranked[: MAX_LABELS + 2])

    def _as_label(
        self, category: str, score: float, source: Source, spans: tuple[Span, ...]
    ) -> CategoryLabel:
        return CategoryLabel(category, self.taxonomy.path(category), min(score, 1.0), source, spans)


def _class_ids(
    taxonomy: Taxonomy, classifier: Classifier | None, given: Mapping[str, str]
) -> list[str | None]:
    """The category id of each class of the model: as stated, or found by name or alias."""
    if classifier is None:
        return []
    ids: list[str | None] = []
    for name in classifier.classes_:
        node = taxonomy.find(given.get(name, name))
        ids.append(node.id if node else None)
    return ids
