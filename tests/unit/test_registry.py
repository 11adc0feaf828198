import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from model_folders import NOW, empty_folder, fitted_folder, reviews

from data.artifacts import Registry, resolve_model, shipped_models, shipped_versions
from data.artifacts.alias import ALIAS, HISTORY
from models.artifact.folder import verify_folder
from models.classify.catalog import load_classifier
from models.core.errors import ArtifactError, NotFoundError

SHIPPED = shipped_models()["sentiment"]
ALL_SHIPPED = list(shipped_versions()["sentiment"])
WHO = {"by": "ana", "why": "better", "now": NOW}


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "home")


def registered(registry, tmp_path, *versions, task="sentiment"):
    for version in versions:
        registry.register(empty_folder(tmp_path / task / version, task=task, version=version))


def test_at_first_the_shipped_models_are_in_use_and_nothing_is_written(registry):
    entry = next(entry for entry in registry.versions("sentiment") if entry.current)
    assert (entry.folder, entry.shipped, entry.shadow) == (SHIPPED, True, False)
    assert registry.current("sentiment") == SHIPPED
    assert registry.current("category", sector="automotive").parent.name == "category.automotive"
    assert registry.generation("sentiment") == 0
    assert registry.history("sentiment") == []
    assert not registry.home.exists()


def test_a_registered_version_is_listed_and_not_in_use(registry, tmp_path):
    entry = registry.register(empty_folder(tmp_path / "m"))
    assert (entry.name, entry.shipped, entry.current) == ("sentiment@v1", False, False)
    assert entry.folder == registry.root / "sentiment" / "v1"
    assert verify_folder(entry.folder).version == "v1"
    assert registry.current("sentiment") == SHIPPED
    assert "v1" in [found.version for found in registry.versions("sentiment")]


def test_a_task_of_its_own_is_listed_and_has_no_model_until_one_is_promoted(registry, tmp_path):
    registered(registry, tmp_path, "v1", task="aspect")
    assert "aspect" in registry.tasks()
    assert registry.alias("aspect").current is None
    with pytest.raises(NotFoundError, match="aspect"):
        registry.current("aspect")
    registry.promote("aspect", "v1", **WHO)
    assert registry.current("aspect").name == "v1"
    with pytest.raises(NotFoundError, match="earlier version"):
        registry.rollback("aspect", **WHO)


def test_the_same_version_again_changes_nothing_and_other_bytes_are_refused(registry, tmp_path):
    folder = empty_folder(tmp_path / "m")
    before = registry.register(folder)
    assert registry.register(folder) == before
    other = empty_folder(tmp_path / "other", seed=99)
    with pytest.raises(ArtifactError, match="other content"):
        registry.register(other)
    assert registry.entry("sentiment", "v1").manifest.seed == 13


def test_a_shipped_version_registered_again_is_the_shipped_one(registry):
    assert registry.register(SHIPPED).shipped


def test_promotion_and_rollback_walk_one_path(registry, tmp_path):
    registered(registry, tmp_path, "v1", "v2")
    first = registry.promote("sentiment", "v1", **WHO)
    assert (first.current, first.previous, first.generation) == ("v1", (SHIPPED.name,), 1)
    second = registry.promote("sentiment", "v2", **WHO)
    assert (second.current, second.previous) == ("v2", ("v1", SHIPPED.name))
    assert registry.rollback("sentiment", **WHO).current == "v1"
    last = registry.rollback("sentiment", **WHO)
    assert (last.current, last.previous, last.generation) == (SHIPPED.name, (), 4)
    assert registry.generation("sentiment") == 4
    with pytest.raises(NotFoundError, match="earlier version"):
        registry.rollback("sentiment", **WHO)


def test_the_history_says_who_when_from_to_and_why(registry, tmp_path):
    registry.register(empty_folder(tmp_path / "m"), by="ben", now=NOW)
    registry.promote("sentiment", "v1", **WHO, gate={"passed": False}, forced=True)
    registry.rollback("sentiment", by="cat", why="worse", now=NOW)
    seen = [(c.kind, c.by, c.from_version, c.to_version, c.why) for c in registry.history("sentiment")]
    assert seen == [
        ("register", "ben", None, "v1", ""),
        ("promote", "ana", SHIPPED.name, "v1", "better"),
        ("rollback", "cat", "v1", SHIPPED.name, "worse"),
    ]
    promoted = registry.history("sentiment")[1]
    assert (promoted.gate, promoted.forced, promoted.at) == ({"passed": False}, True, NOW.isoformat())


def test_promoting_what_was_promoted_changes_nothing(registry, tmp_path):
    registered(registry, tmp_path, "v1")
    first = registry.promote("sentiment", "v1", **WHO)
    assert registry.promote("sentiment", "v1", **WHO) == first
    assert len(registry.history("sentiment")) == 1


def test_a_promotion_that_compared_with_another_version_is_refused(registry, tmp_path):
    registered(registry, tmp_path, "v1", "v2")
    registry.promote("sentiment", "v1", **WHO)
    with pytest.raises(ArtifactError, match="compare again"):
        registry.promote("sentiment", "v2", **WHO, expected_generation=0)
    assert registry.alias("sentiment").current == "v1"


def test_the_shadow_is_set_ended_and_leaves_what_is_in_use(registry, tmp_path):
    registered(registry, tmp_path, "v1")
    alias = registry.set_shadow("sentiment", "v1", by="ana", now=NOW)
    assert (alias.shadow, alias.current, alias.generation) == ("v1", SHIPPED.name, 1)
    assert registry.entry("sentiment", "v1").shadow
    assert not alias.pinned
    assert registry.set_shadow("sentiment", None, by="ana", now=NOW).shadow is None
    registry.set_shadow("sentiment", "v1", by="ana", now=NOW)
    assert registry.promote("sentiment", "v1", **WHO).shadow is None


def test_rollback_restores_byte_identical_predictions(registry, tmp_path):
    texts, labels = reviews(60)
    unseen = reviews(40, start=500)[0]
    for version, n in (("v1", 40), ("v2", 60)):
        folder = fitted_folder(tmp_path / version, texts[:n], labels[:n], version=version)
        registry.register(folder)
    registry.promote("sentiment", "v1", **WHO)
    before = load_classifier(registry.current("sentiment"))[1].predict_proba(unseen)
    registry.promote("sentiment", "v2", **WHO)
    between = load_classifier(registry.current("sentiment"))[1].predict_proba(unseen)
    registry.rollback("sentiment", **WHO)
    after = load_classifier(registry.current("sentiment"))[1].predict_proba(unseen)
    assert after.tobytes() == before.tobytes()
    assert not np.array_equal(between, before)


def test_a_shipped_version_that_was_in_use_outlives_the_release_it_came_with(registry, tmp_path, monkeypatch):
    registered(registry, tmp_path, "v1")
    registry.promote("sentiment", "v1", **WHO)
    monkeypatch.setattr("data.artifacts.registry.shipped_versions", dict)
    back = registry.rollback("sentiment", **WHO)
    assert registry.current("sentiment") == registry.root / "sentiment" / SHIPPED.name
    assert verify_folder(registry.current("sentiment")).version == back.current


@pytest.mark.parametrize("field", ["task", "version"])
@pytest.mark.parametrize("name", ["../out", "a/b", "..", ".hidden", "", "a\\b", "a\0b", "C:", "x" * 200])
def test_names_that_lead_elsewhere_are_refused(registry, tmp_path, field, name):
    folder = empty_folder(tmp_path / "m", **{field: name})
    with pytest.raises(ArtifactError, match="names of tasks and versions"):
        registry.register(folder)
    assert not registry.home.exists() or not list(registry.home.rglob("manifest.json"))


@pytest.mark.parametrize("name", ["../sentiment", "/etc", "a/../b", "."])
def test_no_task_or_version_of_a_caller_leaves_the_registry(registry, tmp_path, name):
    registered(registry, tmp_path, "v1")
    for call in (
        lambda: registry.alias(name),
        lambda: registry.generation(name),
        lambda: registry.entry("sentiment", name),
        lambda: registry.promote("sentiment", name, **WHO),
        lambda: registry.set_shadow("sentiment", name, by="", now=NOW),
    ):
        with pytest.raises(ArtifactError):
            call()


def test_a_tampered_foreign_or_linked_folder_is_not_registered(registry, tmp_path):
    tampered = empty_folder(tmp_path / "tampered")
    (tampered / "card.md").write_text("other")
    foreign = empty_folder(tmp_path / "foreign")
    (foreign / "run.py").write_text("x")
    linked = empty_folder(tmp_path / "linked")
    shutil.move(linked / "weights.safetensors", tmp_path / "away")
    (linked / "weights.safetensors").symlink_to(tmp_path / "away")
    manifest_linked = empty_folder(tmp_path / "manifest-linked")
    shutil.move(manifest_linked / "manifest.json", tmp_path / "manifest-away.json")
    (manifest_linked / "manifest.json").symlink_to(tmp_path / "manifest-away.json")
    for folder in (tampered, foreign, linked, manifest_linked, tmp_path / "absent"):
        with pytest.raises(ArtifactError):
            registry.register(folder)
    assert [entry.version for entry in registry.versions("sentiment")] == ALL_SHIPPED
    assert not [path for path in registry.root.rglob("*") if path.name.endswith(".part")]


def test_a_version_tampered_with_after_registration_is_never_put_in_use(registry, tmp_path):
    registered(registry, tmp_path, "v1", "v2")
    registry.promote("sentiment", "v1", **WHO)
    registry.promote("sentiment", "v2", **WHO)
    weights = registry.root / "sentiment" / "v1" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x00\x01")
    for change in (
        lambda: registry.promote("sentiment", "v1", **WHO),
        lambda: registry.rollback("sentiment", **WHO),
        lambda: registry.set_shadow("sentiment", "v1", by="", now=NOW),
    ):
        with pytest.raises(ArtifactError, match="digest"):
            change()
    assert registry.alias("sentiment").current == "v2"


def test_a_folder_put_under_another_version_name_is_refused(registry, tmp_path):
    registered(registry, tmp_path, "v1")
    shutil.copytree(registry.root / "sentiment" / "v1", registry.root / "sentiment" / "v9")
    with pytest.raises(ArtifactError, match="another model"):
        registry.promote("sentiment", "v9", **WHO)


def test_links_in_the_registry_are_no_versions_and_no_tasks(registry, tmp_path):
    registered(registry, tmp_path, "v1")
    (registry.root / "sentiment" / "v2").symlink_to(tmp_path / "sentiment" / "v1")
    (registry.root / "aspect").symlink_to(tmp_path / "sentiment")
    assert "v2" not in registry.folders("sentiment")
    assert "aspect" not in registry.tasks()
    with pytest.raises(ArtifactError, match="link"):
        registry.generation("aspect")


def test_a_damaged_alias_is_said_and_nothing_is_guessed(registry, tmp_path):
    registered(registry, tmp_path, "v1")
    registry.promote("sentiment", "v1", **WHO)
    (registry.root / "sentiment" / ALIAS).write_text('{"alias": {"task": "sent')
    for call in (registry.alias, registry.generation, registry.current):
        with pytest.raises(ArtifactError, match="cannot be read"):
            call("sentiment")


def test_one_damaged_manifest_does_not_hide_the_other_versions(registry, tmp_path):
    registered(registry, tmp_path, "v1", "v2")
    (registry.root / "sentiment" / "v1" / "manifest.json").write_text("{")
    assert [entry.version for entry in registry.versions("sentiment")] == [*ALL_SHIPPED, "v2"]
    assert "v1" in registry.folders("sentiment")


def test_a_change_whose_line_was_lost_in_a_crash_is_still_in_the_history(registry, tmp_path):
    registered(registry, tmp_path, "v1", "v2")
    registry.promote("sentiment", "v1", **WHO)
    log = registry.root / "sentiment" / HISTORY
    log.write_bytes(log.read_bytes()[:40])
    assert [change.to_version for change in registry.history("sentiment")] == ["v1"]
    registry.promote("sentiment", "v2", **WHO)
    assert [change.to_version for change in registry.history("sentiment")] == ["v1", "v2"]
    lines = log.read_bytes().decode().splitlines()
    assert [json.loads(line)["to_version"] for line in lines[1:]] == ["v1", "v2"]


def test_when_the_version_in_use_is_deleted_it_is_said_and_rollback_helps(registry, tmp_path):
    registered(registry, tmp_path, "v1")
    registry.promote("sentiment", "v1", **WHO)
    shutil.rmtree(registry.root / "sentiment" / "v1")
    with pytest.raises(ArtifactError, match="rollback sentiment"):
        registry.current("sentiment")
    assert registry.rollback("sentiment", **WHO).current == SHIPPED.name


def test_a_change_of_an_unknown_task_leaves_no_folder(registry):
    with pytest.raises(NotFoundError):
        registry.promote("nothing", "v1", **WHO)
    with pytest.raises(NotFoundError):
        registry.rollback("nothing", **WHO)
    assert not registry.home.exists()


def test_a_name_becomes_the_folder_that_the_registry_has_in_use(registry, tmp_path):
    folder = empty_folder(tmp_path / "m")
    registry.register(folder)
    assert resolve_model("sentiment", None) == SHIPPED
    assert resolve_model("sentiment", None, home=registry.home) == SHIPPED
    registry.promote("sentiment", "v1", **WHO)
    own = registry.root / "sentiment" / "v1"
    for name in (None, "sentiment", "sentiment@v1", "v1"):
        assert resolve_model("sentiment", name, home=registry.home) == own
    assert resolve_model("sentiment", str(folder), home=registry.home) == folder
    assert resolve_model("sentiment", None) == SHIPPED
    with pytest.raises(NotFoundError):
        resolve_model("sentiment", "sentiment@v7", home=registry.home)
    with pytest.raises(NotFoundError):
        resolve_model("nothing", None, home=registry.home)


def test_a_sector_that_is_a_path_means_no_sector(registry):
    assert registry.current("sentiment", sector="/some/pack") == SHIPPED


def test_a_sector_of_its_own_goes_before_the_task(registry, tmp_path):
    registered(registry, tmp_path, "v1", task="sentiment.hotel")
    registry.promote("sentiment.hotel", "v1", **WHO)
    assert registry.in_use("sentiment", sector="hotel").name == "sentiment.hotel@v1"
    assert registry.in_use("sentiment", sector="bank").folder == Path(SHIPPED)
