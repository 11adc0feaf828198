"""The model registry: versions of each task on disk, and which of them is in use.

``VOC_HOME/artifacts/<task>/`` holds one folder per version, ``alias.json`` and ``history.jsonl``. Versions are
never written over; a change of the version in use is one rename. The shipped models are versions too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from data.artifacts.alias import Alias, Change, append_history, locked, read_alias, read_history, write_alias
from data.artifacts.placing import checked_name, is_name, place_folder, same_content
from data.artifacts.shipped import shipped_default, shipped_versions
from models.artifact.folder import MANIFEST, load_manifest, verify_folder
from models.artifact.manifest import Manifest
from models.core.errors import ArtifactError, NotFoundError

MAX_PREVIOUS = 50
"""So many versions can be gone back through."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One version of a task. ``current`` is in use; ``shadow`` runs beside it and decides nothing."""

    task: str
    version: str
    folder: Path
    shipped: bool
    current: bool
    shadow: bool
    manifest: Manifest

    @property
    def name(self) -> str:
        """``task@version``."""
        return f"{self.task}@{self.version}"


class Registry:
    """Models below ``home/artifacts`` and the shipped ones. Reading writes nothing, not even folders.

    ``preset`` chooses among the shipped versions of a task where none was promoted.
    """

    def __init__(self, home: Path, *, preset: str = "fast") -> None:
        self.home = home
        self.preset = preset
        self.root = home / "artifacts"

    def tasks(self) -> list[str]:
        """Tasks with a registered or shipped version."""
        return sorted({*shipped_versions(), *filter(self._registered, self._task_names())})

    def versions(self, task: str) -> list[ModelEntry]:
        """All versions of ``task``, the oldest name first. Raises ``NotFoundError`` for an unknown task.

        The manifests are read, the files are not checked. A folder without a readable manifest is left out;
        ``folders`` has it.
        """
        folders = self.folders(task)
        alias = self._alias(task)
        entries = []
        for version in sorted(folders):
            with suppress(ArtifactError):
                entries.append(self._entry(task, version, folders, alias))
        return entries

    def folders(self, task: str) -> dict[str, Path]:
        """Version to folder of ``task``, no file read. Raises ``NotFoundError`` for an unknown task."""
        folders = self._found(task)
        if not folders:
            raise self._no_model(task)
        return folders

    def entry(self, task: str, version: str) -> ModelEntry:
        """One version. Raises ``NotFoundError``."""
        folders = self.folders(task)
        self._known(task, version, folders)
        return self._entry(task, version, folders, self._alias(task))

    def current(self, task: str, *, sector: str = "generic") -> Path:
        """The folder in use for ``task``: the promoted version, or the shipped default.

        ``task.sector`` goes before ``task``. Raises ``NotFoundError`` where neither has a version in use,
        ``ArtifactError`` where the version in use is gone.
        """
        return self.in_use(task, sector=sector).folder

    def in_use(self, task: str, *, sector: str = "generic") -> ModelEntry:
        """The entry that ``current`` names the folder of; its ``task`` may be ``task.sector``."""
        for key in filter(is_name, (f"{task}.{sector}", task)):
            folders = self._found(key)
            alias = self._alias(key) if folders else None
            if alias is None or alias.current is None:
                continue
            if alias.current not in folders:
                raise ArtifactError(
                    name=f"{key}@{alias.current}",
                    reason=f"使用中的版本已不在登记处，请运行 voc models rollback {key}",
                    reason_en=f"the version in use is gone; run voc models rollback {key}",
                )
            return self._entry(key, alias.current, folders, alias)
        raise self._no_model(task)

    def alias(self, task: str) -> Alias:
        """Which version is in use. Raises ``NotFoundError`` for an unknown task."""
        self.folders(task)
        return self._alias(task)

    def generation(self, task: str) -> int:
        """Number of changes of ``task``, 0 at first: one small read, cheap enough before each batch."""
        before = read_alias(self._task_folder(task))
        return before[0].generation if before else 0

    def history(self, task: str) -> list[Change]:
        """All changes of ``task``, the oldest first. Raises ``NotFoundError`` for an unknown task."""
        self.folders(task)
        return read_history(self._task_folder(task))

    def register(self, folder: Path, *, by: str = "", now: datetime | None = None) -> ModelEntry:
        """Check a model folder and copy it into the registry, in one step.

        The same version with the same files is a no-op. With ``now`` given the registration is logged.
        Raises ``ArtifactError`` for a broken, foreign or symlinked folder, and for a version that is there
        with other content.
        """
        manifest = verify_folder(folder)
        task, version = checked_name(manifest.task), checked_name(manifest.version)
        task_folder = self._task_folder(task)
        with locked(task_folder):
            known = self._found(task).get(version)
            if known is not None:
                same_content(known, folder, name=manifest.name)
            else:
                place_folder(folder, task_folder / version)
                if now is not None:
                    self._log(task, Change("register", task, now.isoformat(), by, None, version, "", 0))
        return self.entry(task, version)

    def promote(
        self,
        task: str,
        version: str,
        *,
        by: str,
        why: str,
        now: datetime,
        gate: Mapping[str, Any] | None = None,
        forced: bool = False,
        expected_generation: int | None = None,
    ) -> Alias:
        """Put ``version`` in use; its files are checked first. What was in use becomes the way back.

        With ``expected_generation`` the change is refused where another came between (a gate verdict is
        about the version that was in use). Promoting the version in use changes nothing.

        Raises ``NotFoundError``, ``ArtifactError``.
        """
        with self._changing(task):
            folders = self.folders(task)
            before = self._alias(task)
            if expected_generation not in (None, before.generation):
                raise ArtifactError(
                    name=f"{task}@{version}",
                    reason="使用中的版本刚刚被更换，比较结果已过时，请重新运行",
                    reason_en="the version in use was changed meanwhile; compare again",
                )
            self._verified(task, version, folders)
            if before.pinned and before.current == version:
                return before
            way_back = (before.current,) if before.current not in (None, version) else ()
            after = replace(
                before,
                current=version,
                pinned=True,
                previous=(*way_back, *before.previous)[:MAX_PREVIOUS],
                shadow=None if before.shadow == version else before.shadow,
            )
            return self._changed(before, after, "promote", by, why, now, gate=gate, forced=forced)

    def rollback(self, task: str, *, by: str, why: str, now: datetime) -> Alias:
        """Back to the version before. Raises ``NotFoundError`` where there is none, ``ArtifactError``."""
        with self._changing(task):
            folders = self.folders(task)
            before = self._alias(task)
            if not before.previous:
                raise NotFoundError(what="更早的版本，无法回退：", what_en="earlier version of", key=task)
            version, *kept = before.previous
            self._verified(task, version, folders)
            after = replace(before, current=version, pinned=True, previous=tuple(kept))
            return self._changed(before, after, "rollback", by, why, now)

    def set_shadow(self, task: str, version: str | None, *, by: str, now: datetime, why: str = "") -> Alias:
        """Run ``version`` beside the one in use, or none. Raises ``NotFoundError``, ``ArtifactError``."""
        with self._changing(task):
            folders = self.folders(task)
            before = self._alias(task)
            if version is not None:
                self._verified(task, version, folders)
            if version == before.shadow:
                return before
            return self._changed(before, replace(before, shadow=version), "shadow", by, why, now)

    def refuse(
        self, task: str, version: str, *, by: str, why: str, now: datetime, gate: Mapping[str, Any]
    ) -> None:
        """Log that the gate refused ``version``; what is in use stays."""
        with self._changing(task):
            alias = self.alias(task)
            self._log(
                task,
                Change(
                    "refuse", task, now.isoformat(), by, alias.current, version, why, alias.generation, gate
                ),
            )

    @contextmanager
    def _changing(self, task: str) -> Iterator[None]:
        self.folders(task)  # An unknown task leaves no folder behind.
        with locked(self._task_folder(task)):
            yield

    def _changed(
        self, before: Alias, after: Alias, kind: str, by: str, why: str, now: datetime, **more: Any
    ) -> Alias:
        for version in (before.current, after.current, after.shadow):
            self._keep_shipped(before.task, version)
        at, n = now.isoformat(), before.generation + 1
        after = replace(after, generation=n, changed_at=at, changed_by=by, why=why)
        pair = (before.shadow, after.shadow) if kind == "shadow" else (before.current, after.current)
        write_alias(
            self._task_folder(after.task), after, Change(kind, after.task, at, by, *pair, why, n, **more)
        )
        return after

    def _keep_shipped(self, task: str, version: str | None) -> None:
        """A shipped version that an alias names is copied: the next release may come without it."""
        shipped = shipped_versions().get(task, {}).get(version or "")
        if shipped is not None and not (self._task_folder(task) / shipped.name).exists():
            place_folder(shipped, self._task_folder(task) / shipped.name)

    def _log(self, task: str, change: Change) -> None:
        before = read_alias(self._task_folder(task))
        generation = before[0].generation if before else 0
        append_history(self._task_folder(task), replace(change, generation=generation))

    def _alias(self, task: str) -> Alias:
        before = read_alias(self._task_folder(task))
        alias = before[0] if before is not None else Alias(task=task, current=None)
        return alias if alias.pinned else replace(alias, current=shipped_default(task, self.preset))

    def _entry(self, task: str, version: str, folders: Mapping[str, Path], alias: Alias) -> ModelEntry:
        folder = folders[version]
        return ModelEntry(
            task=task,
            version=version,
            folder=folder,
            shipped=version in shipped_versions().get(task, {}),
            current=version == alias.current,
            shadow=version == alias.shadow,
            manifest=load_manifest(folder),
        )

    def _found(self, task: str) -> dict[str, Path]:
        """Version to folder; a shipped one goes before a registered one of the same name."""
        return {**self._registered(task), **shipped_versions().get(task, {})}

    def _registered(self, task: str) -> dict[str, Path]:
        folder = self._task_folder(task)
        if not folder.is_dir():
            return {}
        return {
            path.name: path
            for path in sorted(folder.iterdir())
            if not path.name.startswith(".") and not path.is_symlink() and (path / MANIFEST).is_file()
        }

    def _verified(self, task: str, version: str, folders: Mapping[str, Path]) -> None:
        self._known(task, version, folders)
        manifest = verify_folder(folders[version])
        if (manifest.task, manifest.version) != (task, version):
            raise ArtifactError(
                name=f"{task}@{version}",
                reason=f"文件夹里是另一个模型 {manifest.name}",
                reason_en=f"the folder holds another model, {manifest.name}",
            )

    def _known(self, task: str, version: str, folders: Mapping[str, Path]) -> None:
        if checked_name(version) not in folders:
            listed = "、".join(sorted(folders))
            raise NotFoundError(
                what=f"{task} 的版本（现有：{listed}）",
                what_en=f"version of {task} (there are: {', '.join(sorted(folders))})",
                key=version,
            )

    def _task_folder(self, task: str) -> Path:
        folder = self.root / checked_name(task)
        if folder.is_symlink():
            raise ArtifactError(name=task, reason=f"{folder} 是链接", reason_en=f"{folder} is a link")
        return folder

    def _task_names(self) -> list[str]:
        if not self.root.is_dir():
            return []
        return [path.name for path in self.root.iterdir() if is_name(path.name) and not path.is_symlink()]

    def _no_model(self, task: str) -> NotFoundError:
        listed = self.tasks()
        return NotFoundError(
            what=f"模型（现有：{'、'.join(listed)}）",
            what_en=f"model (there are: {', '.join(listed)})",
            key=task,
        )
