"""The gate for tasks whose answer to a text is a set (aspects, opinions): micro-F1 over hits and misses per row.

Who owns such a task says, per test row, what was found rightly, found wrongly and missed
(``training.gate_rows``); the gate does the rest, as for classifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.artifact.folder import verify_folder
from models.artifact.manifest import Manifest
from models.artifact.seen_rows import read_rows, seen_mask
from models.classify.calibration import expected_calibration_error
from models.core.errors import InputError, RowError, VocError
from training.gate_checks import MAX_ECE, MIN_TEST_ROWS, check_seen_rows
from training.gate_comparison import N_DRAWS, Difference, ece_noise, to_figures
from training.gate_values import GateCheck, GateReport

_CHUNK = 200
MIN_ANSWERS = 30
"""With fewer answers on the test rows, calibration is judged by the figures in the manifest."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model says of the test rows.

    ``counts``: right, wrong and missed answers per row, ``(n_rows, 3)``. ``scores`` of all answers given, in
    [0, 1], and whether each is ``right``, ``(n_answers,)``; empty where a model states none.
    """

    counts: NDArray[np.int64]
    scores: NDArray[np.float64]
    right: NDArray[np.bool_]


AnswerRows = Callable[[Path], Answered]
"""Of a model folder. Raises ``VocError`` for a broken one, ``InputError`` where it knows none of the labels."""


@dataclass(frozen=True, slots=True)
class CountedRows:
    """Test rows: ``texts`` as the digests of a model's training rows are made of, and how models answer them."""

    texts: tuple[str, ...]
    answer: AnswerRows
    rejected: tuple[RowError, ...] = ()


def check_counted_release(
    candidate: Path, current: Path | None, test: CountedRows | None, *, seed: int = 13
) -> GateReport:
    """Judge ``candidate`` by micro-F1 on ``test``. A folder that cannot be used is a refused check.

    Without ``test`` a candidate passes only where nothing is in use.
    """
    try:
        manifest = verify_folder(candidate)
    except VocError as error:
        return _broken(candidate.name, error, seed)
    if test is None:
        return _untested(manifest, current, seed)
    try:
        new = test.answer(candidate)
    except InputError as error:
        unable = GateCheck("comparison", "refused", error.message("zh"), error.message("en"))
        return GateReport(manifest.name, None, len(test.texts), seed, (_whole(), unable))
    except VocError as error:
        return _broken(manifest.name, error, seed)
    name, comparison = _against(current, new, test, seed)
    checks = (
        _whole(),
        check_seen_rows(candidate, manifest, test.texts),
        comparison,
        _calibration(new, manifest, seed),
    )
    return GateReport(manifest.name, name, len(test.texts), seed, checks)


def _whole() -> GateCheck:
    return GateCheck("files", "passed", "文件与清单一致，组件已知。", "Files match; the component is known.")


def _broken(name: str, error: VocError, seed: int) -> GateReport:
    check = GateCheck("files", "refused", error.message("zh"), error.message("en"))
    return GateReport(name, None, 0, seed, (check,))


def _untested(manifest: Manifest, current: Path | None, seed: int) -> GateReport:
    name = current_name(current)
    no_rows = GateCheck(
        "rows", "skipped", "没有测试文件，未检查。用 --test 指定。", "No test file; give one with --test."
    )
    nothing = ("comparison", "没有使用中的模型可比。", "There is no model in use to compare with.")
    comparison = GateCheck(nothing[0], "skipped", *nothing[1:])
    if current is not None:
        comparison = GateCheck(
            "comparison",
            "refused",
            f"没有测试文件，无法与使用中的 {name} 比较。请用 --test 指定标注文件，格式与 voc train 相同。",
            f"Without test rows nothing shows that it is no worse than {name}. Give them with --test FILE, in the "
            "form that voc train reads.",
        )
    whole = GateCheck("files", "passed", "文件与清单一致。", "The files match the manifest.")
    return GateReport(manifest.name, name, 0, seed, (whole, no_rows, comparison, _stated(manifest)))


def current_name(current: Path | None) -> str | None:
    """``task@version`` of the model in use, the folder's name where it is broken."""
    if current is None:
        return None
    try:
        return verify_folder(current).name
    except VocError:
        return current.name


def _against(
    current: Path | None, new: Answered, test: CountedRows, seed: int
) -> tuple[str | None, GateCheck]:
    if current is None:
        return None, GateCheck(
            "comparison", "skipped", "没有使用中的模型可比。", "There is no model in use to compare with."
        )
    try:
        in_use = verify_folder(current)
        old = test.answer(current)
    except VocError as error:
        said = (
            "使用中的模型无法读取或不认识这些标签，不作比较：",
            "The model in use cannot answer these rows: ",
        )
        return current_name(current), GateCheck(
            "comparison", "skipped", said[0] + error.message("zh"), said[1] + error.message("en")
        )
    fair = _fair(current, in_use, test.texts)
    return in_use.name, _comparison(new.counts, old.counts, fair, seed)


def paired_bootstrap_micro(
    candidate: NDArray[np.int64], current: NDArray[np.int64], *, seed: int, n_draws: int = N_DRAWS
) -> Difference:
    """Micro-F1 of ``candidate`` minus ``current``, counts ``(n_rows, 3)`` of the same rows, which are drawn anew."""
    both = np.hstack([candidate, current]).astype(np.float64)
    n = len(both)
    rng = np.random.default_rng(seed)
    drawn = [
        _micro_difference(rng.multinomial(n, np.full(n, 1 / n), size=min(_CHUNK, n_draws - at)) @ both)
        for at in range(0, n_draws, _CHUNK)
    ]
    low, high = np.percentile(np.concatenate(drawn), [2.5, 97.5])
    whole = _micro_difference(both.sum(axis=0)[None])
    return Difference(float(whole[0]), float(low), float(high))


def micro_f1(counts: NDArray[np.int64]) -> float:
    """Of counts ``(n_rows, 3)``; 0 where nothing was there and nothing found."""
    return float(_f1(counts.sum(axis=0)[None].astype(np.float64))[0])


def _comparison(
    new: NDArray[np.int64], old: NDArray[np.int64], fair: NDArray[np.bool_], seed: int
) -> GateCheck:
    n = int(fair.sum())
    if n < MIN_TEST_ROWS:
        return GateCheck(
            "comparison",
            "refused",
            f"可比较的测试行只有 {n} 行，至少需要 {MIN_TEST_ROWS} 行。请换用更大的测试文件。",
            f"Only {n} test rows can be compared; {MIN_TEST_ROWS} are needed. Use a larger test file.",
            {"n": n},
        )
    found = paired_bootstrap_micro(new[fair], old[fair], seed=seed)
    figures = {
        "n": n,
        "n_seen_by_current": len(fair) - n,
        "candidate": {"micro_f1": round(micro_f1(new[fair]), 4)},
        "current": {"micro_f1": round(micro_f1(old[fair]), 4)},
        "difference": to_figures({"micro_f1": found}),
    }
    zh = f"{n} 行上与使用中的模型相比：微平均 F1 {found.estimate:+.4f}（95% 区间 {found.low:+.4f} 到 {found.high:+.4f}）"
    en = (
        f"Against the model in use on {n} rows: micro-F1 {found.estimate:+.4f} "
        f"(95 % interval {found.low:+.4f} to {found.high:+.4f})"
    )
    if found.high < 0:
        return GateCheck(
            "comparison",
            "refused",
            f"{zh}。变差超出误差范围，请改进训练数据后再来。",
            f"{en}. It is worse beyond noise: mend the training data.",
            figures,
        )
    return GateCheck("comparison", "passed", f"{zh}。", f"{en}.", figures)


def _calibration(found: Answered, manifest: Manifest, seed: int) -> GateCheck:
    """Scores of the answers given on the test rows; with few of them, the figures in the manifest."""
    if len(found.scores) < MIN_ANSWERS:
        return _stated(manifest)
    # As a two-class problem, so that the confidence is that of the answer given.
    p = np.column_stack([found.scores, np.zeros_like(found.scores)]).astype(np.float32)
    ece, noise = expected_calibration_error(p, (~found.right).astype(np.int64)), ece_noise(p, seed=seed)
    figures = {
        "ece": round(ece, 4),
        "noise": round(noise, 4),
        "limit": MAX_ECE,
        "n": len(found.scores),
        "rows": "test",
    }
    zh, en = f"测试文件上 {len(found.scores)} 个答案", f"{len(found.scores)} answers on the test rows"
    return _calibrated(ece, max(MAX_ECE, noise), figures, zh, en)


def _stated(manifest: Manifest) -> GateCheck:
    """On the figures in the manifest, where it has one."""
    parts = [part for part in manifest.metrics.values() if isinstance(part, dict)]
    ece = next((part["ece"] for part in parts if isinstance(part.get("ece"), int | float)), None)
    if ece is None:
        return GateCheck(
            "calibration", "skipped", "模型没有给出校准误差。", "The model states no calibration error."
        )
    figures = {"ece": ece, "limit": MAX_ECE, "rows": "held_out_folds"}
    return _calibrated(float(ece), MAX_ECE, figures, "训练时留出的行", "rows held out in training")


def _calibrated(ece: float, limit: float, figures: dict[str, object], zh: str, en: str) -> GateCheck:
    if ece <= limit:
        return GateCheck(
            "calibration",
            "passed",
            f"{zh}的校准误差 {ece:.3f}。",
            f"Calibration error of {en}: {ece:.3f}.",
            figures,
        )
    return GateCheck(
        "calibration",
        "refused",
        f"{zh}的校准误差 {ece:.4f} 超过 {limit:.4f}，分数不可信。请用更多、与实际来源一致的行重新训练。",
        f"The calibration error of {en} is {ece:.4f}, over {limit:.4f}: scores cannot be believed. Train again with "
        "more rows of the kind that is served.",
        figures,
    )


def _fair(current: Path, manifest: Manifest, texts: Sequence[str]) -> NDArray[np.bool_]:
    fitted = read_rows(current, manifest)
    return np.ones(len(texts), dtype=bool) if fitted is None else ~seen_mask(texts, fitted)


def _micro_difference(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return _f1(sums[:, :3]) - _f1(sums[:, 3:])


def _f1(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    right, wrong, missed = sums[:, 0], sums[:, 1], sums[:, 2]
    return np.asarray(2 * right / np.maximum(2 * right + wrong + missed, 1))
