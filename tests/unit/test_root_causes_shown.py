"""What a month shows of root causes that were joined or divided."""

from __future__ import annotations

from typing import Any

from service.database.ownership import Clause, Counted, Share
from service.database.records import AssignmentRecord, RootCauseMonthRecord
from service.rootcauses.lives import Calendar
from service.rootcauses.shown import Group, Part, groups_of, joined_month, ranked


def found(cause_id: str, rank: int = 1, n_voices: int = 5, **detail: Any) -> RootCauseMonthRecord:
    return RootCauseMonthRecord(cause_id, "2024-03", n_voices + 1, n_voices, rank, detail)


def clause(transcript_id: str, score: float, voice: str = "") -> Clause:
    return Clause("2024-03", AssignmentRecord(transcript_id, "a", 0, 5, score, voice_id=voice))


def quote(transcript_id: str, text: str) -> dict[str, Any]:
    return {"transcript_id": transcript_id, "start": 0, "end": 5, "text": text}


def test_a_cause_that_nobody_edited_is_as_it_was_found():
    rows = [found("a"), found("b", 2)]
    groups = groups_of(rows, {Share("a", "a"), Share("b", "b")}, lambda cause_id: cause_id)
    assert [(group.id, group.is_as_found) for group in groups] == [("a", True), ("b", True)]


def test_a_joined_and_a_divided_cause_are_not_as_they_were_found():
    rows = [found("a"), found("b", 2), found("c", 3)]
    shares = {Share("a", "a"), Share("b", "a"), Share("c", "c"), Share("c", "part")}
    groups = groups_of(rows, shares, lambda cause_id: cause_id)
    assert {group.id: group.is_as_found for group in groups} == {"a": False, "c": False, "part": False}
    assert [part.is_whole for group in groups for part in group.parts] == [True, True, False, False]


def test_a_cause_whose_clauses_are_all_gone_goes_where_the_ledger_says():
    (group,) = groups_of([found("a"), found("b", 2)], {Share("a", "a")}, lambda _: "a")
    assert [part.found.root_cause_id for part in group.parts] == ["a", "b"]


def joined(clauses: list[Clause], *parts: Part, **texts: str) -> RootCauseMonthRecord:
    return joined_month(Group("a", parts), "名称", Counted(9, 9), clauses, texts)


def test_quotes_come_by_score_each_from_another_voice_and_only_from_this_side():
    held = [quote("t1", "一"), quote("t2", "二"), quote("t9", "别处")]
    other = [quote("t3", "三"), quote("t4", "四")]
    clauses = [clause("t3", 0.9), clause("t1", 0.8), clause("t2", 0.7, voice="t1"), clause("t4", 0.6)]
    row = joined(clauses, Part(found("a", exemplars=held), True), Part(found("b", exemplars=other), True))
    assert [item["text"] for item in row.detail["exemplars"]] == ["三", "一", "四"]


def test_a_side_without_quotes_takes_its_nearest_clauses():
    row = joined([clause("t1", 0.9), clause("t2", 0.8)], Part(found("a"), False), t1="空调异味了", t2="发霉")
    assert [item["text"] for item in row.detail["exemplars"]] == ["空调异味了", "发霉"]


def test_voices_that_are_not_known_are_bounded_by_what_was_found():
    row = joined([clause("t1", 0.9)], Part(found("a", n_voices=3), True), Part(found("b", n_voices=2), True))
    assert (row.n_transcripts, row.n_voices) == (9, 5)


def test_what_was_said_of_a_group_as_found_is_not_said_of_a_joined_one():
    of_group = {"stability": 0.9, "hot_topics": [{"name": "车贷"}], "stated": {"n_units": 4}}
    row = joined([clause("t1", 0.9)], Part(found("a", encoder="x", **of_group), True), Part(found("b"), True))
    assert row.detail["encoder"] == "x"
    assert not of_group.keys() & row.detail.keys()


def test_keywords_of_parts_take_turns_and_those_of_a_side_stand_in_its_quotes():
    whole = Part(found("a", n_voices=9, keywords=["空调", "制冷"], exemplars=[quote("t1", "空调坏")]), True)
    divided = Part(found("b", keywords=["异味", "发霉"], exemplars=[quote("t2", "出风口发霉")]), False)
    row = joined([clause("t1", 0.9), clause("t2", 0.8)], whole, divided)
    assert row.detail["keywords"] == ["空调", "发霉", "制冷"]


def test_centroids_are_weighted_by_clauses_and_of_length_one():
    parts = (
        Part(found("a", centroid=[1.0, 0.0], n_units=3), True),
        Part(found("b", centroid=[0.0, 1.0], n_units=4), True),
    )
    assert joined([clause("t1", 0.9)], *parts).detail["centroid"] == [0.6, 0.8]


def test_ranks_go_by_voices_and_retired_causes_stand_last():
    rows = [found("a", 1, 9), found("b", 2, 5), found("c", 3, 7)]
    assert [(row.root_cause_id, row.rank) for row in ranked(rows, {"a"})] == [("c", 1), ("b", 2), ("a", 3)]


def test_a_series_has_every_month_and_never_more_voices_than_contacts():
    calendar = Calendar({"2024-01": 10, "2024-02": 0, "2024-03": 2})
    counts = calendar.series({"2024-01": 4, "2024-03": 5})
    assert [(count.n_voices, count.n_contacts) for count in counts] == [(4, 10), (0, 0), (5, 5)]
    assert len(calendar.series({}, until="2024-02")) == 2
