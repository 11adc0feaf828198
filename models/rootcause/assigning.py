"""Every clause to its cause: those that causes were sought in, and by the same function all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.rootcause.clusters import Labels
from models.rootcause.continuity import Continuity, Evidence, continued
from models.rootcause.generic import GenericWords
from models.rootcause.grouping import Centres, DiscoverConfig, Sought, centres_of, least_voices, seek
from models.rootcause.space import Space, SpaceModel, encode_texts, learn_space
from models.rootcause.units import Corpus, Unit, build_corpus
from models.rootcause.vectors import Encoder, VectorCache, text_digest

UnitKey = tuple[str, int, int, str]
_CHUNK_VOICES = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Causes as centres, and the voices that they were sought in. ``current`` ``(n_units,)`` has the units of
    the month among them; the others are remembered ones."""

    corpus: Corpus
    model: SpaceModel
    space: Space
    sought: Sought
    kept: Continuity
    centres: Centres
    current: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Units with one entry each: ``labels`` their cause or -1, ``scores`` the cosine in [-1, 1], ``nearest`` the
    nearest cause even so, ``weights`` how much they tell (0: nothing, a generic clause). ``drawn`` is ``labels``
    before the outlier budget, ``NO_CAUSE`` where a group that speaks of no cause is nearest."""

    units: tuple[Unit, ...]
    drawn: Labels
    labels: Labels
    scores: NDArray[np.float32]
    nearest: Labels
    weights: NDArray[np.float64]


def settle(
    units: Sequence[Unit],
    remembered: Mapping[UnitKey, int],
    memory: Sequence[Unit],
    n_known: int,
    encoder: Encoder,
    generic: GenericWords,
    config: DiscoverConfig,
    cache: VectorCache | None = None,
) -> Settled | None:
    """Seek causes in ``units`` beside ``memory``, units of earlier months with the number of their cause.

    None where no clause says anything.
    """
    corpus = build_corpus([*drawn(units, config.max_voices), *memory])
    if not corpus.units:
        return None
    clauses = encode_texts(corpus, encoder, cache)
    model = learn_space(corpus, clauses, generic, config.space)
    space = model.place(corpus, clauses, generic)
    sought = seek(space, config)
    known = np.array([remembered.get(unit.key, -1) for unit in corpus.units], dtype=np.int64)
    theirs = {unit.key for unit in memory}
    current = np.array([unit.key not in theirs for unit in corpus.units])
    rows = _evidence(corpus, space, sought, known, current)
    n_voices = len({unit.voice_id for unit in units})
    least = least_voices(n_voices, config.min_voices)
    kept = continued(rows, space.joint, space.weights, n_known, least, config.continuity)
    return Settled(corpus, model, space, sought, kept, centres_of(space, sought, rows, kept), current)


def drawn(units: Sequence[Unit], max_voices: int) -> Sequence[Unit]:
    """The units of at most ``max_voices`` voices, drawn by what they say, whatever the order."""
    said: dict[str, list[str]] = {}
    for unit in units:
        said.setdefault(unit.voice_id, []).append(f"{unit.start}:{unit.text}")
    if len(said) <= max_voices:
        return units
    ranked = sorted(said, key=lambda voice: (text_digest("|".join(sorted(said[voice]))), voice))
    chosen = set(ranked[:max_voices])
    return [unit for unit in units if unit.voice_id in chosen]


def placed(
    settled: Settled,
    units: Sequence[Unit],
    encoder: Encoder,
    generic: GenericWords,
    config: DiscoverConfig,
    cache: VectorCache | None = None,
    copies: Mapping[str, int] | None = None,
) -> Placed:
    """Causes of all of ``units``; what stays without one for being unsure keeps to the outlier budget.

    ``copies`` says how many texts a voice stands for in that budget; one where it is not told.
    """
    parts = [_placed_in(settled, settled.corpus, settled.space, settled.current)]
    sought = {unit.key for unit in settled.corpus.units}
    for chunk in _chunks([unit for unit in units if unit.key not in sought]):
        corpus = build_corpus(chunk)
        space = settled.model.place(corpus, encode_texts(corpus, encoder, cache), generic)
        parts.append(_placed_in(settled, corpus, space, np.ones(len(corpus.units), dtype=bool)))
    joined = Placed(
        tuple(unit for part in parts for unit in part.units),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Placed.__slots__[1:]),
    )
    return _within_budget(joined, config, copies)


def let_go(
    found: Placed, causes: Sequence[int], config: DiscoverConfig, copies: Mapping[str, int] | None = None
) -> Placed:
    """``found`` without ``causes``, whose clauses count against the outlier budget from then on."""
    if not causes:
        return found
    return _within_budget(
        replace(found, drawn=np.where(np.isin(found.drawn, causes), -1, found.drawn)), config, copies
    )


def _placed_in(settled: Settled, corpus: Corpus, space: Space, chosen: NDArray[np.bool_]) -> Placed:
    drawn, scores, nearest = settled.centres.of(space.joint)
    row = space.row_of[chosen]
    units = tuple(unit for unit, is_chosen in zip(corpus.units, chosen, strict=True) if is_chosen)
    none, nothing = np.array([-1]), np.zeros(1)
    drawn = np.concatenate([drawn, none])[row]
    return Placed(
        units,
        drawn,
        drawn,
        np.concatenate([scores, nothing])[row].astype(np.float32),
        np.concatenate([nearest, none])[row],
        np.concatenate([space.weights, nothing])[row],
    )


def _within_budget(found: Placed, config: DiscoverConfig, copies: Mapping[str, int] | None) -> Placed:
    """Clauses too far from their cause lose it, as far as the outlier budget reaches.

    The budget is a share of the complaining voices; those that say nothing of a cause count against it.
    """
    best: dict[str, float] = {}
    for unit, label, score in zip(found.units, found.drawn, found.scores, strict=True):
        if unit.is_complaint:
            own = float(score) if label >= 0 else -1.0
            best[unit.voice_id] = max(best.get(unit.voice_id, -1.0), own)
    if not best:
        return found
    least = min(config.min_similarity, _affordable(best, copies or {}, config.max_unassigned))
    return replace(found, labels=np.where((found.drawn >= 0) & (found.scores >= least), found.drawn, -1))


def _affordable(best: Mapping[str, float], copies: Mapping[str, int], max_unassigned: float) -> float:
    """The highest least score at which voices with no more than that share of all copies stay below it."""
    ranked = sorted((score, copies.get(voice, 1)) for voice, score in best.items())
    left = max_unassigned * sum(n for _, n in ranked)
    for score, n in ranked:
        left -= n
        if left < 0:
            return score
    return ranked[-1][0]


def _evidence(
    corpus: Corpus, space: Space, sought: Sought, known: NDArray[np.int64], current: NDArray[np.bool_]
) -> Evidence:
    n_rows = len(space.row_voice)
    row_known, row_current = np.full(n_rows, -1, dtype=np.int64), np.zeros(n_rows, dtype=bool)
    told = space.row_of >= 0
    np.maximum.at(row_known, space.row_of[told], known[told])
    np.logical_or.at(row_current, space.row_of[told], current[told])
    return Evidence(
        sought.labels,
        space.row_voice,
        row_known,
        row_current,
        corpus.complains,
        sought.agreement,
        sought.cuts,
    )


def _chunks(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Units by whole voices, so many voices at a time."""
    by_voice: dict[str, list[Unit]] = {}
    for unit in units:
        by_voice.setdefault(unit.voice_id, []).append(unit)
    voices = sorted(by_voice)
    for at in range(0, len(voices), _CHUNK_VOICES):
        yield [unit for voice in voices[at : at + _CHUNK_VOICES] for unit in by_voice[voice]]
