"""What a run found is kept beside what analysts made of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MONTH_COLUMNS = "tenant, root_cause_id, month, n_transcripts, n_voices, rank, detail"


def upgrade() -> None:
    _causes()
    _months()
    _assignments()


def _causes() -> None:
    """Columns are added in place: making this table anew would empty those that refer to it on SQLite."""
    for column in (
        sa.Column("merged_into", sa.String(length=64), nullable=True),
        sa.Column("split_from", sa.String(length=64), nullable=True),
        sa.Column("is_retired", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("changed_seq", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("base_name", sa.Text(), nullable=False, server_default=""),
        sa.Column("base_detail", sa.JSON(), nullable=False, server_default="{}"),
    ):
        op.add_column("root_cause", column)
    op.execute("UPDATE root_cause SET base_name = name, base_detail = detail")


def _months() -> None:
    op.create_table(
        "root_cause_month_base",
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
            name=op.f("fk_root_cause_month_base_root_cause"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant", "month", "root_cause_id", name=op.f("pk_root_cause_month_base")),
    )
    columns = ["tenant", "root_cause_id", "month"]
    op.create_index("ix_root_cause_month_base_cause", "root_cause_month_base", columns, unique=False)
    op.execute(
        f"INSERT INTO root_cause_month_base ({_MONTH_COLUMNS}) SELECT {_MONTH_COLUMNS} FROM root_cause_month"
    )


def _assignments() -> None:
    table = "root_cause_assignment"
    op.add_column(table, sa.Column("base_id", sa.String(length=64), nullable=True))
    op.add_column(table, sa.Column("voice_id", sa.String(length=32), nullable=True))
    op.execute("UPDATE root_cause_assignment SET base_id = root_cause_id, voice_id = transcript_id")
    with op.batch_alter_table(table) as batch:
        batch.alter_column("base_id", existing_type=sa.String(length=64), nullable=False)
        batch.alter_column("voice_id", existing_type=sa.String(length=32), nullable=False)
        batch.drop_constraint(op.f("pk_root_cause_assignment"), type_="primary")
        batch.create_primary_key(
            op.f("pk_root_cause_assignment"),
            ["tenant", "base_id", "month", "transcript_id", "start", "end"],
        )
    op.create_index(
        "ix_root_cause_assignment_cause",
        table,
        ["tenant", "root_cause_id", "month", "transcript_id"],
        unique=False,
    )
