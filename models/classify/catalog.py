"""The classifiers by their versioned names, and how they come out of a model folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from models.artifact.folder import load_folder
from models.artifact.manifest import Manifest
from models.classify.cold_start import ColdStartClassifier
from models.classify.encoder_linear import EncoderLinearClassifier, PooledEncoder
from models.classify.ensemble import EnsembleClassifier
from models.classify.few_shot import FewShotClassifier
from models.classify.ngram_linear import NgramLinearClassifier
from models.classify.ngram_nb import NgramNbClassifier
from models.classify.protocol import Classifier, Files
from models.core.errors import ArtifactError
from models.encoder.folder import EMBEDDED_MANIFEST
from models.encoder.onnx_encoder import OnnxEncoder
from models.sentiment.composed import ComposedSentiment

__all__ = ["CLASSIFIERS", "Classifier", "EncoderFinder", "build_classifier", "load_classifier"]

EncoderFinder = Callable[[str], PooledEncoder]
"""The encoder of a name. Raises ``NotFoundError`` where there is none of that name."""

CLASSIFIERS: Mapping[str, Any] = {
    kind.name: kind
    for kind in (
        NgramLinearClassifier,
        NgramNbClassifier,
        EncoderLinearClassifier,
        EnsembleClassifier,
        ComposedSentiment,
        ColdStartClassifier,
        FewShotClassifier,
    )
}


def load_classifier(folder: Path, *, encoders: EncoderFinder | None = None) -> tuple[Manifest, Classifier]:
    """A verified model folder as a classifier.

    An encoder that lies in the folder is used; others are looked up by ``encoders``. Raises
    ``ArtifactError`` for a damaged or unknown model, ``NotFoundError`` without its encoder.
    """
    manifest, arrays = load_folder(folder)
    if EMBEDDED_MANIFEST in manifest.files:
        own = OnnxEncoder(folder)

        def encoders(name: str) -> PooledEncoder:
            return own

    meta = {"classes": manifest.classes, "parameters": manifest.parameters}
    try:
        return manifest, build_classifier(manifest.component, meta, arrays, encoders=encoders)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtifactError(
            name=manifest.name,
            reason="模型文件的内容与其组件不符，请重新训练",
            reason_en=f"the files do not fit the component; train it again ({error})",
        ) from error


def build_classifier(
    component: str, meta: Mapping[str, Any], arrays: Files, *, encoders: EncoderFinder | None = None
) -> Classifier:
    """A component from its parameters and arrays; members of an ensemble first, then the whole.

    Raises ``ArtifactError`` for an unknown component or where an encoder is needed and not given.
    """
    kind = CLASSIFIERS.get(component)
    if kind is None:
        raise ArtifactError(
            name=component,
            reason=f"未知的组件 {component}，请升级本服务",
            reason_en=f"unknown component {component}; upgrade this service",
        )
    parts: dict[str, Any] = {}
    if "members" in meta["parameters"]:
        parts["members"] = {
            name: build_classifier(given["component"], given, _own(arrays, name), encoders=encoders)
            for name, given in meta["parameters"]["members"].items()
        }
    if "encoder" in meta["parameters"]:
        parts["encoder"] = _encoder(meta["parameters"]["encoder"], encoders)
    return kind.from_files(meta, arrays, **parts)  # type: ignore[no-any-return]


def _own(arrays: Files, member: str) -> Files:
    start = f"{member}."
    return {key.removeprefix(start): value for key, value in arrays.items() if key.startswith(start)}


def _encoder(name: str, encoders: EncoderFinder | None) -> PooledEncoder:
    if encoders is None:
        raise ArtifactError(
            name=name,
            reason="此模型需要句向量编码器，但没有给出",
            reason_en="this model needs an encoder and none was given",
        )
    return encoders(name)
