"""``experience.signals.v1``: praise that was asked for, and how many years a customer has been one.

Word of mouth, wishes and small defects are rules of the facet ``signal``; positive moments are rules of ``ladder``. Praise that
answers a request for a rating is kept apart, for asked praise says less than volunteered praise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from models.dialogue.quantities import find_durations
from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.told import Told

SIGNAL, RELATIONSHIP = "signal", "relationship"
SOLICITED, LONG_STANDING = "solicited_praise", "long_standing"
LONG_YEARS = 3.0
_ASKED = re.compile(
    r"打(?:个|几|多少)?分|评(?:个|几)?分|几分|满意(?:吗|么|度|不满意|呢)|是否满意|评价(?:一下|吗)?|回访|给个?(?:好评|五星|满分|评价)|您觉得(?:怎么样|如何|呢)|体验(?:怎么样|如何)|推荐给(?:朋友|亲友)|调研|问卷"
)
_PRAISE = re.compile(
    r"[十九八10]{1,2}分|满分|五星|满意|(?<!不)挺好|(?<!不)很好|都好|都挺好|不错|蛮好|可以的|没问题|没意见|好着呢|好得很|没得说|没毛病|没什么不满|给好评|会(?:的)?推荐"
)
_NO_PRAISE = re.compile(
    r"不满意|不好|不太|不怎么|没满意|谈不上|满意啥|满意个|一般|还行吧|凑合|求我|让我|盯着|站我"
)
_WITH_US = re.compile(
    r"客户|用户|会员|顾客|车主|主顾|你们(?:家|这|店|的|银行|酒店)?|老|在网|入网|开户|合作|用了|用你们|跟着|办的|买你们|住你们|光顾"
)
_NOT_TIE = re.compile(
    r"岁|保修|质保|合同|合约|等了|以前|之前|坏|质保期|有效期|贷款|分期|前|(?<!十)(?<!好)几年"
)


def find_signals(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Iterable[Mark]:
    """Marks of the kinds ``signal`` (``solicited_praise``) and ``relationship`` (``long_standing``, ``amount`` in years)."""
    yield from _solicited(told)
    yield from _long_standing(told)


def _solicited(told: Told) -> Iterator[Mark]:
    asked = {
        n + 1
        for n, turn in enumerate(told.turns)
        if turn.speaker == "agent" and _ASKED.search(told.text[turn.start : turn.end])
    }
    if not asked:
        return
    done: set[int] = set()
    for clause in told.clauses:
        if clause.turn not in asked or clause.turn in done or clause.speaker != "customer":
            continue
        found = _PRAISE.search(clause.text)
        if found and not _NO_PRAISE.search(clause.text):
            done.add(clause.turn)
            place = clause.start + found.start(), clause.start + found.end()
            yield Mark(SIGNAL, SOLICITED, *place, turn=clause.turn, polarity=clause.polarity)


def _long_standing(told: Told) -> Iterator[Mark]:
    """十几年老客户, 八年会员: told years with the company, at least ``LONG_YEARS``."""
    for number, clause in enumerate(told.clauses):
        if clause.speaker != "customer" or "年" not in clause.text:
            continue
        around = "".join(
            c.text for c in told.clauses[max(0, number - 1) : number + 2] if c.turn == clause.turn
        )
        if not _WITH_US.search(around) or _NOT_TIE.search(clause.text):
            continue
        for found in find_durations(clause.text):
            years = found.seconds / 31_536_000
            if years >= LONG_YEARS and "年" in clause.text[found.start : found.end]:
                place = clause.start + found.start, clause.start + found.end
                yield Mark(RELATIONSHIP, LONG_STANDING, *place, turn=clause.turn, amount=years, unit="years")
