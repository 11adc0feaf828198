"""What stands in a document but says nothing: links, page furniture, disclaimers, lists of places, repeats.

Found, not removed: ``Repaired.body()`` leaves it out. Offsets are half-open code points of the text given.
Patterns are written in simplified script and matched on the text folded position by position, so
traditional pages are recognised by the same rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from models.text.repeats import find_repeats
from models.text.script import fold_script

BoilerplateKind = Literal[
    "url", "image_path", "page_number", "page_furniture", "disclaimer", "place_list", "repeated_paragraph"
]


class Boilerplate(NamedTuple):
    kind: BoilerplateKind
    start: int
    end: int


_DOMAINS = "com|cn|net|org|gov|edu|info|cc|top|vip|me"
_HINT = re.compile(rf"://|\.(?:{_DOMAINS}|jpe?g|png|gif|bmp|webp|svg)|!\[|<img", re.IGNORECASE)
_PATH = r"(?:[/?#][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+;=%]*)?"
_URL = re.compile(
    r"(?:https?|ftp)://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"
    r"|(?<![A-Za-z0-9@._\-])(?:www\.)?(?:[a-z0-9\-]{1,63}\.)+(?:" + _DOMAINS + ")"
    r"(?![a-z0-9\-@])(?!\.[a-z0-9])" + _PATH
)
_IMAGE = re.compile(
    r"!\[[^\]\n]*\]\([^)\n]*\)|<img\b[^>\n]*>|(?<![\w\-.%:/])/?(?:[\w\-.%]+/)+[\w\-.%]+\.(?:jpe?g|png|gif|bmp|webp|svg)\b",
    re.ASCII | re.IGNORECASE,
)
_LINE = re.compile(r"[^\n]+")
_PAGE_NUMBER = re.compile(
    r"\s*(?:\d{1,3}|(?:\d{1,2}[ \t]+){2,}\d{1,2}|[-—–][ ]?\d{1,4}[ ]?[-—–]|第\s*\d+\s*页(?:\s*[/,，]?\s*共\s*\d+\s*页)?"
    r"|\d{1,4}\s*/\s*\d{1,4}|[Pp]age\s*\d+(?:\s*of\s*\d+)?)\s*",
    re.ASCII,
)
_DATE = r"\d{4}\s*[-/年.]\s*\d{1,2}\s*[-/月.]\s*\d{1,2}\s*日?"
_FURNITURE_LINE = re.compile(
    r"\s*(?:"
    rf"(?:(?:发布|发表|更新)(?:时间|日期)?|时间|日期)?\s*[:：]?\s*{_DATE}(?:\s*\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?"
    r"|(?:\d+\s*)?(?:次?(?:阅读|浏览|点击|评论|分享|收藏|点赞|转发|人看过)(?:量|数|次数)?\s*[:：]?\s*\d*\s*)+"
    r"|(?:相关|推荐|延伸|更多)(?:文章|阅读|链接|新闻|推荐|内容|资讯)\s*[:：]?"
    r"|(?:上|下)一(?:篇|页|章)\s*[:：]?.{0,60}"
    r"|.{0,6}评论已?关闭。?|(?:我要)?(?:评论|分享到?|收藏|打印|返回(?:顶部|首页|列表)|回到顶部|首页|网站地图)\s*[:：]?"
    r"|当前位置\s*[:：].{0,80}|(?:标签|关键词|分类|栏目|责任编辑|责编|编辑|来源|出处|作者|字号)\s*[:：].{0,40}"
    r"|.{0,12}(?:扫码|扫一扫|扫描二维码|企业微信|微信公众号|公众号).{0,24}"
    r"|填写信息.{0,20}|本课程名称\s*[:：].{0,20}|\d[Vv]\d服务.{0,20}|专业课件|点击(?:查看|下载|加载|展开).{0,20}"
    r"|.{0,12}(?:建议阅读原文|阅读原文|阅读全文|展开全文|加载更多|下载APP|打开APP|登录后查看).{0,10}"
    r"|.{0,20}\([a-z0-9.\-]+\.(?:com|cn|net|org)\)"
    r")\s*"
)
_BYLINE = re.compile(rf"(?=[^\n]*[|｜])(?=[^\n]*(?:{_DATE}|\d{{4}}年|评论|阅读))[^。！？!?\n]{{1,100}}")
_FURNITURE_TAIL = re.compile(
    r"PDF转换可能丢失图片或格式[,，]?(?:建议阅读原文)?|[A-Za-z0-9]{0,12}\s?下载频道开通[^\n。]*。(?:详细请访问)?"
)
_DISCLAIMER = re.compile(
    r"(?m:^)[ \t]*(?:免责声明|版权声明|特别声明|郑重声明|声明)\s*[:：][^\n]*"
    r"|(?:如需)?转载请(?:注明|标明|联系|保留)[^\n。]*。?|[^\n。]{0,20}未经[^\n。]{0,16}(?:许可|授权|同意)[^\n。]{0,20}(?:转载|复制|使用)[^\n。]*。?"
    r"|(?:©|Copyright|版权所有)[^\n。]*|[Aa]ll [Rr]ights [Rr]eserved\.?"
    r"|[^\n。]{0,12}(?:仅供|只供)[^\n。]{0,12}(?:学习|参考|研究|交流)[^\n。]{0,6}使用[^\n]{0,60}(?:版权|删除|侵权)[^\n]*"
    r"|[^\n。]{0,16}(?:如有侵权|涉及版权|侵犯.{0,6}权益)[^\n。]{0,40}(?:删除|联系)[^\n。]*。?"
    r"|(?m:^)[^\n]{0,6}下载文档前请[^\n]*|(?m:^)[^\n]{0,8}仅部分预览[^\n]*"
    r"|本文(?:刊载|首发|转载|来源|摘)(?:于|自)[^\n]{0,80}"
)
_PLACE = r"[\u3400-\u9fff]{1,10}?(?:自治县|自治州|自治旗|自治区|新区|县|市|区|旗|省|盟|州|镇|乡)"
_PLACE_LINES = re.compile(
    rf"(?<![\u3400-\u9fff]){_PLACE}[ \t]*(?:[|｜\n][ \t|｜\n]*{_PLACE}[ \t]*){{4,}}[|｜]?(?![\u3400-\u9fff])"
)
_PLACE_COMMAS = re.compile(rf"(?<![\u3400-\u9fff]){_PLACE}(?:[、，,]\s*{_PLACE}){{9,}}(?![\u3400-\u9fff])")
_MAX_HEADER_CHARS = 30


def find_urls(text: str) -> list[Boilerplate]:
    """Web addresses (an e-mail address is none) and image paths, sorted."""
    if not _HINT.search(text):
        return []
    found = [Boilerplate("image_path", *m.span()) for m in _IMAGE.finditer(text)]
    for match in _URL.finditer(text):
        address = match[0].rstrip(".,;:!?'*")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1]
        found.append(Boilerplate("url", match.start(), match.start() + len(address)))
    return _without_overlap(found)


def find_boilerplate(text: str) -> list[Boilerplate]:
    """All boilerplate of a document, sorted, without overlap: where two meet, the longer one stays.

    A repeated paragraph is the second or a later copy (also with small changes); the first one is text.
    Greetings and courtesy of customer service are not boilerplate here.
    """
    folded = fold_script(text)
    found = [Boilerplate("repeated_paragraph", start, end) for start, end in find_repeats(text)]
    found += find_urls(text)
    found += _lines(folded)
    found += (Boilerplate("disclaimer", *m.span()) for m in _DISCLAIMER.finditer(folded))
    found += (Boilerplate("page_furniture", *m.span()) for m in _FURNITURE_TAIL.finditer(folded))
    for pattern in (_PLACE_LINES, _PLACE_COMMAS):
        found += (Boilerplate("place_list", *m.span()) for m in pattern.finditer(folded))
    return _without_overlap(found)


def _lines(text: str) -> Iterator[Boilerplate]:
    lines = [match for match in _LINE.finditer(text) if match[0].strip()]
    is_number = [_PAGE_NUMBER.fullmatch(line[0]) is not None for line in lines]
    headers = _running_headers([line[0].strip() for line in lines], is_number)
    for line, number in zip(lines, is_number, strict=True):
        content = line[0].strip()
        start = line.start() + line[0].index(content)
        if number:
            yield Boilerplate("page_number", start, start + len(content))
        elif content in headers or _FURNITURE_LINE.fullmatch(content) or _BYLINE.fullmatch(content):
            yield Boilerplate("page_furniture", start, start + len(content))


def _running_headers(lines: list[str], is_number: list[bool]) -> set[str]:
    """Short lines that stand beside a page number at least twice."""
    beside: Counter[str] = Counter()
    for i, line in enumerate(lines):
        near_number = any(is_number[j] for j in (i - 1, i + 1) if 0 <= j < len(lines))
        if near_number and not is_number[i] and 2 <= len(line) <= _MAX_HEADER_CHARS:
            beside[line] += 1
    return {line for line, n in beside.items() if n >= 2 and not line.endswith(("。", "！", "？"))}


def _without_overlap(found: Iterable[Boilerplate]) -> list[Boilerplate]:
    kept: list[Boilerplate] = []
    for item in sorted(found, key=lambda b: (b.start, -b.end, b.kind)):
        if not kept or item.start >= kept[-1].end:
            kept.append(item)
        elif item.end - item.start > kept[-1].end - kept[-1].start:
            kept[-1] = item
    return kept
