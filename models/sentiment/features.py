"""Readings and base probabilities as numbers for the stacked model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.sentiment.composition import Reading

SHORT_CHARS = 20
"""Around this length the base model takes over from the composition."""
_MAX_LOG_ODDS = 6.0
_TINY = 1e-6
_FLAGS = ("ask", "rhetoric", "courtesy", "solicit", "pressed", "wish", "irony", "mock", "fact")
_TURNING = [6 + _FLAGS.index(flag) for flag in ("rhetoric", "wish", "irony", "pressed")]
"""Columns of the readings that turn praise into complaint."""


def brevity(readings: Sequence[Reading]) -> NDArray[np.float64]:
    """Near 1 for a clause, 0.5 at ``SHORT_CHARS``, towards 0 for a long review; shape ``(n_texts,)``."""
    n_chars = np.array([reading.n_chars for reading in readings], dtype=np.float64)
    return 1 / (1 + (n_chars / SHORT_CHARS) ** 4)


def base_log_odds(base: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of positive against negative, and of neutral against both; ``base`` is ``(n_texts, 3)`` in the order
    negative, neutral, positive."""
    p = np.maximum(base.astype(np.float64), _TINY)
    direction = np.log(p[:, 2]) - np.log(p[:, 0])
    neutral = np.log(p[:, 1]) - np.log(p[:, 0] + p[:, 2])
    return (
        np.clip(direction, -_MAX_LOG_ODDS, _MAX_LOG_ODDS),
        np.clip(neutral, -_MAX_LOG_ODDS, _MAX_LOG_ODDS),
    )


def reading_columns(readings: Sequence[Reading]) -> NDArray[np.float64]:
    """Shape ``(n_texts, 6 + n_flags)``: good, bad, net, last, none, clear; then the kinds of sentences."""
    rows = np.zeros((len(readings), 6 + len(_FLAGS)))
    for row, reading in zip(rows, readings, strict=True):
        good, bad = reading.total(1), reading.total(-1)
        last = reading.evidence[-1].weight if reading.evidence else 0.0
        row[:5] = good, bad, good - bad, last, not reading.evidence
        row[5] = abs(good - bad)
        row[6:] = [bool(reading.marks[kind]) for kind in _FLAGS]
    rows[:, :4] = np.tanh(rows[:, :4] / 1.5)
    rows[:, 5] = np.tanh(rows[:, 5] / 1.0)
    return rows


@dataclass(frozen=True, slots=True)
class StackInputs:
    """What both questions are asked of, for ``n_texts`` rows.

    ``direction`` and ``neutral`` are the base model's log-odds, ``said`` the columns of the readings, ``short``
    the brevity.
    """

    direction: NDArray[np.float64]
    neutral: NDArray[np.float64]
    said: NDArray[np.float64]
    short: NDArray[np.float64]


def stack_inputs(base: NDArray[np.floating], readings: Sequence[Reading]) -> StackInputs:
    """``base`` is ``(n_texts, 3)`` in the order negative, neutral, positive."""
    return StackInputs(*base_log_odds(base), reading_columns(readings), brevity(readings))


def direction_features(given: StackInputs) -> NDArray[np.float64]:
    """For positive against negative, shape ``(n_texts, n_features)``."""
    odds, said, short = given.direction, given.said, given.short
    evident = short * (1 - said[:, 4])
    unsaid = short * said[:, 4]
    long = 1 - short
    columns = [odds * evident, odds * unsaid, odds * long]
    columns += [*(said[:, :4].T * short), *(said[:, :4].T * long)]
    columns += [*(said[:, _TURNING].T * short), short]
    return np.stack(columns, axis=1)


def neutral_features(given: StackInputs) -> NDArray[np.float64]:
    """For neutral against the other two, shape ``(n_texts, n_features)``."""
    direction, odds, said, short = given.direction, given.neutral, given.said, given.short
    evident = short * (1 - said[:, 4])
    unsaid = short * said[:, 4]
    long, sure = 1 - short, np.abs(direction)
    columns = [odds * evident, odds * unsaid, odds * long]
    columns += [sure * evident, sure * unsaid]
    columns += [said[:, i] * short for i in (0, 1, 4, 5)]
    plain = unsaid * (said[:, 6:].sum(axis=1) == 0)
    columns += [odds * plain, sure * plain, np.minimum(direction, 0) * plain, plain]
    stated = short * (1 - said[:, 6 + _FLAGS.index("ask")])
    columns += [said[:, i] * stated for i in (0, 1)]
    columns += [said[:, i] * long for i in (4, 5)]
    columns += [*(said[:, 6:].T * short), short]
    return np.stack(columns, axis=1)
