"""The command line as a test calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.cli.main import run

Voc = Callable[..., tuple[int, Any, str]]
"""Exit code, standard output (an object with ``--json``) and standard error of a command."""


def caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Voc:
    """Commands run in ``tmp_path``, with their home in it."""
    monkeypatch.chdir(tmp_path)
    for name, value in (("HOME", tmp_path / "home"), ("SECTOR", "generic"), ("LANGUAGE", "zh")):
        monkeypatch.setenv(f"VOC_{name}", str(value))

    def call(*arguments: str | Path) -> tuple[int, Any, str]:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments and out else out, err

    return call
