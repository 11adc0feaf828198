"""From a prepared transcript with its clauses judged to its experience, over the masked text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from models.analysis.prepare import Prepared
from models.analysis.values import Clause, with_spans
from models.experience.analyzer import ExperienceAnalyzer
from models.experience.told import Told, ToldClause, ToldTurn


class ExperienceLabeller:
    """Joins ``ExperienceAnalyzer`` to the analysis of transcripts."""

    def __init__(self, analyzer: ExperienceAnalyzer) -> None:
        self.analyzer = analyzer
        self.version = analyzer.version
        self.talk_version = analyzer.talk.version if analyzer.talk else ""

    def label(
        self, prepared: Sequence[Prepared], judged: Sequence[Sequence[Clause]]
    ) -> list[Mapping[str, Any]]:
        """``judged`` are the customer's clauses of each transcript, in order. Spans count over the masked text."""
        return [
            with_spans(self.analyzer.analyze(told_of(ready, clauses)).to_dict(), ready.repaired.text.to_raw)
            for ready, clauses in zip(prepared, judged, strict=True)
        ]


def told_of(ready: Prepared, judged: Sequence[Clause]) -> Told:
    """The repaired view of a transcript, so that rules read one script and plain widths."""
    polarity = {clause.start: (clause.polarity, clause.category) for clause in judged}
    starts = [start for _, start, _ in ready.turns]
    clauses: list[ToldClause] = []
    for clause in ready.clauses:
        turn = max(bisect_right(starts, clause.start) - 1, 0)
        value, category = polarity.get(clause.start, (0.0, None))
        clauses.append(
            ToldClause(turn, clause.speaker.value, clause.view_start, clause.text, value, category)  # type: ignore[arg-type]
        )
    return Told(ready.repaired.text.text, _turns(ready, clauses), tuple(clauses))


def _turns(ready: Prepared, clauses: Sequence[ToldClause]) -> tuple[ToldTurn, ...]:
    """Each turn from its first clause to the end of its last; one without clauses is empty."""
    bounds: dict[int, tuple[int, int]] = {}
    for clause in clauses:
        start, _ = bounds.get(clause.turn, (clause.start, 0))
        bounds[clause.turn] = (start, clause.end)
    return tuple(
        ToldTurn(speaker.value, *bounds.get(number, (0, 0)))  # type: ignore[arg-type]
        for number, (speaker, _, _) in enumerate(ready.turns)
    )
