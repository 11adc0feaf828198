"""``dialogue.effort.v1``: how much effort the customer says it took, with the evidence for it.

Transparent rules, no gold data. Kinds: ``wait`` (等了1小时20分, 三天了还没人处理), ``repeat`` (打了三次电话, 反复, 又来),
``visit`` (跑了两趟), ``transfer`` (推诿, 踢皮球, 转来转去), ``unreached`` (打不通, 没人接, 不回复), ``retell`` (说了多少遍).
A named amount decides the weight: a wait of 10 minutes 0.2, of an hour about 0.31, of a day 0.5, of a month 0.7.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.core.transcript import Speaker
from models.dialogue.evidence import Evidence, together
from models.dialogue.quantities import Count, find_counts, find_durations
from models.dialogue.turns import Dialogue

NAME = "dialogue.effort.v1"
_WEIGHTS = {"wait": 0.25, "repeat": 0.25, "visit": 0.35, "transfer": 0.4, "unreached": 0.3, "retell": 0.35}
_WORDS = {
    "transfer": "推诿|推卸|推脱|踢皮球|互相推|推来推去|转来转去|来回转|转了一?圈|绕来绕去|兜圈子|(?:又|再|一直|都)(?:让|叫|要)我(?:去?找|打|联系)"
    "|不归我们管|不是我们(?:负责|管)",
    "unreached": "(?:电话)?(?:一直|总是|老是|根本|都|怎么)?打不[通进]|(?:没|无)(?:有)?人(?:接|理|管|回|处理|解决|联系)|(?:不|没有?|未)(?:人)?回(?:复|应|电|信)"
    "|联系不[到上]|找不到人|(?:一直|总是|老是)(?:占线|忙线|排队)|石沉大海|杳无音信|没(?:有)?下文|不了了之",
    "retell": "(?:说|讲|解释|反映|重复)了?(?:多少|好几|很多|无数|N|n)[遍次]|(?:又|再)(?:要|得|让我)?(?:重新)?(?:说|讲|描述|解释)一[遍次]",
    "repeat": "反复|三番[五两]次|屡次|一而再|又(?:坏了|断了|出现|打|投诉|反映|报修)|再次(?:反映|投诉|报修|联系|来电|致电|拨打)|还是老样子",
    "wait": "等(?:了)?(?:好久|很久|半天|这么久|那么久|太久)|迟迟(?:不|没|未)|一直(?:没|未|不)(?:有)?(?:处理|解决|回复|发货|到账|修)|一拖再拖|拖着不|遥遥无期",
}
_CUE = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _WORDS.items()))
_REACH_CHARS = 12
_WAITED_BEFORE = re.compile(
    r"(?:等|排队?|耗|拖|耽误|浪费|折腾|花|过去|过了|超过|已经?|整整|停|断|打|修|都|快|将近|足足|前后)[^，。！？；,!?;\n]{0,4}$"
)
_WAITED_BEHIND = re.compile(
    r"^[^。！？；!?;\n]{0,10}(?:(?:没|未|无)有?(?:人|处理|解决|回|发|到|修|给|消息|结果|动静|反应|下文|信号|网|收|装|退|联系|答|搞|弄)"
    r"|还[是在没未不]|仍|依然|才|石沉|不(?:处理|解决|回|理|管|给|通))|^(?:多|左右)?(?:了|过去)(?!吧)"
)
_PROMISED = re.compile(
    r"(?:之?内|以内|左右内)|^(?:无理由|客服|热线|服务|营业|包|保|质保|套餐|合约|前|后[会将])"
)
_OWNED = re.compile("(?:用|买|开通|入网|办理?|开户|合作|注册|每|第|有|不是|不到)(?:了|过)?$")
_DONE = re.compile(
    r"(?:打|拨|投诉|反映|反馈|报修|维修|修|联系|咨询|问|说|讲|催|来电|致电|换|找|申请|提交|跑|去|来|问过|重启|试)[^，。！？；,!?;\n]{0,5}$"
)
_DONE_BEHIND = re.compile(
    r"^[^，。！？；,!?;\n]{0,2}(?:电话|客服|投诉|反映|反馈|报修|维修|联系|来电|致电|部门|人工|都|了|还|仍)"
)
_TOLD = re.compile("(?:说|讲|解释|描述|重复|强调|告诉|反映)[^，。！？；,!?;\n]{0,5}$")
_TRAVEL = re.compile(r"(?:跑|去|来|往返|来回)[^，。！？；,!?;\n]{0,5}$")


@dataclass(frozen=True, slots=True)
class Effort:
    """``score`` in [0, 1]; ``waited_seconds`` is the longest wait named, ``contacts`` the largest count named."""

    score: float
    waited_seconds: float
    contacts: int
    evidence: tuple[Evidence, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "score": self.score,
            "waited_seconds": self.waited_seconds,
            "contacts": self.contacts,
            "evidence": [piece.to_dict() for piece in self.evidence],
        }


def measure_effort(dialogue: Dialogue) -> Effort:
    """Effort named in the customer's turns. Without any, all is 0."""
    evidence: list[Evidence] = []
    for turn, (speaker, text) in enumerate(zip(dialogue.speakers, dialogue.texts, strict=True)):
        if speaker is Speaker.CUSTOMER:
            evidence += find_effort(text, dialogue.offsets[turn][0])
    waits = [piece.amount for piece in evidence if piece.kind == "wait" and piece.amount]
    counts = [piece.amount for piece in evidence if piece.kind in ("repeat", "retell") and piece.amount]
    return Effort(together(evidence), max(waits, default=0.0), int(max(counts, default=0)), tuple(evidence))


def find_effort(text: str, offset: int = 0) -> list[Evidence]:
    """Evidence in one text, from left to right, spans moved by ``offset``."""
    found = [*_waits(text), *_counted(text)]
    for match in _CUE.finditer(text):
        kind = str(match.lastgroup)
        found.append(Evidence(kind, match.start(), match.end(), _WEIGHTS[kind]))
    moved = [Evidence(e.kind, e.start + offset, e.end + offset, e.weight, e.amount) for e in found]
    return sorted(moved, key=lambda e: (e.start, e.end, e.kind))


def wait_weight(seconds: float) -> float:
    """0 below a minute, 0.2 at 10 minutes, 0.5 at a day, at most 0.8; linear in the logarithm."""
    if seconds < 60:
        return 0.0
    return round(min(0.8, max(0.1, 0.2 + 0.139 * math.log10(seconds / 600))), 3)


def _waits(text: str) -> Iterator[Evidence]:
    for duration in find_durations(text):
        before = text[max(0, duration.start - _REACH_CHARS) : duration.start]
        behind = text[duration.end : duration.end + _REACH_CHARS]
        if _PROMISED.match(behind) or _OWNED.search(before):
            continue
        weight = wait_weight(duration.seconds)
        if weight and (_WAITED_BEFORE.search(before) or _WAITED_BEHIND.search(behind)):
            yield Evidence("wait", duration.start, duration.end, weight, duration.seconds)


def _counted(text: str) -> Iterator[Evidence]:
    for count in find_counts(text):
        kind = _count_kind(text, count)
        if kind and count.value >= 2:
            weight = min(0.7, _WEIGHTS[kind] + 0.07 * (count.value - 2))
            yield Evidence(kind, count.start, count.end, round(weight, 3), count.value)


def _count_kind(text: str, count: Count) -> str | None:
    before = text[max(0, count.start - _REACH_CHARS) : count.start]
    behind = text[count.end : count.end + _REACH_CHARS]
    if count.unit == "趟" or (count.unit == "次" and _TRAVEL.search(before)):
        return "visit"
    if count.unit == "遍":
        return "retell" if _TOLD.search(before) else "repeat"
    if count.unit == "个" and not behind.startswith("电话"):
        return "transfer" if _DONE.search(before) else None
    return "repeat" if _DONE.search(before) or _DONE_BEHIND.match(behind) else None
