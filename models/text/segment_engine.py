"""The two engines behind ``Segmenter``: rjieba (Rust, fast) and jieba (Python, the reference).

Both are private instances. The module-wide tokenizers of the two packages are never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.metadata import version
from typing import Protocol

from models.text.dictionary import Entry


class Engine(Protocol):
    """Cuts a text; ``cut`` joined is the text."""

    version: str
    cut: Callable[[str], list[str]]
    cut_for_search: Callable[[str], list[str]]
    tag: Callable[[str], str]
    """The part of speech of one word, ``x`` where it is not known."""


class RjiebaEngine:
    """An own ``rjieba.Jieba``; words are added one by one, a missing frequency as jieba suggests it."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        import rjieba

        self._jieba = rjieba.Jieba()
        for entry in entries:
            self._jieba.add_word(entry.word, entry.freq, entry.pos)
        self.cut: Callable[[str], list[str]] = self._jieba.cut
        self.cut_for_search: Callable[[str], list[str]] = self._jieba.cut_for_search
        self.version = f"rjieba-{version('rjieba')}"

        self.tag: Callable[[str], str] = lru_cache(maxsize=65536)(self._tag)

    def _tag(self, word: str) -> str:
        try:
            found = self._jieba.tag(word, False)
        except UnicodeEncodeError:
            return "x"
        return found[0][1] or "x" if len(found) == 1 else "x"


class JiebaEngine:
    """An own ``jieba.Tokenizer``. Its cache file in the temporary folder is neither read nor written."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        import jieba

        tokenizer = jieba.Tokenizer()
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
        tokenizer.initialized = True
        for entry in entries:
            tokenizer.add_word(entry.word, entry.freq, entry.pos)
        self._tokenizer = tokenizer
        self._tags: dict[str, str] = {}
        self.version = f"jieba-{version('jieba')}"
        self.cut: Callable[[str], list[str]] = tokenizer.lcut
        self.cut_for_search: Callable[[str], list[str]] = tokenizer.lcut_for_search
        self.tag: Callable[[str], str] = self._tag

    def _tag(self, word: str) -> str:
        if not self._tags:
            lines = self._tokenizer.get_dict_file().read().decode().splitlines()
            self._tags = {line.split(" ")[0]: line.split(" ")[2] for line in lines}
            self._tags |= self._tokenizer.user_word_tag_tab
        found = self._tags.get(word)
        if found:
            return found
        if word.isascii() and word.isalnum():
            return "m" if word.isdigit() else "eng"
        return "x"
