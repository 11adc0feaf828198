"""The real command, broken off in the middle: nothing is lost, nothing is stored twice."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

N_ROWS = 6000
WAIT_SECONDS = 90


@pytest.fixture
def big_file(tmp_path: Path) -> Path:
    path = tmp_path / "big.jsonl"
    rows = (
        {"external_id": f"R{i}", "text": f"第{i}次打电话，空调还是不制冷，" + "修了又坏，坏了又修，" * 20}
        for i in range(N_ROWS)
    )
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def start(path: Path, home: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "VOC_HOME": str(home), "VOC_WORKERS": "2", "VOC_LANGUAGE": "zh"}
    return subprocess.Popen(
        [sys.executable, "-m", "service", "ingest", str(path), "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=_listen_to_interrupts,
    )


def _listen_to_interrupts() -> None:
    """A shell that started the tests in its background made them deaf to Ctrl-C; the command is not to be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def n_stored(home: Path) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{home / 'voc.sqlite3'}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM transcript").fetchone()[0])


def wait_until_some_are_stored(process: subprocess.Popen[str], home: Path) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(sqlite3.OperationalError):
            if n_stored(home):
                return
        time.sleep(0.02)
    pytest.fail(f"nothing was stored in time, or the command ended: {process.communicate()}")


def living_members(group: int) -> list[int]:
    """Processes of a session that have not ended (``/proc``, so Linux alone)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(session) == group and state != "Z":
                found.append(int(folder.name))
    return found


def wait_until_all_are_gone(group: int) -> list[int]:
    until = time.monotonic() + 20
    while (left := living_members(group)) and time.monotonic() < until:
        time.sleep(0.1)
    return left


def run_again(path: Path, home: Path) -> dict[str, int]:
    process = start(path, home)
    out, err = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0, err
    counts: dict[str, int] = json.loads(out)
    return counts


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_an_ingest_broken_off_goes_on_when_it_is_run_again(
    big_file: Path, tmp_path: Path, how: signal.Signals
) -> None:
    home = tmp_path / "home"
    process = start(big_file, home)
    wait_until_some_are_stored(process, home)
    if how is signal.SIGKILL:
        process.kill()
    else:
        os.killpg(process.pid, how)  # a terminal sends it to all processes of the command
    out, err = process.communicate(timeout=WAIT_SECONDS)
    assert wait_until_all_are_gone(process.pid) == []
    before = n_stored(home)
    assert 0 < before < N_ROWS
    assert out == ""
    if how is signal.SIGINT:
        assert process.returncode == 1
        assert f"中断前已入库 {before} 条" in err
        assert "已中止" in err
        assert "Traceback" not in err
    again = run_again(big_file, home)
    assert (again["stored"], again["duplicates"], again["rejected"]) == (N_ROWS - before, before, 0)
    assert n_stored(home) == N_ROWS


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB. Making one needs rights that not every machine gives."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(
            "no right to mount a small file system; the limit on pages is tested in test_ingest_failures"
        )
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_ends_with_1_and_the_rest_is_stored_after_making_room(
    big_file: Path, small_disk: Path
) -> None:
    home = small_disk / "home"
    process = start(big_file, home)
    out, err = process.communicate(timeout=WAIT_SECONDS)
    assert (process.returncode, out) == (1, "")
    assert "磁盘空间已满" in err
    assert "Traceback" not in err
    before = n_stored(home)
    subprocess.run(["mount", "-o", "remount,size=200m", str(small_disk)], check=True)
    again = run_again(big_file, home)
    assert (again["stored"], again["duplicates"]) == (N_ROWS - before, before)
