"""Figures of the generated years as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.root_cause_measures import pooled_share

WANTED = {
    "recall": 0.9,
    "precision": 0.9,
    "precision_one_to_one": None,
    "same_id": 0.95,
    "same_id_of_all": None,
    "births": 0.9,
    "assigned": None,
    "assigned_rightly": None,
}
_TITLES = {
    "recall": "planted causes found",
    "precision": "causes that are one planted cause",
    "precision_one_to_one": "planted causes found / causes",
    "same_id": "same id over the months",
    "same_id_of_all": "… missed causes counted",
    "births": "births in their month",
    "assigned": "complaints with a cause",
    "assigned_rightly": "… with the right one",
}
PROMISES = {
    "same_digest_shuffled": "shuffled rows, same digest",
    "replay_same": "replay, same state",
    "replay_same_under_edits": "… under edits",
    "undo_restores_series": "undo restores the series",
    "undo_restores_clauses": "… and every clause",
    "replay_same_after_undo": "replay after undo",
}


def to_markdown(about: Mapping[str, Any], years: Sequence[Mapping[str, Any]]) -> str:
    """One table of shares per number of contacts a month, then kinships and promises."""
    lines = [
        "# Root causes of generated years",
        "",
        f"{about['machine']}, Python {about['python']}, {about['date'][:10]}; the commit of each year stands in "
        "the JSON. Shares as k/n; all years together with the 95 % Wilson interval.",
    ]
    for per_month in sorted({year["per_month"] for year in years}, reverse=True):
        own = [year for year in years if year["per_month"] == per_month]
        lines += ["", f"## {per_month:,} contacts a month", "", *_shares(own), "", *_kinships(own)]
    lines += ["", "## Promises", "", *_promises(years)]
    return "\n".join(lines) + "\n"


def _shares(years: Sequence[Mapping[str, Any]]) -> list[str]:
    head = ["", *(f"{year['sector']} {year['seed']}" for year in years), "all", "wanted"]
    lines = [_row(head), _row(["---"] * len(head))]
    for name, wanted in WANTED.items():
        cells = [f"{year[name]['k']}/{year[name]['n']} ({_number(year[name]['share'])})" for year in years]
        whole = pooled_share(year[name] for year in years)
        total = f"**{_number(whole['share'])}** ({whole['low']:.3f}–{whole['high']:.3f})"
        lines.append(_row([_TITLES[name], *cells, total, "" if wanted is None else f"≥ {wanted}"]))
    return lines


def _kinships(years: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [_row(["year", "planted", "month", "recognised", "nothing else named"]), _row(["---"] * 5)]
    for year in years:
        for item in year["kinships"]:
            planted = f"{' + '.join(item['parents'])} → {' + '.join(item['children'])}"
            missing = f" (no cause: {', '.join(item['missing'])})" if item["missing"] else ""
            said = ["yes" if item[name] else "no" for name in ("recognised", "exactly")]
            lines.append(
                _row(
                    [
                        f"{year['sector']} {year['seed']}",
                        planted,
                        item["month"] or "",
                        said[0] + missing,
                        said[1],
                    ]
                )
            )
    proposed = ", ".join(
        f"{year['sector']} {year['seed']}: {year['n_lineages_proposed']} + {year['n_merges_proposed']}"
        for year in years
    )
    return [*lines, "", f"Lineages + merges proposed in the whole year: {proposed}."]


def _promises(years: Sequence[Mapping[str, Any]]) -> list[str]:
    head = ["year", *PROMISES.values()]
    lines = [_row(head), _row(["---"] * len(head))]
    for year in years:
        name = f"{year['sector']} {year['seed']}, {year['per_month']:,}"
        lines.append(_row([name, *("yes" if year[key] else "**no**" for key in PROMISES)]))
    return lines


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
