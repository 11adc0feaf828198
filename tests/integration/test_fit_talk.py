"""Labelled dialogues to a talk model folder that serves; small and short, on the part of the shipped model that reads characters."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from data.artifacts.shipped import shipped_models
from data.dialogues.loading import load_labelled
from data.dialogues.utterances import pack_utterances
from data.packs.experience import load_experience
from models.artifact.seen_rows import ROWS
from models.core.errors import ArtifactError, InputError
from models.experience.analyzer import ExperienceAnalyzer
from models.experience.talk_files import load_talk
from models.experience.told import told_from

pytest.importorskip("torch")

from training.experience.fit import MIN_DIALOGUES, TalkRequest, fit_talk, start_of
from training.experience.learning import TalkPlan

NOW = datetime(2024, 3, 1, tzinfo=UTC)


def test_dialogues_become_a_model_that_serves(tmp_path: Path) -> None:
    dialogues = load_labelled()[::12][: MIN_DIALOGUES + 20]
    start = start_of(load_talk(shipped_models()["experience"])[1])
    said: list[str] = []
    plan, beside = TalkPlan(n_epochs=2), [*pack_utterances("automotive"), *pack_utterances("hotel")][::40]
    request = TalkRequest(dialogues, tmp_path / "m", NOW, plan, ("own dialogues",), beside)
    manifest = fit_talk(request, start, progress=lambda done, what: said.append(what))
    assert len(said) == 4
    assert manifest.data["n_dialogues"] == len(dialogues)
    known = [
        utterance for utterance in beside if utterance.sector == "automotive"
    ]  # The dialogues are of no other.
    assert manifest.data["n_rows"] == len(dialogues) + len(known) < len(dialogues) + len(beside)
    assert set(manifest.metrics["kept_aside"]["f1"]) == set(manifest.parameters["judgements"])
    loaded, reader = load_talk(tmp_path / "m")
    assert loaded == manifest
    found = ExperienceAnalyzer(load_experience("automotive"), talk=reader)
    told = told_from([("customer", "上周换的机油，今天又漏了，我要投诉到12315。")])
    assert found.analyze(told).marks
    odds = reader.hear(told, *found.catalog.lineage).odds
    assert np.ptp(odds, axis=0).max() > 0
    assert ROWS in manifest.files
    with pytest.raises(ArtifactError):
        fit_talk(request, start)


def test_too_few_dialogues_are_refused(tmp_path: Path) -> None:
    start = start_of(load_talk(shipped_models()["experience"])[1])
    with pytest.raises(InputError, match=str(MIN_DIALOGUES)):
        fit_talk(TalkRequest(load_labelled()[:5], tmp_path / "m", NOW), start)
