from dataclasses import dataclass, replace

import numpy as np
import orjson
import pytest
from model_folders import NOW, empty_folder, fitted_folder, reviews

from data.artifacts import Registry
from models.core.errors import ArtifactError, FieldError, NotFoundError
from training.gate import BehaviourResult, check_release
from training.gate_release import ReleaseRequest, release


@dataclass(frozen=True)
class Rows:
    texts: tuple[str, ...]
    labels: tuple[str, ...]


def rows(n=120, *, start=1000):
    texts, labels = reviews(n, start=start)
    return Rows(tuple(texts), tuple(labels))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """``good`` and ``same`` learned the words, ``bad`` learned them the wrong way round in most rows."""
    root = tmp_path_factory.mktemp("models")
    texts, labels = reviews(160)
    turned = ["negative" if label == "positive" else "positive" for label in labels]
    wrong = [turned[i] if i % 3 else labels[i] for i in range(160)]
    return {
        "good": fitted_folder(root / "good", texts, labels, version="good"),
        "same": fitted_folder(root / "same", texts[:150], labels[:150], version="same"),
        "bad": fitted_folder(root / "bad", texts, wrong, version="bad"),
        "silent": fitted_folder(root / "silent", texts, labels, version="silent", keep_rows=False),
    }


def passing(classifier):
    return BehaviourResult(100, 97, ("negation-001",))


def test_an_equal_candidate_is_accepted_with_all_its_figures(folders):
    report = check_release(folders["same"], folders["good"], rows(), seed=1, behaviour=passing)
    assert report.passed, [check.en for check in report.refused]
    assert [check.name for check in report.checks] == [
        "files",
        "classes",
        "rows",
        "comparison",
        "calibration",
        "behaviour",
    ]
    figures = report.check("comparison").figures
    assert figures["n"] == 120
    assert figures["difference"]["accuracy"]["low"] <= 0 <= figures["difference"]["accuracy"]["high"]
    assert report.check("rows").figures["n_seen"] == 0
    assert report.check("calibration").figures["rows"] == "test"
    assert orjson.loads(orjson.dumps(report.to_dict()))["passed"] is True


def test_a_candidate_worse_beyond_noise_is_refused(folders):
    report = check_release(folders["bad"], folders["good"], rows(), seed=1)
    assert "comparison" in [check.name for check in report.refused]
    difference = report.check("comparison").figures["difference"]
    assert difference["accuracy"]["high"] < 0 and difference["macro_f1"]["high"] < 0
    assert "voc models diff" in report.check("comparison").zh


def test_a_better_candidate_is_accepted(folders):
    report = check_release(folders["good"], folders["bad"], rows(), seed=1)
    assert report.check("comparison").verdict == "passed"
    assert report.check("comparison").figures["difference"]["accuracy"]["low"] > 0


def test_one_test_row_that_was_fitted_on_refuses_the_candidate(folders):
    test = rows()
    leaked = reviews(1, start=40)
    test = replace(test, texts=(*test.texts, leaked[0][0] + " \n"), labels=(*test.labels, leaked[1][0]))
    check = check_release(folders["good"], None, test, seed=1).check("rows")
    assert check.verdict == "refused"
    assert (check.figures["n_seen"], check.figures["first_seen_rows"]) == (1, [121])


def test_a_candidate_that_hides_its_rows_is_refused(folders):
    check = check_release(folders["silent"], None, rows(), seed=1).check("rows")
    assert check.verdict == "refused" and "voc train" in check.zh


def test_rows_that_the_model_in_use_was_fitted_on_do_not_flatter_it(folders):
    seen, unseen = reviews(10, start=150), rows(60)
    test = Rows((*unseen.texts, *seen[0]), (*unseen.labels, *seen[1]))
    figures = check_release(folders["same"], folders["good"], test, seed=1).check("comparison").figures
    assert (figures["n"], figures["n_seen_by_current"]) == (60, 10)


def test_without_test_rows_only_the_first_model_of_a_task_passes(folders):
    assert check_release(folders["good"], None, None, seed=1).passed
    report = check_release(folders["good"], folders["same"], None, seed=1)
    assert [check.name for check in report.refused] == ["comparison"]
    assert "--test" in report.check("comparison").zh


def test_too_few_test_rows_prove_nothing(folders):
    check = check_release(folders["same"], folders["good"], rows(20), seed=1).check("comparison")
    assert check.verdict == "refused" and check.figures["n"] == 20


def test_badly_calibrated_scores_are_refused(folders):
    class Sure:
        """As right as the fitted one, and always sure."""

        def __init__(self, model):
            self.model, self.classes_ = model, model.classes_

        def predict_proba(self, texts):
            p = self.model.predict_proba(texts)
            return np.eye(2, dtype=np.float32)[p.argmax(axis=1)]

    from models.classify.catalog import load_classifier

    def load_sure(folder):
        manifest, model = load_classifier(folder)
        return manifest, Sure(model)

    test = rows(200)
    flipped = tuple(
        {"positive": "negative", "negative": "positive"}[label] if i % 5 == 0 else label
        for i, label in enumerate(test.labels)
    )
    test = replace(test, labels=flipped)
    check = check_release(folders["good"], None, test, seed=1, load=load_sure).check("calibration")
    assert check.verdict == "refused"
    assert check.figures["ece"] == pytest.approx(0.2, abs=0.02)
    assert check.figures["noise"] < 0.01


@pytest.mark.parametrize(("ece", "verdict"), [(0.02, "passed"), (0.0501, "refused"), (None, "refused")])
def test_without_test_rows_the_held_out_calibration_counts(tmp_path, ece, verdict):
    texts, labels = reviews(40)
    held_out = {} if ece is None else {"held_out_folds": {"n": 40, "ece": ece}}
    folder = fitted_folder(tmp_path / "m", texts, labels, metrics=held_out)
    assert check_release(folder, None, None, seed=1).check("calibration").verdict == verdict


def test_the_behaviour_suite_must_pass_and_not_fall_behind(folders):
    def suite(share_of):
        return lambda classifier: BehaviourResult(1000, share_of(classifier), ("irony-003",))

    low = check_release(folders["same"], folders["good"], rows(), behaviour=suite(lambda c: 949))
    assert low.check("behaviour").verdict == "refused"
    assert low.check("behaviour").figures["failures"] == ["irony-003"]
    calls = iter([960, 985])
    behind = check_release(folders["same"], folders["good"], rows(), behaviour=suite(lambda c: next(calls)))
    assert behind.check("behaviour").verdict == "refused"
    calls = iter([970, 985])
    near = check_release(folders["same"], folders["good"], rows(), behaviour=suite(lambda c: next(calls)))
    assert near.check("behaviour").verdict == "passed"


def test_a_tampered_or_unknown_candidate_is_one_refused_check(folders, tmp_path):
    texts, labels = reviews(40)
    tampered = fitted_folder(tmp_path / "m", texts, labels)
    (tampered / "card.md").write_text("better")
    unknown = empty_folder(tmp_path / "u", component="classifier.unheard_of.v1")
    for folder in (tampered, unknown):
        report = check_release(folder, folders["good"], rows(), seed=1)
        assert [(check.name, check.verdict) for check in report.checks] == [("files", "refused")]


def test_a_broken_model_in_use_does_not_keep_its_successor_out(folders, tmp_path):
    texts, labels = reviews(40)
    broken = fitted_folder(tmp_path / "m", texts, labels)
    (broken / "card.md").write_text("other")
    report = check_release(folders["good"], broken, rows(), seed=1)
    assert report.passed
    assert report.check("comparison").verdict == "skipped"


def test_sentiment_classes_of_other_names_are_refused(tmp_path):
    texts, labels = reviews(40)
    folder = fitted_folder(tmp_path / "m", texts, ["好评" if x == "positive" else "差评" for x in labels])
    check = check_release(folder, None, None, seed=1).check("classes")
    assert check.verdict == "refused" and "好评" in check.zh


def test_a_taxonomy_snapshot_must_cover_the_classes(tmp_path):
    texts, labels = reviews(40)
    named = ["退款" if label == "positive" else "物流" for label in labels]
    snapshot = {
        "name": "shop",
        "version": "1",
        "categories": [{"id": "refund", "zh": "退款", "en": "Refund"}],
    }
    mapped = {"categories_of_classes": {"物流": "refund"}}
    fields = {"task": "category.shop", "taxonomy": snapshot}
    lacking = fitted_folder(tmp_path / "a", texts, named, **fields)
    covered = fitted_folder(tmp_path / "b", texts, named, **fields, notes=mapped)
    check = check_release(lacking, None, None, seed=1).check("classes")
    assert (check.verdict, check.figures["missing"]) == ("refused", ["物流"])
    assert check_release(covered, None, None, seed=1).check("classes").verdict == "passed"


def test_a_model_of_another_task_is_refused(folders):
    report = check_release(folders["good"], None, None, seed=1, task="category.retail")
    assert report.check("classes").verdict == "refused"


def test_every_check_speaks_chinese_and_english(folders):
    reports = (
        check_release(folders["bad"], folders["good"], rows(), seed=1, behaviour=passing),
        check_release(folders["silent"], folders["good"], None, seed=1),
    )
    for check in (check for report in reports for check in report.checks):
        assert any("\u4e00" <= char <= "\u9fff" for char in check.zh)
        assert not any("\u4e00" <= char <= "\u9fff" for char in check.en)


def request(model, **changes):
    fields = {"task": "sentiment", "model": str(model), "by": "ana", "why": "", "now": NOW}
    return ReleaseRequest(**{**fields, **changes})


@pytest.fixture
def registry(tmp_path, folders):
    """``good`` is in use."""
    found = Registry(tmp_path / "home")
    found.register(folders["good"])
    found.promote("sentiment", "good", by="ben", why="", now=NOW)
    return found


def test_a_passing_candidate_is_registered_and_put_in_use(registry, folders):
    done = release(registry, request(folders["same"]), rows(), behaviour=passing)
    assert (done.promoted, done.forced, done.alias.current) == (True, False, "same")
    assert registry.current("sentiment").name == "same"
    assert registry.history("sentiment")[-1].gate["passed"] is True


def test_a_refused_candidate_changes_nothing_and_is_in_the_history(registry, folders):
    done = release(registry, request(folders["bad"]), rows(), behaviour=passing)
    assert (done.promoted, registry.current("sentiment").name) == (False, "good")
    last = registry.history("sentiment")[-1]
    assert (last.kind, last.to_version, "comparison" in last.gate["refused"]) == ("refuse", "bad", True)


def test_force_needs_a_reason_and_is_recorded(registry, folders):
    with pytest.raises(FieldError, match="--why"):
        release(registry, request(folders["bad"], force=True), rows())
    done = release(registry, request(folders["bad"], force=True, why="drill"), rows())
    assert (done.promoted, done.forced) == (True, True)
    last = registry.history("sentiment")[-1]
    assert (last.kind, last.forced, last.why, last.gate["passed"]) == ("promote", True, "drill", False)


def test_force_on_a_passing_candidate_is_no_force(registry, folders):
    done = release(registry, request(folders["same"], force=True, why="sure"), rows(), behaviour=passing)
    assert (done.promoted, done.forced) == (True, False)


def test_what_the_service_cannot_run_is_not_forced(registry, tmp_path):
    folder = empty_folder(tmp_path / "u", version="u", component="classifier.unheard_of.v1")
    done = release(registry, request(folder, force=True, why="please"), rows())
    assert (done.promoted, registry.current("sentiment").name) == (False, "good")


def test_a_candidate_of_another_task_or_an_unknown_version_is_said(registry, folders):
    with pytest.raises(ArtifactError, match="it is of task sentiment"):
        release(registry, request(folders["same"], task="category.retail"), rows())
    with pytest.raises(NotFoundError, match="version of sentiment"):
        release(registry, request("v77"), rows())


def test_a_model_for_a_sector_is_compared_with_what_that_sector_uses_now(registry, tmp_path):
    texts, labels = reviews(60)
    folder = fitted_folder(tmp_path / "h", texts, labels, task="sentiment.hotel", version="h1")
    done = release(registry, request(folder, task="sentiment.hotel"), rows(), behaviour=passing)
    assert done.report.current == "sentiment@good"
