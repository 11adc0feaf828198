"""Who was sent which revision of a review."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "delivery",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("n_runs", sa.Integer, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("error", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("tenant", "month", "revision", "receiver", name="pk_delivery"),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed')", name="ck_delivery_state"),
    )
