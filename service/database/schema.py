"""The tables, once for SQLite and PostgreSQL. ``tenant`` stands on every one.

The full-text index is not here: it differs by database, see ``search.py``. Wide columns come last, so that
SQLite reads the narrow ones without following overflow pages. A change here needs a migration; a test
compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC: ``timestamptz`` on PostgreSQL, sortable text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must be aware")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""A counter of the database itself; on SQLite it must be INTEGER to be the rowid."""


def _tenant() -> Column[str]:
    return Column("tenant", String(64), nullable=False)


def _of_transcript() -> ForeignKeyConstraint:
    columns = ["tenant", "transcript_id"]
    return ForeignKeyConstraint(columns, ["transcript.tenant", "transcript.id"], ondelete="CASCADE")


def _of_root_cause() -> ForeignKeyConstraint:
    columns = ["tenant", "root_cause_id"]
    return ForeignKeyConstraint(columns, ["root_cause.tenant", "root_cause.id"], ondelete="CASCADE")


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, **{"nullable": False, **options})


transcript = Table(
    "transcript",
    metadata,
    Column("seq", ROW_NUMBER, primary_key=True, autoincrement=True),
    _tenant(),
    Column("id", String(32), nullable=False),
    _text("external_id", nullable=True),
    _text("content_digest"),
    Column("occurred_at", UtcTime, nullable=False),
    Column("day", String(10), nullable=False),
    Column("month", String(7), nullable=False),
    _text("channel"),
    _text("customer_key", nullable=True),
    _text("agent_id", nullable=True),
    _text("product", nullable=True),
    _text("region", nullable=True),
    _text("segment", nullable=True),
    _text("store", nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("scores", JSON, nullable=False),
    Column("signature", LargeBinary, nullable=True),
    Column("turns", JSON, nullable=False),
    _text("text"),
    UniqueConstraint("tenant", "id"),
    UniqueConstraint("tenant", "external_id"),
    Index("ix_transcript_time", "tenant", "occurred_at", "id"),
    Index("ix_transcript_month", "tenant", "month", "occurred_at", "id"),
)

analysis = Table(
    "analysis",
    metadata,
    _tenant(),
    Column("transcript_id", String(32), nullable=False),
    Column("sentiment", String(8), nullable=False),
    Column("score", Float, nullable=False),
    Column("polarity", Float, nullable=False),
    Column("intensity", Float, nullable=False),
    Column("analysed_at", UtcTime, nullable=False),
    Column("models", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("tenant", "transcript_id"),
    _of_transcript(),
    CheckConstraint("sentiment IN ('negative', 'neutral', 'positive')", name="sentiment"),
)

transcript_category = Table(
    "transcript_category",
    metadata,
    _tenant(),
    Column("transcript_id", String(32), nullable=False),
    _text("category_id"),
    _text("category_group"),  # first name of the path
    _text("path"),  # JSON list of names
    Column("score", Float, nullable=False),
    Column("source", String(8), nullable=False),
    PrimaryKeyConstraint("tenant", "transcript_id", "category_id"),
    _of_transcript(),
    Index("ix_transcript_category_category", "tenant", "category_id", "transcript_id"),
)

# Distinct marks of the stored analysis: the primary key is the table itself, there is nothing else in it.
transcript_mark = Table(
    "transcript_mark",
    metadata,
    _tenant(),
    Column("transcript_id", String(32), nullable=False),
    _text("kind"),
    _text("value"),  # a node's id or a status; of a survey item `item.answer`
    PrimaryKeyConstraint("tenant", "transcript_id", "kind", "value"),
    _of_transcript(),
    Index("ix_transcript_mark_value", "tenant", "kind", "value", "transcript_id"),
    sqlite_with_rowid=False,
)

daily_count = Table(
    "daily_count",
    metadata,
    _tenant(),
    Column("day", String(10), nullable=False),
    Column(
        "dimension", String(16), nullable=False
    ),  # all, category, category_group, product, region, segment, store
    _text("value"),  # '' where the transcript has none
    _text("channel"),
    Column("sentiment", String(8), nullable=False),
    Column("month", String(7), nullable=False),
    Column("n", Integer, nullable=False),
    PrimaryKeyConstraint("tenant", "dimension", "day", "value", "channel", "sentiment"),
)

root_cause = Table(
    "root_cause",
    metadata,
    _tenant(),
    Column("id", String(64), nullable=False),
    _text("name"),
    Column("named_by", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    Column("born_month", String(7), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("merged_into", String(64), nullable=True),
    Column("split_from", String(64), nullable=True),
    Column("is_retired", Boolean, nullable=False),
    Column("changed_seq", Integer, nullable=False),  # last event about it
    Column("detail", JSON, nullable=False),
    _text("base_name"),  # as the last run gave them, whatever analysts did since
    Column("base_detail", JSON, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
)

# What a month shows: the run's result with the analysts' edits over it.
root_cause_month = Table(
    "root_cause_month",
    metadata,
    _tenant(),
    Column("root_cause_id", String(64), nullable=False),
    Column("month", String(7), nullable=False),
    Column("n_transcripts", Integer, nullable=False),
    Column("n_voices", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("detail", JSON, nullable=False),
    PrimaryKeyConstraint("tenant", "month", "root_cause_id"),
    _of_root_cause(),
    Index("ix_root_cause_month_cause", "tenant", "root_cause_id", "month"),
)

# What the run of a month found; only the next run of that month replaces it.
root_cause_month_base = Table(
    "root_cause_month_base",
    metadata,
    _tenant(),
    Column("root_cause_id", String(64), nullable=False),
    Column("month", String(7), nullable=False),
    Column("n_transcripts", Integer, nullable=False),
    Column("n_voices", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("detail", JSON, nullable=False),
    PrimaryKeyConstraint("tenant", "month", "root_cause_id"),
    _of_root_cause(),
    Index("ix_root_cause_month_base_cause", "tenant", "root_cause_id", "month"),
)

root_cause_assignment = Table(
    "root_cause_assignment",
    metadata,
    _tenant(),
    Column("month", String(7), nullable=False),
    Column("transcript_id", String(32), nullable=False),
    Column("root_cause_id", String(64), nullable=False),  # which it counts for, edits considered
    Column("base_id", String(64), nullable=False),  # to which the run assigned it
    Column("voice_id", String(32), nullable=False),  # first near-duplicate of the transcript
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("score", Float, nullable=False),
    PrimaryKeyConstraint("tenant", "base_id", "month", "transcript_id", "start", "end"),
    _of_transcript(),
    _of_root_cause(),
    Index("ix_root_cause_assignment_cause", "tenant", "root_cause_id", "month", "transcript_id"),
    Index("ix_root_cause_assignment_transcript", "tenant", "transcript_id"),
    Index("ix_root_cause_assignment_month", "tenant", "month"),
)

root_cause_event = Table(
    "root_cause_event",
    metadata,
    _tenant(),
    Column("seq", Integer, nullable=False),  # from 1, without gaps; nothing is ever changed or removed
    Column("at", UtcTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("cause_id", String(64), nullable=False),
    _text("by"),
    _text("why"),
    Column("payload", JSON, nullable=False),
    PrimaryKeyConstraint("tenant", "seq"),
    Index("ix_root_cause_event_cause", "tenant", "cause_id", "seq"),
)

review = Table(
    "review",
    metadata,
    _tenant(),
    Column("month", String(7), nullable=False),
    Column("revision", Integer, nullable=False),
    _text("fingerprint"),
    Column("created_at", UtcTime, nullable=False),
    Column("snapshot", LargeBinary, nullable=False),
    PrimaryKeyConstraint("tenant", "month", "revision"),
)

# One row per revision and receiver: what keeps a review from being sent twice.
delivery = Table(
    "delivery",
    metadata,
    _tenant(),
    Column("month", String(7), nullable=False),
    Column("revision", Integer, nullable=False),
    _text("receiver"),
    Column("kind", String(8), nullable=False),  # email, webhook
    Column("state", String(8), nullable=False),
    Column("n_runs", Integer, nullable=False),  # how often sending was begun
    Column("changed_at", UtcTime, nullable=False),
    _text("error", nullable=True),
    PrimaryKeyConstraint("tenant", "month", "revision", "receiver"),
    CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed')", name="state"),
)

analyst_label = Table(
    "analyst_label",
    metadata,
    _tenant(),
    Column("id", String(32), nullable=False),
    Column("transcript_id", String(32), nullable=False),
    Column("task", String(32), nullable=False),
    Column("start", Integer, nullable=True),  # NULL: the whole transcript
    Column("end", Integer, nullable=True),
    Column("created_at", UtcTime, nullable=False),
    _text("analyst", nullable=True),
    Column("labels", JSON, nullable=False),  # list of names or ids; empty takes earlier labels back
    Column("before", JSON, nullable=False),  # what the models said: labels, score, model
    _text("note", nullable=True),
    PrimaryKeyConstraint("tenant", "id"),
    _of_transcript(),
    Index("ix_analyst_label_transcript", "tenant", "transcript_id", "task", "created_at", "id"),
    Index("ix_analyst_label_created_at", "tenant", "created_at", "id"),
)

shadow_count = Table(
    "shadow_count",
    metadata,
    _tenant(),
    _text("task"),
    _text("current"),  # name of the version in use
    _text("shadow"),  # name of the version beside it
    Column("n", Integer, nullable=False),
    Column("n_different", Integer, nullable=False),
    PrimaryKeyConstraint("tenant", "task", "current", "shadow"),
)

shadow_difference = Table(
    "shadow_difference",
    metadata,
    _tenant(),
    _text("task"),
    Column("id", String(32), nullable=False),
    Column("transcript_id", String(32), nullable=False),
    _text("current"),
    _text("shadow"),
    _text("current_label"),
    _text("shadow_label"),
    Column("current_score", Float, nullable=False),
    Column("shadow_score", Float, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("tenant", "task", "id"),
    _of_transcript(),
    Index("ix_shadow_difference_transcript", "tenant", "transcript_id"),
)

idempotency = Table(
    "idempotency",
    metadata,
    _tenant(),
    _text("key"),
    _text("request_digest"),
    Column("status", Integer, nullable=True),  # NULL while the request runs
    Column("created_at", UtcTime, nullable=False),
    Column("body", LargeBinary, nullable=True),
    PrimaryKeyConstraint("tenant", "key"),
    Index("ix_idempotency_created_at", "created_at"),
)

api_key = Table(
    "api_key",
    metadata,
    _tenant(),
    Column("id", String(32), nullable=False),
    _text("name"),
    Column("prefix", String(16), nullable=False),
    Column("key_hash", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime, nullable=True),
    Column("last_used_at", UtcTime, nullable=True),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("key_hash"),
)

job = Table(
    "job",
    metadata,
    _tenant(),
    Column("id", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    _text("idem_key"),
    Column("state", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    _text("message"),
    Column("params", JSON, nullable=False),
    Column("result", JSON(none_as_null=True), nullable=True),
    Column("error", JSON(none_as_null=True), nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("started_at", UtcTime, nullable=True),
    Column("finished_at", UtcTime, nullable=True),
    PrimaryKeyConstraint("tenant", "id"),
    UniqueConstraint("tenant", "idem_key"),
    Index("ix_job_created_at", "tenant", "created_at", "id"),
)

worker_lease = Table(
    "worker_lease",
    metadata,
    _tenant(),
    Column("executor_id", String(64), nullable=False),
    Column("heartbeat_at", UtcTime, nullable=False),
    PrimaryKeyConstraint("tenant", "executor_id"),
)
