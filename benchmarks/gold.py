"""Experience marks against the hand-labelled dialogues: ``python -m benchmarks.gold [dev|test]``.

Reads ``tests/gold/<part>/<sector>.yaml``, analyses every dialogue as the service would, and scores each kind of mark:
precision, recall and F1 over pairs that both sides name, with every item and every error listed. ``test`` is scored
once per change of method. Writes ``benchmarks/results/gold-<part>-<date>.json`` where ``--out`` is given.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.__main__ import _about
from models.analysis.prepare import prepare
from models.analysis.values import with_spans
from models.core.transcript import Speaker, Transcript, Turn
from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.text.align import Span

GOLD = Path(__file__).parents[1] / "tests" / "gold"
SECTORS = ("automotive", "retail", "telecom", "hotel")
KINDS = (
    "step",
    "touchpoint",
    "promise",
    "broken_promise",
    "expectation",
    "survey",
    "wait",
    "demand",
    "churn",
    "exposure",
)
_ANSWERS = {True: "yes", False: "no"}
Item = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class GoldDialogue:
    """``marks`` has one list per kind, as in the file. ``sector`` names the pack."""

    id: str
    sector: str
    turns: tuple[tuple[str, str], ...]
    plain: Mapping[str, Any]

    def transcript(self) -> Transcript:
        from datetime import UTC, datetime

        turns = tuple(Turn(Speaker(speaker), text) for speaker, text in self.turns)
        return Transcript(turns, datetime(2024, 3, 1, tzinfo=UTC), external_id=self.id)

    def span(self, place: Mapping[str, Any]) -> tuple[int, int]:
        """Where a quote stands in the joined text. Raises ``ValueError`` where it does not."""
        before = sum(len(text) + 1 for _, text in self.turns[: place["turn"]])
        start = before + self.turns[place["turn"]][1].index(place["quote"])
        return start, start + len(place["quote"])


@dataclass(slots=True)
class Score:
    """Counts of one kind, by item; ``errors`` as (dialogue, missed or false, what)."""

    hits: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    errors: list[tuple[str, str, str]] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        items = sorted({*self.hits, *self.false, *self.missed})
        rows = {item: _prf(self.hits[item], self.false[item], self.missed[item]) for item in items}
        total = _prf(self.hits.total(), self.false.total(), self.missed.total())
        return {**total, "items": rows}


def load_gold(part: str, sectors: Iterable[str] = SECTORS) -> list[GoldDialogue]:
    """Dialogues of ``dev`` or ``test``, in the order of the files; a sector without a file has none."""
    found = []
    for sector in sectors:
        path = GOLD / part / f"{sector}.yaml"
        for plain in yaml.safe_load(path.read_text("utf-8")) if path.is_file() else ():
            turns = tuple(next(iter(turn.items())) for turn in plain["turns"])
            found.append(GoldDialogue(plain["id"], sector, turns, plain))
    return found


def score(
    dialogues: Sequence[GoldDialogue],
    marks_of: Callable[[GoldDialogue], Sequence[Mark]],
    catalogs: Mapping[str, ExperienceCatalog],
) -> dict[str, Score]:
    """One ``Score`` per kind."""
    scores = {kind: Score() for kind in KINDS}
    for dialogue in dialogues:
        marks, catalog = marks_of(dialogue), catalogs[dialogue.sector]
        for kind in ("step", "touchpoint", "demand", "churn", "exposure", "survey"):
            _count_sets(
                scores[kind], dialogue, _gold_items(dialogue, kind), _found_items(marks, catalog, kind)
            )
        for kind in ("promise", "broken_promise", "expectation", "wait"):
            _count_places(scores[kind], dialogue, _gold_places(dialogue, kind), _found_places(marks, kind))
    return scores


def _gold_items(dialogue: GoldDialogue, kind: str) -> set[Item]:
    plain = dialogue.plain
    if kind == "survey":
        return {
            (row["item"], _ANSWERS.get(row["answer"], row["answer"])) for row in plain.get("survey") or ()
        }
    lists = {"step": "steps", "touchpoint": "touchpoints", "demand": "demands"}
    names = {"demand": "kind", "churn": "reason", "exposure": "to"}
    name = names.get(kind, kind)
    return {(str(row[name]), row["turn"]) for row in plain.get(lists.get(kind, kind)) or ()}


def _found_items(marks: Sequence[Mark], catalog: ExperienceCatalog, kind: str) -> set[Item]:
    own = [mark for mark in marks if mark.kind == kind]
    if kind == "survey":
        return {(catalog.label(kind, mark.value), mark.detail) for mark in own}
    return {(catalog.label(kind, mark.value), mark.turn) for mark in own}


def _count_sets(score: Score, dialogue: GoldDialogue, gold: set[Item], found: set[Item]) -> None:
    score.hits.update(str(item[0]) for item in gold & found)
    for name, counter, items in (
        ("missed", score.missed, gold - found),
        ("false", score.false, found - gold),
    ):
        counter.update(str(item[0]) for item in items)
        score.errors += [(dialogue.id, name, f"{item[0]} {item[1]}") for item in sorted(items, key=str)]


Place = tuple[str, int, int, float]
"""Item, start, end, amount."""


def _gold_places(dialogue: GoldDialogue, kind: str) -> list[Place]:
    plain = dialogue.plain
    if kind == "wait":
        return [("wait", *dialogue.span(row), float(row["minutes"])) for row in plain.get("waits") or ()]
    if kind == "expectation":
        return [(row["gap"], *dialogue.span(row), 0.0) for row in plain.get("expectations") or ()]
    rows = plain.get("promises") or ()
    wanted = [row for row in rows if kind == "promise" or row["status"] == "broken"]
    return [("promise" if kind == "promise" else row["status"], *dialogue.span(row), 0.0) for row in wanted]


def _found_places(marks: Sequence[Mark], kind: str) -> list[Place]:
    if kind == "wait":
        return [("wait", m.start, m.end, m.amount or 0.0) for m in marks if m.kind == "wait"]
    if kind == "expectation":
        return [(m.value, m.start, m.end, 0.0) for m in marks if m.kind == "expectation"]
    own = [m for m in marks if m.kind == "promise" and (kind == "promise" or m.value == "broken")]
    return [("promise" if kind == "promise" else m.value, m.start, m.end, 0.0) for m in own]


def _count_places(
    score: Score, dialogue: GoldDialogue, gold: Sequence[Place], found: Sequence[Place]
) -> None:
    """One to one, in order of place: the same item, overlapping, amounts within five per cent."""
    text = "\n".join(said for _, said in dialogue.turns)
    left = list(found)
    for item, start, end, amount in gold:
        match = next(
            (f for f in left if f[0] == item and f[1] < end and start < f[2] and _near(f[3], amount)), None
        )
        if match is None:
            score.missed[item] += 1
            score.errors.append((dialogue.id, "missed", f"{item} {text[start:end]} {amount or ''}"))
            continue
        left.remove(match)
        score.hits[item] += 1
    for item, start, end, amount in left:
        score.false[item] += 1
        score.errors.append((dialogue.id, "false", f"{item} {text[start:end]} {amount or ''}"))


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= 0.05 * max(abs(one), abs(other))


def _prf(hits: int, false: int, missed: int) -> dict[str, Any]:
    precision = hits / (hits + false) if hits + false else 0.0
    recall = hits / (hits + missed) if hits + missed else 0.0
    f1 = 2 * hits / (2 * hits + false + missed) if hits + false + missed else 0.0
    return {
        "n": hits + missed,
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "f1": round(f1, 3),
    }


def analyse(dialogues: Sequence[GoldDialogue]) -> tuple[dict[str, list[Mark]], dict[str, ExperienceCatalog]]:
    """Marks by dialogue id, by the models that ship, and the catalogues by sector."""
    from data.packs.experience import load_experience
    from service.building import build_analyzer
    from service.settings import Settings

    marks: dict[str, list[Mark]] = {}
    for sector in sorted({dialogue.sector for dialogue in dialogues}):
        analyzer = build_analyzer(Settings(sector=sector, home=Path("/nonexistent"), _env_file=None))  # type: ignore[call-arg]
        own = [dialogue for dialogue in dialogues if dialogue.sector == sector]
        found = analyzer.analyze_transcripts([dialogue.transcript() for dialogue in own])
        for dialogue, item in zip(own, found, strict=True):
            plain = with_spans((item.analysis.experience or {}).get("marks", ()), _to_raw(dialogue))
            marks[dialogue.id] = [Mark.from_dict(dict(mark)) for mark in plain]
    return marks, {sector: load_experience(sector) for sector in {d.sector for d in dialogues}}


def _to_raw(dialogue: GoldDialogue) -> Callable[[int, int], Span]:
    """From the masked text, which marks count over, to the text as written, which quotes stand in."""
    return prepare(dialogue.transcript().turns).masked.to_raw


def main(arguments: list[str] | None = None) -> int:
    """Print a table; ``--errors KIND`` lists what was missed and what was false."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gold")
    parser.add_argument("part", nargs="?", default="dev", choices=("dev", "test"))
    parser.add_argument("--sectors", default=",".join(SECTORS))
    parser.add_argument("--errors", default="", help="kinds with commas")
    parser.add_argument("--items", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    dialogues = load_gold(options.part, options.sectors.split(","))
    marks, catalogs = analyse(dialogues)
    scores = score(dialogues, lambda dialogue: marks[dialogue.id], catalogs)
    figures = {kind: scored.figures() for kind, scored in scores.items()}
    _print(figures, len(dialogues), items=options.items)
    for kind in filter(None, options.errors.split(",")):
        for error in scores[kind].errors:
            print(kind, *error)
    if options.out:
        options.out.write_text(
            json.dumps(
                {"about": _about(), "part": options.part, "n_dialogues": len(dialogues), "kinds": figures},
                ensure_ascii=False,
                indent=1,
            )
        )
    return 0


def _print(figures: Mapping[str, Any], n: int, *, items: bool) -> None:
    print(f"{n} dialogues")
    for kind, row in figures.items():
        print(
            f"{kind:16} n {row['n']:4}  P {row['precision']:.3f}  R {row['recall']:.3f}  F1 {row['f1']:.3f}"
        )
        for item, own in row["items"].items() if items else ():
            print(
                f"    {item:12} n {own['n']:4}  P {own['precision']:.3f}  R {own['recall']:.3f}  F1 {own['f1']:.3f}"
            )


if __name__ == "__main__":
    raise SystemExit(main())
