"""Spreadsheets, JSON and Parquet as rows."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.formats.tables import column_names, read_rows, text_of
from models.core.errors import FileFormatError


def sheet(folder: Path, rows: list[list[Any]], merged: tuple[str, ...] = ()) -> Path:
    path = folder / "a.xlsx"
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    for cells in merged:
        workbook.active.merge_cells(cells)
    workbook.save(path)
    return path


def read(path: Path) -> list[tuple[int, Any]]:
    return [(row.line, dict(row.values) if row.values is not None else None) for row in read_rows(path)]


def test_a_title_above_the_header_is_passed_over(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        [
            ["三月投诉明细", None, None],
            ["编号", "内容", "时间"],
            [1, "空调不制冷", datetime(2024, 3, 5, 14, 30)],
        ],
        merged=("A1:C1",),
    )
    assert read(path) == [(3, {"编号": 1.0, "内容": "空调不制冷", "时间": datetime(2024, 3, 5, 14, 30)})]


def test_a_merged_cell_counts_for_each_of_its_rows(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        [["门店", "内容"], ["东城店", "态度差"], [None, "等太久"], ["西城店", "好"]],
        merged=("A2:A3",),
    )
    assert [values["门店"] for _, values in read(path)] == ["东城店", "东城店", "西城店"]


def test_a_header_over_two_merged_rows_uses_the_finer_names(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        [["编号", "客户", None, "内容"], [None, "姓氏", "城市", None], [1, "王", "上海", "态度差"]],
        merged=("A1:A2", "B1:C1", "D1:D2"),
    )
    assert read(path) == [(3, {"编号": 1.0, "姓氏": "王", "城市": "上海", "内容": "态度差"})]


def test_a_row_with_more_words_than_the_header_is_no_header(tmp_path: Path) -> None:
    path = sheet(
        tmp_path, [["编号", "内容", None], ["A1", "空调坏了，修了三次。", "急"], ["A2", "态度差", "缓"]]
    )
    assert [values["内容"] for _, values in read(path)] == ["空调坏了，修了三次。", "态度差"]


def test_empty_rows_and_nameless_columns_are_harmless(tmp_path: Path) -> None:
    path = sheet(tmp_path, [["内容", None], ["一", "x"], [None, None], ["  ", None], ["二", None]])
    assert read(path) == [(2, {"内容": "一", "column2": "x"}), (5, {"内容": "二", "column2": ""})]


def test_repeated_header_names_keep_both_columns(tmp_path: Path) -> None:
    assert read(sheet(tmp_path, [["内容", "内容"], ["一", "二"]])) == [(2, {"内容": "一", "内容#2": "二"})]


def test_one_stray_value_in_the_last_corner_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "内容"
    workbook.active["XFD1048576"] = "x"
    workbook.save(path)
    with pytest.raises(FileFormatError, match="1048576"):
        list(read_rows(path))


def test_the_first_sheet_with_anything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook = openpyxl.Workbook()
    workbook.create_sheet("数据").append(["内容"])
    workbook["数据"].append(["一"])
    workbook.save(path)
    assert read(path) == [(2, {"内容": "一"})]


def test_half_surrogates_in_json_become_replacement_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text":"好\\ud83d的","a\\udc00":["\\ud800"]}\n{"text":"\\ud83d\\ude00"}\n')
    assert read(path) == [(1, {"text": "好\ufffd的", "a\ufffd": ["\ufffd"]}), (2, {"text": "😀"})]


def test_bad_json_lines_cost_themselves(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    deep = "[" * 5000 + '"\\ud800"' + "]" * 5000
    lines = ['{"text":"一"}', '{"text":', "[1]", '"x"', '{"a":NaN,"b":"\\ud800"}', deep, "", '{"text":"二"}']
    path.write_text("\n".join(lines), encoding="utf-8")
    assert [(line, values is not None) for line, values in read(path)] == [
        (1, True), (2, False), (3, False), (4, False), (5, False), (6, False), (8, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('[{"text":"一"},\n 3, {"text":"二"}]', [(1, {"text": "一"}), (2, None), (3, {"text": "二"})]),
        ('{"text":"一"}', [(1, {"text": "一"})]),
        ('{"text":"一"}\n{"text":"二"}\n', [(1, {"text": "一"}), (2, {"text": "二"})]),
    ],
)
def test_json_may_be_an_array_an_object_or_lines(tmp_path: Path, content: str, expected: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    assert read(path) == expected


def test_a_damaged_json_array_is_refused_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"text":"一"}, {"te')
    with pytest.raises(FileFormatError, match="JSON"):
        list(read_rows(path))


def test_parquet_rows_are_numbered_from_one(tmp_path: Path) -> None:
    path = tmp_path / "data"
    turns = [{"speaker": "customer", "text": "一"}]
    pq.write_table(pa.table({"turns": [turns, turns], "n": [1.0, None]}), path)
    assert read(path) == [(1, {"turns": turns, "n": 1.0}), (2, {"turns": turns, "n": None})]


def test_column_names_come_from_the_first_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    assert column_names(path) == ["a", "b"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (math.nan, ""),
        (3.0, "3"),
        (1.5, "1.5"),
        (13800138000.0, "13800138000"),
        (b"\xe5\xa5\xbd", "好"),
    ],
)
def test_cells_as_text(value: Any, text: str) -> None:
    assert text_of(value) == text
