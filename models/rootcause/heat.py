"""Heat: how many people tell of one thing, how much they agree, and how close together in time they came.

People alone make the broadest cause the hottest. So two voices are compared by their rare words (names of places,
of things, of a policy): they agree where these are more alike than chance makes voices of different causes. Of a
broad cause hardly any two agree, of one case nearly all do. Heat is the people, each with those who agreed by
a like, times the share of pairs that agree, up to doubled where they all came at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.rootcause.assigning import Placed, Settled
from models.rootcause.vectors import DECIMALS

_BLOCK = 128
_MAX_COMPARED = 1500
"""Voices, evenly drawn, that tell what chance makes alike."""
PRIOR_VOICES = 8.0
"""A group needs about this many voices before its own spread in time counts."""
WEAK_TERM = 0.5
"""Weight of a term that names neither an object nor a fault."""


@dataclass(frozen=True, slots=True)
class HeatConfig:
    """Two voices agree from cosine ``least_cosine`` on, or from where only ``chance`` of the pairs of different
    causes come if that is higher; ``window`` is the share of the time covered that counts as at once."""

    least_cosine: float = 0.1
    chance: float = 0.01
    window: float = 1 / 6


@dataclass(frozen=True, slots=True)
class Heat:
    """``told`` counts each of ``n_people`` as ``1 + log(1 + likes)``; ``agreement`` is the share of pairs of voices
    of different people that tell of one thing; ``concentration`` the share of voices in the best window beyond
    that of all voices. The last two lie in [0, 1]."""

    n_people: int
    told: float
    agreement: float
    concentration: float

    @property
    def value(self) -> float:
        """The heat itself, 0 or more."""
        return round(self.told * self.agreement * (1 + self.concentration), 2)


@dataclass(frozen=True, slots=True, eq=False)
class HeatGauge:
    """Measures any group of the voices of a settled month; each array has one entry per voice of its corpus.

    ``words`` ``(n, n_terms)`` are rows of length 1, ``agrees`` ``(n, n)`` is 0/1, and 0 for two voices of one
    person; ``days`` are nan where unknown; ``cause`` is the main one or -1, also for voices that are not of the
    month (not ``current``).
    """

    words: sparse.csr_matrix
    agrees: sparse.csr_matrix
    cause: NDArray[np.int64]
    current: NDArray[np.bool_]
    person: NDArray[np.int64]
    reach: NDArray[np.float64]
    days: NDArray[np.float64]
    window_days: float

    @property
    def n_people(self) -> int:
        """People of the month."""
        return len(np.unique(self.person[self.current]))

    def of(self, voices: NDArray[np.int64], agreement: float | None = None) -> Heat:
        """Heat of ``voices``, indices into the corpus; ``agreement`` where it is known already."""
        people, place, said = np.unique(self.person[voices], return_inverse=True, return_counts=True)
        liked = np.bincount(place, self.reach[voices], minlength=len(people))
        if agreement is None:
            apart = len(voices) ** 2 - int((said**2).sum())
            agreement = float(self.agrees[voices][:, voices].sum()) / max(1, apart)
        return Heat(
            len(people),
            round(float((1 + np.log1p(liked)).sum()), DECIMALS),
            round(agreement, DECIMALS),
            self._concentration(self.days[voices]),
        )

    def _concentration(self, days: NDArray[np.float64]) -> float:
        """Shrunk towards none for few voices, whose best window is full by chance."""
        known, everyone = days[~np.isnan(days)], self.days[self.current & ~np.isnan(self.days)]
        if not len(known) or not self.window_days:
            return 0.0
        usual = _fullest(everyone, self.window_days) / len(everyone)
        own = (_fullest(known, self.window_days) + PRIOR_VOICES * usual) / (len(known) + PRIOR_VOICES)
        return round(max(0.0, own - usual), DECIMALS)


def gauge_of(
    settled: Settled,
    found: Placed,
    config: HeatConfig | None = None,
    *,
    reach: Mapping[str, float] | None = None,
    when: Mapping[str, float] | None = None,
    who: Mapping[str, str] | None = None,
) -> HeatGauge:
    """What measures heat in a settled month.

    ``reach`` (likes), ``when`` (number of the day) and ``who`` (the person behind it) are by transcript; without
    ``who`` each voice is a person. Deterministic; the order of rows has no influence.
    """
    config = config or HeatConfig()
    corpus = settled.corpus
    n = len(corpus.voices)
    current = np.zeros(n, dtype=bool)
    np.logical_or.at(current, corpus.voice_of, settled.current)
    words = _rare_words(settled, current)
    cause = _main_causes(settled, found)
    likes, days, person = _facts(settled, reach or {}, when or {}, who or {})
    known = days[current & ~np.isnan(days)]
    low, high = np.quantile(known, [0.01, 0.99]) if len(known) else (0.0, 0.0)
    return HeatGauge(
        words,
        _agreeing(words, _least_cosine(words, cause, config), person),
        cause,
        current,
        person,
        likes,
        days,
        float(max(1.0, np.ceil((high - low) * config.window))) if high > low else 0.0,
    )


def heat_of_causes(gauge: HeatGauge) -> dict[int, Heat]:
    """Heat of each cause over the voices whose main cause it is."""
    causes = np.unique(gauge.cause[gauge.cause >= 0]).tolist()
    return {cause: gauge.of(np.flatnonzero(gauge.cause == cause)) for cause in causes}


def _rare_words(settled: Settled, current: NDArray[np.bool_]) -> sparse.csr_matrix:
    """TF-IDF rows of the month's voices, not projected: a name that ten voices share must stay a name."""
    from sklearn.preprocessing import normalize

    table = settled.space.table
    said = sparse.diags(current.astype(float)) @ table.by_voice
    voices = np.asarray(said.sum(axis=0)).ravel()
    rarity = np.log(max(1, current.sum()) / np.maximum(voices, 1.0))
    weights = rarity * np.where(table.content, 1.0, WEAK_TERM)
    weighted = said.multiply(weights[None, :]).tocsr()
    return normalize(weighted) if weighted.shape[1] else weighted


def _main_causes(settled: Settled, found: Placed) -> NDArray[np.int64]:
    """The cause that most of what a voice says of the month speaks for, -1 for none."""
    corpus = settled.corpus
    of_unit = {
        unit.key: (label, weight)
        for unit, label, weight in zip(
            found.units, found.labels.tolist(), found.weights.tolist(), strict=True
        )
    }
    mass = np.zeros((len(corpus.voices), max(1, settled.centres.n_causes)))
    for unit, voice, now in zip(corpus.units, corpus.voice_of.tolist(), settled.current, strict=True):
        label, weight = of_unit.get(unit.key, (-1, 0.0)) if now else (-1, 0.0)
        if label >= 0:
            mass[voice, label] += weight
    mass = np.round(mass, 6)
    return np.where(mass.max(axis=1) > 0, mass.argmax(axis=1), -1).astype(np.int64)


def _facts(
    settled: Settled, reach: Mapping[str, float], when: Mapping[str, float], who: Mapping[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Likes, first day and person of each voice."""
    corpus = settled.corpus
    n = len(corpus.voices)
    likes, days = np.zeros(n), np.full(n, np.nan)
    people: list[tuple[str, str]] = [("", voice) for voice in corpus.voices]
    told = {
        (voice, unit.transcript_id)
        for voice, unit, now in zip(corpus.voice_of.tolist(), corpus.units, settled.current, strict=True)
        if now
    }
    for voice, transcript in sorted(told, reverse=True):
        likes[voice] += max(0.0, reach.get(transcript, 0.0))
        days[voice] = np.fmin(days[voice], when.get(transcript, np.nan))
        if transcript in who:
            people[voice] = ("who", who[transcript])
    index = {person: i for i, person in enumerate(sorted(set(people)))}
    return likes, days, np.array([index[person] for person in people], dtype=np.int64)


def _least_cosine(words: sparse.csr_matrix, cause: NDArray[np.int64], config: HeatConfig) -> float:
    placed = np.flatnonzero(cause >= 0)
    if not len(placed):
        return config.least_cosine
    drawn = placed[np.linspace(0, len(placed) - 1, min(_MAX_COMPARED, len(placed))).astype(int)]
    cosines = (words[drawn] @ words[drawn].T).toarray()
    apart = cosines[cause[drawn][:, None] != cause[drawn][None, :]]
    by_chance = float(np.quantile(apart, 1 - config.chance)) if len(apart) else 0.0
    return round(max(config.least_cosine, by_chance), DECIMALS)


def _agreeing(words: sparse.csr_matrix, least: float, person: NDArray[np.int64]) -> sparse.csr_matrix:
    blocks = []
    for at in range(0, words.shape[0], _BLOCK):
        cosines = np.round((words[at : at + _BLOCK] @ words.T).toarray(), DECIMALS)
        others = person[at : at + _BLOCK, None] != person[None, :]
        blocks.append(sparse.csr_matrix(((cosines >= least) & others).astype(np.float32)))
    return sparse.vstack(blocks).tocsr()


def _fullest(days: NDArray[np.float64], window: float) -> int:
    """The most days that fall in one half-open window."""
    ordered = np.sort(days)
    return int((np.searchsorted(ordered, ordered + window) - np.arange(len(ordered))).max())
