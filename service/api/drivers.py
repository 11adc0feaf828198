"""``/v1/drivers``: what moves satisfaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Request

from models.review.tally import UNCLEAR_CATEGORY
from models.statistics.balance import topic_balance
from models.statistics.drivers import DriverReport, find_drivers, rows_needed
from models.statistics.kano import KanoReport, kano_classes
from models.statistics.screening import Dropped
from service.api.access import Reader
from service.api.answers import check_range, interval_body, language_of, number, require_contacts, today_of
from service.api.mark_labels import mark_labels
from service.api.state import ServiceState, State, in_thread
from service.database import trends
from service.database.cells import Stretch
from service.database.satisfaction import RatedContact, Topics, rated_contacts

router = APIRouter(prefix="/v1", tags=["trends"])

MAX_DAYS = 3700
MAX_TOPICS = 30
N_BOOTSTRAP = 200
Source = Literal["survey", "predicted", "none"]


@dataclass(frozen=True, slots=True)
class _Question:
    stretch: Stretch
    by: Topics
    score: str
    segment: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    """``rows`` are those with a score of ``source``, or all where nothing has one."""

    n_contacts: int
    source: Source
    rows: list[RatedContact]
    names: list[str]
    labels: dict[str, str]
    report: DriverReport | None
    kano: KanoReport | None
    reason: str | None


@router.get("/drivers")
async def drivers(
    request: Request,
    state: State,
    caller: Reader,
    since: Annotated[date | None, Query(alias="from", description="First local day.")] = None,
    until: Annotated[date | None, Query(alias="to", description="Local day after the last.")] = None,
    by: Topics = "category",
    segment: Annotated[str | None, Query(description="Only contacts of this segment.")] = None,
    score: Annotated[str, Query(description="Name of the survey score.")] = "satisfaction",
) -> dict[str, Any]:
    """Topics by their effect on the score, others held equal, with intervals, importance (Shapley shares of the
    explained variance), the share × impact field and the Kano class. Scores of surveys where given, else predicted
    satisfaction where stored (``source`` says which); without either, the balance of praise and complaint."""
    end = until or today_of(state) + timedelta(days=1)
    first = since or max(end, date(2, 1, 1)) - timedelta(days=365)
    check_range(first, end, MAX_DAYS)
    asked = _Question(Stretch(caller.tenant, first, end), by, score, segment)
    found = await in_thread(_drive, state, asked, language_of(request))
    return _body(asked, found, language_of(request).startswith("en"))


def _drive(state: ServiceState, asked: _Question, language: str) -> _Found:
    with state.database.read() as connection:
        n, contacts = rated_contacts(connection, asked.stretch, asked.by, asked.score, asked.segment)
        period = f"{asked.stretch.since}–{asked.stretch.until}"
        require_contacts(n, "反馈，时段", "contacts between", period)
        counted = Counter(
            topic for contact in contacts for topic in contact.topics if topic != UNCLEAR_CATEGORY
        )
        labels = trends.labels_of(connection, asked.stretch.tenant, asked.by, set(counted))
    labels |= mark_labels(state.settings.sector, asked.by, counted, language)
    names = sorted(sorted(counted), key=lambda name: -counted[name])[:MAX_TOPICS]
    source, rows = _rated(contacts)
    report, kano, reason = None, None, None
    if source != "none":
        report, kano, reason = _fitted(rows, source, names)
    return _Found(n, source, rows, names, labels, report, kano, reason)


def _rated(contacts: list[RatedContact]) -> tuple[Source, list[RatedContact]]:
    """Survey answers where there are any, else predictions, else all contacts."""
    asked = [one for one in contacts if one.score is not None]
    guessed = [one for one in contacts if one.predicted is not None]
    if asked and (len(asked) >= rows_needed(1) or not guessed):
        return "survey", asked
    return ("predicted", guessed) if guessed else ("none", contacts)


def _fitted(
    rows: list[RatedContact], source: Source, names: list[str]
) -> tuple[DriverReport | None, KanoReport | None, str | None]:
    present = np.array([[name in row.topics for name in names] for row in rows], dtype=np.float64)
    scores = np.array([row.score if source == "survey" else row.predicted for row in rows], dtype=np.float64)
    groups = np.array([row.customer for row in rows])
    try:
        report = find_drivers(present, scores, names, groups=groups, n_bootstrap=N_BOOTSTRAP)
    except ValueError as error:
        return None, None, str(error)
    tone = np.array([row.sentiment for row in rows])[:, None]
    try:
        praise, complaint = present * (tone == "positive"), present * (tone == "negative")
        return report, kano_classes(praise, complaint, scores, names, groups=groups), None
    except ValueError as error:
        return report, None, str(error)


def _body(asked: _Question, found: _Found, english: bool) -> dict[str, Any]:
    report = found.report
    texts = {
        "survey": ("满意度来自调查打分", "satisfaction as given in surveys"),
        "predicted": (
            "满意度由模型预测，预测误差不在区间内",
            "satisfaction as predicted by a model, whose own error is not in the intervals",
        ),
        "none": (
            "没有满意度打分，也没有预测值；只给出表扬与抱怨的对比",
            "no scores and no predictions: only the balance of praise and complaint",
        ),
    }
    return {
        "from": asked.stretch.since.isoformat(),
        "to": asked.stretch.until.isoformat(),
        "by": asked.by,
        "segment": asked.segment,
        "score": asked.score,
        "source": found.source,
        "text": texts[found.source][english],
        "n_contacts": found.n_contacts,
        "n_rated": 0 if found.source == "none" else len(found.rows),
        "n_needed": report.n_needed if report else rows_needed(len(found.names)),
        "enough": bool(report and report.enough),
        "reason": found.reason,
        "r2": interval_body(report.r2) if report else None,
        "items": _items(found),
        "dropped": [_dropped(one, found.labels) for one in report.dropped] if report else [],
        "balance": _balance(found),
    }


def _items(found: _Found) -> list[dict[str, Any]]:
    if found.report is None:
        return []
    kano = {topic.name: topic for topic in found.kano.topics} if found.kano else {}
    items = []
    for driver in found.report.drivers:
        topic = kano.get(driver.name)
        items.append(
            {
                "value": driver.name,
                "label": found.labels[driver.name],
                "n": sum(driver.name in row.topics for row in found.rows),
                "share": number(driver.share),
                "effect": interval_body(driver.effect, 4),
                "p_value": number(driver.p_value, 8),
                "contribution": interval_body(driver.contribution, 4),
                "importance": interval_body(driver.importance, 4),
                "quadrant": driver.quadrant.value,
                "kano": topic.kind.value if topic else None,
                "n_praise": topic.n_praise if topic else None,
                "n_complaint": topic.n_complaint if topic else None,
                "reward": interval_body(topic.reward, 4) if topic else None,
                "penalty": interval_body(topic.penalty, 4) if topic else None,
            }
        )
    return items


def _dropped(one: Dropped, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "value": one.name,
        "label": labels.get(one.name, one.name),
        "reason": one.reason.value,
        "n": one.n_present,
        "beside": one.beside,
    }


def _balance(found: _Found) -> list[dict[str, Any]]:
    """Praise against complaint per topic, over the contacts read."""
    mentions = {
        name: (
            sum(name in row.topics and row.sentiment == "positive" for row in found.rows),
            sum(name in row.topics and row.sentiment == "negative" for row in found.rows),
        )
        for name in found.names
    }
    return [
        {
            "value": topic.name,
            "label": found.labels[topic.name],
            "n_praise": topic.n_praise,
            "n_complaint": topic.n_complaint,
            "asymmetry": interval_body(topic.asymmetry, 4),
            "leaning": topic.leaning.value,
            "q_value": number(topic.q_value, 8),
        }
        for topic in topic_balance(mentions)
    ]
