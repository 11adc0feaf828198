"""``experience.effort.v1``: what it cost the customer: waits, repeats, visits, transfers, retelling, nobody to reach.

Customer effort drives disloyalty more than delight drives loyalty: Dixon, Freeman & Toman 2010 (Harvard Business Review
88, 116-122), who name the sources: contacting again, being transferred, explaining again, changing the channel, hassle.
The first four are read by ``models.dialogue.effort``; waits with their length are the marks ``wait``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from models.dialogue.effort import find_effort, wait_weight
from models.dialogue.evidence import Evidence, together
from models.experience.catalog import STEP, ExperienceCatalog
from models.experience.mark import Mark
from models.experience.staff_effort_pattern import named_words
from models.experience.told import Told

WAIT = "wait"
MAX_EVIDENCE = 30
_MAX_SCORED = 200
"""More evidence moves no score any further."""
_start = attrgetter("start")
_MINUTE = 60.0
_WEIGHTS = {"channel": 0.3, "paperwork": 0.3, "hassle": 0.25, "transfer": 0.4}
_MORE = named_words(
    {
        "transfer": "转了?(?:[好无]?几|[两三四五六七八九]|\\d)(?:个|道|手|次)(?:人|客服|部门|坐席)?|转(?:来|过)[^，。]{0,4}转去|换了?(?:[好]?几|[两三四五六七八九]|\\d)个(?:人|客服|部门|师傅|经办)|每次(?:都)?(?:换|不是同)一?个?人|(?:让|叫|喊)我(?:去)?(?:找|打|问)[^，。]{1,8}(?:又|再)?(?:让|叫|喊)我(?:去)?(?:找|打|问)"
        "|(?:都|互相|谁也|谁都)(?:说|讲)?不(?:是|归|关)[^，。]{0,4}(?:管|事|负责)|你推我我?推你|皮球",
        "channel": "(?:APP|app|小程序|网上|官网|公众号|微信|线上|自助机?|机器人|智能客服|热线|电话里)[^，。]{0,8}(?:办不了|弄不了|搞不定|点不动|打不开|进不去|查不到|找不到|用不了|没反应|不管用|解决不了|说不清|答非所问)|(?:只好|只能|最后|还得|还是得|不得不|非得|非要)(?:又)?(?:我)?(?:自己|亲自|再|专门|本人)?(?:跑|打|去|来|到)(?:一趟|柜台|营业厅|门店|店里|现场|热线|电话|人工|总部|网点)"
        "|找(?:不到|不着)人工|(?:半天)?转不(?:到|了|进)人工|没有?人工|绕来绕去",
        "paperwork": "(?:又|再|还)(?:要|让|叫|得)(?:我)?(?:重新)?(?:交|填|补|提供|开|拿|拍|上传|提交|签)[^，。]{0,6}(?:证明|材料|资料|表|单|照片|视频|证件|手续|身份证)|(?:证明|材料|资料|手续|表格?)[^，。]{0,4}(?:补了|交了|填了|跑了)[^，。]{0,4}(?:次|遍|趟)|手续(?:太|很|真|特别|这么|那么)?(?:繁琐|麻烦|复杂|多)|(?:流程|步骤)(?:太|很|真|特别|这么|那么)?(?:繁琐|麻烦|复杂|绕|长)",
        "hassle": "折腾|费劲|费事|费(?:了)?(?:[好老多]大|九牛)[^，。]{0,3}劲|麻烦(?:死|透|得要命|的要死|得很)|(?:太|真|好|够|怪|挺)(?:麻烦|折腾|费劲|费事)|瞎忙|跑断腿|白跑|(?:空|冤枉)跑|请了?(?:[一两半三]天)?假|耽误(?:我)?(?:上班|工作|生意|事|时间|大半天|半天)|来来回回|好不容易(?:才)?|磨破嘴|说破嘴|追着(?:问|要)|天天(?:打|催|追|问)|催了(?:又催|好几|[两三四五六七八九\\d])",
    }
)


def find_customer_effort(told: Told, marks: Iterable[Mark]) -> list[Evidence]:
    """Evidence in the customer's turns, ordered by place; ``amount`` in seconds for a wait, in times for a repeat."""
    waits = [mark for mark in marks if mark.kind == WAIT and mark.amount]
    found = [_of_mark(mark) for mark in waits]
    for turn in told.turns:
        if turn.speaker == "customer":
            found += _in_text(told.text[turn.start : turn.end], turn.start)
    return sorted(found, key=lambda piece: (piece.start, piece.end, piece.kind))[:_MAX_SCORED]


def measure_effort_index(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Mapping[str, Any]:
    """``{score, waited_minutes, contacts, kinds, evidence, steps}``.

    ``score`` in [0, 1] by noisy-or over the evidence, ``waited_minutes`` the longest wait, ``contacts`` the largest count
    named, ``steps`` the score of each step's own evidence: the step told last before it. ``{"score": 0.0}`` without any.
    """
    evidence = find_customer_effort(told, marks)
    if not evidence:
        return {"score": 0.0}
    steps = [(mark.start, mark.value) for mark in marks if mark.kind == STEP]
    placed = [_step(told, steps, piece) for piece in evidence]
    waits = [piece.amount for piece in evidence if piece.kind == WAIT and piece.amount]
    counts = [piece.amount for piece in evidence if piece.kind in ("repeat", "retell") and piece.amount]
    by_step: dict[str, list[Evidence]] = {}
    for piece, step in zip(evidence, placed, strict=True):
        if step is not None:
            by_step.setdefault(step, []).append(piece)
    return {
        "score": together(evidence),
        **({"waited_minutes": round(max(waits) / _MINUTE, 2)} if waits else {}),
        **({"contacts": int(max(counts))} if counts else {}),
        "kinds": dict(sorted(Counter(piece.kind for piece in evidence).items())),
        "evidence": [_plain(piece, step) for piece, step in zip(evidence, placed, strict=True)][
            :MAX_EVIDENCE
        ],
        **(
            {"steps": [{"step": step, "score": together(own)} for step, own in sorted(by_step.items())]}
            if by_step
            else {}
        ),
    }


def _of_mark(mark: Mark) -> Evidence:
    seconds = (mark.amount or 0.0) * _MINUTE
    return Evidence(WAIT, mark.start, mark.end, wait_weight(seconds), seconds)


def _in_text(text: str, offset: int) -> Iterator[Evidence]:
    own = find_effort(text, offset)
    for piece in own:
        if piece.kind != WAIT or piece.amount is None:
            yield piece
    for match in _MORE.finditer(text):
        kind = str(match.lastgroup)
        start, end = match.start() + offset, match.end() + offset
        if all(piece.end <= start or piece.start >= end for piece in own):
            yield Evidence(kind, start, end, _WEIGHTS[kind])


def _step(told: Told, steps: Sequence[tuple[int, str]], piece: Evidence) -> str | None:
    """The step told last before it in its clause, else the first there, else the last in its turn or the turn before."""
    number = max(bisect_right(told.clauses, piece.start, key=_start) - 1, 0)
    clause = told.clauses[number] if told.clauses else None
    before: str | None = None
    within: str | None = None
    first = told.turns[max(clause.turn - 1, 0)].start if clause else 0
    for start, step in steps:
        if clause and clause.start <= start < clause.end and (within is None or start <= piece.start):
            within = step
        if first <= start <= piece.start:
            before = step
    return within or before


def _plain(piece: Evidence, step: str | None) -> dict[str, Any]:
    plain: dict[str, Any] = {"kind": piece.kind, "span": [piece.start, piece.end]}
    if piece.amount is not None:
        timed = piece.kind == WAIT
        plain |= {"amount": round(piece.amount / _MINUTE, 2) if timed else piece.amount}
        plain |= {"unit": "minutes" if timed else "times"}
    return {**plain, "step": step} if step else plain
