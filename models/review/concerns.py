"""What the negative transcripts are about: the category Pareto."""

from __future__ import annotations

from collections.abc import Mapping

from models.review.changes import Compared, Key
from models.review.facts import PreviousMonth
from models.review.figures import Change, count, share, with_records
from models.review.queries import Queries
from models.review.sections import CategoryRow, Pareto
from models.review.tally import MonthTally
from models.statistics.pareto import pareto


def compared_categories(tally: MonthTally, before: Queries, previous: PreviousMonth) -> dict[Key, Compared]:
    """Negative transcripts of each category that this month has, as rates of all transcripts."""
    return {
        ("category", category_id): Compared(
            k,
            min(previous.by_category.get(category_id, 0), previous.n_transcripts),
            unit="per_1000",
            n_voices=len(tally.cells.category_voices[category_id]),
            previous_query=before.transcripts(category=category_id, sentiment="negative"),
        )
        for category_id, k in sorted(tally.negative_categories.items())
    }


def pareto_of(tally: MonthTally, queries: Queries, changes: Mapping[Key, Change]) -> Pareto:
    """Categories by negative transcripts, largest first; ties by id. The vital few reach 80 % of mentions."""
    table = pareto(tally.negative_categories)
    mentions = sum(tally.negative_categories.values())
    rows, reached = [], 0
    for found in table:
        k = tally.negative_categories[found.key]
        reached += k
        query = queries.transcripts(category=found.key, sentiment="negative")
        rows.append(
            CategoryRow(
                id=found.key,
                path=tally.paths[found.key],
                negative=count(k, query=query),
                share=share(k, mentions, query=query),
                cumulative=share(reached, mentions),
                vital=found.vital,
                change=changes["category", found.key],
            )
        )
    vital_mentions = sum(row.negative.n or 0 for row in rows if row.vital)
    return Pareto(
        rows=tuple(rows),
        mentions=count(mentions, query=queries.transcripts(sentiment="negative")),
        vital_share=share(vital_mentions, mentions),
        uncategorised=with_records(share(len(tally.uncategorised), tally.negative), tally.uncategorised),
    )
