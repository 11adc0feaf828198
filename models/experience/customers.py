"""A customer over channels: timeline, repeat contacts, channel hops, hand-overs, resolution at the first contact.

Pure functions over contacts of one customer, known by a hashed key alone. Repeat contacts and channel hops are what costs
loyalty most (Dixon, Freeman & Toman 2010); resolution at the first contact cannot be seen in texts and is a proxy here: no
further contact for the same matter within the window, and none told of before (International Customer Management
Institute, definition by absence of repeat contacts). Satisfied customers leave, too: Reichheld 1996 (Harvard Business
Review 74, Learning from customer defections).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from models.experience.peak_end import JUDGED

REPEAT_DAYS = (7, 30)
"""Windows in which a contact for the same matter is a repeat, the longer one last."""

SATISFIED_SCORE = 8.0
"""Of 10, from which on a customer counts as satisfied."""

_SCORE_HOLDS = timedelta(days=90)
_RESOLUTION = timedelta(days=REPEAT_DAYS[-1])
_TOLD_BEFORE = ("repeat", "retell")
About = Mapping[str, frozenset[str]]
"""Matters of contacts by id."""


@dataclass(frozen=True, slots=True)
class Contact:
    """``customer`` is a hashed key; ``polarity`` in [-1, 1] of the transcript; ``score`` in [0, 10] where one was given.

    ``experience`` is as in ``Experience.to_dict``. ``occurred_at`` is aware.
    """

    id: str
    customer: str
    occurred_at: datetime
    channel: str = "unknown"
    agent: str | None = None
    polarity: float = 0.0
    score: float | None = None
    categories: frozenset[str] = frozenset()
    experience: Mapping[str, Any] = field(default_factory=dict)

    @property
    def matters(self) -> frozenset[str]:
        """What it is about: its categories, and the steps that hurt, or all steps where none does."""
        journey = (self.experience.get("measures") or {}).get("journey") or {}
        told = {row["step"]: row["polarity"] for row in journey.get("steps") or ()}
        hurt = {row["step"] for row in journey.get("steps") or () if row["polarity"] <= -JUDGED}
        steps = hurt or set(told)
        return frozenset(
            {f"category:{name}" for name in self.categories} | {f"step:{name}" for name in steps}
        )

    @property
    def tells_of_earlier(self) -> bool:
        """Whether the customer says that he has called before."""
        effort = (self.experience.get("measures") or {}).get("effort") or {}
        return any(kind in (effort.get("kinds") or {}) for kind in _TOLD_BEFORE)

    @property
    def churn(self) -> Mapping[str, Any] | None:
        """The first mark of leaving."""
        marks = self.experience.get("marks") or ()
        return next((mark for mark in marks if mark["kind"] == "churn"), None)


@dataclass(frozen=True, slots=True)
class Repeat:
    """``contact`` came ``days`` after ``of`` for the same ``matters``."""

    contact: str
    of: str
    days: float
    matters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Between two contacts that follow each other: another channel, or another agent. ``repeat``: the same matter."""

    contact: str
    of: str
    before: str
    after: str
    repeat: bool


@dataclass(frozen=True, slots=True)
class Episode:
    """Contacts for one matter with at most 30 days between them. ``resolved_at_first`` is a proxy; ``None``: too early."""

    contacts: tuple[str, ...]
    matters: tuple[str, ...]
    started_at: datetime
    days: float
    channels: tuple[str, ...]
    agents: tuple[str, ...]
    resolved_at_first: bool | None


@dataclass(frozen=True, slots=True)
class Leaving:
    """A sign of leaving from a customer who seems satisfied: ``by`` polarity, score or an earlier score."""

    contact: str
    customer: str
    occurred_at: datetime
    reason: str
    span: tuple[int, int]
    polarity: float
    score: float | None
    by: str


@dataclass(frozen=True, slots=True)
class Course:
    """All of one customer; ``contacts`` in order of time. ``repeats`` are within the longest window."""

    customer: str
    contacts: tuple[Contact, ...]
    repeats: tuple[Repeat, ...]
    hops: tuple[Change, ...]
    hand_overs: tuple[Change, ...]
    episodes: tuple[Episode, ...]
    leaving: tuple[Leaving, ...]

    def timeline(self) -> list[dict[str, Any]]:
        """One row per contact, for people."""
        repeats = {repeat.contact: repeat for repeat in self.repeats}
        return [
            {
                "id": contact.id,
                "occurred_at": contact.occurred_at.isoformat(),
                "channel": contact.channel,
                "agent": contact.agent,
                "polarity": round(contact.polarity, 3),
                "score": contact.score,
                "matters": sorted(contact.matters),
                "repeat_of": repeats[contact.id].of if contact.id in repeats else None,
                "churn": contact.churn["value"] if contact.churn else None,
            }
            for contact in self.contacts
        ]


def read_courses(contacts: Iterable[Contact], *, until: datetime | None = None) -> Iterator[Course]:
    """One ``Course`` per customer, from contacts ordered by customer and time; holds one customer at a time.

    ``until`` ends what was observed. Raises ``ValueError`` where times of a customer go back.
    """
    for _, own in groupby(contacts, key=lambda contact: contact.customer):
        yield read_course(list(own), until=until)


def group_by_customer(contacts: Iterable[Contact]) -> list[Contact]:
    """Contacts in any order, as ``read_courses`` wants them."""
    return sorted(contacts, key=lambda contact: (contact.customer, contact.occurred_at, contact.id))


def read_course(contacts: Sequence[Contact], *, until: datetime | None = None) -> Course:
    """The contacts of one customer in order of time, each id once. Raises ``ValueError`` without any, or where times go back."""
    if not contacts:
        raise ValueError("a course needs a contact")
    if any(other.occurred_at < one.occurred_at for one, other in pairwise(contacts)):
        raise ValueError(f"contacts of {contacts[0].customer} are not in order of time")
    ends = until or contacts[-1].occurred_at
    about = {contact.id: contact.matters for contact in contacts}
    chains = _chains(contacts, about)
    places = {contact.id: place for place, contact in enumerate(contacts)}
    repeats = [repeat for chain in chains for repeat in _repeats(chain, about)]
    return Course(
        contacts[0].customer,
        tuple(contacts),
        tuple(sorted(repeats, key=lambda repeat: places[repeat.contact])),
        tuple(_changes(contacts, about, "channel")),
        tuple(change for chain in chains for change in _changes(chain, about, "agent")),
        tuple(_episode(chain, about, ends) for chain in chains),
        tuple(_leaving(contacts)),
    )


def _chains(contacts: Iterable[Contact], about: About) -> list[list[Contact]]:
    """Each contact joins the chain touched last whose first or last contact is of its matter, else begins one."""
    chains: list[list[Contact]] = []
    recent: list[list[Contact]] = []
    for contact in contacts:
        recent = [own for own in recent if contact.occurred_at - own[-1].occurred_at <= _RESOLUTION]
        own = about[contact.id]
        chain = next((c for c in recent if own & about[c[-1].id] or own & about[c[0].id]), None)
        if chain is None:
            chain = []
            chains.append(chain)
        else:
            recent.remove(chain)
        chain.append(contact)
        if own:
            recent.insert(0, chain)
    return chains


def _repeats(chain: Sequence[Contact], about: About) -> Iterator[Repeat]:
    for before, contact in pairwise(chain):
        own = about[contact.id]
        matters = own & about[before.id] or own & about[chain[0].id]
        yield Repeat(contact.id, before.id, _days(before, contact), tuple(sorted(matters)))


def _changes(contacts: Sequence[Contact], about: About, name: str) -> Iterator[Change]:
    for one, other in pairwise(contacts):
        before, after = getattr(one, name), getattr(other, name)
        recent = other.occurred_at - one.occurred_at <= _RESOLUTION
        if recent and before and after and before != after and "unknown" not in (before, after):
            yield Change(other.id, one.id, before, after, bool(about[one.id] & about[other.id]))


def _episode(chain: Sequence[Contact], about: About, until: datetime) -> Episode:
    first, last = chain[0], chain[-1]
    resolved: bool | None = None
    if len(chain) > 1 or first.tells_of_earlier:
        resolved = False
    elif until - first.occurred_at >= _RESOLUTION:
        resolved = True
    shared = {matter for repeat in _repeats(chain, about) for matter in repeat.matters}
    return Episode(
        tuple(contact.id for contact in chain),
        tuple(sorted(shared or about[first.id])),
        first.occurred_at,
        _days(first, last),
        tuple(dict.fromkeys(contact.channel for contact in chain)),
        tuple(dict.fromkeys(contact.agent for contact in chain if contact.agent)),
        resolved,
    )


def _leaving(contacts: Iterable[Contact]) -> Iterator[Leaving]:
    scored: Contact | None = None
    for contact in contacts:
        if contact.score is not None:
            scored = contact
        churn = contact.churn
        by = _satisfied_by(contact, scored) if churn else None
        if churn and by:
            start, end = churn["span"]
            reason, score = churn["value"], scored.score if scored else None
            yield Leaving(
                contact.id,
                contact.customer,
                contact.occurred_at,
                reason,
                (start, end),
                contact.polarity,
                score,
                by,
            )


def _satisfied_by(contact: Contact, scored: Contact | None) -> str | None:
    """A score speaks before the words; one that is low says that the customer is not satisfied."""
    holds = scored is not None and contact.occurred_at - scored.occurred_at <= _SCORE_HOLDS
    if holds and scored is not None and scored.score is not None:
        if scored.score < SATISFIED_SCORE:
            return None
        return "score" if scored is contact else "earlier_score"
    return "polarity" if contact.polarity >= JUDGED else None


def _days(one: Contact, other: Contact) -> float:
    return round((other.occurred_at - one.occurred_at) / timedelta(days=1), 3)
