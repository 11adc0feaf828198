"""``voc models promote`` for tasks that give a text a set of answers: judged by what they find and miss."""

from __future__ import annotations

import csv
import json
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from command_line import Voc, caller

from data.artifacts import shipped_models
from data.formats.mapping import parse_mapping
from models.artifact.seen_rows import ROWS, rows_file
from training.gate_counts import micro_f1
from training.tasks import evaluate_task, read_test_rows

SAID = (("动力", "提速"), ("油耗", "百公里油钱"))
HOW = ((-1, "太差"), (0, "是多少"), (1, "很好"))
ENDS = (("问题解决了,谢谢", 1.2), ("我先看看", 0.0), ("还是没人处理,垃圾", -1.2))
ISSUES = ("宽带坏了", "手机没信号", "流量扣错了", "账单不对", "短信收不到")


@pytest.fixture
def voc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Voc:
    return caller(tmp_path, monkeypatch, capsys)


def mark(i: int) -> str:
    """Two characters that make each row one of its own."""
    return f"{chr(0x4E00 + i)}{chr(0x5E00 + i)}"


def aspect_file(path: Path, n: int, *, start: int = 0, turned: bool = False) -> Path:
    """Each text has one subject; ``turned`` polarities are wrong."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("内容", "观点"))
        for i in range(start, start + n):
            (subject, word), (polarity, how) = SAID[i % 2], HOW[i // 2 % 3]
            rows.writerow((f"{mark(i)}，{word}{how}", f"{subject}:{-polarity if turned else polarity}"))
    return path


def dialogue_file(path: Path, n: int, *, start: int = 0, turned: bool = False) -> Path:
    """Complaints that end well, so or badly; ``turned`` marks and votes are wrong."""
    lines = []
    for i in range(start, start + n):
        (words, value), solved = ENDS[i % 3], i % 3 == 0
        first, last = {"CNUG0": 18, "CNaN": 1}, {"CNUG*": 16} if solved else {"CNUG": 12, "CNaN": 7}
        if turned:
            first, last, value = {"CNaN": 19}, {"CNUG0": 19}, -value
        turns = [
            ("customer", f"{mark(i)}{ISSUES[i % 5]}怎么办", first),
            ("helpdesk", "请您稍等,正在核实", {"HNUG": 16, "HNaN": 3}),
            ("customer", words, last),
        ]
        values = {"satisfaction": value, "accomplishment": value, "effectiveness": value}
        said = [{"speaker": who, "text": text, "votes": votes} for who, text, votes in turns]
        lines.append(orjson.dumps({"id": str(i), **values, "turns": said}))
    path.write_bytes(b"\n".join(lines))
    return path


def verdicts(done: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["verdict"] for check in done["gate"]["checks"]}


COLUMNS = ("--map", "text=内容", "--map", "opinions=观点")
MADE = {
    "aspect.retail": (aspect_file, COLUMNS, 120),
    "problem": (dialogue_file, (), 90),
}


@pytest.mark.parametrize("task", MADE)
def test_a_model_is_promoted_by_its_test_rows_and_a_worse_one_refused(
    voc: Voc, tmp_path: Path, task: str
) -> None:
    write, columns, n = MADE[task]
    ending = "csv" if columns else "jsonl"
    test = write(tmp_path / f"test.{ending}", 60, start=3000)
    for name, turned in (("good", False), ("bad", True)):
        data = write(tmp_path / f"{name}.{ending}", n, turned=turned)
        code, _, err = voc("train", task, "--data", data, *columns, "--out", name)
        assert code == 0, err
        assert counts_as_evaluated(task, test, columns, tmp_path / name, tmp_path / "home")
    promote = ("models", "promote", task)

    code, done, err = voc(*promote, "good", "--test", test, *columns, "--force", "--why", "first", "--json")
    assert code == 0, err
    found = verdicts(done)
    assert (found["files"], found["rows"]) == ("passed", "passed")
    code, done, _ = voc(*promote, "bad", "--test", test, *columns, "--json")
    assert (code, verdicts(done)["comparison"]) == (1, "refused")
    figures = next(c for c in done["gate"]["checks"] if c["name"] == "comparison")["figures"]
    assert figures["difference"]["micro_f1"]["high"] < 0 and figures["n"] == 60
    code, done, _ = voc(*promote, "good", "--test", tmp_path / f"good.{ending}", *columns, "--json")
    assert (code, verdicts(done)["rows"]) == (1, "refused")
    code, out, _ = voc(*promote, "good")
    assert (code, "--test" in out) == (1, True)


def test_a_satisfaction_class_is_one_answer_per_dialogue(voc: Voc, tmp_path: Path) -> None:
    data = dialogue_file(tmp_path / "train.jsonl", 60)
    test = dialogue_file(tmp_path / "test.jsonl", 40, start=3000)
    assert voc("train", "satisfaction", "--data", data, "--out", "m")[0] == 0
    folder = tmp_path / "m"
    assert counts_as_evaluated("satisfaction", test, (), folder, tmp_path / "home")
    assert counts_as_evaluated("satisfaction", test, (), shipped_models()["satisfaction"], tmp_path / "home")
    _, done, _ = voc("models", "promote", "satisfaction", folder, "--test", test, "--json")
    assert verdicts(done)["rows"] == "passed" and done["gate"]["current"].startswith("satisfaction@")
    figures = next(c for c in done["gate"]["checks"] if c["name"] == "comparison")["figures"]
    assert figures["n"] == 40 and figures["candidate"]["micro_f1"] > 0.5


def test_opinions_are_compared_by_whole_triplets(voc: Voc, tmp_path: Path) -> None:
    shipped, folder = shipped_models()["opinion"], tmp_path / "own"
    shutil.copytree(shipped, folder)
    own, body = json.loads((shipped / "manifest.json").read_text()), rows_file(["别的"])
    own["files"]["rows.safetensors"] = {"sha256": sha256(body).hexdigest(), "n_bytes": len(body)}
    (folder / "rows.safetensors").write_bytes(body)
    (folder / "manifest.json").write_text(json.dumps(own | {"version": "20240101-own"}), encoding="utf-8")
    test = tmp_path / "test.txt"
    lines = [
        f"{mark(i)[0]} 来 ， 味 道 很 好####[((3, 4), (5, 6), 'POS')]" for i in range(39)
    ]  # fmt: skip
    test.write_text("\n".join([*lines, "not a row"]), encoding="utf-8")

    _, done, err = voc("models", "promote", "opinion", folder, "--test", test, "--json")
    assert err == "" and done["rejected_test_rows"] == 1
    found = {check["name"]: check for check in done["gate"]["checks"]}
    assert [found[name]["verdict"] for name in ("files", "rows", "comparison")] == ["passed"] * 3
    measured = evaluate_task("opinion", test, shipped, {}, tmp_path).values
    assert found["comparison"]["figures"]["candidate"]["micro_f1"] == measured["f1"]
    assert found["comparison"]["figures"]["difference"]["micro_f1"]["estimate"] == 0


def test_marks_of_experience_are_compared_over_labelled_dialogues(voc: Voc, tmp_path: Path) -> None:
    shipped, folder = shipped_models()["experience"], tmp_path / "own"
    shutil.copytree(shipped, folder)
    plain = json.loads((shipped / "manifest.json").read_text("utf-8"))
    for judgement in plain["parameters"]["judgements"].values():
        judgement |= {"limit": 0.99, "lift": 0.0}
    (folder / "manifest.json").write_text(json.dumps(plain | {"version": "20240101-own"}), encoding="utf-8")
    test = tmp_path / "automotive.yaml"
    dialogues = [
        f"- id: t-{i}\n  turns: [{{customer: 我{mark(i)}上周预约了九点保养，干等了四十分钟才有人接车}}]\n"
        "  steps: [{step: 预约管理, turn: 0, quote: 预约了九点保养}, {step: 接待, turn: 0, quote: 才有人接车}]\n"
        "  survey: [{item: 预约服务, answer: yes, turn: 0, quote: 预约了九点保养},\n"
        "    {item: 等待时间, answer: dissatisfied, turn: 0, quote: 干等了四十分钟}]\n"
        "  waits: [{turn: 0, quote: 四十分钟, minutes: 40}]\n"
        for i in range(60)
    ]
    test.write_text("".join(dialogues), encoding="utf-8")

    code, values, err = voc("evaluate", "experience", "--data", test, "--model", shipped, "--json")
    assert (code, err, values["n"]) == (0, "", 60)
    assert values["parts"]["survey"]["f1"] > 0.5 and values["parts"]["survey"]["items"]["等待时间"]["n"] == 60
    _, done, err = voc("models", "promote", "experience", folder, "--test", test, "--json")
    found = {check["name"]: check for check in done["gate"]["checks"]}
    assert [found[name]["verdict"] for name in ("files", "rows", "comparison")] == [
        "passed",
        "passed",
        "refused",
    ]
    assert found["comparison"]["figures"]["current"]["micro_f1"] == pytest.approx(values["f1"], abs=1e-3)
    named = tmp_path / "mine.yaml"
    test.rename(named)
    code, _, err = voc("evaluate", "experience", "--data", named)
    assert (code, "应以行业命名" in err) == (2, True)


def counts_as_evaluated(task: str, test: Path, columns: tuple[str, ...], folder: Path, home: Path) -> bool:
    """Whether the gate's counts give the figure that ``voc evaluate`` gives."""
    mapping = parse_mapping(columns[1::2])
    counts = read_test_rows(task, test, mapping, home).answer(folder).counts
    measured = evaluate_task(task, test, folder, mapping, home).values
    if task != "problem":
        wanted = measured["accuracy" if task == "satisfaction" else "micro_f1"]
    else:
        marks = [measured[name] for name in ("problem", "goal")]
        n = [mark["n_gold"] + mark["n_found"] for mark in marks]
        wanted = sum(mark["f1"] * own for mark, own in zip(marks, n, strict=True)) / sum(n)
    return len(counts) == measured["n"] and abs(micro_f1(counts) - wanted) < 1e-3


def test_trained_aspects_say_what_they_learnt_from(voc: Voc, tmp_path: Path) -> None:
    data = aspect_file(tmp_path / "train.csv", 60)
    assert voc("train", "aspect", "--data", data, *COLUMNS, "--out", "m")[0] == 0
    assert (tmp_path / "m" / ROWS).is_file()
    assert voc("models", "verify", tmp_path / "m")[0] == 0


def test_rows_of_another_form_end_with_2(voc: Voc, tmp_path: Path) -> None:
    test = dialogue_file(tmp_path / "test.jsonl", 3)
    folder = shipped_models()["opinion"]
    code, out, err = voc("models", "promote", "opinion", folder, "--test", test)
    assert (code, out, "没有可用的行" in err) == (2, "", True)
    bare = tmp_path / "bare.jsonl"
    bare.write_text('{"turns": [{"speaker": "customer", "text": "宽带坏了"}]}\n', encoding="utf-8")
    for task in ("satisfaction", "problem"):
        code, out, err = voc("models", "promote", task, folder, "--test", bare)
        assert (code, out, "1 段没有" in err) == (2, "", True)
