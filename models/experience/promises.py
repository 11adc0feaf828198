"""``experience.promises.v1``: what the company undertook, told by either speaker, and whether it was kept.

A promise kept or broken is what reliability, the heaviest of the five dimensions of service quality, is made of
(Parasuraman, Zeithaml and Berry 1988, "SERVQUAL"). An undertaking of staff in the call is ``open`` unless a later turn of the
customer tells what came. What the customer tells of one is ``broken`` or ``kept`` by what is told to have come, after it
or, where it is certain that it was promised, before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from models.dialogue.quantities import find_durations
from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.promises_given import continues, is_undertaking
from models.experience.promises_outcome import followed_by, found_out, judge, outcome_after, pieces
from models.experience.promises_times import compared
from models.experience.promises_told import Undertaking, find_undertakings, is_bare_limit, may_have_limit
from models.experience.told import Told, ToldTurn
from models.text.align import Span

PROMISE = "promise"
MAX_TURN_CHARS = 2000
"""Of a longer turn only so much is read."""
_ARRIVED = re.compile(
    r"^收到|(?:刚|已经)?(?:到了|收到了|到账了|来了|修好了|退了|看到了|通了|(?:修|弄|装|搞|办|开|做|换|洗)好了|拿到了|送到了)|刚到|说话算[数话]|说到做到|果然|还真"
)
_STOPPED = re.compile(
    r"(?:已经?|都)(?:给您)?(?:停|关|退|取消|发|开|改|撤|免|寄|处理|办|补|转|恢复)(?:掉|好|出|款|成功|过去)?了"
)
_MISSING = re.compile(
    r"(?:没|未|不)(?:有)?(?:[人到来收发退修解处回接联动消下见给装换送开通用好]|结果|兑现)|还没|到现在|迟迟|一直|又|第[二两三四五六七八九十]|[天月周]了|才(?!能)|不是|白"
)
_PASSED = re.compile(
    r"第[二三四五六七八九十\d]{1,3}(?:天|周|个)|一[毛分](?:钱)?[都也]?[没不]|影[子儿]?|到现在|至今|还没|还在|没(?:有)?(?:人|来|到|见|动静|消息|收到|等到)|人呢|[天月周号]了$|隔夜|改[到成]?[\d一二三四五六七八九十]|又改|删了|都过了|迟迟|石沉|拖"
)
_TOOK = re.compile(
    r"才|等|到[了的]|来了|掐|用了|花了|过去|整整|足足|^.{0,3}(?:分钟|小时|天)|就(?:来|到|好)|^[^，]{2,8}$"
)
_NOT_YET = re.compile(
    r"还要|要等|这几|那几|年|之前|上次|上回|最多|给你|再|如果|要是|得等|就[投找告去]|[内前]|能不能|行不行|可以"
)
_AS_SAID = re.compile(r"([^，]{2,8}?)就(?:是)?\1")
_ASSENTS = re.compile(r"(?:行|好|嗯|可以|谢|那就好|知道|明白|没事|哦|噢|成|得)(?!什么|啥|个|吗|像)")
_LOOSE_CHARS = 24
_UNHAPPY, _HAPPY = -0.15, 0.35
_SOON_BEHIND_CHARS = 40


@dataclass(frozen=True, slots=True)
class _Turn:
    number: int
    turn: ToldTurn
    text: str
    polarity: float


def find_promises(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Iterable[Mark]:
    """Marks of kind ``promise``, ``other`` what came of it where that is told."""
    turns = list(_turns(told))
    given: list[Mark] = []
    found: list[Mark] = []
    for turn in turns:
        if turn.turn.speaker == "agent":
            given += _given(told, turn)
        elif turn.turn.speaker == "customer":
            found += _reported(told, turns, turn)
    return sorted([*found, *_settled(given, turns)], key=lambda mark: mark.start)


def _turns(told: Told) -> Iterator[_Turn]:
    said: list[list[float]] = [[] for _ in told.turns]
    for clause in told.clauses:
        said[clause.turn].append(clause.polarity)
    for number, turn in enumerate(told.turns):
        polarity = sum(said[number]) / len(said[number]) if said[number] else 0.0
        text = told.text[turn.start : min(turn.end, turn.start + MAX_TURN_CHARS)]
        yield _Turn(number, turn, text, polarity)


def _given(told: Told, turn: _Turn) -> Iterator[Mark]:
    """Undertakings of staff; one that only adds the time to the one before belongs to it."""
    last: Mark | None = None
    end_before = -1
    for start, end, mark in pieces(turn.text, 0, len(turn.text)):
        said = turn.text[start:end]
        if is_undertaking(said, mark):
            if (
                last is not None
                and 0 <= start - end_before <= 1
                and continues(turn.text[last.start - turn.turn.start : last.end - turn.turn.start], said)
            ):
                last = replace(last, end=turn.turn.start + end)
            else:
                if last is not None:
                    yield last
                last = Mark(PROMISE, "open", turn.turn.start + start, turn.turn.start + end, turn.number)
            end_before = end
    if last is not None:
        yield last


def _reported(told: Told, turns: Sequence[_Turn], turn: _Turn) -> Iterator[Mark]:
    undertakings = [found for found in find_undertakings(turn.text) if found.is_promise]
    undertakings = sorted([*undertakings, *_bare(turn.text, undertakings)], key=lambda found: found.cue)
    told_before: set[str] = set()
    for number, undertaking in enumerate(undertakings):
        promised = turn.text[undertaking.start : undertaking.end]
        if promised in told_before:
            continue
        told_before.add(promised)
        stop = undertakings[number + 1].cue if number + 1 < len(undertakings) else len(turn.text)
        status, other = _came(told, turns, turn, undertaking, stop)
        if status:
            start, end = turn.turn.start + undertaking.start, turn.turn.start + undertaking.end
            yield Mark(PROMISE, status, start, end, turn.number, min(turn.polarity, 0.0), other=other)


def _bare(text: str, known: Sequence[Undertaking]) -> Iterator[Undertaking]:
    """A time limit without a word of saying, and at once what shows that it passed: 押金七天退，今天第十二天，一毛没见着."""
    if not may_have_limit(text):
        return
    places = list(pieces(text, 0, len(text)))
    for number, (start, end, mark) in enumerate(places):
        said = text[start:end]
        if (mark in "？?" and mark) or any(found.start < end and start < found.end for found in known):
            continue
        if not is_bare_limit(said):
            continue
        for after, stop, _ in places[number + 1 : number + 4]:
            came = text[after:stop]
            if compared(said, came) == "broken" or _PASSED.search(came):
                yield Undertaking(start, start, end, False, True)
                break


def _came(
    told: Told, turns: Sequence[_Turn], turn: _Turn, undertaking: Undertaking, stop: int
) -> tuple[str, Span | None]:
    """Status and place of what came; an empty status where nothing shows that anything was promised."""
    promised = turn.text[undertaking.start : undertaking.end]
    if _AS_SAID.search(promised):
        return "kept", Span(turn.turn.start + undertaking.start, turn.turn.start + undertaking.end)
    outcome = outcome_after(turn.text, undertaking.end, stop, promised=promised)
    if outcome is None and stop < len(turn.text):
        outcome = outcome_after(turn.text, undertaking.end, len(turn.text), promised=promised)
    seen = found_out(turn.text, undertaking.end, stop) if turn.polarity < _HAPPY else None
    if seen is not None and (outcome is None or seen.start < outcome.start):
        outcome = seen
    if (
        outcome is not None
        and undertaking.is_loose
        and (outcome.verdict == "kept" or outcome.start - undertaking.end > _LOOSE_CHARS)
    ):
        return "", None
    if outcome is not None:
        return outcome.verdict, Span(turn.turn.start + outcome.start, turn.turn.start + outcome.end)
    if undertaking.is_loose:
        return "", None
    if undertaking.is_certain or _is_unhappy(told, turn, undertaking.end):
        outcome = followed_by(turn.text, undertaking.end, len(turn.text))
        if outcome is not None and turn.polarity < _HAPPY:
            return "broken", Span(turn.turn.start + outcome.start, turn.turn.start + outcome.end)
    later = next((t for t in turns[turn.number + 1 :] if t.turn.speaker == "customer"), None)
    before = _complaint_before(turns, turn, undertaking)
    if before is not None and undertaking.is_certain:
        return "broken", before
    if (
        later is not None
        and not _ASSENTS.match(later.text)
        and (undertaking.is_certain or undertaking.has_time)
    ):
        outcome = outcome_after(later.text, 0, len(later.text), n_pieces=3, promised=promised)
        if outcome is not None:
            return outcome.verdict, Span(later.turn.start + outcome.start, later.turn.start + outcome.end)
    if before is not None and undertaking.has_time:
        return "broken", before
    if undertaking.is_certain and turn.polarity < _UNHAPPY:
        return "broken", None
    return ("open", None) if undertaking.is_certain or undertaking.has_time else ("", None)


def _is_unhappy(told: Told, turn: _Turn, at: int) -> bool:
    """Whether the clauses just behind are judged negative."""
    start = turn.turn.start + at
    behind = [
        c.polarity
        for c in told.clauses
        if start <= c.start < start + _SOON_BEHIND_CHARS and c.turn == turn.number
    ]
    return bool(behind) and min(behind) < -0.4 and max(behind) < 0.4


def _complaint_before(turns: Sequence[_Turn], turn: _Turn, undertaking: Undertaking) -> Span | None:
    """The last thing before the promise, in this turn or the customer's turn before, that tells of something missing."""
    for earlier in (turn, *[t for t in reversed(turns[: turn.number]) if t.turn.speaker == "customer"][:1]):
        limit = undertaking.cue if earlier is turn else len(earlier.text)
        for start, end, mark in reversed(list(pieces(earlier.text, 0, limit))):
            said = earlier.text[start:end]
            if _MISSING.search(said) and judge(said, mark) == "broken":
                return Span(earlier.turn.start + start, earlier.turn.start + end)
    return None


def _settled(given: Sequence[Mark], turns: Sequence[_Turn]) -> Iterator[Mark]:
    """Undertakings of the call with what later turns tell of them."""
    for mark in given:
        later = turns[mark.turn + 1 :]
        timed = _timed(told_of(turns, mark), later)
        if timed is not None:
            yield replace(mark, value=timed[0], other=timed[1])
            continue
        yield next((replace(mark, value="kept", other=span) for span in _arrivals(mark, later)), mark)


def told_of(turns: Sequence[_Turn], mark: Mark) -> str:
    turn = turns[mark.turn]
    return turn.text[mark.start - turn.turn.start : mark.end - turn.turn.start]


def _timed(promised: str, later: Sequence[_Turn]) -> tuple[str, Span] | None:
    """What the customer's next turns tell of the time it took: 五分钟到 … 我掐着表，二十三分钟."""
    if not find_durations(promised):
        return None
    for turn in [turn for turn in later if turn.turn.speaker == "customer"][:2]:
        for start, end, mark in pieces(turn.text, 0, len(turn.text)):
            said = turn.text[start:end]
            verdict = (
                ""
                if (mark and mark in "？?") or _NOT_YET.search(said) or not _TOOK.search(said)
                else compared(promised, said)
            )
            if verdict:
                return verdict, Span(turn.turn.start + start, turn.turn.start + end)
    return None


def _arrivals(mark: Mark, later: Sequence[_Turn]) -> Iterator[Span]:
    for turn in later:
        pattern = _ARRIVED if turn.turn.speaker == "customer" else _STOPPED
        for found in pattern.finditer(turn.text):
            lead = turn.text[max(0, found.start() - 4) : found.start()]
            if not re.search(
                r"[没不未还等要别]|上次|之前|[今明后昨前]天$|[点号日]$|时[间候]$|下午$|上午$|晚上$", lead
            ):
                yield Span(turn.turn.start + found.start(), turn.turn.start + found.end())
