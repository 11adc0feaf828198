"""Which version of a task is in use: ``alias.json`` beside the versions, and the log of its changes.

``alias.json`` is replaced in one step and holds its own last change; ``history.jsonl`` only grows. Should a
process die between the two, the change is still in the alias and the next writer adds the missing line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.core.errors import ArtifactError

ALIAS = "alias.json"
HISTORY = "history.jsonl"
LOCK = ".lock"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the history. ``kind`` is ``register``, ``promote``, ``refuse``, ``rollback`` or ``shadow``.

    ``gate`` is the report of the release gate where one ran; ``forced`` means promoted against it.
    ``generation`` is the one after the change.
    """

    kind: str
    task: str
    at: str
    by: str
    from_version: str | None
    to_version: str | None
    why: str
    generation: int
    gate: Mapping[str, Any] | None = None
    forced: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Alias:
    """The version in use. ``previous`` are those before it, the latest first; rollback goes to its head.

    ``generation`` counts the changes (0: never changed). ``pinned`` says that somebody chose ``current``;
    otherwise it is the shipped default of this release, None for a task without one.
    """

    task: str
    current: str | None
    previous: tuple[str, ...] = ()
    shadow: str | None = None
    pinned: bool = False
    generation: int = 0
    changed_at: str = ""
    changed_by: str = ""
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_alias(folder: Path) -> tuple[Alias, Change] | None:
    """What ``alias.json`` of a task folder says; None where there is none. Raises ``ArtifactError``."""
    try:
        values = json.loads((folder / ALIAS).read_bytes())
        alias = values["alias"]
        return Alias(**{**alias, "previous": tuple(alias["previous"])}), Change(**values["change"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(
            name=folder.name,
            reason=f"{folder / ALIAS} 无法读取；删除它即回到随附的模型",
            reason_en=f"{folder / ALIAS} cannot be read; without it the shipped model is in use",
        ) from error


def write_alias(folder: Path, alias: Alias, change: Change) -> None:
    """Replace ``alias.json`` in one step, on the disk before it is seen; then log the change.

    The caller holds the lock.
    """
    before = read_alias(folder)
    if before is not None:
        _append_missing(folder, before[1])
    values = {"format": _FORMAT, "alias": alias.to_dict(), "change": change.to_dict()}
    part = folder / f".{ALIAS}.part"
    with part.open("wb") as file:
        file.write(json.dumps(values, ensure_ascii=False, indent=1).encode())
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / ALIAS)
    sync_folder(folder)
    append_history(folder, change)


def append_history(folder: Path, change: Change) -> None:
    """Add one line; a line torn by a crash before it stays a line of its own."""
    line = json.dumps(change.to_dict(), ensure_ascii=False).encode() + b"\n"
    with (folder / HISTORY).open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read_history(folder: Path) -> list[Change]:
    """All changes of a task, the oldest first; unreadable lines are left out."""
    changes = list(_logged(folder))
    before = read_alias(folder)
    if before is not None and _is_missing(changes, before[1]):
        changes.append(before[1])
    return changes


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Only one process at a time changes a task. The lock ends with its process, however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("ab") as file:
        _take(file.fileno())
        yield


def sync_folder(folder: Path) -> None:
    """Bring the names in ``folder`` onto the disk, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take(handle: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)


def _append_missing(folder: Path, change: Change) -> None:
    if _is_missing(list(_logged(folder)), change):
        append_history(folder, change)


def _is_missing(changes: list[Change], change: Change) -> bool:
    return all(
        (known.kind, known.generation, known.at) != (change.kind, change.generation, change.at)
        for known in reversed(changes)
    )


def _logged(folder: Path) -> Iterator[Change]:
    try:
        lines = (folder / HISTORY).read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    for line in lines:
        try:
            yield Change(**json.loads(line))
        except (ValueError, TypeError):
            continue
