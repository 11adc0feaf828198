"""``/v1/signals``: what begins inside a month, day by day, over categories and root causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request

from models.statistics.emerging import DailySeries, Emergence, ScanSettings, scan_many
from service.api.access import Reader
from service.api.answers import language_of, number, refuse_future, today_of
from service.api.state import ServiceState, State, in_thread
from service.database import trends
from service.database.records import Counts, Series

router = APIRouter(prefix="/v1", tags=["trends"])

HISTORY_DAYS = 56
FALSE_DISCOVERY_RATE = 0.05
SETTINGS = ScanSettings()
Kind = Literal["category", "root_cause"]
_NO_CAUSES = (
    "{month} 还没有根因，未扫描根因。请先建立该月月报：POST /v1/reviews/{month}",
    "{month} has no root causes yet, so none were scanned; build its review: POST /v1/reviews/{month}",
)


@dataclass(frozen=True, slots=True)
class _Line:
    """Daily counts of one value, history first; ``found`` is what the scan says of it."""

    kind: Kind
    value: str
    label: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Scan:
    day: date | None
    first: date
    n_history_days: int
    n_contacts: int
    n_contacts_before: int
    has_causes: bool
    lines: tuple[_Line, ...]
    found: tuple[Emergence, ...]


@router.get("/signals")
async def signals(
    request: Request,
    state: State,
    caller: Reader,
    day: Annotated[date | None, Query(description="Local day; the latest stored one if left out.")] = None,
) -> dict[str, Any]:
    """Rises inside the month of ``day``, up to and with it: daily counts of negative transcripts per category,
    and of transcripts per root cause, against the 8 weeks before the month. ``signal``: among all lines at a
    false discovery rate of 5 %; ``watch``: an alarm of its own line only, which without any change comes in 5 %
    of lines and months."""
    if day is not None:
        refuse_future("day", day, today_of(state))
    found = await in_thread(_scan, state, caller.tenant, day)
    return _body(found, language_of(request))


def _scan(state: ServiceState, tenant: str, day: date | None) -> _Scan:
    with state.database.read() as connection:
        stored = trends.stored_days(connection, tenant)
        at = day or (stored[1] if stored else today_of(state))
        first = at.replace(day=1)
        since, until = first - timedelta(days=HISTORY_DAYS), at + timedelta(days=1)
        kinds: tuple[Kind, ...] = ("category", "root_cause")
        series = {
            kind: _daily(trends.series(connection, tenant, kind, since, until, "day")) for kind in kinds
        }
        looked = trends.months_with_causes(connection, tenant)
    lines, exposures = _lines(series, looked, first)
    n_history = HISTORY_DAYS
    totals = exposures["category"]
    daily = [
        DailySeries(
            line.counts[:n_history],
            exposures[line.kind][:n_history],
            line.counts[n_history:],
            exposures[line.kind][n_history:],
            first_weekday=since.weekday(),
        )
        for line in lines
    ]
    return _Scan(
        day=at if stored else None,
        first=first,
        n_history_days=sum(n > 0 for n in totals[:n_history]),
        n_contacts=sum(totals[n_history:]),
        n_contacts_before=sum(totals[:n_history]),
        has_causes=str(first)[:7] in looked,
        lines=lines,
        found=scan_many(daily, SETTINGS),
    )


@dataclass(frozen=True, slots=True)
class _Daily:
    """``counts`` per value and day; ``totals`` of all transcripts per day."""

    days: tuple[str, ...]
    labels: dict[str, str]
    counts: dict[tuple[str, str], Counts]
    totals: tuple[int, ...]


def _daily(series: Series) -> _Daily:
    return _Daily(
        series.periods,
        {point.value: point.label for point in series.points},
        {(point.value, point.period): point.counts for point in series.points},
        tuple(series.totals.get(day, Counts()).n for day in series.periods),
    )


def _lines(
    series: dict[Kind, _Daily], looked: frozenset[str], first: date
) -> tuple[tuple[_Line, ...], dict[Kind, tuple[int, ...]]]:
    """Lines, and the exposures of their kind: none on days of months without root causes."""
    categories, causes = series["category"], series["root_cause"]
    known = [day[:7] in looked for day in causes.days]
    exposures: dict[Kind, tuple[int, ...]] = {
        "category": categories.totals,
        "root_cause": tuple(n if ok else 0 for n, ok in zip(causes.totals, known, strict=True)),
    }
    lines = []
    for kind, daily in series.items():
        if kind == "root_cause" and str(first)[:7] not in looked:
            continue
        for value, label in sorted(daily.labels.items()):
            lines.append(_Line(kind, value, label, _counts(kind, daily, value, exposures[kind])))
    return tuple(lines), exposures


def _counts(kind: Kind, daily: _Daily, value: str, exposures: Sequence[int]) -> tuple[int, ...]:
    found = []
    for day, n in zip(daily.days, exposures, strict=True):
        counts = daily.counts.get((value, day), Counts())
        found.append((counts.negative if kind == "category" else counts.n) if n else 0)
    return tuple(found)


def _body(scan: _Scan, language: str) -> dict[str, Any]:
    english = language.startswith("en")
    month = scan.first.isoformat()[:7]
    status = "ok" if scan.n_history_days >= SETTINGS.minimum_days else "too_short"
    if not scan.n_contacts:
        status = "no_contacts"
    pairs = sorted(
        zip(scan.lines, scan.found, strict=True), key=lambda pair: (pair[1].p_value, pair[0].value)
    )
    return {
        "day": scan.day.isoformat() if scan.day else None,
        "month": month,
        "status": status,
        "status_text": _status_text(status, scan, english),
        "root_causes": "scanned" if scan.has_causes else _NO_CAUSES[english].format(month=month),
        "n_contacts": scan.n_contacts,
        "n_contacts_before": scan.n_contacts_before,
        "n_history_days": scan.n_history_days,
        "n_lines": len(scan.lines),
        "n_lines_tested": sum(one.enough_history for one in scan.found),
        "rates_stated": {
            "alarm_rate_per_line_and_month": SETTINGS.family_rate,
            "signal_false_discovery_rate": FALSE_DISCOVERY_RATE,
        },
        "items": [_item(line, one, scan.first, english) for line, one in pairs if one.alarm],
    }


def _status_text(status: str, scan: _Scan, english: bool) -> str:
    needed, n_days = SETTINGS.minimum_days, scan.n_history_days
    texts = {
        "ok": ("已与此前八周比较", "compared with the eight weeks before"),
        "no_contacts": ("本月到该日没有反馈", "the month has no contacts up to this day"),
        "too_short": (
            f"此前八周只有 {n_days} 天有反馈，至少要 {needed} 天，无法判断",
            f"only {n_days} days with contacts in the eight weeks before, {needed} are needed: nothing is tested",
        ),
    }
    return texts[status][english]


def _item(line: _Line, found: Emergence, first: date, english: bool) -> dict[str, Any]:
    since = first + timedelta(days=found.began_day or 0)
    until = first + timedelta(days=found.strongest_day or 0)
    alarmed = first + timedelta(days=found.alarm_day or 0)
    is_signal = found.q_value is not None and found.q_value <= FALSE_DISCOVERY_RATE
    narrowed = {
        "from": since.isoformat(),
        "to": (until + timedelta(days=1)).isoformat(),
        line.kind: line.value,
    }
    if line.kind == "category":
        narrowed["sentiment"] = "negative"
    texts = (
        f"「{line.label}」{since} 至 {until} 有 {found.observed} 条，按此前八周应约 {found.expected:.1f} 条",
        f"{line.label}: {found.observed} from {since} to {until}, about {found.expected:.1f} expected",
    )
    return {
        "kind": line.kind,
        "value": line.value,
        "label": line.label,
        "level": "signal" if is_signal else "watch",
        "text": texts[english],
        "measure": "negatives" if line.kind == "category" else "contacts",
        "since": since.isoformat(),
        "strongest_day": until.isoformat(),
        "alarm_day": alarmed.isoformat(),
        "observed": found.observed,
        "expected": number(found.expected, 2),
        "n_month": sum(line.counts[HISTORY_DAYS:]),
        "n_before": sum(line.counts[:HISTORY_DAYS]),
        "p_value": number(found.p_value, 8),
        "q_value": number(found.q_value, 8),
        "transcripts": f"/v1/transcripts?{urlencode(narrowed)}",
    }
