"""What a clause demands: money back, an apology, an authority to step in. Refused or done things are none.

A word from the list (退款) counts where the customer asks for it (要求, 请, 能不能, 给我 …) or where it is the
whole clause (退款吧). It does not count negated (不要赔偿), done (已经退款了), or where the company asks the
customer (客服要求我退货).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from models.rootcause.stated import ClauseText, Statement, within

_NEAR = 14
"""An asking word stands at most so many characters before what is asked for."""
_NEAR_COMPLAINT = 3
_ASK = re.compile(
    r"要求|希望|(?<!申)请(?!问|假|客|教)|(?<!可)(?<!可以)申请|(?<![就主])必须|应该|应当|务必|麻烦|恳请|恳求|强烈|坚决|能不能|能否|可不可以|可否|是否可以"
    r"|可以(?=[^，]{0,8}[吗么？?])|能(?=[^，]{0,8}[吗么？?])|想(?![不到起看问知了说])|(?<![不需只主重还快总])(?<!不需)要(?![是不么求紧等花每看多自几到走跑用付四])|还要|只要求|需要|要么|要不(?!是|要)|你们得|必须得|只求"
    r"|盼|(?:不行|不然|否则|解决不了|修不好|那)就|赶紧|建议(?=.{0,4}给我)|望(?=尽|能|给|贵)|至少|起码|期待|呼吁|诉求"
)
_WEAK = re.compile(
    r"(?:给|帮|替|为|向|跟|对)(?:我们?|本人|客户|大家|业主)|给个|给一个|讨个|直接|马上|立即|立刻|快|全额|把"
)
_ASK_BEHIND = re.compile(r"[^，]{0,6}(?:给我|就行|就可以|就好|即可)")
_REFUSED = re.compile(
    r"(?:(?:不|别|无需|并无|毫无|没|未|拒绝|无法|难以|免)[想要用需必稀罕求给予肯愿能会可同意支持接受有是要办法]{0,3}|没有要求|不存在)"
    r"(?:我们?|你们?|再|什么|任何|所谓|的|他们|进行|办理|我们?要?|给我们?)*$"
)
_REFUSED_ASK = re.compile(r"(?:没有?|不是|并非|不|未|拒绝|别)(?:想|是|再)?$")
_DONE = re.compile(
    r"(?:已经?|早就|刚刚?|早已|成功|被)(?:给|帮|向|跟|对|替|为)?(?:我们?|本人|客户)?(?:主动|全额|申请|当面|口头|把钱|成功|全部|自动)*$"
)
_DONE_ANYWHERE = re.compile(
    r"已经?|早就|刚刚|终于|后来|昨天|前天|今天|上次|当时|没|未|不|被|拒|才|都|虽然|承诺|答应|说好|怎么|如何|客服|商家|店家|他们|卖家|会|说|师傅|可以"
)
_DONE_BEHIND = re.compile(r"(?:已经|已|早已|成功|到账|完成|过了|过[一两三]?次)|了(?!吧|算|事|就|结|断|$)|了$")
_NOUN_BEHIND = re.compile(
    r"(?:政策|流程|进度|率|问题|申请|服务|功能|按钮|条款|规则|时间|周期|记录|渠道|的(?!话|吧)|结果|费用|电话|单|人员|中心|站|点|部|机制|师傅|期|员|金额|手续|速度|快)"
)
_AGENT = re.compile(
    r"(?:客服|商家|店家|卖家|(?:4S|4s)?店|他们|对方|厂家|经销商|平台|师傅|工作人员|银行|员工|销售|快递员|老板|前台|系统|公司|她|他|还|竟然|又)"
    r"[^我，]{0,3}$"
)
_OWN_COST = re.compile(r"自费|自己|自行|自掏")
_SAID = re.compile(r"(?<!我)(?:说|称|表示|告知)$")
_OTHER_MATTER = re.compile(r"怎么|如何|才能|才可|等到|的(?:人|事|是)")
"""Between the asking word and the thing it is no longer the thing that is asked for."""
_TOLD = re.compile(r"(?<!能)(?:让|叫|要求|劝|逼|建议|通知|喊|要)我们?(?!的)")
_PROMISES_SPEED = re.compile(
    r"(?:说|承诺|答应|保证|表示|称|会|告知|推脱|只会|一直让我?|总是|都是)[^请望求]{0,4}$"
)
_BARE = re.compile(
    r"(?:那|就|那就|赶紧|赶快|快|马上|立刻|立即|直接|全额|要么|我|给我|给我们|必须|坚决|干脆|趁早|一律|再|另外|还|，|请|或者?|和|并|及|、)*$"
)
_BARE_BEHIND = re.compile(
    r"(?:[吧啊呀呗啦!！。了]|给我们?|我|钱|款|退款|退货|换货|道歉|赔偿|处理|一下|三倍|精神损失费|误工费|损失|三|全款|和|并|或者?|、|[\d一二两三四五六七八九十百千万]+(?:元|块))*$"
)
_OTHER_CHANGE = re.compile(r"(?:人|客服|师傅|说法|角度|地方|话题|思路|理由|方式|号码|电话|花样|借口)")
_BODY = (
    r"12315|12345|12378|12300|12318|12328|12313|(?<!\d)315(?!\d)|工信部|通管局|通信管理局|消协|消费者协会|消保委|银保监|金融监管|证监会|央行|人民银行|市监|市场监督|市场监管"
    r"|工商(?!银行)|质检|质监局|物价局|发改委|媒体|记者|电视台|法院|律师|黑猫|信访|纪委|交通局|运管|住建|房管局|文旅|旅游局|卫健委"
    r"|邮政管理局|邮管局|公安|派出所|劳动局|劳动监察|市长热线|政府|总部|总公司|上级|监管|主管部门|抖音|微博|小红书|网上"
)
_STEP = r"投诉|举报|打|找|去|告|曝光|上报|跟|反映|报料|爆料|起诉|联系|申诉|发到|上传|挂"
_ESCALATION = re.compile(
    rf"(?:{_STEP})[^，。]{{0,6}}?(?:{_BODY})(?:[^，。]{{0,4}}?(?:投诉|举报|曝光|反映|起诉|电话|告))?"
    rf"|(?:{_BODY})[^，。]{{0,4}}?(?:投诉|举报|曝光|反映|起诉|告)"
    r"|曝光(?!度|率|了|后|的|出)|(?<!被)起诉|法律途径|法律手段|法律武器|诉诸法律|打官司|走法律|走司法|(?:我|就|只能|只好|要|去|会)(?:报警|举报|上访|维权)|法庭见|告你们|告到"
)
_BODY_ALONE = re.compile(r"网上|总部|总公司|上级|抖音|微博|小红书|政府|公安|派出所")
_PUBLIC_STEP = re.compile(r"曝光|投诉|举报|反映|告|发到|挂|上传|爆料")
_NO_ESCALATION = re.compile(
    r"(?:不会|不想|不愿|没有?|没想|别|不是要|不用|无需|不打算|不必)(?:再|去|要|真的)?$"
)


@dataclass(frozen=True, slots=True)
class DemandWords:
    """``kind_of`` each word; ``pattern`` finds them, the longest first."""

    version: str
    kind_of: dict[str, str]
    pattern: re.Pattern[str]


@lru_cache(maxsize=1)
def load_demand_words() -> DemandWords:
    """The list beside this module."""
    version, kind_of = "0", dict[str, str]()
    for line in (files("models.rootcause") / "demand_words.txt").read_text("utf-8").splitlines():
        if line.startswith("version "):
            version = line.removeprefix("version ").strip()
        elif line.strip() and not line.startswith("#"):
            kind, _, words = line.partition(":")
            kind_of.update(dict.fromkeys(words.split(), kind.strip()))
    longest = sorted(kind_of, key=lambda word: (-len(word), word))
    return DemandWords(version, kind_of, re.compile("|".join(map(re.escape, longest))))


def demands_in(clause: ClauseText, number: int) -> Iterator[Statement]:
    """Each kind of demand of the clause once, in the order of its words."""
    text, words = clause.text, load_demand_words()
    found: dict[str, tuple[int, int]] = {}
    escalation = _escalation(text)
    if escalation is not None:
        found["escalation"] = escalation.span()
    for match in words.pattern.finditer(text):
        kind = words.kind_of[match[0]]
        inside = escalation is not None and escalation.start() <= match.start() < escalation.end()
        if kind not in found and not inside and _is_demanded(text, match, kind):
            found[kind] = match.span()
    if "退一赔" in text and "refund" in found:
        at = text.index("退一赔")
        found.setdefault("compensation", (at + 2, min(at + 4, len(text))))
    if len(found) > 1:
        found.pop("resolution", None)
    if "escalation" in found:
        found.pop("complaint", None)
    for kind, (start, end) in sorted(found.items(), key=lambda item: item[1]):
        yield within(clause, number, "demand", kind, start, end)


def _escalation(text: str) -> re.Match[str] | None:
    for match in _ESCALATION.finditer(text):
        said = match[0]
        vague = _BODY_ALONE.search(said) and not _PUBLIC_STEP.search(said)
        if not vague and not _NO_ESCALATION.search(text[: match.start()]):
            return match
    return None


def _is_demanded(text: str, match: re.Match[str], kind: str) -> bool:
    before, behind = text[: match.start()], text[match.end() :]
    if _REFUSED.search(before) and not re.search(r"(?:能不能|可不可以|要不)[^，]{0,3}$", before):
        return False
    if kind == "exchange" and _OTHER_CHANGE.match(behind):
        return False
    if _NOUN_BEHIND.match(behind) and kind not in ("faster", "explanation", "contact"):
        return False
    if _OWN_COST.search(before[-6:]):
        return False
    if _TOLD.search(before) or _DONE.search(before):
        return False
    if kind == "faster" and not _may_hurry(before):
        return False
    if kind == "faster" and len(before) <= 2:
        return True
    return _is_asked(before, behind, kind) or _is_bare(before, match[0], behind, kind)


def _may_hurry(before: str) -> bool:
    """The company's own 会尽快 is none, nor is a report of what somebody sped up."""
    return not _PROMISES_SPEED.search(before) and not _AGENT.search(before)


def _is_asked(before: str, behind: str, kind: str) -> bool:
    for ask in reversed(list(_ASK.finditer(before))):
        if len(before) - ask.end() > (_NEAR_COMPLAINT if kind == "complaint" else _NEAR):
            break
        lead = before[: ask.start()]
        if kind == "complaint" and before.endswith("的"):
            break
        if _OTHER_MATTER.search(before[ask.end() :]) or (ask[0] == "需要" and kind in ("repair", "exchange")):
            continue
        if (
            not (_AGENT.search(lead) and "我" not in lead[-3:])
            and not _REFUSED_ASK.search(lead)
            and not _SAID.search(lead)
        ):
            return True
    if kind in ("resolution", "complaint", "cancel") and not before.endswith(("给我", "帮我")):
        return False
    own = before + _head_of(behind, kind)
    weak = _WEAK.search(own) or _ASK_BEHIND.match(behind)
    return bool(weak) and not _DONE_ANYWHERE.search(before) and not _DONE_BEHIND.match(behind)


def _head_of(behind: str, kind: str) -> str:
    return behind[:3] if kind in ("refund", "compensation") else ""


def _is_bare(before: str, word: str, behind: str, kind: str) -> bool:
    if kind in ("complaint", "resolution", "cancel"):
        return False
    asks_itself = word.endswith(("我", "我们")) and not _DONE_ANYWHERE.search(before) and len(before) <= 4
    asks_itself = asks_itself and (kind != "contact" or bool(_BARE.fullmatch(before)))
    if asks_itself and not behind.startswith("了"):
        return True
    if not before + behind:
        return False
    if _DONE_ANYWHERE.search(before):
        return False
    return bool(_BARE.fullmatch(before)) and bool(_BARE_BEHIND.fullmatch(behind)) and behind != "了"
