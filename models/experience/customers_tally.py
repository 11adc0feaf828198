"""Repeat contacts, resolution at the first contact and who is leaving though satisfied, over many customers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from models.experience.customers import REPEAT_DAYS, Course, Leaving
from models.statistics.intervals import Interval, wilson

MAX_LEAVING = 200
MAX_ROUTES = 1000
"""Pairs of channels are kept up to this number; more come from broken channel names."""


@dataclass(slots=True)
class CustomersTally:
    """Adds up courses; tallies of different customers can be merged. Bounded, whatever is added.

    ``followed`` counts, by window in days, contacts that were followed by a repeat, of those in ``watched``: observed for
    the whole window behind them, up to ``until``. ``hops`` counts pairs of channels.
    """

    until: datetime
    customers: int = 0
    contacts: int = 0
    several: int = 0
    watched: Counter[int] = field(default_factory=Counter)
    followed: Counter[int] = field(default_factory=Counter)
    hops: Counter[tuple[str, str]] = field(default_factory=Counter)
    hand_overs: int = 0
    episodes: int = 0
    judged: int = 0
    resolved_at_first: int = 0
    repeated_matters: Counter[str] = field(default_factory=Counter)
    leaving: list[Leaving] = field(default_factory=list)
    n_leaving: int = 0

    def add(self, course: Course) -> None:
        """The course of one customer, read with the same ``until``."""
        self.customers += 1
        self.contacts += len(course.contacts)
        self.several += len(course.contacts) > 1
        behind = {repeat.of: repeat.days for repeat in course.repeats}
        for days in REPEAT_DAYS:
            watched = [c.id for c in course.contacts if self.until - c.occurred_at >= timedelta(days=days)]
            self.watched[days] += len(watched)
            self.followed[days] += sum(behind.get(name, days + 1.0) <= days for name in watched)
        for hop in course.hops:
            route = hop.before, hop.after
            if route in self.hops or len(self.hops) < MAX_ROUTES:
                self.hops[route] += 1
        self.hand_overs += len(course.hand_overs)
        for episode in course.episodes:
            self.episodes += 1
            self.judged += episode.resolved_at_first is not None
            self.resolved_at_first += episode.resolved_at_first is True
        self.repeated_matters.update(matter for repeat in course.repeats for matter in repeat.matters)
        self._keep(course.leaving, len(course.leaving))

    def merge(self, other: CustomersTally) -> None:
        """Raises ``ValueError`` where the two observed up to different times."""
        if other.until != self.until:
            raise ValueError("tallies that end at different times cannot be merged")
        for name in (
            "customers",
            "contacts",
            "several",
            "hand_overs",
            "episodes",
            "judged",
            "resolved_at_first",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("watched", "followed", "hops", "repeated_matters"):
            getattr(self, name).update(getattr(other, name))
        self._keep(other.leaving, other.n_leaving)

    def repeat_share(self, days: int) -> Interval:
        """Contacts that another for the same matter followed within ``days``, with its interval."""
        return wilson(self.followed[days], self.watched[days])

    def first_contact_resolution(self) -> Interval:
        """A proxy: matters that came up once, of all that were observed long enough."""
        return wilson(self.resolved_at_first, self.judged)

    def to_dict(self) -> Mapping[str, Any]:
        """For people and reports; ``resolution_is_proxy`` says what resolution rests on."""
        return {
            "customers": self.customers,
            "contacts": self.contacts,
            "customers_with_several_contacts": self.several,
            "repeat_share": {str(days): _share(self.repeat_share(days)) for days in REPEAT_DAYS},
            "first_contact_resolution": _share(self.first_contact_resolution()),
            "resolution_is_proxy": True,
            "episodes": self.episodes,
            "episodes_judged": self.judged,
            "channel_hops": [
                {"from": before, "to": after, "n": n}
                for (before, after), n in sorted(self.hops.items(), key=lambda item: (-item[1], item[0]))
            ],
            "hand_overs": self.hand_overs,
            "repeated_matters": [
                {"matter": matter, "n": n}
                for matter, n in sorted(self.repeated_matters.items(), key=lambda item: (-item[1], item[0]))
            ],
            "satisfied_but_leaving": self.n_leaving,
            "leaving": [_plain(leaving) for leaving in self.leaving],
        }

    def _keep(self, leaving: tuple[Leaving, ...] | list[Leaving], n: int) -> None:
        self.n_leaving += n
        found = [*self.leaving, *leaving]
        found.sort(key=lambda one: (-one.occurred_at.timestamp(), one.contact))
        self.leaving = found[:MAX_LEAVING]


def _plain(leaving: Leaving) -> dict[str, Any]:
    return {
        "contact": leaving.contact,
        "customer": leaving.customer,
        "occurred_at": leaving.occurred_at.isoformat(),
        "reason": leaving.reason,
        "span": list(leaving.span),
        "polarity": round(leaving.polarity, 3),
        "score": leaving.score,
        "by": leaving.by,
    }


def _share(interval: Interval) -> dict[str, float | None]:
    known = interval.estimate == interval.estimate
    return {
        "share": round(interval.estimate, 4) if known else None,
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
    }
