"""``experience.wrap_up.v1``: what an agent writes after a call, from evidence only: each entry has its place in the text.

After-call work in its usual fields (reason for contact, disposition, next action: Cleveland 2012, Call Center Management on
Fast Forward). What nobody said is not there; there is no guess and no model.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from models.experience.catalog import STEP, ExperienceCatalog
from models.experience.mark import Mark
from models.experience.moments_felt import strength_of
from models.experience.peak_end import JUDGED, felt_by_start, is_courtesy
from models.experience.staff_effort_cues import find_staff_effort
from models.experience.told import Told, ToldClause, ToldTurn

MAX_STEPS, MAX_LISTED = 8, 5
ISSUE, DEMAND, PROMISE, WAIT, CHURN, EXPOSURE = "issue", "demand", "promise", "wait", "churn", "exposure"

_REASON_CHARS = 4
_OPENING_TURNS = 2
_KIND_WEIGHTS = {"issue": 1.0, "complaint": 0.7, "request": 0.6, "said": 0.0}
_LAST_TURNS = 5
_CUSTOMER_TURNS = 2
"""Of the last turns so many in which the customer says something are looked at."""
_FOLLOW_UP_CALL = re.compile(
    r"回访|来电(?:是|想|主要|通知|提醒)|(?:打|致)电(?:话)?(?:是|想|主要|过来|给[您你]是)|(?:想|向[您你]|跟[您你])(?:做个?|了解|调查|确认)(?:一下|下)?[^，。]{0,12}(?:感受|体验|满意|情况|服务|怎么样)|满意度|提醒[您你]|通知[您你]|了解下?[您你]|听听[您你]"
)
_ASKS = re.compile(
    r"请问|我?想(?:问|咨询|了解|查|办|知道|要|退|换|取消|预约|订|投诉|反映|确认|改|申请)|咨询|帮我|帮忙|能不能|能否|可不可以|可以[^，。]{1,14}[吗么]|怎么[办才样弄操修查退开取]|(?:为什么|为啥|咋|凭什么|什么时候|啥时候|多少钱|多久|哪里|到底)"
    r"|(?:查|办|报修|投诉|反映|预约|催|改)(?:一下|个)|我要(?!是)|麻烦[您你]?(?:给|帮|查|把)|需要|[吗么呢？?]$"
)
_PREAMBLE = re.compile(
    r"^(?:你好|您好|喂|是这样|我跟你说|我问一?下|我想问一下|请问一下|问一下|我姓|是你们|有个事|我是(?!不)|在吗)"
)
_SETTLED = re.compile(
    r"(?:已经?|都|全|终于|刚刚?|现在|又|这下)(?:给我?|帮我?)?(?:能|可以)?(?:弄|修|办|处理|解决|恢复|搞定|退|换|补|装|到账|收到|查到|用|通|连上|正常|好)(?:好|完|掉|到|回来)?了|解决了|(?:弄|修|办|搞|装|调)(?:好|定)了|收到了|到账了|(?:可以|能)(?:用|打开|登|上网|打电话)了|好使了|没(?:什么)?问题了|恢复(?:正常)?了"
)
_UNSETTLED = re.compile(
    r"[没未不](?:有|能|见|给)?[^，。]{0,5}$|还[没是]|[吗么？?]|如果|要是|等|才算|什么时候|是不是|以为|说是|说(?:已经|都)"
)
_REJECTS = re.compile(
    r"不接受|不同意|不认可|不答应|不可能|免谈|没(?:得|什么好)商量|^(?:那|就|我|这|可|还是|也)*(?:不行|不用了|不要了|不必了|算了吧?|拉倒)[吧啊呢]?$|(?:我)?不(?:需要|稀罕|要)(?:你们|这|那|优惠|券|补偿|道歉)|谁(?:稀罕|要你|在乎)|打发(?:谁|叫花子|要饭)|没诚意|说得好听|别(?:跟我)?(?:来这套|扯|忽悠)|又是(?:这套|这话|这句)|(?:这话|这套)[^，。]{0,6}(?:听|说)(?:过|了|腻)"
)
_CONSENTS = re.compile(
    r"^(?:嗯|哦|那|也|就|啊|好|呃|，)*(?:好(?:的|吧|嘞|啊|呀|呢|哒)?|行(?:吧|啊|的|呢|嘞)?|可以(?:的|吧|啊|呀)?|成|中|没问题|就这(?:样|么办?)(?:吧|定了?)?|听你的|按你说的(?:办|来)?|那(?:就)?(?:麻烦|辛苦|谢谢|拜托|这样)[你您]?(?:们)?(?:了|吧)?|麻烦(?:你|您)?(?:们)?了|谢谢(?:你|您|啊|了)?|谢了|感谢|我等(?:你|您)?(?:们)?(?:电话|消息|通知|回复)?)"
    r"(?:[，。！、\s]|谢谢你?您?|麻烦了|了|啊|吧|哈|呀|$)*$"
)
_DONE = re.compile(
    r"(?:已经?|刚刚?|这边|现在)[^，。！？]{0,10}?(?:办理|处理|取消|退款?|换|改|登记|提交|恢复|开通|关闭|停|修|补|发|更新|升级|解除|开|安排|订|寄|补发)(?:好|完|掉|出|成功|妥|下来)?了|(?:办|改|退|取消|登记|处理|开通|关闭|修|订|约|安排|补|停|提交)(?:好|完|掉|成功)了"
)
_start = attrgetter("start")
_NOTED = re.compile(
    r"记下|记录|登记(?:上|下来|一下)|反馈(?:一下|给|上去)|(?:写|报|记)(?:到|上去|进)|转(?:给|达|告)|反映(?:一下|上去)"
)
_UNDERTAKES = frozenset({"act", "offer", "follow_up"})
_AGENT_SIGNS = (
    ("promised", _UNDERTAKES),
    ("refused", frozenset({"refuse", "deflect"})),
    ("noted", frozenset({"note"})),
    ("deferred", frozenset({"stall"})),
)


def measure_wrap_up(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Mapping[str, Any]:
    """``{reason, steps, issues, demands, waits, outcome, next, risks}``, each entry with ``span``; empty ones left out.

    ``reason.kind`` is ``follow_up`` (the company called), ``issue``, ``complaint``, ``request`` or ``said``;
    ``outcome.status`` is ``resolved``, ``accepted``, ``promised``, ``noted`` (written down, no more), ``deferred``, ``refused``,
    ``rejected``, ``escalating`` or ``leaving``, by the last sign of any; ``next`` are open promises of this contact, else what the agent undertook in its last turns.
    """
    own = {kind: [mark for mark in marks if mark.kind == kind] for kind in (STEP, ISSUE, DEMAND, WAIT)}
    found: dict[str, Any] = {
        "reason": _reason(told, marks),
        "steps": [_plain(mark, "step") for mark in _firsts(own[STEP])[:MAX_STEPS]],
        "issues": [_plain(mark, "issue") for mark in _firsts(own[ISSUE])[:MAX_LISTED]],
        "demands": [_plain(mark, "demand") for mark in _firsts(own[DEMAND])[:MAX_LISTED]],
        "waits": [{"minutes": m.amount, "span": [m.start, m.end]} for m in own[WAIT] if m.amount][
            :MAX_LISTED
        ],
        "outcome": _outcome(told, marks),
        "next": _next(told, marks),
        "risks": [
            {"kind": mark.kind, "value": mark.value, "span": [mark.start, mark.end]}
            for mark in marks
            if mark.kind in (CHURN, EXPOSURE)
        ][:MAX_LISTED],
    }
    return {key: value for key, value in found.items() if value}


def _firsts(marks: Sequence[Mark]) -> list[Mark]:
    """The first mark of each value."""
    seen: dict[str, Mark] = {}
    for mark in marks:
        seen.setdefault(mark.value, mark)
    return list(seen.values())


def _plain(mark: Mark, name: str) -> dict[str, Any]:
    return {name: mark.value, "span": [mark.start, mark.end]}


def _entry(name: str, value: str, turn: int, start: int, end: int) -> dict[str, Any]:
    return {name: value, "turn": turn, "span": [start, end]}


def _reason(told: Told, marks: Sequence[Mark]) -> dict[str, Any] | None:
    first = next((clause.turn for clause in told.clauses if clause.speaker == "customer"), None)
    for clause in told.clauses:
        if (
            clause.speaker == "agent"
            and (first is None or clause.turn < first)
            and _FOLLOW_UP_CALL.search(clause.text)
        ):
            return _entry("kind", "follow_up", clause.turn, clause.start, clause.end)
    said = [clause for clause in told.clauses if _says(clause)]
    if not said:
        return None
    opening = [clause for clause in said if clause.turn <= said[0].turn + _OPENING_TURNS]
    placed = {_clause_at(told, mark.start).start for mark in marks if mark.kind == STEP}
    issues = {_clause_at(told, mark.start).start for mark in marks if mark.kind == ISSUE}
    felt = felt_by_start(marks)
    kinds = {
        clause.start: _reason_kind(told, clause, felt.get(clause.start, clause.polarity), issues)
        for clause in opening
    }
    best = max(enumerate(opening), key=lambda item: _weight(item[1], item[0], kinds[item[1].start], placed))[
        1
    ]
    return _entry("kind", kinds[best.start], best.turn, best.start, best.end)


def _reason_kind(told: Told, clause: ToldClause, polarity: float, issues: Container[int]) -> str:
    if clause.start in issues:
        return "issue"
    if _ASKS.search(told.text, clause.start, min(clause.end + 1, len(told.text))) and polarity > -2 * JUDGED:
        return "request"
    return "complaint" if polarity <= -JUDGED else "said"


def _weight(clause: ToldClause, place: int, kind: str, placed: Container[int]) -> float:
    """What the contact is about is said early, names a matter, and judges or asks."""
    return (
        _KIND_WEIGHTS[kind]
        + 0.4 * (clause.category is not None)
        + 0.4 * (clause.start in placed)
        + 0.02 * min(len(clause.text), 15)
        - 0.06 * place
    )


def _says(clause: ToldClause) -> bool:
    text = clause.text.strip()
    if clause.speaker != "customer" or len(text) < _REASON_CHARS or is_courtesy(text):
        return False
    return len(text) > 2 * _REASON_CHARS or not _PREAMBLE.match(text)


def _outcome(told: Told, marks: Sequence[Mark]) -> dict[str, Any] | None:
    """By the last sign of any, going back from the end."""
    numbered = [
        (n, turn) for n, turn in enumerate(told.turns) if turn.end > turn.start and turn.speaker != "system"
    ]
    consented: dict[str, Any] | None = None
    heard = 0
    for number, turn in reversed(numbered[-_LAST_TURNS:]):
        if heard == _CUSTOMER_TURNS:
            break
        if turn.speaker == "agent":
            sign = _agent_sign(told, number, turn)
            if sign and sign["status"] in ("promised", "noted") and consented:
                return consented
            if sign:
                return sign
        else:
            heard += any(_says(clause) for clause in told.of_turn(number))
            sign = _customer_sign(told, marks, number)
            if sign and sign["status"] != "accepted":
                return sign
            consented = consented or sign
    return None


def _agent_sign(told: Told, number: int, turn: ToldTurn) -> dict[str, Any] | None:
    done = _DONE.search(told.text, turn.start, turn.end)
    if done and not told.text.startswith(("吗", "么", "没"), done.end()):
        return _entry("status", "resolved", number, done.start(), done.end())
    cues = find_staff_effort(told.text, turn.start, turn.end)
    for status, kinds in _AGENT_SIGNS:
        clauses = [_clause_at(told, cue.start) for cue in cues if cue.kind in kinds]
        firm = next((clause for clause in clauses if not _NOTED.search(clause.text)), None)
        clause = firm or next(iter(clauses), None)
        if clause is not None:
            noted = firm is None and status != "refused"
            return _entry("status", "noted" if noted else status, number, clause.start, clause.end)
    return None


def _customer_sign(told: Told, marks: Sequence[Mark], number: int) -> dict[str, Any] | None:
    for kind, status in ((EXPOSURE, "escalating"), (CHURN, "leaving")):
        threat = next((m for m in marks if m.turn == number and m.kind == kind and strength_of(m)), None)
        if threat is not None:
            return _entry("status", status, number, threat.start, threat.end)
    consent: dict[str, Any] | None = None
    for clause in told.of_turn(number):
        settled = _SETTLED.search(clause.text)
        if _REJECTS.search(clause.text):
            return _entry("status", "rejected", number, clause.start, clause.end)
        if settled and not _UNSETTLED.search(clause.text[: settled.end()]) and clause.polarity > -JUDGED:
            return _entry("status", "resolved", number, clause.start, clause.end)
        if consent is None and _CONSENTS.match(clause.text):
            consent = _entry("status", "accepted", number, clause.start, clause.end)
    return consent


def _next(told: Told, marks: Sequence[Mark]) -> list[dict[str, Any]]:
    promises = [m for m in marks if m.kind == PROMISE and m.value == "open" and _is_agent(told, m.turn)]
    if promises:
        return [_entry("by", "promise", m.turn, m.start, m.end) for m in promises[-MAX_LISTED:]]
    return list(_undertaken(told))[-MAX_LISTED:]


def _undertaken(told: Told) -> Iterator[dict[str, Any]]:
    """Clauses of the agent's last two turns that undertake something, not asked and not done yet."""
    agents = [
        (n, turn) for n, turn in enumerate(told.turns) if turn.speaker == "agent" and turn.end > turn.start
    ]
    for number, turn in agents[-2:]:
        seen: set[int] = set()
        for cue in find_staff_effort(told.text, turn.start, turn.end):
            clause = _clause_at(told, cue.start)
            if cue.kind in _UNDERTAKES and clause.start not in seen and not _is_over(told, clause):
                seen.add(clause.start)
                yield _entry("by", "cue", number, clause.start, clause.end)


def _is_over(told: Told, clause: ToldClause) -> bool:
    return bool(
        _DONE.search(clause.text)
        or _FOLLOW_UP_CALL.search(clause.text)
        or re.search(r"[吗么？?]$|[查看找]到了|查一?下|看一?下", told.text[clause.start : clause.end + 1])
    )


def _is_agent(told: Told, turn: int) -> bool:
    return 0 <= turn < len(told.turns) and told.turns[turn].speaker == "agent"


def _clause_at(told: Told, place: int) -> ToldClause:
    return told.clauses[max(bisect_right(told.clauses, place, key=_start) - 1, 0)]
