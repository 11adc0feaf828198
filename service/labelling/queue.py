"""What to label next: bounded work over the newest transcripts, the same answer for the same store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection

from models.text.duplicates import N_HASHES
from service.database import labels, shadows
from service.database.labels import Candidate
from service.database.shadows import Difference
from service.labelling.overlay import machine_part
from service.serving import Shadow

Strategy = Literal["uncertain", "diverse", "disagree"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
MAX_POOL = 2000
"""So many of the newest unlabelled transcripts are looked at."""
_SPREAD = 0.05
"""A second pick of the same category or channel must be so much less certain."""
_SAME_TEXT = 0.7
"""From this share of equal hashes on, one of two texts is enough to ask for."""
_CLEAR_POLARITY = 0.6
_NAMES = {"negative": "负面", "neutral": "中性", "positive": "正面"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing to label. ``certainty`` in [0, 1]; ``why`` is for the analyst, in Chinese."""

    candidate: Candidate
    label: str
    certainty: float
    why: str


@dataclass(frozen=True, slots=True)
class _Judged:
    """A candidate with what the models say of the task; ``conflict`` in [0, 1] with its words."""

    candidate: Candidate
    label: str
    group: str
    certainty: float
    conflict: float
    conflict_words: str


def next_to_label(
    connection: Connection,
    tenant: str,
    task: str,
    strategy: Strategy,
    n: int,
    *,
    shadow: Shadow | None = None,
) -> list[Asked]:
    """At most ``n`` transcripts without an analyst's label for ``task``.

    ``uncertain``: least certain first, spread over categories and channels. ``diverse``: texts unlike each
    other, over all categories and channels. ``disagree``: where the version ``shadow``, rules or clauses
    contradict the label, the strongest contradiction first. Near-duplicates are asked once.
    """
    differences = {}
    if shadow is not None:
        differences = shadows.differences_by_transcript(connection, tenant, shadow.task, shadow.name)
    pool = labels.unlabelled(connection, tenant, task, limit=MAX_POOL, also=sorted(differences))
    judged = [_judged(candidate, task, differences.get(candidate.id)) for candidate in pool]
    if strategy == "disagree":
        found = [item for item in judged if item.conflict > 0]
        ranked = sorted(found, key=lambda item: (-item.conflict, item.candidate.id))
        return [_asked(item, item.conflict_words) for item in _distinct(ranked, n)]
    if strategy == "diverse":
        return [_asked(item, _why_diverse(item)) for item in _unlike(judged, n)]
    spread = _spread(judged, n)
    ranked = sorted(spread, key=lambda item: (item.certainty, item.candidate.id))
    return [_asked(item, _why_uncertain(item, task)) for item in ranked]


def _judged(candidate: Candidate, task: str, difference: Difference | None) -> _Judged:
    said = machine_part(orjson.loads(candidate.body))
    if task == "sentiment":
        tone = said["sentiment"]
        name = _NAMES[tone["label"]]
        conflict = _sentiment_conflict(said)
        found = (name, _leading(said["categories"]), float(tone["score"]))
    else:
        name = _leading(said["categories"])
        conflict = _category_conflict(said["categories"])
        found = (name, name, max((float(c["score"]) for c in said["categories"]), default=0.0))
    if difference is not None:
        conflict = _shadow_conflict(difference)
    return _Judged(candidate, *found, *conflict)


def _leading(categories: Sequence[Mapping[str, Any]]) -> str:
    if not categories:
        return "未分类"
    best = max(categories, key=lambda item: (item["score"], item["id"]))
    return "/".join(best["path"])


def _sentiment_conflict(said: Mapping[str, Any]) -> tuple[float, str]:
    """A clause that says clearly the opposite of the whole; neutral wholes contradict either side."""
    label = said["sentiment"]["label"]
    worst = 0.0
    for clause in said["clauses"]:
        against = {"negative": clause["polarity"], "positive": -clause["polarity"]}
        worst = max(worst, against.get(label, abs(clause["polarity"])))
    if worst < _CLEAR_POLARITY:
        return 0.0, ""
    return 0.5 * worst, f"整段判为「{_NAMES[label]}」，但有分句的倾向明显相反（强度 {worst:.2f}）"


def _category_conflict(categories: Sequence[Mapping[str, Any]]) -> tuple[float, str]:
    """Rule and model name different categories."""
    by_source = {
        source: max((c for c in categories if c["source"] == source), key=lambda c: c["score"], default=None)
        for source in ("rule", "model")
    }
    rule, model = by_source["rule"], by_source["model"]
    if (
        rule is None
        or model is None
        or {c["id"] for c in categories if c["source"] == "rule"} & {model["id"]}
    ):
        return 0.0, ""
    strength = 0.5 * min(float(rule["score"]), float(model["score"]))
    return strength, f"规则判为「{'/'.join(rule['path'])}」，模型判为「{'/'.join(model['path'])}」"


def _shadow_conflict(difference: Difference) -> tuple[float, str]:
    strength = 0.5 + 0.5 * min(difference.current_score, difference.shadow_score)
    current, shadow = (_NAMES.get(name, name) for name in (difference.current_label, difference.shadow_label))
    return strength, (
        f"使用中的版本判为「{current}」（{difference.current_score:.2f}），"
        f"影子版本判为「{shadow}」（{difference.shadow_score:.2f}）"
    )


def _why_uncertain(item: _Judged, task: str) -> str:
    if task == "category" and item.certainty == 0.0:
        return f"没有判出任何类别；渠道 {item.candidate.channel}"
    return f"模型最没有把握的之一：判为「{item.label}」，把握 {item.certainty:.2f}；渠道 {item.candidate.channel}"


def _why_diverse(item: _Judged) -> str:
    return f"与其他待标注文本最不相似之一，补足类别「{item.group}」、渠道 {item.candidate.channel}"


def _asked(item: _Judged, why: str) -> Asked:
    return Asked(item.candidate, item.label, item.certainty, why)


def _spread(judged: Sequence[_Judged], n: int) -> list[_Judged]:
    """Greedy: the least certain, each category and channel that was picked before counting a little."""
    left = sorted(judged, key=lambda item: (item.certainty, item.candidate.id))
    seen: Counter[tuple[str, str]] = Counter()
    picked: list[_Judged] = []
    signatures: list[NDArray[np.uint32]] = []
    while left and len(picked) < n:
        at = min(range(len(left)), key=lambda i: (_cost(left[i], seen), i))
        item = left.pop(at)
        own = _signature(item.candidate)
        if _is_repeat(own, signatures):
            continue
        picked.append(item)
        signatures.append(own)
        seen[("group", item.group)] += 1
        seen[("channel", item.candidate.channel)] += 1
    return picked


def _cost(item: _Judged, seen: Mapping[tuple[str, str], int]) -> float:
    n_before = seen.get(("group", item.group), 0) + seen.get(("channel", item.candidate.channel), 0)
    return item.certainty + _SPREAD * n_before


def _unlike(judged: Sequence[_Judged], n: int) -> list[_Judged]:
    """Farthest first by shared hashes of the text, in turn over pairs of category and channel."""
    if not judged:
        return []
    signatures = np.stack([_signature(item.candidate) for item in judged])
    nearest = np.zeros(len(judged))
    seen: Counter[tuple[str, str]] = Counter()
    pairs = [(item.group, item.candidate.channel) for item in judged]
    left = set(range(len(judged)))
    picked: list[_Judged] = []
    while left and len(picked) < n:
        at = min(left, key=lambda i: (seen[pairs[i]], round(float(nearest[i]), 6), judged[i].candidate.id))
        left.remove(at)
        if nearest[at] >= _SAME_TEXT:
            continue
        picked.append(judged[at])
        seen[pairs[at]] += 1
        nearest = np.maximum(nearest, (signatures == signatures[at]).mean(axis=1))
    return picked


def _distinct(ranked: Iterable[_Judged], n: int) -> list[_Judged]:
    picked: list[_Judged] = []
    signatures: list[NDArray[np.uint32]] = []
    for item in ranked:
        own = _signature(item.candidate)
        if len(picked) < n and not _is_repeat(own, signatures):
            picked.append(item)
            signatures.append(own)
    return picked


def _is_repeat(own: NDArray[np.uint32], known: Sequence[NDArray[np.uint32]]) -> bool:
    return bool(known) and float((np.stack(known) == own).mean(axis=1).max()) >= _SAME_TEXT


def _signature(candidate: Candidate) -> NDArray[np.uint32]:
    """Without a stored one: hashes that no other text shares."""
    found = np.frombuffer(candidate.signature or b"", dtype="<u4").astype(np.uint32)
    if len(found) == N_HASHES:
        return found
    return np.full(N_HASHES, int(candidate.id[-8:], 16), dtype=np.uint32)
