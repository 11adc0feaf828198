"""Masks: what stands in the text in place of personal data."""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.text.align import AlignedText, Edit
from models.text.pii.digits import find_runs, without_echoes
from models.text.pii.fold import fold, read_digits
from models.text.pii.values import KINDS, PiiMatch

USUAL_CHARS: dict[str, tuple[int, int]] = {
    "mobile": (11, 11),
    "landline": (10, 12),
    "id_card": (18, 18),
    "bank_card": (16, 19),
    "plate": (7, 8),
    "vin": (17, 17),
    "courier": (10, 18),
    "qq": (5, 11),
    "passport": (9, 9),
}
"""How many letters and digits a full value of the kind has; kinds without an entry have one class only."""

MASK = re.compile(r"\[(?:" + "|".join(KINDS.values()) + r")(?:·[短长])?\]")
"""A mask as it stands in masked text."""

_EXTENSION = re.compile(r"(?:转|分机).*", re.DOTALL)
_PREFIX = re.compile(r"(?:00)?86(?=1\d{10})|0(?=1\d{10})")


def mask(raw: str, matches: Sequence[PiiMatch]) -> AlignedText:
    """``raw`` with each match replaced by its mask.

    A mask names the kind and the length class: ``[手机]``, ``[手机·短]`` where digits are missing, ``[手机·长]``
    where there are too many. ``matches`` must not overlap (``ValueError``).
    """
    edits = [
        Edit(m.start, m.end, mask_word(m.kind, raw[m.start : m.end])) for m in sorted(matches, key=_position)
    ]
    return AlignedText.of(raw).apply(edits)


def _position(match: PiiMatch) -> tuple[int, int]:
    return match.start, match.end


def mask_word(kind: str, value: str) -> str:
    """The mask of ``value``: nothing of it can be read off but its kind and length class."""
    usual = USUAL_CHARS.get(kind)
    if usual is None:
        return f"[{KINDS[kind]}]"
    n = _value_chars(kind, value)
    length = "·短" if n < usual[0] else "·长" if n > usual[1] else ""
    return f"[{KINDS[kind]}{length}]"


def _value_chars(kind: str, value: str) -> int:
    text = _EXTENSION.sub("", fold(value))
    if kind in ("mobile", "landline", "bank_card", "qq"):
        digits = "".join(chunk.digits for run in find_runs(text) for chunk in without_echoes(run, 2))
        return len(_PREFIX.sub("", digits, count=1)) if kind == "mobile" else len(digits)
    text = read_digits(text)
    return sum(char.isalnum() or char == "叉" for char in text)
