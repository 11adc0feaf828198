"""Experience marks against the hand-labelled dialogues: ``python -m benchmarks.gold [dev|test|wide]``.

Reads ``tests/gold/<part>/<sector>.yaml`` (``wide``: ``<sector>/*.yaml``), analyses every dialogue as the service would, and
scores each kind of mark: precision, recall and F1 (95 % interval by drawing dialogues with replacement, Efron 1979) over pairs that both sides name, with
every item and every error listed. ``test`` is scored once per change of method. Writes the figures to the file of ``--out``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.__main__ import _about
from data.artifacts.shipped import shipped_models
from data.dialogues.loading import LabelledDialogue, load_labelled
from models.analysis.prepare import prepare
from models.analysis.values import with_spans
from models.artifact.folder import load_manifest
from models.core.transcript import Speaker, Transcript, Turn
from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.text.align import Span
from training.experience.scoring import Score, f1_interval, joined, score_one

GOLD = Path(__file__).parents[1] / "tests" / "gold"
SECTORS = ("automotive", "retail", "telecom", "hotel")
DEALER_STEPS = [
    "招揽用户",
    "预约管理",
    "接待",
    "诊断",
    "估价",
    "零部件",
    "作业管理",
    "作业",
    "完工检查",
    "清洗",
    "结算",
    "交车",
    "跟踪服务",
]


def load_gold(part: str, sectors: Collection[str] = SECTORS) -> list[LabelledDialogue]:
    """Dialogues of a part, in the order of the files."""
    return [dialogue for dialogue in load_labelled(GOLD / part) if dialogue.sector in sectors]


def transcript(dialogue: LabelledDialogue) -> Transcript:
    turns = tuple(Turn(Speaker(speaker), text) for speaker, text in dialogue.turns)
    return Transcript(turns, datetime(2024, 3, 1, tzinfo=UTC), external_id=dialogue.id)


def analyse(
    dialogues: Sequence[LabelledDialogue],
) -> tuple[dict[str, list[Mark]], dict[str, ExperienceCatalog]]:
    """Marks by dialogue id, by the models that ship, and the catalogues by sector."""
    from data.packs.experience import load_experience
    from service.building import build_analyzer
    from service.settings import Settings

    marks: dict[str, list[Mark]] = {}
    for sector in sorted({dialogue.sector for dialogue in dialogues}):
        analyzer = build_analyzer(Settings(sector=sector, home=Path("/nonexistent"), _env_file=None))  # type: ignore[call-arg]
        own = [dialogue for dialogue in dialogues if dialogue.sector == sector]
        found = analyzer.analyze_transcripts([transcript(dialogue) for dialogue in own])
        for dialogue, item in zip(own, found, strict=True):
            plain = with_spans((item.analysis.experience or {}).get("marks", ()), _to_raw(dialogue))
            marks[dialogue.id] = [Mark.from_dict(dict(mark)) for mark in plain]
    return marks, {sector: load_experience(sector) for sector in {d.sector for d in dialogues}}


def _to_raw(dialogue: LabelledDialogue) -> Callable[[int, int], Span]:
    """From the masked text, which marks count over, to the text as written, which quotes stand in."""
    return prepare(transcript(dialogue).turns).masked.to_raw


def main(arguments: list[str] | None = None) -> int:
    """Print a table; ``--errors KIND`` lists what was missed and what was false."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gold")
    parser.add_argument("part", nargs="?", default="dev", choices=("dev", "test", "wide"))
    parser.add_argument("--sectors", default=",".join(SECTORS))
    parser.add_argument("--errors", default="", help="kinds with commas")
    parser.add_argument("--items", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    dialogues = load_gold(options.part, options.sectors.split(","))
    marks, catalogs = analyse(dialogues)
    each = [score_one(dialogue, marks[dialogue.id], catalogs) for dialogue in dialogues]
    scores = _with_dealer_steps(joined(each))
    counts = [{kind: one.counts() for kind, one in _with_dealer_steps(own).items()} for own in each]
    figures = {
        kind: {**scored.figures(), "interval": f1_interval(np.array([own[kind] for own in counts]))}
        for kind, scored in scores.items()
    }
    _print(figures, len(dialogues), items=options.items)
    for kind in filter(None, options.errors.split(",")):
        for error in scores[kind].errors:
            print(kind, *error)
    if options.out:
        options.out.write_text(
            json.dumps(
                {
                    "about": {**_about(), "model": _model()},
                    "part": options.part,
                    "n_dialogues": len(dialogues),
                    "kinds": figures,
                },
                ensure_ascii=False,
                indent=1,
            )
        )
    return 0


def _with_dealer_steps(scores: Mapping[str, Score]) -> dict[str, Score]:
    """And ``dealer_step`` for the 13 steps alone (without a list of its errors)."""
    return {**scores, "dealer_step": _only(scores["step"], DEALER_STEPS)}


def _only(scored: Score, items: Collection[str]) -> Score:
    """What concerns ``items``; errors are left out."""
    hits, false, missed = (
        Counter({item: n for item, n in counts.items() if item in items})
        for counts in (scored.hits, scored.false, scored.missed)
    )
    return Score(hits, false, missed)


def _model() -> str:
    """The experience model that the figures are of."""
    return load_manifest(shipped_models()["experience"]).name


def _print(figures: Mapping[str, Any], n: int, *, items: bool) -> None:
    print(f"{n} dialogues")
    for kind, row in figures.items():
        print(
            f"{kind:16} n {row['n']:4}  P {row['precision']:.3f}  R {row['recall']:.3f}  F1 {row['f1']:.3f} "
            f"({row['interval'][0]:.3f}-{row['interval'][1]:.3f})"
        )
        for item, own in row["items"].items() if items else ():
            print(
                f"    {item:12} n {own['n']:4}  P {own['precision']:.3f}  R {own['recall']:.3f}  F1 {own['f1']:.3f}"
            )


if __name__ == "__main__":
    raise SystemExit(main())
