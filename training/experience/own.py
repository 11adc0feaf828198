"""A talk model of a customer's own labelled dialogues beside those that come with the project."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from data.artifacts.shipped import shipped_models
from data.dialogues.loading import load_labelled
from data.dialogues.utterances import load_utterances, pack_utterances
from models.artifact.manifest import Manifest
from models.core.errors import InputError
from models.experience.talk_files import load_talk
from training.encoder.tuned_folder import prepare_start
from training.experience.fit import Progress, TalkRequest, fit_talk, start_of
from training.experience.learning import TalkPlan
from training.experience.teachers import Teachers

N_EPOCHS = 18


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
    if not own:
        raise InputError(reason=f"{data}：没有对话", reason_en=f"{data}: there are no dialogues")
    known = {dialogue.text for dialogue in own}
    beside = [dialogue for dialogue in load_labelled() if dialogue.text not in known] if shipped else []
    sectors = sorted({dialogue.sector for dialogue in beside})
    said = [*load_utterances(), *(one for sector in sectors for one in pack_utterances(sector))]
    work = out.with_name(f".{out.name}.training")
    request = TalkRequest(
        [*own, *beside],
        out,
        now,
        plan or TalkPlan(n_epochs=N_EPOCHS),
        (data.name, *(("the dialogues that come with the project",) if beside else ())),
        said if shipped else (),
        work,
        Teachers(prepare_start(encoder, work / "encoder").folder) if encoder else None,
    )
    start = start_of(load_talk(shipped_models()["experience"])[1])
    return fit_talk(request, start, progress=progress), len(own)
