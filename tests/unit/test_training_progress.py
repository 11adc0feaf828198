"""Progress of long work: one line of a terminal, a line now and then in a log."""

from __future__ import annotations

import pytest

from training import progress
from training.progress import part_of, show_progress


def test_a_terminal_has_one_line_that_changes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    show = show_progress("训练")
    show(0.5, "第 1/2 轮")
    show(1.0, "完成")
    told = capsys.readouterr().err
    assert [line.strip() for line in told.split("\r")] == ["", "训练  50% 第 1/2 轮", "训练 100% 完成"]
    assert told.count("\n") == 1


def test_a_log_has_a_line_a_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = iter([0.0, 59.0, 60.0, 100.0, 120.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(seconds))
    show = show_progress("训练")
    for done in (0.1, 0.2, 0.3, 0.4):
        show(done, "轮")
    assert capsys.readouterr().err == "训练  20% 轮\n训练  40% 轮\n"


def test_a_part_is_told_as_a_share_of_the_whole_with_its_name() -> None:
    told: list[tuple[float, str]] = []
    part = part_of(lambda *said: told.append(said), 0.5, 1.0, "终训")
    assert part
    part(0.5, "第 1/2 轮")
    assert told == [(0.75, "终训，第 1/2 轮")]
    assert part_of(None, 0.0, 1.0) is None
