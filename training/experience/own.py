"""A talk model of a customer's own labelled dialogues beside those that come with the project."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from data.artifacts.shipped import shipped_models
from data.dialogues.loading import load_labelled
from data.dialogues.utterances import known_utterances
from models.artifact.manifest import Manifest
from models.experience.talk_files import load_talk
from training.encoder.tuned_folder import prepare_start
from training.experience.fit import TalkRequest, fit_talk, start_of
from training.experience.learning import TalkPlan
from training.experience.teachers import Teachers
from training.progress import Progress


def fit_own(
    data: Path,
    out: Path,
    *,
    now: datetime,
    plan: TalkPlan | None = None,
    shipped: bool = True,
    encoder: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Manifest, int]:
    """Fit on the dialogues of ``data`` (``load_labelled``) and, with ``shipped``, on those of ``data/dialogues`` with their
    single turns. The part that reads characters begins as it ships; with the folder of an ``encoder`` teachers are fitted first.
    Resumes what was killed. The number is that of the own ones.

    Raises ``InputError`` for dialogues that are not whole or too few, ``ArtifactError`` where ``out`` is not empty.
    """
    own = load_labelled(data)
    known = {dialogue.text for dialogue in own}
    beside = [dialogue for dialogue in load_labelled() if dialogue.text not in known] if shipped else []
    sectors = sorted({dialogue.sector for dialogue in beside})
    work = out.with_name(f".{out.name}.training")
    request = TalkRequest(
        [*own, *beside],
        out,
        now,
        plan or TalkPlan(),
        (data.name, *(("the dialogues that come with the project",) if beside else ())),
        known_utterances(sectors) if shipped else (),
        work,
        Teachers(prepare_start(encoder, work / "encoder").folder) if encoder else None,
    )
    start = start_of(load_talk(shipped_models()["experience"])[1])
    return fit_talk(request, start, progress=progress), len(own)
