"""What ``/v1/trends`` says of a whole line: verdict, change points, season, forecast."""

from __future__ import annotations

from typing import Any

from models.core.month import Month
from models.statistics.change_points import ChangePoint
from models.statistics.charts.rules import NELSON
from models.statistics.charts.values import BASELINE_REASONS
from models.statistics.forecast import forecast_rate
from models.statistics.panel import VERDICT_WORDS, PanelJudgement
from models.statistics.seasonality import MINIMUM_MONTHS, monthly_seasonality
from service.api.answers import number
from service.api.trend_points import CHANGE_RATE, MAX_JUDGED, SETTINGS, Line, Trend, bounds_of
from service.database.records import Grain

_NOT_JUDGED = (
    f"线条太多，只判断条数最多的（至多 {MAX_JUDGED} 条）",
    f"too many lines: only the largest (at most {MAX_JUDGED}) are judged",
)
_RECENT = 12


def line_bodies(trend: Trend, n_ahead: int, language: str) -> list[dict[str, Any]]:
    """One entry per line, the largest first."""
    return [_body(trend, line, n_ahead, language) for line in trend.lines]


def stated_rates(grain: Grain, language: str) -> dict[str, Any]:
    """How often each kind of mark comes without any change."""
    settings = SETTINGS[grain]
    return {
        "signal_false_discovery_rate": settings.false_discovery_rate,
        "alarm_rate_per_line": settings.alarm.family_rate,
        "alarm_horizon_periods": settings.alarm.horizon_points,
        "change_point_rate_per_line": CHANGE_RATE,
        "patterns": {
            rule.code: {"text": _worded((rule.zh, rule.en), language), "rate_per_point": number(rule.rate)}
            for rule in NELSON
        },
    }


def _body(trend: Trend, line: Line, n_ahead: int, language: str) -> dict[str, Any]:
    judged = trend.judged.get(line.value)
    body: dict[str, Any] = {
        "value": line.value,
        "label": line.label,
        "n": sum(counts.n for counts in line.counts),
        "unit": "contacts_per_day" if trend.law == "poisson" else "share",
        **(_verdict(trend, judged, language) if judged else _unjudged(language)),
    }
    changes = trend.changes.get(line.value)
    body["change_points"] = None if changes is None else [_change(trend, one) for one in changes]
    if trend.periods.grain == "month" and judged is not None:
        body["seasonality"] = _season(trend, line)
    if n_ahead and judged is not None:
        body["forecast"] = _forecast(trend, line, n_ahead)
    return body


def _worded(pair: tuple[str, str], language: str) -> str:
    return pair[1] if language.startswith("en") else pair[0]


def _unjudged(language: str) -> dict[str, Any]:
    words = _worded(_NOT_JUDGED, language)
    return {"verdict": "not_judged", "verdict_text": words, "reasons": [], "chart": None, "latest": None}


def _verdict(trend: Trend, judged: PanelJudgement, language: str) -> dict[str, Any]:
    chart, latest, last = judged.chart, judged.latest, judged.last
    baseline = chart.baselines[-1] if chart.baselines else None
    return {
        "verdict": judged.verdict.value,
        "verdict_text": _worded(VERDICT_WORDS[judged.verdict], language),
        "reasons": [
            {"code": code, "text": _worded(BASELINE_REASONS[code], language)} for code in judged.reasons
        ],
        "chart": {
            "kind": chart.kind,
            "baseline_points": baseline.n_points if baseline else 0,
            "sigma_z": number(baseline.sigma_z, 4) if baseline else None,
            "sparse": baseline.sparse if baseline else True,
        },
        "latest": None
        if latest is None or last is None
        else {
            "period": trend.periods.names[last],
            "tested": latest.tested,
            "signal": latest.signal,
            "alarm": latest.alarm,
            "p_value": number(latest.p_value) if latest.tested else None,
            "q_value": number(latest.q_value),
        },
    }


def _change(trend: Trend, change: ChangePoint) -> dict[str, Any]:
    return {
        "period": trend.periods.names[change.index],
        "before": number(change.before),
        "after": number(change.after),
        "p_value": number(change.p_value),
    }


def _whole(trend: Trend, line: Line) -> tuple[list[int], list[int]]:
    """Events and exposures, nothing where the period is partial."""
    kept = [place not in trend.periods.partial for place in range(len(line.events))]
    return (
        [k if keep else 0 for k, keep in zip(line.events, kept, strict=True)],
        [n if keep else 0 for n, keep in zip(line.exposures, kept, strict=True)],
    )


def _season(trend: Trend, line: Line) -> dict[str, Any]:
    events, exposures = _whole(trend, line)
    if sum(n > 0 for n in exposures) < MINIMUM_MONTHS:
        needed = MINIMUM_MONTHS - sum(n > 0 for n in exposures)
        return {"status": "too_short", "p_value": None, "months_needed": needed, "factors": []}
    first = Month.parse(trend.periods.names[0]).number
    found = monthly_seasonality(events, exposures, first_month=first)
    return {
        "status": found.status,
        "p_value": number(found.p_value),
        "months_needed": found.months_needed,
        "factors": [
            {
                "month": f.month,
                "factor": number(f.factor, 4),
                "low": number(f.low, 4),
                "high": number(f.high, 4),
            }
            for f in found.factors
        ],
    }


def _forecast(trend: Trend, line: Line, n_ahead: int) -> dict[str, Any]:
    events, exposures = _whole(trend, line)
    recent = [n for n in exposures if n][-_RECENT:]
    assumed = round(sum(recent) / len(recent)) if recent else 0
    found = forecast_rate(events, exposures, [assumed] * n_ahead)
    periods = _periods_ahead(_last_whole(trend, exposures), trend.periods.grain, n_ahead)
    return {
        "status": found.status,
        "confidence": found.confidence,
        "assumed_exposure": assumed,
        "points": [
            {
                "period": period,
                "rate": number(point.rate),
                "expected": number(point.expected, 2),
                "low": number(point.low, 2),
                "high": number(point.high, 2),
            }
            for period, point in zip(periods, found.points, strict=False)
        ],
    }


def _last_whole(trend: Trend, exposures: list[int]) -> str:
    """The newest period that is whole and has contacts; the last of all where none is."""
    filled = [name for name, n in zip(trend.periods.names, exposures, strict=True) if n]
    return filled[-1] if filled else trend.periods.names[-1]


def _periods_ahead(after: str, grain: Grain, n_ahead: int) -> list[str]:
    found, at = [], after
    for _ in range(n_ahead):
        _, stop = bounds_of(at, grain)
        at = stop.isoformat()[:7] if grain == "month" else stop.isoformat()
        found.append(at)
    return found
