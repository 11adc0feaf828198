"""Codes of letters and digits: plate, VIN, passport, EMS number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.text.pii.checks import vin_check
from models.text.pii.context import has_unit, left_label
from models.text.pii.fold import SPOKEN, read_digits
from models.text.pii.values import Candidate

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{_PROVINCES}][ ·.\-]{{0,2}}[A-HJ-Za-hj-z](?:[ ·.\-]{{0,2}}[A-Za-z0-9{SPOKEN}]){{4,6}}[警学挂领使试超港澳]?"
)
_PLATE_GAP = re.compile(r"[ ·.\-]+")
_PLATE_TAIL = re.compile(
    r"[A-HJ-NP-Z0-9]{5}|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK]|[A-HJ-NP-Z0-9]{4}[警学挂领使试超港澳]"
)
_PLATE_TRAPS = {"新": "全最崭更换创出用", "贵": "比太很更最挺好不", "云": "里为", "青": "年", "宁": "苏"}

_VIN = re.compile(
    rf"[A-HJ-NPR-Za-hj-npr-z0-9](?:[ \-]?[A-HJ-NPR-Za-hj-npr-z0-9{SPOKEN}]){{16}}(?![A-Za-z0-9])"
)
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?:[EeGgDdSsPp][A-Za-z]?\d{7,8}|1[45]\d{7})(?![A-Za-z0-9])")
_EMS = re.compile(r"[A-Za-z]{2}\d{9}[Cc][Nn](?![A-Za-z0-9])")


def find_codes(folded: str) -> Iterator[Candidate]:
    """All candidates whose form mixes letters and digits."""
    yield from _plates(folded)
    yield from _vins(folded)
    for found in _EMS.finditer(folded) if "CN" in folded or "cn" in folded else ():
        start = found.start()
        before = folded[start - 1 : start] if start else ""
        if not (before.isascii() and before.isalnum()) or folded[max(0, start - 3) : start] == "EMS":
            yield Candidate("courier", *found.span(), 1)
    if "护照" in folded:
        for found in _PASSPORT.finditer(folded):
            label = left_label(folded, found.start())
            if label and label.kind == "passport":
                yield Candidate("passport", *found.span(), 1)


def _plates(folded: str) -> Iterator[Candidate]:
    for found in _PLATE.finditer(folded):
        start, end = found.span()
        for stop in range(end, end - 3, -1):
            if _is_plate(folded, start, stop):
                yield Candidate("plate", start, stop, 2)
                break


def _is_plate(folded: str, start: int, end: int) -> bool:
    after = folded[end : end + 1]
    if after.isascii() and after.isalnum():
        return False
    text = _PLATE_GAP.sub("", read_digits(folded[start:end])).upper()
    tail = text[2:]
    if not _PLATE_TAIL.fullmatch(tail) or not folded[end - 1].isalnum():
        return False
    label = left_label(folded, start)
    if label is not None and label.kind == "plate":
        return True
    digits = sum(char.isdigit() for char in tail)
    trap = folded[max(0, start - 1) : start] in _PLATE_TRAPS.get(text[0], "\0")
    return digits >= 3 and not (trap and start) and not has_unit(folded, start, end)


def _vins(folded: str) -> Iterator[Candidate]:
    at = 0
    while found := _VIN.search(folded, at):
        start, end = found.span()
        at = start + 1
        before = folded[start - 1 : start] if start else ""
        if before.isascii() and before.isalnum():
            continue
        vin = re.sub(r"[ \-]", "", read_digits(found.group())).upper()
        if _is_vin(vin, folded, start):
            yield Candidate("vin", start, end, 0)
            at = end


def _is_vin(vin: str, folded: str, start: int) -> bool:
    if not vin[-4:].isdigit() or vin.isdigit() or sum(char.isdigit() for char in vin) < 5:
        return False
    label = left_label(folded, start)
    if label is not None and label.kind == "vin":
        return True
    if label is not None and label.kind == "other" and label.tight:
        return False
    return vin_check(vin)
