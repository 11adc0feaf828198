"""What the experience part of a review is built with: the sector's vocabulary, indicators, actions, and the past."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from models.experience.catalog import ExperienceCatalog
from models.indicators.actions import ActionLibrary
from models.indicators.churn import ChurnReason
from models.indicators.protection import ProtectionRule
from models.indicators.registry import Registry
from models.indicators.row import IndicatorRow


def _itself(category: str) -> Iterable[str]:
    return (category,)


@dataclass(frozen=True)
class LivedSetup:
    """``past`` are rows of last month and of the same month last year, read once; ``lineage`` goes from a category to it
    and all above it."""

    catalog: ExperienceCatalog
    registry: Registry
    library: ActionLibrary
    protection: ProtectionRule
    churn_reference: tuple[ChurnReason, ...] = ()
    past: Callable[[], Iterator[IndicatorRow]] = lambda: iter(())
    lineage: Callable[[str], Iterable[str]] = _itself
    english: bool = False
