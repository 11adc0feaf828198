"""The analysis of a running process: follows promotions and rollbacks without a restart.

Before each batch the generations of the registry are compared (some small reads). Where one changed, a whole
new analysis is put together, tried out and then put in the place of the old one in one step; batches under
way keep the one they began with, so no answer mixes versions. A model that cannot be loaded changes nothing:
the old one stays, the error is logged and ``trouble`` says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from models.analysis.categories import CategoryLabeller
from models.analysis.pipeline import AnalysedTranscript, Analyzer
from models.analysis.values import Analysis, Token
from models.core.errors import ArtifactError, VocError
from models.core.transcript import Transcript
from models.text.segment import Segmenter
from service.building import (
    SHADOWED_TASKS,
    AnalyzerParts,
    ModelVersion,
    assemble,
    find_parts,
    followed_tasks,
    load_version,
    registry_of,
    task_keys,
)
from service.database.records import ShadowRow
from service.settings import Settings

RETRY_SECONDS = 30.0
"""After this time a model that could not be loaded is tried again."""
_TRIAL = ("试运行：空调不制冷，修了三次还没修好", "谢谢，很满意")
_BROKEN = -1
_log = structlog.get_logger("voc.models")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A model that should serve and cannot. ``role`` is ``current`` or ``shadow``."""

    task: str
    role: str
    error: VocError


@dataclass(frozen=True, slots=True)
class Shadow:
    """The analysis with one task's shadow version in it. ``task`` is its name in the registry."""

    task: str
    name: str
    analyzer: Analyzer


@dataclass(frozen=True, slots=True)
class Served:
    """Everything that one batch uses; it never changes."""

    analyzer: Analyzer
    shadows: tuple[Shadow, ...] = ()
    generations: tuple[int, ...] = ()
    trouble: tuple[Trouble, ...] = ()

    def compared(
        self, transcripts: Sequence[Transcript], done: Sequence[AnalysedTranscript]
    ) -> list[tuple[ShadowRow, ...]]:
        """What the shadows say of each transcript beside ``done``; a shadow that fails says nothing."""
        rows: list[list[ShadowRow]] = [[] for _ in transcripts]
        for shadow in self.shadows:
            try:
                others = shadow.analyzer.analyze_transcripts(transcripts)
            except Exception as error:
                _log.error("shadow failed", model=shadow.name, error=type(error).__name__)
                continue
            for own, current, other in zip(rows, done, others, strict=True):
                own.append(_compared(shadow, current.analysis, other.analysis))
        return [tuple(own) for own in rows]


class LiveAnalyzer:
    """An ``Analyzer`` whose models follow the registry. Safe to use from several threads."""

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._registry = registry_of(settings)
        self._clock = clock
        self._keys = tuple(key for task in followed_tasks(settings) for key in task_keys(settings, task))
        self._changing = threading.Lock()
        self._tried: tuple[tuple[int, ...], float] | None = None
        self._held = self._first()

    @property
    def held(self) -> Served:
        """What served the last batch, without asking the registry."""
        return self._held

    def served(self) -> Served:
        """What serves the next batch. One thread puts a change together, the others go on meanwhile."""
        if self._generations() != self._held.generations and self._changing.acquire(blocking=False):
            try:
                self._follow()
            finally:
                self._changing.release()
        return self._held

    def follow(self) -> Served:
        """The same, waiting for a change under way; a model that failed before is tried again."""
        with self._changing:
            self._tried = None
            if self._generations() != self._held.generations or self._held.trouble:
                self._follow()
        return self._held

    def analyze_transcripts(
        self, transcripts: Sequence[Transcript], *, tokens: bool = False
    ) -> list[AnalysedTranscript]:
        return self.served().analyzer.analyze_transcripts(transcripts, tokens=tokens)

    def reanalyze(
        self, texts: Sequence[tuple[str, Sequence[tuple[str, int, int]]]], *, tokens: bool = False
    ) -> list[AnalysedTranscript]:
        return self.served().analyzer.reanalyze(texts, tokens=tokens)

    def analyze_raw(self, texts: Sequence[str], *, tokens: bool = True) -> list[Analysis]:
        return self.served().analyzer.analyze_raw(texts, tokens=tokens)

    def tokens(self, text: str) -> tuple[Token, ...]:
        return self._held.analyzer.tokens(text)

    @property
    def segmenter(self) -> Segmenter:
        return self._held.analyzer.segmenter

    @property
    def categories(self) -> CategoryLabeller:
        return self._held.analyzer.categories

    @property
    def versions(self) -> dict[str, str]:
        return self._held.analyzer.versions

    def _follow(self) -> None:
        """Called with the lock held."""
        wanted = self._generations()
        if self._tried is not None:
            failed, at = self._tried
            if failed == wanted and self._clock() - at < RETRY_SECONDS:
                return
        try:
            self._held = self._built(wanted)
            self._tried = None
            _log.info("models changed", **self._held.analyzer.versions)
        except Exception as error:
            self._tried = (wanted, self._clock())
            self._held = _with_trouble(self._held, _trouble("", "current", error))
            _log_trouble(self._held.trouble[-1])

    def _first(self) -> Served:
        """At the start there is no old model to keep: where the promoted one fails, the shipped one serves."""
        wanted = self._generations()
        try:
            return self._built(wanted)
        except Exception as error:
            trouble = _trouble("", "current", error)
        _log_trouble(trouble)
        self._tried = (wanted, self._clock())
        return Served(_tried_out(find_parts(self._settings, promoted=False)), trouble=(trouble,))

    def _built(self, generations: tuple[int, ...]) -> Served:
        if _BROKEN in generations:
            for key in self._keys:
                self._registry.generation(key)  # raises what is wrong
        parts = find_parts(self._settings)
        analyzer = _tried_out(parts)
        shadows, trouble = self._shadows(parts)
        for item in trouble:
            _log_trouble(item)
        return Served(analyzer, tuple(shadows), generations, tuple(trouble))

    def _shadows(self, parts: AnalyzerParts) -> tuple[list[Shadow], list[Trouble]]:
        shadows, trouble = [], []
        for key in self._keys:
            version = self._shadow_version(key)
            if version is None:
                continue
            try:
                beside = ModelVersion.of(self._registry.entry(key, version).folder, self._settings.home)
                analyzer = _tried_out(_with_version(parts, key, beside))
                shadows.append(Shadow(key, load_version(beside)[0].name, analyzer))
            except Exception as error:
                trouble.append(_trouble(key, "shadow", error))
        return shadows, trouble

    def _shadow_version(self, key: str) -> str | None:
        if key.partition(".")[0] not in SHADOWED_TASKS:
            return None
        return self._registry.alias(key).shadow if self._registry.generation(key) else None

    def _generations(self) -> tuple[int, ...]:
        return tuple(self._generation(key) for key in self._keys)

    def _generation(self, key: str) -> int:
        try:
            return self._registry.generation(key)
        except VocError:
            return _BROKEN


def _with_version(parts: AnalyzerParts, task: str, version: ModelVersion) -> AnalyzerParts:
    if task.partition(".")[0] == "sentiment":
        return parts._replace(sentiment=version)
    return parts._replace(category=version)


def _tried_out(parts: AnalyzerParts) -> Analyzer:
    """An analysis that has labelled two texts without failing. Raises ``ArtifactError`` otherwise."""
    analyzer = assemble(parts)
    try:
        analyzer.analyze_raw(_TRIAL)
    except Exception as error:
        kind = type(error).__name__
        raise ArtifactError(
            name=str(analyzer.versions),
            reason=f"试运行失败（{kind}），请重新训练",
            reason_en=f"it failed on two plain texts ({kind}); train it again",
        ) from error
    return analyzer


def _compared(shadow: Shadow, current: Analysis, other: Analysis) -> ShadowRow:
    task = shadow.task.partition(".")[0]
    own, beside = _label(task, current), _label(task, other)
    return ShadowRow(
        task=shadow.task,
        current=current.models[task],
        shadow=shadow.name,
        current_label=own[0],
        shadow_label=beside[0],
        current_score=round(own[1], 4),
        shadow_score=round(beside[1], 4),
    )


def _label(task: str, analysis: Analysis) -> tuple[str, float]:
    """The label that a task shows first, and its score; nothing is ``""``."""
    if task == "sentiment":
        return analysis.sentiment.label, analysis.sentiment.score
    best = analysis.categories[0] if analysis.categories else None
    return (best.id, best.score) if best else ("", 0.0)


def _trouble(task: str, role: str, error: Exception) -> Trouble:
    if isinstance(error, VocError):
        return Trouble(task or str(getattr(error, "name", "")), role, error)
    kind = type(error).__name__
    wrapped = ArtifactError(
        name=task or "?", reason=f"无法加载（{kind}）", reason_en=f"cannot be loaded ({kind})"
    )
    return Trouble(task, role, wrapped)


def _with_trouble(held: Served, trouble: Trouble) -> Served:
    """The old analysis, kept, and what stands against the new one."""
    return Served(held.analyzer, held.shadows, held.generations, (trouble,))


def _log_trouble(trouble: Trouble) -> None:
    _log.error(
        "model not loaded",
        role=trouble.role,
        task=trouble.task,
        code=trouble.error.code,
        detail=trouble.error.message("en"),
    )
