"""Phrase material: templates with slots and alternatives, read from ``phrases/*.yaml``.

A phrase is one line. ``{slot}`` is filled from the slots of the book or from the caller, ``{2-9}`` is a whole
number, ``(甲|乙|)`` is one of its alternatives, which may nest. Full-width brackets are plain text.

A flow is a list of lines, each an optional probability (or ``then``: only where the line before was said), a
speaker and phrase pools joined by ``+``. ``pool?`` is left out half the time; ``pool@second`` takes the pool of another topic, and its line is skipped where the
dialogue has no such topic. ``verify`` stands for questions and answers about identity.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

from models.core.errors import FieldError


class Slot(NamedTuple):
    name: str


class Number(NamedTuple):
    low: int
    high: int


class Either(NamedTuple):
    options: tuple[tuple[Any, ...], ...]


Phrase = tuple[str | Slot | Number | Either, ...]
Pools = Mapping[str, Sequence[Phrase]]

N_BORROWED = 3
_SYNTAX = re.compile(r"\{[^{}]*\}|[()|]|[^{}()|]+")
_RANGE = re.compile(r"\{(\d+)-(\d+)\}")


class Part(NamedTuple):
    """One pool of a flow line. ``topic`` is ``main`` or the name of another topic."""

    pool: str
    topic: str
    optional: bool


class Line(NamedTuple):
    """One turn of a flow: said by ``speaker`` with ``probability``; a ``reply`` needs the line before it."""

    probability: float
    speaker: str
    parts: tuple[Part, ...]
    reply: bool = False


Flow = tuple[Line, ...]


class City(NamedTuple):
    """Where a customer lives: plate prefix, dialling code and the first six digits of an ID card."""

    name: str
    province: str
    plate: str
    dialling: str
    id_code: str
    districts: tuple[str, ...]


@dataclass(frozen=True)
class PhraseBook:
    """All phrase material of a sector, compiled."""

    slots: Mapping[str, Sequence[Phrase]]
    pools: Pools
    causes: Mapping[str, Pools]
    flows: Mapping[str, Mapping[str, Sequence[Flow]]]
    identity: Mapping[str, Pools]
    identity_kinds: tuple[str, ...]
    cities: tuple[City, ...]
    stores: tuple[tuple[str, str], ...]
    segments: tuple[str, ...]
    channels: tuple[tuple[str, float], ...]
    id_prefix: str

    def pool(self, name: str, cause: str | None) -> Sequence[Phrase]:
        """Phrases of ``name``: those of the cause where it has some, else those of the sector."""
        if cause is not None and name in self.causes[cause]:
            return self.causes[cause][name]
        return self.pools[name]


def parse_phrase(text: str) -> Phrase:
    """Compile one line. Raises ``FieldError`` where brackets do not match."""
    tokens = _SYNTAX.findall(text)
    if "".join(tokens) != text:
        raise _wrong(text)
    phrase, rest = _sequence(tokens, 0)
    if rest != len(tokens):
        raise _wrong(text)
    return phrase


def parse_flow_line(text: str) -> Line:
    """Read ``0.8 agent sorry?+ask@second``."""
    words = text.split()
    reply = words[0] == "then"
    if reply:
        words.pop(0)
    probability = float(words.pop(0)) if words[0][0].isdigit() else 1.0
    speaker = words.pop(0)
    parts = tuple(_part(p) for p in words[0].split("+")) if words else ()
    return Line(probability, speaker, parts, reply)


@cache
def load_phrases(sector: str) -> PhraseBook:
    """Read and compile the shared material and that of ``sector``; what the sector says goes first."""
    shared, own = _read("shared"), _read(sector)
    return PhraseBook(
        slots=_pools({**shared["slots"], **own["slots"]}),
        pools=_pools({**shared["pools"], **own["pools"]}),
        causes=_causes(own["causes"]),
        flows={
            name: {kind: _flows(text) for kind, text in kinds.items()}
            for name, kinds in shared["flows"].items()
        },
        identity={kind: _pools(pools) for kind, pools in shared["identity"].items()},
        identity_kinds=tuple(own["identity_kinds"].split()),
        cities=tuple(_city(row) for row in _lines(shared["cities"])),
        stores=tuple((s.split()[0], s.split()[1]) for s in _lines(own.get("stores", ""))),
        segments=tuple(own["segments"].split()),
        channels=_channels(own["channels"]),
        id_prefix=own["id_prefix"],
    )


def _read(name: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath("phrases", f"{name}.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _pools(section: Mapping[str, str]) -> dict[str, tuple[Phrase, ...]]:
    return {name: tuple(parse_phrase(line) for line in _lines(text)) for name, text in section.items()}


def _causes(section: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, tuple[Phrase, ...]]]:
    """Pools by cause. A cause that was or becomes others borrows a few of their phrases (``borrow``)."""
    causes = {name: _pools({k: v for k, v in own.items() if k != "borrow"}) for name, own in section.items()}
    for name, own in section.items():
        for lender in own.get("borrow", "").split():
            causes[name]["say"] += causes[lender]["say"][:N_BORROWED]
    return causes


def _flows(text: str) -> tuple[Flow, ...]:
    blocks = text.strip().split("--")
    return tuple(tuple(parse_flow_line(line) for line in _lines(block)) for block in blocks)


def _channels(text: str) -> tuple[tuple[str, float], ...]:
    words = text.split()
    return tuple((name, float(share)) for name, share in zip(words[::2], words[1::2], strict=True))


def _city(row: str) -> City:
    name, province, plate, dialling, id_code, *districts = row.split()
    return City(name, province, plate, dialling, id_code, tuple(districts))


def _part(text: str) -> Part:
    optional = text.endswith("?")
    pool, _, topic = text.rstrip("?").partition("@")
    return Part(pool, topic or "main", optional)


def _sequence(tokens: list[str], at: int) -> tuple[Phrase, int]:
    nodes: list[str | Slot | Number | Either] = []
    while at < len(tokens) and tokens[at] not in (")", "|"):
        token = tokens[at]
        at += 1
        if token == "(":  # noqa: S105 - a bracket, not a secret
            either, at = _either(tokens, at)
            nodes.append(either)
        elif token.startswith("{"):
            found = _RANGE.fullmatch(token)
            nodes.append(Number(int(found[1]), int(found[2])) if found else Slot(token[1:-1]))
        else:
            nodes.append(token)
    return tuple(nodes), at


def _either(tokens: list[str], at: int) -> tuple[Either, int]:
    options = []
    while True:
        option, at = _sequence(tokens, at)
        options.append(option)
        if at >= len(tokens):
            raise _wrong("".join(tokens))
        at += 1
        if tokens[at - 1] == ")":
            return Either(tuple(options)), at


def _wrong(text: str) -> FieldError:
    return FieldError(
        field="phrase", reason=f"括号不成对：{text}", reason_en=f"brackets do not match: {text}"
    )
