"""Where an improvement stands in DMAIC, and whether it worked: before and after the action, beside others where known.

DMAIC: define, measure, analyse, improve, control (Pyzdek and Keller 2014, The Six Sigma Handbook, chapter 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from models.indicators.actions import Phase
from models.indicators.plain import to_plain
from models.statistics.changes import newcombe_difference, rate_change
from models.statistics.effect import ArmCounts, effect_by_unit, effect_on_rates
from models.statistics.intervals import Interval

Outcome = Literal["worked", "worsened", "unproven", "too_early"]
SURE = 0.05
MIN_CONTACTS = 30
"""Fewer contacts after the action: it is too early to say."""


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """``change`` of the share of complaints, after less before; where ``controlled`` less the change elsewhere.

    ``minimum_detectable`` (controlled alone): the smallest effect that such data would have shown.
    """

    outcome: Outcome
    before: float | None
    after: float | None
    change: Interval
    p_value: float
    controlled: bool
    minimum_detectable: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


@dataclass(frozen=True, slots=True)
class Improvement:
    """An action on a cause. ``analysed``: its cause was confirmed; ``started`` and ``done`` are days of the action."""

    id: str
    cause: str
    action: str
    owner: str = ""
    analysed: bool = False
    started: date | None = None
    done: date | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True)
class ImprovementStatus:
    """``phase`` by what is there: nothing but the cause is define, a baseline measure, a confirmed cause analyse, an
    action begun improve, one done and proven control. ``relapsed``: it had worked and is now worse than after it.
    """

    improvement: Improvement
    phase: Phase
    result: BeforeAfter | None
    overdue: bool
    relapsed: bool = False

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


def before_after(own: ArmCounts, control: ArmCounts | None = None) -> BeforeAfter:
    """``own``: complaints ``k`` of ``n`` contacts before and after the action; ``control``: the same where none was.

    With a control group the difference in differences (``models.statistics.effect``), for months differ anyway; without
    one Newcombe's interval and Fisher's or Pearson's test. Fewer complaints is ``worked``.
    """
    before, after = (
        k / n if n else None for k, n in ((own.k_before, own.n_before), (own.k_after, own.n_after))
    )
    if min(own.n_before, own.n_after) < MIN_CONTACTS:
        change = newcombe_difference(own.k_before, own.n_before, own.k_after, own.n_after)
        return BeforeAfter("too_early", before, after, change, 1.0, False)
    if control is not None and min(control.n_before, control.n_after) >= MIN_CONTACTS:
        effect = effect_on_rates(own, control)
        outcome = _outcome(effect.effect, effect.p_value)
        return BeforeAfter(
            outcome, before, after, effect.effect, effect.p_value, True, effect.minimum_detectable
        )
    found = rate_change(own.k_before, own.n_before, own.k_after, own.n_after)
    return BeforeAfter(
        _outcome(found.difference, found.p_value), before, after, found.difference, found.p_value, False
    )


def before_after_by_store(
    treated: Sequence[bool],
    k_before: Sequence[int],
    n_before: Sequence[int],
    k_after: Sequence[int],
    n_after: Sequence[int],
) -> BeforeAfter:
    """As ``before_after`` with one entry per store, ``treated`` with the action or not.

    Contacts of one store are alike, so stores are the witnesses (jackknife, ``effect_by_unit``). Raises ``ValueError``
    with fewer than 2 stores on either side.
    """
    found = effect_by_unit(treated, k_before, n_before, k_after, n_after)
    sums = [
        sum(value for value, own in zip(values, treated, strict=True) if own)
        for values in (k_before, n_before, k_after, n_after)
    ]
    outcome = _outcome(found.effect, found.p_value)
    before, after = sums[0] / sums[1], sums[2] / sums[3]
    return BeforeAfter(outcome, before, after, found.effect, found.p_value, True, found.minimum_detectable)


def improvement_status(
    improvement: Improvement,
    *,
    today: date,
    own: ArmCounts | None = None,
    control: ArmCounts | None = None,
    since: ArmCounts | None = None,
    result: BeforeAfter | None = None,
) -> ImprovementStatus:
    """``own`` are counts around the action, or of the baseline alone (nothing after); ``since`` compares the first time
    after the action (``…_before``) with the latest (``…_after``), to see whether the gain is held. ``result`` goes before
    what ``own`` says, where stores were compared.
    """
    if result is None and own is not None and own.n_after:
        result = before_after(own, control)
    overdue = improvement.due is not None and improvement.done is None and today > improvement.due
    held = before_after(since) if since is not None else None
    relapsed = held is not None and held.outcome == "worsened"
    return ImprovementStatus(
        improvement, _phase(improvement, own, result, relapsed), result, overdue, relapsed
    )


def _phase(
    improvement: Improvement, own: ArmCounts | None, result: BeforeAfter | None, relapsed: bool
) -> Phase:
    if improvement.done is not None and result is not None and result.outcome == "worked" and not relapsed:
        return "control"
    if improvement.started is not None or improvement.done is not None:
        return "improve"
    if improvement.analysed:
        return "analyse"
    return "measure" if own is not None and own.n_before else "define"


def _outcome(change: Interval, p_value: float) -> Outcome:
    if p_value > SURE:
        return "unproven"
    return "worked" if change.estimate < 0 else "worsened"
