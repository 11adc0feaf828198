"""Every labelled dialogue, gold or for training, says what the guide (tests/gold/README.md) asks for, in its names."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from benchmarks.gold import load_gold
from data.dialogues.loading import NAMED, LabelledDialogue, load_labelled
from data.dialogues.utterances import known_utterances, load_utterances, pack_utterances
from data.packs.experience import load_experience
from models.artifact.seen_rows import row_hash
from models.core.errors import InputError

SECTORS = ("automotive", "retail", "telecom", "hotel")
GOLD = Path(__file__).parents[1] / "gold"
NAMES = {**NAMED, "survey": ("survey", "item")}
ANSWERS = {"flow": {True, False}, "satisfaction": {"satisfied", "neutral", "dissatisfied"}}


@cache
def _dialogues() -> tuple[LabelledDialogue, ...]:
    gold = [dialogue for part in _parts() for dialogue in load_labelled(part)]
    return (*_trained(), *gold)


def _parts() -> list[Path]:
    return sorted({GOLD / path.relative_to(GOLD).parts[0] for path in GOLD.glob("*/**/*.yaml")})


@cache
def _all() -> tuple[LabelledDialogue, ...]:
    """Utterances too."""
    return (*known_utterances(SECTORS), *_dialogues())


def test_there_are_thousands_in_four_sectors() -> None:
    counts = Counter(dialogue.sector for dialogue in _trained())
    assert set(counts) == set(SECTORS)
    assert counts.total() >= 3000


def test_ids_are_unique_and_turns_are_of_customers_and_agents() -> None:
    ids = Counter(dialogue.id for dialogue in _dialogues())
    assert [name for name, n in ids.items() if n > 1] == []
    assert {speaker for dialogue in _dialogues() for speaker, _ in dialogue.turns} <= {"customer", "agent"}


@pytest.mark.parametrize("kind", NAMES)
def test_names_are_those_of_the_packs(kind: str) -> None:
    rows, field = NAMES[kind]
    wrong = [
        (dialogue.id, row[field])
        for dialogue in _all()
        for row in dialogue.marks.get(rows) or ()
        if str(row[field]) not in _kinds_of(dialogue.sector, kind)
    ]
    assert wrong == []


def test_answers_fit_their_items() -> None:
    wrong = []
    for dialogue in _all():
        kinds = _kinds_of(dialogue.sector, "survey")
        wrong += [
            (dialogue.id, row["item"], row["answer"])
            for row in dialogue.marks.get("survey") or ()
            if row["answer"] not in ANSWERS[str(kinds[row["item"]])]
        ]
    assert wrong == []


def test_no_dialogue_that_is_scored_is_trained_on() -> None:
    trained = {row_hash(dialogue.text) for dialogue in (*_trained(), *load_utterances(), *load_gold("dev"))}
    assert not trained & {
        row_hash(dialogue.text) for part in ("test", "wide") for dialogue in load_gold(part)
    }


def test_promises_expectations_and_waits_are_whole() -> None:
    for dialogue in _dialogues():
        assert all(
            row["status"] in ("broken", "kept", "open") for row in dialogue.marks.get("promises") or ()
        )
        for row in dialogue.marks.get("expectations") or ():
            assert row["gap"] in ("worse", "better"), dialogue.id
            assert row["experience"]["quote"], dialogue.id
        assert all(row["minutes"] > 0 for row in dialogue.marks.get("waits") or ()), dialogue.id


@pytest.mark.parametrize(
    "text",
    ["- {turns: [{customer: 好}]}", "- {id: a}", "- {id: a, turns: [好]}", "- {id: a, turns: [{boss: 好}]}"],
)
def test_a_dialogue_that_is_not_whole_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "retail").mkdir()
    (tmp_path / "retail" / "x-01.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"x-01\.yaml 1|: a:"):
        load_labelled(tmp_path)


@cache
def _kinds_of(sector: str, facet: str) -> dict[str, object]:
    """Names of the nodes of a facet, and what kind of item each is."""
    return {node.zh: node.options.get("kind") for node in load_experience(sector).facets[facet].nodes}


@cache
def _trained() -> tuple[LabelledDialogue, ...]:
    return tuple(load_labelled())


def test_a_quote_that_is_not_in_its_turn_is_named(tmp_path: Path) -> None:
    path = tmp_path / "retail" / "x-01.yaml"
    path.parent.mkdir()
    path.write_text(
        "- id: retail-x-001\n  turns:\n    - {customer: 还没发货}\n  steps:\n    - {step: 发货, turn: 0, quote: 没有}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="没有"):
        load_labelled(tmp_path)


def test_an_utterance_has_steps_and_answers_of_its_turn(tmp_path: Path) -> None:
    (tmp_path / "retail").mkdir()
    path = tmp_path / "retail" / "x-u01.txt"
    path.write_text("c | 说好两天到，五天了 | 运输 物流速度=dissatisfied\na | 嗯 | -\n", encoding="utf-8")
    said, nothing = load_utterances(tmp_path)
    assert said.turns == (("customer", "说好两天到，五天了"),)
    assert [row["step"] for row in said.marks["steps"]] == ["运输"]
    assert [(row["item"], row["answer"]) for row in said.marks["survey"]] == [("物流速度", "dissatisfied")]
    assert said.kinds == ("steps", "survey")
    assert nothing.turns[0][0] == "agent"
    assert not any(nothing.marks.values())


@pytest.mark.parametrize("line", ["c | 好", "x | 好 | -", "c |  | -", "c | 好 | 质量=perhaps"])
def test_an_utterance_that_is_not_whole_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "retail").mkdir()
    (tmp_path / "retail" / "x-u01.txt").write_text(f"c | 好 | -\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"retail/x-u01\.txt:2"):
        load_utterances(tmp_path)


@pytest.mark.parametrize(("part", "least"), [("dev", 100), ("wide", 800)])
def test_parts_have_all_four_sectors(part: str, least: int) -> None:
    dialogues = load_gold(part)
    assert len(dialogues) >= least
    assert {dialogue.sector for dialogue in dialogues} == set(SECTORS)


def test_every_sentence_of_a_pack_tells_of_a_step_or_an_answer() -> None:
    silent = [
        utterance.text
        for sector in SECTORS
        for utterance in pack_utterances(sector)
        if not any(utterance.marks.values())
    ]
    assert silent == []
