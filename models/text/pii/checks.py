"""Check digits and plausible dates: what tells a personal number from any other number."""

from __future__ import annotations

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True)
)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PROVINCES = frozenset(
    map(
        str,
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
            71,
            81,
            82,
            83,
            91,
        ),
    )
)


def is_day(month: str, day: str) -> bool:
    """Whether ``month`` and ``day``, two digits each, are a day of some year."""
    return "01" <= month <= "12" and 1 <= int(day) <= _DAYS[int(month) - 1]


def is_date(digits: str) -> bool:
    """Whether eight digits read as YYYYMMDD between 1900 and 2099."""
    return len(digits) == 8 and digits[:2] in ("19", "20") and is_day(digits[4:6], digits[6:])


def id_card_shape(number: str) -> bool:
    """Province and birthday of an 18- or 15-character ID number are possible; the check digit is not looked at."""
    if number[:2] not in _PROVINCES:
        return False
    if len(number) == 18:
        return is_date(number[6:14])
    return len(number) == 15 and is_day(number[8:10], number[10:12])


def id_card_check(number: str) -> bool:
    """ISO 7064 MOD 11-2 over 18 characters, the last may be X (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(number, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17]


def luhn_check(digits: str) -> bool:
    """Luhn over all digits (ISO/IEC 7812-1)."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + at % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def vin_check(vin: str) -> bool:
    """Check character at position 9 of a 17-character VIN in capitals (ISO 3779, GB 16735-2019)."""
    total = sum(_VIN_VALUES[char] * weight for char, weight in zip(vin, _VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11] == vin[8]
