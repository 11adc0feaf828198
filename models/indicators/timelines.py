"""Contacts of customers in order of time, for as many customers as memory is given: repeats, first contacts, replies.

Of more customers than ``most_customers`` those with the smallest hash are kept, each with all contacts: a random sample
of customers that does not depend on the order of rows (bottom-k; Cohen and Kaplan 2007, PODC, 225-234).
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from models.indicators.formulas import FirstContact, Repeated
from models.indicators.row import Asks, IndicatorRow
from models.indicators.sums import PARTS, RatioSums, in_parts

MOST_CUSTOMERS = 50_000
MOST_CONTACTS = 200
"""Of one customer; of more the first are kept: such keys are seldom one person."""

_DAY = 24 * 60
Cell = tuple[str, ...]


class Contact(NamedTuple):
    """``minute`` since 1970; ``cell`` is the month and the values that the tally is kept by; ``weight`` in parts."""

    minute: int
    cell: Cell
    weight: int
    asks: Asks
    answers: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """From a contact that asks to the answer: ``minutes``, or so many without an answer when the data end."""

    cell: Cell
    asks: str
    minutes: int
    answered: bool


class CustomerTimelines:
    """Bounded, mergeable and independent of order."""

    def __init__(self, most_customers: int = MOST_CUSTOMERS) -> None:
        self.most_customers = most_customers
        self.first_minute: int | None = None
        self.last_minute: int | None = None
        self._contacts: dict[str, list[Contact]] = {}
        self._hashes: dict[str, int] = {}
        self._limit: int | None = None

    def add(self, row: IndicatorRow, cell: Cell) -> None:
        """A row without customer or time is left out."""
        if not row.customer or row.occurred_at is None:
            return
        minute = int(row.occurred_at.timestamp() // 60)
        self._see(minute, minute)
        weight = -1 if row.value is None else in_parts(max(row.value, 0.0))
        self._keep(row.customer, [Contact(minute, cell, weight, row.asks, row.answers)])

    def merge(self, other: CustomerTimelines) -> None:
        if other.first_minute is not None and other.last_minute is not None:
            self._see(other.first_minute, other.last_minute)
        if other._limit is not None:
            self._lower(other._limit)
        for customer, contacts in other._contacts.items():
            self._keep(customer, contacts)

    def __len__(self) -> int:
        return len(self._contacts)

    def follow_ups(self, formula: Repeated | FirstContact) -> Iterator[tuple[Cell, RatioSums, RatioSums]]:
        """Per customer and cell the sums, unweighted and weighted by value (empty where no value is known).

        A customer is one row of the sums, for what one person does is not independent. Contacts too near to the begin
        or end of the data to know what was before or after them are left out.
        """
        window = round(formula.days * _DAY)
        for customer in sorted(self._contacts):
            contacts = self._contacts[customer]
            minutes = [contact.minute for contact in contacts]
            counts: dict[Cell, list[int]] = {}
            weights: dict[Cell, int] = {}
            for at, contact in enumerate(contacts):
                hit = self._judge(formula, minutes, at, window)
                if hit is not None:
                    own = counts.setdefault(contact.cell, [0, 0])
                    own[0] += hit
                    own[1] += 1
                    weights[contact.cell] = max(weights.get(contact.cell, -1), contact.weight)
            for cell, (hits, total) in counts.items():
                yield cell, *_of_customer(hits, total, weights[cell])

    def _judge(
        self, formula: Repeated | FirstContact, minutes: list[int], at: int, window: int
    ) -> bool | None:
        """Whether the contact counts as a hit; ``None`` where it is none of those counted."""
        assert self.first_minute is not None and self.last_minute is not None  # noqa: S101
        minute = minutes[at]
        before = bisect_left(minutes, minute - window) < at
        if not before and minute - window < self.first_minute:
            return None
        if isinstance(formula, Repeated):
            return before
        if before:
            return None
        after = bisect_right(minutes, minute + window) > at + 1
        return None if not after and minute + window > self.last_minute else not after

    def waits(self) -> Iterator[Wait]:
        """Of each contact that asks: to the next contact of the customer that answers."""
        for customer in sorted(self._contacts):
            contacts = self._contacts[customer]
            for at, contact in enumerate(contacts):
                if contact.asks:
                    yield self._wait(contacts, at)

    def _wait(self, contacts: list[Contact], at: int) -> Wait:
        asked = contacts[at]
        for later in contacts[at + 1 :]:
            if later.answers:
                return Wait(asked.cell, asked.asks, later.minute - asked.minute, True)
        end = self.last_minute if self.last_minute is not None else asked.minute
        return Wait(asked.cell, asked.asks, end - asked.minute, False)

    def _see(self, first: int, last: int) -> None:
        self.first_minute = first if self.first_minute is None else min(first, self.first_minute)
        self.last_minute = last if self.last_minute is None else max(last, self.last_minute)

    def _keep(self, customer: str, contacts: list[Contact]) -> None:
        if customer not in self._contacts:
            number = _hash(customer)
            if self._limit is not None and number > self._limit:
                return
            self._hashes[customer] = number
        known = self._contacts.setdefault(customer, [])
        known.extend(contacts)
        known.sort()
        del known[MOST_CONTACTS:]
        if len(self._contacts) > self.most_customers * 1.25:
            self._cut()

    def _cut(self) -> None:
        """Back to the customers with the smallest hashes."""
        numbers = sorted(self._hashes.values())
        self._lower(numbers[self.most_customers - 1])

    def _lower(self, limit: int) -> None:
        self._limit = limit if self._limit is None else min(limit, self._limit)
        for customer in [one for one, number in self._hashes.items() if number > self._limit]:
            del self._contacts[customer], self._hashes[customer]

    def settle(self) -> None:
        """Cut to exactly ``most_customers``; before anything is read, so that the sample is the same in any order."""
        if len(self._contacts) > self.most_customers:
            self._cut()


def _hash(customer: str) -> int:
    return int.from_bytes(hashlib.blake2b(customer.encode(), digest_size=8).digest())


def _of_customer(hits: int, total: int, weight: int) -> tuple[RatioSums, RatioSums]:
    plain, weighted = RatioSums(), RatioSums(PARTS * PARTS)
    plain.add(hits * PARTS, total * PARTS)
    if weight > 0:
        weighted.add(hits * PARTS * weight, total * PARTS * weight)
    return plain, weighted
