"""Hand-written texts and what they state: one list the rules were tuned on, one they were not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from models.rootcause.statements import ClauseText, Statement, statements_of
from models.text.split import split_clauses

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    text: str
    wanted: tuple[str, ...]


def read_cases(name: str) -> list[Case]:
    cases = []
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            text, _, wanted = line.partition("=>")
            cases.append(Case(text.strip(), tuple(wanted.split())))
    return cases


def state(text: str) -> list[Statement]:
    return statements_of([ClauseText(a, b, text[a:b]) for a, b in split_clauses(text)])


def matches(wanted: str, found: Statement) -> bool:
    """Whether ``found`` is ``wanted``; of a pair both sides must hold, or be held by, what stands there."""
    if found.kind == "demand":
        return wanted == f"demand.{found.sub_kind}"
    if found.kind == "quantity":
        assert found.value is not None
        return wanted == f"{found.sub_kind}={found.value:.10g}" + "+" * found.is_open
    kind, _, sides = wanted.partition(":")
    one, _, two = sides.partition(">")
    word = {"cause_effect": "cause", "expectation": "expected"}[found.kind]
    return (
        kind == word and one in (found.text, *_alike(found.text, one)) and bool(_alike(found.other_text, two))
    )


def _alike(said: str, wanted: str) -> tuple[str, ...]:
    shorter, longer = sorted((said, wanted), key=len)
    return (wanted,) if shorter in longer and 2 * len(shorter) >= len(longer) else ()


def judge(cases: list[Case]) -> tuple[float, float, list[str]]:
    """Precision, recall and what is wrong, over all statements of ``cases``."""
    hits, n_found, n_wanted, wrong = 0, 0, 0, []
    for case in cases:
        found, left = state(case.text), list(case.wanted)
        n_found, n_wanted = n_found + len(found), n_wanted + len(left)
        for statement in found:
            right = next((wanted for wanted in left if matches(wanted, statement)), None)
            if right is None:
                wrong.append(f"{case.text}: + {statement}")
            else:
                left.remove(right)
                hits += 1
        wrong += [f"{case.text}: - {wanted}" for wanted in left]
    return hits / max(n_found, 1), hits / max(n_wanted, 1), wrong


@pytest.mark.parametrize("name", ["statement_cases_first.txt", "statement_cases_second.txt"])
def test_nine_in_ten_statements_are_found_and_right(name: str) -> None:
    cases = read_cases(name)
    precision, recall, wrong = judge(cases)
    print(f"{name}: {len(cases)} texts, precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.9 and recall >= 0.9, "\n".join(wrong)
