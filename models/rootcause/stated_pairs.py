"""Pairs of a clause or of two neighbours: cause and effect, and what was promised against what came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from models.rootcause.stated import ClauseText, Kind, Statement
from models.text.align import Span

MIN_SIDE_CHARS = 2
MIN_EFFECT_BEFORE = 7
"""What stands before 因为 is the effect from so many characters on; 本人儿子因为 is only its subject."""
MAX_CLAUSES_TO_EXPERIENCE = 2
"""So far behind the promise the experience may begin."""

_CAUSE = re.compile(
    r"(?:(?:就|主要|都|正|也)?是)?(?<!不是)(?:因为|由于|缘于|原因[是为]|(?:^|(?<=是))因(?![此而为]))"
)
_NO_CAUSE = re.compile(r"不是因为|不知道?是?因为|因为(?:什么|啥|何)|原因是什么|别因为|不会因为|不能因为")
_QUESTION = re.compile(r"[吗么？?]$")
_EFFECT = re.compile(
    r"(?:从而|进而|直接|这就|这|而|才|就|并)?(?:导致|造成|致使|使得|以至于?|以致于?|引起|引发|害得?|弄得|搞得)"
)
_EFFECT_START = re.compile(
    r"(?:(?:从而|进而|直接|这就|这也|这|而|才|就|并|也)?(?:导致|造成|致使|使得|以至于?|以致于?|引起|引发|害得?(?!怕)|弄得|搞得)"
    r"了?|所以(?!说)|因此|因而)"
)
_NO_EFFECT = re.compile(
    r"(?:什么|啥|谁|怎么|是否|会不会|不会|没有|可能|避免|以免)[^，]{0,2}$|(?:原因|后果)$|怎么$|受害$|厉害$|伤害$|损害$"
)
_RESULT_START = re.compile(r"(?:最后|最终|可|但)?结果(?![还没未出为是显不有呢])")
_THEN = re.compile(r"^(?:所以|因此|就|才|而)")
_STRONG_PROMISE = re.compile(
    r"(?<!会)说好(?![话听])|说得好好|(?<!无法)(?<!不能)(?<!不)(?<!得到)承诺(?!书|未|无法|没|$)|答应"
    r"|(?<![不法能质到有以为其只来])保证(?![书金人])|合同(?:里|上|中)?(?:明确)?(?:写|约定|规定)|号称|约定|约好|标称|标注"
    r"|宣传(?![册单部片栏与和小他自])|广告(?:里|上|中)?(?:说|写|打|宣传)|明明说|当初说|原本说|本来说|之前说(?!明)|写着|写明|写的(?:是|有|可以)"
    r"|预约(?:好|了|的|在)|预计(?:今|明|昨|上|下|\d|周|月)|通知说"
)
_NO_PROMISE = re.compile(
    r"(?:得不到|没有?|不给|不敢|无法|不能|不|虚假)(?:任何|个|什么)?(?:承诺|保证|宣传|约定)|(?:不|没有?)(?:答应|承诺)|虚假宣传|宣传部"
)
_WEAK_PROMISE = re.compile(
    r"(?<![可所难加予给不])以为(?![由准主止例名])|原想|本想|本来(?:想|说)"
    r"|(?:客服|销售|店员|店家|商家|师傅|卖家|顾问|经理|工作人员|他们|你们|电话里)(?:当时|之前|明确|跟我|和我|一直|都)?"
    r"(?:说|告诉我|告知|表示|回复)(?!是|可能|确实|已经|不)"
)
_TURN_START = re.compile(
    r"^(?:可|但|而|最后|最终)?(?:结果|但是?|可是|却|实际上?|事实上|谁知道?|没想到|想不到|哪知道?|不料|岂料|居然|竟然?|然而|其实|到手|收到)"
)
_TURN_INSIDE = re.compile(r"却|结果(?!出)|实际上?|居然|竟然|但是|可是|但(?!愿)|没想到|谁知")
_PLAIN_EXPERIENCE = re.compile(
    r"^[^，]{0,4}?(?:到现在|现在|至今|还没|并没|根本|没有?(?!问)|不(?![要错用])|迟迟|刚|才|只有|只能|仍|过了|超过|一直)"
    r"|^到[^，]{0,4}[也还都]|^等[了到]"
)
_ASKS = re.compile(r"何时|如何|请问|什么时候|希望|要求|建议|为什么|为何|谁来")
_LEADING = re.compile(
    r"^(?:(?:可|但|而|最后|最终)?(?:结果|但是?|可是|实际上?|事实上|谁知道?|没想到|想不到|哪知道?|不料|岂料|然而|其实)[是呢啊]?)"
)
_HINT = re.compile(r"因|由于|缘于|导致|造成|致使|使得|以至|以致|引起|引发|害|弄得|搞得|所以|因此|因而|结果")


def pairs_in(clauses: Sequence[ClauseText], number: int) -> Iterator[Statement]:
    """Pairs that begin in, or are told by, clause ``number``. Each clause starts at most one of a kind."""
    promise = _expectation(clauses, number)
    if promise is not None:
        yield promise
    if _HINT.search(clauses[number].text):
        yield from _cause_effect(clauses, number)


def follows_promise(clauses: Sequence[ClauseText], number: int) -> bool:
    """Whether clause ``number`` is what came instead of a promise before it: 结果 is no effect there."""
    return any(_expectation(clauses, back) is not None for back in range(max(0, number - 2), number))


def _neighbour(clauses: Sequence[ClauseText], number: int, step: int) -> ClauseText | None:
    at = number + step
    if 0 <= at < len(clauses) and clauses[at].turn == clauses[number].turn:
        return clauses[at]
    return None


def _cause_effect(clauses: Sequence[ClauseText], number: int) -> Iterator[Statement]:
    clause = clauses[number]
    cause = _CAUSE.search(clause.text)
    if _NO_CAUSE.search(clause.text) or _QUESTION.search(clause.text):
        return
    pair = _by_cause_word(clauses, number, cause) if cause else _by_effect_word(clauses, number)
    if pair is not None:
        yield _stated("cause_effect", number, *pair)


_Pair = tuple[tuple[ClauseText, int, int], tuple[ClauseText, int, int]]


def _by_cause_word(clauses: Sequence[ClauseText], number: int, cause: re.Match[str]) -> _Pair | None:
    clause, begin = clauses[number], cause.end()
    inside = _EFFECT.search(clause.text, begin + 1) or re.compile("所以").search(clause.text, begin + 1)
    if inside:
        return _sides(clause, begin, inside.start(), clause, _after_le(clause.text, inside.end()))
    reason = (clause, begin, len(clause.text))
    before = clause.text[: cause.start()]
    has_effect = len(before) >= MIN_EFFECT_BEFORE or "是" in cause[0]
    if len(before) >= 4 and (has_effect or _neighbour(clauses, number, 1) is None):
        return _checked(reason, (clause, 0, cause.start()))
    behind, ahead = _neighbour(clauses, number, -1), _neighbour(clauses, number, 1)
    explains = "是" in cause[0]
    if explains and behind is not None:
        return _checked(reason, (behind, 0, len(behind.text)))
    if ahead is not None and not _CAUSE.match(ahead.text):
        marker = _EFFECT_START.match(ahead.text) or _RESULT_START.match(ahead.text) or _THEN.match(ahead.text)
        return _checked(reason, (ahead, marker.end() if marker else 0, len(ahead.text)))
    return _checked(reason, (behind, 0, len(behind.text))) if behind is not None else None


def _by_effect_word(clauses: Sequence[ClauseText], number: int) -> _Pair | None:
    clause, behind = clauses[number], _neighbour(clauses, number, -1)
    start = _EFFECT_START.match(clause.text)
    if start is None and not follows_promise(clauses, number):
        start = _RESULT_START.match(clause.text)
    if start is not None:
        told_already = behind is None or _CAUSE.search(behind.text) is not None
        if told_already or behind is None:
            return None
        return _checked((behind, 0, len(behind.text)), (clause, start.end(), len(clause.text)))
    inside = _EFFECT.search(clause.text)
    if inside is None or _NO_EFFECT.search(clause.text[: inside.start()]) or inside[0] == "害":
        return None
    return _sides(clause, 0, inside.start(), clause, _after_le(clause.text, inside.end()))


def _after_le(text: str, at: int) -> int:
    return at + 1 if text[at : at + 1] == "了" else at


def _expectation(clauses: Sequence[ClauseText], number: int) -> Statement | None:
    clause = clauses[number]
    strong = None if _NO_PROMISE.search(clause.text) else _STRONG_PROMISE.search(clause.text)
    found = strong or _WEAK_PROMISE.search(clause.text)
    if found is None or _ASKS.search(clause.text[: found.start()]) or _QUESTION.search(clause.text):
        return None
    inside = _TURN_INSIDE.search(clause.text, found.end())
    if inside:
        start = inside.end() if inside[0] in ("却", "结果", "但", "但是", "可是") else inside.start()
        pair = _sides(clause, 0, inside.start(), clause, start)
        return _stated("expectation", number, *pair) if pair else None
    for step in range(1, MAX_CLAUSES_TO_EXPERIENCE + 1):
        came = _neighbour(clauses, number, step)
        if came is None:
            return None
        if step > 1 and strong is None:
            return None
        told = strong is not None and step == 1
        turned = _TURN_START.search(came.text) or (_TURN_INSIDE.search(came.text) if told else None)
        if _ASKS.search(came.text):
            return None
        plain = told and _PLAIN_EXPERIENCE.search(came.text)
        if turned or plain:
            lead = _LEADING.match(came.text)
            pair = _checked((clause, 0, len(clause.text)), (came, lead.end() if lead else 0, len(came.text)))
            return _stated("expectation", number, *pair) if pair else None
    return None


def _sides(first: ClauseText, start: int, end: int, second: ClauseText, begin: int) -> _Pair | None:
    return _checked((first, start, end), (second, begin, len(second.text)))


def _checked(one: tuple[ClauseText, int, int], two: tuple[ClauseText, int, int]) -> _Pair | None:
    one, two = _trimmed(one), _trimmed(two)
    return (one, two) if min(one[2] - one[1], two[2] - two[1]) >= MIN_SIDE_CHARS else None


def _trimmed(side: tuple[ClauseText, int, int]) -> tuple[ClauseText, int, int]:
    clause, start, end = side
    marks = " ，,、：:的"
    while start < end and clause.text[start] in marks:
        start += 1
    while start < end and clause.text[end - 1] in " ，,、：:":
        end -= 1
    return clause, start, end


def _stated(
    kind: Kind, number: int, one: tuple[ClauseText, int, int], two: tuple[ClauseText, int, int]
) -> Statement:
    (first, start, end), (second, begin, stop) = one, two
    return Statement(
        kind,
        "cause" if kind == "cause_effect" else "promise",
        number,
        first.start + start,
        first.start + end,
        first.text[start:end],
        other=Span(second.start + begin, second.start + stop),
        other_text=second.text[begin:stop],
    )
