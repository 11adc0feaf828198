"""What work on a month of stored transcripts needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.analysis.pipeline import Analyzer
from models.core.month import Month
from models.rootcause.vectors import Encoder
from service.database.engine import Database
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class MonthWork:
    """What building a month needs. ``clock`` is passed in as ``now``."""

    settings: Settings
    database: Database
    analyzer: Analyzer
    encoder: Encoder
    tenant: str
    month: Month
    now: datetime
