"""A snapshot as a report. It counts nothing: every number is the snapshot's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from models.review.report.causes import cause_sections
from models.review.report.changes import change_sections
from models.review.report.director import director_page
from models.review.report.lived import lived_sections
from models.review.report.method import about_of, appendix_sections, method_sections, paths_of
from models.review.report.places import place_sections
from models.review.report.satisfaction import satisfaction_sections
from models.review.report.tree import Report, Section
from models.review.report.volumes import volume_sections
from models.review.report.words import Tongue
from models.review.snapshot import ReviewSnapshot

SectionMaker = Callable[[ReviewSnapshot, Tongue], Iterable[Section]]

EXTRA_MAKERS: tuple[SectionMaker, ...] = (lived_sections,)
"""Sections after the first page (journeys, indicators, survey items, the monthly form), from the snapshot."""

CLOSING_MAKERS: tuple[SectionMaker, ...] = ()
"""Sections on what was done (closed actions), before method and data quality."""

_MAKERS: tuple[SectionMaker, ...] = (
    volume_sections,
    cause_sections,
    satisfaction_sections,
    place_sections,
    change_sections,
)


def report_of(
    snapshot: ReviewSnapshot,
    language: str = "zh",
    *,
    extra_sections: Sequence[Section] = (),
    closed_actions: Sequence[Section] = (),
) -> Report:
    """The document of ``snapshot`` in ``zh`` or ``en``. Sections without a block are left out.

    Args:
        extra_sections: Stand behind the first page, after those of ``EXTRA_MAKERS``.
        closed_actions: Stand before the method, after those of ``CLOSING_MAKERS``.
    """
    say = Tongue(language)
    sections: list[Section] = [director_page(snapshot, say)]
    if snapshot.totals.transcripts.value:
        sections += _made(EXTRA_MAKERS, snapshot, say)
        sections += extra_sections
        sections += _made(_MAKERS, snapshot, say)
        sections += _made(CLOSING_MAKERS, snapshot, say)
        sections += closed_actions
    sections += method_sections(snapshot, say)
    paths = paths_of(sections)
    sections += appendix_sections(sections, paths, say)
    return Report(
        title=say("客户之声月报", "Voice of the customer: monthly review"),
        subtitle=f"{snapshot.tenant} · {say.month(snapshot.month)}",
        language=language,
        sections=tuple(section for section in sections if section.blocks),
        about=about_of(snapshot, say),
        author=snapshot.tenant,
        month=snapshot.month,
        generated_at=snapshot.generated_at,
        paths=paths,
    )


def _made(makers: Iterable[SectionMaker], snapshot: ReviewSnapshot, say: Tongue) -> list[Section]:
    return [section for maker in makers for section in maker(snapshot, say)]
