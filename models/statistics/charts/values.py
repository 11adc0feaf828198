"""What a control chart is made of. ``None`` stands where nothing can be said, never ``nan``."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

ChartKind = Literal["p", "p_prime", "u", "u_prime", "c", "xmr"]

# Reason why a baseline is not to be trusted -> (Chinese, English).
BASELINE_REASONS = MappingProxyType(
    {
        "no_data": ("基线没有任何有效数据", "the baseline has no points with data"),
        "too_few_points": ("基线点数不足", "the baseline has too few points"),
        "no_variation": (
            "基线没有任何波动，无法算出界限",
            "the baseline does not vary, so it gives no limits",
        ),
        "signals_inside": (
            "基线内部已有异常点或连续偏移",
            "the baseline itself has points or runs out of control",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The points ``[start, stop)`` whose data set the limits of the phase beginning at ``start``.

    ``n_points`` counts those with data. ``centre`` is a rate per unit of exposure (a count on a c chart, the
    measurement on an XmR chart). ``sigma_z`` is Laney's factor, 1 on plain charts. ``overdispersion_p`` is
    the p-value of the test of more spread than the plain law allows, ``None`` where it cannot be asked.
    ``reasons`` are keys of ``BASELINE_REASONS``; none means stable. ``sparse`` says that fewer than 5 events
    per point are expected: normal limits are rough there, and the alarms of ``signals`` are the ones to use.
    """

    start: int
    stop: int
    n_points: int
    centre: float | None
    sigma_z: float
    overdispersion_p: float | None
    reasons: tuple[str, ...]
    sparse: bool

    @property
    def stable(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """One point. ``value`` is ``None`` for an empty one (no exposure), ``z`` in standard deviations.

    ``z`` is ``None`` too where the baseline does not vary and the point leaves it. ``signals`` are codes of
    the rules whose pattern ends here. ``phase`` is the place of its baseline in ``ControlChart.baselines``.
    """

    value: float | None
    centre: float | None
    lower: float | None
    upper: float | None
    z: float | None
    signals: tuple[str, ...]
    phase: int


@dataclass(frozen=True, slots=True)
class ControlChart:
    """``points`` in time order, one per point given; ``baselines`` one per phase.

    ``ranges`` is the moving-range chart of an XmR chart, empty elsewhere; its first point of each phase has
    no value.
    """

    kind: ChartKind
    points: tuple[ChartPoint, ...]
    baselines: tuple[Baseline, ...]
    ranges: tuple[ChartPoint, ...] = ()
