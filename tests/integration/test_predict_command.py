"""``voc predict`` with 未明 and with evidence, from the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import Voc, caller
from model_samples import NOW, sentiment_rows

from training.fit import FitRequest, fit_folder


@pytest.fixture
def voc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Voc:
    return caller(tmp_path, monkeypatch, capsys)


def data_file(path: Path, texts: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("内容",), *((text,) for text in texts)])
    return path


def test_unclear_rows_and_evidence_are_written(voc: Voc, tmp_path: Path) -> None:
    texts, labels = sentiment_rows(200)
    fit_folder(FitRequest(task="sentiment", now=NOW), texts, labels, tmp_path / "m")
    data = data_file(tmp_path / "new.csv", [texts[1], "好的，嗯，8 月"])
    predict = ("predict", "sentiment", "--data", data, "--model", tmp_path / "m", "--map", "text=内容")

    code, done, err = voc(*predict, "--out", "p.csv", "--abstain", "--explain", "--json")
    assert (code, done["n"], done["n_unclear"]) == (0, 2, 1), err
    rows = list(csv.DictReader(Path("p.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["label"] for row in rows] == [labels[1], "未明"]
    spans = json.loads(rows[0]["evidence"])
    assert all(texts[1][span["start"] : span["end"]] == span["text"] for span in spans) and spans
    assert json.loads(rows[1]["evidence"]) == []

    code, done, _ = voc(*predict, "--out", "p.jsonl", "--explain", "--json")
    first = json.loads(Path("p.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert (code, first["evidence"], "n_unclear" in done) == (0, spans, False)
    code, out, _ = voc(*predict, "--out", "p.parquet", "--explain", "--abstain")
    assert (code, "其中 1 条未明" in out) == (0, True)


def test_models_that_cannot_say_so_and_write_nothing(voc: Voc, tmp_path: Path) -> None:
    data = data_file(tmp_path / "new.csv", ["空调不制冷"])
    given = ("--data", data, "--map", "text=内容", "--out", "p.csv")
    code, out, err = voc("predict", "aspect.automotive", *given, "--explain")
    assert (code, out, "一个标签" in err) == (2, "", True)
    assert not Path("p.csv").exists()
