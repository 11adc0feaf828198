"""What a model folder says of itself: ``manifest.json`` beside its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from models.core.errors import ArtifactError

FORMAT = 1
"""Raised when the shape of the manifest changes; older numbers stay loadable."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Digest and size of one file of the folder."""

    sha256: str
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """``version`` names the fit: the date and the digest of its files. ``metrics`` are held-out figures.

    ``taxonomy`` is a snapshot, so that serving does not depend on what the sector packs hold today.
    ``data`` has ``n_rows``, ``fingerprint`` (sha256 over the sorted text digests) and ``sources``.
    """

    task: str
    version: str
    component: str
    classes: tuple[str, ...]
    parameters: Mapping[str, Any]
    data: Mapping[str, Any]
    metrics: Mapping[str, Any]
    libraries: Mapping[str, str]
    created_at: str
    seed: int
    files: Mapping[str, FileEntry]
    taxonomy: Mapping[str, Any] | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def name(self) -> str:
        """``task@version``, as results are stamped with."""
        return f"{self.task}@{self.version}"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], *, name: str) -> Manifest:
        """Raises ``ArtifactError`` where a field is missing or the format is newer than this code."""
        try:
            if int(values["format"]) > FORMAT:
                raise ArtifactError(
                    name=name,
                    reason="由更新版本的程序生成，请升级本服务",
                    reason_en="it was made by a newer release; upgrade this service",
                )
            files = {key: FileEntry(**entry) for key, entry in values["files"].items()}
            fields = {**values, "files": files, "classes": tuple(values["classes"])}
            return cls(**fields)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ArtifactError(
                name=name,
                reason="manifest.json 不完整或不是本项目的模型",
                reason_en=f"manifest.json is incomplete or foreign ({error})",
            ) from error
