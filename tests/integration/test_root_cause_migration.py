"""Root causes stored by an earlier version, in both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from alembic import command
from sqlalchemy import text
from stored_records import MORNING, TENANT, make_record

from service.database import root_causes, trends
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
    with database.begin() as connection:
        values = {"t": TENANT, "at": MORNING, "tid": record.row.id, "detail": '{"keywords": ["退款"]}'}
        for row in (
            "INSERT INTO transcript (tenant, id, content_digest, occurred_at, day, month, channel, created_at, "
            "scores, turns, text) VALUES (:t, :tid, 'd', :at, '2024-03-05', '2024-03', 'phone', :at, '{}', '[]', '退款')",
            "INSERT INTO daily_count (tenant, day, dimension, value, channel, sentiment, month, n) "
            "VALUES (:t, '2024-03-05', 'all', '', 'phone', 'negative', '2024-03', 1)",
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
        series = trends.series(connection, TENANT, "store", date(2024, 3, 1), date(2024, 4, 1), "month")
        assert [(point.value, point.counts.negative) for point in series.points] == [("", 1)]
