"""Reviews, root causes, API keys, idempotent requests and jobs, the same on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from stored_records import MORNING, TENANT, found_ids, make_record, store

from models.core.errors import CursorError, FieldError, IdempotencyError, NotFoundError
from service.database import api_keys, idempotency, jobs, reviews, root_causes, transcripts
from service.database.engine import Database
from service.database.records import (
    AssignmentRecord,
    IdempotentAnswer,
    MonthCause,
    RootCauseMonthRecord,
    RootCauseRecord,
)

LATER = MORNING + timedelta(hours=1)


def a_cause(
    cause_id: str, name: str, rank: int = 1, month: str = "2024-03", state: str = "new"
) -> MonthCause:
    cause = RootCauseRecord(cause_id, name, state, "2024-03", {"words": ["退款"]}, MORNING)
    return MonthCause(cause, RootCauseMonthRecord(cause_id, month, 5, 4, rank, {"share": 0.5}))


def test_a_changed_review_is_a_new_revision_and_the_same_one_is_not(database: Database) -> None:
    with database.begin() as connection:
        first = reviews.save_review(connection, TENANT, "2024-03", b"one", "f1", MORNING)
        again = reviews.save_review(connection, TENANT, "2024-03", b"other bytes", "f1", LATER)
        second = reviews.save_review(connection, TENANT, "2024-03", b"two", "f2", LATER)
        reviews.save_review(connection, TENANT, "2024-02", b"old", "f0", LATER)
        reviews.save_review(connection, "other", "2024-03", b"theirs", "f9", LATER)
    assert (first.revision, again, second.revision) == (1, first, 2)
    with database.read() as connection:
        assert reviews.get_review(connection, TENANT, "2024-03") == second
        assert reviews.get_review(connection, TENANT, "2024-03", 1) == first
        listed = reviews.list_reviews(connection, TENANT)
        assert [(info.month, info.revision) for info in listed] == [("2024-03", 2), ("2024-02", 1)]
        with pytest.raises(NotFoundError):
            reviews.get_review(connection, TENANT, "2024-03", 3)


def test_root_causes_of_a_month_come_by_rank(database: Database) -> None:
    causes = [a_cause("rc2", "退款慢", 2), a_cause("rc1", "降价", 1)]
    with database.begin() as connection:
        root_causes.save_month(connection, TENANT, "2024-03", causes, [])
        assert root_causes.list_month(connection, TENANT, "2024-03") == [causes[1], causes[0]]
        assert root_causes.list_month(connection, "other", "2024-03") == []
        assert root_causes.get_cause(connection, TENANT, "rc1") == causes[1].cause
        with pytest.raises(NotFoundError):
            root_causes.get_cause(connection, "other", "rc1")


def test_saving_a_month_again_replaces_it_and_leaves_other_months(database: Database) -> None:
    record = make_record()
    store(database, record)
    spoken = AssignmentRecord(record.row.id, "rc1", 0, 4, 0.9)
    missing = replace(spoken, transcript_id="0" * 32)
    with database.begin() as connection:
        root_causes.save_month(connection, TENANT, "2024-02", [a_cause("rc1", "降价", month="2024-02")], [])
        for _ in range(2):
            both = [a_cause("rc1", "降价"), a_cause("rc2", "退款", 2)]
            root_causes.save_month(connection, TENANT, "2024-03", both, [spoken, spoken, missing])
        root_causes.save_month(connection, TENANT, "2024-03", [a_cause("rc1", "降价")], [spoken])
    with database.read() as connection:
        assert [c.cause.id for c in root_causes.list_month(connection, TENANT, "2024-03")] == ["rc1"]
        months = root_causes.list_cause_months(connection, TENANT, "rc1")
        assert [found.month for found in months] == ["2024-02", "2024-03"]
        assert root_causes.list_assignments(connection, TENANT, "2024-03", "rc1") == [spoken]
        assert [cause.id for cause in root_causes.list_causes(connection, TENANT)] == ["rc1", "rc2"]
    assert found_ids(database, root_cause_id="rc1") == [record.row.id]
    assert found_ids(database, root_cause_id="rc1", root_cause_month="2024-02") == []


def test_a_run_renames_a_root_cause_that_no_analyst_named(database: Database) -> None:
    with database.begin() as connection:
        root_causes.save_month(connection, TENANT, "2024-03", [a_cause("rc1", "退款")], [])
        fresh = [a_cause("rc1", "退款慢", state="growing")]
        root_causes.save_month(connection, TENANT, "2024-04", fresh, [])
        found = root_causes.get_cause(connection, TENANT, "rc1")
        assert (found.name, found.named_by, found.state) == ("退款慢", "model", "growing")


def test_a_key_is_found_by_its_secret_alone_and_only_its_digest_is_stored(database: Database) -> None:
    with database.begin() as connection:
        assert not api_keys.has_keys(connection)
        record, secret = api_keys.create_key(connection, TENANT, "呼叫中心", ["read", "ingest"], MORNING)
        assert (record.scopes, secret.startswith(record.prefix)) == (("ingest", "read"), True)
        assert api_keys.find_key(connection, secret) == record
        for wrong in (secret[:-1], secret + "x", record.prefix, "", "\ud800", secret.upper()):
            assert api_keys.find_key(connection, wrong) is None
        rows = connection.execute(text("SELECT * FROM api_key")).all()
        assert secret not in repr(rows)
        assert secret[10:] not in repr(rows)
        assert api_keys.has_keys(connection)


def test_a_revoked_key_is_not_found_but_still_listed(database: Database) -> None:
    with database.begin() as connection:
        record, secret = api_keys.create_key(connection, TENANT, "旧", ["admin"], MORNING)
        with pytest.raises(NotFoundError):
            api_keys.revoke_key(connection, "other", record.id, LATER)
        assert api_keys.find_key(connection, secret) is not None
        revoked = api_keys.revoke_key(connection, TENANT, record.id, LATER)
        assert api_keys.revoke_key(connection, TENANT, record.id, LATER + timedelta(days=1)) == revoked
        assert (revoked.revoked_at, api_keys.find_key(connection, secret)) == (LATER, None)
        assert api_keys.list_keys(connection, TENANT) == [revoked]
        assert not api_keys.has_keys(connection)


def test_the_last_use_of_a_key_is_noted_to_the_minute(database: Database) -> None:
    with database.begin() as connection:
        record, secret = api_keys.create_key(connection, TENANT, "k", ["read"], MORNING)
        assert api_keys.needs_touch(record, MORNING)
        assert api_keys.touch_key(connection, record, MORNING)
        assert not api_keys.touch_key(connection, record, MORNING + timedelta(seconds=59))
        assert api_keys.touch_key(connection, record, MORNING + timedelta(seconds=60))
        used = api_keys.find_key(connection, secret)
        assert used is not None
        assert not api_keys.needs_touch(used, MORNING + timedelta(seconds=61))


@pytest.mark.parametrize("scopes", [[], ["root"], ["read", "write"]])
def test_a_key_needs_known_scopes(database: Database, scopes: list[str]) -> None:
    with database.begin() as connection, pytest.raises(FieldError):
        api_keys.create_key(connection, TENANT, "k", scopes, MORNING)


def test_an_idempotent_request_runs_once_and_its_answer_is_given_again(database: Database) -> None:
    with database.begin() as connection:
        assert idempotency.begin_request(connection, TENANT, "k", "d1", MORNING) == IdempotentAnswer("new")
        assert idempotency.begin_request(connection, TENANT, "k", "d1", MORNING).state == "running"
        assert idempotency.begin_request(connection, "other", "k", "d2", MORNING).state == "new"
        idempotency.finish_request(connection, TENANT, "k", 201, b'{"id":"1"}')
        idempotency.release_request(connection, TENANT, "k")  # a kept answer stays
        answer = idempotency.begin_request(connection, TENANT, "k", "d1", LATER)
        assert answer == IdempotentAnswer("done", 201, b'{"id":"1"}')
        with pytest.raises(IdempotencyError) as caught:
            idempotency.begin_request(connection, TENANT, "k", "d2", LATER)
        assert "「k」" in caught.value.message("zh")


def test_a_request_that_failed_or_was_cut_off_may_run_again(database: Database) -> None:
    with database.begin() as connection:
        idempotency.begin_request(connection, TENANT, "failed", "d", MORNING)
        idempotency.release_request(connection, TENANT, "failed")
        assert idempotency.begin_request(connection, TENANT, "failed", "d", MORNING).state == "new"
        idempotency.begin_request(connection, TENANT, "cut off", "d", MORNING)
        after = MORNING + idempotency.STALE_AFTER
        assert idempotency.begin_request(connection, TENANT, "cut off", "d", after).state == "new"
        assert idempotency.begin_request(connection, TENANT, "cut off", "d", after).state == "running"
        assert idempotency.purge_requests(connection, MORNING + timedelta(seconds=1)) == 1
        assert idempotency.begin_request(connection, TENANT, "failed", "other", LATER).state == "new"


def test_of_two_requests_at_once_with_one_key_one_runs(
    database: Database, open_again: Callable[..., Database]
) -> None:
    states: list[str] = []
    start = threading.Barrier(4)

    def ask(other: Database) -> None:
        start.wait()
        with other.begin() as connection:
            states.append(idempotency.begin_request(connection, TENANT, "k", "d", MORNING).state)

    threads = [threading.Thread(target=ask, args=(open_again(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == ["new", "running", "running", "running"]


def test_a_job_is_queued_once_per_key(database: Database) -> None:
    with database.begin() as connection:
        first, is_new = jobs.create_job(
            connection, TENANT, "review", "2024-03", {"month": "2024-03"}, MORNING
        )
        again, is_new_again = jobs.create_job(connection, TENANT, "review", "2024-03", {}, LATER)
        other, _ = jobs.create_job(connection, "other", "review", "2024-03", {}, LATER, job_id=first.id)
        assert (is_new, is_new_again, again) == (True, False, first)
        assert jobs.get_job(connection, TENANT, first.id) == first
        assert jobs.get_job(connection, "other", first.id) == other
        with pytest.raises(NotFoundError):
            jobs.get_job(connection, TENANT, "nothing")


def test_a_job_goes_its_way_and_stays_ended(database: Database) -> None:
    with database.begin() as connection:
        job, _ = jobs.create_job(connection, TENANT, "review", "k", {}, MORNING)
        assert jobs.start_job(connection, TENANT, job.id, MORNING)
        assert jobs.start_job(connection, TENANT, job.id, LATER)  # taken over after a kill
        assert jobs.report_progress(connection, TENANT, job.id, 1.7, "聚类")
        running = jobs.get_job(connection, TENANT, job.id)
        assert (running.state, running.started_at, running.progress) == ("running", MORNING, 1.0)
        assert (running.message, running.result) == ("聚类", None)
        assert jobs.finish_job(connection, TENANT, job.id, {"path": "r.html"}, LATER)
        assert not jobs.report_progress(connection, TENANT, job.id, 0.1)
        assert not jobs.fail_job(connection, TENANT, job.id, {"code": "x"}, LATER)
        assert not jobs.cancel_job(connection, TENANT, job.id, LATER)
        assert not jobs.requeue_job(connection, TENANT, job.id)
        done = jobs.get_job(connection, TENANT, job.id)
        assert (done.state, done.result, done.error) == ("done", {"path": "r.html"}, None)
        assert done.finished_at == LATER


def test_a_failed_job_can_be_queued_again(database: Database) -> None:
    with database.begin() as connection:
        job, _ = jobs.create_job(connection, TENANT, "review", "k", {}, MORNING)
        assert jobs.fail_job(connection, TENANT, job.id, {"code": "job_failed"}, LATER)
        assert jobs.get_job(connection, TENANT, job.id).error == {"code": "job_failed"}
        assert jobs.requeue_job(connection, TENANT, job.id)
        assert jobs.get_job(connection, TENANT, job.id) == job


def test_jobs_are_listed_in_pages_newest_first(database: Database) -> None:
    with database.begin() as connection:
        made = [
            jobs.create_job(connection, TENANT, kind, f"{kind} {n}", {}, MORNING + timedelta(minutes=n // 2))[
                0
            ]
            for n in range(5)
            for kind in ("review", "train")
        ]
        newest_first = sorted(made, key=lambda job: (job.created_at, job.id), reverse=True)
        page = jobs.list_jobs(connection, TENANT, limit=7)
        rest = jobs.list_jobs(connection, TENANT, limit=7, cursor=page.next_cursor)
        assert [*page.items, *rest.items] == newest_first
        assert rest.next_cursor is None
        jobs.start_job(connection, TENANT, made[0].id, LATER)
        running = jobs.list_jobs(connection, TENANT, kind="review", state="running").items
        assert [job.id for job in running] == [made[0].id]
        with pytest.raises(CursorError):
            jobs.list_jobs(connection, TENANT, cursor="x")


def test_of_several_that_take_over_a_silent_worker_one_succeeds(database: Database) -> None:
    with database.begin() as connection:
        jobs.beat(connection, TENANT, "w1", MORNING)
        jobs.beat(connection, TENANT, "w2", MORNING)
        jobs.beat(connection, TENANT, "w2", LATER)
        assert jobs.silent_workers(connection, TENANT, LATER) == ["w1"]
        assert not jobs.take_over(connection, TENANT, "w2", LATER)
        assert [jobs.take_over(connection, TENANT, "w1", LATER) for _ in range(2)] == [True, False]


def test_a_removed_transcript_leaves_its_root_cause(database: Database) -> None:
    record = make_record()
    store(database, record)
    spoken = AssignmentRecord(record.row.id, "rc1", 0, 4, 0.9)
    with database.begin() as connection:
        root_causes.save_month(connection, TENANT, "2024-03", [a_cause("rc1", "降价")], [spoken])
        transcripts.delete_transcript(connection, TENANT, record.row.id)
        assert root_causes.list_assignments(connection, TENANT, "2024-03") == []
        assert [c.cause.id for c in root_causes.list_month(connection, TENANT, "2024-03")] == ["rc1"]
