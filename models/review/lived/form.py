"""The VOC monthly form from the root causes of the month: voice, class, latent voice, cause, department, action, due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from models.indicators.actions import Concern
from models.indicators.form import FormRow, FormSettings, Voice, form_rows
from models.review.facts import MonthFacts
from models.review.lived.rows import FormLine
from models.review.lived.setup import LivedSetup
from models.review.lived.tally import CauseEvidence, LivedTally
from models.review.sections import CauseRow, QuoteRow

MOST_LINES = 12
MOST_NAMES = 3
LEAST_THREATS = 0.05
"""Share of a cause's contacts from which on a threat counts as the cause's."""
LEAST_VOICE_CHARS = 8


def form_lines(
    tally: LivedTally, facts: MonthFacts, setup: LivedSetup, causes: tuple[CauseRow, ...]
) -> tuple[FormLine, ...]:
    """One line per root cause with a quote, the largest first; where customers have a value, by value, with safety, law
    and injury never ranked down."""
    shown = {cause.id: cause for cause in causes if cause.quotes}
    voices = [_voice(cause, tally.causes[cause.id], setup) for cause in shown.values()]
    settings = FormSettings(setup.library, setup.protection, facts.generated_at.date(), english=setup.english)
    rows = form_rows(voices, settings, by_value=any(voice.worth for voice in voices))
    return tuple(_line(row, shown[row.cause_id]) for row in rows[:MOST_LINES])


def _voice(cause: CauseRow, evidence: CauseEvidence, setup: LivedSetup) -> Voice:
    quote = told_of(cause)
    concern = Concern(
        cause=cause.name,
        categories=_most(evidence.categories),
        steps=_most(evidence.steps),
        items=_most(evidence.items),
        lineage=setup.lineage,
    )
    size = cause.transcripts.value or 0.0
    return Voice(
        quote.transcript_id,
        quote.text,
        concern,
        cause_id=cause.id,
        size=size,
        worth=evidence.worth,
        experience=_threats(evidence),
    )


def _threats(evidence: CauseEvidence) -> Mapping[str, Any]:
    """Where customers of the cause threaten to go, if that is more than a single voice."""
    least = max(2.0, LEAST_THREATS * evidence.n)
    marks = [{"kind": "exposure", "value": value} for value, n in evidence.exposures.items() if n >= least]
    return {"marks": sorted(marks, key=lambda mark: mark["value"])}


def told_of(cause: CauseRow) -> QuoteRow:
    """The most typical quote that is long enough to be understood."""
    return next((quote for quote in cause.quotes if len(quote.text) >= LEAST_VOICE_CHARS), cause.quotes[0])


def _most(counts: Counter[str]) -> tuple[str, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(name for name, _ in ordered[:MOST_NAMES])


def _line(row: FormRow, cause: CauseRow) -> FormLine:
    return FormLine(
        number=row.number,
        voice=told_of(cause),
        category=cause.category,
        latent=row.latent_voice,
        cause_id=cause.id,
        cause=cause.name,
        transcripts=cause.transcripts,
        department=row.department,
        action=row.action,
        owner=row.owner,
        due=row.due.isoformat() if row.due else "",
        phase=row.phase,
        protected=row.protected,
    )
