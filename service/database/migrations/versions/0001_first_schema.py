"""First schema: transcripts, analyses, rollup, root causes, reviews, keys, jobs, full-text search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from service.database.search import SEARCH_TABLE_STATEMENTS

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _transcripts()
    _analysis()
    _root_causes()
    _access()
    _work()
    for statement in SEARCH_TABLE_STATEMENTS[op.get_bind().dialect.name]:
        op.execute(statement)


def _transcripts() -> None:
    op.create_table(
        "transcript",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("customer_key", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_transcript")),
        sa.UniqueConstraint("tenant", "external_id", name=op.f("uq_transcript_tenant_external_id")),
        sa.UniqueConstraint("tenant", "id", name=op.f("uq_transcript_tenant_id")),
    )
    op.create_index(
        "ix_transcript_month", "transcript", ["tenant", "month", "occurred_at", "id"], unique=False
    )
    op.create_index("ix_transcript_time", "transcript", ["tenant", "occurred_at", "id"], unique=False)


def _analysis() -> None:
    op.create_table(
        "daily_count",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sentiment", sa.String(length=8), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant", "dimension", "day", "value", "channel", "sentiment", name=op.f("pk_daily_count")
        ),
    )
    op.create_table(
        "analysis",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("transcript_id", sa.String(length=32), nullable=False),
        sa.Column("sentiment", sa.String(length=8), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("polarity", sa.Float(), nullable=False),
        sa.Column("intensity", sa.Float(), nullable=False),
        sa.Column("analysed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "sentiment IN ('negative', 'neutral', 'positive')", name=op.f("ck_analysis_sentiment")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "transcript_id"],
            ["transcript.tenant", "transcript.id"],
            name=op.f("fk_analysis_transcript"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "transcript_id", name=op.f("pk_analysis")),
    )
    op.create_table(
        "transcript_category",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("transcript_id", sa.String(length=32), nullable=False),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("category_group", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "transcript_id"],
            ["transcript.tenant", "transcript.id"],
            name=op.f("fk_transcript_category_transcript"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "transcript_id", "category_id", name=op.f("pk_transcript_category")
        ),
    )
    op.create_index(
        "ix_transcript_category_category",
        "transcript_category",
        ["tenant", "category_id", "transcript_id"],
        unique=False,
    )


def _root_causes() -> None:
    op.create_table(
        "review",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "month", "revision", name=op.f("pk_review")),
    )
    op.create_table(
        "root_cause",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("named_by", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("born_month", sa.String(length=7), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_root_cause")),
    )
    op.create_table(
        "root_cause_assignment",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("transcript_id", sa.String(length=32), nullable=False),
        sa.Column("root_cause_id", sa.String(length=64), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "root_cause_id"],
            ["root_cause.tenant", "root_cause.id"],
            name=op.f("fk_root_cause_assignment_root_cause"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "transcript_id"],
            ["transcript.tenant", "transcript.id"],
            name=op.f("fk_root_cause_assignment_transcript"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant",
            "root_cause_id",
            "month",
            "transcript_id",
            "start",
            "end",
            name=op.f("pk_root_cause_assignment"),
        ),
    )
    op.create_index(
        "ix_root_cause_assignment_month", "root_cause_assignment", ["tenant", "month"], unique=False
    )
    op.create_index(
        "ix_root_cause_assignment_transcript",
        "root_cause_assignment",
        ["tenant", "transcript_id"],
        unique=False,
    )
    op.create_table(
        "root_cause_month",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("root_cause_id", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("n_transcripts", sa.Integer(), nullable=False),
        sa.Column("n_voices", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "root_cause_id"],
            ["root_cause.tenant", "root_cause.id"],
            name=op.f("fk_root_cause_month_root_cause"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "month", "root_cause_id", name=op.f("pk_root_cause_month")),
    )
    op.create_index(
        "ix_root_cause_month_cause", "root_cause_month", ["tenant", "root_cause_id", "month"], unique=False
    )


def _access() -> None:
    op.create_table(
        "api_key",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    op.create_table(
        "idempotency",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_digest", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False)


def _work() -> None:
    op.create_table(
        "job",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("idem_key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_job")),
        sa.UniqueConstraint("tenant", "idem_key", name=op.f("uq_job_tenant_idem_key")),
    )
    op.create_index("ix_job_created_at", "job", ["tenant", "created_at", "id"], unique=False)
    op.create_table(
        "worker_lease",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("executor_id", sa.String(length=64), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "executor_id", name=op.f("pk_worker_lease")),
    )
