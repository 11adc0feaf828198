"""Words without a cause in them, read once from the resource file beside this module."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTERS = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class GenericWords:
    """The stop list of root causes, the words for faults, and those of a caller's talk around them.

    ``version`` stands in every result.
    """

    version: str
    words: frozenset[str]
    faults: frozenset[str] = frozenset()
    talk: frozenset[str] = frozenset()

    def is_fault(self, word: str) -> bool:
        """Whether ``word`` says what is wrong: on the list of faults, or a negation such as 不亮."""
        lowered = word.lower()
        negated = lowered[:1] in "不无没" and han_chars(lowered) >= 2 and lowered not in self.words
        return lowered in self.faults or negated

    def is_content(self, word: str) -> bool:
        """Whether ``word`` may name an object or a fault: two Han characters or more, not on the list."""
        return han_chars(word) >= 2 and word.lower() not in self.words

    def is_term(self, word: str) -> bool:
        """Whether ``word`` may help to tell causes apart: Han or Latin letters, not on the list."""
        lowered = word.lower()
        has_letters = bool(_HAN.search(lowered) or _LETTERS.search(lowered))
        return has_letters and lowered not in self.words


@lru_cache(maxsize=1)
def load_generic_words() -> GenericWords:
    """The lists beside this module; the version names them all."""
    folder = files("models.rootcause")
    version, words = parse_words((folder / "generic_words.txt").read_text("utf-8"))
    faults_version, faults = parse_words((folder / "fault_words.txt").read_text("utf-8"))
    talk_version, talk = parse_words((folder / "talk_words.txt").read_text("utf-8"))
    return GenericWords(f"{version}.{faults_version}.{talk_version}", words, faults, talk)


def parse_words(text: str) -> tuple[str, frozenset[str]]:
    """Version and words of a resource: ``#`` comments, a line ``version N``, words separated by spaces."""
    version, words = "0", set[str]()
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("version "):
            version = line.removeprefix("version ").strip()
        elif line and not line.startswith("#"):
            words.update(word.lower() for word in line.split())
    return version, frozenset(words)


def han_chars(text: str) -> int:
    """The number of Han characters in ``text``."""
    return len(_HAN.findall(text))
