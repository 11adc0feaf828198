"""The store of a transcript, and how often each store comes up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Transcripts stored so far have no store: they count under the empty one, as new ones without do."""
    op.add_column("transcript", sa.Column("store", sa.Text(), nullable=True))
    op.execute(
        "INSERT INTO daily_count (tenant, day, dimension, value, channel, sentiment, month, n) "
        "SELECT tenant, day, 'store', '', channel, sentiment, month, n FROM daily_count WHERE dimension = 'all'"
    )
