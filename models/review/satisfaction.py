"""What moves satisfaction: drivers, the Kano class of topics, and their balance where nobody gave a score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.review.facts import CauseFact
from models.review.figures import Figure, count, measured, rounded
from models.review.judged import (
    BalanceRow,
    DriverRow,
    Drivers,
    KanoRow,
    Kind,
    LeftOut,
    Satisfaction,
    SegmentRow,
)
from models.review.past import ScoredFact
from models.review.tally import MonthTally
from models.statistics.balance import topic_balance
from models.statistics.drivers import Driver, DriverReport, Quadrant, drivers_by_segment, find_drivers
from models.statistics.kano import KanoReport, kano_classes, kano_drift
from models.statistics.regression import Floats

MAX_TOPICS = 10
MAX_ROWS = 4000
"""More scored contacts than this are thinned evenly: intervals are narrow enough then, and the page is quick."""

N_BOOTSTRAP = 200
N_BOOTSTRAP_OF_SEGMENTS = 60
MAX_SEGMENTS = 6
MIN_MENTIONS = 10


@dataclass(frozen=True, slots=True)
class _Topics:
    """``presence`` ``(n, p)`` of the topics ``ids`` in the rows, whose ``scores`` are ``(n,)``."""

    kind: Kind
    ids: tuple[str, ...]
    names: Mapping[str, str]
    presence: Floats
    scores: Floats
    rows: Sequence[ScoredFact]


def satisfaction_of(
    tally: MonthTally, causes: Sequence[CauseFact], before: Sequence[ScoredFact]
) -> Satisfaction:
    """Of the score that most contacts have. Rows are sorted, so their order does not matter."""
    scored = sorted(tally.cells.scored, key=lambda fact: fact.id)
    names = Counter(name for fact in scored for name in fact.scores)
    balance = _balance(tally)
    if not names:
        return Satisfaction(None, count(0), balance=balance)
    score = min(names, key=lambda name: (-names[name], name))
    rows = _thinned([fact for fact in scored if score in fact.scores])
    earlier = _thinned([fact for fact in sorted(before, key=lambda fact: fact.id) if score in fact.scores])
    values = [fact.scores[score] for fact in rows]
    return Satisfaction(
        score=score,
        n_scored=count(names[score]),
        mean=Figure(rounded(float(np.mean(values))), "mean", n=names[score]),
        models=(_of_categories(tally, rows, earlier, score), _of_causes(causes, rows, score)),
        kano=_kano(tally, rows, earlier, score),
        balance=balance,
    )


def _thinned(rows: Sequence[ScoredFact]) -> list[ScoredFact]:
    if len(rows) <= MAX_ROWS:
        return list(rows)
    return [rows[int(at)] for at in np.linspace(0, len(rows) - 1, MAX_ROWS)]


def _of_categories(
    tally: MonthTally, rows: Sequence[ScoredFact], earlier: Sequence[ScoredFact], score: str
) -> Drivers:
    """Complaints of each category: it is named in a negative contact.

    Where this month has too few, the months before are taken in.
    """
    names = {name: path[-1] for name, path in tally.paths.items()}
    alone = _drivers(_topics("category", _complaints(rows), names, rows, score))
    if alone.rows or not earlier:
        return alone
    pooled = _thinned([*earlier, *rows])
    found = _drivers(_topics("category", _complaints(pooled), names, pooled, score))
    return replace(found, pooled=True) if found.rows else alone


def _complaints(rows: Sequence[ScoredFact]) -> list[set[str]]:
    return [set(row.categories) if row.sentiment == "negative" else set() for row in rows]


def _of_causes(causes: Sequence[CauseFact], rows: Sequence[ScoredFact], score: str) -> Drivers:
    said: dict[str, set[str]] = {row.id: set() for row in rows}
    for cause in causes:
        for transcript_id in cause.transcript_ids:
            if transcript_id in said:
                said[transcript_id].add(cause.id)
    names = {cause.id: cause.name for cause in causes}
    return _drivers(_topics("cause", [said[row.id] for row in rows], names, rows, score))


def _topics(
    kind: Kind, said: Sequence[set[str]], names: Mapping[str, str], rows: Sequence[ScoredFact], score: str
) -> _Topics:
    """The topics named most, at most ``MAX_TOPICS``."""
    counts = Counter(name for topics in said for name in topics if name in names)
    ids = tuple(sorted(counts, key=lambda name: (-counts[name], name))[:MAX_TOPICS])
    presence = _table(said, ids)
    return _Topics(kind, ids, names, presence, np.array([row.scores[score] for row in rows]), rows)


def _table(said: Sequence[set[str]], ids: Sequence[str]) -> Floats:
    found = np.zeros((len(said), len(ids)))
    for at, topics in enumerate(said):
        found[at] = [name in topics for name in ids]
    return found


def _groups(rows: Sequence[ScoredFact]) -> np.ndarray | None:
    """Customers of the rows; ``None`` where each has one contact only, which is the same and quicker."""
    groups = [row.group for row in rows]
    return np.array(groups) if len(set(groups)) < len(groups) else None


def _drivers(topics: _Topics) -> Drivers:
    kind, n = topics.kind, len(topics.rows)
    try:
        report = find_drivers(
            topics.presence, topics.scores, topics.ids, groups=_groups(topics.rows), n_bootstrap=N_BOOTSTRAP
        )
    except ValueError as error:
        return Drivers(kind, n, problem=str(error))
    return Drivers(
        kind=kind,
        n=n,
        rows=tuple(_row(driver, topics.names, n) for driver in report.drivers),
        n_needed=report.n_needed,
        enough=bool(report.enough),
        clustered=report.clustered,
        r2=measured(report.r2, "ratio"),
        cross=_cross(report),
        left_out=tuple(
            LeftOut(
                topics.names[item.name],
                item.reason.value,
                item.n_present,
                topics.names[item.beside] if item.beside else None,
            )
            for item in report.dropped
        ),
        segments=_segments(topics) if kind == "category" else (),
    )


def _row(driver: Driver, names: Mapping[str, str], n: int) -> DriverRow:
    return DriverRow(
        id=driver.name,
        name=names[driver.name],
        share=Figure(rounded(driver.share), "ratio", n=round(driver.share * n), of=n),
        effect=measured(driver.effect, "score"),
        contribution=measured(driver.contribution, "score"),
        importance=measured(driver.importance, "ratio"),
        quadrant=driver.quadrant.value,
        p_value=rounded(driver.p_value),
    )


def _cross(report: DriverReport) -> tuple[float, float] | None:
    """As ``drivers.quadrants`` parts them: medians of the clear drivers that lower the score."""
    clear = [row for row in report.drivers if row.effect.high < 0]
    if not clear:
        return None
    share, effect = (
        float(np.median(x)) for x in ([r.share for r in clear], [r.effect.estimate for r in clear])
    )
    return rounded(share), rounded(effect)


def _segments(topics: _Topics) -> tuple[SegmentRow, ...]:
    """The largest segments; none where contacts name fewer than two."""
    sizes = Counter(row.segment for row in topics.rows if row.segment)
    chosen = sorted(sizes, key=lambda name: (-sizes[name], name))[:MAX_SEGMENTS]
    if len(chosen) < 2:
        return ()
    keep = [at for at, row in enumerate(topics.rows) if row.segment in chosen]
    rows = [topics.rows[at] for at in keep]
    found = drivers_by_segment(
        topics.presence[keep],
        topics.scores[keep],
        topics.ids,
        [row.segment for row in rows],
        groups=_groups(rows),
        n_bootstrap=N_BOOTSTRAP_OF_SEGMENTS,
    )
    return tuple(
        SegmentRow(
            item.segment, item.n, item.n_needed, item.report is None, _leading(item.report, topics, item.n)
        )
        for item in found
    )


def _leading(report: DriverReport | None, topics: _Topics, n: int) -> DriverRow | None:
    clear = [row for row in report.drivers if row.quadrant != Quadrant.UNCLEAR] if report else []
    return _row(clear[0], topics.names, n) if clear else None


def _kano(
    tally: MonthTally, rows: Sequence[ScoredFact], before: Sequence[ScoredFact], score: str
) -> tuple[KanoRow, ...]:
    tones = {name: tones for name, tones in tally.cells.tones.items() if name in tally.paths}
    usable = [
        name for name, found in tones.items() if min(found["positive"], found["negative"]) >= MIN_MENTIONS
    ]
    ids = sorted(usable, key=lambda name: (-sum(tones[name].values()), name))[:MAX_TOPICS]
    report = _kano_report(rows, ids, score)
    if report is None:
        return ()
    earlier = _kano_report(before, ids, score)
    drift = {item.name: item for item in kano_drift(earlier, report)} if earlier else {}
    return tuple(
        KanoRow(
            id=topic.name,
            name=tally.paths[topic.name][-1],
            n_praise=topic.n_praise,
            n_complaint=topic.n_complaint,
            reward=measured(topic.reward, "score"),
            penalty=measured(topic.penalty, "score"),
            kano=topic.kind.value,
            before=drift[topic.name].before.value if topic.name in drift else None,
            drift_q=rounded(drift[topic.name].q_value) if topic.name in drift else None,
        )
        for topic in report.topics
    )


def _kano_report(rows: Sequence[ScoredFact], ids: Sequence[str], score: str) -> KanoReport | None:
    if not rows or not ids:
        return None
    praise, complaint = (
        np.array([[float(row.sentiment == tone and name in row.categories) for name in ids] for row in rows])
        for tone in ("positive", "negative")
    )
    values = np.array([row.scores[score] for row in rows])
    try:
        return kano_classes(praise, complaint, values, ids, groups=_groups(rows))
    except ValueError:
        return None


def _balance(tally: MonthTally) -> tuple[BalanceRow, ...]:
    """Largest topics first; those named seldom are left out."""
    tones = {
        name: found
        for name, found in tally.cells.tones.items()
        if name in tally.paths and sum(found.values()) >= MIN_MENTIONS
    }
    mentions = {name: (found["positive"], found["negative"]) for name, found in tones.items()}
    if not any(good for good, _ in mentions.values()):
        return ()
    found = sorted(topic_balance(mentions), key=lambda row: (-row.n_praise - row.n_complaint, row.name))
    return tuple(
        BalanceRow(
            id=row.name,
            name=tally.paths[row.name][-1],
            n_praise=row.n_praise,
            n_complaint=row.n_complaint,
            against_others=measured(row.against_others, "points"),
            leaning=row.leaning.value,
            q_value=rounded(row.q_value),
        )
        for row in found[:MAX_TOPICS]
    )
