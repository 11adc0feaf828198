"""Figures of the model comparison as a Markdown table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = "| model | accuracy | macro-F1 | top-{top} | ECE (by chance) | texts/s (a core) | fitting, s | rows | commit |"


def to_markdown(about: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> str:
    """One table a task; what did not run says why."""
    lines = [
        "# Models and peers",
        "",
        f"Fitted on `train.csv`, measured on `test.csv` of the shared data; seed {about['seed']}, commit "
        f"{about['commit']}, {about['machine']}, Python {about['python']}, {about['date'][:10]}. Intervals are "
        "95 % (accuracy: Wilson; macro-F1: bootstrap). Texts a second by the clock and, in brackets, by "
        "processor time: one process, one batch, from text to label, words cut where a model needs words. ECE: 15 bins, and what a perfectly calibrated model with "
        "the same scores would show. Rows: learned from / measured on; slow peers get a sample.",
    ]
    for task in tasks:
        lines += ["", f"## {task['name']}", "", *_table(task)]
    return "\n".join(lines) + "\n"


def _table(task: Mapping[str, Any]) -> list[str]:
    top = task["top"] or 3
    head = _HEAD.format(top=top)
    lines = [
        f"`{task['file']}`, {task['n_train']:,} rows to learn from, {task['n_test']:,} to measure on, "
        f"{task['mean_chars']} characters on average, {task['n_classes']} classes.",
        "",
        head,
        "|" + "---|" * head.count(" | ") + "---|",
    ]
    return lines + [_row(name, figures) for name, figures in task["models"].items()]


def _row(name: str, figures: Mapping[str, Any]) -> str:
    if "not_run" in figures:
        return f"| {name} | {figures['not_run']} | | | | | | | |"
    low, high = figures["accuracy_interval"]
    f1_low, f1_high = figures["macro_f1_interval"]
    cells = [
        name,
        f"{figures['accuracy']:.4f} ({low:.3f}–{high:.3f})",
        f"{figures['macro_f1']:.4f} ({f1_low:.3f}–{f1_high:.3f})",
        "" if figures["top_accuracy"] is None else f"{figures['top_accuracy']:.4f}",
        "labels only" if figures["ece"] is None else f"{figures['ece']:.3f} ({figures['ece_by_chance']:.3f})",
        f"{figures['docs_per_second']:,.0f} ({figures['docs_per_cpu_second']:,.0f})",
        f"{figures['fit_seconds']:.1f}",
        f"{figures['n_train']:,} / {figures['n']:,}",
        figures.get("commit", ""),
    ]
    return "| " + " | ".join(cells) + " |"
