"""The word lists beside this module, read once, on first use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "resources"


def load_lines(name: str) -> list[str]:
    """Lines of a list, without comments and empty ones."""
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def load_words(name: str) -> frozenset[str]:
    """All words of a list, parted by white space."""
    return frozenset(word for line in load_lines(name) for word in line.split())


def load_chars(name: str) -> frozenset[str]:
    """All characters of a list."""
    return frozenset("".join(load_words(name)))


@dataclass(frozen=True, slots=True)
class NameLists:
    surnames: frozenset[str]
    weak: frozenset[str]
    compound: frozenset[str]
    given: frozenset[str]
    traps: frozenset[str]
    not_names: frozenset[str]
    common_words: frozenset[str]
    after_name: frozenset[str]


@cache
def name_lists() -> NameLists:
    """The lists that personal names are told by."""
    return NameLists(
        surnames=load_chars("surnames.txt"),
        weak=load_chars("surnames_weak.txt"),
        compound=load_words("surnames_compound.txt"),
        given=load_chars("given_name_chars.txt"),
        traps=load_words("surname_traps.txt"),
        not_names=load_words("not_names.txt"),
        common_words=load_words("common_words.txt"),
        after_name=load_words("after_name_words.txt"),
    )


@cache
def area_codes() -> frozenset[str]:
    """Area codes with their leading 0."""
    return frozenset("0" + code for code in load_words("area_codes.txt"))


@cache
def carriers() -> frozenset[str]:
    return load_words("carriers.txt")


@cache
def regions() -> frozenset[str]:
    return load_words("regions.txt")


@cache
def titles() -> tuple[tuple[str, str], ...]:
    """Title and the characters that may not follow it, longer titles first."""
    pairs = [tuple((line + " ").split(" ", 1)) for line in load_lines("titles.txt")]
    return tuple(sorted(((title, after.strip()) for title, after in pairs), key=lambda pair: -len(pair[0])))
