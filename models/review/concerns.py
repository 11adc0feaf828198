"""What the negative transcripts are about: the category Pareto."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from models.review.changes import Compared, Key
from models.review.comparison import n_vital
from models.review.facts import PreviousMonth
from models.review.figures import Change, count, share, with_records
from models.review.queries import Queries
from models.review.sections import CategoryRow, Pareto
from models.review.tally import MonthTally


def compared_categories(tally: MonthTally, before: Queries, previous: PreviousMonth) -> dict[Key, Compared]:
    """Negative transcripts of each category that this month has, as rates of all transcripts."""
    return {
        ("category", category_id): Compared(
            k,
            previous.by_category.get(category_id, 0),
            unit="per_1000",
            previous_query=before.transcripts(category=category_id, sentiment="negative"),
        )
        for category_id, k in sorted(tally.negative_categories.items())
    }


def pareto_of(tally: MonthTally, queries: Queries, changes: Mapping[Key, Change]) -> Pareto:
    """Categories by negative transcripts, largest first; ties by id. The vital few reach 80 % of mentions."""
    ordered = sorted(tally.negative_categories.items(), key=lambda item: (-item[1], item[0]))
    counts = [k for _, k in ordered]
    mentions, vital = sum(counts), n_vital(counts)
    rows = []
    for at, ((category_id, k), reached) in enumerate(zip(ordered, accumulate(counts), strict=True)):
        query = queries.transcripts(category=category_id, sentiment="negative")
        rows.append(
            CategoryRow(
                id=category_id,
                path=tally.paths[category_id],
                negative=count(k, query=query),
                share=share(k, mentions, query=query),
                cumulative=share(reached, mentions),
                vital=at < vital,
                change=changes["category", category_id],
            )
        )
    return Pareto(
        rows=tuple(rows),
        mentions=count(mentions, query=queries.transcripts(sentiment="negative")),
        vital_share=share(sum(counts[:vital]), mentions),
        uncategorised=with_records(share(len(tally.uncategorised), tally.negative), tally.uncategorised),
    )
