"""Accounts with a name of their own: e-mail and WeChat, written and spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.text.pii.fold import SPOKEN
from models.text.pii.values import Candidate

_AT = re.compile(r"@|艾特|爱特|圈[aA]| [aA][tT] ")
_LOCAL = re.compile(rf"(?:[A-Za-z0-9_.%+\-{SPOKEN}]|下划线|中划线|减号|横杠|杠|点)+\Z")
_EDGE = re.compile(r"(?:[.%+\-]|点)+")
_TLD = r"(?:com|cn|net|org|edu|gov|io|cc|me|vip|top|hk|tw|info|biz|co)"
_DOT = r" ?(?:\.|点|dot) ?"
_HOST = re.compile(
    rf"[A-Za-z0-9\-{SPOKEN}]+(?:{_DOT}[A-Za-z0-9\-{SPOKEN}]+){{0,3}}?{_DOT}{_TLD}(?:{_DOT}(?:cn|hk|tw))?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_PLAIN_HOST = re.compile(r"[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+){0,4}\.[A-Za-z]{2,}")

_WECHAT = re.compile(
    r"微信|薇信|威信|v信|V信|v[xX]|V[xX]|w[xX]|W[xX]|w[eE]i[xX]in|W[eE]i[xX]in|w[eE][cC]hat|W[eE][cC]hat|加[vV](?![A-Za-z])|我[vV](?![A-Za-z])"
)
_WECHAT_ID = re.compile(
    r"(?P<link>(?:[ :,=()]|号码|号|账号|[iI][dD](?=[^A-Za-z])|是|为|叫|就是|我的?|加我|加一下|加|搜|也|的|嗯|呃|那个){0,7})"
    rf"(?P<id>[A-Za-z][A-Za-z0-9_\-{SPOKEN}]{{5,19}}(?![A-Za-z0-9_@])|[1-9]\d{{5,9}}(?![0-9A-Za-z.元个块万年月]))"
)
_GLUED_ID = re.compile(r"[a-z]{3,}[0-9_]")
_STRONG_LINK = re.compile(r"号|ID|id|是|:|加|搜|叫|=")
_WECHAT_AFTER = re.compile(
    r"[A-Za-z][A-Za-z0-9_\-]{5,19}(?=[ ,]?(?:这个)?(?:就|也)?是我?的?(?:微信|[vV]信)(?!支付|群|公众|小程序))"
)
_WXID = re.compile(r"wxid_[a-z0-9]{6,24}(?![A-Za-z0-9])")
_SEARCHED = re.compile(
    r"[搜加](?:一下|我|的|是|就|[ :,])*(?P<id>[A-Za-z](?=[A-Za-z0-9_\-]*[0-9_\-])[A-Za-z0-9_\-]{5,19})(?![A-Za-z0-9_@.])"
)
_ANSWER_CHARS = 40
_PRODUCTS = re.compile(
    r"(?:windows|android|iphone|ipad|harmony|official|version|wechat|weixin|huawei|xiaomi)", re.IGNORECASE
)


def find_accounts(folded: str) -> Iterator[Candidate]:
    """E-mail and WeChat candidates."""
    yield from _emails(folded)
    yield from _wechats(folded)


def _emails(folded: str) -> Iterator[Candidate]:
    for at in _AT.finditer(folded):
        stop = at.start() - (folded[at.start() - 1 : at.start()] == " ")
        begin = at.end() + (folded[at.end() : at.end() + 1] == " ")
        host = _HOST.match(folded, begin)
        if not host and at.group() == "@":
            host = _PLAIN_HOST.match(folded, begin)
        local = _LOCAL.search(folded, max(0, stop - 64), stop) if host else None
        if not local or not host:
            continue
        edge = _EDGE.match(folded, local.start())
        start = edge.end() if edge else local.start()
        if start < stop:
            yield Candidate("email", start, host.end(), 0)


def _wechats(folded: str) -> Iterator[Candidate]:
    for label in _WECHAT.finditer(folded):
        latin = label.group().isascii()
        if latin and _is_word_char(folded[label.start() - 1 : label.start()]):
            continue
        found = _WECHAT_ID.match(folded, label.end())
        if not found or (latin and not found["link"] and not _GLUED_ID.match(found["id"])):
            continue
        name = found["id"]
        bare = name.isalpha() or name.isdigit()
        if bare and (not _STRONG_LINK.search(found["link"]) or _PRODUCTS.match(name)):
            continue
        if not _PRODUCTS.fullmatch(name):
            yield Candidate("wechat", found.start("id"), found.end("id"), 3)
    if "的微信" in folded or "是微信" in folded or "是我微信" in folded or "的V信" in folded:
        for found in _WECHAT_AFTER.finditer(folded):
            if not _is_word_char(folded[found.start() - 1 : found.start()]):
                yield Candidate("wechat", *found.span(), 3)
    yield from _searched(folded)
    for found in _WXID.finditer(folded):
        yield Candidate("wechat", *found.span(), 3)


def _searched(folded: str) -> Iterator[Candidate]:
    """An account in the answer to a question for it: 您微信号多少？你搜 abc_123."""
    if "搜" not in folded and "加" not in folded:
        return
    for found in _SEARCHED.finditer(folded):
        before = folded[max(0, found.start() - _ANSWER_CHARS) : found.start()]
        if "微信" in before[before.rfind("]") + 1 :]:
            yield Candidate("wechat", found.start("id"), found.end("id"), 5)


def _is_word_char(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in ("_", "@", "."))
