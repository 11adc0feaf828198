"""Numbers made of digits alone: mobile, landline, ID card, bank card, courier, QQ."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.text.pii.checks import id_card_check, id_card_shape, is_date, luhn_check
from models.text.pii.context import Label, has_unit, left_label, right_label, touches_letters
from models.text.pii.digits import Chunk, find_runs, without_echoes
from models.text.pii.resources import area_codes, carriers
from models.text.pii.values import Candidate

_MAX_CHUNKS = 24
_MAX_DIGITS = 24
_MOBILE = re.compile(r"(?:0|(?:00)?86)?1[3-9]\d{9}\Z")
_MOBILE_GROUPS = {
    (3, 4, 4),
    (3, 3, 5),
    (3, 8),
    (4, 3, 4),
    (4, 4, 3),
    (7, 4),
    (3, 5, 3),
    (5, 6),
    (3, 2, 2, 2, 2),
    (3, 2, 3, 3),
}
_MOBILE_GROUPS |= {(2, 2, 2, 2, 3), (3, 2, 2, 4), (2, 1, 4, 4)}
_CARD_HEAD = re.compile(r"62|4|5[1-5]|35|60|68|955[89]|9[0-9]{2}0{4}")
_SERVICE = re.compile(r"(?:400|800)\d{7}\Z|9[56]\d{3,6}\Z|1\d{2,4}\Z|1010\d{4}\Z")
_X = re.compile(r"[ \u200b\-]?(?:[Xx]|叉)(?![A-Za-z0-9])")
_EXTENSION = re.compile(r"[ ]?(?:转|分机号?|-)[ ]?\d{2,5}(?!\d)")
_LETTERS = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2,5})[ :\-]?\Z")


def find_numbers(folded: str) -> Iterator[Candidate]:
    """All candidates that begin as a run of digits."""
    for run in find_runs(folded):
        found = list(_in_chunks(folded, run))
        for every in (2, len(run)):
            if found:
                break
            merged = without_echoes(run, every)
            found = list(_in_chunks(folded, merged)) if len(merged) < len(run) else []
        yield from found


def _in_chunks(folded: str, chunks: list[Chunk]) -> Iterator[Candidate]:
    for first in range(len(chunks)):
        digits = ""
        label: list[Label | None] = []
        for last in range(first, min(first + _MAX_CHUNKS, len(chunks))):
            digits += chunks[last].digits
            if len(digits) > _MAX_DIGITS:
                break
            if len(digits) >= 5:
                found = _classify(folded, _Window(folded, chunks[first : last + 1], digits, label))
                if found:
                    yield found


class _Window:
    """Neighbouring chunks read as one number. ``label`` is looked up when it is first asked for."""

    __slots__ = ("_folded", "_label", "chunks", "digits", "end", "start")

    def __init__(self, folded: str, chunks: list[Chunk], digits: str, label: list[Label | None]) -> None:
        self._folded = folded
        self._label = label
        self.chunks = chunks
        self.digits = digits
        self.start = chunks[0].start
        self.end = chunks[-1].end

    @property
    def label(self) -> Label | None:
        if not self._label:
            self._label.append(left_label(self._folded, self.start))
        return self._label[0]

    def labelled(self, *kinds: str, tight: bool = False) -> bool:
        return self.label is not None and self.label.kind in kinds and (self.label.tight or not tight)

    @property
    def spoken(self) -> bool:
        return all(chunk.spoken for chunk in self.chunks)

    @property
    def uniform(self) -> bool:
        """All written or all spoken: the 一 of 一直 behind a written number is no digit of it."""
        return len({chunk.spoken for chunk in self.chunks}) == 1

    @property
    def groups(self) -> tuple[int, ...]:
        return tuple(len(chunk.digits) for chunk in self.chunks)

    @property
    def gaps(self) -> set[str]:
        return {chunk.gap or "" for chunk in self.chunks[1:]}

    @property
    def plain(self) -> bool:
        """One chunk, or gaps of one kind only, none of them punctuation of a list."""
        gaps = {gap.strip(" ") or " " for gap in self.gaps if gap}
        return len(self.chunks) == 1 or (len(gaps) <= 1 and gaps <= {" ", "-", "·", "\u200b", "_"})

    def found(self, kind: str, rank: int, *, start: int | None = None, end: int | None = None) -> Candidate:
        return Candidate(kind, self.start if start is None else start, self.end if end is None else end, rank)


def _classify(folded: str, window: _Window) -> Candidate | None:
    found = _id_card(folded, window) or _courier(folded, window)
    if found:
        return found
    if window.labelled("other", tight=True):
        return None
    if touches_letters(folded, window.start, window.end) and not window.labelled("phone", tight=True):
        return None
    found = _mobile(folded, window) or _bank_card(folded, window) or _landline(folded, window)
    return found or _qq(folded, window) or _odd_mobile(folded, window)


def _id_card(folded: str, window: _Window) -> Candidate | None:
    n = len(window.digits)
    if n not in (15, 17, 18):
        return None
    number, end = window.digits, window.end
    if n == 17:
        tail = _X.match(folded, window.end)
        if not tail:
            return None
        number, end = number + "X", tail.end()
    if not id_card_shape(number):
        return None
    named = window.labelled("id_card")
    if len(number) == 15:
        sure = named or (window.label is None and window.plain and len(window.chunks) == 1)
        return (
            window.found("id_card", 2 if named else 5)
            if sure and not has_unit(folded, window.start, end)
            else None
        )
    if not (named or id_card_check(number)):
        return None
    return window.found("id_card", 0, end=end)


def _mobile(folded: str, window: _Window) -> Candidate | None:
    if not 11 <= len(window.digits) <= 15 or not _MOBILE.match(window.digits):
        return None
    if has_unit(folded, window.start, window.end) or window.labelled("courier", tight=True):
        return None
    groups = window.groups
    prefix = len(window.digits) - 11
    if prefix and groups[0] == prefix:
        groups = groups[1:]
    usual = len(groups) == 1 or groups in _MOBILE_GROUPS or set(groups) == {1}
    if not (usual or window.spoken or window.plain or window.labelled("phone", "wechat", "qq")):
        return None
    start = window.start
    if folded[max(0, start - 1) : start] == "+" and prefix:
        start -= 1
    smooth = groups[0] in (11, 3) and not any("\n" in gap for gap in window.gaps)
    return window.found("mobile", 1 if smooth else 2, start=start)


def _odd_mobile(folded: str, window: _Window) -> Candidate | None:
    """A number that begins like a mobile, with a digit too few or too many: dictated, or named a phone."""
    n = len(window.digits)
    if (
        not 9 <= n <= 13
        or not re.match(r"1[3-9]", window.digits)
        or has_unit(folded, window.start, window.end)
    ):
        return None
    if window.labelled("phone", tight=True):
        whole = len(window.chunks) == 1 or window.spoken or window.groups[0] == 3
        return window.found("mobile", 8) if whole else None
    dictated = window.spoken and n >= 10 and window.label is None
    return window.found("mobile", 9) if dictated else None


def _bank_card(folded: str, window: _Window) -> Candidate | None:
    digits = window.digits
    if not 16 <= len(digits) <= 19 or not window.uniform or has_unit(folded, window.start, window.end):
        return None
    if window.labelled("courier", tight=True) or is_date(digits[:8]):
        return None
    named = window.labelled("bank_card")
    groups = window.groups
    if not (len(groups) == 1 or window.spoken or named or set(groups[:-1]) == {4} or set(groups) == {1}):
        return None
    likely = bool(_CARD_HEAD.match(digits)) and luhn_check(digits)
    strong = named and "卡" in (window.label.text if window.label else "")
    if not (likely or (named and luhn_check(digits)) or (strong and window.label and window.label.tight)):
        return None
    return window.found("bank_card", 1 if likely else 2)


def _landline(folded: str, window: _Window) -> Candidate | None:
    digits = window.digits
    if _SERVICE.match(digits) or not window.uniform or has_unit(folded, window.start, window.end):
        return None
    if digits[0] == "0" and 10 <= len(digits) <= 12:
        return _long_distance(folded, window, digits, window.start)
    if (
        digits[:2] == "86"
        and 11 <= len(digits) <= 13
        and folded[max(0, window.start - 1) : window.start] == "+"
    ):
        return _long_distance(folded, window, "0" + digits[2:].lstrip("0"), window.start - 1)
    local = len(digits) in (7, 8) and digits[0] in "2345678" and not is_date(digits)
    if (
        not local
        or not window.labelled("phone", tight=True)
        or "手机" in (window.label.text if window.label else "")
    ):
        return None
    if window.groups not in {(7,), (8,), (4, 4), (3, 4)} and not window.spoken:
        return None
    return window.found("landline", 7)


def _long_distance(folded: str, window: _Window, digits: str, start: int) -> Candidate | None:
    code = 3 if digits[:3] in area_codes() else 4
    rest = digits[code:]
    if digits[:code] not in area_codes() or rest[:1] in ("", "0", "1", "9") or len(rest) not in (7, 8):
        return None
    if code == 3 and len(rest) != 8:
        return None
    first = window.groups[0]
    if not (
        first == code
        or len(window.chunks) == 1
        or window.spoken
        or set(window.groups) == {1}
        or start < window.start
    ):
        return None
    if folded[max(0, start - 1) : start] in ("(", "["):
        start -= 1
    extension = _EXTENSION.match(folded, window.end)
    return window.found("landline", 3, start=start, end=extension.end() if extension else window.end)


def _courier(folded: str, window: _Window) -> Candidate | None:
    n = len(window.digits)
    if not 8 <= n <= 20 or not window.uniform or not (window.plain or window.spoken):
        return None
    letters = _LETTERS.search(folded, max(0, window.start - 8), window.start)
    if letters and letters[1].upper() in carriers() and n >= 10:
        label = left_label(folded, letters.start(1)) if len(window.chunks) > 1 else None
        order = label is not None and label.kind == "other" and label.tight
        return None if order else window.found("courier", 1, start=letters.start(1))
    if not window.labelled("courier", tight=True) or n < 10 or has_unit(folded, window.start, window.end):
        return None
    if touches_letters(folded, window.start, window.end) and not letters:
        return None
    return window.found("courier", 1, start=letters.start(1) if letters else window.start)


def _qq(folded: str, window: _Window) -> Candidate | None:
    named = window.labelled("qq", tight=True) or right_label(folded, window.end) in ("QQ", "扣扣")
    if (
        not named
        or not 5 <= len(window.digits) <= 11
        or window.digits[0] == "0"
        or _SERVICE.match(window.digits)
    ):
        return None
    dictated = window.spoken or (window.plain and (window.groups[0] > 2 or set(window.groups) == {1}))
    if has_unit(folded, window.start, window.end) or not window.uniform or not dictated:
        return None
    return window.found("qq", 4)
