"""``make bench``: every benchmark once, one table, one results file with commit and machine.

Each module has ``run() -> dict`` of figures. Times are only compared within one run: with a peer, or with the
budget that stands beside them. Nothing here decides a test.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

MODULES = ("segment", "ngrams", "ingest", "requests", "startup", "experience")
RESULTS = Path(__file__).parent / "results"


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all."""
    figures: dict[str, Any] = {"about": _about()}
    for name in names or MODULES:
        print(f"== {name}", flush=True)
        figures[name] = import_module(f"benchmarks.{name}").run()
        print(json.dumps(figures[name], ensure_ascii=False, indent=1), flush=True)
    if not names:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{figures['about']['date'][:10]}.json"
        path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        print(path)


def write_figures(name: str, figures: dict[str, Any]) -> None:
    """Write ``results/<name>-<date>.json``, print the figures and the path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}-{figures['about']['date'][:10]}.json"
    path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    print(path)


def _about() -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }


if __name__ == "__main__":
    main(sys.argv[1:])
