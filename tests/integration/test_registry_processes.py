"""Several real processes change one registry at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from data.artifacts import Registry, shipped_models
from models.artifact.folder import save_folder, verify_folder
from models.artifact.manifest import Manifest

NOW = datetime(2024, 3, 5, tzinfo=UTC)
N_PROCESSES, N_CHANGES = 3, 5
PROMOTE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from data.artifacts import Registry
registry, who = Registry(Path(sys.argv[1])), sys.argv[2]
now = datetime(2024, 3, 5, tzinfo=UTC)
print("ready", flush=True)
sys.stdin.readline()
for i in range(int(sys.argv[3])):
    registry.promote("sentiment", f"v{(i + int(who)) % 3}", by=who, why=str(i), now=now)
"""
REGISTER = """
import sys
from pathlib import Path
from data.artifacts import Registry
print("ready", flush=True)
sys.stdin.readline()
print(Registry(Path(sys.argv[1])).register(Path(sys.argv[2])).name)
"""


def model_folder(path: Path, version: str) -> Path:
    manifest = Manifest(
        task="sentiment",
        version=version,
        component="classifier.ngram_linear.v1",
        classes=("negative", "positive"),
        parameters={},
        data={},
        metrics={},
        libraries={},
        created_at=NOW.isoformat(),
        seed=1,
        files={},
    )
    save_folder(path, manifest, {"w": np.arange(50_000, dtype=np.float32)}, card="# card")
    return path


def started(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def go(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    found = Registry(tmp_path / "home")
    for version in ("v0", "v1", "v2"):
        found.register(model_folder(tmp_path / version, version))
    return found


def test_promotions_at_once_take_turns_and_tear_nothing(registry: Registry) -> None:
    processes = [started(PROMOTE, str(registry.home), str(who), str(N_CHANGES)) for who in range(N_PROCESSES)]
    go(processes)
    generations = []
    while any(process.poll() is None for process in processes):
        generations.append(registry.generation("sentiment"))  # raises where a file is torn
        assert verify_folder(registry.current("sentiment"))
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    assert generations == sorted(generations)

    alias, changes = registry.alias("sentiment"), registry.history("sentiment")
    assert [change.generation for change in changes] == list(range(1, alias.generation + 1))
    assert alias.current == changes[-1].to_version
    assert alias.changed_by == changes[-1].by
    chain = [shipped_models()["sentiment"].name, *(change.to_version for change in changes)]
    assert [change.from_version for change in changes] == chain[:-1]
    for by in map(str, range(N_PROCESSES)):
        order = [int(change.why) for change in changes if change.by == by]
        assert order == sorted(order)
    assert not list(registry.root.rglob("*.part"))


def test_of_two_who_compared_with_the_same_version_one_wins(registry: Registry) -> None:
    script = PROMOTE.replace("now=now)", "now=now, expected_generation=0)")
    processes = [started(script, str(registry.home), str(who), "1") for who in range(2)]
    go(processes)
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert sorted(process.returncode for process in processes) == [0, 1]
    assert sum("compare again" in error for error in errors) == 1
    assert registry.generation("sentiment") == 1


def test_registering_one_folder_twice_at_once_gives_one_whole_version(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m", "v7")
    processes = [started(REGISTER, str(tmp_path / "home"), str(folder)) for _ in range(3)]
    go(processes)
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert answers == ["sentiment@v7"] * 3
    task_folder = tmp_path / "home" / "artifacts" / "sentiment"
    assert verify_folder(task_folder / "v7").version == "v7"
    assert sorted(path.name for path in task_folder.iterdir()) == [".lock", "v7"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_promotion_leaves_a_whole_alias_and_the_lock_free(registry: Registry) -> None:
    for wait_seconds in (0.0, 0.03):
        process = started(PROMOTE, str(registry.home), "0", "100000")
        go([process])
        time.sleep(wait_seconds)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        before = registry.alias("sentiment")
        target = "v1" if before.current != "v1" else "v2"
        after = registry.promote("sentiment", target, by="ana", why="", now=NOW)
        assert (after.current, after.generation) == (target, before.generation + 1)
        changes = registry.history("sentiment")
        assert [change.generation for change in changes] == list(range(1, after.generation + 1))


def test_the_history_is_one_json_object_a_line(registry: Registry) -> None:
    registry.promote("sentiment", "v1", by="安娜", why="换行\n也行", now=NOW)
    registry.rollback("sentiment", by="安娜", why="", now=NOW)
    lines = (registry.root / "sentiment" / "history.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["promote", "rollback"]
