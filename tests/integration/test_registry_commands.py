"""``voc models``: register, promote, roll back, shadow, diff, history, in a home of their own."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from command_line import Voc, caller

from data.artifacts import shipped_models, shipped_versions
from training import registry_cli
from training.gate_values import BehaviourResult

SHIPPED = shipped_models()["sentiment"].name
N_SHIPPED = len(shipped_versions()["sentiment"])
TRAINED = ("太差了，不会再来", "很满意，下次还来")
LABELS = ("negative", "positive")


@pytest.fixture
def voc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Voc:
    monkeypatch.setattr(registry_cli, "shipped_behaviour", lambda model: BehaviourResult(100, 98))
    return caller(tmp_path, monkeypatch, capsys)


def write_rows(path: Path, n: int, *, start: int = 0, turned: bool = False) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("内容", "情感"))
        for i in range(start, start + n):
            label = LABELS[1 - i % 2] if turned and i % 4 else LABELS[i % 2]
            rows.writerow((f"{chr(0x4E00 + i)}{chr(0x5E00 + i)}，{TRAINED[i % 2]}", label))
    return path


def trained(voc: Voc, folder: str, rows: Path) -> Path:
    code, _, err = voc("train", "sentiment", "--data", rows, *MAP, "--out", folder)
    assert code == 0, err
    return Path(folder)


MAP = ("--map", "text=内容", "--map", "label=情感")


def test_train_promote_refuse_roll_back_from_the_command_line(voc: Voc, tmp_path: Path) -> None:
    test = write_rows(tmp_path / "test.csv", 60, start=2000)
    good = trained(voc, "good", write_rows(tmp_path / "train.csv", 80))
    bad = trained(voc, "bad", write_rows(tmp_path / "turned.csv", 80, turned=True))

    code, done, _ = voc(
        "models", "promote", "sentiment", good, "--test", test, *MAP, "--by", "安娜", "--json"
    )
    assert (code, done["promoted"], done["gate"]["refused"]) == (0, True, [])
    assert done["gate"]["current"] == f"sentiment@{SHIPPED}"
    version = done["version"]

    code, out, _ = voc("models", "promote", "sentiment", bad, "--test", test, *MAP)
    assert code == 1
    assert "拒绝  comparison" in out and "未启用" in out
    code, done, err = voc("models", "promote", "sentiment", bad, "--test", test, *MAP, "--force")
    assert (code, "--why" in err) == (2, True)

    code, found, _ = voc("models", "list", "--json")
    marks = {m["version"]: (m["current"], m["shipped"]) for m in found["models"] if m["task"] == "sentiment"}
    assert marks[version] == (True, False) and marks[SHIPPED] == (False, True) and len(marks) == 2 + N_SHIPPED

    code, alias, _ = voc("models", "rollback", "sentiment", "--why", "误判", "--json")
    assert (code, alias["current"], alias["previous"]) == (0, SHIPPED, [])
    code, _, err = voc("models", "rollback", "sentiment")
    assert (code, "更早的版本" in err) == (2, True)

    code, found, _ = voc("models", "history", "sentiment", "--json")
    kinds = [(change["kind"], change["to_version"] == version) for change in found["changes"]]
    assert kinds == [
        ("register", True),
        ("promote", True),
        ("register", False),
        ("refuse", False),
        ("rollback", False),
    ]
    assert found["changes"][1]["by"] == "安娜"
    assert "comparison" in found["changes"][3]["gate"]["refused"]


def test_a_leaked_test_row_refuses_with_the_number_of_the_row(voc: Voc, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "train.csv", 80)
    folder = trained(voc, "m", rows)
    code, done, _ = voc("models", "promote", "sentiment", folder, "--test", rows, *MAP, "--json")
    check = next(check for check in done["gate"]["checks"] if check["name"] == "rows")
    assert (code, check["verdict"], check["figures"]["n_seen"]) == (1, "refused", 80)


def test_two_models_are_compared_row_by_row(voc: Voc, tmp_path: Path) -> None:
    good = trained(voc, "good", write_rows(tmp_path / "train.csv", 80))
    bad = trained(voc, "bad", write_rows(tmp_path / "turned.csv", 80, turned=True))
    code, entry, _ = voc("models", "register", good, "--json")
    assert (code, entry["current"]) == (0, False)
    assert voc("models", "shadow", "sentiment", entry["version"])[0] == 0
    data, out = write_rows(tmp_path / "new.csv", 40, start=3000), tmp_path / "differences.csv"
    code, found, _ = voc(
        "models", "diff", "sentiment", "shadow", bad, "--data", data, "--out", out, *MAP, "--json"
    )
    assert (code, found["n"], found["a"]) == (0, 40, entry["name"])
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == found["n_different"] == found["a_right"] > 0 == found["b_right"]
    assert all(row["label_a"] == row["情感"] != row["label_b"] for row in rows)
    assert 0.5 <= float(rows[0]["score_a"]) <= 1
    assert voc("models", "shadow", "sentiment")[0] == 0
    code, _, err = voc("models", "diff", "sentiment", "shadow", bad, "--data", data, "--out", out, *MAP)
    assert (code, "影子" in err) == (2, True)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_models_that_agree_leave_a_file_without_rows(voc: Voc, tmp_path: Path, ending: str) -> None:
    data, out = write_rows(tmp_path / "new.csv", 4), tmp_path / f"out.{ending}"
    code, found, _ = voc(
        "models", "diff", "sentiment", "current", SHIPPED, "--data", data, "--out", out, *MAP, "--json"
    )
    assert (code, found["n_different"], found["pairs"], out.exists()) == (0, 0, {}, True)


def test_a_tampered_version_is_found_and_the_others_stay(voc: Voc, tmp_path: Path) -> None:
    folder = trained(voc, "m", write_rows(tmp_path / "train.csv", 40))
    _, entry, _ = voc("models", "register", folder, "--json")
    card = tmp_path / "home" / "artifacts" / "sentiment" / entry["version"] / "card.md"
    assert voc("models", "show", entry["name"])[0] == 0
    card.write_text("other", encoding="utf-8")
    code, found, _ = voc("models", "verify", "--json")
    broken = [path for path, result in found.items() if not result["ok"]]
    assert (code, broken) == (1, [str(card.parent)])
    assert voc("models", "list")[0] == 0
    code, done, _ = voc("models", "promote", "sentiment", entry["version"], "--json")
    assert (code, done["gate"]["refused"]) == (1, ["files"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("promote", "sentiment", "nothing"),
        ("promote", "../sentiment", "v1"),
        ("rollback", "nothing"),
        ("shadow", "sentiment", "../v1"),
        ("register", "nowhere"),
        ("history", "nothing"),
        ("show", "sentiment@nothing"),
    ],
)
def test_wrong_names_end_with_2_and_write_nothing(
    voc: Voc, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    code, out, err = voc("models", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("错误 [")
    assert not (tmp_path / "home" / "artifacts" / "sentiment" / "alias.json").exists()
