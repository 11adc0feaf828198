"""Writing transcripts: store, remove, analyse again. Each call keeps index and rollup right.

Reading is in ``transcript_queries.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from service.database.engine import insert_new
from service.database.records import AnalysisReplacement, AnalysisRow, Outcome, TranscriptRecord
from service.database.rollup import CountedFacts, apply_changes, count_changes
from service.database.schema import analysis, transcript, transcript_category, transcript_mark
from service.database.search import index_words, remove_words
from service.database.shadows import add_comparisons
from service.database.transcript_rows import (
    analysis_values,
    category_values,
    distinct_categories,
    group_name,
    in_chunks,
    mark_pairs,
    mark_values,
)

_COLUMNS = tuple(column.name for column in transcript.c if column.name not in ("seq", "tenant"))


class _Locked(NamedTuple):
    """A stored transcript that this transaction may change."""

    seq: int
    facts: CountedFacts
    analyst_categories: tuple[str, ...]


def insert_many(connection: Connection, tenant: str, records: Sequence[TranscriptRecord]) -> list[Outcome]:
    """Store transcripts, each once per ``external_id``, with analysis, categories, marks, index and rollup.

    A record that is there already (also earlier in ``records``) with the same digest is a ``duplicate``,
    with another digest a ``conflict``; neither changes anything. The same holds for a repeated ``id``.
    Safe against other writers. Outcomes come in the order of ``records``.
    """
    first = _first_of_each(records)
    seqs = _insert_rows(connection, tenant, [records[at] for at in first])
    stored = {at for at in first if records[at].row.id in seqs}
    _insert_parts(connection, tenant, [records[at] for at in sorted(stored)], seqs)
    rest = [at for at in range(len(records)) if at not in stored]
    known = _known(connection, tenant, [records[at] for at in rest])
    outcomes = {at: Outcome("stored", records[at].row.id) for at in stored}
    for at in rest:
        row = records[at].row
        found = known.get(("external", row.external_id)) or known.get(("id", row.id))
        if found is None:  # another writer removed it a moment ago
            outcomes[at] = insert_many(connection, tenant, [records[at]])[0]
            continue
        same = found.content_digest == row.content_digest
        outcomes[at] = Outcome("duplicate" if same else "conflict", found.id)
    return [outcomes[at] for at in range(len(records))]


def delete_transcript(connection: Connection, tenant: str, transcript_id: str) -> bool:
    """Remove a transcript with everything that hangs on it; whether there was one."""
    return delete_many(connection, tenant, [transcript_id]) == 1


def delete_many(connection: Connection, tenant: str, transcript_ids: Iterable[str]) -> int:
    """Remove transcripts with analysis, categories, marks, assignments, index entry and their part of the rollup.

    Returns how many there were.
    """
    n_removed = 0
    for chunk in in_chunks(sorted(set(transcript_ids))):
        locked = _lock(connection, tenant, chunk)
        seqs = [found.seq for found in locked.values()]
        remove_words(connection, seqs)
        connection.execute(delete(transcript).where(transcript.c.seq.in_(seqs)))  # the rest cascades
        apply_changes(connection, tenant, count_changes([], (found.facts for found in locked.values())))
        n_removed += len(locked)
    return n_removed


def replace_analysis(
    connection: Connection, tenant: str, replacements: Sequence[AnalysisReplacement]
) -> list[str]:
    """Put new analyses in place of the stored ones; categories that an analyst gave stay.

    It knows no labels but those: ``service.labelling.relabelling.replace_analyses`` lays all of them over anew.
    Returns the ids that were replaced; a transcript that is not there any more is passed over.
    """
    latest = {replacement.transcript_id: replacement for replacement in replacements}
    done: list[str] = []
    for chunk in in_chunks(sorted(latest)):
        locked = _lock(connection, tenant, chunk)
        found = [latest[transcript_id] for transcript_id in locked]
        _replace_rows(connection, tenant, found)
        categories = {r.transcript_id: _replace_categories(connection, tenant, r, locked) for r in found}
        _replace_marks(connection, tenant, found)
        _replace_words(connection, tenant, found, locked)
        new = (
            _changed(locked[r.transcript_id].facts, r.analysis, categories[r.transcript_id]) for r in found
        )
        old = (locked[r.transcript_id].facts for r in found)
        apply_changes(connection, tenant, count_changes(new, old))
        done += locked
    return done


def _first_of_each(records: Sequence[TranscriptRecord]) -> list[int]:
    """Positions of the records that no earlier one repeats, ordered so that two writers cannot deadlock."""
    seen: set[tuple[str, str | None]] = set()
    first: list[int] = []
    for at, record in enumerate(records):
        keys = {("id", record.row.id)}
        if record.row.external_id is not None:
            keys.add(("external", record.row.external_id))
        if seen.isdisjoint(keys):
            first.append(at)
        seen |= keys
    return sorted(first, key=lambda at: (records[at].row.external_id or "", records[at].row.id))


def _insert_rows(connection: Connection, tenant: str, records: Sequence[TranscriptRecord]) -> dict[str, int]:
    """Row numbers, by id, of the transcripts that were not there yet."""
    statement = (
        insert_new(connection, transcript)
        .on_conflict_do_nothing()
        .returning(transcript.c.id, transcript.c.seq)
    )
    seqs: dict[str, int] = {}
    for chunk in in_chunks(records):
        rows = [{"tenant": tenant} | {name: getattr(r.row, name) for name in _COLUMNS} for r in chunk]
        seqs |= {row.id: row.seq for row in connection.execute(statement, rows)}
    return seqs


def _insert_parts(
    connection: Connection, tenant: str, records: Sequence[TranscriptRecord], seqs: Mapping[str, int]
) -> None:
    facts: list[CountedFacts] = []
    category_rows: list[dict[str, Any]] = []
    for record in records:
        row, categories = record.row, distinct_categories(record.categories)
        category_rows += [category_values(tenant, row.id, category) for category in categories]
        groups = tuple((category.category_id, group_name(category)) for category in categories)
        attributes = (row.product, row.region, row.segment, row.store)
        facts.append(
            CountedFacts(row.day, row.month, row.channel, record.analysis.sentiment, *attributes, groups)
        )
    if records:
        values = [analysis_values(tenant, record.row.id, record.analysis) for record in records]
        connection.execute(insert(analysis), values)
    if category_rows:
        connection.execute(insert(transcript_category), category_rows)
    _insert_marks(connection, tenant, ((record.row.id, record.marks) for record in records))
    index_words(connection, tenant, ((seqs[r.row.id], r.search_words) for r in records))
    apply_changes(connection, tenant, count_changes(facts))
    compared = [(record.row.id, shadow) for record in records for shadow in record.shadows]
    if compared:
        add_comparisons(connection, tenant, compared, records[0].row.created_at)


def _insert_marks(
    connection: Connection, tenant: str, marked: Iterable[tuple[str, Iterable[tuple[str, str]]]]
) -> None:
    rows = [row for transcript_id, marks in marked for row in mark_values(tenant, transcript_id, marks)]
    if rows:
        connection.execute(insert(transcript_mark), rows)


def _known(
    connection: Connection, tenant: str, records: Sequence[TranscriptRecord]
) -> dict[tuple[str, str | None], Any]:
    """Id and digest of what is stored, by external id and by id."""
    known: dict[tuple[str, str | None], Any] = {}
    columns = (transcript.c.external_id, transcript.c.id, transcript.c.content_digest)
    for chunk in in_chunks(records):
        external_ids = {r.row.external_id for r in chunk if r.row.external_id is not None}
        for wanted in (
            transcript.c.external_id.in_(external_ids),
            transcript.c.id.in_({r.row.id for r in chunk}),
        ):
            for row in connection.execute(select(*columns).where(transcript.c.tenant == tenant, wanted)):
                known[("id", row.id)] = row
                if row.external_id is not None:
                    known[("external", row.external_id)] = row
    return known


def _lock(connection: Connection, tenant: str, ids: Sequence[str]) -> dict[str, _Locked]:
    """What the rollup holds of these transcripts; nobody else changes them until this transaction ends."""
    names = ("seq", "id", "day", "month", "channel", "product", "region", "segment", "store")
    wanted = (transcript.c.tenant == tenant, transcript.c.id.in_(ids))
    lock = select(transcript.c.seq).where(*wanted).order_by(transcript.c.id).with_for_update()
    connection.execute(lock).all()
    joined = transcript.join(
        analysis, (analysis.c.tenant == transcript.c.tenant) & (analysis.c.transcript_id == transcript.c.id)
    )
    columns = (*(transcript.c[name] for name in names), analysis.c.sentiment)
    rows = connection.execute(
        select(*columns).select_from(joined).where(*wanted).order_by(transcript.c.id)
    ).all()
    held = _stored_categories(connection, tenant, ids)
    found: dict[str, _Locked] = {}
    for row in rows:
        mine = held.get(row.id, [])
        groups = tuple((c.category_id, c.category_group) for c in mine)
        attributes = (row.product, row.region, row.segment, row.store)
        facts = CountedFacts(row.day, row.month, row.channel, row.sentiment, *attributes, groups)
        by_analyst = tuple(c.category_id for c in mine if c.source == "analyst")
        found[row.id] = _Locked(row.seq, facts, by_analyst)
    return found


def _stored_categories(connection: Connection, tenant: str, ids: Sequence[str]) -> dict[str, list[Any]]:
    names = ("transcript_id", "category_id", "category_group", "source")
    rows = connection.execute(
        select(*(transcript_category.c[name] for name in names)).where(
            transcript_category.c.tenant == tenant, transcript_category.c.transcript_id.in_(ids)
        )
    )
    held: dict[str, list[Any]] = {}
    for row in rows:
        held.setdefault(row.transcript_id, []).append(row)
    return held


def _replace_rows(connection: Connection, tenant: str, replacements: Sequence[AnalysisReplacement]) -> None:
    if not replacements:
        return
    values = [analysis_values(tenant, r.transcript_id, r.analysis) for r in replacements]
    rows = [
        {
            ("for_" + name if name in ("tenant", "transcript_id") else name): value
            for name, value in row.items()
        }
        for row in values
    ]
    connection.execute(
        update(analysis).where(
            analysis.c.tenant == bindparam("for_tenant"),
            analysis.c.transcript_id == bindparam("for_transcript_id"),
        ),
        rows,
    )


def _replace_categories(
    connection: Connection, tenant: str, replacement: AnalysisReplacement, locked: Mapping[str, _Locked]
) -> tuple[tuple[str, str], ...]:
    """Categories of one transcript afterwards, as (id, group)."""
    transcript_id = replacement.transcript_id
    held = locked[transcript_id]
    kept = tuple(pair for pair in held.facts.categories if pair[0] in held.analyst_categories)
    fresh = [
        c for c in distinct_categories(replacement.categories) if c.category_id not in held.analyst_categories
    ]
    connection.execute(
        delete(transcript_category).where(
            transcript_category.c.tenant == tenant,
            transcript_category.c.transcript_id == transcript_id,
            transcript_category.c.source != "analyst",
        )
    )
    if fresh:
        rows = [category_values(tenant, transcript_id, category) for category in fresh]
        connection.execute(insert(transcript_category), rows)
    return kept + tuple((category.category_id, group_name(category)) for category in fresh)


def _replace_marks(connection: Connection, tenant: str, replacements: Sequence[AnalysisReplacement]) -> None:
    ids = [replacement.transcript_id for replacement in replacements]
    connection.execute(
        delete(transcript_mark).where(
            transcript_mark.c.tenant == tenant, transcript_mark.c.transcript_id.in_(ids)
        )
    )
    bodies = ((r.transcript_id, orjson.loads(r.analysis.body)) for r in replacements)
    _insert_marks(connection, tenant, ((id_, mark_pairs(body.get("experience"))) for id_, body in bodies))


def _replace_words(
    connection: Connection,
    tenant: str,
    replacements: Sequence[AnalysisReplacement],
    locked: Mapping[str, _Locked],
) -> None:
    entries = [
        (locked[r.transcript_id].seq, r.search_words) for r in replacements if r.search_words is not None
    ]
    remove_words(connection, [seq for seq, _ in entries])
    index_words(connection, tenant, entries)


def _changed(facts: CountedFacts, row: AnalysisRow, categories: tuple[tuple[str, str], ...]) -> CountedFacts:
    attributes = (facts.product, facts.region, facts.segment, facts.store)
    return CountedFacts(facts.day, facts.month, facts.channel, row.sentiment, *attributes, categories)
