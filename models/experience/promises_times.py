"""Promised and actual times beside each other: 说四十分钟，三十五分钟就好 was kept, 说三天，第八天才到 was not."""

from __future__ import annotations

import re

from models.dialogue.quantities import find_durations, parse_number

_NUM = r"[\d零〇一二两三四五六七八九十]"
_CLOCK = re.compile(
    rf"(?<![第\d零一二两三四五六七八九十几差早晚快慢])(?P<hour>{_NUM}{{1,3}})点(?!多钱|钱|点|赞|餐|菜|了一|意见|问题)(?:(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{_NUM}{{1,3}})分?)?"
)
_ORDINAL = re.compile(rf"第({_NUM}{{1,3}})(天|个?星期|个?礼拜|个?月|周)")
_SECONDS = {"天": 86400.0, "周": 604800.0, "月": 2592000.0}
_LESS = re.compile(
    r"不到|没到|没满|不足|不出|只用|才用|只花|才花|就(?!没|不|坏|断|停|关|又|开始|要|死|掉|裂|漏|黑)"
)
_FAILS = re.compile(r"没(?!到|满|超)|坏|断|漏|停|死机|裂|不(?!到|足|出|超)")
_FREE = re.compile(r"免|不收|不要钱|不花钱|不扣|不加|没有?(?:任何)?费|不用(?:交|付|出|掏)|白送|包邮|含")
_CHARGED = re.compile(
    r"(?<!退)(?<!省)[\d一二三四五六七八九十百两千几]{1,8}(?:块|元|毛)|(?:收|扣|交|付|掏|要|补|报)(?:了|我|走|的)*[\d一二三四五六七八九十百两千]{2,}"
)
_LASTS = re.compile(r"不(?!到|收|用|超|出)|保修|质保|保用|保价|包用|管用|能用|耐用|续航|撑|顶得|有效")
_SOON = re.compile(r"马上|立刻|立马|立即|这就|很快|一会儿|稍等")
_SOON_SECONDS = 900.0
_SLACK = 1.02


def compared(promised: str, came: str) -> str:
    """``broken`` where more time went by than promised, ``kept`` where less, else an empty string."""
    if _FREE.search(promised) and _CHARGED.search(came):
        return "broken"
    if not re.search(r"[天时钟分周月年点期拜]", came):
        return ""
    return _by_duration(promised, came) or _by_clock(promised, came)


def _by_duration(promised: str, came: str) -> str:
    at_once = _SOON_SECONDS if _SOON.search(promised) else 0.0
    allowed = max((d.seconds for d in find_durations(promised)), default=at_once)
    if not allowed:
        return ""
    took = max((d.seconds for d in find_durations(came)), default=0.0)
    for found in _ORDINAL.finditer(came):
        number = parse_number(found[1])
        took = max(took, (number or 0.0) * _SECONDS[_unit(found[2])])
    if _LASTS.search(promised):
        return "broken" if 0 < took < allowed and (_FAILS.search(came) or "就" in came) else ""
    if took > allowed * _SLACK and not re.search("不到|没到|再[过等]|提前|早", came):
        return "broken"
    if _ORDINAL.search(came) and 0 < took <= allowed and not re.search("才|还|没|不|又|都|^我|要", came):
        return "kept"
    return "kept" if 0 < took <= allowed and _LESS.search(came) and not _FAILS.search(came) else ""


def _unit(name: str) -> str:
    return "天" if name == "天" else "月" if name.endswith("月") else "周"


def _by_clock(promised: str, came: str) -> str:
    due, was = _clock(promised), _clock(came)
    if due is None or was is None:
        return ""
    late = (was - due + 360) % 720 - 360  # within half a clock face either way
    if late > 0:
        return "broken"
    return "kept" if _LESS.search(came) or re.search(r"[到来好妥]了|准时", came) else ""


def _clock(text: str) -> int | None:
    """Minutes on the clock face of the last time named."""
    found = list(_CLOCK.finditer(text))
    last = found[-1] if found else None
    hour = parse_number(last["hour"]) if last else None
    if last is None or hour is None:
        return None
    extra = 30 if last["half"] else 15 * int(parse_number(last["quarter"]) or 0) if last["quarter"] else 0
    minute = parse_number(last["minute"]) if last["minute"] else None
    return (int(hour) * 60 + extra + int(minute or 0)) % 720
