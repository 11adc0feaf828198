"""The marks of each transcript's experience, one narrow row each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Transcripts analysed so far have none, until they are analysed again."""
    op.create_table(
        "transcript_mark",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("transcript_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "transcript_id"],
            ["transcript.tenant", "transcript.id"],
            name=op.f("fk_transcript_mark_transcript"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "transcript_id", "kind", "value", name=op.f("pk_transcript_mark")),
        sqlite_with_rowid=False,
    )
    columns = ["tenant", "kind", "value", "transcript_id"]
    op.create_index("ix_transcript_mark_value", "transcript_mark", columns, unique=False)
