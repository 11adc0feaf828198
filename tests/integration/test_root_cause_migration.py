"""Root causes stored by an earlier version, in both databases."""

from __future__ import annotations

from collections.abc import Callable

from alembic import command
from sqlalchemy import text
from stored_records import MORNING, TENANT, make_record, store

from service.database import root_causes
from service.database.engine import Database
from service.database.migrate import _config, migrate
from service.database.records import AssignmentRecord


def test_causes_of_an_earlier_version_keep_months_and_clauses(open_again: Callable[..., Database]) -> None:
    database = open_again()
    with database.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    record = make_record()
    store(database, record)
    with database.begin() as connection:
        values = {"t": TENANT, "at": MORNING, "tid": record.row.id, "detail": '{"keywords": ["退款"]}'}
        for row in (
            "INSERT INTO root_cause VALUES (:t, 'rc1', '退款慢', 'model', 'new', '2024-03', :at, :detail)",
            "INSERT INTO root_cause_month VALUES (:t, 'rc1', '2024-03', 5, 4, 1, :detail)",
            "INSERT INTO root_cause_assignment VALUES (:t, '2024-03', :tid, 'rc1', 0, 4, 0.9)",
        ):
            connection.execute(text(row), values)
    migrate(database)
    with database.read() as connection:
        (found,) = root_causes.list_month(connection, TENANT, "2024-03")
        assert (found.cause.name, found.cause.changed_seq, found.cause.is_retired) == ("退款慢", 0, False)
        assert root_causes.list_base_month(connection, TENANT, "2024-03") == [found]
        (spoken,) = root_causes.list_assignments(connection, TENANT, "2024-03")
        assert spoken == AssignmentRecord(record.row.id, "rc1", 0, 4, 0.9, "rc1", record.row.id)
