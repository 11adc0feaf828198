"""The three to five sentences a director reads first, made from the snapshot's own figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models.review.comparison import (
    FALSE_DISCOVERY_RATE,
    MIN_TOTAL,
    is_small,
    rate_difference,
)
from models.review.figures import Change, Figure, count, rate, rounded, share
from models.review.sections import (
    CauseRow,
    Certainty,
    ChannelRow,
    EndedCause,
    Finding,
    Pareto,
    QualityRow,
    Totals,
)
from models.statistics.changes import RateChange, benjamini_hochberg

MAX_FINDINGS = 5
WORTH_SAYING = {"near_duplicates": 0.10, "uncategorised": 0.30, "rejected": 0.02, "unassigned": 0.60}
"""From this share on, a weakness of the data is a finding of its own."""

_TREND = {
    "up": (
        "，比上月（{previous}）明显上升（{difference}）",
        ", clearly up on last month ({previous}; {difference})",
    ),
    "down": (
        "，比上月（{previous}）明显下降（{difference}）",
        ", clearly down on last month ({previous}; {difference})",
    ),
    "flat": (
        "，与上月（{previous}）相比无明显变化（{difference}）",
        ", no clear change on last month ({previous}; {difference})",
    ),
    "small": ("，上月为 {previous}，样本少，不判断升降", "; last month {previous}, too few cases to judge"),
    "new": ("，上月没有", "; last month had none"),
}


class Sections(NamedTuple):
    """What findings are drawn from."""

    totals: Totals
    channels: Sequence[ChannelRow]
    pareto: Pareto
    causes: Sequence[CauseRow]
    ended: Sequence[EndedCause]
    quality: Sequence[QualityRow]


def findings_of(sections: Sections) -> tuple[Finding, ...]:
    """At most ``MAX_FINDINGS``: the whole, the concentration, the largest cause, then what moved."""
    if not sections.totals.transcripts.value:
        return (Finding("empty", "本月没有收到任何反馈。", "No transcripts this month.", "complete"),)
    causes = sections.causes
    found = (
        _overall(sections.totals),
        _concentration(sections.pareto),
        _top_cause(causes),
        _mover(sections, "up", "riser", ("上升最多", "rose most")),
        _new_causes(causes),
        _channel(sections.channels),
        _mover(sections, "down", "faller", ("下降最多", "fell most")),
    )
    weak = _weak_data(sections.quality)
    kept = [finding for finding in found if finding is not None]
    return (*kept[: MAX_FINDINGS - 1], weak) if weak else tuple(kept[:MAX_FINDINGS])


def _overall(totals: Totals) -> Finding:
    change = totals.negative_change
    trend_zh, trend_en = _trend(change)
    return Finding(
        "overall",
        "本月收到反馈 {total} 条，其中负面 {negative} 条，负面率 {rate}" + trend_zh + "。",
        "{total} transcripts this month, {negative} of them negative, a rate of {rate}" + trend_en + ".",
        certainty=_certainty(change, totals.negative_rate),
        figures=_figures(
            change, total=totals.transcripts, negative=totals.negative, rate=totals.negative_rate
        ),
        basis=_basis(change),
    )


def _concentration(pareto: Pareto) -> Finding | None:
    if not pareto.rows:
        return None
    names = {f"name_{at}": row.path[-1] for at, row in enumerate(pareto.rows[:3], 1)}
    listed_zh = "".join(f"「{{{place}}}」" for place in names)
    listed_en = ", ".join(f"'{{{place}}}'" for place in names)
    mentions = pareto.mentions.n or 0
    return Finding(
        "concentration",
        f"负面提及最多的是{listed_zh}，占 {{top}}；{{n_categories}} 类中前 {{n_vital}} 类占 {{vital}}。",
        f"Most negative mentions: {listed_en}, {{top}} of all; "
        "{n_vital} of {n_categories} categories make up {vital}.",
        certainty="complete" if mentions >= 10 else "small",
        figures={
            "top": share(sum(row.negative.n or 0 for row in pareto.rows[:3]), mentions),
            "vital": pareto.vital_share,
            "n_vital": count(sum(row.vital for row in pareto.rows)),
            "n_categories": count(len(pareto.rows)),
        },
        names=names,
    )


def _top_cause(causes: Sequence[CauseRow]) -> Finding | None:
    if not causes:
        return None
    row = causes[0]
    trend_zh, trend_en = _trend(row.change)
    return Finding(
        "top_cause",
        "最大的根因是「{cause}」：{n} 条，每千条反馈 {rate} 条" + trend_zh + "。",
        "The largest root cause is '{cause}': {n} transcripts, {rate} per 1,000" + trend_en + ".",
        certainty=_certainty(row.change, row.rate),
        figures=_figures(row.change, n=row.transcripts, rate=row.rate),
        names={"cause": row.name},
        basis=_basis(row.change),
    )


def _mover(sections: Sections, verdict: str, kind: str, words: tuple[str, str]) -> Finding | None:
    """The root cause, or else the category, that moved most; what a moving cause tells stands already."""
    moving = (verdict, "new") if verdict == "up" else (verdict,)
    told = {row.category for row in sections.causes if row.change.verdict in moving}
    causes = [row for row in sections.causes[1:] if row.change.verdict == verdict]
    if causes and not _regrouped(sections.causes):
        cause = max(causes, key=lambda row: (abs(_moved(row.change)), row.id))
        what = (cause.name, cause.transcripts, cause.change, "根因", "root cause")
        return _moved_finding(kind, words, *what)
    categories = [
        row for row in sections.pareto.rows if row.change.verdict == verdict and row.path not in told
    ]
    if not categories:
        return None
    category = max(categories, key=lambda row: (abs(_moved(row.change)), row.id))
    return _moved_finding(
        kind, words, category.path[-1], category.negative, category.change, "负面类别", "negative category"
    )


def _moved_finding(
    kind: str, words: tuple[str, str], name: str, n: Figure, change: Change, what_zh: str, what_en: str
) -> Finding:
    zh, en = words
    return Finding(
        kind,
        f"{zh}的{what_zh}是「{{name}}」：本月 {{n}} 条，比上月 {{difference}}。",
        f"The {what_en} that {en} is '{{name}}': {{n}} this month, {{difference}} on last month.",
        certainty="interval",
        figures=_figures(change, n=n),
        names={"name": name},
        basis="difference",
    )


def _new_causes(causes: Sequence[CauseRow]) -> Finding | None:
    fresh = [row for row in causes if row.change.verdict == "new"]
    if not fresh:
        return None
    largest = fresh[0]
    if _regrouped(causes):
        return Finding(
            "regrouped",
            "{n_causes} 个根因中有 {n_new} 个与上月对应不上，多半是分组变动，不宜都看作新问题；"
            "其中最大的是「{cause}」（{n} 条）。",
            "{n_new} of {n_causes} root causes match none of last month: more likely another grouping than "
            "that many new problems; the largest is '{cause}' ({n} transcripts).",
            certainty="unjudged",
            figures={"n_new": count(len(fresh)), "n_causes": count(len(causes)), "n": largest.transcripts},
            names={"cause": largest.name},
        )
    return Finding(
        "new_causes",
        "新出现 {n_new} 个根因，最大的是「{cause}」（{n} 条，每千条反馈 {rate} 条）。",
        "{n_new} new root causes; the largest is '{cause}' ({n} transcripts, {rate} per 1,000).",
        certainty="small" if largest.change.small else "interval",
        figures={"n_new": count(len(fresh)), "n": largest.transcripts, "rate": largest.rate},
        names={"cause": largest.name},
        basis="rate",
    )


def _regrouped(causes: Sequence[CauseRow]) -> bool:
    """Whether so many causes are new that the grouping itself must have changed."""
    n_new = sum(row.change.verdict == "new" for row in causes)
    return n_new >= 5 and n_new > len(causes) / 2


def _channel(channels: Sequence[ChannelRow]) -> Finding | None:
    """The channel whose negative rate stands out most above all others together."""
    contrasts = [_against_rest(row, channels) for row in channels]
    q_values = benjamini_hochberg([contrast.p_value if contrast else 1.0 for contrast in contrasts])
    clear = [
        (contrast.difference, row)
        for row, contrast, q_value in zip(channels, contrasts, q_values, strict=True)
        if contrast and contrast.difference.estimate > 0 and q_value < FALSE_DISCOVERY_RATE
    ]
    if not clear:
        return None
    difference, row = max(clear, key=lambda item: (item[0].estimate, item[1].channel))
    return Finding(
        "channel",
        "渠道「{channel}」的负面率 {rate}，明显高于其余渠道的 {rest}（{difference}）。",
        "Channel '{channel}' has a negative rate of {rate}, clearly above {rest} elsewhere ({difference}).",
        certainty="interval",
        figures={
            "rate": row.negative_rate,
            "rest": rate(*_rest(row, channels)),
            "difference": Figure(
                rounded(difference.estimate),
                "points",
                interval=(rounded(difference.low), rounded(difference.high)),
            ),
        },
        names={"channel": row.channel},
        basis="difference",
    )


def _rest(row: ChannelRow, channels: Sequence[ChannelRow]) -> tuple[int, int]:
    others = [other for other in channels if other is not row]
    return sum(other.negative.n or 0 for other in others), sum(other.transcripts.n or 0 for other in others)


def _against_rest(row: ChannelRow, channels: Sequence[ChannelRow]) -> RateChange | None:
    k1, n1 = row.negative.n or 0, row.transcripts.n or 0
    k0, n0 = _rest(row, channels)
    if not n1 or not n0 or is_small(k1, n1, k0, n0):
        return None
    return rate_difference(k1, n1, k0, n0)


def _weak_data(quality: Iterable[QualityRow]) -> Finding | None:
    words = {
        "near_duplicates": ("近似重复的反馈", "near-duplicate transcripts"),
        "uncategorised": ("类别未明的负面反馈", "negative transcripts without a clear category"),
        "rejected": ("未能入库的行", "rows that could not be stored"),
        "unassigned": ("没有归入根因的负面反馈", "negative transcripts without a root cause"),
    }
    for row in quality:
        if row.kind not in WORTH_SAYING or row.share is None or (row.share.of or 0) < MIN_TOTAL:
            continue
        if (row.share.value or 0.0) < WORTH_SAYING[row.kind]:
            continue
        zh, en = words[row.kind]
        return Finding(
            f"quality_{row.kind}",
            f"数据提醒：{zh}有 {{n}} 条，占 {{share}}，解读时请留意。",
            f"Mind the data: {{n}} {en}, {{share}}.",
            certainty="complete",
            figures={"n": row.count, "share": row.share},
        )
    return None


def _moved(change: Change) -> float:
    return (change.difference.value if change.difference else None) or 0.0


def _trend(change: Change) -> tuple[str, str]:
    return _TREND.get(change.verdict, ("（无上月数据）", " (no data of last month)"))


def _figures(change: Change, **figures: Figure) -> dict[str, Figure]:
    compared = {"previous": change.previous, "difference": change.difference}
    return figures | {name: figure for name, figure in compared.items() if figure is not None}


def _basis(change: Change) -> str:
    return "difference" if change.verdict in ("up", "down", "flat") else "rate"


def _certainty(change: Change, value: Figure) -> Certainty:
    few = value.n is None or value.of is None or value.n < 5 or value.of < 30
    return "small" if change.small or few else "interval"
