"""Daily counts, kept right by every write, so that trends need not read transcripts.

One dimension at a time (all, category, category_group, product, region, segment, store), each crossed with
channel and sentiment: a day has a few dozen rows, whatever the number of transcripts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, literal, select

from service.database.engine import insert_new
from service.database.schema import analysis, daily_count, transcript, transcript_category

ATTRIBUTES = ("product", "region", "segment", "store")


class CountKey(NamedTuple):
    """One row of the rollup, without its count."""

    dimension: str
    day: str
    value: str
    channel: str
    sentiment: str
    month: str


@dataclass(frozen=True, slots=True)
class CountedFacts:
    """What the rollup knows of one transcript. ``categories`` are (id, first name of the path)."""

    day: str
    month: str
    channel: str
    sentiment: str
    product: str | None
    region: str | None
    segment: str | None
    store: str | None
    categories: tuple[tuple[str, str], ...]

    def keys(self) -> list[CountKey]:
        values = [("all", "")]
        values += [(name, getattr(self, name) or "") for name in ATTRIBUTES]
        values += [("category", category_id) for category_id, _ in self.categories]
        values += [("category_group", group) for group in {group for _, group in self.categories}]
        return [
            CountKey(dimension, self.day, value, self.channel, self.sentiment, self.month)
            for dimension, value in values
        ]


def count_changes(added: Iterable[CountedFacts], removed: Iterable[CountedFacts] = ()) -> Counter[CountKey]:
    """How each row of the rollup changes; rows that stay the same are left out."""
    changes: Counter[CountKey] = Counter()
    for facts in added:
        changes.update(facts.keys())
    for facts in removed:
        changes.subtract(facts.keys())
    return Counter({key: n for key, n in changes.items() if n})


def apply_changes(connection: Connection, tenant: str, changes: Counter[CountKey]) -> None:
    """Add ``changes`` to the rollup, in a fixed order so that two writers never wait for each other."""
    if not changes:
        return
    statement = insert_new(connection, daily_count)
    key = ["tenant", "dimension", "day", "value", "channel", "sentiment"]
    statement = statement.on_conflict_do_update(
        index_elements=key, set_={"n": daily_count.c.n + statement.excluded.n}
    )
    rows = [{"tenant": tenant, **key._asdict(), "n": n} for key, n in sorted(changes.items())]
    connection.execute(statement, rows)


def counted_rows(tenant: str, dimension: str) -> Select[tuple[str, str, str, str, str, str, int]]:
    """The same counts out of the transcripts themselves, for one dimension of the rollup."""
    source = transcript.join(
        analysis, (analysis.c.tenant == transcript.c.tenant) & (analysis.c.transcript_id == transcript.c.id)
    )
    value: ColumnElement[str]
    n = func.count()
    if dimension in ("category", "category_group"):
        source = source.join(
            transcript_category,
            (transcript_category.c.tenant == transcript.c.tenant)
            & (transcript_category.c.transcript_id == transcript.c.id),
        )
        value = transcript_category.c[f"{dimension}_id" if dimension == "category" else dimension]
        n = func.count(transcript.c.seq.distinct())
    elif dimension == "all":
        value = literal("", literal_execute=True)
    else:
        value = func.coalesce(transcript.c[dimension], literal("", literal_execute=True))
    columns = (transcript.c.day, transcript.c.channel, analysis.c.sentiment, transcript.c.month)
    group = columns if dimension == "all" else (*columns, value)
    return (
        select(transcript.c.tenant, literal(dimension, literal_execute=True), value, *columns, n)
        .select_from(source)
        .where(transcript.c.tenant == tenant)
        .group_by(transcript.c.tenant, *group)
    )


def recompute_rollup(connection: Connection, tenant: str) -> None:
    """Make the rollup anew from the transcripts."""
    connection.execute(delete(daily_count).where(daily_count.c.tenant == tenant))
    names = ["tenant", "dimension", "value", "day", "channel", "sentiment", "month", "n"]
    for dimension in ("all", "category", "category_group", *ATTRIBUTES):
        connection.execute(insert(daily_count).from_select(names, counted_rows(tenant, dimension)))


def rollup_counts(connection: Connection, tenant: str) -> Counter[CountKey]:
    """The whole rollup, rows of zero left out."""
    names = ("dimension", "day", "value", "channel", "sentiment", "month", "n")
    rows = connection.execute(
        select(*(daily_count.c[name] for name in names)).where(daily_count.c.tenant == tenant)
    )
    return Counter({CountKey(*row[:-1]): row.n for row in rows if row.n})
