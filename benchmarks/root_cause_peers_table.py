"""Figures of root causes beside peers as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

WANTED_AMI = 0.42
WANTED_UNASSIGNED = 0.15
WANTED_V_MEASURE = 0.60


def to_markdown(figures: Mapping[str, Any]) -> str:
    """Three tables: car complaints, shopping, hot topics."""
    about = figures["about"]
    lines = [
        "# Root causes of public texts, and peers",
        "",
        f"Commit {about['commit']}, {about['machine']}, Python {about['python']}, {about['date'][:10]}.",
    ]
    for name, part in (("car_complaints", _cars), ("shopping", _shopping), ("hot_topics", _topics)):
        lines += part(figures[name]) if name in figures else []
    return "\n".join(lines) + "\n"


def _cars(figures: Mapping[str, Any]) -> list[str]:
    head = ["", "seed", "causes", "unassigned", "AMI, assigned rows", "AMI, all, unassigned one group"]
    head += ["AMI, all, unassigned alone", "seconds"]
    lines = [
        "",
        "## Car complaints",
        "",
        f"{figures['n']:,} texts of {figures['n_types']} problem types; no labels, no number of causes (k-means is "
        f"told 48). Wanted: adjusted mutual information ≥ {WANTED_AMI} with at most "
        f"{WANTED_UNASSIGNED:.0%} unassigned.",
        "",
        _row(head),
        _row(["---"] * len(head)),
    ]
    for name, runs in figures["contenders"].items():
        if not isinstance(runs, list):
            lines.append(_row([name, runs["not_run"], *[""] * (len(head) - 2)]))
            continue
        lines += [_row([name, str(run["seed"]), *_run(run)]) for run in runs]
        if len(runs) > 1:
            lines.append(_row([f"**{name}**", "mean ± sd", *_mean(runs)]))
    return lines


_NAMES = ("n_causes", "unassigned", "ami_assigned", "ami_all_one_group", "ami_all_singletons", "seconds")


def _run(run: Mapping[str, Any]) -> list[str]:
    return [str(run["n_causes"]), *(f"{run[name]:.3f}" for name in _NAMES[1:-1]), f"{run['seconds']:.0f}"]


def _mean(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    values = {name: np.array([run[name] for run in runs], dtype=float) for name in _NAMES}
    cells = [f"{values['n_causes'].mean():.0f}"]
    cells += [f"{values[name].mean():.3f} ± {values[name].std(ddof=1):.3f}" for name in _NAMES[1:-1]]
    return [*cells, f"{values['seconds'].mean():.0f}"]


def _shopping(figures: Mapping[str, Any]) -> list[str]:
    return [
        "",
        "## Shopping, ten groups",
        "",
        f"{figures['n']:,} negative reviews, `--k 10`: V-measure against the category "
        f"**{figures['v_measure']:.3f}** (wanted ≥ {WANTED_V_MEASURE}), {figures['unassigned']:.1%} unassigned.",
    ]


def _topics(figures: Mapping[str, Any]) -> list[str]:
    head = ["topic", "where", "its texts", "cause or topic", "texts of it", "held", "purity by keyword"]
    head += ["rank by heat"]
    lines = [
        "",
        "## Hot topics of citizens' messages",
        "",
        f"{figures['n']:,} messages. Held: the part of the topic's texts (by keyword) in the cause or topic most like "
        "it. Purity by keyword errs downwards: not every text on a topic says the word.",
        "",
        _row(head),
        _row(["---"] * len(head)),
    ]
    for where in ("whole file", "its month"):
        for name, found in figures[where].items():
            place = f"{found['month']} ({found['n_rows']})" if "month" in found else where
            lines.append(_row([name, place, *_topic(found)]))
    return lines


def _topic(found: Mapping[str, Any]) -> list[str]:
    if found["cause"] is None:
        return [str(found["n_texts"]), "none", "", "", "", ""]
    return [
        str(found["n_texts"]),
        ("topic " if found["is_topic"] else "cause ") + found["cause"],
        str(found["n_of_cause"]),
        f"{found['held']:.2f}",
        f"{found['purity']:.2f}",
        f"{found['rank_by_heat']} of {found['n_listed']}",
    ]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
