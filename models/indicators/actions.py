"""A library of actions, and which of them answer a cause: ranked, each with why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from models.core.errors import PackError
from models.indicators.plain import to_plain

Phase = Literal["define", "measure", "analyse", "improve", "control"]
Effort = Literal["low", "medium", "high"]
Lineage = Callable[[str], Iterable[str]]
"""From a category to it and all above it."""

PHASES: tuple[Phase, ...] = get_args(Phase)
PHASE_NAMES: Mapping[Phase, tuple[str, str]] = {
    "define": ("界定", "Define"),
    "measure": ("测量", "Measure"),
    "analyse": ("分析", "Analyse"),
    "improve": ("改进", "Improve"),
    "control": ("控制", "Control"),
}
_EFFORTS: tuple[Effort, ...] = get_args(Effort)
_WEIGHTS = {"item": 3.0, "category": 3.0, "step": 2.0, "word": 2.0, "above": 1.5}
_LISTS = ("categories", "steps", "items", "words")


@dataclass(frozen=True, slots=True)
class Action:
    """What to do, by which department, in which DMAIC phase. ``measure`` is the indicator that should move.

    ``categories``, ``steps``, ``items`` (of surveys) and ``words`` (of a root cause's name) are what it answers.
    """

    id: str
    zh: str
    en: str
    department: str
    phase: Phase
    effort: Effort
    measure: str
    due_days: int
    categories: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


@dataclass(frozen=True, slots=True)
class Need:
    """The latent voice behind complaints: ``factor`` is its SERVQUAL dimension (Parasuraman, Zeithaml and Berry 1988)."""

    id: str
    zh: str
    en: str
    factor: str
    categories: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ActionLibrary:
    """Actions and needs in the order of their files; ``digest`` changes when any of them does."""

    actions: tuple[Action, ...]
    needs: tuple[Need, ...] = ()
    digest: str = "0"


@dataclass(frozen=True, slots=True)
class Proposal:
    """``score`` orders proposals of one cause and means nothing else; ``why`` are what matched, ``kind:value``."""

    action: Action
    score: float
    why: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


@dataclass(frozen=True)
class Concern:
    """What is to be acted on: the name of a root cause, its categories, steps and survey items (ids or names)."""

    cause: str = ""
    categories: Sequence[str] = ()
    steps: Sequence[str] = ()
    items: Sequence[str] = ()
    lineage: Lineage = field(default=lambda category: (category,))


def propose_actions(library: ActionLibrary, concern: Concern, *, most: int = 3) -> tuple[Proposal, ...]:
    """Actions that answer the concern, best first; of equals the one of least effort, soonest due, then by id."""
    found = []
    for action in library.actions:
        score, why = _match(action, concern)
        if why:
            found.append(Proposal(action, score, why))
    found.sort(
        key=lambda one: (-one.score, _EFFORTS.index(one.action.effort), one.action.due_days, one.action.id)
    )
    return tuple(found[:most])


def latent_need(library: ActionLibrary, concern: Concern) -> Need | None:
    """The need that fits best, the first of the file among equals."""
    best: tuple[float, Need] | None = None
    for need in library.needs:
        score, why = _match(need, concern)
        if why and (best is None or score > best[0]):
            best = score, need
    return best[1] if best else None


def _match(known: Action | Need, concern: Concern) -> tuple[float, tuple[str, ...]]:
    """Each kind of evidence counts once, at its best; several words count a little more."""
    reasons: list[tuple[float, str]] = []
    own = [name for name in concern.categories if name in known.categories]
    above = [
        node
        for name in concern.categories
        for node in concern.lineage(name)
        if node in known.categories and node not in concern.categories
    ]
    if own or above:
        reasons.append((_WEIGHTS["category" if own else "above"], f"category:{(own or above)[0]}"))
    for kind, names, wanted in (
        ("step", concern.steps, known.steps),
        ("item", concern.items, known.items),
    ):
        if hits := [name for name in names if name in wanted]:
            reasons.append((_WEIGHTS[kind], f"{kind}:{hits[0]}"))
    words = sorted((word for word in known.words if word in concern.cause), key=lambda w: (-len(w), w))
    if words:
        reasons.append((_WEIGHTS["word"] + 0.25 * (len(words) - 1), f"word:{words[0]}"))
    return sum(weight for weight, _ in reasons), tuple(why for _, why in reasons)


def parse_library(
    plain: Mapping[str, Any],
    *,
    pack: str,
    names: Callable[[str, str], Iterable[str]] | None = None,
    digest: str = "0",
) -> ActionLibrary:
    """Read ``{actions: [...], needs: [...]}`` of an ``actions.yaml``. Raises ``PackError`` naming what is wrong."""
    find = names or (lambda kind, name: (name,))
    actions = [_parsed(Action, item, find, pack) for item in plain.get("actions") or ()]
    needs = [_parsed(Need, item, find, pack) for item in plain.get("needs") or ()]
    for found in (actions, needs):
        ids = [one.id for one in found]
        if len(set(ids)) != len(ids):
            twice = sorted({one for one in ids if ids.count(one) > 1})
            raise PackError(
                pack=pack, reason=f"id 重复：{twice}", reason_en=f"ids that are there twice: {twice}"
            )
    return ActionLibrary(tuple(actions), tuple(needs), digest)


def _parsed(kind: type, item: Mapping[str, Any], find: Callable[[str, str], Iterable[str]], pack: str) -> Any:
    own = item.get("id", "?")
    names = {one.name for one in fields(kind)}
    values = dict(item)
    try:
        if unknown := sorted(set(values) - names):
            raise ValueError(f"unknown fields {unknown}")
        if kind is Action and (values["phase"] not in PHASES or values["effort"] not in _EFFORTS):
            raise ValueError(f"phase is one of {PHASES}, effort one of {_EFFORTS}")
        if not any(values.get(name) for name in _LISTS):
            raise ValueError(f"answers nothing: give one of {_LISTS}")
        for name in _LISTS:
            facet = {"steps": "step", "items": "survey"}.get(name)
            given = [str(value) for value in values.get(name) or ()]
            more = [value for text in given for value in (find(facet, text) if facet else ())]
            values[name] = frozenset([*given, *more])
        return kind(**values)
    except (TypeError, ValueError, KeyError) as error:
        raise PackError(pack=pack, reason=f"{own}：{error}", reason_en=f"{own}: {error}") from error
