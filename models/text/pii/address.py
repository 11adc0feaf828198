"""Addresses down to a door: a road with its number, an estate with its building, a flat.

A town, a district or a street without a number names nobody and stays. The search starts at a number with a unit
(12号, 3栋, 602室), follows the chain of such parts to the right and the names of places to the left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from models.text.pii.resources import regions
from models.text.pii.values import Candidate

_NUM = (
    r"[0-9A-Za-z一二三四五六七八九十百零〇两幺][0-9一二三四五六七八九十百零〇幺]{0,5}(?:[-－][0-9]{1,4}){0,2}"
)
_UNIT = r"(?:号院|号楼|号|弄|栋|幢|座|单元|室|户|组|房(?!间|子|屋|型|贷|产|价|租|东))"
_ESTATE = (
    r"(?:小区|花园|花苑|家园|新村|公寓|大厦|大楼|广场|佳苑|名邸|名苑|新城|新苑|嘉园|嘉苑|雅居|雅苑|港湾|苑|湾|府|庭|城|园|村|里|轩|阁|居|邸"
    r"|山庄|别墅|公馆|华府|中心|宿舍|家属院|院|国际|时代|世纪|现代城)"
)
_PART = rf"{_NUM} ?{_UNIT}"
_CHAIN = re.compile(
    rf"{_PART}(?:[ ,]?(?:[\u4e00-\u9fffA-Za-z]{{1,9}}?{_ESTATE})?[ ,]?(?:[0-9一二三四五六七八九十]{{1,3}}[层楼])?[ ,]?{_PART}){{0,6}}"
    r"(?: ?[0-9]{1,4}[层楼])?(?:(?<=元)|(?<=[楼栋幢座])) ?[0-9零一二三四五六七八九幺]{3,4}(?![0-9元块公里年月日个次万平米])室?"
    rf"|{_PART}(?:[ ,]?(?:[\u4e00-\u9fffA-Za-z]{{1,9}}?{_ESTATE})?[ ,]?(?:[0-9一二三四五六七八九十]{{1,3}}[层楼])?[ ,]?{_PART}){{0,6}}"
)
_FLAT = re.compile(r"[栋幢座元室户]|号楼|号院")
_NOT_A_DOOR = re.compile(
    r"线|汽油|油|店|口|出口|门|车|机|柜|窗口|台|坑|文|令|公告|处|员|桩|位|选手|病房|楼梯|电梯|车间|技师|上午|下午|晚|早|左右|前|之前|以后|才|那天|给|去|来|提车|到货"
)
_NOT_A_ROAD_NUMBER = re.compile(r"线|令|文件|桩|台风|公告|选手|出口|口(?!味)|病房|汽油")
_ROAD = re.compile(r"(?:大道|大街|路|街|巷|弄|胡同|里|道)(?:[东西南北中][段侧]?|[一二三四五六七八九十]段)?\Z")
_ROAD_TRAP = re.compile(
    r"(?:线|电|油|水|气|思|走|半|上|公|铁|马|套|网|回|出|开|修|高速|条|问|带|绕|沿|一|同|顺|跑|这|那|的|全|近|让|堵|过|门|在|管|赶|过)路\Z"
    r"|(?:知|管|频|赛|跑|车|渠|味|轨|隧|街|地|人行|通|报|力|难|河|厚|外|霸|一|东|说|频|航|国|省|县|乡)道\Z"
    r"|(?:逛|步行|上|整条)街\Z|(?:公|海|这|那|哪|家|城|手|车|心|店|夜|屋|库|村|百|千|英|几|邻)里\Z"
)
_REGION_END = re.compile(r"[省市区县镇乡旗州盟村]|街道|社区|工业园|开发区")
_ESTATE_END = re.compile(_ESTATE + r"\Z")
_STOP = frozenset(
    "在住到是的了给寄送去你您他她从为至往请叫找跟把对这那说我就家填写有想要们和与及来过被让于也都还又地址址位离发派"
)
_CUT = re.compile(
    r"投诉|举报|认购|购买|造成|旁边|请问|出具|附近|隔壁|那边|这边|反映|咨询|目前|现在|去年|今年|前几年|当时|出租|租住|长租|业主|客户|用户"
    r"|导致|强烈|要求|将|沿着?(?!江|河|海|湖|山)|(?<=[送寄])入"
)
_KEEP = re.compile(
    r"和平|和谐|和兴|和睦|祥和|太和|和顺|和美|和县|和田|泰和|从化|于洪|于都|来宾|来广营|地王|对外|家园|家属|皇家|王家|张家|李家|刘家|陈家|杨家|赵家"
    r"|周家|徐家|孙家|马家|石家|家庄|家村|家湾|家桥|家屯|家沟|家坪|家营|家店|家口|家港|家界|万家|世家|家乐|家和|大发|发展|开发|为民|有色|都江|都匀|都昌|成都|新都"
    r"|首都|江都|丰都|城都|高发|兴发|地铁|地质|绿地|工地|盆地|金地|福地|宝地|基地|沿江|说文|仁和|义和|同和|永和|三和|中和|人和|嘉和|和庄|和园|和苑|双桥|都市|花都"
)


@cache
def _region_pattern() -> re.Pattern[str]:
    return re.compile("|".join(sorted(regions(), key=len, reverse=True)))


def find_addresses(folded: str) -> Iterator[Candidate]:
    """Candidates for addresses of a folded text."""
    at = 0
    while chain := _CHAIN.search(folded, at):
        at = chain.end()
        found = _read(folded, chain)
        if found:
            yield found


def _read(folded: str, chain: re.Match[str]) -> Candidate | None:
    start, end = chain.span()
    place = _place_before(folded, start)
    parts = len(re.findall(_PART, chain.group()))
    text = chain.group()
    name = folded[place:start].rstrip(" ,")
    has_flat = bool(_FLAT.search(text))
    road = bool(_ROAD.search(name)) and not _ROAD_TRAP.search(name) and len(name) >= 3
    estate = bool(_ESTATE_END.search(name)) and len(name) >= 3
    regional = bool(_REGION_END.search(name)) and len(name) >= 3
    tail = _NOT_A_DOOR.match(folded, end)
    if parts == 1:
        if _NOT_A_ROAD_NUMBER.match(folded, end) or (tail and not (road or (has_flat and estate))):
            return None
        if not has_flat and not (road or (regional and text[-1] in "号组" and name[-1:] in "村组里寨庄屯街")):
            return None
        if has_flat and (text[-1] == "户" or not (estate or road or _is_long_flat(text))):
            return None
    elif not (road or estate or regional) and not _is_flat_chain(text):
        return None
    if not (road or estate or regional):
        place = start
    return Candidate("address", place, end, 6)


def _is_long_flat(text: str) -> bool:
    """3栋2单元1201 without a last unit counts two parts, the number being the second."""
    return bool(re.search(r"(?:栋|幢|座|号楼|单元) ?[0-9零一二三四五六七八九幺]{3,4}室?\Z", text))


def _is_flat_chain(text: str) -> bool:
    """Building and flat, or unit and flat, stand together."""
    return bool(
        re.search(
            r"(?:栋|幢|座|号楼|单元|号院|弄).*(?:室|单元|户|房|[0-9零一二三四五六七八九幺]{3,4})\Z", text
        )
    )


def _place_before(folded: str, start: int) -> int:
    """Where the names of places that lead up to a number begin."""
    low = max(0, start - 40)
    at = start
    while at > low and _may_name(folded, at - 1):
        at -= 1
    name = folded[at:start]
    cuts = [cut.end() for cut in _CUT.finditer(name)]
    if cuts:
        at, name = at + cuts[-1], name[cuts[-1] :]
    region = _region_pattern().search(name)
    if region and region.start() > 0 and not _REGION_END.search(name[: region.start()]):
        at += region.start()
    return at


def _may_name(folded: str, at: int) -> bool:
    char = folded[at]
    if "\u4e00" <= char <= "\u9fff":
        if char not in _STOP:
            return True
        return any(keep.start() <= at < keep.end() for keep in _KEEP.finditer(folded, max(0, at - 3), at + 4))
    return char.isascii() and char.isalnum() and at > 0 and "\u4e00" <= folded[at - 1] <= "\u9fff"
