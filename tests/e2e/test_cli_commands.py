"""Every command once, on sample transcripts: its answer, its exit code, and nothing else on standard output."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from service.cli.main import run


class Cli:
    """Runs commands in this process, in a home of their own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture

    def __call__(self, *arguments: str | Path) -> tuple[int, str, str]:
        self._capture.readouterr()
        code = run([str(argument) for argument in arguments])
        return code, *self._capture.readouterr()

    def json(self, *arguments: str | Path) -> dict[str, Any]:
        code, out, err = self(*arguments, "--json")
        assert code == 0, err
        assert out.count("\n") == 1
        values = json.loads(out)
        assert isinstance(values, dict)
        return values


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.chdir(tmp_path)
    for name, value in (("HOME", tmp_path / "home"), ("SECTOR", "automotive"), ("LANGUAGE", "zh")):
        monkeypatch.setenv(f"VOC_{name}", str(value))
    return Cli(tmp_path, capsys)


def sample_file(cli: Cli, per_month: int = 60) -> Path:
    return Path(
        cli.json("samples", "--out", "samples", "--months", "1", "--per-month", str(per_month))["transcripts"]
    )


def labelled_file(folder: Path, n: int = 60) -> Path:
    path = folder / "labelled.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["评论", "情感"])
        for i in range(n):
            writer.writerow(
                [
                    f"第{i}次来，服务很好很满意" if i % 2 else f"第{i}次来，态度太差很失望",
                    ("neg", "pos")[i % 2],
                ]
            )
    return path


def test_ingest_and_review_answer_with_one_json_object(cli: Cli) -> None:
    path = sample_file(cli)
    counts = cli.json("ingest", path)
    wanted = {"read": 60, "stored": 60, "duplicates": 0, "rejected": 0, "rejects_file": None}
    assert counts == wanted | {"stored_without_time": 0}
    review = cli.json("review", "2024-01", "--formats", "html,json", "--out", "out")
    assert review["n_transcripts"] == 60
    assert {name for name, file in review["files"].items() if Path(file).stat().st_size} == {"html", "json"}


def test_ingest_says_in_words_what_it_did(cli: Cli) -> None:
    Path("a.csv").write_text("text\n空调坏\n空调坏,多\n\n,\n", encoding="utf-8")
    Path("b.jsonl").write_text('{"text":"坏"}\n{"text":""}\n', encoding="utf-8")
    code, out, err = cli("ingest", "a.csv", "b.jsonl")
    assert code == 0
    assert "读取 4 条，入库 3，重复 0，拒收 1" in out
    assert "3 条没有时间" in out
    rejects = Path(out.splitlines()[-1].split()[-1])
    assert "b.jsonl,2,text_invalid" in rejects.read_text(encoding="utf-8-sig")
    assert err == ""


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_analyze_writes_by_the_ending(cli: Cli, suffix: str) -> None:
    Path("a.csv").write_text(
        'id,评论\n7,"态度太差，非常失望，打13812345678"\n8,\n9,"坏引号\n10,服务很好\n', encoding="utf-8"
    )
    values = cli.json("analyze", "a.csv", "--out", f"out{suffix}", "--map", "text=评论")
    assert (values["n"], values["rejected"]) == (2, 2)
    assert [
        line.split(",")[1] for line in Path(values["rejects_file"]).read_text("utf-8-sig").splitlines()[1:]
    ] == ["3", "4"]
    rows = rows_of(Path(f"out{suffix}"))
    assert [str(row["id"]) for row in rows] == ["7", "10"]
    assert rows[0]["masked_text"] == "态度太差，非常失望，打[手机]"
    if suffix == ".jsonl":
        assert rows[0]["sentiment"]["label"] == "negative"
        assert {"categories", "tokens", "pii", "opinions", "models"} <= rows[0].keys()
    else:
        assert rows[0]["sentiment"] == "negative"


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_analyze_and_cluster_read_dialogues(cli: Cli) -> None:
    path = sample_file(cli)
    assert cli.json("analyze", path, "--out", "analysed.jsonl")["n"] == 60
    assert cli.json("cluster", path, "--out", "causes.csv")["n"] == 60
    rows = rows_of(Path("causes.csv"))
    assert {"root_cause_id", "root_cause", "root_cause_score"} <= rows[0].keys()
    assert "turns" not in rows[0]
    for row in rows:
        assert (int(row["root_cause_id"]) >= 0) == bool(row["root_cause"])


def test_train_evaluate_and_predict_answer_with_one_json_object(cli: Cli) -> None:
    data = labelled_file(cli.folder)
    mapping = ("--map", "text=评论", "--map", "label=情感")
    trained = cli.json("train", "sentiment", "--data", data, "--out", "model", *mapping)
    assert trained["n"] == 60
    scored = cli.json("evaluate", "sentiment", "--data", data, "--model", "model", *mapping)
    assert scored["accuracy"] > 0.9
    assert {"n", "accuracy", "macro_f1", "per_label", "docs_per_second", "model", "ece"} <= scored.keys()
    done = cli.json(
        "predict", "sentiment", "--data", data, "--model", "model", "--out", "p.csv", *mapping[:2]
    )
    assert done["n"] == 60
    assert {"label", "score"} <= rows_of(Path("p.csv"))[0].keys()


def test_models_answer_with_one_json_object(cli: Cli) -> None:
    names = [model["name"] for model in cli.json("models", "list")["models"]]
    assert any(name.startswith("sentiment@") for name in names)
    assert cli.json("models", "show", "sentiment")["name"].startswith("sentiment@")
    assert all(result["ok"] for result in cli.json("models", "verify").values())


def test_keys_answer_with_one_json_object(cli: Cli) -> None:
    made = cli.json("keys", "create", "呼叫中心", "--scope", "ingest")
    assert (made["scopes"], made["key"][:4]) == (["ingest"], "voc_")
    (listed,) = cli.json("keys", "list")["keys"]
    assert "key" not in listed
    assert cli.json("keys", "revoke", made["id"])["revoked_at"]


def test_dictionary_check_answers_with_one_json_object(cli: Cli) -> None:
    Path("new.txt").write_text("高压油泵 100\n", encoding="utf-8")
    Path("data.txt").write_text("高压油泵坏了\n", encoding="utf-8")
    assert cli.json("dictionary", "check", "new.txt", "--data", "data.txt")["accepted"] is True


def test_doctor_checks_each_part_and_says_what_to_do(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    found = cli.json("doctor")
    assert found["ok"]
    assert {"python", "home", "database", "models", "analysis"} <= {
        check["name"] for check in found["checks"]
    }
    monkeypatch.setenv("VOC_SECTOR", "nothing")
    code, out, _ = cli("doctor")
    assert code == 1
    assert "有误  analysis" in out
    Path("file").touch()
    monkeypatch.setenv("VOC_HOME", str(Path("file").resolve()))
    code, out, _ = cli("doctor", "--json")
    assert code == 1
    assert {c["name"] for c in json.loads(out)["checks"] if c["ok"] is False} >= {"home", "database"}


def test_demo_ends_with_the_path_of_the_review(cli: Cli) -> None:
    code, out, _ = cli("demo", "--per-month", "50")
    assert code == 0
    page = Path(out.splitlines()[-1])
    assert page.is_absolute()
    assert "<html" in page.read_text(encoding="utf-8")[:500]
    values = cli.json("demo", "--per-month", "50")
    assert values["ingest"]["stored"] == 150


def test_samples_are_the_same_for_the_same_seed(cli: Cli) -> None:
    first = sample_file(cli).read_bytes()
    assert sample_file(cli).read_bytes() == first
