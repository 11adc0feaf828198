"""``experience.demands.v1``: what the customer asks the company to do, one mark per turn and kind.

The kinds of ``models.rootcause.stated_demands``, mapped to those of the facet ``demand``, and spoken ways of asking that it does
not know (把钱吐出来, 给我个说法, 别再给我发短信). Asked for, not told: done, refused, offered by staff or only inquired about is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.told import Told, ToldClause
from models.rootcause.stated import ClauseText
from models.rootcause.stated_demands import demands_in, load_demand_words

DEMAND = "demand"
_NODES = {
    "refund": "refund",
    "exchange": "exchange",
    "repair": "repair",
    "apology": "apology",
    "compensation": "compensation",
    "explanation": "explanation",
    "resolution": "handling",
    "cancel": "cancellation",
    "contact": "reply",
}
_DELIVER = re.compile(r"发货|送|寄|装|交车|提车|到货|出库|补发|快递|上门装|开通")
_SPOKEN = {
    "refund": r"(?:钱|费|款|差价|押金|定金|订金|[块元百千万]钱?)[^，。]{0,10}(?:退|还|吐)(?:给我|我|回|出来|了(?:吧|算))|把[^，。]{0,10}(?:退|还|吐)(?:给我|我|回来|出来|了)|(?:给我|必须|一分不少(?:地|的)?|赶紧|立刻|马上|直接|全额|全部|全款|原路)(?:全部|全额|都|把钱)?(?:退|还)(?!了|出去|房|租|一步)|一分(?:钱)?(?:不|都不能|也不能)少|退我|还我(?:钱|血汗)|(?:给我|能|能不能|可以|可不可以)(?:全)?退(?:吗|不|么|掉|了)|退(?:差价|一半|一赔)|(?:得|要|该)(?:给我)?退(?!让|步|一步|休|房|烧|回来)|退给|退回来",
    "exchange": r"(?:给我|帮我|必须|要|要求|想|能不能|能|可以|可不可以|要么|重新)(?:重新|免费)?(?:换|调|挪)(?:一|个|间|台|辆|双|件|套|张|瓶|部|床|新|货|别的|好的|到)(?!家|个(?:人|说法|客服))|重(?:新)?(?:发|寄)(?:一|个|件|过)|(?:给我|帮我)重(?:新)?(?:做|上)(?:一)",
    "repair": r"重(?:新)?(?:喷|修|做|装|调|刷|贴|补|弄)|(?:修|弄|搞|调|整|恢复)(?:到|好)[^，。]{0,8}(?:为止|再说|了再|给我|行|才)|(?:给我|帮我|必须|赶紧|赶快|能不能|快点|尽快|马上|麻烦|得|派人|来人|派个?师傅|安排人|叫人|让人|让师傅|找人)(?:来|过来|上门|再|重新|彻底|免费|给我|把[^，。]{1,8})*(?:修|检修|弄好|搞好|修好|恢复|看看|看一下|弄到)|(?:派|来|叫|喊|找|安排)(?:个|一个)?(?:人|师傅|工程师)(?:来|过来|上门|弄|修|看)",
    "compensation": r"全赔|赔(?:我|给我|钱|双倍|三倍|十倍|一赔|多少|点|偿|付)|折(?:现|成现金|价)|(?:损失|误工费|医药费|打车费|停车费|拖车费|油费|路费|违约金|运费|精神)[^，。]{0,8}(?:你们|谁|得|要|该|必须|怎么|都|也){1,3}(?:来)?(?:出|承担|负责|给|赔|付|报|算)|(?:你们|必须|得|要)(?:来)?(?:赔|补偿)|(?:给|要)(?:我)?(?:个|点|一点|些)?(?:补偿|赔偿)|补偿(?:我|一下|点)|按合同赔|违约金(?:给我|付)|退一赔",
    "apology": r"(?:赔|赔个|赔一个|道)(?:个|一个|声|一声)?(?:不是|歉|罪)|(?:说|讲)(?:一)?(?:声|句|个)(?:对不起|抱歉|不好意思)|认(?:个)?错|登门(?:道歉|谢罪)|写(?:个|份)?(?:检讨|道歉信)|公开道歉",
    "explanation": r"(?:给|要|讨|得有|拿)(?:我|我们|大家|老人)?(?:个|一个|一份|出)?(?:合理的?|明确的?|书面的?|像样的?|满意的?)?(?:说法|解释|交代|交待|理由|答案)|(?:说|讲|解释)(?:个)?(?:清楚|明白|清|个明白|道道)(?!了)|来龙去脉|到底怎么回事$|(?:给我|必须|得|要|请|麻烦)(?:好好)?(?:解释|说明)",
    "reply": r"(?:给|跟)我(?:们)?(?:回|打|来|去)(?:个|一个)?(?:话|电|信|消息|音|电话)|回(?:个|我个|我一个|我)(?:话|电话|信|信息|消息)|(?:联系|答复|回复|通知|告知|回访)(?:我|一下我)(?!的|们的)|接(?:我|一下我|一下)(?:的)?电话|(?:给我|要|有|等)(?:个|一个)?(?:准信|准话|回复|答复|回音|结果|信儿|确切)|什么时候(?:能)?(?:给我|有)(?:个)?(?:答复|回复|结果|说法)",
    "handling": r"(?:查|调|看)(?:一下|一查|查)?(?:监控|录像|录音|记录|后台|日志)|(?:给我|帮我|必须|赶紧|尽快|马上|麻烦|得|请|能不能|希望|想想办法)(?:们)?(?:把[^，。]{1,10})?(?:解决|处理|安排|弄|搞|查|想个?办法|核实|催|协调|改|调|更正)(?!的|一下什么|得了)|(?:想|拿)(?:个|出)(?:办法|方案|章程)|(?:换|叫|找|让)(?:个|你们)?(?:能做主|管事|说了算|领导|经理|主管|负责)(?:的人|的|人)?(?:来|出来|接|跟我)|(?:给我|帮我)(?:弄|整|搞|安排|开|调)(?:一|个|台|间|辆|张|份)",
    "free": r"(?:不能|别|不要|不许|甭|休想|凭什么|不该|不应该|不应)(?:再)?(?:收|扣|算)(?:我|我们|钱|费|这)|(?:费|钱|违约金|月租|租|手续费|停车费|滞纳金|房费|运费|年费|利息|工时费)[^，。]{0,8}(?:免|减)(?:了|掉|除|免|一|吧)|(?:给我|帮我|能不能|必须|得|应该|要)(?:全)?(?:免|减免|免费)(?:了|掉|除|单|费|这|一|修|换|做|洗|给|升|延|送|重)|(?:我)?(?:一分钱?|这钱|这个钱|这笔钱)(?:我)?(?:都|也|是)?(?:不会|不|绝不)(?:付|交|给|出|掏)|免单|打(?:个)?[一二三四五六七八九对]?折(?:吧|给我)|便宜点|(?:能|可以)(?:便宜|优惠|免费)",
    "delivery": r"(?:给我|必须|赶紧|赶快|快点|尽快|马上|立刻|立马|今天|明天|后天|周[一二三四五六日天末]|[号日点]?前|之内|以内|得|要)[^，。]{0,8}(?:发货|发出|发出来|发过来|送过来|送来|送到|寄过来|寄出|寄到|装上|装好|交车|提车|把车给|补发|补给我|补上|开出来|到货|看到(?:单号|货|车|东西)|拿到(?:货|车|手|东西))|(?:寄|发|送)(?:快|早)(?:点|一点|些)|(?:快点|赶紧|赶快|尽快|抓紧)(?:发|送|寄|装)|把[^，。]{1,8}(?:给我|补|送|寄|发)(?:送|寄|发|补|装|上|来|齐)|不把[^，。]{1,8}给我",
    "cancellation": r"(?:给我|帮我|请|麻烦|我要|我想|想|要|必须|赶紧|马上|能不能|可以|直接|把[^，。]{1,12}|那就|就|给)(?:把[^，。]{1,12})?(?:给我)?(?:取消|停(?:掉|了|止)|关(?:掉|了|闭)|退订|撤(?:掉|了|下|销)|注销|销(?:掉|户|号|卡)|解(?:约|除|绑)|删(?:掉|了|除))(?!过|之后|以后|的时候|了吗)|(?:别|不要|不许|甭)(?:再|老|总|天天|一直)*(?:给我|往[^，。]{1,6}|跟我)(?:发|打|推|寄|推送|推销|响)|别(?:再|老)*(?:打电话|发短信|骚扰|推销|打扰)|(?:提醒|电话|短信|广告|推销)[^，。]{0,8}(?:别|不要)(?:再|老|往|给)[^，。]{0,8}(?:打|发|来|推)|(?:关|停|退|取消|撤)是(?:肯定|一定|必须)?要|不(?:要|想)(?:这个|那个)?(?:了|订了|办了)$|(?:撤|停|取消|退订?)了吧",
    "accountability": r"(?:处分|处罚|开除|辞退|追究|追责|严惩|问责|法办)(?!了|过|的事|员工不)|(?:那个|这个|这种|[你他]们|当事|该|签字的?)(?:人|员工|服务员|客服|师傅|销售|经理)?[^，。]{0,8}(?:得有个处理|要有个处理|要受处|必须处理|得负责|要负责|必须负责|滚蛋|下岗|停职|走人)|扣(?:他|她|他们)(?:的)?(?:工资|奖金|钱|绩效)|(?:谁|哪个人?)(?:来)?(?:负责|担责|承担责任)|处理(?:那|这|一下那|一下这)个(?:人|员工|服务员|客服|师傅|销售)",
}
_PATTERNS = {node: re.compile(words) for node, words in _SPOKEN.items()}
_CORES = {
    "refund": "退吐还少",
    "exchange": "换挪调重",
    "repair": "修重弄搞派复师人",
    "compensation": "赔损补折费金",
    "apology": "歉赔错罪检起",
    "explanation": "说讲解交理答龙怎",
    "reply": "回话电复信知果联接",
    "handling": "查监解处理排办催弄搞协",
    "free": "收免折便扣算付交给",
    "delivery": "发送寄装交提补到开货上",
    "cancellation": "消停关退撤销解删别要",
    "accountability": "处罚除辞究责惩扣滚岗法",
}
"""Of these characters one stands in every way of asking for the kind."""
_NODES_OF: dict[str, tuple[str, ...]] = {
    char: tuple(node for node, chars in _CORES.items() if char in chars) for char in "".join(_CORES.values())
}
_NOT_ASKED = re.compile(
    r"(?:不用|不要你们?|不是要|不是非要|没要|没有要|不图|不需要|无所谓|用不着|不稀罕|谁要你?的?|不求|不指望|别提|甭提|犯不着|没想|不想要|又不)[^，。]{0,4}$"
)
_REPORTED = re.compile(
    r"(?:[他她]们?|客服|销售|店员|师傅|前台|经理|你们|人家|商家|店里|那边|小姑娘|昨天|前天|上次|上回|上周|上个月|当时|之前|以前|后来|已经|早就|刚|一直|每次|说好|说|答应|承诺)(?:就|都|也|又|还|才|不|没|没有|不肯|不给|死活不|说|会|跟我|给我|帮我|同意|答应|让我|叫我){0,4}$"
)
_ORDER = re.compile(
    r"[让叫请](?![我问])|麻烦|必须|得$|得给|应该|希望|能不能|赶紧|马上|立刻|立即|要么|(?<![不需只])要(?!求我|我)"
)
_DONE_BEHIND = re.compile(
    r"^(?:了(?!吧|算|行|啊|，|。|再|我)(?!$)|过|完了|好了|的(?!话)|到账|成功|给别|流程|政策|条件|多久)|^[^，。]{0,3}(?:需要什么|怎么弄|怎么办理|要多久|多久|怎么办|流程)"
)
_PAST = re.compile(r"(?:了|过)$|没[^，。]{0,4}(?:退|换|修|赔|回|给|发|送)|不(?:给|肯|愿|让|退|换|修|赔)")
_INQUIRY = re.compile(r"(?:怎么|如何|多久|(?<![这那好前])几天(?!的)|什么时候|需要什么|要什么|哪里|在哪|多少)")
_IF = re.compile(r"^(?:如果|要是|万一|假如|以后)")


def find_demands(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Iterable[Mark]:
    """Marks of kind ``demand``; a kind that the marks before already have in that turn is not given again."""
    have = {(mark.turn, mark.value) for mark in marks if mark.kind == DEMAND}
    words = load_demand_words().pattern
    for number, clause in enumerate(told.clauses):
        if clause.speaker != "customer":
            continue
        for node, start, end in _asked(clause, number, words, told):
            if (clause.turn, node) not in have:
                have.add((clause.turn, node))
                place = clause.start + start, clause.start + end
                yield Mark(DEMAND, node, *place, turn=clause.turn, polarity=clause.polarity)


def _asked(
    clause: ToldClause, number: int, words: re.Pattern[str], told: Told
) -> Iterator[tuple[str, int, int]]:
    text = clause.text
    for kind in dict.fromkeys(kind for char in text for kind in _NODES_OF.get(char, ())):
        found = next((m for m in _PATTERNS[kind].finditer(text) if _is_asked(text, kind, m)), None)
        if found is not None:
            yield kind, found.start(), found.end()
    if not words.search(text):
        return
    for said in demands_in(ClauseText(clause.start, clause.end, text, clause.turn), number):
        node: str | None = _NODES.get(said.sub_kind)
        if said.sub_kind == "faster" and _DELIVER.search(text):
            node = "delivery"
        if node and not _INQUIRY.search(text) and _end_mark(told, clause) not in "？?":
            yield node, said.start - clause.start, said.end - clause.start


def _end_mark(told: Told, clause: ToldClause) -> str:
    return told.text[clause.end : clause.end + 1] or "。"


def _is_asked(text: str, node: str, found: re.Match[str]) -> bool:
    before, behind = text[: found.start()], text[found.end() :]
    if _NOT_ASKED.search(before) or before[-1:] in ("不", "没", "别", "未") or _DONE_BEHIND.match(behind):
        return False
    if _REPORTED.search(before) and not _ORDER.search(before):
        return False
    if _INQUIRY.search(before[-6:]) or _INQUIRY.search(behind[:6]) or _INQUIRY.search(found[0]):
        return node == "reply" and "给我" in found[0]
    return node in ("free", "cancellation", "delivery") or not _PAST.search(found[0][-6:])
