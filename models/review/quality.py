"""How far the month's data can be trusted: what was turned away, repeated, too short or left without a label."""

from __future__ import annotations

from models.review.facts import CauseFact, IntakeCounts
from models.review.figures import Figure, count, share, with_records
from models.review.queries import Queries
from models.review.sections import QualityRow
from models.review.tally import UNKNOWN_CHANNEL, MonthTally


def quality_rows(
    tally: MonthTally, intake: IntakeCounts, causes: tuple[CauseFact, ...], queries: Queries
) -> tuple[QualityRow, ...]:
    """The checks, always in the same order; one that was not recorded has the value ``None``."""
    n, repeats = tally.n, tally.n - len(tally.voices)
    unknown = tally.channels[UNKNOWN_CHANNEL].n if UNKNOWN_CHANNEL in tally.channels else 0
    return (
        _intake_row("rejected", intake.rejected, n + (intake.rejected or 0)),
        _intake_row("duplicates", intake.duplicates, n + (intake.duplicates or 0)),
        QualityRow("near_duplicates", count(repeats, query=queries.transcripts()), share(repeats, n)),
        _short_row(tally),
        QualityRow(
            "unknown_channel",
            count(unknown, query=queries.transcripts(channel=UNKNOWN_CHANNEL)),
            share(unknown, n),
        ),
        QualityRow(
            "uncategorised",
            count(len(tally.uncategorised), records=tally.uncategorised),
            share(len(tally.uncategorised), tally.negative),
        ),
        _unassigned_row(tally, causes),
    )


def _intake_row(kind: str, n: int | None, of: int) -> QualityRow:
    if n is None:
        return QualityRow(kind, Figure(None), None)
    return QualityRow(kind, count(n), share(n, of))


def _short_row(tally: MonthTally) -> QualityRow:
    if not tally.n_measured:
        return QualityRow("short_texts", Figure(None), None)
    n = len(tally.short_ids)
    return QualityRow("short_texts", count(n, records=tally.short_ids), share(n, tally.n_measured))


def _unassigned_row(tally: MonthTally, causes: tuple[CauseFact, ...]) -> QualityRow:
    assigned = {transcript_id for cause in causes for transcript_id in cause.transcript_ids}
    left = tally.negative_ids - assigned
    return QualityRow("unassigned", with_records(count(len(left)), left), share(len(left), tally.negative))
