"""The real ``voc train --preset best``, killed in the middle of tuning: run again, it ends with the same bytes."""

from __future__ import annotations

import csv
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from served import environment

from data.encoders import shipped_encoder
from models.core.errors import NotFoundError

N_ROWS = 400
WAIT_SECONDS = 200
PARTS = ("空调", "座椅", "导航", "刹车", "客服", "油耗", "内饰", "雨刮")
BAD = ("不制冷", "坏了没人修", "总是卡顿", "让人失望", "异响很大")
GOOD = ("很好用", "让人满意", "响应很快", "做工不错", "一直很稳")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Short texts; one label in ten is wrong, so that the tuned encoder is clearly the better one and is kept."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    try:
        shipped_encoder()
    except NotFoundError:
        pytest.skip("this installation has no encoder")
    drawn = random.Random(5)
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for i in range(N_ROWS):
            bad = drawn.random() < 0.5
            text = f"{drawn.choice(PARTS)}{drawn.choice(BAD if bad else GOOD)}{i}"
            writer.writerow([text, "negative" if bad != (drawn.random() < 0.1) else "positive"])
    return path


def start(rows: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "service", "train", "sentiment", "--preset", "best", "--json"]
    return subprocess.Popen(
        [*command, "--data", str(rows), "--out", str(out)],
        env={**environment(out.parent / "home"), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=out.parent,
    )


def finished(process: subprocess.Popen[str]) -> dict[str, object]:
    out, err = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0, err
    counts: dict[str, object] = json.loads(out)
    return counts


def wait_until_tuning(process: subprocess.Popen[str], checkpoint: Path) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if checkpoint.exists():
            return
        time.sleep(0.01)
    process.kill()
    pytest.fail(f"the tuning did not begin in time, or the command ended: {process.communicate()}")


@pytest.mark.timeout(3 * WAIT_SECONDS)  # three runs of about ten seconds each, more where others work too
def test_a_tuning_killed_in_the_middle_ends_with_the_bytes_of_an_unbroken_one(
    rows: Path, tmp_path: Path
) -> None:
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    finished(start(rows, straight))
    process = start(rows, killed)
    checkpoint = tmp_path / ".killed.training" / "checkpoint.safetensors"
    wait_until_tuning(process, checkpoint)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    assert process.returncode == -signal.SIGKILL
    assert not killed.exists(), "no half-written model"
    assert checkpoint.exists(), "the work done so far is kept"
    assert finished(start(rows, killed))["n"] == N_ROWS
    names = {path.name for path in straight.iterdir()}
    assert "encoder.onnx" in names, "the tuned encoder was not kept, so the run compares nothing"
    assert {path.name for path in killed.iterdir()} == names
    for name in ("weights.safetensors", "encoder.onnx"):
        assert (killed / name).read_bytes() == (straight / name).read_bytes(), name
    assert not checkpoint.parent.exists(), "nothing is left behind"
