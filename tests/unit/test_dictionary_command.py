"""``voc dictionary check``: what it prints and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli.dictionary import dictionary


def check(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(dictionary, ["check", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.csv"
    path.write_text('id,text\n1,"还在质保期内,\n就坏了"\n2,用户表示不满意\n3,\n', encoding="utf-8")
    return path


def test_an_accepted_change_prints_its_diff(tmp_path: Path, corpus: Path) -> None:
    new = tmp_path / "new.txt"
    new.write_text("质保期内\n", encoding="utf-8")
    code, output = check(new, "--data", corpus)
    assert code == 0
    assert "质保/期内  →  质保期内" in output
    assert "语料 2 条，其中 1 条" in output


def test_a_broken_case_refuses_the_dictionary(tmp_path: Path, corpus: Path) -> None:
    new = tmp_path / "new.txt"
    new.write_text("研究生 9999999\n", encoding="utf-8")
    code, output = check(new, "--data", corpus)
    assert code == 1
    assert "拒绝" in output and "研究/生命" in output


def test_cases_beside_the_dictionary_and_named_ones_count_too(tmp_path: Path, corpus: Path) -> None:
    new = tmp_path / "new.txt"
    new.write_text("维修质量\n", encoding="utf-8")
    assert check(new, "--data", corpus)[0] == 0
    (tmp_path / "cases.txt").write_text("维修|质量\n", encoding="utf-8")
    assert check(new, "--data", corpus)[0] == 1
    (tmp_path / "cases.txt").unlink()
    named = tmp_path / "more.txt"
    named.write_text("维修|质量\n", encoding="utf-8")
    assert check(new, "--data", corpus, "--cases", named)[0] == 1


def test_json_is_one_object_with_the_diff_against_the_old_dictionary(tmp_path: Path, corpus: Path) -> None:
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text("质保期内\n", encoding="utf-8")
    new.write_text("# version: 2\n质保期内\n期内\n", encoding="utf-8")
    code, output = check(new, "--data", corpus, "--against", old, "--json")
    report = json.loads(output)
    assert code == 0
    assert report["dictionary"]["version"] == "2"
    assert (report["texts"], report["changed"], report["broken"], report["accepted"]) == (2, 0, [], True)


def test_a_gbk_text_file_is_read(tmp_path: Path) -> None:
    data, new = tmp_path / "corpus.txt", tmp_path / "new.txt"
    data.write_bytes("还在质保期内就坏了\n\n客服不理\n".encode("gbk"))
    new.write_text("质保期内\n", encoding="utf-8")
    code, output = check(new, "--data", data)
    assert code == 0
    assert "语料 2 条，其中 1 条" in output


@pytest.mark.parametrize("wrong", ["dictionary", "data", "column", "line"])
def test_unreadable_input_exits_with_2_and_says_why_in_chinese(
    tmp_path: Path, corpus: Path, wrong: str
) -> None:
    new = tmp_path / "new.txt"
    new.write_text("户表 1\n户表 2\n" if wrong == "line" else "户表\n", encoding="utf-8")
    arguments = {
        "dictionary": (tmp_path / "none.txt", "--data", corpus),
        "data": (new, "--data", tmp_path / "none.csv"),
        "column": (new, "--data", corpus, "--column", "内容"),
        "line": (new, "--data", corpus),
    }[wrong]
    code, output = check(*arguments)
    assert code == 2
    assert any(word in output for word in ("不存在", "没有列「内容」", "第 2 行"))
