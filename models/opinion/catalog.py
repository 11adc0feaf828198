"""The opinion extractors by their versioned names, and how they come out of a model folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from models.artifact.folder import load_folder
from models.artifact.manifest import Manifest
from models.core.errors import ArtifactError
from models.opinion.extractor import SpanPairExtractor
from models.opinion.values import Opinion


class OpinionExtractor(Protocol):
    """What every opinion extractor can do."""

    name: str

    def extract(self, texts: Sequence[str]) -> list[list[Opinion]]: ...

    def to_files(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]: ...


EXTRACTORS: Mapping[str, type[SpanPairExtractor]] = {SpanPairExtractor.name: SpanPairExtractor}


def load_extractor(folder: Path) -> tuple[Manifest, OpinionExtractor]:
    """A verified model folder as an extractor. Raises ``ArtifactError``."""
    manifest, arrays = load_folder(folder)
    kind = EXTRACTORS.get(manifest.component)
    if kind is None:
        raise ArtifactError(
            name=manifest.name,
            reason=f"未知的组件 {manifest.component}，请升级本服务",
            reason_en=f"unknown component {manifest.component}; upgrade this service",
        )
    try:
        return manifest, kind.from_files({"parameters": manifest.parameters}, arrays)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ArtifactError(
            name=manifest.name,
            reason="模型文件不完整，请重新获取",
            reason_en=f"the model is incomplete ({error}); fetch it again",
        ) from error
