"""What a speech recogniser, or a thumb on a phone, does to a sentence. Personal data is left exact."""

from __future__ import annotations

import random
import re
from typing import NamedTuple

_MARKS = "，。！？；、："
_CLAUSE = re.compile(rf"[^{_MARKS}]*[{_MARKS}]?")
_FILLERS = ("嗯", "呃", "那个", "就是", "啊", "这个", "就是说", "然后", "那个那个", "哎", "嗯嗯")
_STUTTER = ("我", "你们", "他", "这个", "就", "那", "不", "现在", "当时", "说", "一直", "没")

_HOMOPHONES = {
    "异响": "异想", "索赔": "所赔", "保养": "报养", "质保": "只保", "变速箱": "变速相", "发动机": "发动鸡",
    "贷款": "带款", "差价": "叉价", "定金": "订金", "提车": "题车", "续航": "序航", "车机": "车鸡",
    "黑屏": "黑平", "配件": "配键", "预约": "遇约", "结算": "洁算", "工时": "公时", "喷漆": "喷七",
    "划痕": "画痕", "套餐": "套参", "携号": "协号", "转网": "转往", "宽带": "款待", "流量": "留量",
    "基站": "机站", "漫游": "慢游", "退款": "腿款", "快递": "快地", "假货": "甲货", "优惠券": "优惠卷",
    "包裹": "包果", "客服": "克服", "回访": "回放", "投诉": "投速", "承诺": "成诺", "解决": "解绝",
    "赠送": "增送", "保险": "报险", "手续费": "手序费", "到货": "到或", "运费": "韵费", "破损": "破顺",
    "在": "再", "做": "作", "的话": "得话", "已经": "以经", "他们": "它们", "应该": "因该",
}  # fmt: skip
_HOMOPHONE = re.compile("|".join(sorted(_HOMOPHONES, key=len, reverse=True)))
_SYNONYMS = {
    "一直": ("老是", "始终"), "根本": ("压根", "完全"), "没人": ("没有人",), "怎么": ("咋",), "什么": ("啥",),
    "马上": ("立刻", "赶紧"), "不行": ("不成",), "现在": ("目前", "这会儿", "如今"), "打电话": ("去电话",),
    "解决": ("处理",), "突然": ("忽然", "一下子"), "知道": ("清楚", "晓得"), "觉得": ("感觉",),
    "东西": ("玩意儿",), "每次": ("回回", "每一次"), "今天": ("今儿", "今日"), "昨天": ("昨儿",),
    "告诉": ("通知",), "问题": ("情况",), "后来": ("之后",), "凭什么": ("为什么",), "但是": ("可是", "不过"),
    "非常": ("特别", "相当"), "然后": ("接着",), "已经": ("都已经",), "好几次": ("很多次", "数不清多少次"),
}  # fmt: skip
_SYNONYM = re.compile("|".join(sorted(_SYNONYMS, key=len, reverse=True)))
_SYNONYM_RATIO = 0.3
_NUMBER = re.compile(r"(?<![A-Za-z0-9.])\d{1,6}(?![0-9.A-Za-z])")
_TENS = ("", "十", "百", "千", "万", "十")


class NoiseLevel(NamedTuple):
    """Probabilities in [0, 1]: per clause for fillers and stutters, per occurrence for the others."""

    filler: float
    stutter: float
    homophone: float
    no_mark: float
    spoken_number: float


CLEAN = NoiseLevel(0.0, 0.0, 0.0, 0.0, 0.0)
LIGHT = NoiseLevel(0.08, 0.03, 0.06, 0.25, 0.5)
HEAVY = NoiseLevel(0.16, 0.07, 0.18, 1.0, 1.0)


def pick_level(channel: str, rng: random.Random) -> NoiseLevel:
    """Only the phone has a recogniser: a quarter of the calls come out clean, a third badly."""
    if channel != "phone":
        return CLEAN
    u = rng.random()
    return CLEAN if u < 0.22 else LIGHT if u < 0.65 else HEAVY


def recognised(text: str, level: NoiseLevel, rng: random.Random) -> str:
    """``text`` as the recogniser writes it."""
    if level is CLEAN or not text:
        return text
    text = _HOMOPHONE.sub(lambda m: _HOMOPHONES[m[0]] if rng.random() < level.homophone else m[0], text)
    if rng.random() < level.spoken_number:
        text = _NUMBER.sub(lambda m: spoken_number(int(m[0])), text)
    return "".join(_noisy_clause(m[0], level, rng) for m in _CLAUSE.finditer(text) if m[0])


def reworded(text: str, rng: random.Random) -> str:
    """``text`` with some everyday words exchanged for others, as no two customers talk alike."""
    return _SYNONYM.sub(lambda found: _other_word(found[0], rng), text)


def typed(text: str, rng: random.Random) -> str:
    """``text`` as typed into a chat window: the last full stop dropped, sometimes shouted or with a face."""
    u = rng.random()
    if text.endswith("。") and u < 0.6:
        text = text[:-1]
    if u > 0.97:
        return (
            text + ("😡", "[流泪]", "！！！", "。。。", "~", "🙏", "[抓狂]")[int((u - 0.97) / 0.03 * 7) % 7]
        )
    return text


def spoken_number(n: int) -> str:
    """A whole number below 1,000,000 as it is said: 12 is 十二, 3050 is 三千零五十."""
    if n < 10:
        return "零一二三四五六七八九"[n]
    if n >= 10_000:
        rest = n % 10_000
        gap = "零" if 0 < rest < 1000 else ""
        return spoken_number(n // 10_000) + "万" + (gap + spoken_number(rest) if rest else "")
    out = ""
    digits = str(n)
    for at, digit in enumerate(digits):
        if digit != "0":
            out += "零一二三四五六七八九"[int(digit)] + _TENS[len(digits) - at - 1]
        elif out and not out.endswith("零") and digits[at:].strip("0"):
            out += "零"
    return out[1:] if 10 <= n < 20 else out


def _noisy_clause(clause: str, level: NoiseLevel, rng: random.Random) -> str:
    if clause[-1] in _MARKS:
        body, mark = clause[:-1], clause[-1]
        if rng.random() < level.no_mark:
            mark = " " if rng.random() < 0.25 else ""
    else:
        body, mark = clause, ""
    if rng.random() < level.stutter and body.startswith(_STUTTER):
        head = next(s for s in _STUTTER if body.startswith(s))
        body = head + body
    if body and rng.random() < level.filler:
        body = _FILLERS[int(rng.random() * len(_FILLERS))] + body
    return body + mark


def _other_word(word: str, rng: random.Random) -> str:
    if rng.random() >= _SYNONYM_RATIO:
        return word
    options = _SYNONYMS[word]
    return options[int(rng.random() * len(options))]
