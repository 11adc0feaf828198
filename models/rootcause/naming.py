"""Names of root causes: short phrases that stand in the clauses of one cause and rarely in the others."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.rootcause.generic import GenericWords, han_chars

MIN_CHARS, MAX_CHARS = 3, 10
MAX_WORDS = 4
FALLBACK_CHARS = 14
PAIR_BONUS = 1.5
"""A phrase with two keywords names an object and its fault more often than one alone."""
ALONE_FACTOR = 0.5
FAULT_BONUS = 1.5
COMPLETION_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Member:
    """A clause of a cause, as naming needs it: its words (lower-cased), text, voice and weight."""

    text: str
    words: tuple[str, ...]
    voice: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Naming:
    """``name`` stands literally in a member clause; ``keywords`` come best first.

    ``shared`` is whether enough voices say the name; a cause without any shared phrase is a doubtful one.
    """

    name: str
    keywords: tuple[str, ...]
    shared: bool = True


def name_causes(
    causes: Sequence[Sequence[Member]],
    generic: GenericWords,
    information: Mapping[str, float],
    *,
    n_keywords: int = 8,
    taken: Sequence[str] = (),
) -> list[Naming | None]:
    """One naming per cause, in order; ``None`` where no clause of a cause has any content word.

    Names are unique among themselves and against ``taken``. A phrase scores by the share of the cause's
    voices that say it, against the share in all causes (class TF-IDF; Grootendorst 2022, eq. 1, with shares
    of voices for counts), by the information of its words, and by holding two content words (an object and
    a fault) where it can.
    """
    phrase_voices = [_phrase_voices(members, generic) for members in causes]
    word_voices = [_word_voices(members, generic) for members in causes]
    sizes = [max(1, len({m.voice for m in members})) for members in causes]
    phrase_spread = _spread(phrase_voices, sizes)
    word_spread = _spread(word_voices, sizes)
    used = set(taken)
    named: list[Naming | None] = []
    for members, phrases, words, size in zip(causes, phrase_voices, word_voices, sizes, strict=True):
        scores = _word_scores(words, size, word_spread, information)
        keywords = tuple(sorted(scores, key=lambda w: (-scores[w], w)))[:n_keywords]
        top = {word: scores[word] for word in keywords}
        name = _best_phrase(phrases, size, phrase_spread, top, generic, used)
        shared = bool(name)
        name = name or _fallback(members, keywords, used)
        if name:
            used.add(name)
        named.append(Naming(name, keywords, shared) if name else None)
    return named


def phrases_of(text: str, words: Sequence[str], generic: GenericWords) -> set[str]:
    """Contiguous phrases of ``text`` that may be a name: content words at both ends, 3-10 Han characters."""
    lowered = text.lower()
    found: set[str] = set()
    for start in range(len(words)):
        if not _may_bound(words[start], generic):
            continue
        phrase = ""
        for end in range(start, min(start + MAX_WORDS, len(words))):
            phrase += words[end]
            if han_chars(phrase) > MAX_CHARS:
                break
            if _may_bound(words[end], generic) and _is_name(phrase, words[start : end + 1], generic):
                at = lowered.find(phrase)
                if at >= 0:
                    found.add(text[at : at + len(phrase)])
    return found


def _may_bound(word: str, generic: GenericWords) -> bool:
    return generic.is_term(word) or word in _FAULT_PREFIXES


_FAULT_PREFIXES = frozenset(["不", "无", "漏", "断", "掉", "没", "难", "太"])


def _is_name(phrase: str, words: Sequence[str], generic: GenericWords) -> bool:
    if not MIN_CHARS <= han_chars(phrase) <= MAX_CHARS or words[-1] in _FAULT_PREFIXES:
        return False
    return any(generic.is_content(word) for word in words)


def _phrase_voices(members: Sequence[Member], generic: GenericWords) -> Counter[str]:
    voices: dict[str, set[int]] = defaultdict(set)
    for member in members:
        for phrase in phrases_of(member.text, member.words, generic):
            voices[phrase].add(member.voice)
    return Counter({phrase: len(seen) for phrase, seen in voices.items()})


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
    words: Counter[str], size: int, spread: Mapping[str, float], information: Mapping[str, float]
) -> dict[str, float]:
    """Scores of a cause's words, the best one 1."""
    scores = {}
    for word, n in words.items():
        share = n / size
        tells = 0.2 + information.get(word, 0.3)
        scores[word] = share * math.log(1 + share / max(spread[word], 1e-9)) * tells
    best = max(scores.values(), default=1.0)
    return {word: round(score / best, 6) for word, score in scores.items()}


def _best_phrase(
    phrases: Counter[str],
    size: int,
    spread: Mapping[str, float],
    keywords: Mapping[str, float],
    generic: GenericWords,
    used: set[str],
) -> str:
    least = 2 if size >= 3 else 1
    scored: list[tuple[float, str]] = []
    for phrase, n in phrases.items():
        if n >= least and _is_free(phrase, used) and phrase.lower() not in generic.words:
            share = n / size
            telling = math.log(1 + share / max(spread[phrase], 1e-9)) * math.sqrt(share)
            scored.append((-round(telling * _fitness(phrase, keywords, generic), 6), phrase))
    best = min(scored, default=(0.0, ""))[1]
    return _completed(best, [phrase for _, phrase in scored], phrases)


def _fitness(phrase: str, keywords: Mapping[str, float], generic: GenericWords) -> float:
    """How well a phrase names: its keywords' scores, more with two of them, more with a fault said."""
    lowered = phrase.lower()
    inside = sorted((word for word in keywords if word in lowered), key=lambda w: -keywords[w])
    # 发动机 and 动机 are one word said twice: only what adds characters counts
    parts = [w for i, w in enumerate(inside) if not any(w in other or other in w for other in inside[:i])]
    value = sum(keywords[word] for word in parts[:3]) or 0.02
    rest = lowered
    for word in parts:
        rest = rest.replace(word, "")
    alone = len(parts) == 1 and not han_chars(rest)
    fault = any(generic.is_fault(word) for word in parts) or any(f in lowered for f in generic.faults)
    return (
        value
        * (ALONE_FACTOR if alone else PAIR_BONUS if len(parts) >= 2 else 1.0)
        * (FAULT_BONUS if fault else 1.0)
    )


def _completed(best: str, candidates: Sequence[str], phrases: Counter[str]) -> str:
    """``best``, or the longer phrase around it that most of its voices say too (景园滨河 -> 伊景园滨河苑)."""
    longer = [p for p in candidates if best and best in p and phrases[p] >= COMPLETION_SHARE * phrases[best]]
    return min(longer, key=lambda p: (-len(p), -phrases[p], p), default=best)


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
    long_enough = [item for item in best if han_chars(item[2]) >= MIN_CHARS]
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
