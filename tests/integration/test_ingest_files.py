"""Files into a real database: what is stored, what is not, and what the counts say."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from stored_records import found_ids, n_stored

from models.core.errors import ColumnError, FieldError, FileFormatError
from service.database import transcript_queries
from service.database.engine import Database
from service.database.records import TranscriptFilter, TranscriptRow
from service.ingest.files import IngestCounts, IngestRequest, ingest_files
from service.settings import Settings

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def ingest(database: Database, home: Path, *paths: Path, **options: Any) -> IngestCounts:
    settings = Settings(home=home, _env_file=None, max_text_chars=2000)
    request = IngestRequest(paths=paths, now=NOW, rejects_folder=home / "rejects", **options)
    counts = ingest_files(settings, database, request)
    assert counts.read == counts.stored + counts.duplicates + counts.rejected
    return counts


def numbers(counts: IngestCounts) -> tuple[int, int, int, int]:
    return counts.read, counts.stored, counts.duplicates, counts.rejected


def reject_rows(counts: IngestCounts) -> list[tuple[str, int, str, str]]:
    if counts.rejects_file is None:
        return []
    with Path(counts.rejects_file).open(encoding="utf-8-sig", newline="") as file:
        return [(Path(r["file"]).name, int(r["line"]), r["code"], r["reason"]) for r in csv.DictReader(file)]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def stored_rows(database: Database) -> list[TranscriptRow]:
    with database.read() as connection:
        return [item.row for item in transcript_queries.find(connection, "default", TranscriptFilter()).items]


def test_a_file_read_twice_stores_nothing_twice(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "内容\n空调不制冷\n空调不制冷\n态度差\n")
    assert numbers(ingest(database, tmp_path, path)) == (3, 3, 0, 0)
    assert numbers(ingest(database, tmp_path, path)) == (3, 0, 3, 0)
    assert n_stored(database) == 3


def test_the_same_id_with_other_content_is_rejected_as_a_conflict(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "id,text\n1,空调不制冷\n1,空调不制冷\n1,态度差\n2,退款慢\n")
    counts = ingest(database, tmp_path, path, mapping={"external_id": "id"})
    assert numbers(counts) == (4, 2, 1, 1)
    ((file, line, code, reason),) = reject_rows(counts)
    assert (file, line, code) == ("a.csv", 4, "content_conflict")
    assert "「1」已存在" in reason
    assert sorted(row.text for row in stored_rows(database)) == ["空调不制冷", "退款慢"]


def test_every_kind_of_bad_row_costs_itself(database: Database, tmp_path: Path) -> None:
    rows = [
        {"text": "好的一行"},
        {"text": ""},
        {"text": "将来", "occurred_at": "2090-01-01"},
        {"text": "时间不对", "occurred_at": "昨天"},
        {"turns": [{"speaker": "老王", "text": "谁"}]},
        {"text": "长" * 2001},
        {"text": "半个\ud83d表情"},
        {"text": "有\u0000空"},
        {"text": "字段太长", "product": "x" * 501},
        {"other": "没有文本"},
    ]
    lines = [json.dumps(row).encode() for row in rows]
    path = write(tmp_path, "a.jsonl", b"\n".join([*lines, b"{broken", "坏字节".encode("gbk"), b""]))
    counts = ingest(database, tmp_path, path)
    assert numbers(counts) == (12, 3, 0, 9)
    codes = {line: code for _, line, code, _ in reject_rows(counts)}
    assert codes == {
        2: "text_invalid",
        3: "field_invalid",
        4: "field_invalid",
        5: "field_invalid",
        6: "limit_exceeded",
        9: "field_invalid",
        10: "text_invalid",
        11: "row_invalid",
        12: "row_invalid",
    }
    assert {row.text for row in stored_rows(database)} == {"好的一行", "半个\ufffd表情", "有\ufffd空"}


def test_a_stray_quote_and_a_text_of_ten_megabytes_cost_their_rows(
    database: Database, tmp_path: Path
) -> None:
    big = "很" * 3_400_000
    path = write(tmp_path, "a.csv", f'id,text\n1,空调不制冷\n2,"没有结束\n3,"{big}"\n4,态度差\n')
    counts = ingest(database, tmp_path, path, mapping={"external_id": "id"})
    assert numbers(counts) == (4, 2, 0, 2)
    assert [(line, code) for _, line, code, _ in reject_rows(counts)] == [
        (3, "row_invalid"),
        (4, "limit_exceeded"),
    ]


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "utf-8-sig"])
def test_files_of_other_encodings_store_the_same_text(
    database: Database, tmp_path: Path, encoding: str
) -> None:
    path = write(tmp_path, "a.csv", "编号,内容\n1,空调不制冷，修了三次\n".encode(encoding))
    assert ingest(database, tmp_path, path).stored == 1
    assert [row.text for row in stored_rows(database)] == ["空调不制冷，修了三次"]


def test_a_sheet_with_a_title_and_merged_cells_is_stored(database: Database, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    for row in (
        ["三月投诉"],
        ["门店", "内容", "投诉时间"],
        ["东城", "态度差", datetime(2024, 3, 5, 9)],
        [None, "太慢", 45357.5],
    ):
        workbook.active.append(row)
    workbook.active.merge_cells("A1:C1")
    workbook.active.merge_cells("A3:A4")
    workbook.save(tmp_path / "a.xlsx")
    counts = ingest(database, tmp_path, tmp_path / "a.xlsx", mapping={"region": "门店"})
    assert numbers(counts) == (2, 2, 0, 0)
    assert {(r.text, r.region, r.day) for r in stored_rows(database)} == {
        ("态度差", "东城", "2024-03-05"),
        ("太慢", "东城", "2024-03-06"),
    }


def test_title_and_text_columns_are_joined(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "title,text,time\n退款,还没到账,2019/2/28 11:25:05\n")
    mapping = {"title": "title", "text": "text", "occurred_at": "time"}
    ingest(database, tmp_path, path, mapping=mapping, channel="热线")
    (row,) = stored_rows(database)
    assert (row.text, row.month, row.channel) == ("退款。还没到账", "2019-02", "热线")


def test_objects_of_json_lines_need_not_have_the_same_keys(database: Database, tmp_path: Path) -> None:
    rows = [
        {"text": "一直坏"},
        {"content": "也坏了", "agent_id": "A7"},
        {"text": "还坏", "scores": {"nps": 3}},
    ]
    path = write(tmp_path, "a.jsonl", "\n".join(json.dumps(row) for row in rows))
    assert ingest(database, tmp_path, path).stored == 3
    kept = {row.text: (row.agent_id, dict(row.scores)) for row in stored_rows(database)}
    assert kept == {"一直坏": (None, {}), "也坏了": ("A7", {}), "还坏": (None, {"nps": 3.0})}


def test_counts_of_several_files_add_up_and_rejects_name_the_file(database: Database, tmp_path: Path) -> None:
    first = write(tmp_path, "a.csv", "text\n空调坏\n,\n")
    second = write(tmp_path, "b.csv", 'id,text\n1,"坏\n2,态度差\n3\n')
    counts = ingest(database, tmp_path, first, second)
    assert numbers(counts) == (4, 2, 0, 2)
    assert [(file, line) for file, line, _, _ in reject_rows(counts)] == [("b.csv", 2), ("b.csv", 4)]


def test_header_only_is_no_error_and_stores_nothing(database: Database, tmp_path: Path) -> None:
    assert numbers(ingest(database, tmp_path, write(tmp_path, "a.csv", "id,text\n"))) == (0, 0, 0, 0)


def test_a_wrong_request_is_refused_before_anything_is_stored(database: Database, tmp_path: Path) -> None:
    good = write(tmp_path, "a.csv", "id,text\n1,空调坏\n")
    for error, options in (
        (ColumnError, {"mapping": {"text": "内容"}}),
        (FieldError, {"mapping": {"texts": "text"}}),
        (FieldError, {"kind": "xml"}),
    ):
        with pytest.raises(error):
            ingest(database, tmp_path, good, **options)
    for path in (tmp_path / "none.csv", write(tmp_path, "empty.csv", "")):
        with pytest.raises(FileFormatError):
            ingest(database, tmp_path, path)
    assert found_ids(database) == []


def test_an_unreadable_second_file_leaves_the_first_stored(database: Database, tmp_path: Path) -> None:
    good, bad = write(tmp_path, "a.csv", "text\n空调坏\n"), write(tmp_path, "b.csv", "")
    for _ in range(2):
        with pytest.raises(FileFormatError):
            ingest(database, tmp_path, good, bad)
        assert n_stored(database) == 1
