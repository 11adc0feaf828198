"""The opinion extractors by their versioned names, and how they come out of a model folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from models.artifact.folder import incomplete, load_folder, unknown_component
from models.artifact.manifest import Manifest
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
        raise unknown_component(manifest)
    try:
        return manifest, kind.from_files({"parameters": manifest.parameters}, arrays)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise incomplete(manifest, error) from error
