"""What customers state beside a fault: demands, quantities, causes with effects, promises against experience.

Rules over one clause and its neighbours of the same turn, without a model: the same text always states the
same. Spans are half-open code points of the transcript that the clauses' offsets refer to.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.rootcause.stated import ClauseText, Statement
from models.rootcause.stated_demands import demands_in, load_demand_words
from models.rootcause.stated_pairs import pairs_in
from models.rootcause.stated_quantities import quantities_in

__all__ = ["ClauseText", "Statement", "statements_of", "statements_version"]

MAX_CLAUSE_CHARS = 400
"""Of a longer clause (text without any mark) only so much is read."""


def statements_of(clauses: Sequence[ClauseText]) -> list[Statement]:
    """Everything that ``clauses``, the customer's clauses of one transcript in order, state.

    Ordered by clause, then by place. ``clause`` is an index into ``clauses``.
    """
    cut = [_cut(clause) for clause in clauses]
    found: list[Statement] = []
    for number, clause in enumerate(cut):
        own = [*demands_in(clause, number), *quantities_in(clause, number), *pairs_in(cut, number)]
        found += sorted(own, key=lambda s: (s.start, s.end, s.kind, s.sub_kind))
    return found


def statements_version() -> str:
    """Names the rules and the word list; stands beside everything that was counted with them."""
    return f"statements.rules.v1.{load_demand_words().version}"


def _cut(clause: ClauseText) -> ClauseText:
    if len(clause.text) <= MAX_CLAUSE_CHARS:
        return clause
    return ClauseText(
        clause.start, clause.start + MAX_CLAUSE_CHARS, clause.text[:MAX_CLAUSE_CHARS], clause.turn
    )
