"""Labelled dialogues to a talk model folder."""

from __future__ import annotations

import hashlib
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from torch import Tensor

from data.artifacts.loading import load_model
from data.artifacts.shipped import shipped_models
from data.dialogues.loading import LabelledDialogue
from data.packs.experience import load_experience
from models.artifact.folder import check_empty, save_folder
from models.artifact.manifest import Manifest
from models.artifact.seen_rows import ROWS, rows_file
from models.core.errors import InputError
from models.experience.talk_files import COMPONENT, reader_arrays, reader_parameters
from models.experience.talk_marks import BROKEN
from models.experience.talk_net import TalkNet
from models.experience.talk_packing import packed, unpacked
from models.experience.talk_page import FIRST, Floats, TalkAlphabet
from models.experience.talk_reader import NO_SECTOR, Judgement, TalkReader
from training.encoder.checkpoint import Checkpoint
from training.experience.card import talk_card
from training.experience.learning import LessonRows, Scope, TalkPlan, learn, scope_of
from training.experience.lessons import Lesson, make_lessons
from training.experience.limits import KINDS, START, Chosen, choose_judgements
from training.experience.network import TalkNetwork, TalkSizes, start_weights
from training.experience.teachers import Teachers, Teaching
from training.fit import data_fingerprint
from training.held_out import held_out_rows
from training.progress import Progress, part_of

TASK = "experience"
MIN_DIALOGUES = 200
_LIBRARIES = ("torch", "numpy", "scikit-learn")


@dataclass(frozen=True)
class TalkStart:
    """What reads characters before any labelled dialogue was seen."""

    alphabet: TalkAlphabet
    weights: Mapping[str, Tensor]


@dataclass(frozen=True)
class TalkRequest:
    """``out`` is the folder to write; ``sources`` say where the dialogues come from. ``utterances`` are single turns of
    which some kinds of marks are known; no limits are chosen on them, and those of sectors without dialogues are left out.
    A run that was killed goes on from what is in ``resume_folder``. With ``teachers`` the network learns from them too."""

    dialogues: Sequence[LabelledDialogue]
    out: Path
    now: datetime
    plan: TalkPlan = field(default_factory=TalkPlan)
    sources: tuple[str, ...] = ()
    utterances: Sequence[LabelledDialogue] = ()
    resume_folder: Path | None = None
    teachers: Teachers | None = None


def fit_talk(request: TalkRequest, start: TalkStart, *, progress: Progress | None = None) -> Manifest:
    """Choose limits on a tenth held out (a fifth of fewer than 2,000), with a network that did not see it; fit on all, write the folder.

    Raises ``InputError`` for fewer than ``MIN_DIALOGUES``, ``ArtifactError`` where ``out`` is not empty.
    """
    check_empty(request.out)
    n = len(request.dialogues)
    if n < MIN_DIALOGUES:
        raise InputError(
            reason=f"至少需要 {MIN_DIALOGUES} 段标注过的对话，这里只有 {n} 段",
            reason_en=f"at least {MIN_DIALOGUES} labelled dialogues are needed, there are {n}",
        )
    report = progress or (lambda done, what: None)
    report(0.0, "读对话")
    _, sentiment = load_model(shipped_models()["sentiment"])
    lessons = make_lessons(request.dialogues, start.alphabet, sentiment)
    scope = _scope(lessons)
    said = [utterance for utterance in request.utterances if utterance.sector in scope.sectors]
    beside = make_lessons(said, start.alphabet, sentiment)
    request = replace(request, utterances=said)
    work = _Work(request, start, scope, lessons, beside)
    taught = work.taught(part_of(progress, 0.0, 0.4))
    trial = work.learnt("trial", work.rest, taught, part_of(progress, 0.4, 0.65, "试训"))
    report(0.65, "在留出的对话上选界限")
    chosen = choose_judgements(_reader(trial, start, scope, {}), [lessons[i] for i in work.aside])
    whole = work.learnt("whole", range(len(lessons)), taught, part_of(progress, 0.7, 1.0, "终训"))
    manifest = _save(whole, start, scope, chosen, request)
    if request.resume_folder:
        shutil.rmtree(request.resume_folder)
    return manifest


class _Work:
    """Networks fitted on the same lessons; a tenth of the dialogues is ``aside``, the others are the ``rest``, by number."""

    def __init__(
        self,
        request: TalkRequest,
        start: TalkStart,
        scope: Scope,
        lessons: Sequence[Lesson],
        beside: Sequence[Lesson],
    ) -> None:
        self.request, self.start, self.scope = request, start, scope
        self.lessons, self.beside = lessons, beside
        self.sizes = _sizes(start, scope)
        aside = held_out_rows([dialogue.text for dialogue in request.dialogues])
        self.aside = [i for i, kept in enumerate(aside) if kept]
        self.rest = [i for i, kept in enumerate(aside) if not kept]

    def taught(self, progress: Progress | None) -> tuple[Sequence[Floats], Sequence[Floats]]:
        """What teachers, fitted on the rest, say of all lessons and of those beside them; nothing without teachers."""
        if self.request.teachers is None:
            return (), ()
        teaching = Teaching(
            [self.lessons[i] for i in self.rest],
            self.beside,
            self.scope,
            self.sizes,
            self.start.weights,
            self.request.plan,
            self.checkpoint,
        )
        told = self.request.teachers.teach(teaching, progress)
        return told(self.lessons), told(self.beside)

    def learnt(
        self,
        part: str,
        own: Sequence[int],
        taught: tuple[Sequence[Floats], Sequence[Floats]],
        progress: Progress | None,
    ) -> TalkNetwork:
        """A network fitted on the lessons of these numbers, and on all beside them."""
        said, beside = taught
        return learn(
            LessonRows(
                [self.lessons[i] for i in own], self.scope, taught=[said[i] for i in own] if said else ()
            ),
            LessonRows(self.beside, self.scope, taught=beside),
            self.sizes,
            start=self.start.weights,
            plan=self.request.plan,
            checkpoint=self.checkpoint(part),
            progress=progress,
        )

    def checkpoint(self, part: str) -> Checkpoint | None:
        """Of one network, a teacher's or one of our own."""
        folder = self.request.resume_folder
        return Checkpoint(folder / part, f"{part} {self._key}") if folder else None

    @cached_property
    def _key(self) -> str:
        """Names dialogues, marks and plans: a checkpoint of others is not taken for one of these."""
        rows = [_told_marks(dialogue) for dialogue in (*self.request.dialogues, *self.request.utterances)]
        told = repr((self.request.plan, self.request.teachers, rows))
        return hashlib.sha256(told.encode()).hexdigest()


def start_of(reader: TalkReader) -> TalkStart:
    """What a fitted reader began with, near enough: its own reading of characters."""
    return TalkStart(reader.alphabet, start_weights(reader.net.arrays, reader.net.shape))


def _scope(lessons: Sequence[Lesson]) -> Scope:
    sectors = sorted({lesson.dialogue.sector for lesson in lessons})
    items = {
        sector: [node.id for node in load_experience(sector).facets["survey"].nodes] for sector in sectors
    }
    return scope_of(lessons, (*sectors, NO_SECTOR), items)


def _sizes(start: TalkStart, scope: Scope) -> TalkSizes:
    alphabet = start.alphabet
    return TalkSizes(
        n_characters=len(alphabet.characters) + FIRST,
        n_pairs=len(alphabet.pairs) + FIRST,
        n_labels=len(scope.labels),
        n_sectors=len(scope.sectors),
    )


def _reader(
    network: TalkNetwork, start: TalkStart, scope: Scope, judgements: Mapping[str, Judgement]
) -> TalkReader:
    net = TalkNet(unpacked(packed(network.arrays())), network.sizes.shape)
    known = judgements or dict.fromkeys((*KINDS, BROKEN), START)
    return TalkReader(net, start.alphabet, scope.labels, scope.sectors, known)


def _save(
    network: TalkNetwork,
    start: TalkStart,
    scope: Scope,
    chosen: Chosen,
    request: TalkRequest,
) -> Manifest:
    texts = [dialogue.text for dialogue in (*request.dialogues, *request.utterances)]
    fingerprint = data_fingerprint([_told_marks(own) for own in (*request.dialogues, *request.utterances)])
    manifest = Manifest(
        task=TASK,
        version=f"{request.now:%Y%m%d}-{fingerprint[:8]}",
        component=COMPONENT,
        classes=scope.labels,
        parameters=reader_parameters(network.sizes.shape, scope.sectors, chosen.judgements),
        data={
            "n_rows": len(texts),
            "n_dialogues": len(request.dialogues),
            "fingerprint": fingerprint,
            "sources": list(request.sources),
        },
        metrics={"kept_aside": {"n_dialogues": chosen.n, "f1": dict(chosen.f1)}},
        libraries={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        created_at=request.now.isoformat(),
        seed=request.plan.seed,
        files={},
        notes={
            "plan": asdict(request.plan),
            **({"teachers": asdict(request.teachers.plan)} if request.teachers else {}),
        },
    )
    arrays = reader_arrays(network.arrays(), start.alphabet)
    rows = rows_file(texts)
    return save_folder(request.out, manifest, arrays, card=talk_card(manifest), extra={ROWS: rows})


def _told_marks(dialogue: LabelledDialogue) -> str:
    """Talk and labels: the same talk labelled otherwise makes another model."""
    return repr((dialogue.turns, {kind: dialogue.marks.get(kind) for kind in dialogue.kinds}))
