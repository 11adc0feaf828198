"""Wrong use and bad input on the command line: one clear line on standard error, exit code 2 or 1."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from service.cli.main import run


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VOC_LANGUAGE", "zh")
    Path("a.csv").write_text("id,内容\n1,空调坏\n", encoding="utf-8")
    Path("empty.csv").touch()
    Path("header.csv").write_text("id,内容\n", encoding="utf-8")


WRONG_USE = [
    ("", "用法：voc"),
    ("nothing", "没有命令 nothing"),
    ("ingest", "缺少参数 FILES"),
    ("ingest --nothing a.csv", "没有选项 --nothing"),
    ("ingest a.csv --map", "选项 --map"),
    ("ingest a.csv --map text", "字段=列名"),
    ("ingest a.csv --map nothing=id", "没有这个字段"),
    ("ingest a.csv --map text=正文", "找不到列「正文」。文件里的列：id、内容"),
    ("ingest a.csv --format xml", "不支持「xml」"),
    ("ingest nothing.csv", "文件不存在"),
    ("ingest .", "文件夹"),
    ("ingest empty.csv", "文件为空"),
    ("analyze a.csv", "缺少选项 --out"),
    ("analyze a.csv --out a.xlsx", ".jsonl、.csv 或 .parquet"),
    ("analyze a.csv --out a.csv", "输入文件"),
    ("analyze a.csv --out b.csv --map text=正文", "找不到列「正文」"),
    ("analyze a.csv --out b.csv --engine cloud", "可选 local"),
    ("cluster a.csv --out b.csv --k 0", "至少 1"),
    ("cluster empty.csv --out b.csv", "文件为空"),
    ("cluster header.csv --out b.csv", "没有可用的行"),
    ("review 2024-13", "不是月份"),
    ("review 2024-03", "没有已入库的记录"),
    ("review 2024-03 --formats odt", "没有格式「odt」"),
    ("train sentiment --data nothing.csv --out m", "文件不存在"),
    ("evaluate sentiment --data a.csv", "找不到列「text」"),
    ("predict sentiment --data a.csv --out p.xlsx --map text=内容", "--out"),
    ("predict sentiment --data a.csv --out p.csv --map text=内容 --model nothing", "nothing"),
    ("models show nothing", "nothing"),
    ("models list more", "多余的参数"),
    ("keys create", "缺少参数 NAME"),
    ("keys create a --scope all", "可选 ingest、read"),
    ("keys revoke nothing", "没有找到"),
    ("samples --out s --months 0", "至少 1"),
    ("samples --out s --sector bank", "可选 automotive"),
    ("samples --out s --start 2024", "不是月份"),
    ("serve --port 99999", "最多 65535"),
    ("serve --host 0.0.0.0", "voc keys create"),
]


@pytest.mark.parametrize(("line", "words"), WRONG_USE, ids=[line or "nothing" for line, _ in WRONG_USE])
def test_wrong_use_ends_with_2_and_says_what_to_do(
    line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(line.split())
    out, err = capsys.readouterr()
    assert code == 2
    assert words in err
    assert out == ""
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nothing", "No such command"),
        ("ingest", "Missing argument"),
        ("ingest empty.csv", "it is empty"),
        ("ingest a.csv --map text=body", "There is no column 'body'"),
        ("review 2024-13", "is not a month"),
        ("review 2024-03", "nothing is stored of 2024-03"),
        ("keys revoke nothing", "There is no"),
    ],
)
def test_errors_are_english_where_that_is_set(
    line: str, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOC_LANGUAGE", "en")
    assert run(line.split()) == 2
    err = capsys.readouterr().err
    assert err.startswith("Error [")
    assert words in err


def test_a_wrong_setting_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOC_TIMEZONE", "Mars/Base")
    assert run(["doctor"]) == 2
    assert "VOC_TIMEZONE" in capsys.readouterr().err


def test_a_locked_database_ends_with_1_after_the_wait(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOC_BUSY_TIMEOUT_SECONDS", "0.2")
    Path("b.csv").write_text("内容\n态度差\n", encoding="utf-8")
    assert run(["ingest", "a.csv"]) == 0
    other = sqlite3.connect("home/voc.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    capsys.readouterr()
    assert run(["ingest", "b.csv", "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "另一个程序占用" in err
    other.execute("ROLLBACK")
    assert run(["ingest", "b.csv", "--json"]) == 0
    assert '"stored":1' in capsys.readouterr().out


def test_a_file_in_the_place_of_the_home_ends_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOC_HOME", str(Path("a.csv").resolve()))
    assert run(["ingest", "a.csv"]) == 1
    assert "VOC_HOME" in capsys.readouterr().err


def test_a_fault_of_the_program_tells_no_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "电话13812345678"

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr("service.cli.ingest.ingest_files", fail)
    assert run(["ingest", "a.csv"]) == 1
    err = capsys.readouterr().err
    assert "RuntimeError" in err
    assert "13812345678" not in err


def test_an_interrupt_says_so_and_ends_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("service.cli.ingest.ingest_files", stop)
    assert run(["ingest", "a.csv"]) == 1
    assert "已中止" in capsys.readouterr().err
