"""``dialogue.emotion.v1``: how strong the customer's negative emotion is, turn by turn, with its evidence.

Transparent rules, no gold data. Kinds: ``abuse`` (骂人), ``anger`` (气愤), ``accuse`` (指责商家), ``threat`` (要投诉、曝光、起诉), ``despair``
(失望、崩溃), ``worry`` (着急), ``face`` (表情), ``marks`` (！！ and ？？ runs). Denied words (不生气, 没有骗) are no evidence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from models.core.transcript import Speaker
from models.dialogue.evidence import Evidence, together
from models.dialogue.turns import Dialogue

NAME = "dialogue.emotion.v1"
_WEIGHTS = {
    "abuse": 0.6,
    "anger": 0.5,
    "accuse": 0.4,
    "threat": 0.4,
    "despair": 0.35,
    "worry": 0.2,
    "face": 0.3,
    "marks": 0.15,
}
_WORDS = {
    "abuse": "他妈的?|妈的|尼玛|特么|[tc]md|操你|傻[逼叉x]|脑残|滚蛋|滚吧|去死|王八蛋|混蛋|狗屁|放屁|不要脸|无耻|臭不要脸|有病吧",
    "anger": "气死|气人|气愤|生气|愤怒|恼火|火大|发火|怒了|忍无可忍|受不了|受够|恶心|可恶|可恨|窝火|憋屈",
    "accuse": "骗子|骗人|骗钱|欺骗|欺诈|坑人|坑爹|坑钱|黑心|霸王条款|垃圾|太差|差劲|流氓|强盗|抢钱|忽悠|敷衍|糊弄|不负责任|言而无信|店大欺客|欺负人"
    "|没(?:有)?诚信|不像话|太过分|离谱|什么(?:态度|玩意|破)",
    "threat": r"我?要?(?:去|到|向)?(?:工信部|消协|消费者协会|12315|315|12300|12345|银保监会?|法院|媒体|记者)(?:去?(?:投诉|举报|曝光|起诉|告))?|起诉|告你们"
    "|找律师|法律途径|曝光|举报|(?:我|要|只能|必须|继续|再)(?:去|要)?投诉(?!过)|再也不(?:买|用|来|会)|销户|转网|换(?:移动|联通|电信|别家)",
    "despair": "失望|绝望|崩溃|无语|寒心|心寒|无奈|心累|欲哭无泪|吐血|醉了|服了|够了|后悔",
    "worry": "着急|急死|很急|焦急|担心|害怕|不安|头疼|烦死|烦人|好烦|心烦|郁闷",
    "face": r"\[(?:怒|怒骂|抓狂|鄙视|哼|吐|弱|泪|大哭|生病|失望|挖鼻屎?|衰|汗|黑线|委屈|可怜|晕|傻眼|悲伤|不要)\]|[😡😠🤬😤😭]",
    "marks": "[！!]{2,}|[？?]{2,}|(?:[！!][？?]|[？?][！!])+",
}
_CUE = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _WORDS.items()), re.IGNORECASE)
_DENIED = re.compile(
    "(?:不|没|没有|不是|并非|并不|并没有|别|不要|不用|不必|别太|不太|不会)(?:太|很|再|是|有|那么|觉得)?$"
)
_NEVER_DENIED = frozenset({"abuse", "marks", "face", "threat"})


@dataclass(frozen=True, slots=True)
class TurnEmotion:
    """``intensity`` in [0, 1] of one customer turn, by its index in the dialogue."""

    turn: int
    intensity: float


@dataclass(frozen=True, slots=True)
class Emotion:
    """``intensity`` is that of the strongest turn; ``trend`` the later half's mean less the earlier half's."""

    intensity: float
    trend: float
    trajectory: tuple[TurnEmotion, ...]
    evidence: tuple[Evidence, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "intensity": self.intensity,
            "trend": self.trend,
            "trajectory": [{"turn": t.turn, "intensity": t.intensity} for t in self.trajectory],
            "evidence": [piece.to_dict() for piece in self.evidence],
        }


def measure_emotion(dialogue: Dialogue) -> Emotion:
    """Negative emotion of the customer's turns. Without customer turns all is 0."""
    trajectory, evidence = [], []
    for turn, (speaker, text) in enumerate(zip(dialogue.speakers, dialogue.texts, strict=True)):
        if speaker is Speaker.CUSTOMER:
            found = find_emotion(text, dialogue.offsets[turn][0])
            trajectory.append(TurnEmotion(turn, together(found)))
            evidence += found
    intensities = [turn.intensity for turn in trajectory]
    half = len(intensities) // 2
    trend = 0.0
    if half:
        trend = sum(intensities[-half:]) / half - sum(intensities[:half]) / half
    return Emotion(max(intensities, default=0.0), round(trend, 4), tuple(trajectory), tuple(evidence))


def find_emotion(text: str, offset: int = 0) -> list[Evidence]:
    """Evidence in one text, spans moved by ``offset``."""
    found = []
    for match in _CUE.finditer(text):
        kind = str(match.lastgroup)
        if kind not in _NEVER_DENIED and _DENIED.search(text, max(0, match.start() - 6), match.start()):
            continue
        found.append(Evidence(kind, offset + match.start(), offset + match.end(), _WEIGHTS[kind]))
    return found
