"""The gate for tasks whose answer to a text is a set (aspects, opinions): micro-F1 over hits and misses per row.

Who owns such a task counts, per test row, what was found rightly, found wrongly and missed; the gate does the
rest, as for classifiers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.artifact.folder import verify_folder
from models.artifact.manifest import Manifest
from models.artifact.seen_rows import read_rows, seen_mask
from models.core.errors import VocError
from training.gate_checks import MAX_ECE, MIN_TEST_ROWS, check_seen_rows
from training.gate_comparison import N_DRAWS, Difference, to_figures
from training.gate_values import GateCheck, GateReport

CountRows = Callable[[Path], NDArray[np.int64]]
"""Of a model folder: right, wrong and missed answers per test row, shape ``(n_rows, 3)``."""
_CHUNK = 200


def check_counted_release(
    candidate: Path, current: Path | None, texts: Sequence[str], count_rows: CountRows, *, seed: int = 13
) -> GateReport:
    """Judge ``candidate`` by micro-F1 on the rows of ``texts``. A folder that cannot be used is a refused check."""
    try:
        manifest = verify_folder(candidate)
        new = count_rows(candidate)
    except VocError as error:
        check = GateCheck("files", "refused", error.message("zh"), error.message("en"))
        return GateReport(candidate.name, None, 0, seed, (check,))
    checks = [
        GateCheck("files", "passed", "文件与清单一致，组件已知。", "Files match; the component is known."),
        check_seen_rows(candidate, manifest, texts),
        _calibration(manifest),
    ]
    in_use = None
    if current is not None:
        try:
            in_use = verify_folder(current)
            checks.append(_comparison(new, count_rows(current), _fair(current, in_use, texts), seed))
        except VocError as error:
            said = ("使用中的模型无法读取，不作比较：", "The model in use cannot be read: ")
            checks.append(
                GateCheck(
                    "comparison", "skipped", said[0] + error.message("zh"), said[1] + error.message("en")
                )
            )
    name = in_use.name if in_use else None
    return GateReport(manifest.name, name, len(texts), seed, tuple(checks))


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


def _calibration(manifest: Manifest) -> GateCheck:
    """On the figures in the manifest, where it has one."""
    held_out = manifest.metrics.get("held_out_folds")
    ece = held_out.get("ece") if isinstance(held_out, dict) else None
    if not isinstance(ece, int | float):
        return GateCheck(
            "calibration", "skipped", "模型没有给出校准误差。", "The model states no calibration error."
        )
    zh, en = (
        f"训练时留出的行上的校准误差 {ece:.3f}",
        f"Calibration error on rows held out in training: {ece:.3f}",
    )
    figures = {"ece": ece, "limit": MAX_ECE, "rows": "held_out_folds"}
    if ece <= MAX_ECE:
        return GateCheck("calibration", "passed", f"{zh}。", f"{en}.", figures)
    return GateCheck(
        "calibration",
        "refused",
        f"{zh}，超过 {MAX_ECE}。请用更多行重新训练。",
        f"{en}, over {MAX_ECE}. Train again with more rows.",
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
