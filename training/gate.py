"""The release gate: may this model take the place of the one in use?

Six checks: ``files`` (digests, known component), ``classes`` (those the service can use), ``rows`` (no test
row was fitted on), ``comparison`` (not worse than the model in use beyond noise), ``calibration``,
``behaviour`` (hand-written sentiment cases).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from models.artifact.folder import load_manifest
from models.artifact.manifest import Manifest
from models.classify.catalog import Classifier, load_classifier
from models.core.errors import VocError
from training.gate_checks import (
    MIN_BEHAVIOUR_SHARE,
    Loaded,
    check_behaviour,
    check_calibration,
    check_comparison,
    check_rows,
)
from training.gate_classes import check_classes
from training.gate_values import Behaviour, BehaviourResult, GateCheck, GateReport, LabelledRows

Load = Callable[[Path], tuple[Manifest, Classifier]]


__all__ = ["Behaviour", "BehaviourResult", "GateCheck", "GateReport", "LabelledRows", "check_release"]


def check_release(
    candidate: Path,
    current: Path | None,
    test: LabelledRows | None,
    *,
    seed: int = 13,
    behaviour: Behaviour | None = None,
    task: str | None = None,
    min_behaviour_share: float = MIN_BEHAVIOUR_SHARE,
    load: Load = load_classifier,
) -> GateReport:
    """Judge ``candidate`` against ``current`` (None: nothing is in use yet) on labelled rows of neither.

    ``load`` opens a model folder; give one that finds the encoders where models need them. Never raises for a
    broken model: a folder that cannot be loaded is a refused check. The same arguments
    give the same report. Without ``test`` a candidate passes only where nothing is in use.
    """
    new = _loaded(candidate, test, load)
    if isinstance(new, GateCheck):
        return GateReport(_name_of(candidate), None, 0, seed, (new,))
    old = _loaded(current, test, load) if current is not None else None
    checks = [_files_check(old)]
    in_use = old if isinstance(old, Loaded) else None
    checks += [
        check_classes(new.manifest, task),
        check_rows(new, test),
        check_comparison(new, in_use, test, seed=seed),
        check_calibration(new, test, seed=seed),
        check_behaviour(new, in_use, behaviour, min_share=min_behaviour_share),
    ]
    n_test = len(test.texts) if test is not None else 0
    return GateReport(
        new.manifest.name, in_use.manifest.name if in_use else None, n_test, seed, tuple(checks)
    )


def _loaded(folder: Path, test: LabelledRows | None, load: Load) -> Loaded | GateCheck:
    try:
        manifest, classifier = load(folder)
        p = classifier.predict_proba(test.texts) if test is not None else None
    except VocError as error:
        return GateCheck("files", "refused", error.message("zh"), error.message("en"))
    return Loaded(folder, manifest, classifier, p)


def _files_check(old: Loaded | GateCheck | None) -> GateCheck:
    if isinstance(old, GateCheck):
        return GateCheck(
            "files",
            "passed",
            f"文件与清单一致。使用中的模型无法读取，不作比较：{old.zh}",
            f"The files match the manifest. The model in use cannot be read and is not compared: {old.en}",
        )
    return GateCheck("files", "passed", "文件与清单一致，组件已知。", "Files match; the component is known.")


def _name_of(folder: Path) -> str:
    try:
        return load_manifest(folder).name
    except VocError:
        return folder.name
