"""Labels of analysts, and where a shadow model differs from the one in use."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _labels()
    _shadows()


def _labels() -> None:
    op.create_table(
        "analyst_label",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("transcript_id", sa.String(length=32), nullable=False),
        sa.Column("task", sa.String(length=32), nullable=False),
        sa.Column("start", sa.Integer(), nullable=True),
        sa.Column("end", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("analyst", sa.Text(), nullable=True),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        _of_transcript("analyst_label"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_analyst_label")),
    )
    columns = ["tenant", "transcript_id", "task", "created_at", "id"]
    op.create_index("ix_analyst_label_transcript", "analyst_label", columns, unique=False)
    op.create_index(
        "ix_analyst_label_created_at", "analyst_label", ["tenant", "created_at", "id"], unique=False
    )


def _shadows() -> None:
    op.create_table(
        "shadow_count",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("current", sa.Text(), nullable=False),
        sa.Column("shadow", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("n_different", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "task", "current", "shadow", name=op.f("pk_shadow_count")),
    )
    op.create_table(
        "shadow_difference",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("transcript_id", sa.String(length=32), nullable=False),
        sa.Column("current", sa.Text(), nullable=False),
        sa.Column("shadow", sa.Text(), nullable=False),
        sa.Column("current_label", sa.Text(), nullable=False),
        sa.Column("shadow_label", sa.Text(), nullable=False),
        sa.Column("current_score", sa.Float(), nullable=False),
        sa.Column("shadow_score", sa.Float(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _of_transcript("shadow_difference"),
        sa.PrimaryKeyConstraint("tenant", "task", "id", name=op.f("pk_shadow_difference")),
    )
    op.create_index(
        "ix_shadow_difference_transcript", "shadow_difference", ["tenant", "transcript_id"], unique=False
    )


def _of_transcript(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant", "transcript_id"],
        ["transcript.tenant", "transcript.id"],
        name=op.f(f"fk_{table}_transcript"),
        ondelete="CASCADE",
    )
