"""Personal names: a surname before a title, a name behind 我叫 or 联系人, a name before a phone number.

A name without any of these is left to an optional recogniser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from models.text.pii.resources import NameLists, name_lists, titles
from models.text.pii.values import Candidate

_BORDER = frozenset(" \t\n\r\u200b,.;:!?、。…()（）[]【】「」《》\"'“”‘’~/|-<>+=_·*")
_AFTER = frozenset("0123456789")
_PERSONAL = "姓名|名字|户名|收件人|收货人|联系人|签收人|经办人|投保人|被保险人|持卡人|开户名"
_STRICT = re.compile(
    rf"(?:我叫|名叫|叫做|署名|{_PERSONAL.replace('名字|', '')}|名字(?=叫|是|为))(?:姓名)?[ :,]{{0,3}}(?:就?是|叫做?|为)?[ :]?"
)
_STRICT_TRAP = re.compile(r"(?:什么|没|填|改|写)\Z")
_LOOSE = re.compile(
    r"(?:我是|这边是|这里是|车主|户主|机主|业主|患者|当事人|报案人|投诉人|本人|客户|用户|顾客|我爱人|我老公|我老婆|我妻子|我丈夫"
    r"|我儿子|我女儿|我父亲|我母亲|我爸|我妈|我朋友|我同事|客服|专员|顾问|销售|坐席|技师(?!傅)|师傅|经理|店长|工程师(?!傅)|员工|业务员|快递员|同事|登记的?是)"
    r"(?:姓名)?(?:是|叫|为)?[ :]?"
)
_CALLED = re.compile(r"叫(?=[\u4e00-\u9fff])")
_CALLED_BEFORE = frozenset(",。 他她也就")
_SURNAMED = re.compile(r"姓(?!名|氏|什|啥|甚)[ :,]?(?:是)?")
_SURNAMED_TRAP = frozenset("百同人么")
_SIGNED = re.compile(r"[ ,、;]{0,2}(?:我是|我叫|找)?")
_QUESTION = re.compile(
    r"(?:怎么称呼|贵姓|什么名字|姓名|名字|称呼您)[^\n\u005d]{0,8}\n(?:嗯|呃|啊|哦|喂|你好|您好|那个|[ ,。.!])*(?:登记的?是|就是|是|我是|叫|我)?"
)
_VERB_SURNAMES = frozenset("祝谢向曾于解单段施管许应")
_NOT_GIVEN = frozenset(
    {"小学", "中学", "大学", "高中", "初中", "大堂", "大区", "北京", "上海", "城市", "业务", "中心"}
)
_SPELLED = re.compile(
    r"弓长张|木子李|耳东陈|双木林|口天吴|古月胡|立早章|言午许|双人徐|走肖赵|草头黄|三横王|木易杨|文刀刘|美女姜|人可何|十八子李"
)
_SERVES = re.compile(
    r"[ ,]?(?:为您|为你|很高兴|竭诚|承诺|答应|告诉|告知|表示|说|您好|你好|跟我|给我|帮我|态度|打电话|来电|一直|推荐|服务)"
)
_SHORT = re.compile(r"(?:总|工|哥|姐|董)(?=[ ,。.!?、;:\n]|您|你好|说|那边|来过|答应|在吗|\Z)")
_SHORT_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖董袁潘蔡余杜叶程苏魏吕丁沈姚卢姜崔钟谭汪廖贾夏韦邹孟熊秦邱江薛侯陶贺顾郝龚邵钱"
)
_ADDRESSED = re.compile(
    r"(?:你好|您好|请问|请|找|给|叫|跟|和|与|是|的|由|让|对|向|联系|谢谢|尊敬的|位|问|喂|好|吗|呢|啊|嗯|呃)\Z"
)


@cache
def _title_pattern() -> re.Pattern[str]:
    words = [f"{title}(?![{after}])" if after else title for title, after in titles()]
    return re.compile("|".join(words))


def find_names(folded: str, numbers: Sequence[Candidate]) -> Iterator[Candidate]:
    """Candidates for names; ``numbers`` are the phone numbers found, a name may stand before them."""
    lists = name_lists()
    yield from _titled(folded, lists)
    yield from _introduced(folded, lists)
    for found in _SPELLED.finditer(folded):
        yield Candidate("name", *found.span(), 7)
    for number in numbers:
        end = number.start
        while end > 0 and folded[end - 1] in " ,:\u200b":
            end -= 1
        start = _bare_name_before(folded, end, lists)
        if start is not None:
            yield Candidate("name", start, end, 9)
        at = _SIGNED.match(folded, number.end)
        stop = _name_end(folded, at.end(), lists, strict=False) if at else None
        if at and stop:
            yield Candidate("name", at.end(), stop, 9)


def _titled(folded: str, lists: NameLists) -> Iterator[Candidate]:
    for title in _title_pattern().finditer(folded):
        start = _surname_before(folded, title.start(), lists)
        if start is not None and folded[start : title.end()] != "康师傅":
            yield Candidate("name", start, title.end(), 8)
    for title in _SHORT.finditer(folded):
        at = title.start() - 1
        if at >= 0 and folded[at] in _SHORT_SURNAMES and _is_start(folded, at):
            yield Candidate("name", at, title.end(), 9)


def _surname_before(folded: str, end: int, lists: NameLists) -> int | None:
    """Start of the longest believable surname or full name that ends at ``end``."""
    for n in (4, 3, 2):
        start = end - n
        if (
            start >= 0
            and folded[start : start + 2] in lists.compound
            and _given(folded[start + 2 : end], lists)
        ):
            return start
    for n in (3, 2):
        if _is_full_name_before(folded, end - n, end, lists):
            return end - n
    start = end - 1
    if start < 0 or _trapped(folded, start, lists):
        return None
    if folded[start] in lists.surnames:
        return start
    return (
        start
        if folded[start] in lists.weak and folded[start] in "文安乐应平农宾海凌" and _is_start(folded, start)
        else None
    )


def _is_full_name_before(folded: str, start: int, end: int, lists: NameLists) -> bool:
    if start < 0 or folded[start] not in lists.surnames or not _given(folded[start + 1 : end], lists):
        return False
    word = folded[start:end]
    if word in lists.not_names or word in lists.common_words or _trapped(folded, start, lists):
        return False
    if word[:2] in lists.not_names and (word[-1] in lists.surnames or not _is_start(folded, start)):
        return False
    return word[-1] not in lists.surnames or word[0] not in _VERB_SURNAMES


def _is_start(folded: str, at: int) -> bool:
    return at == 0 or folded[at - 1] in _BORDER or bool(_ADDRESSED.search(folded, max(0, at - 4), at))


def _trapped(folded: str, at: int, lists: NameLists) -> bool:
    """Whether the surname at ``at`` is the end of a word such as 对方."""
    return any(folded[max(0, at - n) : at + 1] in lists.traps for n in (1, 2, 3))


def _given(text: str, lists: NameLists) -> bool:
    return len(text) <= 2 and text not in _NOT_GIVEN and all(char in lists.given for char in text)


def _introduced(folded: str, lists: NameLists) -> Iterator[Candidate]:
    for label in _STRICT.finditer(folded):
        if _STRICT_TRAP.search(folded, max(0, label.start() - 2), label.start()):
            continue
        end = _name_end(folded, label.end(), lists, strict=True)
        if end:
            yield Candidate("name", label.end(), end, 8)
    for label in _LOOSE.finditer(folded):
        end = _name_end(folded, label.end(), lists, strict=False)
        if end:
            yield Candidate("name", label.end(), end, 9)
    for label in _CALLED.finditer(folded):
        if label.start() and folded[label.start() - 1] in _CALLED_BEFORE:
            end = _name_end(folded, label.end(), lists, strict=False)
            if end:
                yield Candidate("name", label.end(), end, 9)
    yield from _surnamed(folded, lists)
    yield from _answered(folded, lists)


def _answered(folded: str, lists: NameLists) -> Iterator[Candidate]:
    """A name as the answer to 怎么称呼 or 贵姓, and a line that holds a name of three characters alone."""
    for question in _QUESTION.finditer(folded):
        end = _name_end(folded, question.end(), lists, strict=False)
        if end:
            yield Candidate("name", question.end(), end, 9)
    for line in _lone_line_pattern().finditer(folded):
        if _name_end(folded, line.start(1), lists, strict=False) == line.end(1):
            yield Candidate("name", *line.span(1), 9)


@cache
def _lone_line_pattern() -> re.Pattern[str]:
    """A line or sentence that is a name alone, or a name with a greeting."""
    head = f"[{''.join(sorted(name_lists().surnames))}]|{'|'.join(sorted(name_lists().compound))}"
    name = "[\u4e00-\u9fff]"
    return re.compile(
        rf"(?<![^。!?\n ])((?:{head}){name}{{2}}(?=[ 。]?(?:\n|\Z))|(?:{head}){name}{{1,2}}?(?=[ ,]?(?:这个)?[你您]好))"
    )


def _surnamed(folded: str, lists: NameLists) -> Iterator[Candidate]:
    for label in _SURNAMED.finditer(folded):
        at = label.end()
        if label.start() and folded[label.start() - 1] in _SURNAMED_TRAP:
            continue
        if folded[at : at + 2] in lists.compound:
            yield Candidate("name", at, at + 2, 8)
        elif folded[at : at + 1] and (folded[at] in lists.surnames or folded[at] in lists.weak):
            yield Candidate("name", at, at + 1, 9)


def _name_end(folded: str, start: int, lists: NameLists, *, strict: bool) -> int | None:
    """End of the full name that begins at ``start``, or ``None``. ``strict``: the label promises a name."""
    if folded[start : start + 2] in lists.compound:
        head = 2
    elif folded[start : start + 1] and (
        folded[start] in lists.surnames or (strict and folded[start] in lists.weak)
    ):
        head = 1
    else:
        return None
    for n in (2, 1):
        end = start + head + n
        if end > len(folded):
            continue
        if _believed(folded, start, end, head, lists, strict=strict):
            return end
    return None


def _believed(folded: str, start: int, end: int, head: int, lists: NameLists, *, strict: bool) -> bool:
    word, given = folded[start:end], folded[start + head : end]
    closed = end == len(folded) or folded[end] in _BORDER or (strict and folded[end] in _AFTER)
    closed = closed or bool(_SERVES.match(folded, end))
    listed = _given(given, lists)
    if head == 1 and (word in lists.not_names or (word[:2] in lists.not_names and not (strict and closed))):
        return False
    if not strict:
        return closed and listed and word not in lists.common_words
    if closed:
        return listed or all("\u4e00" <= char <= "\u9fff" for char in given)
    strong = head == 2 or word[0] in lists.surnames
    return (
        listed
        and strong
        and word[:2] not in lists.common_words
        and folded[end - 1 : end + 1] not in lists.after_name
    )


def _bare_name_before(folded: str, end: int, lists: NameLists) -> int | None:
    for n in (3, 2):
        start = end - n
        if start < 0 or not (start == 0 or folded[start - 1] in _BORDER):
            continue
        if _name_end(folded, start, lists, strict=False) == end:
            return start
    return None
