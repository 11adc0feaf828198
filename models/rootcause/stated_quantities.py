"""Durations, counts and amounts of money of a clause, normalised to minutes, times and yuan.

An open end (两个多月, 几天, 三百多) keeps its lower bound and says so; 几 counts as 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from models.dialogue.quantities import find_counts, find_durations, parse_number
from models.rootcause.stated import ClauseText, Statement

_HAN = "零〇一二两俩三四五六七八九十百千万几"
_OPEN = re.compile(r"[多余几数来nN]|以上|不止|上百|上千|老?半天")
_OPEN_BEHIND = re.compile(r"多|以上|有余|不止")
_OPEN_BEFORE = re.compile(r"(?:(?<![说讲约])好|不止|超过|至少|起码|上|成)$")
_JOINED = re.compile(r"[零又加, ]?$")
_PART_OF_DAY = re.compile(r"(?:一整?个?|整个?|整整一个?|大)(?:上午|下午|晚上|早上|白天|夜)")
_PART_OF_DAY_MINUTES = 240.0
_NOT_STATED = re.compile(
    r"(?:小?时|天|年|月)?(?:无理由|(?:全天)?(?:人工)?(?:客服|热线|营业|在线|不间断|便利|自助))"
)
_DEADLINE_BEHIND = re.compile(r"(?:之|以)?内|必达")
_MOMENT_BEHIND = re.compile(r"(?:之|以)?前(?![后])")
_MOMENT_BEFORE = re.compile(r"(?<![之以])前[面]?$")
_YEAR = re.compile(r"[〇零一二三四五六七八九]{4}年")
_RATE = re.compile(
    r"(?:每|[一1])个?(?:天|周|星期|月|年|小时)[^，]{0,6}?[\d一两二三四五六七八九十几]+多?[次回趟遍]"
)
_PROMISED = re.compile(r"(?:说好|承诺|答应|保证|说是?|预计|最多|最晚|约定|告知|通知|只要|需要)[^，。]{0,3}$")
_USED = re.compile(
    r"用了|使用|开了|买了|买来|买的|购买|提车|到手|刚买|质保|保修|入住|有效期|合同|合约|免费|套餐|坐了|住了|驾龄|零"
    r"(?=个月)|车龄|半年就"
)
_WAITED = re.compile(
    r"等|排|队|耗|拖|过去|过了|没人|没有|还没|都没|没到|没收|没发|没处理|没回|没解决|没结果|没音|没动静|未|迟迟"
    r"|才(?=[到回来接给处发轮有退收能修])|一直|卡[了住]|催|到现在|不处理|不给|耽误|耽搁|仍|都快|到账|接通|无人|不通|不发货|不回"
)
_ORDINAL = re.compile(rf"第(?P<number>\d{{1,3}}|[{_HAN}]{{1,4}})(?:次|回(?![复答应])|趟|遍)")
_IDIOM = re.compile(r"三番五次|三番两次|再三再四|一而再再而三|一而再，再而三")
_ONCE = re.compile(r"[了过坏断停漏死卡退送跑修换来去]$")
_NOT_COUNTED = re.compile(r"性|都没|也没|都不|也不")
_BEFORE_NOT_COUNTED = re.compile(r"[每下上这那首末再]$")
_AMOUNT = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}})(?:\.\d{{1,2}})?|[{_HAN}]{{1,9}}"
_CURRENCY = re.compile(
    rf"(?P<sign>[¥￥]) ?(?P<signed>\d[\d,]{{0,12}}(?:\.\d{{1,2}})?)(?P<signed_scale>万|千|[kKwW](?![a-z]))?"
    rf"|(?<![\d.第])(?P<number>{_AMOUNT})(?P<more>[多来余几])?(?P<scale>万|千|百|亿|[kKwW](?![a-z]))?(?P<more2>[多来余])?"
    r"(?:个)?(?P<unit>元(?![旦素宵件老])|圆|RMB|rmb|人民币|块钱|块大洋|(?<=万)块|块(?![一-鿿])"
    r"|块(?=[多了的都呢吧啊也就还才买卖修换给退我你他左以上起到一]))"
)
_PAID = re.compile(
    r"(?:降价?|便宜|涨价?|赔偿?|补偿|花|费|收|扣|扣款|退|交|付|亏|损失|押金|定金|订金|价格|价|优惠|补贴|罚款?|首付|月供"
    r"|贷款?|充值?|存|取|转|卖|买|欠|刷|借|降到|违约金)(?:了|我|费|款|到|的是|是|为|走|掉){0,2}(?:差不多|将近|大概|约|近|小|整整)?"
    rf"(?P<number>{_AMOUNT})(?P<more>[多来余几])?(?P<scale>万|千|百|[kKwW](?![a-z]))?(?P<more2>[多来余])?"
    r"(?![\d.年月日号点时分秒天周个次回趟遍台辆件双人家站条张只部名岁公里度小]|公里|块[一-鿿])"
)
_PRICED = re.compile(
    rf"^(?P<number>\d{{3,7}}|[{_HAN}]{{0,4}}[百千万][{_HAN}]{{0,4}})(?P<more>[多来余几])?(?P<scale>万|千)?(?P<more2>[多来余])?"
    r"(?=的(?:手机|车|电脑|东西|鞋|衣服|包|机|表|电视|冰箱|空调|房|酒店|产品|耳机|沙发|床))"
)
_SCALES = {"百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "亿": 100_000_000}
_MIN_BARE_YUAN = 50
_IDIOM_YUAN = re.compile(r"一[分毛块]钱?[都也]?[不没]")


@dataclass(frozen=True, slots=True)
class Quantity:
    """``value`` in ``unit`` at ``[start, end)`` of a text; ``is_open`` where it may be more."""

    sub_kind: str
    start: int
    end: int
    value: float
    unit: str
    is_open: bool = False


def quantities_in(clause: ClauseText, number: int) -> Iterator[Statement]:
    """Quantities of the clause from left to right, none over another."""
    if not any(char.isdigit() or char in _HAN or char in "半数多整上下" for char in clause.text):
        return
    for found in find_quantities(clause.text):
        yield Statement(
            "quantity",
            found.sub_kind,
            number,
            clause.start + found.start,
            clause.start + found.end,
            clause.text[found.start : found.end],
            value=found.value,
            unit=found.unit,
            is_open=found.is_open,
        )


def find_quantities(text: str) -> list[Quantity]:
    """Durations before counts before money where two claim the same place."""
    text = text.replace("十几", "十多")
    taken: list[Quantity] = []
    for found in (*_durations(text), *_counts(text), *_money(text)):
        if all(found.end <= other.start or found.start >= other.end for other in taken):
            taken.append(found)
    return sorted(taken, key=lambda quantity: quantity.start)


def _durations(text: str) -> Iterator[Quantity]:
    joined: list[Quantity] = []
    for told in find_durations(text):
        minutes = told.seconds / 60
        last = joined[-1] if joined else None
        if last and minutes < last.value and _JOINED.fullmatch(text[last.end : told.start]):
            joined[-1] = replace(last, end=told.end, value=last.value + minutes)
        else:
            joined.append(Quantity("duration", told.start, told.end, minutes, "minutes"))
    for part in _PART_OF_DAY.finditer(text):
        joined.append(Quantity("duration", part.start(), part.end(), _PART_OF_DAY_MINUTES, "minutes", True))
    for found in joined:
        if _is_lasting(text, found):
            opened = found.is_open or _is_open(text, found)
            yield replace(found, sub_kind=_sort_of_duration(text, found), is_open=opened)


def _is_lasting(text: str, found: Quantity) -> bool:
    """Whether it is a stretch of time: not a moment (三天前, 前几天), a year, a rate or a policy (7天无理由)."""
    told = _NOT_STATED.match(text, found.end) or _RATE.match(text, found.start)
    moment = _MOMENT_BEHIND.match(text, found.end) or _MOMENT_BEFORE.search(text[: found.start])
    promised = _PROMISED.search(text[: found.start])
    around = text[max(0, found.start - 1) : found.start] + text[found.end : found.end + 1]
    if text[found.end - 1].isascii() and any(char.isascii() and char.isalnum() for char in around):
        return False
    return not told and not (moment and not promised) and not _YEAR.match(text, found.start)


def _sort_of_duration(text: str, found: Quantity) -> str:
    if _DEADLINE_BEHIND.match(text, found.end) or _PROMISED.search(text[: found.start]):
        return "deadline"
    if _USED.search(text):
        return "duration"
    return "waiting" if _WAITED.search(text) else "duration"


def _is_open(text: str, found: Quantity) -> bool:
    inside = text[found.start : found.end]
    before = _OPEN_BEFORE.search(text[: found.start])
    several = len(inside) > 1 and _two_digits(inside)
    behind = _OPEN_BEHIND.match(text, found.end)
    return bool(_OPEN.search(inside.replace("来回", "")) or before or several or behind)


def _two_digits(text: str) -> bool:
    return bool(re.match(r"(?:一两|[两二]三|三[四五]|四五|五六|六七|七八|八九)", text))


def _counts(text: str) -> Iterator[Quantity]:
    for idiom in _IDIOM.finditer(text):
        yield Quantity("times", idiom.start(), idiom.end(), 3.0, "times", True)
    for ordinal in _ORDINAL.finditer(text):
        value = parse_number(ordinal["number"]) or 0.0
        if value >= 2:
            yield Quantity("times", ordinal.start(), ordinal.end(), value, "times")
    for count in find_counts(text):
        quantity = Quantity("times", count.start, count.end, count.value, "times")
        if _is_counted(text, quantity):
            yield replace(quantity, is_open=_is_open(text, quantity))


def _is_counted(text: str, found: Quantity) -> bool:
    before = text[: found.start]
    if _NOT_COUNTED.match(text, found.end) or _BEFORE_NOT_COUNTED.search(before):
        return False
    if text[found.start : found.end] == "二次":
        return False
    return found.value > 1 or bool(_ONCE.search(before)) or before.endswith("不止")


def _money(text: str) -> Iterator[Quantity]:
    for found in _CURRENCY.finditer(text):
        parts = found.groupdict()
        number, scale = parts["signed"] or parts["number"], parts["signed_scale"] or parts["scale"]
        value = _yuan(number, scale)
        if value and not _IDIOM_YUAN.match(text, found.start()):
            yield _amount(text, found.start(), found.end(), value, bool(parts["more"] or parts["more2"]))
    for pattern in (_PAID, _PRICED):
        for found in pattern.finditer(text):
            value = _yuan(found["number"], found["scale"])
            if value and value >= _MIN_BARE_YUAN:
                end = max(found.end(name) for name in ("number", "more", "scale", "more2"))
                opened = bool(found["more"] or found["more2"])
                yield _amount(text, found.start("number"), end, value, opened)


def _amount(text: str, start: int, end: int, value: float, is_open: bool) -> Quantity:
    quantity = Quantity("money", start, end, value, "yuan")
    return replace(quantity, is_open=is_open or _is_open(text, quantity))


def _yuan(number: str, scale: str | None) -> float | None:
    value = parse_number(number.replace(",", ""))
    return value * _SCALES[scale.lower()] if value and scale else value
