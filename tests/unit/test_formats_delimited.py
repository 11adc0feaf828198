"""CSV and TSV as people really send them."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.formats.delimited import read_delimited
from data.formats.rows import Row
from data.formats.tables import read_rows
from models.core.errors import FieldError, FileFormatError


def rows_of(folder: Path, content: str | bytes, name: str = "a.csv") -> list[Row]:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_rows(path))


def texts(rows: list[Row]) -> dict[int, str | None]:
    return {row.line: row.values["text"] if row.values else None for row in rows}


def test_lines_are_numbered_as_an_editor_shows_them(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 'id,text\n1,一\n\n2,"二\n二"\n3,三\n')
    assert texts(rows) == {2: "一", 4: "二\n二", 6: "三"}


def test_a_quote_that_is_never_closed_costs_its_line_alone(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 'id,text\n1,一\n2,"没有结束\n3,三\n4,"四，\n四"\n')
    assert texts(rows) == {2: "一", 3: None, 4: "三", 5: "四，\n四"}
    assert rows[1].error is not None
    assert "引号" in rows[1].error.message("zh")
    assert rows[1].error.values["line"] == 3


def test_quotes_inside_a_text_are_kept(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 'id,text\n1,他说"很好"走了\n2,"""好"""\n')
    assert texts(rows) == {2: '他说"很好"走了', 3: '"好"'}


def test_a_quoted_start_with_words_behind_it_costs_nothing(tmp_path: Path) -> None:
    assert texts(rows_of(tmp_path, 'id,text\n1,"很好"他说\n2,二\n')) == {2: "很好他说", 3: "二"}


def test_a_stray_quote_before_a_quoted_row_costs_one_row(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, 'id,text\n1,"开头\n2,二\n3,"三,三"\n4,四\n')
    assert texts(rows) == {2: None, 3: "二", 4: "三,三", 5: "四"}


def test_many_stray_quotes_cost_as_many_rows(tmp_path: Path) -> None:
    lines = [f'{i},"坏' if i % 3 == 0 else f"{i},好" for i in range(300)]
    rows = rows_of(tmp_path, "id,text\n" + "\n".join(lines) + "\n")
    assert sum(row.values is None for row in rows) == 100
    assert [row.line for row in rows if row.values is None] == [i + 2 for i in range(0, 300, 3)]


def test_too_few_and_too_many_columns_are_told_apart_from_good_rows(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "id,text\n1\n2,二,多\n3,三\n")
    assert texts(rows) == {2: None, 3: None, 4: "三"}
    assert [row.error.message("zh") for row in rows if row.error] == [
        "第 2 行：应有 2 列，实有 1 列",
        "第 3 行：应有 2 列，实有 3 列",
    ]


def test_surplus_empty_columns_are_no_error(tmp_path: Path) -> None:
    assert texts(rows_of(tmp_path, "id,text\n1,一,,\n,,\n2,二\n")) == {2: "一", 4: "二"}


def test_a_lone_column_holds_its_line_whole(tmp_path: Path) -> None:
    assert texts(rows_of(tmp_path, "text\n很好,下次再来\n")) == {2: "很好,下次再来"}


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_read_from_the_header(tmp_path: Path, delimiter: str) -> None:
    assert texts(rows_of(tmp_path, f"id{delimiter}text\n1{delimiter}一\n")) == {2: "一"}


def test_the_separator_line_of_spreadsheets_is_obeyed(tmp_path: Path) -> None:
    assert texts(rows_of(tmp_path, "sep=;\nid;text\n1;一,二\n")) == {3: "一,二"}


def test_a_byte_order_mark_and_nuls_are_no_part_of_a_name(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, "\ufefftext\0,b\n一,2\n")
    assert row.values == {"text": "一", "b": "2"}


def test_a_broken_byte_costs_its_row(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "id,text\n1,一\n".encode() + b"2,\xe4\xb8\n" + "3,三\n".encode())
    assert texts(rows) == {2: "一", 3: None, 4: "三"}
    assert "解码" in rows[1].error.message("zh")  # type: ignore[union-attr]


def test_repeated_column_names_are_told_apart(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, "text,text\n一,二\n")
    assert row.values == {"text": "一", "text#2": "二"}


def test_a_text_of_ten_megabytes_is_one_row(tmp_path: Path) -> None:
    big = "很" * 3_500_000
    rows = rows_of(tmp_path, f'id,text\n1,"{big}"\n2,二\n')
    assert texts(rows) == {2: big, 3: "二"}


def test_header_only_has_no_rows(tmp_path: Path) -> None:
    assert rows_of(tmp_path, "id,text\n") == []


@pytest.mark.parametrize("content", ["", "\ufeff", ",,\n1,2,3\n", "\n\n"])
def test_a_file_without_a_header_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(FileFormatError):
        rows_of(tmp_path, content)


def test_old_line_ends_are_lines(tmp_path: Path) -> None:
    assert texts(rows_of(tmp_path, "id,text\r1,一\r2,二\r")) == {2: "一", 3: "二"}


def test_the_delimiter_may_be_given(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a,b\ttext\n1,2\t一\n", encoding="utf-8")
    assert [row.values for row in read_delimited(path, delimiter="\t")] == [{"a,b": "1,2", "text": "一"}]


def test_an_unknown_format_is_named_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.touch()
    with pytest.raises(FieldError, match="xml") as caught:
        read_rows(path, kind="xml")
    assert "jsonl" in caught.value.message("zh")
