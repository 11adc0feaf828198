"""Units of evidence: negative clauses, in one canonical order, gathered under voices."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MASK = re.compile(r"\[[\u3400-\u9fff·]{1,10}\]")
_WORD_IN_MASK = re.compile(r"[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Unit:
    """One negative clause.

    ``start`` and ``end`` are half-open code points in the masked text of the transcript; ``text`` is the
    clause as repaired and masked; ``words`` are its words without white space and punctuation. Transcripts
    that are near-duplicates of each other share one ``voice``; left empty, the transcript is its own voice.
    ``is_complaint`` says whether the transcript as a whole is one: only complaints found new causes.
    """

    transcript_id: str
    start: int
    end: int
    text: str
    words: tuple[str, ...]
    weight: float = 1.0
    voice: str = ""
    is_complaint: bool = True

    @property
    def voice_id(self) -> str:
        return self.voice or self.transcript_id

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What tells this unit from every other; the canonical order follows it."""
        return self.transcript_id, self.start, self.end, self.text


@dataclass(frozen=True, slots=True)
class Corpus:
    """The units of a month in canonical order, each mapped to its voice and its distinct text.

    ``voice_of`` and ``text_of`` have one index per unit; ``shares`` ``(n_units,)`` is the unit's weight
    divided by the number of copies of its text within its voice, so that a repeated text speaks once.
    ``complains`` ``(n_voices,)`` has the complaints.
    """

    units: tuple[Unit, ...]
    voices: tuple[str, ...]
    texts: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    voice_of: NDArray[np.int64]
    text_of: NDArray[np.int64]
    shares: NDArray[np.float64]
    complains: NDArray[np.bool_]


def build_corpus(units: Sequence[Unit]) -> Corpus:
    """Sort, drop exact repeats of a unit, and index voices and texts. Row order has no influence."""
    best: dict[tuple[str, int, int, str], Unit] = {}
    for unit in sorted(units, key=_total_order):
        best.setdefault(unit.key, unit)
    voices = _voices_by_content(best.values())
    texts = sorted({unit.text for unit in best.values()})
    voice_index = {voice: i for i, voice in enumerate(voices)}
    ordered = tuple(
        sorted(
            best.values(), key=lambda u: (voice_index[u.voice_id], u.start, u.end, u.text, u.transcript_id)
        )
    )
    text_index = {text: i for i, text in enumerate(texts)}
    voice_of = np.array([voice_index[u.voice_id] for u in ordered], dtype=np.int64)
    text_of = np.array([text_index[u.text] for u in ordered], dtype=np.int64)
    copies = Counter(zip(voice_of.tolist(), text_of.tolist(), strict=True))
    shares = np.array(
        [max(u.weight, 0.0) / copies[v, t] for u, v, t in zip(ordered, voice_of, text_of, strict=True)],
        dtype=np.float64,
    )
    words_of: dict[str, tuple[str, ...]] = {}
    for unit in ordered:
        words_of.setdefault(unit.text, unmasked_words(unit.text, unit.words))
    words = tuple(words_of[text] for text in texts)
    complains = np.zeros(len(voices), dtype=bool)
    np.logical_or.at(complains, voice_of, [unit.is_complaint for unit in ordered])
    return Corpus(
        ordered,
        tuple(voices),
        tuple(texts),
        words,
        voice_of,
        text_of,
        shares,
        complains,
    )


def _voices_by_content(units: Iterable[Unit]) -> list[str]:
    """Voices in the order of what they say: ids are made anew by every database and must not matter."""
    said: dict[str, list[tuple[str, int, int]]] = {}
    for unit in units:
        said.setdefault(unit.voice_id, []).append((unit.text, unit.start, unit.end))
    return sorted(said, key=lambda voice: (sorted(said[voice]), voice))


def without_masks(text: str) -> str:
    """``text`` without masks such as ``[手机]``: they say nothing about a cause."""
    return _MASK.sub("", text).strip()


def unmasked_words(text: str, words: Sequence[str]) -> tuple[str, ...]:
    """``words`` lower-cased, less those that stand only inside masks of ``text``."""
    words = [word for word in words if not _MASK.fullmatch(word)]
    masks = "".join(_MASK.findall(text))
    if not masks:
        return tuple(word.lower() for word in words)
    rest = without_masks(text)
    inside = {w for m in _WORD_IN_MASK.findall(masks) for w in words if w in m and w not in rest}
    return tuple(word.lower() for word in words if word not in inside)


def _total_order(unit: Unit) -> tuple[str, int, int, str, tuple[str, ...], float, str, bool]:
    return *unit.key, unit.words, unit.weight, unit.voice, unit.is_complaint
