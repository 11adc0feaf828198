"""Texts with labelled triplets: a line is ``characters####[((first, last), (first, last), 'POS'), …]``.

The characters (or words) are divided by blanks, and the numbers count them; ``last`` is inside the span. An
aspect of ``(-1, -1)`` is not written in the text. Read as half-open code points of the text without the blanks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from models.core.errors import FileFormatError, RowError
from models.opinion.values import Sign, Triplet
from models.text.align import Span

SEPARATOR = "####"
_NUMBERS = r"[(\[]\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*,?\s*[)\]]"
_TRIPLET = re.compile(rf"\(\s*{_NUMBERS}\s*,\s*{_NUMBERS}\s*,\s*['\"]?([-\w]+)['\"]?\s*\)\s*,?\s*")
_POLARITIES: dict[str, Sign] = {
    "neg": -1,
    "negative": -1,
    "-1": -1,
    "neu": 0,
    "neutral": 0,
    "0": 0,
    "pos": 1,
    "positive": 1,
    "1": 1,
}


@dataclass(frozen=True, slots=True)
class TripletRow:
    """A text and its triplets, without repeats, in the order of the file."""

    text: str
    triplets: tuple[Triplet, ...]


@dataclass(frozen=True, slots=True)
class TripletTable:
    """All usable rows of a file; ``rejected`` are the others."""

    rows: tuple[TripletRow, ...]
    rejected: tuple[RowError, ...]


def load_triplets(path: Path) -> TripletTable:
    """Read a UTF-8 file. Raises ``FileFormatError`` where it cannot be read or has no usable row."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(path=str(path), reason="不是 UTF-8 文本", reason_en="not UTF-8 text") from error
    rejected: list[RowError] = []
    rows = tuple(parse_lines(lines, rejected))
    if not rows:
        raise FileFormatError(path=str(path), reason="没有可用的行", reason_en="no usable row")
    return TripletTable(rows, tuple(rejected))


def parse_lines(lines: Iterable[str], rejected: list[RowError]) -> Iterator[TripletRow]:
    """The rows of ``lines``, empty lines left out; what is wrong is added to ``rejected``."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield parse_line(line, number=number)
        except RowError as error:
            rejected.append(error)


def parse_line(line: str, *, number: int = 1) -> TripletRow:
    """One line as a row. Raises ``RowError`` with ``number`` as its line."""
    characters, separator, listed = line.rpartition(SEPARATOR)
    if not separator or not characters.strip():
        raise _wrong(number, "应为「文本####[…]」", "it should be TEXT####[...]")
    tokens = characters.strip().split(" ")
    ends = list(accumulate(len(token) for token in tokens))
    starts = [0, *ends[:-1]]
    triplets = []
    for first, second, polarity in _items(listed, number):
        opinion = _span(second, starts, ends, number)
        if opinion is None:
            raise _wrong(number, "观点的位置为空", "the opinion has no place")
        triplets.append(Triplet(_span(first, starts, ends, number), opinion, polarity))
    return TripletRow("".join(tokens), tuple(dict.fromkeys(triplets)))


def format_line(row: TripletRow) -> str:
    """The line of ``row``, each code point for itself; the opposite of ``parse_line`` for texts without blanks."""
    names = {-1: "NEG", 0: "NEU", 1: "POS"}
    items = [
        (_inclusive(triplet.aspect), _inclusive(triplet.opinion), names[triplet.polarity])
        for triplet in row.triplets
    ]
    return f"{' '.join(row.text)}{SEPARATOR}[{', '.join(f'({a}, {o}, {p!r})' for a, o, p in items)}]"


def _inclusive(span: Span | None) -> tuple[int, int]:
    return (span.start, span.end - 1) if span else (-1, -1)


def _items(listed: str, number: int) -> Iterator[tuple[str, str, Sign]]:
    body = listed.strip()
    if not (body.startswith("[") and body.endswith("]")):
        raise _wrong(number, "三元组应写在 [ ] 里", "the triplets should stand in [ ]")
    body, at = body[1:-1].strip(), 0
    while at < len(body):
        found = _TRIPLET.match(body, at)
        if not found or found[3].lower() not in _POLARITIES:
            raise _wrong(
                number, f"无法读懂「{body[at : at + 40]}」", f"not understood: {body[at : at + 40]!r}"
            )
        yield found[1], found[2], _POLARITIES[found[3].lower()]
        at = found.end()


def _span(numbers: str, starts: list[int], ends: list[int], number: int) -> Span | None:
    values = [int(part) for part in numbers.split(",")]
    first, last = values[0], values[-1]
    if first < 0 and last < 0:
        return None
    if not 0 <= first <= last < len(starts) or ends[last] == starts[first]:
        raise _wrong(number, f"位置 ({numbers}) 不在文本内", f"span ({numbers}) is outside the text")
    return Span(starts[first], ends[last])


def _wrong(number: int, reason: str, reason_en: str) -> RowError:
    return RowError(line=number, reason=reason, reason_en=reason_en)
