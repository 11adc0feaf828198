"""``experience.waits.v1``: how long the customer waited or has been waiting, in minutes.

Time felt as lost is the first driver of effort (Dixon, Freeman and Toman 2010). A time promised or allowed, a term, the age of a
thing and how long somebody has been a customer are no waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from models.dialogue.quantities import find_durations, parse_number
from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.promises import MAX_TURN_CHARS
from models.experience.told import Told

WAIT = "wait"
_REACH = 16
_SHORT_LEAD = 2
_HAN = "[\\d零〇一二两俩三四五六七八九十百几]"
_EXTRA = re.compile(
    rf"(?P<quarters>{_HAN}{{1,2}})刻钟|第(?P<nth>{_HAN}{{1,4}})(?P<unit>天|个?月|周|个?星期|个?礼拜|年)(?![早上中下晚一])|(?P<half>一整?个?|整个?|整整一个?|大)(?P<part>上午|下午|晚上|早上|白天|夜|宿|天(?=[都的]?(?:没|不|等|守|耗)))|(?P<short>[俩仨两三四五六七八九十])(?P<short_unit>月(?![份初底中\d一二三四五六七八九十])|钟头|礼拜)|(?P<around>个把|近个|小半个?)(?P<around_unit>小时|钟头|月|星期|礼拜)|仨(?P<three>小时|钟头|月|天|礼拜|星期)|(?P<few>好几|好些|若干)个?(?P<few_unit>小时|钟头|天|月|周|星期|礼拜|年)"
)
_PART_MINUTES = {"天": 480.0, "宿": 480.0, "夜": 480.0}
_UNIT_MINUTES = {
    "天": 1440.0,
    "周": 10080.0,
    "星期": 10080.0,
    "礼拜": 10080.0,
    "月": 43200.0,
    "年": 525600.0,
    "小时": 60.0,
    "钟头": 60.0,
}
_HAS_TIME = re.compile(r"[天时钟月年周期拜宿夜午日晚秒分hH刻]")
_NUMBER_SIGNS = re.compile(r"(?<=[信账型编符挂])号")
_MARKS = "，。！？；,!?;\n"
_WAITED_BEFORE = re.compile(
    r"(?:等|候|排队?|排到|耗|拖|耽误|耽搁|浪费|折腾|干坐|坐|守|站|蹲|熬|顶|缺|花|扛|晾|晒|磨|绕|卡|堵|转圈|过去|过了|超过|已经|都|快|将近|足足|整整|前后|又|断|停|瘫|趴|搁|放|扣|压|躺|没网|没车|没消息|没动静|没人[理管来接]|还没|等着|一等就是|一拖|愣是|硬是|光|催|打|没有?[^，。]{1,4}|聊|守着|找|查|修)(?:了|我|着|我们|在|就|是|那儿|那里|你们那|店里|门口|差不多|大概|起码|至少|将近|快|都|有|整整|足足|他们|上|掉|到|出去|队|来回|大|小|将|近|得有|你们|他们|她|他|了你们){0,5}$"
)
_WAITED_BEHIND = re.compile(
    r"^(?:多|左右|来|的)?(?:了|过去|啊|呢|吧)?[，, ]?[^，。！？；,!?;\n]{0,12}?(?:(?:没|未|无)(?!必|需)(?:有|一个)?(?:上|下|动|好|完|菜|叫|排|等到|人|处理|解决|回|发|到|修|给|消息|结果|动静|反应|下文|信号|网|收|装|退|联系|答|搞|弄|见|音|轮|开|通|送|来|信|影|热水|空调)|还[是在没未不]|仍|依然|才|石沉|不(?:处理|解决|回|理|管|给|通|发|退|修|见)|干等|白等|干坐|过去了|一毛|一分|就(?:到|来)|都没|也没|付的|充的|下的单|下单|交的|报的|申请的|提交的|寄的)"
    r"|^(?:多|左右|来)?(?:了|过去)(?!吧|一|解|结)"
)
_ALLOWED = re.compile(
    r"^(?:的)?(?:之内|以内|内|里头?|无理由|客服|热线|服务|营业|包|保|质保|套餐|合约|合同|会员|前(?![，, ]?[^，。]{0,4}(?:付|充|下|交|报|申|提|寄|打))|不到|健身|便利店|前台|热水|在线|后(?:就|会|将|能|可|到|给|再)|一次|一趟|一回|就能|到账|到货|一瓶|一天|工|一晚|的(?:车|手机|合同|套餐|活|路|会员|老|保|质|房))"
)
_TERM_BEFORE = re.compile(
    r"(?:用|买|开通?|入网|办理?|开户|合作|注册|每|第|有|不是|不到|满|提前|未来|最多|最长|至少提前|分|每隔|近|住|待|订|续|存|干|做|结婚|上班|工作|打印|玩|出差|跟了|当了|支持|坚持|说是?|讲|写着?|写的|承诺|保证|答应|要|预计|约|最快|最迟|最晚|大概|大约|估计|需要|得|再|一般|通常|给我|给你们|给您|限|宽限|隔|过|超过|不超|才|才用|刚|活动|保修|质保|质保期|有效期|合约|套餐|流量|绑|签|还剩|还有|剩|差|贴|买了|跑了|走|开车)(?:了|过|的|我|要|是|有|大概|差不多|个|满)?$"
)
_WAITED_CLEAR = re.compile(r"等|候|排|拖|耗|干坐|守|没人|还没|迟迟|耽误|一直没|催")


def find_waits(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Iterable[Mark]:
    """Marks of kind ``wait`` in the customer's turns, ``amount`` in minutes."""
    for number, turn in enumerate(told.turns):
        if turn.speaker != "customer":
            continue
        text = told.text[turn.start : min(turn.end, turn.start + MAX_TURN_CHARS)]
        if not _HAS_TIME.search(text):
            continue
        for start, end, minutes in lasting(text):
            if minutes >= 1 and is_waited(text, start, end):
                place = turn.start + start, turn.start + end
                yield Mark(WAIT, WAIT, *place, turn=number, amount=minutes, unit="minutes")


def lasting(text: str) -> list[tuple[int, int, float]]:
    """Stretches of time as (start, end, minutes) from left to right, none over another."""
    found = [(d.start, d.end, d.seconds / 60) for d in find_durations(_NUMBER_SIGNS.sub("某", text))]
    for extra in _extras(text):
        clash = [f for f in found if f[0] < extra[1] and extra[0] < f[1]]
        found = [f for f in found if f not in clash] + [extra]
    joined: list[tuple[int, int, float]] = []
    for start, end, minutes in sorted(found):
        last = joined[-1] if joined else None
        if last and minutes < last[2] and re.fullmatch(r"[零又加 ]?", text[last[1] : start]):
            joined[-1] = (last[0], end, last[2] + minutes)
        else:
            joined.append((start, end, minutes))
    return joined


def _extras(text: str) -> Iterator[tuple[int, int, float]]:
    for found in _EXTRA.finditer(text):
        if found["quarters"]:
            minutes = 15 * (parse_number(found["quarters"]) or 0)
        elif found["nth"]:
            minutes = (parse_number(found["nth"]) or 0) * _UNIT_MINUTES[found["unit"].removeprefix("个")]
            if found["nth"] in "一二12":
                continue
        elif found["short"]:
            minutes = (parse_number(found["short"].replace("仨", "三")) or 0) * _UNIT_MINUTES[
                found["short_unit"]
            ]
        elif found["around"]:
            minutes = _UNIT_MINUTES[found["around_unit"]]
        elif found["three"]:
            minutes = 3 * _UNIT_MINUTES[found["three"]]
        elif found["few"]:
            minutes = 3 * _UNIT_MINUTES[found["few_unit"]]
        else:
            minutes = _PART_MINUTES.get(found["part"], 240.0)
        if minutes:
            yield found.start(), found.end(), minutes


def is_waited(text: str, start: int, end: int) -> bool:
    """Whether the time at ``[start, end)`` was spent waiting."""
    before = _clause_before(text, start)
    behind = text[end : end + _REACH]
    if _ALLOWED.match(behind):
        return False
    waited = _WAITED_BEFORE.search(before)
    if _TERM_BEFORE.search(before) and not (waited and _WAITED_CLEAR.search(waited[0])):
        return False
    if re.search(r"(?:[要得需]|需要|得要)(?:再)?等$", before) and not re.match(r"[^，。]{0,2}了", behind):
        return False
    if "年" in text[start:end] and not (waited and _WAITED_CLEAR.search(waited[0])):
        return False
    if text.startswith("第", start):
        return bool(_WAITED_BEHIND.match(behind)) or bool(re.search(r"今天|都|已经|这", before[-4:]))
    if re.match(r"前[，, ]?[^，。]{0,4}(?:付|充|下|交|报|申|提|寄|打)", behind):
        return True
    return bool(waited or _WAITED_BEHIND.match(behind))


def _clause_before(text: str, start: int) -> str:
    before = text[max(0, start - _REACH) : start]
    cut = max(before.rfind(mark) for mark in _MARKS)
    clause = before[cut + 1 :]
    return before.replace("，", "") if len(clause) <= _SHORT_LEAD and cut > 0 else clause
