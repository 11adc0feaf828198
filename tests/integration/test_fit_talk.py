"""Labelled dialogues to a talk model folder that serves; small and short, on the part of the shipped model that reads characters."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml

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

import torch

from data.artifacts.loading import load_model
from training.encoder.checkpoint import Checkpoint
from training.experience.fit import MIN_DIALOGUES, TalkRequest, fit_talk, start_of
from training.experience.learning import LessonRows, TalkPlan, learn, scope_of
from training.experience.lessons import make_lessons
from training.experience.network import TalkSizes
from training.experience.own import fit_own

NOW = datetime(2024, 3, 1, tzinfo=UTC)


def test_dialogues_become_a_model_that_serves(tmp_path: Path) -> None:
    dialogues = load_labelled()[::12][: MIN_DIALOGUES + 20]
    start = start_of(load_talk(shipped_models()["experience"])[1])
    said: list[tuple[float, str]] = []
    plan, beside = TalkPlan(n_epochs=2), [*pack_utterances("automotive"), *pack_utterances("hotel")][::40]
    request = TalkRequest(dialogues, tmp_path / "m", NOW, plan, ("own dialogues",), beside)
    manifest = fit_talk(request, start, progress=lambda *told: said.append(told))
    assert list(dict.fromkeys(what.split("，损失")[0] for _, what in said)) == [
        "读对话",
        "试训，第 1/2 轮",
        "试训，第 2/2 轮",
        "在留出的对话上选界限",
        "终训，第 1/2 轮",
        "终训，第 2/2 轮",
    ]
    assert [done for done, _ in said] == sorted(done for done, _ in said)
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


class _KilledError(Exception):
    pass


def test_a_killed_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    start = start_of(load_talk(shipped_models()["experience"])[1])
    lessons = make_lessons(
        load_labelled()[::200], start.alphabet, load_model(shipped_models()["sentiment"])[1]
    )
    sectors = ("automotive", "hotel", "retail", "telecom", "")
    scope = scope_of(lessons, sectors, {sector: ["quality"] for sector in sectors})
    sizes = TalkSizes(len(start.alphabet.characters) + 2, len(start.alphabet.pairs) + 2, len(scope.labels), 5)
    plan = TalkPlan(n_epochs=3, batch=4)
    rows, none = LessonRows(lessons, scope), LessonRows([], scope)

    def fitted(folder: Path, *, killed: bool = False) -> dict[str, torch.Tensor]:
        def told(done: float, what: str) -> None:
            if killed and done > 0.5:
                raise _KilledError

        place = Checkpoint(folder, "key")
        network = learn(rows, none, sizes, start=start.weights, plan=plan, checkpoint=place, progress=told)
        return network.state_dict()

    whole = fitted(tmp_path / "whole")
    with pytest.raises(_KilledError):
        fitted(tmp_path / "part", killed=True)
    resumed = fitted(tmp_path / "part")
    assert all(torch.equal(value, resumed[name]) for name, value in whole.items())
    with pytest.raises(ArtifactError):
        learn(rows, none, sizes, plan=plan, checkpoint=Checkpoint(tmp_path / "part", "other"))


def test_own_dialogues_become_a_model(tmp_path: Path) -> None:
    said = [dialogue for dialogue in load_labelled() if dialogue.sector == "hotel"][: MIN_DIALOGUES + 20]
    own = tmp_path / "own" / "hotel.yaml"
    own.parent.mkdir()
    own.write_text(yaml.safe_dump([dict(dialogue.marks) for dialogue in said], allow_unicode=True), "utf-8")
    manifest, n = fit_own(own.parent, tmp_path / "m", now=NOW, plan=TalkPlan(n_epochs=1), shipped=False)
    assert (n, manifest.data["sources"]) == (len(said), ["own"])
    assert manifest.parameters["sectors"] == ["hotel", ""]
    assert not list(tmp_path.glob(".*"))
    own.write_text("[]", "utf-8")
    with pytest.raises(InputError, match="there are no dialogues"):
        fit_own(own, tmp_path / "n", now=NOW)
