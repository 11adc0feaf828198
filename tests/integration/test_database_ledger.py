"""The ledger of root causes in both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from stored_records import MORNING, TENANT

from models.core.errors import EditConflictError, InputError
from models.rootcause.ledger import edits
from models.rootcause.ledger.edits import Author
from models.rootcause.ledger.events import LedgerEvent
from models.rootcause.ledger.state import replay
from service.database import ledger
from service.database.engine import Database


def birth(seq: int, name: str) -> LedgerEvent:
    payload = {"month": "2024-01", "name": name}
    return LedgerEvent(seq, MORNING, "birth", f"rc-{seq}", "system", payload=payload)


def born(database: Database, *names: str) -> None:
    with database.begin() as connection:
        ledger.append_events(connection, TENANT, [birth(i, name) for i, name in enumerate(names, 1)])


def test_events_come_back_as_they_were_and_by_tenant(database: Database) -> None:
    born(database, "空调不制冷", "等待时间长")
    author = Author("ann", MORNING + timedelta(days=1), "看过原话")
    with database.begin() as connection:
        event, state = ledger.append_edit(
            connection, TENANT, lambda state, _: edits.merge(state, "rc-1", ["rc-2"], author)
        )
    assert (event.seq, state.owner("rc-2")) == (3, "rc-1")
    with database.read() as connection:
        found = ledger.list_events(connection, TENANT)
        assert found == [birth(1, "空调不制冷"), birth(2, "等待时间长"), event]
        assert ledger.list_events(connection, TENANT, after=1, limit=1) == found[1:2]
        assert ledger.list_events(connection, "other") == []
    assert replay(found).to_dict() == state.to_dict()


def test_a_refused_edit_leaves_the_ledger_as_it_was(database: Database) -> None:
    born(database, "空调不制冷")
    with pytest.raises(InputError), database.begin() as connection:
        author = Author("ann", MORNING)
        ledger.append_edit(connection, TENANT, lambda s, _: edits.merge(s, "rc-1", ["rc-1"], author))
    with database.read() as connection:
        assert len(ledger.list_events(connection, TENANT)) == 1


def test_of_two_editors_at_once_one_wins_and_the_other_is_told(database: Database) -> None:
    born(database, "空调不制冷")
    told: list[object] = []

    def rename(name: str) -> None:
        author = Author(name, MORNING, seen_seq=1)
        try:
            with database.begin() as connection:
                event, _ = ledger.append_edit(
                    connection, TENANT, lambda state, _: edits.rename(state, "rc-1", f"空调{name}", author)
                )
                told.append(event.seq)
        except EditConflictError as error:
            told.append(error.code)

    editors = [threading.Thread(target=rename, args=(name,)) for name in ("不凉", "异味")]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert sorted(map(str, told)) == ["2", "edit_conflict"]


def test_the_last_run_of_a_month_is_the_newest_event_about_it(database: Database) -> None:
    runs = [
        LedgerEvent(seq, MORNING, "month", "", "system", payload={"month": month, "n": seq})
        for seq, month in enumerate(("2024-01", "2024-02", "2024-01"), 1)
    ]
    with database.begin() as connection:
        ledger.append_events(connection, TENANT, runs)
    with database.read() as connection:
        assert ledger.last_run(connection, TENANT, "2024-01") == runs[2]
        assert ledger.last_run(connection, TENANT, "2024-02") == runs[1]
        assert ledger.last_run(connection, TENANT, "2024-03") is None
        assert ledger.last_run(connection, "other", "2024-01") is None
