"""Names of root causes: short phrases of object and fault from the clauses of one cause, rare in the others."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.rootcause.generic import GenericWords, han_chars
from models.rootcause.phrases import Phrase, phrases_of
from models.rootcause.pieces import Tagger, load_tagger

FALLBACK_CHARS = 14
MAX_CLAUSES = 100
"""Clauses of a cause, those with its best words first, whose phrases are weighed."""
TALK_FACTOR = 0.3
CENTRAL = 0.4
"""Score, of the best word's, that one word of a name should reach."""


@dataclass(frozen=True, slots=True)
class Member:
    """A clause of a cause, as naming needs it: its words (lower-cased), text, voice and weight."""

    text: str
    words: tuple[str, ...]
    voice: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Naming:
    """``name`` stands in a member clause, perhaps with weak words between its own; ``keywords`` best first.

    ``shared`` is whether enough voices say the words of the name in one clause; a cause without any shared
    phrase is a doubtful one.
    """

    name: str
    keywords: tuple[str, ...]
    shared: bool = True


@dataclass(slots=True)
class _Candidate:
    phrase: Phrase
    voices: set[int] = field(default_factory=set)
    fitness: float = 0.0
    n: int = 0
    n_apart: int = 0


def name_causes(
    causes: Sequence[Sequence[Member]],
    generic: GenericWords,
    information: Mapping[str, float],
    *,
    n_keywords: int = 8,
    taken: Sequence[str] = (),
    tag: Tagger | None = None,
) -> list[Naming | None]:
    """One naming per cause, in order; ``None`` where no clause of a cause has any content word.

    Names are unique among themselves and against ``taken``. A phrase scores by how it reads (an object and its
    fault best), by its words' share of the cause's voices against the share in all causes (class TF-IDF;
    Grootendorst 2022, eq. 1, with shares of voices for counts) and by how many voices say them in one clause.
    """
    tag = tag or load_tagger()
    word_voices = [_word_voices(members, generic) for members in causes]
    sizes = [max(1, len({m.voice for m in members})) for members in causes]
    spread = _spread(word_voices, sizes)
    used = set(taken)
    named: list[Naming | None] = []
    for members, words, size in zip(causes, word_voices, sizes, strict=True):
        scores = _word_scores(words, size, spread, information, generic)
        keywords = tuple(sorted(scores, key=lambda w: (-scores[w], w)))[:n_keywords]
        if not keywords:
            named.append(None)
            continue
        candidates = _candidates(members, scores, generic, tag)
        name = _best(candidates, size, scores, used, least=2 if size >= 3 else 1)
        shared = bool(name)
        name = name or _best(candidates, size, scores, used, least=1) or _fallback(members, keywords, used)
        if name:
            used.add(name)
        named.append(Naming(name, keywords, shared) if name else None)
    return named


def _word_voices(members: Sequence[Member], generic: GenericWords) -> Counter[str]:
    voices: dict[str, set[int]] = defaultdict(set)
    for member in members:
        for word in set(member.words):
            if generic.is_content(word):
                voices[word].add(member.voice)
    return Counter({word: len(seen) for word, seen in voices.items()})


def _spread(counts: Sequence[Counter[str]], sizes: Sequence[int]) -> dict[str, float]:
    """Mean share over the causes of the voices that say an item."""
    total: dict[str, float] = defaultdict(float)
    for counter, size in zip(counts, sizes, strict=True):
        for item, n in counter.items():
            total[item] += n / size / len(counts)
    return total


def _word_scores(
    words: Counter[str],
    size: int,
    spread: Mapping[str, float],
    information: Mapping[str, float],
    generic: GenericWords,
) -> dict[str, float]:
    """Scores of a cause's words, the best one 1."""
    scores = {}
    for word, n in words.items():
        share = n / size
        tells = 0.2 + information.get(word, 0.3)
        told = share * math.log(1 + share / max(spread[word], 1e-9)) * tells
        scores[word] = told * (TALK_FACTOR if word in generic.talk else 1.0)
    best = max(scores.values(), default=1.0)
    return {word: round(score / best, 6) for word, score in scores.items()}


def _candidates(
    members: Sequence[Member], scores: Mapping[str, float], generic: GenericWords, tag: Tagger
) -> list[_Candidate]:
    """Phrases of the clauses with the cause's best words, each with the voices that say it."""
    voices: dict[tuple[str, tuple[str, ...]], set[int]] = defaultdict(set)
    for member in members:
        voices[member.text, member.words].add(member.voice)
    merit = {key: sum(sorted((scores.get(w, 0.0) for w in set(key[1])), reverse=True)[:3]) for key in voices}
    order = sorted(
        voices, key=lambda key: (-round(merit[key] * math.sqrt(len(voices[key])), 6), len(key[0]), key)
    )
    found: dict[str, _Candidate] = {}
    for key in order[:MAX_CLAUSES]:
        for phrase in phrases_of(*key, generic, tag):
            candidate = found.setdefault(phrase.text, _Candidate(phrase))
            candidate.voices |= voices[key]
            candidate.fitness += phrase.fitness * len(voices[key])
            candidate.n += len(voices[key])
    _add_apart(found, voices)
    return list(found.values())


def _add_apart(
    found: Mapping[str, _Candidate], voices: Mapping[tuple[str, tuple[str, ...]], set[int]]
) -> None:
    """Voices that say the words of a phrase with others between: in one clause, or anywhere."""
    said: dict[str, set[tuple[str, tuple[str, ...]]]] = defaultdict(set)
    sayers: dict[str, set[int]] = defaultdict(set)
    for key, own in voices.items():
        for word in set(key[1]):
            said[word].add(key)
            sayers[word] |= own
    for candidate in found.values():
        words = sorted(set(candidate.phrase.words))
        if all(word in said for word in words):
            for key in set.intersection(*(said[word] for word in words)):
                candidate.voices |= voices[key]
            candidate.n_apart = len(set.intersection(*(sayers[word] for word in words)))


def _best(
    candidates: Sequence[_Candidate],
    size: int,
    scores: Mapping[str, float],
    used: set[str],
    *,
    least: int,
) -> str:
    ranked = [
        (-round(_value(candidate, size, scores), 6), len(candidate.phrase.text), candidate.phrase.text)
        for candidate in candidates
        if len(candidate.voices) >= least and _is_free(candidate.phrase.text, used)
    ]
    return min(ranked, default=(0.0, 0, ""))[2]


def _value(candidate: _Candidate, size: int, scores: Mapping[str, float]) -> float:
    told = sorted((_told(word, scores) for word in set(candidate.phrase.words)), reverse=True)
    relevance = sum(told[:3]) + 0.02
    said = ((len(candidate.voices) + max(len(candidate.voices), candidate.n_apart)) / 2 / size) ** 0.6
    best = max(scores.values(), default=1.0)
    central = 1.0 if told and told[0] >= CENTRAL * best else 0.75
    return candidate.fitness / candidate.n * relevance * said * central


def _told(word: str, scores: Mapping[str, float]) -> float:
    """A word's score; of a fault of several words that of its best part."""
    found = scores.get(word)
    if found is None and len(word) >= 3:
        found = max(scores.get(part, 0.0) for part in (word[:2], word[-2:], word[1:], word[:-1]))
    return found or 0.0


def _is_free(phrase: str, used: set[str]) -> bool:
    return not any(phrase in name or name in phrase for name in used)


def _fallback(members: Sequence[Member], keywords: Sequence[str], used: set[str]) -> str:
    """The shortest stretch of a member clause with the most important keywords in it, still unused."""
    wanted = set(keywords)
    best: list[tuple[int, int, str]] = []
    for member in members:
        hits = [i for i, word in enumerate(member.words) if word in wanted]
        for first in hits:
            for last in (i for i in hits if i >= first):
                phrase = _literal(member, first, last)
                value = sum(
                    len(keywords) - keywords.index(w) for w in set(member.words[first : last + 1]) & wanted
                )
                if phrase and han_chars(phrase) <= FALLBACK_CHARS and phrase not in used:
                    best.append((-value, len(phrase), phrase))
    long_enough = [item for item in best if han_chars(item[2]) >= 3]
    return min(long_enough or best, default=(0, 0, ""))[2]


def _literal(member: Member, first: int, last: int) -> str:
    """The text from word ``first`` to word ``last``, as written, or nothing where it cannot be found."""
    lowered, at, starts = member.text.lower(), 0, []
    if len(lowered) != len(member.text):
        return ""
    for word in member.words[: last + 1]:
        at = lowered.find(word, at)
        if at < 0:
            return ""
        starts.append(at)
        at += len(word)
    return member.text[starts[first] : at]
