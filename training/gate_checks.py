"""The checks of the release gate, one function each. What they need is loaded in ``training.gate``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.artifact.manifest import Manifest
from models.artifact.seen_rows import read_rows, seen_mask
from models.classify.calibration import expected_calibration_error
from models.classify.catalog import Classifier
from models.core.errors import InputError
from training.gate_comparison import (
    Answers,
    accuracy_and_f1,
    answers,
    ece_noise,
    paired_bootstrap,
    to_figures,
)
from training.gate_values import Behaviour, GateCheck, LabelledRows

MAX_ECE = 0.05
MIN_TEST_ROWS = 30
MIN_BEHAVIOUR_SHARE = 0.95
MAX_BEHAVIOUR_LOSS = 0.02
_N_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that the gate looks at. ``p``: of the test rows, ``(n_rows, n_classes)``, None without any."""

    folder: Path
    manifest: Manifest
    classifier: Classifier
    p: NDArray[np.float32] | None = None


def check_rows(candidate: Loaded, test: LabelledRows | None) -> GateCheck:
    """No test row was fitted on, as far as the digests in the model folder tell."""
    if test is None:
        return GateCheck(
            "rows", "skipped", "没有测试文件，未检查。用 --test 指定。", "No test file; give one with --test."
        )
    return check_seen_rows(candidate.folder, candidate.manifest, test.texts)


def check_seen_rows(folder: Path, manifest: Manifest, texts: Sequence[str]) -> GateCheck:
    """None of ``texts`` stands among the digests in the model folder."""
    fitted = read_rows(folder, manifest)
    if fitted is None:
        return GateCheck(
            "rows",
            "refused",
            "模型没有保存训练行的摘要，无法证明没有用测试行训练。请用当前版本的 voc train 重新训练。",
            "The model keeps no digests of its training rows, so nothing shows that it never saw the test rows. "
            "Train it again with this release of voc train.",
        )
    seen = seen_mask(texts, fitted)
    figures = {
        "n_test": len(seen),
        "n_fitted": len(fitted),
        "n_seen": int(seen.sum()),
        "share_seen": round(float(seen.mean()), 4),
        "first_seen_rows": [int(i) + 1 for i in np.flatnonzero(seen)[:_N_SHOWN]],
    }
    if seen.any():
        return GateCheck(
            "rows",
            "refused",
            f"测试文件 {len(seen)} 行中有 {seen.sum()} 行（{seen.mean():.1%}）被用来训练过，比较不可信。"
            "请换用没有参与训练的测试文件，或去掉这些行后重新训练。",
            f"{seen.sum()} of {len(seen)} test rows ({seen.mean():.1%}) were fitted on, so the figures prove "
            "nothing. Use other test rows, or train again without these.",
            figures,
        )
    return GateCheck(
        "rows",
        "passed",
        f"测试文件 {len(seen)} 行都没有参与训练。",
        f"None of the {len(seen)} test rows was fitted on.",
        figures,
    )


def check_comparison(
    candidate: Loaded, current: Loaded | None, test: LabelledRows | None, *, seed: int
) -> GateCheck:
    """Not worse than the model in use beyond noise, on the same rows that neither was fitted on."""
    if current is None:
        return GateCheck(
            "comparison", "skipped", "没有使用中的模型可比。", "There is no model in use to compare with."
        )
    if test is None:
        return GateCheck(
            "comparison",
            "refused",
            f"没有测试文件，无法与使用中的 {current.manifest.name} 比较。请用 --test 文件 --map text=列 --map label=列。",
            f"Without test rows nothing shows that it is no worse than {current.manifest.name}. "
            "Give them with --test FILE --map text=COLUMN --map label=COLUMN.",
        )
    kept = np.flatnonzero(_unseen_by(current, test))
    n_left_out = len(test.texts) - len(kept)
    if len(kept) < MIN_TEST_ROWS:
        return GateCheck(
            "comparison",
            "refused",
            f"可比较的测试行只有 {len(kept)} 行（另有 {n_left_out} 行使用中的模型训练时见过），"
            f"至少需要 {MIN_TEST_ROWS} 行。请换用更大的测试文件。",
            f"Only {len(kept)} test rows can be compared ({n_left_out} more were fitted on by the "
            f"model in use); {MIN_TEST_ROWS} are needed. Use a larger test file.",
            {"n": len(kept), "n_seen_by_current": n_left_out},
        )
    return _compared(candidate, current, test.labels, kept, seed=seed)


def check_calibration(candidate: Loaded, test: LabelledRows | None, *, seed: int) -> GateCheck:
    """Scores are as sure as they are right: on the test rows, else on held-out folds of the training rows."""
    if test is None:
        return _held_out_calibration(candidate.manifest)
    names = tuple(sorted(set(test.labels)))
    try:
        p = _answers(candidate, names).p
    except InputError as error:
        return GateCheck("calibration", "refused", error.message("zh"), error.message("en"))
    y = np.searchsorted(np.array(names), np.array(test.labels))
    ece, noise = expected_calibration_error(p, y), ece_noise(p, seed=seed)
    figures = {"ece": round(ece, 4), "noise": round(noise, 4), "limit": MAX_ECE, "n": len(y), "rows": "test"}
    return _calibration(ece, max(MAX_ECE, noise), figures, "测试文件", "the test rows")


def check_behaviour(
    candidate: Loaded,
    current: Loaded | None,
    behaviour: Behaviour | None,
    *,
    min_share: float = MIN_BEHAVIOUR_SHARE,
) -> GateCheck:
    """Hand-written cases of complaint language: nearly all pass, and not fewer than with the model in use."""
    if candidate.manifest.task.partition(".")[0] != "sentiment":
        return GateCheck(
            "behaviour", "skipped", "行为用例只用于情感模型。", "The suite is for sentiment only."
        )
    if behaviour is None:
        return GateCheck("behaviour", "skipped", "没有行为用例，未检查。", "There is no behaviour suite.")
    result = behaviour(candidate.classifier)
    before = behaviour(current.classifier) if current is not None else None
    figures = {
        "n": result.n,
        "n_passed": result.n_passed,
        "share": round(result.share, 4),
        "current_share": None if before is None else round(before.share, 4),
        "limit": min_share,
        "failures": list(result.failures)[:_N_SHOWN],
    }
    said_zh, said_en = (
        f"行为用例通过 {result.n_passed}/{result.n}",
        f"{result.n_passed} of {result.n} cases pass",
    )
    if result.share < min_share:
        return GateCheck(
            "behaviour",
            "refused",
            f"{said_zh}，低于 {min_share:.0%}。请看 failures 里的句子，补充这类训练行。",
            f"{said_en}, less than {min_share:.0%}. Look at the failures and add such training rows.",
            figures,
        )
    if before is not None and result.share < before.share - MAX_BEHAVIOUR_LOSS:
        return GateCheck(
            "behaviour",
            "refused",
            f"{said_zh}，比使用中的模型（{before.share:.1%}）低 2 个百分点以上。请看 failures 里的句子。",
            f"{said_en}, over 2 points less than with the model in use ({before.share:.1%}). See the failures.",
            figures,
        )
    return GateCheck("behaviour", "passed", f"{said_zh}。", f"{said_en}.", figures)


def _compared(
    candidate: Loaded, current: Loaded, labels: Sequence[str], kept: NDArray[np.int64], *, seed: int
) -> GateCheck:
    names = tuple(sorted(set(labels)))
    y = np.searchsorted(np.array(names), np.array(labels))[kept]
    try:
        new = _answers(candidate, names)
    except InputError as error:
        return GateCheck("comparison", "refused", error.message("zh"), error.message("en"))
    try:
        old = _answers(current, names)
    except InputError:
        return GateCheck(
            "comparison",
            "skipped",
            "使用中的模型不认识测试文件的任何标签（类别体系已换），无法比较。",
            "The model in use knows none of the labels (another taxonomy), so there is nothing to compare.",
        )
    return _verdict_of(
        y, new.predicted[kept], old.predicted[kept], seed=seed, n_left_out=len(labels) - len(kept)
    )


def _answers(model: Loaded, names: Sequence[str]) -> Answers:
    if model.p is None:
        raise ValueError("the model was not asked about the test rows")
    return answers(model.manifest.classes, model.p, names)


def _verdict_of(
    y: NDArray[np.int64], new: NDArray[np.int64], old: NDArray[np.int64], *, seed: int, n_left_out: int
) -> GateCheck:
    found = paired_bootstrap(y, new, old, seed=seed)
    figures = {
        "n": len(y),
        "n_seen_by_current": n_left_out,
        "n_other_label": int((new != old).sum()),
        "candidate": accuracy_and_f1(y, new),
        "current": accuracy_and_f1(y, old),
        "difference": to_figures(found),
    }
    a, f = found["accuracy"], found["macro_f1"]
    said_zh = (
        f"{len(y)} 行上与使用中的模型相比：准确率 {a.estimate:+.4f}（95% 区间 {a.low:+.4f} 到 {a.high:+.4f}），"
        f"宏平均 F1 {f.estimate:+.4f}（{f.low:+.4f} 到 {f.high:+.4f}）"
    )
    said_en = (
        f"Against the model in use on {len(y)} rows: accuracy {a.estimate:+.4f} (95 % interval {a.low:+.4f} to "
        f"{a.high:+.4f}), macro-F1 {f.estimate:+.4f} ({f.low:+.4f} to {f.high:+.4f})"
    )
    if a.high < 0 or f.high < 0:
        return GateCheck(
            "comparison",
            "refused",
            f"{said_zh}。变差超出误差范围，请用 voc models diff 看哪些行不同，改进训练数据后再来。",
            f"{said_en}. It is worse beyond noise: see the rows with voc models diff, mend the training data.",
            figures,
        )
    return GateCheck("comparison", "passed", f"{said_zh}。", f"{said_en}.", figures)


def _unseen_by(current: Loaded, test: LabelledRows) -> NDArray[np.bool_]:
    fitted = read_rows(current.folder, current.manifest)
    if fitted is None:
        return np.ones(len(test.texts), dtype=bool)
    return ~seen_mask(test.texts, fitted)


def _held_out_calibration(manifest: Manifest) -> GateCheck:
    held_out = manifest.metrics.get("held_out_folds", {})
    ece = held_out.get("ece") if isinstance(held_out, dict) else None
    if not isinstance(ece, int | float):
        return GateCheck(
            "calibration",
            "refused",
            "模型里没有校准误差，也没有测试文件。请用 --test 指定测试文件。",
            "There is neither a calibration error in the model nor a test file; give one with --test.",
        )
    figures = {"ece": ece, "limit": MAX_ECE, "n": held_out.get("n"), "rows": "held_out_folds"}
    return _calibration(float(ece), MAX_ECE, figures, "训练时留出的行", "rows held out in training")


def _calibration(ece: float, limit: float, figures: dict[str, object], zh: str, en: str) -> GateCheck:
    if ece > limit or np.isnan(ece):
        return GateCheck(
            "calibration",
            "refused",
            f"{zh}上的校准误差 {ece:.3f} 超过 {limit:.3f}，分数不可信。请用更多、与实际来源一致的行重新训练。",
            f"The calibration error on {en} is {ece:.3f}, over {limit:.3f}: scores cannot be believed. "
            "Train again with more rows of the kind that is served.",
            figures,
        )
    return GateCheck(
        "calibration",
        "passed",
        f"{zh}上的校准误差 {ece:.3f}。",
        f"Calibration error on {en}: {ece:.3f}.",
        figures,
    )
