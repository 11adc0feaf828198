"""Aspects of a text: which subjects it speaks of, and how; the column form ``subject:polarity|…``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.core.errors import FieldError

POLARITIES = (-1, 0, 1)
"""In the order of the last axis of all arrays here."""

Opinion = tuple[str, "str | int"]


@dataclass(frozen=True, slots=True)
class AspectLabel:
    """A subject that the text speaks of. ``score`` is the calibrated probability of the pair, in [0, 1]."""

    subject: str
    polarity: int
    score: float


def parse_opinions(cell: str) -> tuple[tuple[str, int], ...]:
    """``"动力:-1|油耗:0"`` to pairs; an empty cell has none.

    Raises ``FieldError`` where a part has no subject, another polarity than -1, 0, 1, or a subject stands twice
    with different polarities.
    """
    found: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in cell.split("|"))):
        subject, colon, polarity = (piece.strip() for piece in part.rpartition(":"))
        if not colon or not subject or polarity not in ("-1", "0", "1", "+1"):
            raise _wrong(part)
        if found.setdefault(subject, int(polarity)) != int(polarity):
            raise _wrong(part)
    return tuple(found.items())


def format_opinions(labels: Iterable[AspectLabel]) -> str:
    """The inverse of ``parse_opinions``."""
    return "|".join(f"{label.subject}:{label.polarity}" for label in labels)


def subjects_of(labels: Iterable[Sequence[Opinion]]) -> tuple[str, ...]:
    """All subjects, sorted: the order of the second axis of all arrays."""
    return tuple(sorted({subject for row in labels for subject, _ in row}))


def pair_targets(labels: Sequence[Sequence[Opinion]], subjects: Sequence[str]) -> NDArray[np.bool_]:
    """True where a text has the pair, ``(n_texts, n_subjects, 3)``; unknown subjects are left out.

    Raises ``FieldError`` for a polarity other than -1, 0, 1.
    """
    place = {subject: at for at, subject in enumerate(subjects)}
    targets = np.zeros((len(labels), len(subjects), len(POLARITIES)), dtype=bool)
    for row, pairs in enumerate(labels):
        for subject, polarity in pairs:
            if str(polarity) not in ("-1", "0", "1", "+1"):
                raise _wrong(f"{subject}:{polarity}")
            if subject in place:
                targets[row, place[subject], int(polarity) + 1] = True
    return targets


def _wrong(part: str) -> FieldError:
    return FieldError(
        field="opinions",
        reason=f"「{part}」应写成 主题:极性，极性为 -1、0 或 1，同一主题只写一次；多个之间用 | 分开",
        reason_en=f"{part!r} is not subject:polarity with a polarity of -1, 0 or 1, each subject once; use | between",
    )
