"""Spans that segmentation may not cut: model names, part numbers, amounts, durations, dates, masks.

One compiled expression. It starts with a single character class, so the search skips ordinary text in C;
the branches then look back at that first character. A span never depends on a dictionary; words of a
dictionary that mix scripts (秦PLUS, ID.4 CROZZ) get an expression of their own from ``word_pattern``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_DIGIT_HAN = "一二两三四五六七八九十几半"
_NUMERAL = "零〇一二两三四五六七八九十百千万亿几半多来"

# After 一 and its like, a word that only begins as a duration: 一年级, 一周岁, 三天两头, 一年多少钱.
_YEAR = r"年(?![级轻检审纪龄代度货份底初会费报薪糕终])(?:半|多(?![少次]))?"
_DAY = r"天(?!两头|[津猫])"
_WEEK = r"周(?![岁年边围末转])"
_COUNTED = r"个(?:多|半)?(?:月(?![亮球饼子供嫂])|小时|钟头|星期|礼拜|季度|工作日|自然日)(?:零[一二两三四五六七八九十\d]+天)?"
_UNIT = rf"(?:{_COUNTED}|{_YEAR}|{_DAY}|{_WEEK}|小时|钟头|星期(?![一二三四五六日天])|季度|分钟|秒钟?|工作日)"

# The last character of a common word that happens to look like a numeral: 统一, 万一, 周三, 第三, 每一.
_NOT_AFTER = r"(?<![统唯之万同单专某逐归划如合任惟第周期拜每初][一二三四五六])"

_HAN = (
    rf"(?<=[{_DIGIT_HAN}]){_NOT_AFTER}(?:"
    rf"[{_NUMERAL}]{{0,12}}{_UNIT}"
    rf"|[{_NUMERAL}]{{0,12}}(?:元(?![旦素件老首])|块钱|(?<=[十百千万])块(?![儿])|万元|美元)"
    rf"|[一二三四五六七八九十]?月(?:份|[一二三四五六七八九十]{{1,3}}[日号])"
    r")"
)
_HUNDREDTHS = r"(?<=百)分之[零〇一二两三四五六七八九十百点\d.]{1,12}"

_MASK = r"(?<=\[)[^\[\]\s]{1,12}\]"
_PRICE = r"(?<=[¥￥$]) ?\d(?:[\d,]*\d)?(?:\.\d+)?[万亿wWkK]?元?"

# A run of ASCII letters and digits with what may stand inside it: 19-9, ID.4, 1,000, 12:30, a@b.cn, AT&T.
_INNER = (
    r"(?:[A-Za-z0-9]|[.\-/_&'+@](?=[A-Za-z0-9])|(?<=[0-9])[:](?=[0-9])|(?<=[0-9]),(?=[0-9]{3}(?![0-9])))*"
)
_URL = r"(?<=h)ttps?://[A-Za-z0-9\-._~:/?#@!$&'*+,;=%]+"

# Model names with blanks: ID.4 CROZZ, K70 Pro, Model 3, Model Y, iPhone 15 Pro Max, Mate 60 Pro+.
_NOT_COUNTED = r"(?![A-Za-z0-9%％]|\.[0-9]| ?[年月日天个元块点分秒周号条台辆次万千百多小公斤米升])"
_TRIM = r"(?: [A-Z][A-Za-z]{1,5}(?![A-Za-z0-9])\+?){0,2}"
_MODEL = (
    rf"(?<=[A-Za-z])(?:(?=[A-Za-z.\-]{{0,12}}[0-9])[A-Za-z0-9.\-]{{0,24}}[A-Za-z0-9]\+?(?= [A-Z]){_TRIM}"
    rf"|(?:(?<=[A-Z])[A-Za-z]{{1,16}}|[A-Z][a-z]{{1,16}}) (?:[0-9]{{1,3}}[A-Za-z]?|[A-Z]){_NOT_COUNTED}{_TRIM})"
)

# What may follow a number and belongs to it.
_AFTER_NUMBER = (
    r"(?:[%％‰]|个百分点"
    r"|年[0-9]{1,2}月(?:[0-9]{1,2}[日号])?"
    r"|月(?:份|[0-9]{1,2}[日号])"
    r"|小时[0-9]{1,2}分钟?|分钟?[0-9]{1,2}秒|点(?:[0-9]{1,2}分|半|钟)"
    rf"|[多余来几]?{_UNIT}"
    r"|[多余来几]?[十百千万亿]+[多余]?(?:元|块钱|块(?!儿)|美元|人民币)?"
    r"|[多余]?(?:元(?![旦素件])|块钱|块(?!儿)|角钱|美元|欧元|港币|人民币)"
    r"|月(?![亮球饼子供嫂租])|日(?![常期子用系本元语光])|秒)"
)
# Words of the built-in dictionary that join a run of two or more ASCII characters with Chinese.
_TAIL = (
    r"(?:[店卡机制型号值盒](?:(?<=4[Ss]店)|(?<=SIM卡)|(?<=I[CP]卡)|(?<=ETC卡)|(?<=VISA卡)|(?<=POS机)"
    r"|(?<=ATM机)|(?<=[PB][CPB]机)|(?<=CD[机盒])|(?<=AA制)|(?<=AB型)|(?<=QQ号)|(?<=P[Hh]值)|(?<=pH值)))"
)
_ASCII = (
    rf"(?<=[A-Za-z0-9])(?:{_URL}|{_MODEL}"
    rf"|{_INNER}(?:(?<=[0-9wWkK]){_AFTER_NUMBER}|{_TAIL}|(?<=[A-Za-z0-9]{{2}})\+{{0,2}}|(?<=C)\+\+"
    r"|(?<=[A-Za-z0-9][.\-/_&'+@:][A-Za-z0-9])))"
)

PROTECTED = re.compile(
    rf"([A-Za-z0-9\[¥￥${_DIGIT_HAN}百](?:{_ASCII}|{_HAN}|{_MASK}|{_PRICE}|{_HUNDREDTHS}))",
)
"""Finds one protected span; its only group is the whole span, so ``split`` gives gap, span, gap, …"""


def protected_spans(text: str) -> list[tuple[int, int]]:
    """Half-open ranges that segmentation may not cut, in order, not overlapping."""
    return [found.span() for found in PROTECTED.finditer(text)]


_NEEDS_PATTERN = re.compile(r"[A-Za-z0-9][^一-鿿]|[^一-鿿A-Za-z0-9]")


def word_pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """An expression for the dictionary words that an engine could cut, or None when there are none.

    Taken are words with two ASCII characters in a row or with a character outside Chinese, letters and
    digits (秦PLUS, 4S店, ID.4 CROZZ, 19-9), the longest first. They never match inside a longer ASCII run.
    """
    taken = sorted(
        {word for word in words if _NEEDS_PATTERN.search(word)}, key=lambda word: (-len(word), word)
    )
    if not taken:
        return None
    return re.compile("(" + "|".join(_bounded(word) for word in taken) + ")")


def _bounded(word: str) -> str:
    """The word as an expression that starts with its literal first character, which keeps the search fast."""
    first, rest = re.escape(word[0]), re.escape(word[1:])
    before = rf"(?<![A-Za-z0-9]{first})" if _is_ascii_word(word[0]) else ""
    after = r"(?![A-Za-z0-9])" if _is_ascii_word(word[-1]) else ""
    return f"{first}{before}{rest}{after}"


def _is_ascii_word(character: str) -> bool:
    return character.isascii() and character.isalnum()
