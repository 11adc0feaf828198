"""``experience.expectations.v1``: what the customer took for granted or had been told, and what came: worse or better.

The gap of expectation and perception (Parasuraman, Zeithaml and Berry 1985; Oliver 1980, disconfirmation). Marks are given only
where both sides are told; a broken promise with its outcome is one as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.promises import MAX_TURN_CHARS, PROMISE
from models.experience.promises_outcome import outcome_after, pieces
from models.experience.promises_times import compared
from models.experience.promises_told import find_undertakings
from models.experience.signals_starts import compile_long
from models.experience.told import Told, ToldTurn
from models.text.align import Span

EXPECTATION = "expectation"
_NUM = r"[\d零〇一二两俩三四五六七八九十百千几半]"
_CAME = r"(?:来了|来的|给我|发(?:了|来|过来|的)|送(?:了|来|过来|的)|寄(?:了|来|的)|端|上(?:的|来)|拿到|收到|到手|到店|到了|变成|成了|换成|只剩|就剩|只有|安排|进去|打开|一看|实际|却|其实|没了|没有|是个|结账|实付|实物)"
_CUE = compile_long(
    rf"(?P<date>(?:约|预约|订|定|排)(?:好|了|的|在|是|我)*(?:(?:今|明|昨|前|后|当)天|上?(?:周|礼拜|星期)[一二三四五六日天])?(?:的|是)?(?:早上|上午|下午|中午|晚上)?{_NUM}{{1,6}}(?:点|号)(?:半|钟|{_NUM}{{1,6}}分?)?(?:的)?)"
    rf"|(?P<wish>花(?:了)?{_NUM}{{1,8}}(?:多)?(?:块|元|万)?(?:钱)?[^，。！？；]{{0,3}}?(?:买|订|办|用|住|吃|做|换|修|开)的"
    r"|(?:我)?(?:订|定|拍|买|要|选|点|下单|预订|预定|挑|看中|试)的(?!时|人|话|那)(?:可|都|明明)?(?:是)?(?=[^，。！？；]{1,14}(?:[，。！？；]|房|款|色|型|间|份|号)))"
    r"|(?P<thought>(?:我)?(?:还|都|就|满|本|原|原先|原本|本来)?(?<![可所难加予给])(?:还在想|都准备好|以为(?![主准止例名])|心想|寻思(?:着)?|想着|指望(?:着)?|琢磨着?|估摸着?|合计着?|怎么也得|怎么着也|满心|盼着|期待|冲着|奔着|本想|原想|没抱(?:什么)?(?:希望|期望)|没指望|(?:图片|照片|网上|视频)(?:上|里)?看(?:着|起来|上去)|想说|预期))"
    r"|(?P<custom>(?:往年|往常|以往|以前|之前|从前|过去|上次|上回|原来|向来|一直|历来|每次)[^，。！？；]{0,8}?(?:都|还)(?:有|是|会|给|送|挺|很|能|只|能))"
    r"|(?P<surprise>没想到|哪想到|想不到|没料到|不曾想|谁想到|谁知道|出乎意料|意想不到)"
)
_NOW = re.compile(r"今年|这次|这回|现在|如今|今天|这阵|后来|自从")
_BETTER = re.compile(
    r"提前|不到|没到|[点分半刻十\d]就(?!没|不)|才(?:花|用|收|要|[\d一二三四五六七八九十百两])|就(?!是)[^，]{0,4}(?:到|来|好|搁|在|修|装|送|退|换|给|办|弄|拿|通)|二话[没不]说|爽快|痛快|当天|当晚|居然还|竟然还|还(?:送|给我|帮|免费|专门|特地|便宜|打了折)|更(?:好|快)|比.{0,8}(?:还)?(?:早|快|好|便宜|强)|惊喜|真不错|挺好|很好|特别好|蛮好|太好|这么(?:好|快|细|周到|贴心|方便|干净|热情)|那么(?:好|快)|碰上这样的|一项一项|主动|耐心|细心|超(?:出|预期)|值(?=了|$)|满意|省|第二天|一早"
)
_WORSE = re.compile(
    r"才(?=.{0,8}(?:把|给|来|开|轮|有|让|进|接|到|拿|见|喊|叫|弄|写|上|办))|差|慢|贵|等了|坐了|排了|[多晚]了|没|不|这么(?:差|慢|烂|脏|贵|坑)|那么(?:差|慢)|就这|没法|难|巴掌大|还没|大失所望"
)
_SURPRISE = re.compile(r"没想到|哪想到|想不到|没料到|不曾想|谁想到|谁知道?|出乎意料|意想不到")
_AS_WISHED = re.compile(r"(?:拿到手|给的|来的|到手|送来的|发的|上的)[^，]{0,2}(?:就|也)是|跟[^，]{1,6}一样")
_UNHAPPY = 0.2
_REACH_PIECES = 4


def find_expectations(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Iterable[Mark]:
    """Marks of kind ``expectation`` with value ``worse`` or ``better``; ``other`` is what came."""
    found = [_of_promise(told, mark) for mark in marks if mark.kind == PROMISE and mark.other is not None]
    kept = [mark for mark in found if mark is not None]
    for number, turn in enumerate(told.turns):
        if turn.speaker == "customer":
            for mark in (*_descriptions(told, number, turn), *_cued(told, number, turn)):
                if all(mark.end <= other.start or mark.start >= other.end for other in kept):
                    kept.append(mark)
    return sorted(kept, key=lambda mark: mark.start)


def _of_promise(told: Told, mark: Mark) -> Mark | None:
    other = mark.other
    if other is None:
        return None
    if mark.value == "broken":
        return Mark(EXPECTATION, "worse", mark.start, mark.end, mark.turn, mark.polarity, other=other)
    came = told.text[other.start : other.end]
    promised = told.text[mark.start : mark.end]
    if mark.value == "kept" and came == promised:
        return None
    if mark.value == "kept" and compared(promised, came) == "kept" and other.start - mark.end < 60:
        return Mark(EXPECTATION, "better", mark.start, mark.end, mark.turn, other=other)
    if mark.value == "kept" and other.start - mark.end < 60 and _BETTER.search(came):
        return Mark(EXPECTATION, "better", mark.start, mark.end, mark.turn, other=other)
    return None


def _descriptions(told: Told, number: int, turn: ToldTurn) -> Iterator[Mark]:
    """What was written of a thing, or a price or time named, that came otherwise."""
    text = _text(told, turn)
    for found in find_undertakings(text):
        if found.is_promise:
            continue
        place = _came_of(text, found.end)
        if place is not None:
            said = text[slice(*place)]
            gap = "better" if _BETTER.search(said) and not re.search("没|还没|不", said) else "worse"
            yield _mark(number, turn, (found.start, found.end), place, gap)


def _came_of(text: str, at: int) -> tuple[int, int] | None:
    came = outcome_after(text, at, len(text))
    if came is not None:
        return came.start, came.end
    near = list(pieces(text, at, len(text)))[:3]
    return next(((start, end) for start, end, _ in near if re.search(_CAME, text[start:end])), None)


def _cued(told: Told, number: int, turn: ToldTurn) -> Iterator[Mark]:
    text, at = _text(told, turn), 0
    for cue in _CUE.finditer(text):
        if cue.start() < at:
            continue
        kind = str(cue.lastgroup)
        found = _pair(told, turn, text, cue, kind)
        if found is not None:
            gap, expected, came = found
            yield _mark(number, turn, expected, came, gap)
            at = came[1]


_Place = tuple[int, int]


def _pair(
    told: Told, turn: ToldTurn, text: str, cue: re.Match[str], kind: str
) -> tuple[str, _Place, _Place] | None:
    """The gap, what was expected and what came, within the next stretches."""
    if kind == "surprise" or re.search(
        r"[不没要想能可帮][能我]?$|请问", text[max(0, cue.start() - 4) : cue.start()]
    ):
        return None
    end = _end_of_expected(text, cue, kind)
    near = list(pieces(text, end, len(text)))[:_REACH_PIECES]
    if kind == "thought":
        surprise = next(((s, e) for s, e, _ in near if _SURPRISE.match(text[s:e])), None)
        if surprise is not None:
            story = re.split(r"[。！？]", text[surprise[0] : surprise[0] + 60])[0]
            unhappy = _polarity(told, turn.start + surprise[0]) < -_UNHAPPY and not _BETTER.search(story)
            gap = "worse" if unhappy or (_WORSE.search(story) and not _BETTER.search(story)) else "better"
            return gap, (cue.start(), max(end, surprise[0] - 1)), surprise
        if cue[0].startswith(("冲着", "奔着")):
            return None
    for start, stop, _ in near:
        said = text[start:stop]
        if len(said) < 3 or (kind == "custom" and not _NOW.search(said)):
            continue
        if kind == "wish" and (not re.search(_CAME, said) or _AS_WISHED.search(said)):
            continue
        gap = _gap(told, turn.start + start, said, kind)
        if gap:
            return gap, (cue.start(), end), (start, stop)
    return _came_first(text, cue, end) if kind == "thought" else None


def _came_first(text: str, cue: re.Match[str], end: int) -> tuple[str, _Place, _Place] | None:
    """What came before the thought of it: 四十分钟就到，我以为得耗到天亮."""
    sentence = max(text.rfind(mark, 0, cue.start()) for mark in "。！？") + 1
    for start, stop, _ in reversed(list(pieces(text, sentence, cue.start()))[-2:]):
        if _SOONER.search(text, start, stop):
            return "better", (cue.start(), end), (start, stop)
    return None


_SOONER = re.compile(
    r"就(?:到|来|好|妥|喊|打|修|装|送|退|办|弄)|提前|比[^，]{0,6}(?:想|料|预)[^，]{0,4}(?:快|好|早)|还真"
)


def _end_of_expected(text: str, cue: re.Match[str], kind: str) -> int:
    """A date ends with its time, anything else with its stretch or where what came is told in it."""
    if kind == "date":
        return cue.end()
    end = next((stop for _, stop, _ in pieces(text, cue.end() - 1, len(text))), cue.end())
    came = (
        re.compile(r"(?:你们|他们|结果)?" + _CAME).search(text, cue.end() + 2, end)
        if kind == "wish"
        else None
    )
    return came.start() if came else max(end, cue.end())


def _polarity(told: Told, at: int) -> float:
    return next((c.polarity for c in told.clauses if c.start <= at + 1 < c.end), 0.0)


def _gap(told: Told, at: int, said: str, kind: str) -> str:
    polarity = _polarity(told, at)
    better, worse = bool(_BETTER.search(said)), bool(_WORSE.search(said))
    if kind == "wish":
        return "better" if polarity > 0.5 and better else "worse"
    if better and not (worse and polarity < -_UNHAPPY):
        return "better" if polarity > -0.6 else "worse"
    if worse:
        return "better" if polarity > 0.6 else "worse"
    if kind in ("thought", "surprise"):
        return "better" if polarity > _UNHAPPY else "worse" if polarity < -_UNHAPPY else ""
    return ""


def _text(told: Told, turn: ToldTurn) -> str:
    return told.text[turn.start : min(turn.end, turn.start + MAX_TURN_CHARS)]


def _mark(number: int, turn: ToldTurn, one: tuple[int, int], other: tuple[int, int], gap: str) -> Mark:
    place = Span(turn.start + other[0], turn.start + other[1])
    return Mark(EXPECTATION, gap, turn.start + one[0], turn.start + one[1], number, other=place)
