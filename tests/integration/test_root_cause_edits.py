"""Analysts' edits of stored root causes, the same on both databases."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from stored_records import MORNING, TENANT, found_ids, make_record, store

from models.core.errors import EditConflictError, InputError, LimitError, NotFoundError, VocError
from models.rootcause.cause import RootCause
from models.rootcause.ledger.edits import Author
from models.rootcause.ledger.events import LedgerEvent
from models.rootcause.vectors import HashEncoder
from service.database import ledger, root_causes, transcripts
from service.database.engine import Database
from service.database.records import AssignmentRecord, MonthCause, RootCauseMonthRecord, RootCauseRecord
from service.rootcauses.editing import CauseEdit, Edited, apply_edit, ensure_births
from service.rootcauses.owning import reown_month
from service.rootcauses.rebuilding import read_shown, rebuild

ENCODER = HashEncoder(64)
MONTHS = ("2024-01", "2024-02", "2024-03")
TEXTS = {
    "rc-cold": ["空调不制冷", "空调吹热风", "冷气完全没有", "空调不凉很热"],
    "rc-smell": ["空调有异味", "出风口发霉味", "车内异味很重"],
    "rc-wait": ["等了两个小时", "排队等太久", "预约了还要等"],
}
NAMES = {"rc-cold": "空调不制冷", "rc-smell": "空调异味", "rc-wait": "等待时间长"}


def run_month(database: Database, month: str, n_copies: int = 1) -> None:
    """What a run would store: every text of ``TEXTS`` said by a caller of its own, and one by two of one voice."""
    causes: list[MonthCause] = []
    assigned: list[AssignmentRecord] = []
    for rank, (cause_id, texts) in enumerate(TEXTS.items(), 1):
        records = [
            make_record(text, month=month, day=f"{month}-05") for text in texts for _ in range(n_copies)
        ]
        twin = make_record(texts[0], month=month, day=f"{month}-06")
        store(database, *records, twin)
        mine = [
            AssignmentRecord(r.row.id, cause_id, 0, len(r.row.text), 0.9 - i / 50)
            for i, r in enumerate(records)
        ]
        mine.append(
            AssignmentRecord(twin.row.id, cause_id, 0, len(texts[0]), 0.5, voice_id=records[0].row.id)
        )
        assigned += mine
        quotes = [
            {"transcript_id": a.transcript_id, "start": a.start, "end": a.end, "text": r.row.text}
            for a, r in zip(mine[:3], records, strict=False)
        ]
        vector = ENCODER.encode([texts[0]])[0]
        detail = {
            "id": cause_id,
            "name": NAMES[cause_id],
            "keywords": [texts[0][:2], texts[1][-2:]],
            "exemplars": quotes,
            "centroid": [round(float(x), 5) for x in vector],
            "n_units": len(mine),
            "linked_from": None,
        }
        cause = RootCauseRecord(
            cause_id, NAMES[cause_id], "new", MONTHS[0], {"keywords": detail["keywords"]}, MORNING
        )
        row = RootCauseMonthRecord(cause_id, month, len(mine), len(records), rank, detail)
        causes.append(MonthCause(cause, row))
    with database.begin() as connection:
        root_causes.save_month(connection, TENANT, month, causes, assigned)
        ensure_births(connection, TENANT, MORNING)
        reown_month(connection, TENANT, month, ENCODER)


@pytest.fixture
def edited(database: Database) -> Database:
    """A database with three causes in three months."""
    for month in MONTHS:
        run_month(database, month)
    return database


def edit(database: Database, kind: Any, cause_id: str, *, seen: int | None = None, **fields: Any) -> Edited:
    author = Author("ann", MORNING + timedelta(days=1), "看过原话", seen)
    return apply_edit(database, TENANT, CauseEdit(kind, cause_id, author, **fields), ENCODER)


def part_id(done: Edited) -> str:
    return str(done.event.payload["part"])


def split_smell(database: Database, month: str = "2024-02") -> Edited:
    """Split ``发霉味`` off the smells."""
    with database.read() as connection:
        found = root_causes.list_assignments(connection, TENANT, month, "rc-smell")
    return edit(database, "split", "rc-smell", name="出风口发霉", transcript_ids=(found[1].transcript_id,))


def shown(database: Database) -> bytes:
    """Everything that readers see, but for who changed it last."""
    with database.read() as connection:
        found = read_shown(connection, TENANT)
    causes = [
        [getattr(c, name) for name in c.__slots__ if name != "changed_seq"] for c in found.causes.values()
    ]
    months = [[getattr(m, name) for name in m.__slots__] for _, m in sorted(found.months.items())]
    clauses = [[getattr(a, name) for name in a.__slots__] for _, a in sorted(found.clauses.items())]
    return orjson.dumps([causes, months, clauses])


def series(database: Database, cause_id: str) -> list[tuple[str, int, int]]:
    with database.read() as connection:
        rows = root_causes.list_cause_months(connection, TENANT, cause_id)
    return [(row.month, row.n_transcripts, row.n_voices) for row in rows]


def rows_of(database: Database, month: str) -> list[MonthCause]:
    with database.read() as connection:
        return root_causes.list_month(connection, TENANT, month)


def assert_nothing_differs_after_replay(database: Database) -> None:
    with database.begin() as connection:
        again = rebuild(connection, TENANT, ENCODER, MORNING)
    assert again.is_same, again


def test_a_new_name_is_shown_at_once_and_kept_by_later_runs(edited: Database) -> None:
    edit(edited, "rename", "rc-cold", name=" 空调 不凉 ")
    run_month(edited, "2024-04")
    found = {item.cause.id: item.cause for month in (MONTHS[0], "2024-04") for item in rows_of(edited, month)}
    assert (found["rc-cold"].name, found["rc-cold"].named_by) == ("空调 不凉", "analyst")
    edit(edited, "undo", "rc-cold")
    with edited.read() as connection:
        cause = root_causes.get_cause(connection, TENANT, "rc-cold")
    assert (cause.name, cause.named_by) == ("空调不制冷", "model")


def test_merged_causes_are_one_series_in_all_months_with_voices_counted_once(edited: Database) -> None:
    assert series(edited, "rc-cold") == [(month, 5, 4) for month in MONTHS]
    edit(edited, "merge", "rc-cold", others=("rc-smell",))
    assert series(edited, "rc-cold") == [(month, 9, 7) for month in MONTHS]
    assert series(edited, "rc-smell") == []
    (first, second) = rows_of(edited, "2024-02")
    assert [first.cause.id, second.cause.id] == ["rc-cold", "rc-wait"]
    assert [first.month.rank, second.month.rank] == [1, 2]
    assert {"空调", "热风"} <= set(first.month.detail["keywords"])
    assert len({quote["transcript_id"] for quote in first.month.detail["exemplars"]}) == 5
    assert RootCause.from_dict(first.month.detail).n_voices == 7
    assert len(found_ids(edited, root_cause_id="rc-cold")) == 27
    with edited.read() as connection:
        assert root_causes.get_cause(connection, TENANT, "rc-smell").merged_into == "rc-cold"


def test_a_month_run_after_a_merge_counts_for_the_merged_cause(edited: Database) -> None:
    edit(edited, "merge", "rc-cold", others=("rc-smell",))
    run_month(edited, "2024-04")
    assert series(edited, "rc-cold")[-1] == ("2024-04", 9, 7)
    assert_nothing_differs_after_replay(edited)


def test_a_clause_that_two_merged_causes_share_is_shown_once_and_none_of_it_is_lost(edited: Database) -> None:
    before = shown(edited)
    with edited.begin() as connection:
        found = root_causes.list_assignments(connection, TENANT, "2024-02")
        base = root_causes.list_base_month(connection, TENANT, "2024-02")
        both = AssignmentRecord(found[0].transcript_id, "rc-smell", found[0].start, found[0].end, 0.99)
        root_causes.save_month(connection, TENANT, "2024-02", base, [*found, both])
        reown_month(connection, TENANT, "2024-02", ENCODER)
    held = shown(edited)
    assert held != before
    edit(edited, "merge", "rc-cold", others=("rc-smell",))
    with edited.read() as connection:
        found = root_causes.list_assignments(connection, TENANT, "2024-02", "rc-cold")
    keys = [(a.transcript_id, a.start, a.end) for a in found]
    assert len(keys) == len(set(keys)) == 9
    edit(edited, "undo", "rc-cold")
    assert shown(edited) == held


def test_a_split_moves_what_was_named_and_what_is_near_in_all_months(edited: Database) -> None:
    part = part_id(split_smell(edited))
    assert series(edited, part) == [(month, 1, 1) for month in MONTHS]
    assert series(edited, "rc-smell") == [(month, 3, 2) for month in MONTHS]
    shown_part = next(item for item in rows_of(edited, "2024-01") if item.cause.id == part)
    assert [quote["text"] for quote in shown_part.month.detail["exemplars"]] == ["出风口发霉味"]
    assert (shown_part.cause.name, shown_part.cause.split_from) == ("出风口发霉", "rc-smell")
    run_month(edited, "2024-04")
    assert series(edited, part)[-1] == ("2024-04", 1, 1)


def test_what_an_analyst_named_goes_to_the_part_even_where_it_looks_like_the_rest(edited: Database) -> None:
    with edited.read() as connection:
        found = root_causes.list_assignments(connection, TENANT, "2024-02", "rc-smell")
    wanted = tuple((a.transcript_id, a.start, a.end) for a in found if a.score in (0.9, 0.88))
    part = part_id(edit(edited, "split", "rc-smell", name="出风口", clauses=wanted))
    with edited.read() as connection:
        held = root_causes.list_assignments(connection, TENANT, "2024-02", part)
    assert set(wanted) <= {(a.transcript_id, a.start, a.end) for a in held}


def test_a_cause_of_merged_parts_can_be_split_across_them(edited: Database) -> None:
    edit(edited, "merge", "rc-cold", others=("rc-smell",))
    with edited.read() as connection:
        found = root_causes.list_assignments(connection, TENANT, "2024-02", "rc-cold")
    mould = tuple(a.transcript_id for a in found if a.base_id == "rc-smell")
    part = part_id(edit(edited, "split", "rc-cold", name="异味", transcript_ids=mould))
    assert sum(n for _, n, _ in series(edited, part)) >= 4
    assert_nothing_differs_after_replay(edited)


def test_a_retired_cause_is_left_out_and_ranked_last_until_it_is_restored(edited: Database) -> None:
    before = shown(edited)
    edit(edited, "retire", "rc-cold")
    assert [item.cause.id for item in rows_of(edited, "2024-02")] == ["rc-smell", "rc-wait"]
    with edited.read() as connection:
        everything = root_causes.list_month(connection, TENANT, "2024-02", with_retired=True)
    assert [(item.cause.id, item.month.rank) for item in everything][-1] == ("rc-cold", 3)
    edit(edited, "restore", "rc-cold")
    assert shown(edited) == before


@pytest.mark.parametrize("kind", ["rename", "merge", "split", "retire"])
def test_undo_gives_every_month_back_byte_for_byte(edited: Database, kind: str) -> None:
    before = shown(edited)
    if kind == "split":
        split_smell(edited)
    else:
        fields = {"rename": {"name": "冷气不足"}, "merge": {"others": ("rc-wait",)}}.get(kind, {})
        edit(edited, kind, "rc-smell", **fields)
    changed = shown(edited)
    assert changed != before
    edit(edited, "undo", "rc-smell")
    assert shown(edited) == before
    edit(edited, "undo", "rc-smell", seq=len(events(edited)))
    assert shown(edited) == changed
    assert_nothing_differs_after_replay(edited)


def events(database: Database) -> list[Any]:
    with database.read() as connection:
        return ledger.list_events(connection, TENANT)


@pytest.mark.parametrize("seed", range(4))
def test_any_edits_then_undone_leave_no_trace_and_replay_agrees(edited: Database, seed: int) -> None:
    before, births = shown(edited), len(events(edited))
    chance = random.Random(seed)
    for _ in range(16):
        random_edit(edited, chance)
    assert_nothing_differs_after_replay(edited)
    assert len(events(edited)) > births + 3
    undo_everything(edited, births)
    assert shown(edited) == before
    assert_nothing_differs_after_replay(edited)


def random_edit(database: Database, chance: random.Random) -> None:
    """Any edit of any cause; those that the state refuses change nothing."""
    with database.read() as connection:
        ids = [cause.id for cause in root_causes.list_causes(connection, TENANT)]
        cause_id = chance.choice(ids)
        month = chance.choice(MONTHS)
        found = root_causes.list_assignments(connection, TENANT, month, cause_id)
    kind = chance.choice(["rename", "merge", "merge", "split", "split", "retire", "restore", "undo", "undo"])
    fields: dict[str, Any] = {
        "rename": {"name": f"名称{'甲乙丙丁'[chance.randrange(4)]}"},
        "merge": {"others": (chance.choice(ids),)},
        "split": {
            "name": f"部分{'甲乙丙丁'[chance.randrange(4)]}{chance.randrange(99)}",
            "transcript_ids": tuple(a.transcript_id for a in found if chance.random() < 0.5),
        },
        "undo": {"seq": chance.choice([None, chance.randrange(len(events(database))) + 1])},
    }.get(kind, {})
    before = shown(database)
    try:
        edit(database, kind, cause_id, **fields)
    except VocError:
        assert shown(database) == before


def undo_everything(database: Database, births: int) -> None:
    """Newest first; an undo that counts is left alone with what it took back."""
    for event in reversed(events(database)):
        if event.seq > births and event.kind != "undo":
            try:
                edit(database, "undo", event.cause_id, seq=event.seq)
            except EditConflictError as error:
                assert "undone already" in error.message("en"), error


def test_of_two_analysts_at_once_the_second_is_told(edited: Database) -> None:
    seen = len(events(edited))
    edit(edited, "rename", "rc-cold", name="冷气不足", seen=seen)
    with pytest.raises(EditConflictError):
        edit(edited, "retire", "rc-cold", seen=seen)
    assert len(events(edited)) == seen + 1


REFUSED: list[tuple[str, dict[str, Any], type[VocError]]] = [
    ("merge", {"others": ("rc-cold",)}, InputError),
    ("merge", {"others": ()}, InputError),
    ("merge", {"others": ("rc-none",)}, NotFoundError),
    ("merge", {"others": tuple(f"rc-{n}" for n in range(300))}, LimitError),
    ("rename", {"name": "  "}, InputError),
    ("rename", {"name": "很" * 41}, InputError),
    ("rename", {"name": "空调异味"}, InputError),
    ("split", {"name": "新部分"}, InputError),
    ("split", {"name": "新部分", "transcript_ids": ("0" * 32,)}, InputError),
    ("split", {"name": "新部分", "clauses": (("0" * 32, 0, 4),)}, InputError),
    ("restore", {}, EditConflictError),
    ("undo", {}, EditConflictError),
    ("undo", {"seq": 1}, InputError),
    ("undo", {"seq": 99}, NotFoundError),
]


def test_what_cannot_be_done_is_said_in_both_languages_and_changes_nothing(edited: Database) -> None:
    before, n_events = shown(edited), len(events(edited))
    for kind, fields, expected in REFUSED:
        with pytest.raises(expected) as caught:
            edit(edited, kind, "rc-cold", **fields)
        assert not any("?" in caught.value.message(language) for language in ("zh", "en"))
        assert (shown(edited), len(events(edited))) == (before, n_events), (kind, fields)


def test_a_split_that_takes_everything_is_refused(edited: Database) -> None:
    every = tuple(set(found_ids(edited, root_cause_id="rc-wait")))
    with pytest.raises(InputError):
        edit(edited, "split", "rc-wait", name="等候", transcript_ids=every)


def test_merged_and_retired_causes_are_not_edited(edited: Database) -> None:
    edit(edited, "merge", "rc-cold", others=("rc-smell",))
    edit(edited, "retire", "rc-wait")
    for cause_id in ("rc-smell", "rc-wait"):
        with pytest.raises(EditConflictError):
            edit(edited, "rename", cause_id, name="新名称")
    with pytest.raises(EditConflictError):
        edit(edited, "merge", "rc-cold", others=("rc-wait",))


def test_a_clock_that_was_moved_back_changes_no_order(edited: Database) -> None:
    edit(edited, "rename", "rc-cold", name="冷气不足")
    early = CauseEdit("rename", "rc-cold", Author("bob", MORNING - timedelta(days=900)), name="制冷差")
    apply_edit(edited, TENANT, early, ENCODER)
    with edited.read() as connection:
        assert root_causes.get_cause(connection, TENANT, "rc-cold").name == "制冷差"
    assert_nothing_differs_after_replay(edited)


def test_personal_data_in_names_and_reasons_is_masked(edited: Database) -> None:
    author = Author("ann", MORNING, "客户 13812345678 说的")
    done = apply_edit(edited, TENANT, CauseEdit("rename", "rc-cold", author, name="找13812345678修"), ENCODER)
    assert "13812345678" not in done.event.why + str(done.event.payload)


def test_another_tenant_sees_and_edits_nothing_of_it(edited: Database) -> None:
    wanted = CauseEdit("retire", "rc-cold", Author("eve", MORNING))
    with pytest.raises(NotFoundError):
        apply_edit(edited, "other", wanted, ENCODER)


def test_names_of_parts_come_back_free_after_an_undo(edited: Database) -> None:
    split_smell(edited)
    edit(edited, "undo", "rc-smell")
    edit(edited, "rename", "rc-wait", name="出风口发霉")
    with pytest.raises(EditConflictError, match="rc-wait"):
        edit(edited, "undo", "rc-smell", seq=len(events(edited)) - 1)


def test_removing_transcripts_leaves_what_the_run_found_and_undo_works(edited: Database) -> None:
    edit(edited, "merge", "rc-cold", others=("rc-smell",))
    gone: Sequence[str] = found_ids(edited, root_cause_id="rc-cold", month="2024-02")
    with edited.begin() as connection:
        transcripts.delete_many(connection, TENANT, gone)
    edit(edited, "undo", "rc-cold")
    assert series(edited, "rc-smell") == [(month, 4, 3) for month in MONTHS]


def test_clauses_that_a_run_gave_to_a_part_go_to_its_parent_when_the_split_is_undone(
    edited: Database,
) -> None:
    part = part_id(split_smell(edited))
    record = make_record("出风口发霉味", month="2024-04", day="2024-04-05")
    store(edited, record)
    cause = RootCauseRecord(part, "出风口发霉", "new", "2024-04", {}, MORNING)
    found = MonthCause(cause, RootCauseMonthRecord(part, "2024-04", 1, 1, 1, {"name": "出风口发霉"}))
    with edited.begin() as connection:
        root_causes.save_month(
            connection, TENANT, "2024-04", [found], [AssignmentRecord(record.row.id, part, 0, 6, 0.9)]
        )
        reown_month(connection, TENANT, "2024-04", ENCODER)
    assert series(edited, part)[-1] == ("2024-04", 1, 1)
    edit(edited, "undo", "rc-smell")
    assert (series(edited, part), series(edited, "rc-smell")[-1]) == ([], ("2024-04", 1, 1))
    with edited.read() as connection:
        assert root_causes.get_cause(connection, TENANT, part).merged_into == "rc-smell"
    assert_nothing_differs_after_replay(edited)


def test_monthly_runs_in_the_ledger_are_counted_and_their_vectors_left_where_they_are(
    edited: Database,
) -> None:
    run = LedgerEvent(4, MORNING, "month", "", "system", payload={"month": "2024-04", "counts": {}})
    with edited.begin() as connection:
        ledger.append_events(connection, TENANT, [run])
        reown_month(connection, TENANT, "2024-04", ENCODER)
    edit(edited, "retire", "rc-wait")
    with edited.read() as connection:
        assert [event.seq for event in ledger.read_state(connection, TENANT)[1]] == [1, 2, 3, 4, 5]
        states = {cause.id: cause.state for cause in root_causes.list_causes(connection, TENANT)}
    assert set(states.values()) == {"steady"}, "a month without contacts says nothing"


def test_of_edits_at_once_one_wins_and_the_months_agree(edited: Database) -> None:
    seen, told = len(events(edited)), []

    def merge(other: str) -> None:
        try:
            told.append(edit(edited, "merge", "rc-cold", others=(other,), seen=seen).event.kind)
        except EditConflictError as error:
            told.append(error.code)

    analysts = [threading.Thread(target=merge, args=(other,)) for other in ("rc-smell", "rc-wait")]
    for analyst in analysts:
        analyst.start()
    for analyst in analysts:
        analyst.join()
    assert sorted(told) == ["edit_conflict", "merge"]
    assert_nothing_differs_after_replay(edited)
