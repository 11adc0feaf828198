"""``voc root-causes`` on a stored month."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import Voc, caller
from stored_records import MORNING, TENANT, make_record, store

from service.cli.options import opened
from service.database import root_causes
from service.database.records import AssignmentRecord, MonthCause, RootCauseMonthRecord, RootCauseRecord
from service.settings import load_settings

TEXTS = {"rc-cold": "空调 不 制冷", "rc-smell": "空调 有 异味"}


@pytest.fixture
def voc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Voc:
    """Commands over a month with two causes, stored by a version that had no ledger."""
    call = caller(tmp_path, monkeypatch, capsys)
    with opened(load_settings()) as database:
        records = {
            cause_id: [make_record(words), make_record(words + " 啊")] for cause_id, words in TEXTS.items()
        }
        store(database, *(record for made in records.values() for record in made))
        causes, assigned = [], []
        for rank, (cause_id, made) in enumerate(records.items(), 1):
            name = TEXTS[cause_id].replace(" ", "")
            cause = RootCauseRecord(cause_id, name, "new", "2024-03", {}, MORNING)
            causes.append(MonthCause(cause, RootCauseMonthRecord(cause_id, "2024-03", 2, 2, rank, {})))
            assigned += [AssignmentRecord(r.row.id, cause_id, 0, 4, 0.9) for r in made]
        with database.begin() as connection:
            root_causes.save_month(connection, TENANT, "2024-03", causes, assigned)
    return call


def month(voc: Voc) -> list[tuple[str, int]]:
    _, out, _ = voc("root-causes", "list", "--month", "2024-03", "--json")
    return [(item["name"], item["n_voices"]) for item in out["items"]]


def test_a_month_is_corrected_and_taken_back(voc: Voc) -> None:
    code, out, _ = voc("root-causes", "rename", "rc-cold", "空调不凉", "--why", "更贴切", "--by", "小王")
    assert code == 0 and "已改名" in out
    code, out, _ = voc("root-causes", "merge", "rc-cold", "rc-smell", "--json")
    assert (code, out["event"]["detail"]["others"]) == (0, ["rc-smell"])
    assert month(voc) == [("空调不凉", 4)]
    for _ in range(2):
        assert voc("root-causes", "undo", "rc-cold")[0] == 0
    assert month(voc) == [("空调不制冷", 2), ("空调有异味", 2)]
    _, out, _ = voc("root-causes", "events", "rc-cold")
    assert "小王" in out and "更贴切" in out and out.count("撤销") == 2
    _, again, _ = voc("root-causes", "rebuild", "--json")
    assert again["is_same"] and again["n_clauses"] == 4


def test_what_was_changed_by_hand_is_mended_by_a_rebuild(voc: Voc) -> None:
    voc("root-causes", "retire", "rc-smell")
    with opened(load_settings()) as database, database.begin() as connection:
        connection.exec_driver_sql("UPDATE root_cause_month SET n_voices = 99")
        connection.exec_driver_sql("UPDATE root_cause_assignment SET root_cause_id = 'rc-cold'")
    _, out, _ = voc("root-causes", "rebuild")
    assert "月度记录 2 条" in out and "原话 2 句" in out
    assert month(voc) == [("空调不制冷", 2)]
    assert "完全一致" in voc("root-causes", "rebuild")[1]


@pytest.mark.parametrize(
    ("arguments", "expected", "said"),
    [
        (("merge", "rc-cold", "rc-cold"), 2, "不能与自己合并"),
        (("retire", "rc-none"), 2, "rc-none"),
        (("split", "rc-cold", "新原因"), 2, "两边都必须有原话"),
        (("split", "rc-cold", "新原因", "--clause", "x"), 2, "会话编号:起:止"),
        (("restore", "rc-cold"), 1, "没有停用"),
        (("rename", "rc-cold", "空调有异味"), 2, "rc-smell"),
        (("retire", "rc-cold", "--seen-seq", "0"), 1, "已被他人修改"),
    ],
)
def test_wrong_edits_say_why_in_one_line(
    voc: Voc, arguments: tuple[str, ...], expected: int, said: str
) -> None:
    before: Any = month(voc)
    code, out, err = voc("root-causes", *arguments)
    assert (code, out, said in err, err.count("\n")) == (expected, "", True, 1), err
    assert month(voc) == before
