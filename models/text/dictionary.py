"""Domain dictionaries in jieba's file format, as versioned values.

A line is ``word [frequency] [part of speech]``; a word may hold blanks when a frequency follows it
(``ID.4 CROZZ 100 nz``). ``#`` starts a comment, ``# version: 1.2`` names the version of the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from models.core.errors import PackError

MAX_WORD_CHARS = 60
_LINE = re.compile(r"(?P<word>.+?)(?:[ \t]+(?P<freq>-?[0-9]+))?(?:[ \t]+(?P<pos>[a-z][a-z0-9]*))?")
_VERSION = re.compile(r"#\s*version\s*[:：]\s*(\S+)", re.IGNORECASE)
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\ud800-\udfff\ue000-\uf8ff\ufeff\ufffd]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A word. ``freq`` None lets the engine give the lowest frequency that keeps the word in one piece;
    ``freq`` 0 tells it that this is not a word."""

    word: str
    freq: int | None = None
    pos: str | None = None


@dataclass(frozen=True)
class Dictionary:
    """Words of one name and version; ``digest`` is what is recorded beside a result."""

    name: str
    version: str
    entries: tuple[Entry, ...] = ()

    @cached_property
    def digest(self) -> str:
        """First 12 hex digits of the SHA-256 of the entries in order (the order bears on frequencies)."""
        lines = (f"{entry.word}\t{entry.freq}\t{entry.pos}\n" for entry in self.entries)
        return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(entry.word for entry in self.entries if entry.freq != 0)

    def __len__(self) -> int:
        return len(self.entries)


def parse_dictionary(text: str, *, name: str) -> Dictionary:
    """Read a dictionary. Equal lines count once. Raises ``PackError`` with the line number.

    Without a ``# version:`` comment the version is the digest of the entries.
    """
    seen: dict[str, tuple[int, Entry]] = {}
    version = ""
    for number, line in _lines(text):
        if line.startswith("#"):
            found = _VERSION.match(line)
            version = found[1] if found and not version else version
            continue
        entry = _parse_entry(line, name, number)
        earlier = seen.setdefault(entry.word, (number, entry))
        if earlier[1] != entry:
            raise _wrong(
                name,
                number,
                f"「{entry.word}」与第 {earlier[0]} 行写法不一致，请只留一行",
                f"{entry.word!r} differs from line {earlier[0]}; keep one of them",
            )
    entries = tuple(entry for _, entry in seen.values())
    dictionary = Dictionary(name, version, entries)
    return dictionary if version else Dictionary(name, dictionary.digest, entries)


def merge(*dictionaries: Dictionary) -> Dictionary:
    """One dictionary of all; where a word stands twice, the later dictionary wins."""
    merged = {entry.word: entry for dictionary in dictionaries for entry in dictionary.entries}
    return Dictionary(
        "+".join(dictionary.name for dictionary in dictionaries) or "empty",
        "+".join(dictionary.version for dictionary in dictionaries) or "0",
        tuple(merged.values()),
    )


def format_dictionary(entries: Iterable[Entry]) -> str:
    """The file text of ``entries``; ``parse_dictionary`` gives them back."""
    return "".join(
        " ".join(str(part) for part in (entry.word, entry.freq, entry.pos) if part is not None) + "\n"
        for entry in entries
    )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Number (from 1) and content of the lines that are not blank."""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if line := line.strip(" \t\r\u3000"):
            yield number, line


def _parse_entry(line: str, name: str, number: int) -> Entry:
    found = _LINE.fullmatch(line.partition(" #")[0].rstrip())
    word = found["word"] if found else ""
    if not word or _UNUSABLE.search(word):
        raise _wrong(
            name, number, "词里有控制字符或无法使用的字符", "the word holds control or unusable characters"
        )
    if len(word) > MAX_WORD_CHARS:
        raise _wrong(
            name, number, f"词超过 {MAX_WORD_CHARS} 个字", f"the word is over {MAX_WORD_CHARS} characters"
        )
    freq = int(found["freq"]) if found and found["freq"] else None
    if freq is not None and not 0 <= freq <= 10**9:
        raise _wrong(name, number, f"词频 {freq} 应在 0 到 10 亿之间", f"frequency {freq} is not in 0..10^9")
    return Entry(word, freq, found["pos"] if found else None)


def _wrong(name: str, number: int, reason: str, reason_en: str) -> PackError:
    return PackError(
        pack=name,
        line=number,
        reason=f"词典第 {number} 行：{reason}",
        reason_en=f"dictionary line {number}: {reason_en}",
    )
