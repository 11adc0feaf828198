"""Turns of a transcript that came as plain text with speaker marks.

A mark is a speaker's name with a colon (客户：, 坐席01:, A:), in brackets (【客户】, [客服]), or alone on a line
with a time stamp. The first mark must begin a line; later ones may also follow a punctuation mark. A time
stamp may stand before or behind the name: ``[00:12]``, ``00:01:12``, ``2024-03-01 10:00:05``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.core.transcript import Speaker, Turn

_SYSTEM = "系统提示|系统消息|系统|机器人|智能客服|语音导航|自动语音|ivr|system|bot"
_CUSTOMER = (
    "客户|用户|顾客|车主|消费者|来电人|来电者|来访者|访客|市民|投诉人|投诉者|买家|机主|乘客|住客|旅客|群众"
    "|customer|user|client|caller"
)
_AGENT = (
    "坐席|座席|话务员|接线员|客服专员|客服人员|在线客服|人工客服|客服|服务顾问|销售顾问|销售人员|销售经理|销售|客户经理"
    "|售后顾问|售后|技师|店员|店家|商家|卖家|小二|服务员|前台|顾问|专员|agent|staff|csr|operator|helpdesk"
)
_UNNAMED = "说话人|发言人|讲话人|speaker|spk|甲|乙|[AB]|S(?=[12])"

_CLOCK = r"(?:(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[ T])?(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3}))?"
_TIME = r"[\[(（【<]? ?(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T])?(?:\d{1,2}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})? ?[\])）】>]?"
_PERSON = r"(?:小[\u4e00-\u9fff]|[\u4e00-\u9fff]{1,2}(?:先生|女士|经理|师傅))"
_MARK = re.compile(
    r"(?P<line>^[ \t\u3000>*\-]*)?(?<![^\s。！？!?；;，,…~～>*\])）】\-])"
    rf"(?:(?P<before>{_TIME})[ \t,，]*)?(?P<open>[\[【])?"
    rf"(?P<who>(?P<agent>{_AGENT})|(?P<customer>{_CUSTOMER})|(?P<system>{_SYSTEM})|(?:{_UNNAMED}))"
    rf"(?P<number>[ _#\-]?(?:[A-Za-z]?\d{{1,8}}|[A-Z](?![A-Za-z])|{_PERSON}))?(?P<close>[\]】])?"
    rf"(?:[ \t]*(?P<after>{_TIME}))?[ \t]*(?P<colon>[:：])?(?P<alone>[ \t]*$)?[ \t\u3000]*",
    re.IGNORECASE | re.MULTILINE,
)
_CLOCK_PARTS = re.compile(_CLOCK)
_HEADER_LINE = re.compile(
    r"[^：:\n]{1,12}[：:][^\n]{0,60}|[\d\s:/.\-年月日时分秒]+|[^，。！？\n]{0,12}(?:记录|转写|录音|文本)"
)
_AGENT_SAYS = re.compile(
    "有什么可以帮|为您服务|工号|感谢您?的?(?:来电|致电)|欢迎致电|请您?稍等|帮您(?:查|核实|登记|反馈|处理|看)|请问(?:您|还有|有)"
    "|给您(?:带来|造成)|非常抱歉|祝您|您的(?:心情|问题|情况|需求|反馈)|这边(?:给|为|帮|会)|贵姓|您好[,，]"
)
_CUSTOMER_SAYS = re.compile(
    "我要投诉|我想(?:问|咨询|查|投诉)|我的(?:车|手机|卡|订单|话费|宽带)|你们|退款|怎么回事|我(?:昨天|前天|上周|刚)"
)


@dataclass(frozen=True, slots=True)
class _Mark:
    """``key`` tells speakers apart; ``speaker`` is None where the name does not say the role."""

    start: int
    end: int
    key: str
    speaker: Speaker | None
    clock: str | None


def split_turns(text: str) -> tuple[Turn, ...]:
    """The turns of ``text``, without marks and time stamps; each turn's text is a run of ``text``.

    Text without marks is one customer turn, and so is text with agent or system marks alone (售后：一直推脱 is a
    complaint's heading); blank text has none. Speakers without a role (A/B, 说话人1/2)
    get theirs by what they say: the one who greets and serves is the agent; where nothing tells, the
    first to speak is. Words before the first mark are the customer's, unless every line looks like a
    header (``编号：…``), which makes them a system turn. ``start_ms`` counts from the first time stamp
    where the stamps have dates, else from 0:00.
    """
    marks = _find_marks(text)
    if not marks:
        return (Turn(Speaker.CUSTOMER, text),) if text.strip() else ()
    ends = [mark.start for mark in marks[1:]] + [len(text)]
    said = [text[mark.end : end].strip() for mark, end in zip(marks, ends, strict=True)]
    roles = _roles(marks, said)
    starts = _start_ms([mark.clock for mark in marks])
    turns = [
        Turn(mark.speaker or roles[mark.key], words, start)
        for mark, words, start in zip(marks, said, starts, strict=True)
        if words
    ]
    opening = text[: marks[0].start].strip()
    if opening:
        turns.insert(0, Turn(_opening_speaker(opening), opening))
    return tuple(turns)


def _find_marks(text: str) -> list[_Mark]:
    """The marks of a dialogue, or none when the text is not one."""
    if not any(sign in text for sign in ":：【["):
        return []
    marks: list[_Mark] = []
    for found in _MARK.finditer(text):
        bracketed = bool(found["open"] and found["close"])
        named = bool(found["colon"]) and not found["open"] and not found["close"]
        stamped = found["line"] is not None and found["after"] and found["alone"] is not None
        if (bracketed or named or stamped) and (marks or found["line"] is not None):
            marks.append(_to_mark(found))
    roles = {mark.speaker for mark in marks}
    keys = {mark.key for mark in marks}
    if roles <= {Speaker.SYSTEM, Speaker.AGENT} or (roles == {None} and len(keys) < 2):
        return []
    return marks


def _to_mark(found: re.Match[str]) -> _Mark:
    speaker = None
    for role, name in ((Speaker.AGENT, "agent"), (Speaker.CUSTOMER, "customer"), (Speaker.SYSTEM, "system")):
        if found[name]:
            speaker = role
    key = (found["who"] + (found["number"] or "").strip(" _#-")).lower()
    return _Mark(found.start(), found.end(), key, speaker, found["before"] or found["after"])


def _roles(marks: Sequence[_Mark], said: Sequence[str]) -> Mapping[str, Speaker]:
    """The role of each speaker whose name does not say it."""
    scores: dict[str, int] = {}
    for mark, words in zip(marks, said, strict=True):
        if mark.speaker is None:
            score = len(_AGENT_SAYS.findall(words)) - len(_CUSTOMER_SAYS.findall(words))
            scores[mark.key] = scores.get(mark.key, 0) + score
    named = {mark.speaker for mark in marks}
    if Speaker.AGENT in named:
        return dict.fromkeys(scores, Speaker.CUSTOMER)
    if Speaker.CUSTOMER in named:
        return dict.fromkeys(scores, Speaker.AGENT)
    agent = max(scores, key=scores.__getitem__, default="")  # the first of equals: dicts keep their order
    return {key: Speaker.AGENT if key == agent else Speaker.CUSTOMER for key in scores}


def _start_ms(clocks: Sequence[str | None]) -> list[int | None]:
    """Milliseconds of each time stamp; stamps with dates count from the first of them."""
    starts: list[int | None] = []
    first: datetime | None = None
    for clock in clocks:
        found = _CLOCK_PARTS.search(clock) if clock else None
        if not found:
            starts.append(None)
            continue
        day, hours, minutes, seconds, fraction = found.groups()
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes), seconds=int(seconds))
        offset += timedelta(milliseconds=int((fraction or "0").ljust(3, "0")))
        if day:
            moment = _midnight(day)
            first = first or (moment + offset if moment else None)
            offset = moment + offset - first if moment and first else timedelta(milliseconds=-1)
        milliseconds = offset // timedelta(milliseconds=1)
        starts.append(milliseconds if milliseconds >= 0 else None)
    return starts


def _midnight(day: str) -> datetime | None:
    year, month, date = (int(part) for part in re.split(r"[-/.]", day))
    try:
        return datetime(year, month, date)  # noqa: DTZ001 - only differences count
    except ValueError:
        return None


def _opening_speaker(opening: str) -> Speaker:
    lines = [line.strip() for line in opening.splitlines() if line.strip()]
    header = all(_HEADER_LINE.fullmatch(line) for line in lines)
    return Speaker.SYSTEM if header else Speaker.CUSTOMER
