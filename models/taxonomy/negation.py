"""Is a phrase denied by the words just before it?

Two kinds of denial are told apart. ``不是价格问题`` denies whatever follows. ``没有异响`` denies a defect, but
``没有发货`` states a complaint: for phrases that name something a customer is owed, absence is the complaint,
and the phrase stands.
"""

from __future__ import annotations

import re

from models.text.align import Span

WINDOW_CHARS = 10

_NEGATOR = re.compile(r"[没沒不无無未非]")
_FILLER = r"(?:任何|什么|出现|发现|存在|听到|感觉到|明显|一点|其他|其它|再|过|的|啥|被)?"
_DENIAL = re.compile(
    rf"(?<![是这那])(?:不是|并非|不存在|不涉及|不属于)(?:因为|由于|为了)?{_FILLER}$",
)
_ABSENCE = re.compile(
    rf"(?:(?<!有)没有|(?<!有)没|(?<![动时得能会要是差])不(?:会|再|怎么|算)?|(?<!缘)无|(?<!尚)未|从未|毫无){_FILLER}$",
)
_OWED = re.compile(
    r"[退赔补修换办签缴]|发货|送货|到货|处理|解决|回复|答复|回应|兑现|履行|到账|发票|质保|保修|三包|保障|安装|"
    r"通知|告知|道歉|检测|服务|配件|备件|信号|热水|空调|网络|早餐|发放|赠|送|给|接|管|理|开|通|退还"
)


def has_negator(text: str) -> bool:
    """A cheap test: can any phrase of this text be denied at all?"""
    return _NEGATOR.search(text) is not None


def is_negated(text: str, span: Span) -> bool:
    """Whether ``text[span]`` is denied by the ``WINDOW_CHARS`` characters before it."""
    before = text[max(0, span.start - WINDOW_CHARS) : span.start]
    if not _NEGATOR.search(before):
        return False
    if _DENIAL.search(before):
        return not _is_rhetorical(text, span)
    if not _ABSENCE.search(before):
        return False
    return not _OWED.search(text[span.start : span.end])


def _is_rhetorical(text: str, span: Span) -> bool:
    before = text[max(0, span.start - WINDOW_CHARS) : span.start]
    after = text[span.end : span.end + WINDOW_CHARS]
    return "难道" in before or "岂" in before or bool(re.search(r"[吗么嘛?？]", after))
