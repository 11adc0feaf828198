"""What is sent: one revision of a review, its files, and the parts of it that fit into a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from models.review.report.director import MAX_FINDINGS
from models.review.snapshot import ReviewSnapshot
from models.review.wording import certainty_text, figure_text, finding_text, verdict_text
from service.database.records import ReviewRecord
from service.delivery.signing import event_id
from service.delivery.webhook import Event, make_event
from service.reviews.formats import WRITERS

EVENT_KIND = "review.created"


@dataclass(frozen=True, slots=True)
class MadeFiles:
    """``files`` by format in the order of the settings; ``not_made`` says why, for the reader."""

    files: Mapping[str, Path] = field(default_factory=dict)
    not_made: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parcel:
    """One revision on its way. ``public_url`` without a final slash, empty where there is none."""

    tenant: str
    record: ReviewRecord
    snapshot: ReviewSnapshot
    made: MadeFiles
    language: str = "zh"
    public_url: str = ""

    @property
    def event_id(self) -> str:
        record = self.record
        return event_id(self.tenant, record.month, record.revision, record.fingerprint)

    def link(self, kind: str) -> str:
        """Where the service shows the review as ``kind``; a path where the service's address is not known."""
        return f"{self.public_url}/v1/reviews/{self.record.month}.{kind}"

    def findings(self) -> tuple[tuple[str, str], ...]:
        """The director's findings and how sure each is."""
        return tuple(
            (finding_text(finding, self.language), certainty_text(finding, self.language))
            for finding in self.snapshot.findings[:MAX_FINDINGS]
        )

    def headline(self) -> tuple[tuple[str, str], ...]:
        """Name and text of the first figures; the negative rate says how it stands to last month."""
        totals, english = self.snapshot.totals, self.language.startswith("en")
        names = ("Transcripts", "Negative rate", "Root causes") if english else ("反馈总量", "负面率", "根因")
        change = verdict_text(totals.negative_change, self.language)
        beside = f" ({change})" if english else f"（{change}）"
        rate = figure_text(totals.negative_rate, self.language) + beside
        figures = (
            figure_text(totals.transcripts, self.language),
            rate,
            figure_text(totals.causes, self.language),
        )
        return tuple(zip(names, figures, strict=True))


def parcel_of(
    tenant: str, record: ReviewRecord, made: MadeFiles, *, language: str, public_url: str = ""
) -> Parcel:
    """Raises ``InputError`` where the stored snapshot was changed or is of another schema."""
    snapshot = ReviewSnapshot.from_dict(orjson.loads(record.snapshot))
    return Parcel(tenant, record, snapshot, made, language, public_url.rstrip("/"))


def review_event(parcel: Parcel) -> Event:
    """The webhook of a review; the same bytes whenever it is made from the same revision and settings."""
    record = parcel.record
    data: dict[str, Any] = {
        "tenant": parcel.tenant,
        "month": record.month,
        "revision": record.revision,
        "fingerprint": record.fingerprint,
        "n_transcripts": parcel.snapshot.totals.transcripts.value,
        "n_negative": parcel.snapshot.totals.negative.value,
        "findings": [{"text": text, "how_sure": sure} for text, sure in parcel.findings()],
        "links": {kind: parcel.link(kind) for kind in WRITERS},
    }
    return make_event(parcel.event_id, EVENT_KIND, record.created_at.isoformat(timespec="seconds"), data)
