"""Names for people of the marks of the experience: steps, touchpoints, survey answers, promises …"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from data.packs.experience import load_experience
from models.experience.catalog import ExperienceCatalog
from service.database.records import MARK_KINDS

_WORDS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("promise", "kept"): ("承诺已兑现", "Promise kept"),
    ("promise", "broken"): ("承诺未兑现", "Promise broken"),
    ("promise", "open"): ("承诺待兑现", "Promise open"),
    ("expectation", "better"): ("超出预期", "Better than expected"),
    ("expectation", "worse"): ("不及预期", "Worse than expected"),
    ("wait", "wait"): ("等待", "Waiting"),
    ("survey", "yes"): ("是", "yes"),
    ("survey", "no"): ("否", "no"),
    ("survey", "satisfied"): ("满意", "satisfied"),
    ("survey", "neutral"): ("一般", "neutral"),
    ("survey", "dissatisfied"): ("不满意", "dissatisfied"),
}
"""What no facet names: statuses, and answers to survey items."""


def mark_label(catalog: ExperienceCatalog, kind: str, value: str, *, english: bool = False) -> str:
    """The name of a stored mark; ``value`` itself where neither a facet nor a component knows it."""
    if kind == "survey" and "." in value:
        item, _, answer = value.rpartition(".")
        words = _WORDS.get((kind, answer), (answer, answer))[english]
        return f"{catalog.label(kind, item, english=english)}{': ' if english else '：'}{words}"
    named = _WORDS.get((kind, value))
    return named[english] if named else catalog.label(kind, value, english=english)


def mark_labels(sector: str, kind: str, values: Iterable[str], language: str) -> dict[str, str]:
    """Names of ``values``; empty where ``kind`` is no kind of mark. Raises ``PackError``."""
    if kind not in MARK_KINDS:
        return {}
    catalog, english = load_experience(sector), language.startswith("en")
    return {value: mark_label(catalog, kind, value, english=english) for value in values}
