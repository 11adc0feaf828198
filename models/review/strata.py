"""Channels, products and regions made coarse enough that both months have contacts in nearly every mix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from models.review.past import Stratum

MIX_FIELDS = ("channel", "product", "region")
LEAST_CONTACTS = 30
"""A value with fewer contacts in either month joins the others."""

MOST_VALUES = 12
MOST_UNMATCHED = 0.05
"""Above this share of contacts in a mix that one month lacks, the field with most values is let go."""

OTHER = "\x00other"


@dataclass(frozen=True, slots=True)
class Coarsened:
    """``kept`` values per field, ``used`` fields; contacts ``before`` and ``now`` per coarse stratum."""

    kept: tuple[frozenset[str], ...]
    used: tuple[bool, ...]
    before: Mapping[Stratum, int]
    now: Mapping[Stratum, int]

    @property
    def names(self) -> list[Stratum]:
        return sorted({*self.before, *self.now})

    @property
    def both(self) -> set[Stratum]:
        return {stratum for stratum in self.before if self.now.get(stratum)}

    @property
    def unmatched(self) -> float:
        """Share of contacts, of the month where it is larger."""
        both = self.both
        shares = [
            sum(n for stratum, n in month.items() if stratum not in both) / max(sum(month.values()), 1)
            for month in (self.before, self.now)
        ]
        return max(shares)

    def folded(self, counts: Mapping[Stratum, int]) -> Counter[Stratum]:
        return _folded(counts, self.kept, self.used)


def coarsened(before: Mapping[Stratum, int], now: Mapping[Stratum, int]) -> Coarsened:
    """The finest strata of which at most ``MOST_UNMATCHED`` of the contacts stand alone in one month."""
    kept = tuple(_kept(before, now, at) for at in range(len(MIX_FIELDS)))
    used = [len(values) > 1 or _mixed(before, now, at, kept[at]) for at, values in enumerate(kept)]
    while True:
        flags = tuple(used)
        found = Coarsened(kept, flags, _folded(before, kept, flags), _folded(now, kept, flags))
        if not any(used) or found.unmatched <= MOST_UNMATCHED:
            return found
        widest = max((at for at in range(len(used)) if used[at]), key=lambda at: (len(kept[at]), at))
        used[widest] = False


def _values(counts: Mapping[Stratum, int], at: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for stratum, n in counts.items():
        found[stratum[at]] += n
    return found


def _kept(before: Mapping[Stratum, int], now: Mapping[Stratum, int], at: int) -> frozenset[str]:
    old, new = _values(before, at), _values(now, at)
    enough = [name for name in old if min(old[name], new[name]) >= LEAST_CONTACTS]
    return frozenset(sorted(enough, key=lambda name: (-old[name] - new[name], name))[:MOST_VALUES])


def _mixed(before: Mapping[Stratum, int], now: Mapping[Stratum, int], at: int, kept: frozenset[str]) -> bool:
    """Whether one kept value still stands against others."""
    return bool(kept) and any(stratum[at] not in kept for stratum in (*before, *now))


def _folded(
    counts: Mapping[Stratum, int], kept: tuple[frozenset[str], ...], used: tuple[bool, ...]
) -> Counter[Stratum]:
    found: Counter[Stratum] = Counter()
    for stratum, n in counts.items():
        parts = [
            (value if value in values else OTHER) if use else ""
            for value, values, use in zip(stratum, kept, used, strict=True)
        ]
        found[parts[0], parts[1], parts[2]] += n
    return found
