"""Value segments: the customers who create most value, the middle, and those who cost more than they bring.

Cut by rank 20 / 50 / 30 per cent, by the customer's own cut points, or by the customer's own labels.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CREATOR, MIDDLE, DESTROYER = "creator", "middle", "destroyer"
SEGMENT_NAMES: Mapping[str, tuple[str, str]] = {
    CREATOR: ("价值创造者", "Value creators"),
    MIDDLE: ("中间客户", "Middle"),
    DESTROYER: ("价值消耗者", "Value destroyers"),
}
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """``names`` from the most to the least valuable. ``shares`` of customers add up to 1; ``cuts`` are the lowest values
    of all segments but the last, falling, and stand in place of shares where given.
    """

    names: tuple[str, ...] = (CREATOR, MIDDLE, DESTROYER)
    shares: tuple[float, ...] = (0.2, 0.5, 0.3)
    cuts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.cuts:
            falling = all(a > b for a, b in zip(self.cuts, self.cuts[1:], strict=False))
            if len(self.cuts) != len(self.names) - 1 or not falling:
                raise ValueError("cut points: one fewer than segments, from the highest to the lowest")
        elif len(self.shares) != len(self.names) or min(self.shares) < 0 or abs(sum(self.shares) - 1) > 1e-6:
            raise ValueError("shares: one per segment, together 1")


DEFAULT_RULE = SegmentRule()


def assign_segments(values: Mapping[str, float], rule: SegmentRule = DEFAULT_RULE) -> dict[str, str]:
    """The segment of each customer. Equal values are in one segment, that of the middle of their ranks.

    Ranks count from the most valuable; so the result depends on neither order nor names of customers.
    """
    if rule.cuts:
        return {customer: rule.names[_by_cut(value, rule.cuts)] for customer, value in values.items()}
    falling = sorted(-value for value in values.values())
    place: dict[float, str] = {}
    at = 0
    while at < len(falling):
        end = bisect_right(falling, falling[at])
        place[falling[at]] = rule.names[_by_rank((at + end) / 2 / len(falling), rule.shares)]
        at = end
    return {customer: place[-value] for customer, value in values.items()}


def relabelled(labels: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """The customer's own labels (VIP, 黄金会员) as segments; a label that is not named stays what it is."""
    return {customer: names.get(label, label) for customer, label in labels.items()}


def _by_cut(value: float, cuts: Sequence[float]) -> int:
    return next((at for at, cut in enumerate(cuts) if value >= cut), len(cuts))


def _by_rank(rank: float, shares: Sequence[float]) -> int:
    """``rank`` is the share of customers above the middle of this one's group."""
    total = 0.0
    for at, share in enumerate(shares):
        total += share
        if rank < total - _ROUNDING:
            return at
    return len(shares) - 1
