"""Complaints that value never ranks down: safety, law, injury.

Weighting by customer value says where money is lost. It must not say whose brakes may fail: a protected complaint
stands, in an order by value, never behind its place in the order without value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.indicators.plain import to_plain
from models.taxonomy.taxonomy import Taxonomy


@dataclass(frozen=True)
class ProtectionRule:
    """``categories`` are ids with severity safety or legal; ``exposures`` values of exposure marks; ``words`` of injury."""

    categories: Mapping[str, str]
    exposures: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    def reasons(
        self, *, categories: Iterable[str] = (), experience: Mapping[str, Any] | None = None, text: str = ""
    ) -> tuple[str, ...]:
        """Why a complaint is protected: ``safety:<category>``, ``legal:<category>``, ``exposure:<value>``, ``injury:<word>``.

        ``text`` is the transcript, a quote or the name of a root cause. Nothing: not protected.
        """
        found = {f"{self.categories[one]}:{one}" for one in categories if one in self.categories}
        for mark in (experience or {}).get("marks") or ():
            if mark["kind"] == "exposure" and mark["value"] in self.exposures:
                found.add(f"exposure:{mark['value']}")
        found |= {f"injury:{word}" for word in self.words if word in text}
        return tuple(sorted(found))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A complaint or root cause to be put in order. ``size`` without value (contacts), ``worth`` weighted by it."""

    id: str
    size: float
    worth: float
    protected: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


def severe_categories(taxonomy: Taxonomy) -> dict[str, str]:
    """Ids whose category, or one above it, is of severity ``safety`` or ``legal``; safety goes before."""
    found: dict[str, str] = {}
    for category in taxonomy.categories:
        levels = {above.severity for above in taxonomy.lineage(category.id)}
        if severe := [level for level in ("safety", "legal") if level in levels]:
            found[category.id] = severe[0]
    return found


def rank_by_value(items: Iterable[Ranked]) -> list[Ranked]:
    """By ``worth``, largest first, but no protected item behind its place by ``size``.

    Every protected item has its place by size as a deadline; these differ, so that all can be kept.
    """
    by_size = sorted(items, key=lambda item: (-item.size, -item.worth, item.id))
    deadline = {at: item for at, item in enumerate(by_size) if item.protected}
    by_worth = sorted(by_size, key=lambda item: (-item.worth, -item.size, item.id))
    return _merged(by_worth, deadline)


def _merged(by_worth: Sequence[Ranked], deadline: Mapping[int, Ranked]) -> list[Ranked]:
    waiting = iter(by_worth)
    placed: set[str] = set()
    found: list[Ranked] = []
    for at in range(len(by_worth)):
        due = deadline.get(at)
        if due is None or due.id in placed:
            due = next(item for item in waiting if item.id not in placed)
        placed.add(due.id)
        found.append(due)
    return found
