"""Files that are written: results and rejected rows; labelled tables that are read."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from data.formats.mapping import parse_mapping, read_labelled, read_texts
from data.formats.rejects import RejectsFile
from data.formats.writing import check_out, write_rows
from models.core.errors import ColumnError, FieldError, FileFormatError, RowError, StorageError

ROWS = [{"id": 1, "text": "一"}, {"id": 2, "text": "=2+3", "extra": None}]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_rows_are_written_by_the_ending(tmp_path: Path, name: str) -> None:
    out = tmp_path / "new" / name
    assert write_rows(out, iter(ROWS)) == 2
    if name == "a.jsonl":
        assert [json.loads(line) for line in out.read_text().splitlines()] == ROWS
    elif name == "a.csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            assert list(csv.reader(file)) == [["id", "text", "extra"], ["1", "一", ""], ["2", "'=2+3", ""]]
    else:
        assert pq.read_table(out).column("text").to_pylist() == ["一", "=2+3"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_no_rows_make_a_file_without_rows(tmp_path: Path, name: str) -> None:
    assert write_rows(tmp_path / name, []) == 0
    assert (tmp_path / name).exists()


def test_a_failure_leaves_neither_a_part_nor_a_changed_file(tmp_path: Path) -> None:
    out = tmp_path / "a.jsonl"
    out.write_text("before")

    def failing() -> Iterator[dict[str, Any]]:
        yield {"a": 1}
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_rows(out, failing())
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]
    assert out.read_text() == "before"


def test_columns_of_two_kinds_in_parquet_point_to_json_lines(tmp_path: Path) -> None:
    with pytest.raises(FieldError, match="jsonl"):
        write_rows(tmp_path / "a.parquet", [{"a": 1}, {"a": "x"}])


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        write_rows(tmp_path / "file" / "a.csv", ROWS)


def test_a_wrong_target_is_found_before_the_work(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.touch()
    (tmp_path / "folder.csv").mkdir()
    for out in (tmp_path / "a.xlsx", tmp_path / "a", tmp_path / "folder.csv", source):
        with pytest.raises(FieldError, match="--out"):
            check_out(out, source)
    check_out(tmp_path / "b.csv", source)


def test_rejects_name_file_line_code_and_reason_without_personal_data(tmp_path: Path) -> None:
    now = datetime(2024, 3, 5, tzinfo=UTC)
    error = RowError(line=7, reason="时间「13812345678」无法识别", reason_en="'13812345678' is not a time")
    with RejectsFile.in_folder(tmp_path / "rejects", now) as rejects:
        assert rejects.path_if_any() is None
        rejects.add(Path("=a.csv"), 7, error)
        rejects.flush()
        path = Path(rejects.path_if_any() or "")
        assert "13812345678" not in path.read_text(encoding="utf-8-sig")
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["file"], row["line"], row["code"]) == ("'=a.csv", "7", "row_invalid")
    assert row["reason"] == "第 7 行：时间「[手机]」无法识别"


def test_without_rejected_rows_there_is_no_file(tmp_path: Path) -> None:
    with RejectsFile.beside(tmp_path / "a.csv"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_rejects_that_cannot_be_written_are_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "rejects").touch()
    rejects = RejectsFile(tmp_path / "rejects" / "a.csv")
    with pytest.raises(StorageError):
        rejects.add(Path("a.csv"), 1, RowError(line=1, reason="", reason_en=""))


def test_mapping_options_are_parsed() -> None:
    assert parse_mapping(["text = 内容", "label=a=b"]) == {"text": "内容", "label": "a=b"}
    for option in ("text", "=x", "text="):
        with pytest.raises(FieldError, match="--map"):
            parse_mapping([option])


def test_a_labelled_table_counts_rows_without_text_or_label(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("标题,正文,类\n甲,一,A\n乙,二,\n,,B\n丙,三,C,多\n")
    table = read_labelled(path, {"text": "标题+正文", "label": "类"})
    assert (table.texts, table.labels) == (("甲 一",), ("A",))
    assert [error.values["line"] for error in table.rejected] == [3, 4, 5]


def test_a_later_row_without_the_column_costs_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text":"一","label":"A"}\n{"txt":"二"}\n{"text":"三","label":"B"}\n')
    assert read_labelled(path, {}).labels == ("A", "B")
    assert [(row.line, text) for row, text in read_texts(path, {})] == [(1, "一"), (2, ""), (3, "三")]
    with pytest.raises(ColumnError):
        read_labelled(path, {"label": "类"})


def test_a_table_without_a_usable_row_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n一,\n")
    with pytest.raises(FileFormatError):
        read_labelled(path, {})
