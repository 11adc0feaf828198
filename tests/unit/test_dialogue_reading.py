"""Labelled dialogues from JSON lines."""

import json

import pytest

from models.core.errors import FileFormatError, RowError
from models.dialogue.votes import MARKS
from training.dialogue.reading import load_dialogues, mark_matrix, parse_record


def test_good_rows_are_read_and_bad_ones_named_by_line(tmp_path):
    good = {"id": "a", "satisfaction": 1, "turns": [{"speaker": "customer", "text": "坏了"}]}
    lines = [json.dumps(good), "", "{", json.dumps({"turns": 1}), json.dumps({**good, "satisfaction": 9})]
    lines.append(json.dumps({"turns": [{"speaker": "robot", "text": ""}]}))
    (tmp_path / "d.jsonl").write_text("\n".join(lines), encoding="utf-8")
    table = load_dialogues(tmp_path / "d.jsonl")
    assert [record.id for record in table.records] == ["a"]
    assert [error.values["line"] for error in table.rejected] == [3, 4, 5, 6]


def test_an_absent_file_is_an_error(tmp_path):
    with pytest.raises(FileFormatError):
        load_dialogues(tmp_path / "none.jsonl")


def test_votes_become_shares_and_the_other_sides_marks_count_nothing():
    turns = [
        {"speaker": "customer", "text": "坏了", "votes": {"CNUG0": 3, "CNaN": 1, "HNUG": 6}},
        {"speaker": "helpdesk", "text": "好", "votes": {}},
    ]
    shares = parse_record({"turns": turns}).shares
    assert shares[0, MARKS.index("CNUG0")] == 0.75
    assert shares[1, MARKS.index("HNaN")] == 1.0


def test_marks_that_some_rows_lack_are_left_out():
    turns = [{"speaker": "customer", "text": "坏了"}]
    records = [
        parse_record({"satisfaction": 1, "effectiveness": 0, "turns": turns}),
        parse_record({"satisfaction": 0, "turns": turns}),
    ]
    assert mark_matrix(records).tolist() == [[1.0], [0.0]]


@pytest.mark.parametrize("values", [{}, {"turns": [{}]}, [], {"turns": [], "satisfaction": "gut"}])
def test_what_is_no_dialogue_is_refused(values):
    with pytest.raises(RowError):
        parse_record(values)
