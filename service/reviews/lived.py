"""What the experience part of a review is built with, from the sector's pack and what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import Connection

from data.packs import SectorPack, load_pack
from data.packs.actions import load_actions
from data.packs.experience import load_experience
from data.packs.indicators import load_indicators
from models.indicators.row import IndicatorRow
from models.review.lived.setup import LivedSetup
from models.review.lived.tally import indicator_row
from service.database import transcript_queries
from service.reviews.facts import transcript_fact
from service.rootcauses.work import MonthWork

COMPARED_MONTHS_AGO = (1, 12)


def lived_setup(connection: Connection, work: MonthWork) -> LivedSetup:
    """Raises ``PackError``. ``past`` reads while the connection is open."""
    sector = work.settings.sector
    pack, indicators = load_pack(sector), load_indicators(sector)

    def past() -> Iterator[IndicatorRow]:
        for ago in COMPARED_MONTHS_AGO:
            yield from _rows(connection, work.tenant, str(work.month.shifted(-ago)))

    return LivedSetup(
        catalog=load_experience(sector),
        registry=indicators.registry,
        library=load_actions(sector),
        protection=indicators.protection,
        churn_reference=indicators.churn_reference,
        past=past,
        lineage=_lineage(pack),
        english=work.settings.language == "en",
    )


def _rows(connection: Connection, tenant: str, month: str) -> Iterator[IndicatorRow]:
    for row in transcript_queries.stream_month(connection, tenant, month):
        yield indicator_row(transcript_fact(row, row.id), month)


def _lineage(pack: SectorPack) -> Callable[[str], Iterable[str]]:
    known = {category.id for category in pack.taxonomy.categories}

    def lineage(category_id: str) -> Iterable[str]:
        if category_id not in known:
            return (category_id,)
        return tuple(category.id for category in pack.taxonomy.lineage(category_id))

    return lineage
