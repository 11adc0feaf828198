"""Encodings are found out, not asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.formats.encodings import detect_encoding
from data.formats.tables import read_rows
from models.core.errors import FileFormatError

CSV = "编号,内容\n1,空调不制冷，修了三次\n2,客服态度差\n"
ROWS = [{"编号": "1", "内容": "空调不制冷，修了三次"}, {"编号": "2", "内容": "客服态度差"}]


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gbk", "gb18030", "gb2312", "utf-16", "utf-16-le", "utf-16-be"],
)
def test_files_in_usual_encodings_give_the_same_rows(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV.encode(encoding))
    assert [row.values for row in read_rows(path)] == ROWS


@pytest.mark.parametrize("encoding", ["gbk", "utf-16"])
def test_json_lines_and_text_are_detected_too(tmp_path: Path, encoding: str) -> None:
    lines, words = tmp_path / "a.jsonl", tmp_path / "a.txt"
    lines.write_bytes('{"text":"客服态度差"}\n'.encode(encoding))
    words.write_bytes("客服态度差\n".encode(encoding))
    assert [row.values for path in (lines, words) for row in read_rows(path)] == [{"text": "客服态度差"}] * 2


def test_a_few_broken_lines_do_not_make_a_file_gbk(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("好的\n".encode() * 9 + "坏的\n".encode("gbk") * 3)
    rows = list(read_rows(path))
    assert [row.line for row in rows if row.values is None] == [10, 11, 12]
    assert sum(row.values == {"text": "好的"} for row in rows) == 9


def test_a_sample_cut_inside_a_character_is_still_known(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for encoding, expected in (("utf-8", "utf-8"), ("gbk", "gb18030")):
        path.write_bytes(b"x" + ("投诉" * 3_000_000).encode(encoding))
        assert detect_encoding(path) == expected


def test_a_broken_utf16_file_keeps_its_good_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text\n一\n二\n".encode("utf-16") + b"\x00")
    assert [row.values["text"] for row in read_rows(path) if row.values][:2] == ["一", "二"]


def test_ascii_is_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,ok\n", encoding="ascii")
    assert detect_encoding(path) == "utf-8"


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.csv", b"", "文件为空"),
        ("a.jsonl", b"", "文件为空"),
        ("a.json", b" ", "文件为空"),
        ("a.txt", b"", "文件为空"),
        ("a.xlsx", b"", "表格"),
        ("a.parquet", b"", "Parquet"),
        ("a.parquet", b"PAR1 no more", "Parquet"),
        ("a.xlsx", b"PK\x03\x04 no more", "表格"),
        ("a.xls", b"<html><table></table></html>", "网页"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00", "解压"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    tmp_path: Path, name: str, content: bytes, word: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileFormatError) as caught:
        list(read_rows(path))
    assert word in caught.value.message("zh")
    assert str(path) in caught.value.message("en")


def test_what_is_no_file_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file"):
        read_rows(tmp_path / "nothing.csv")
    with pytest.raises(FileFormatError, match="folder"):
        read_rows(tmp_path)


def test_a_table_of_text_that_calls_itself_a_sheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_bytes("编号\t内容\n1\t客服态度差\n".encode("gbk"))
    assert [row.values for row in read_rows(path)] == [{"编号": "1", "内容": "客服态度差"}]
