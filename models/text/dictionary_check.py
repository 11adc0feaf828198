"""What a dictionary change does to a corpus, and whether it breaks cases that must hold.

A case is one line: the text cut into words. A blank says that the words left and right of it are each
uncut (``用户 表示 不 满意``); a longer word may join them whole. ``|`` in place of a blank says more: here a
boundary must stand (``不|满意`` fails when a dictionary brings the word 不满意). ``#`` starts a comment.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate

from models.core.errors import PackError
from models.text.segment import Segmenter

MAX_EXAMPLES = 3
_CONTEXT_CHARS = 8
_PART = re.compile(r"([ \t|]+)")


@dataclass(frozen=True, slots=True)
class Case:
    """``words`` joined are ``text``; at the offsets in ``required`` a word must begin."""

    text: str
    words: tuple[str, ...]
    required: frozenset[int]
    line: int = 0


@dataclass(frozen=True, slots=True)
class BrokenCase:
    """A case that does not hold: ``words`` is how the segmenter cut it."""

    case: Case
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change: the words ``before`` became ``after``, ``count`` times."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DictionaryDiff:
    """``changes`` by falling count; ``examples`` are the changed place with a little text around it."""

    n_texts: int
    n_changed: int
    changes: tuple[Change, ...]

    @property
    def n_places(self) -> int:
        return sum(change.count for change in self.changes)


def parse_cases(text: str, *, name: str = "cases") -> tuple[Case, ...]:
    """Read cases, one a line. Raises ``PackError`` with the line number for a line without two words."""
    cases = []
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        pieces = _PART.split(line)
        if len(pieces) < 2 or not all(pieces[::2]):
            raise PackError(
                pack=name,
                line=number,
                reason=f"用例第 {number} 行：请用空格或 | 把词分开，例如「用户 表示 不|满意」",
                reason_en=f"case line {number}: part the words by blanks or |, such as 用户 表示 不|满意",
            )
        starts = list(accumulate(map(len, pieces[::2])))
        required = frozenset(at for at, mark in zip(starts, pieces[1::2], strict=False) if "|" in mark)
        cases.append(Case("".join(pieces[::2]), tuple(pieces[::2]), required, number))
    return tuple(cases)


@cache
def builtin_cases() -> tuple[Case, ...]:
    """The cases that come with the service; all hold without any dictionary."""
    path = files("models.text") / "resources" / "dictionary_cases.txt"
    return parse_cases(path.read_text(encoding="utf-8"), name="builtin")


def check_cases(segmenter: Segmenter, cases: Iterable[Case]) -> list[BrokenCase]:
    """The cases that ``segmenter`` breaks, in order."""
    broken = []
    for case in cases:
        words = segmenter.words(case.text)
        starts = set(accumulate(map(len, words)))
        allowed = set(accumulate(map(len, case.words)))
        if not starts <= allowed or not case.required <= starts:
            broken.append(BrokenCase(case, tuple(words)))
    return broken


def compare_dictionaries(old: Segmenter, new: Segmenter, texts: Iterable[str]) -> DictionaryDiff:
    """How ``new`` cuts ``texts`` other than ``old``. Reads the texts one by one.

    A change is the shortest run of words between two boundaries that both have.
    """
    counts: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
    examples: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    n_texts = n_changed = 0
    for text in texts:
        n_texts += 1
        before, after = old.words(text), new.words(text)
        if before == after:
            continue
        n_changed += 1
        for start, end, kind in _changed_places(before, after):
            counts[kind] += 1
            kept = examples.setdefault(kind, [])
            if len(kept) < MAX_EXAMPLES:
                kept.append(_excerpt(text, start, end))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    changes = tuple(Change(*kind, count, tuple(examples[kind])) for kind, count in ordered)
    return DictionaryDiff(n_texts, n_changed, changes)


def _changed_places(
    before: list[str], after: list[str]
) -> Iterator[tuple[int, int, tuple[tuple[str, ...], tuple[str, ...]]]]:
    """Start, end and both segmentations of each place where two segmentations of one text differ."""
    i = j = end_i = end_j = start = 0
    first_i = first_j = 0
    while i < len(before) or j < len(after):
        if end_i <= end_j and i < len(before):
            end_i += len(before[i])
            i += 1
        else:
            end_j += len(after[j])
            j += 1
        if end_i == end_j and i > first_i and j > first_j:
            if before[first_i:i] != after[first_j:j]:
                yield start, end_i, (tuple(before[first_i:i]), tuple(after[first_j:j]))
            start, first_i, first_j = end_i, i, j


def _excerpt(text: str, start: int, end: int) -> str:
    left = text[max(0, start - _CONTEXT_CHARS) : start]
    right = text[end : end + _CONTEXT_CHARS]
    return re.sub(r"\s+", " ", f"{left}【{text[start:end]}】{right}")
