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
_HAS_TIME = re.compile(r"[点天时钟月年周期拜宿夜午日晚秒分hH刻]")
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


_LATER = ("下午", "傍晚", "晚上", "夜里", "半夜", "晚")
_PART = "(?:早上|早晨|一早|清早|上午|中午|下午|傍晚|晚上|夜里|半夜|凌晨|晚|早)"
_HOUR = "(?:[01]?\\d|2[0-4]|[一二两三四五六七八九]|十[一二]?|二十[一二三]?)"
_MINUTE = "(?:半|一刻|三刻|[零〇]?(?:[0-5]?\\d|[一二三四五]?十?[一二三四五六七八九]?)分?)"
_CLOCKS = re.compile(
    rf"(?:从|自)?(?P<part>{_PART})?(?P<hour>{_HOUR})[点點:：](?:钟)?(?P<minute>{_MINUTE}|\d\d)?(?P<middle>[^。！？\n]{{0,10}}?)(?:到|至|才到|直到)(?:了)?(?:当天|那天|第二天|次日|今天)?(?:都)?(?P<part2>{_PART})?(?:快|将近|差不多|都)?(?P<hour2>{_HOUR})[点點:：](?:钟)?(?P<minute2>{_MINUTE}|\d\d)?"
)
_SPENT = re.compile(
    r"等|候|排|弄|修|拖|坐|耗|守|站|折腾|搞|捱|熬|忙|干|磨|断|停|办|催|盼|检|做|晾|蹲|闹|吵|响|没"
)
_SPENT_BEFORE = re.compile(r"等|排队|耗|守|干坐|折腾|断网|停")
_HOW_LONG = re.compile(
    r"多久|多长时间|几分钟|几天|多少(?:时间|分钟|天)|(?:时间|时效|速度|效率)(?:方面|上|怎么样|如何|呢|满意)|等(?:了|候|待)|及时|准时|什么时候(?:报|下|申|打|送|付)|送(?:得)?(?:快|慢)|快不快"
)
_ANSWER_REACH = 24
_TERM_ANSWER = re.compile(r"说|承诺|要|预计|每|买|用|保|住|开")
_ANSWER_END = re.compile(
    r"(?:多|左右|来|吧|呢|啊|样子|上下|的样子|差不多|呀|就到|就好|不到|了)*(?:$|[，。！？,!?；;\n])"
)
_IN_TRANSIT = re.compile(
    r"(?:快递|物流|包裹|货|件|单)[^，。]{0,6}(?:走|运|送|寄|飘|转)(?:了|就|都|也|又|才){1,3}$|(?:断网|断线|停机|停水|停电|没水|没电|没网|没信号|没热水|没空调|停摆|歇业)(?:了|将近|快|足足|整整|都|已经)*$"
)
_SUPPOSED = re.compile(
    r"(?:真(?:要|是)?|要是|就算|哪怕|即使|如果|万一|假如|宁可|宁愿|大不了|再(?!多?等了)|以为|怕)[^，。]{0,2}(?:等|拖|耗|晚|排|多)[^，。]{0,2}$"
)
_PRICED = re.compile(r"[\d二三四五六七八九百千块元钱]一个?(?:月|年|天|周|晚|小时|钟头)")
_WAITED_HERE = re.compile(
    r"(?:听|放|播|响)(?:了)?$|(?:晚|迟|误|延误|延迟|推迟|慢|误点|延期|超时|逾期|拖延|滞后|延后|耽搁|耽误|耗费|花|白费|浪费|搭进?去?|赔进?去?|折进?去?|硬生生|活活|生生|傻|干|空|白|苦|枯|老|死)(?:了|着|等了?|坐了?|站了?|守了?|耗了?|掉|费了?|上|我们?|整整|足足|将近|快|有|差不多|大概|至少|起码){0,4}$"
    r"|(?:走|运|送|寄|飘|派|转运|派送|路上|在途)(?:了|着|就|都|也|又|才|整整|足足|将近|快|有){1,4}$|最(?:慢|久|长|晚)(?:的)?[^，。]{0,6}$"
    r"|(?:等|候|排|拖|耗|守|盼|熬|挨|站|坐|蹲|晾|晒|冻|饿|憋|堵|卡|困|关|停|断|瘫|趴|搁|压|扣|挂|躺|瘸|磨|泡|缠|扯|僵|悬|吊|放)(?:在|到|着|了|我|俩|我们|你们|店里|那儿|门口|大厅|电话|楼下|车上|家里|外面|大堂|柜台|前台|机场|路边|太阳|底下|雨里|风里|里|上|下|边|一共|总共|前前后后|来来回回|拢共|统共|合计|加起来|得有|少说|起码|足有|不下|不止|何止|怎么也|有|个|整整|足足|将近|快|差不多|大概|至少|都|已经|就|是|能|可|又|多){1,6}$"
)
_THEN_LATE = re.compile(
    r"^(?:多|左右|来|的)?(?:了|的)?(?:之后|以后|后|过去)?[，, ]?(?:[^，。！？；,!?;\n]{0,8}(?:才|还在|还没|仍没|都没|愣是|硬是|连个|连人|(?:就)?(?:搞定|办完|办好|完事|就好|办妥|入住|拿到)|就[^，。！？]{0,8}(?:到了|来了|到门口|到家|上门|送到|回[了电复]|接到|接通|联系|受理|有人|赶|打[来过])|迟迟|始终|一直没|也不|也没|没见|不见|毛都|屁都|影子|没个|没一)|(?:音乐|彩铃|忙音|录音|雨|冷风|风|太阳|队|空调没|断网|停电|停水|黑))"
)
_ALONE_BEHIND = re.compile(r"(?:多|左右|来|整|呢|吧|啊|哪|咧|嘞|喽|呀|了)*(?:$|[。，！？!?,；;\n])")
_ALONE_BEFORE = re.compile(
    r"(?P<told>[^。！？\n]{0,30})[，。！？,!?\n](?:整整|足足|前后|一共|总共|都|就|快|将近|差不多|大概|大约|起码|至少|我|我等|那天|可能|有|得有|少说|怎么也|也得|要|这|这都|已经|到现在|到今天|算下来|算起来|前前后后)*$|^(?P<asked>)$"
)
_WAITING_TOLD = re.compile(
    r"等|候|排队|才|还没|没人|拖|耽误|耗|不通|断网|停机|没有?(?:消息|动静|回|下文|人|修|到|发|通|信号)|晾|干坐|迟迟|一直|掐着?表|看着?表|数着|计时|晚到|迟到|误|延误|多久|多长时间|几天|几个小时"
)


def find_waits(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Iterable[Mark]:
    """Marks of kind ``wait`` in the customer's turns, ``amount`` in minutes."""
    for number, turn in enumerate(told.turns):
        if turn.speaker != "customer":
            continue
        text = told.text[turn.start : min(turn.end, turn.start + MAX_TURN_CHARS)]
        if not _HAS_TIME.search(text):
            continue
        for start, end, minutes in between_clocks(text):
            place = turn.start + start, turn.start + end
            yield Mark(WAIT, WAIT, *place, turn=number, amount=minutes, unit="minutes")
        for start, end, minutes in lasting(text):
            if minutes >= 1 and (
                is_waited(text, start, end)
                or (_answers(text, start, end) and _is_asked_how_long(told, number))
            ):
                place = turn.start + start, turn.start + end
                yield Mark(WAIT, WAIT, *place, turn=number, amount=minutes, unit="minutes")


def stretches_of_time(text: str) -> list[tuple[int, int, float]]:
    """Stretches of time of a minute or more, waited or not, and times between clock times with a verb of waiting, as
    (start, end, minutes), none over another."""
    if not _HAS_TIME.search(text):
        return []
    clocks = list(between_clocks(text))
    lasted = [
        found
        for found in lasting(text)
        if found[2] >= 1 and all(found[1] <= clock[0] or clock[1] <= found[0] for clock in clocks)
    ]
    return sorted([*clocks, *lasted])


def _is_asked_how_long(told: Told, number: int) -> bool:
    before = told.turns[number - 1] if number else None
    return bool(
        before and before.speaker == "agent" and _HOW_LONG.search(told.text[before.start : before.end])
    )


def _answers(text: str, start: int, end: int) -> bool:
    """那天大概二十五分钟吧: in the first sentences of an answer, the time ends its clause."""
    return (
        len(text[:start]) <= _ANSWER_REACH
        and not _TERM_ANSWER.search(text[max(0, start - 8) : start])
        and bool(_ANSWER_END.match(text[end:]))
    )


def between_clocks(text: str) -> Iterator[tuple[int, int, float]]:
    """从上午十点弄到下午四点: the time between two clock times, where a verb between them or just before tells of waiting."""
    for found in _CLOCKS.finditer(text):
        if not (
            _SPENT.search(found["middle"])
            or _SPENT_BEFORE.search(text[max(0, found.start() - 6) : found.start()])
        ):
            continue
        one = _clock(found["part"], found["hour"], found["minute"])
        other = _clock(found["part2"] or found["part"], found["hour2"], found["minute2"])
        if one is None or other is None:
            continue
        minutes = (other - one) % 1440
        if found["part2"] is None and minutes > 720:
            minutes -= 720
        if minutes:
            yield found.start(), found.end(), float(minutes)


def _clock(part: str | None, hour: str, minute: str | None) -> int | None:
    """Minutes since midnight: (下午, 四, 半) 990."""
    value = parse_number(hour)
    if value is None or value > 24:
        return None
    if part in _LATER and value < 12:
        value += 12
    if part in ("中午",) and value < 3:
        value += 12
    small = 30 if minute == "半" else 15 if minute == "一刻" else 45 if minute == "三刻" else 0
    if minute and not small:
        small = int(parse_number(minute.removesuffix("分").removeprefix("零")) or 0)
    return int(value * 60 + small)


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
    if before.endswith("隔了") and behind.startswith("了"):
        return True
    if _SUPPOSED.search(before) and not re.match(r"[^，。]{0,2}[了才还]", behind):
        return False
    if before.endswith("前后") and text[end - 2 : end] == "分钟":
        return False
    if _ALLOWED.match(behind) or _PRICED.search(text[max(0, start - 2) : end]):
        return False
    waited = _WAITED_BEFORE.search(before)
    if _IN_TRANSIT.search(before):
        return True
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
    if waited or _WAITED_BEHIND.match(behind) or _WAITED_HERE.search(before) or _THEN_LATE.match(behind):
        return True
    return _stands_alone(text, start, end)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """A clause that is the time alone (到十一点半才通，十一个多小时。) after or before one that tells of waiting."""
    if not _ALONE_BEHIND.match(text[end:]):
        return False
    found = _ALONE_BEFORE.search(text[max(0, start - 40) : start])
    return bool(found and _WAITING_TOLD.search(found["told"] or ""))


def _clause_before(text: str, start: int) -> str:
    before = text[max(0, start - _REACH) : start]
    cut = max(before.rfind(mark) for mark in _MARKS)
    clause = before[cut + 1 :]
    return before.replace("，", "") if len(clause) <= _SHORT_LEAD and cut > 0 else clause
