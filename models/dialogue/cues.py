"""Words that say something about how a dialogue goes, as numbers for the models."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from models.dialogue.turns import Block, Dialogue

_CUSTOMER_CUES = {
    "thanks": re.compile("谢|感激|辛苦|thx|thank|3q|三克油", re.IGNORECASE),
    "anger": re.compile(
        "垃圾|骗|坑|无语|投诉|太差|很差|怒|tmd|特么|尼玛|妈的|[滚坑]|废话|无耻|霸王|忽悠|敷衍|推[卸诿脱]|流氓|恶心",
        re.IGNORECASE,
    ),
    "unsolved": re.compile(
        "没用|没人|还是|仍然|依然|不行|不能|没有用|解决不了|没解决|不管|没反应|没变化|多久"
    ),
    "solved": re.compile(
        "好了|解决了|可以了|知道了|明白|好的|搞定|收到|ok|嗯|恩|行了|清楚了|恢复了|正常了", re.IGNORECASE
    ),
    "question": re.compile("[?？]|吗|怎么|为什么|什么时候|多少|哪"),
    "exclamation": re.compile("[!！]"),
    "sad_face": re.compile(
        r"\[(?:怒|抓狂|鄙视|怒骂|哼|可怜|泪|衰|汗|弱|晕|生病|失望|挖鼻屎|挖鼻|不要|委屈|黑线|吐)"
    ),
    "glad_face": re.compile(
        r"\[(?:爱你|嘻嘻|哈哈|good|赞|鼓掌|给力|心|偷笑|可爱|太开心|握手|呵呵)", re.IGNORECASE
    ),
}
_AGENT_CUES = {
    "apology": re.compile("抱歉|歉意|对不起|见谅|谅解|不好意思"),
    "private": re.compile("私信|私聊|加微信|加qq", re.IGNORECASE),
    "thanks": re.compile("感谢|谢谢|多谢"),
    "question": re.compile("[?？]|请问"),
    "boilerplate": re.compile("耐心|敬请等待|尽快|反馈|核实|记录|相关部门|跟进|转达|留意|关注"),
    "advice": re.compile("建议|尝试|试试|点击|设置|可以|下载|安装|拨打|登录|办理|编辑|发送"),
    "courtesy": re.compile("祝您|生活愉快|满意|您好|支持"),
    "figure": re.compile(r"\d+"),
}
NAMES = (
    *(f"n_blocks={n}" for n in range(2, 8)),
    "last_customer_chars", "last_customer_short", "first_customer_chars", "last_agent_chars",
    "agent_chars_per_turn", "customer_chars_per_turn", "agent_speaks_last", "agent_repeats",
    "customer_repeats",
    *(f"{part}_{cue}" for part in ("first", "middle", "last") for cue in _CUSTOMER_CUES),
    *(f"agent_{cue}" for cue in _AGENT_CUES),
    *(f"last_agent_{cue}" for cue in _AGENT_CUES),
)  # fmt: skip
"""Names of the numbers that ``cue_numbers`` gives, in order."""


N_BLOCK_NUMBERS = 2 * max(len(_CUSTOMER_CUES), len(_AGENT_CUES)) + 8


def cue_numbers(dialogue: Dialogue) -> list[float]:
    """Lengths, who speaks last, repeats, and counts of cue words by part of the dialogue (see ``NAMES``)."""
    customer = [block.text for block in dialogue.blocks if block.customer]
    agent = [block.text for block in dialogue.blocks if not block.customer]
    first = customer[0] if customer else ""
    last = customer[-1] if len(customer) > 1 else ""
    last_agent = agent[-1] if agent else ""
    return [
        *_shape(dialogue.blocks, customer, agent, first=first, last=last, last_agent=last_agent),
        *(_count(cue, part) for part in (first, "\n".join(customer[1:-1]), last) for cue in _CUSTOMER_CUES.values()),
        *(_count(cue, part) for part in ("\n".join(agent), last_agent) for cue in _AGENT_CUES.values()),
    ]  # fmt: skip


def block_numbers(block: Block, at: int, n_blocks: int) -> list[float]:
    """Cue words, length and place of one block."""
    cues = (_CUSTOMER_CUES if block.customer else _AGENT_CUES).values()
    counts = [_count(cue, block.text) for cue in cues]
    counts += [0.0] * (max(len(_CUSTOMER_CUES), len(_AGENT_CUES)) - len(counts))
    side = [value if own else 0.0 for own in (block.customer, not block.customer) for value in counts]
    return [
        *side,
        math.log1p(len(block.text)),
        float(block.customer),
        float(at == 0),
        float(at == n_blocks - 1),
        float(at >= n_blocks - 2),
        *(float(min(n_blocks, 4) == n) for n in (1, 2, 3)),
    ]


def repeats(texts: Sequence[str]) -> float:
    """How much of a text stands in an earlier one: the largest share of common 2-grams, in [0, 1]."""
    grams = [{text[i : i + 2] for i in range(len(text) - 1)} for text in texts]
    best, seen = 0.0, set[str]()
    for own in grams:
        if own and seen:
            best = max(best, len(own & seen) / len(own))
        seen |= own
    return best


def _shape(
    blocks: Sequence[Block], customer: list[str], agent: list[str], *, first: str, last: str, last_agent: str
) -> list[float]:
    n_blocks = min(max(len(blocks), 2), 7)
    return [
        *(float(n_blocks == n) for n in range(2, 8)),
        math.log1p(len(last)),
        float(bool(last) and len(last) < 8),
        math.log1p(len(first)),
        math.log1p(len(last_agent)),
        math.log1p(sum(map(len, agent)) / max(len(agent), 1)),
        math.log1p(sum(map(len, customer)) / max(len(customer), 1)),
        float(bool(blocks) and not blocks[-1].customer),
        repeats(agent),
        repeats(customer),
    ]


def _count(cue: re.Pattern[str], text: str) -> float:
    return math.log1p(len(cue.findall(text))) if text else 0.0
