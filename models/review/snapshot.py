"""The numbers of a month, frozen. Built once from rows; every format draws this and counts nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from models.core.errors import InputError
from models.review.causes import cause_rows, compared_causes, ended_causes
from models.review.changes import NO_PREVIOUS, Compared, Key, judged_changes
from models.review.codec import from_plain, to_plain
from models.review.concerns import compared_categories, pareto_of
from models.review.facts import MonthFacts
from models.review.figures import Change
from models.review.findings import Sections, findings_of
from models.review.judged import Judgements
from models.review.judgements import judgements_of
from models.review.lived.build import lived_of
from models.review.lived.rows import Lived
from models.review.lived.setup import LivedSetup
from models.review.lived.tally import LivedTally
from models.review.method import method_notes
from models.review.quality import quality_rows
from models.review.queries import Queries
from models.review.sections import (
    Breakdown,
    CauseRow,
    ChannelRow,
    DayRow,
    EndedCause,
    Finding,
    Note,
    Pareto,
    QualityRow,
    Totals,
    WeekRow,
)
from models.review.tally import MonthTally, tally_month
from models.review.volumes import (
    breakdowns_of,
    channel_rows,
    compared_channels,
    day_rows,
    totals_of,
    week_rows,
)

SCHEMA = "voc.review.v1"


@dataclass(frozen=True, slots=True)
class ReviewSnapshot:
    """One month of one tenant. ``first`` and ``end`` are the half-open period; times carry their offset.

    ``previous_month`` is ``None`` where nothing is stored of it. ``versions`` names the models, dictionary
    and taxonomy that made the labels. ``judgements`` is ``None`` in reviews frozen before there were any, ``lived`` also where no
    transcript was read for experience.
    """

    schema: str
    month: str
    timezone: str
    tenant: str
    sector: str
    first: str
    end: str
    previous_month: str | None
    generated_at: str
    findings: tuple[Finding, ...]
    totals: Totals
    channels: tuple[ChannelRow, ...]
    weeks: tuple[WeekRow, ...]
    days: tuple[DayRow, ...]
    pareto: Pareto
    causes: tuple[CauseRow, ...]
    ended: tuple[EndedCause, ...]
    breakdowns: tuple[Breakdown, ...]
    quality: tuple[QualityRow, ...]
    method: tuple[Note, ...]
    versions: Mapping[str, str]
    judgements: Judgements | None = None
    lived: Lived | None = None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON without ``generated_at``: equal where all numbers are equal."""
        plain = to_plain(self)
        del plain["generated_at"]
        return hashlib.sha256(canonical_json(plain)).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; ``fingerprint`` stands beside them."""
        return {**to_plain(self), "fingerprint": self.fingerprint}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> ReviewSnapshot:
        """What ``to_dict`` wrote. Raises ``InputError`` for another schema or a changed content."""
        if plain.get("schema") != SCHEMA:
            raise InputError(
                reason=f"评审的格式是 {plain.get('schema')!r}，应为 {SCHEMA!r}，请重新生成",
                reason_en=f"review schema {plain.get('schema')!r}, expected {SCHEMA!r}; build it again",
            )
        snapshot = from_plain(cls, plain)
        if plain.get("fingerprint") not in (None, snapshot.fingerprint):
            raise InputError(
                reason="评审生成后被改动过（指纹不符），请重新生成",
                reason_en="the review was changed after it was made (its fingerprint does not fit); build it again",
            )
        return snapshot


def canonical_json(plain: Any) -> bytes:
    """UTF-8, keys sorted, no white space, no NaN."""
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def build_snapshot(facts: MonthFacts, setup: LivedSetup | None = None) -> ReviewSnapshot:
    """The review of one month, with its experience part where there is a ``setup``. The same rows in any order give the same ``fingerprint``.

    Raises ``FieldError`` where a transcript is not of the month.
    """
    if facts.previous is not None and facts.previous.n_transcripts == 0:
        facts = replace(facts, previous=None)
    queries = Queries(facts.month, ZoneInfo(facts.timezone))
    lived = LivedTally(facts, setup) if setup else None
    tally = tally_month(facts, lived.add if lived else None)
    changes = _changes(facts, tally, queries)
    channels = channel_rows(tally, queries, changes)
    pareto = pareto_of(tally, queries, changes)
    causes = cause_rows(facts.causes, tally, queries, changes)
    totals = totals_of(tally, queries, facts.previous, causes)
    ended = ended_causes(facts.causes, _before(queries), facts.previous)
    quality = quality_rows(tally, facts.intake, facts.causes, queries)
    first, end = facts.month.bounds(queries.zone)
    return ReviewSnapshot(
        schema=SCHEMA,
        month=str(facts.month),
        timezone=facts.timezone,
        tenant=facts.tenant,
        sector=facts.sector,
        first=first.isoformat(),
        end=end.isoformat(),
        previous_month=str(facts.month.shifted(-1)) if facts.previous else None,
        generated_at=facts.generated_at.isoformat(timespec="seconds"),
        findings=findings_of(Sections(totals, channels, pareto, causes, ended, quality)),
        totals=totals,
        channels=channels,
        weeks=week_rows(tally, queries),
        days=day_rows(tally, queries),
        pareto=pareto,
        causes=causes,
        ended=ended,
        breakdowns=breakdowns_of(tally, queries),
        quality=quality,
        method=method_notes(facts.timezone),
        versions=dict(sorted(facts.versions.items())),
        judgements=judgements_of(facts, tally, causes, queries),
        lived=lived_of(lived, facts, setup, causes, queries) if lived and setup else None,
    )


def _changes(facts: MonthFacts, tally: MonthTally, queries: Queries) -> dict[Key, Change]:
    """All comparisons of the review, judged as one family."""
    if facts.previous is None:
        keys = [("channel", name) for name in tally.channels]
        keys += [("category", category_id) for category_id in tally.negative_categories]
        keys += [("cause", cause.id) for cause in facts.causes]
        return dict.fromkeys(keys, NO_PREVIOUS)
    before = _before(queries)
    compared: dict[Key, Compared] = {
        **compared_channels(tally, before, facts.previous),
        **compared_categories(tally, before, facts.previous),
        **compared_causes(facts.causes, before, facts.previous),
    }
    return judged_changes(compared, tally.n, facts.previous.n_transcripts)


def _before(queries: Queries) -> Queries:
    return Queries(queries.month.shifted(-1), queries.zone)
