"""What alembic runs: the steps, over the connection that ``service.database.migrate`` hands in."""

from __future__ import annotations

from alembic import context

from service.database.schema import metadata


def _of_this_schema(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """The full-text index is made by hand, so comparisons leave it out."""
    return not (kind == "table" and (name or "").startswith("transcript_search"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=_of_this_schema,
)
with context.begin_transaction():
    context.run_migrations()
