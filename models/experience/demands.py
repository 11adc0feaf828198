"""``experience.demands.v1``: what the customer asks the company to do, one mark per turn and kind.

The kinds of ``models.rootcause.stated_demands``, mapped to those of the facet ``demand``, and spoken ways of asking that it does
not know (把钱吐出来, 给我个说法, 别再给我发短信). Asked for, not told: done, refused, offered by staff or only inquired about is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from models.experience.catalog import ExperienceCatalog
from models.experience.demands_words import ASKS, LIST, LISTS, MORE
from models.experience.mark import Mark
from models.experience.signals_starts import compile_long
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
    "refund": r"(?:多收|多扣|扣掉?)的[^，。]{0,12}(?:打回|退回|打给我|返回)|打回(?:我|到我)?[^，。]{0,4}(?:卡|账|帐)|(?:钱|费|款|差价|押金|定金|订金|[块元百千万]钱?)[^，。]{0,10}(?:退|还|吐)(?:给我|我|回|出来|了(?:吧|算))|把[^，。]{0,10}(?:退|还|吐)(?:给我|我|回来|出来|了)|(?:给我|必须|一分不少(?:地|的)?|赶紧|立刻|马上|直接|全额|全部|全款|原路)(?:全部|全额|都|把钱)?(?:退|还)(?!了|出去|房|租|一步)|一分(?:钱)?(?:不|都不能|也不能)少|退我|还我(?:钱|血汗)|(?:给我|能|能不能|可以|可不可以)(?:全)?退(?:吗|不|么|掉|了)|退(?:差价|一半|一赔)|(?:得|要|该)(?:给我)?退(?!让|步|一步|休|房|烧|回来)|退给|退回来",
    "exchange": r"(?:给我|帮我|赶紧|赶快|必须)(?:重新)?(?:换|调)(?:一)?[条双瓶碗份盘杯把床套根块副只大小]|(?:给我|帮我|必须|要|要求|想|能不能|能|可以|可不可以|要么|重新)(?:重新|免费)?(?:换|调|挪)(?:一|个|间|台|辆|双|件|套|张|瓶|部|床|新|货|别的|好的|到)(?!家|个(?:人|说法|客服))|重(?:新)?(?:发|寄)(?:一|个|件|过)|(?:给我|帮我)重(?:新)?(?:做|上)(?:一)",
    "repair": r"(?:派|找|叫|喊|安排)(?!了|过)[^，。]{0,8}(?:师傅|人|工程师|技师)[^，。]{0,6}(?:看看|看一|看$|修|弄|查|搞)|重(?:新)?(?:喷|修|做|调|刷|贴|补|弄)|(?:修|弄|搞|调|整|恢复)(?:到|好)[^，。]{0,8}(?:为止|再说|了再|给我|行|才)|(?:给我|帮我|必须|赶紧|赶快|能不能|快点|尽快|马上|麻烦|得|派人|来人|派个?师傅|安排人|叫人|让人|让师傅|找人)(?:来|过来|上门|再|重新|彻底|免费|给我|把[^，。]{1,8})*(?:修|检修|弄好|搞好|修好|恢复|看看|看一下|弄到)|(?:派|来|叫|喊|找|安排)(?:个|一个)?(?:人|师傅|工程师)(?:来|过来|上门|弄|修|看)",
    "compensation": r"(?:打车|来回|往返|路上|耽误|误工|住宿|停车|拖车|看病|洗衣)[^，。]{0,4}(?:的)?(?:钱|费用?)[^，。]{0,3}(?:你们|谁)(?:来)?(?:出|付|报|承担|掏)|给(?:我)?(?:一点|点|些|个)(?:补偿|赔偿|意思|表示)|全赔|赔(?:我|给我|钱|双倍|三倍|十倍|一赔|多少|点|偿|付)|折(?:现|成现金|价)|(?:损失|误工费|医药费|打车费|停车费|拖车费|油费|路费|违约金|运费|精神)[^，。]{0,8}(?:你们|谁|得|要|该|必须|怎么|都|也){1,3}(?:来)?(?:出|承担|负责|给(?!我(?:免|减|退|取消))|赔|付|报|算)|(?:你们|必须|得|要)(?:来)?(?:赔|补偿)|(?:给|要)(?:我)?(?:个|点|一点|些)?(?:补偿|赔偿)|补偿(?:我|一下|点)|按合同赔|违约金(?:给我(?!免|取消|减|退)|付)|退一赔",
    "apology": r"(?:赔|赔个|赔一个|道)(?:个|一个|声|一声)?(?:不是|歉|罪)|(?:说|讲)(?:一)?(?:声|句|个)(?:对不起|抱歉|不好意思)|认(?:个)?错|登门(?:道歉|谢罪)|写(?:个|份)?(?:检讨|道歉信)|公开道歉",
    "explanation": r"(?:给|跟)我(?:好好)?[说讲](?:说|讲|一说|一讲)(?!话)|(?:给|要|讨|得有|拿)(?:我|我们|大家|老人)?(?:个|一个|一份|出)?(?:合理的?|明确的?|书面的?|像样的?|满意的?)?(?:说法|解释|交代|交待|理由|答案)|(?:说|讲|解释)(?:个)?(?:清楚|明白|清|个明白|道道)(?!了)|来龙去脉|到底怎么回事$|(?:给我|必须|得|要|请|麻烦)(?:好好)?(?:解释|说明)",
    "reply": r"(?:给|跟)我(?:们)?(?:回|打|来|去)(?:个|一个)?(?:话|电|信|消息|音|电话)|回(?:个|我个|我一个|我)(?:话|电话|信|信息|消息)|(?:联系|答复|回复|通知|告知|回访)(?:我|一下我)(?!的|们的)|(?:让|叫|给我)[^，。]{0,8}接(?:我|一下)?(?:的)?电话|(?:给我|要|有|等)(?:个|一个)?(?:准信|准话|回复|答复|回音|结果|信儿|确切)|什么时候(?:能)?(?:给我|有)(?:个)?(?:答复|回复|结果|说法)",
    "handling": r"(?:麻烦|赶紧|你们|得|该)[^，。]{0,6}(?:管一管|管管|管一下)|摆平|(?:查|调|看)(?:一下|一查|查)?(?:监控|录像|录音|记录|后台|日志)|(?:给我|帮我|必须|赶紧|尽快|马上|麻烦|得|请|能不能|希望|想想办法)(?:们)?(?:把[^，。]{1,10})?(?:解决|处理|安排|弄|搞|查|想个?办法|核实|催|协调|改|调|更正)(?!的|一下什么|得了)|(?:想|拿)(?:个|出)(?:办法|方案|章程)|(?:换|叫|找|让)(?:个|你们)?(?:能做主|管事|说了算|领导|经理|主管|负责)(?:的人|的|人)?(?:来|出来|接|跟我)|(?:给我|帮我)(?:弄|整|搞|安排|开|调)(?:一|个|台|间|辆|张|份)",
    "free": r"(?:不能|别|不要|不许|甭|休想|凭什么|不该|不应该|不应)(?:再)?(?:收|扣|算)(?:我的?|我们|钱|费|这)|(?:费|钱|违约金|月租|租|手续费|停车费|滞纳金|房费|运费|年费|利息|工时费)[^，。]{0,8}(?:免|减)(?:了|掉|除|免|一|吧)|(?:给我|帮我|能不能|必须|得|应该|要)(?:全)?(?:免|减免|免费)(?:了|掉|除|单|费|这|一|修|换|做|洗|给|升|延|送|重)|(?:我)?(?:一分钱?|这钱|这个钱|这笔钱)(?:我)?(?:都|也|是)?(?:不会|不|绝不)(?:付|交|给|出|掏)|免单|打(?:个)?[一二三四五六七八九对]?折(?:吧|给我)|便宜点|(?:能|可以)(?:便宜|优惠)(?:点|些)",
    "delivery": r"(?:必须|得|要|赶紧|最[晚迟])[^，。]{0,8}(?:交到|送到|拿到|发到|寄到)我|(?:给我|必须|赶紧|赶快|快点|尽快|马上|立刻|立马|今天|明天|后天|周[一二三四五六日天末]|[号日点]?前(?!天)|之内|以内|得|要)[^，。]{0,8}(?:发货|发出|发出来|发过来|送过来|送来|送到|寄过来|寄出|寄到|装上|装好|交车|提车|把车给|补发|补给我|补上|开出来|到货|看到(?:单号|货|车|东西)|拿到(?:货|车|手|东西))|(?:寄|发|送)(?:快|早)(?:点|一点|些)|(?:快点|赶紧|赶快|尽快|抓紧)(?:发|送|寄|装)|把[^，。]{1,8}(?:给我|补|送|寄|发)(?:送|寄|发|补|装|上|来|齐)|不把[^，。]{1,8}给我",
    "cancellation": r"(?:给我|帮我|请|麻烦|我要|我想|想|要|必须|赶紧|马上|能不能|可以|直接|把[^，。]{1,12}|那就|就|给)(?:把[^，。]{1,12})?(?:给我)?(?:取消|停(?:掉|了|止)|关(?:掉|了|闭)|退订|撤(?:掉|了|下|销)|注销|销(?:掉|户|号|卡)|解(?:约|除|绑)|删(?:掉|了|除))(?!过|之后|以后|的时候|了吗)|(?:别|不要|不许|甭)(?:再|老|总|天天|一直)*(?:给我|往[^，。]{1,6}|跟我)(?:发|打|推|寄|推送|推销|响)|别(?:再|老)*(?:打电话|发短信|骚扰|推销|打扰)|(?:提醒|电话|短信|广告|推销)[^，。]{0,8}(?:别|不要)(?:再|老|往|给)?[^，。]{0,8}(?:打|发|来|推)|(?:关|停|退|取消|撤)是(?:肯定|一定|必须)?要|不(?:要|想)(?:这个|那个)?(?:了|订了|办了)$|(?:撤|停|取消|退订?)了吧",
    "accountability": r"(?:打算|准备|要)?怎么(?:处置|处罚|处分|处理(?=他|她|那|这个人))|(?:那个|这个|那种|这种)?(?:经理|员工|主管|客服|师傅|销售|服务员|保安)[^，。]{0,3}(?:给我)?(?:撤了|撤职|辞了|开了|停职|下岗)|该(?:罚|开除|处分|处罚|撤)|(?:处分|处罚|开除|辞退|追究|追责|严惩|问责|法办)(?!了|过|的事|员工不)|(?:那个|这个|这种|[你他]们|当事|该|签字的?)(?:人|员工|服务员|客服|师傅|销售|经理)?[^，。]{0,8}(?:得有个处理|要有个处理|要受处|必须处理|得负责|要负责|必须负责|滚蛋|下岗|停职|走人)|扣(?:他|她|他们)(?:的)?(?:工资|奖金|钱|绩效)|(?:谁|哪个人?)(?:来)?(?:负责|担责|承担责任)|处理(?:那|这|一下那|一下这)个(?:人|员工|服务员|客服|师傅|销售)",
}
_WORDS = {
    "refund": r"退(?!步|休|房|烧|役|换|出|回到|群|订|货政策|到|货单|款流|款要)|返(?:还|给|我)|还(?:我|给我)|吐出|补[^，。]{0,4}差价|差价[^，。]{0,10}补",
    "exchange": r"换(?!个?(?:话题|人|说法|客服|句话|衣|季|算|乘|成|言|位)|了|家|一家|别家|别的(?:店|家)|牌|平台|协议|移动|联通|电信)|更换|重新(?:发|寄|做|上)",
    "repair": r"修(?!得|改|养|行|过|了|好了|车的|理厂|的时候|的)|返工|[弄搞整](?:好|通|利索)|恢复|重做",
    "compensation": r"(?<!索)赔(?!礼|不是|个不是|钱了|了)|补偿|违约金|误工费|报销",
    "apology": r"对不起|道歉|赔礼|赔不是|认错",
    "explanation": r"解释|交代|交待|[讲说]讲|说说|[说讲]清楚|理由|哪来的",
    "reply": r"回(?:个|我)?(?:电话|话|信|消息|复)|打(?:给我|过来|电话给我|个电话|电话告诉我)|联系我|通知我|告诉我(?:结果|一声|$)|准话|准信|答复",
    "handling": r"解决|处理|查(?:一下|查|清)|[想拿]个?办法|管管|个辙",
    "free": r"免(?:了|掉|单|除|减|一|费(?=给|帮|修|换|做|重|升))",
    "delivery": r"发(?:货|吧|给我|出|过来)|送(?:到|来|过)|寄(?:给我|过来|到我|出)|交车|提车|开出来|装上",
    "cancellation": r"取消|解除|停了|关了|退订|注销|销(?:号|户|卡|掉)",
    "accountability": r"严肃处理|开除|处分|追究|辞退|追责|处罚",
}
_HEADED = re.compile(r"[^，。]{12,}|的时候|那(?:天|会儿|回|次)")
_WORD_PATTERNS = {node: compile_long(words) for node, words in _WORDS.items()}
_ASKING = re.compile(
    r"给我|我要|我就要|必须|务必|得(?!了|到|很|不|上|罪|起|出|意|知|多|好|挺|太)|要求|希望|能不能|能否|可不可以|[让叫](?![我他她])|请(?![问教])|麻烦|赶紧|赶快|马上|立刻|立马|尽快|快点|把|吧$|应该|打算怎么|怎么(?:赔|补|处理|解决|说也)|什么时候(?:能)?(?:退|赔|修|换|发|送|给)我|不[^，。]{1,6}(?:不走|没完)|要么|至少|起码|到底管不管|(?<![不需只])要(?=换|退|修|赔|你们|个|一个)|付我|赔我|(?:结果|消息|信儿?)了|到时候"
)
_NOT_ASKING = re.compile(
    r"(?<!讲)(?<!说)(?:说(?!也|说|法|清|明)|讲(?!讲|清|明))|答应|承诺|上次|上回|昨天|前天|已经|之前|当时|早就|谢谢|感谢|让我|叫我|要我|后来|结果|还没|一直|每次|过(?:一|两|三|几)?次|怎么(?!赔|补|处理|解决|说也|办)|多少|为什么要|如果|怕|客服给|师傅给|人家|他们?给|她们?给|你们给|[他她]|不会|不能|不肯|不给(?!我个|我一个|个)|没给|不让|帮我.{0,4}了$|的$|了(?:半天|好几|很久|两|三|几)"
)
_PATTERNS = {node: compile_long(f"{words}|{MORE[node]}") for node, words in _SPOKEN.items()}
_CORES = {
    "refund": "到见补扣退吐还少返差打冲倍要",
    "exchange": "换挪调重升",
    "repair": "修重弄搞派复师人返整检疏通装恢",
    "compensation": "赔损补折费金钱账帐认承付送券",
    "apology": "对住歉赔错罪检起礼",
    "explanation": "明清底说讲解交理答龙怎哪报据单账",
    "reply": "问句还内前回话电复信知果联接诉打准数日时点期号码吱招喊叫邮",
    "handling": "点些加改叫派给票玩来糊推查监解处理排办催弄搞协管辙摆改更核换人经领店负方记登备跟落安转升拉清打收擦盯挪移搬整看咋",
    "free": "收免折便扣算付交给减让抹优",
    "delivery": "原纸正实样盖现我邮递兑领发送寄装交提补到开货上把拿菜付通",
    "cancellation": "留送寄发订装排办约做备续消停关退撤销解删别要终作去屏不",
    "accountability": "办换停处罚除辞究责惩扣滚岗法撤开职该管教训敲任整批通",
}
"""Of these characters one stands in every way of asking for the kind."""
_NODES_OF: dict[str, tuple[str, ...]] = {
    char: tuple(node for node, chars in _CORES.items() if char in chars) for char in "".join(_CORES.values())
}
_RENOUNCED = re.compile(
    r"(?:不需要|不要求|没要求|不图|不求|不会|不赖|没打算|没想|不想|不指望|不奢望|懒得|也别|又不|不是(?:要|来|想|为了)|不用|用不着)[^，。]{0,8}$"
)
_RENOUNCEABLE = ("compensation", "apology", "refund", "exchange", "free", "accountability")
_FOR_OTHERS = re.compile(r"给我(?:们)?(?:单位|公司|学校|老[板师]|领导|家里?人?)")
_TOLD_TO = re.compile(
    r"(?:[他她]们?|你们|客服|师傅|前台|经理|销售|店员|人家|商家|那边|驿站|快递)(?:就|又|还|非|硬)?(?:让|叫|喊|要|逼|劝|催)我[^，。]{0,6}$"
)
_PARKED = re.compile(r"[一二两三四五六七八九十几\d好]")
_MY_WORD = re.compile(r"我(?:先|也|就|再|跟你们?|得|要|可|把话|现在)*$")
_PAPER = re.compile(r"发票|收据|证明|单据")
_FAVOUR = re.compile(r"^(?:把[^，。]{1,8}|[^，。的]{1,3})(?:了|过|倒|送上|端)")
_MYSELF = re.compile(
    r"我(?!要|想|希望|请|让|说|的|妈|爸|家|们?要)[^，。给帮要得]{0,8}$|(?:前天|昨天|上周|上次)[^，。]{0,6}$"
)
_MAY = re.compile(r"能|可以|可不可以|行|给我|帮|麻烦")
_WHO_PAYS = re.compile(
    r"(?:怎么|咋|如何)(?:给我)?(?:个)?(?:算|赔|补|弥补)|谁(?:来)?(?:出|赔|认|补|承担|负责)"
)
_POINTLESS = re.compile(
    r"^[^，。]{0,8}(?:没(?:用|意思|必要|意义)|不顶|管什么用|有(?:什么|啥|个)用|就(?:完|行|算)了(?:吗|么)|免了|不(?:必|用|需要)(?:了)?$)"
)
_LOOKING_BACK = re.compile(
    r"(?:那(?:天|会儿|时|回|次|阵)|的时候|当(?:时|天)|后来|本来|原来|结果(?!得|要|必须|请|麻烦)|人家|低于|上回|说好|[装修换送来买订去]那|我说|跟他说|我讲)[^，。]{0,14}$"
)
_NOT_ASKED = re.compile(
    r"(?:不用|不要你们?|没见你们?|不稀罕你们?|懒得|不是要|不是非要|没要|没有要|不图|不需要|无所谓|用不着|不稀罕|谁要你?的?|不求|不指望|别提|甭提|犯不着|没想|不想要|又不)[^，。]{0,4}$"
)
_REPORTED = re.compile(
    r"(?:[他她]们?|客服|销售|店员|师傅|前台|经理|人家|商家|店里|那边|小姑娘|昨天|前天|上次|上回|上周|上个月|当时|之前|以前|后来|已经|早就|刚|一直|每次|说好|说|答应|承诺)(?:就|都|也|又|还|才|不|没|没有|不肯|不给|死活不|说|会|跟我|给我|帮我|同意|答应|让我|叫我){0,4}$"
)
_OWN_SAYING = re.compile(r"^我(?:就|都|也|当时|昨天)?(?:说|讲)(?:了)?")
_PRESSES = re.compile(
    r"(?:打算|准备|你们|说)怎么(?:赔|补|处理|解决|也)|什么时候(?:能|才能|给我)?(?:退|赔|修|换|发|送|给|还)(?:给)?我|怎么说也"
)
_TELLS = re.compile(
    r"(?:[他她]们?|你们|客服|师傅|前台|经理|销售|店员|人家|商家|那边)[^，。]{0,4}(?:说|讲|答应|承诺|告诉|表示)|谢谢|感谢|不会[^，。]{0,8}$|[没无](?:一个)?人$|(?:你们|怎么|还|又|就)(?:不|没|没有)(?:给|把|人)?$"
)
_ORDER = re.compile(
    r"[让叫请](?![我问])|麻烦|必须|得$|得给|应该|希望|能不能|赶紧|马上|立刻|立即|要么|(?<![不需只])要(?!求我|我)"
)
_DONE_BEHIND = re.compile(
    r"^(?:了(?!吧|算|行|啊|，|。|再|我)(?!$)|过|完了|好了|的(?!话)|到账|成功|给别|流程|政策|条件|多久)|^[^，。]{0,3}(?:需要什么|怎么弄|怎么办理|要多久|多久|怎么办|流程)"
)
_PAST = re.compile(r"(?:了|过)$|没[^，。]{0,4}(?:退|换|修|赔|回|给|发|送)|不(?:给|肯|愿|让|退|换|修|赔)")
_INQUIRY = re.compile(
    r"(?:怎么(?!也|说也|着也|处置|处罚|处分)|如何|多久|(?<![这那好前])几天(?!的)|什么时候|需要什么|要什么|哪里|在哪|多少|几点|最晚|最早|流程|了解一下)"
)
_IF = re.compile(r"^(?:如果|要是|万一|假如|以后)")


def find_demands(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Iterable[Mark]:
    """Marks of kind ``demand``; a kind that the marks before already have in that turn is not given again."""
    listed: set[int] = set()
    have = {(mark.turn, mark.value) for mark in marks if mark.kind == DEMAND}
    words = load_demand_words().pattern
    for number, clause in enumerate(told.clauses):
        if clause.speaker != "customer":
            continue
        if (clause.text[0] in LISTS or "求" in clause.text) and LIST.search(clause.text):
            listed.add(clause.turn)
        for node, start, end in _asked(clause, number, words, told, clause.turn in listed):
            if (clause.turn, node) not in have:
                have.add((clause.turn, node))
                place = clause.start + start, clause.start + end
                yield Mark(DEMAND, node, *place, turn=clause.turn, polarity=clause.polarity)


def _is_answering(told: Told, turn: int) -> bool:
    """Whether the turn answers staff who ask what is wanted: there the bare word asks."""
    before = told.turns[turn - 1] if turn else None
    return bool(before and before.speaker == "agent" and ASKS.search(told.text[before.start : before.end]))


def _asked(
    clause: ToldClause, number: int, words: re.Pattern[str], told: Told, listed: bool
) -> Iterator[tuple[str, int, int]]:
    text = clause.text
    hits: dict[str, re.Match[str]] = {}
    for kind in sorted(set().union(*map(_NODES_OF.__getitem__, _NODES_OF.keys() & set(text)))):
        found = next((m for m in _PATTERNS[kind].finditer(text) if _is_asked(text, kind, m)), None)
        found = found or _asked_by_word(text, kind, lambda: listed or _is_answering(told, clause.turn))
        if found is not None:
            hits[kind] = found
    if "handling" in hits and _is_covered("handling", hits):
        del hits["handling"]
    if "accountability" in hits:
        hits.pop("cancellation", None)
    for kind, found in hits.items():
        yield kind, found.start(), found.end()
    if not words.search(text):
        return
    for said in demands_in(ClauseText(clause.start, clause.end, text, clause.turn), number):
        node: str | None = _NODES.get(said.sub_kind)
        if said.sub_kind == "faster" and _DELIVER.search(text):
            node = "delivery"
        if node == "handling" and hits:
            continue
        if node == "cancellation" and "accountability" in hits:
            continue
        if node in _RENOUNCEABLE and _RENOUNCED.search(text[: said.end - clause.start]):
            continue
        told_of = _TELLS.search(text[: said.start - clause.start])
        if node and not told_of and not _INQUIRY.search(text) and _end_mark(told, clause) not in "？?":
            yield node, said.start - clause.start, said.end - clause.start


def _is_covered(kind: str, hits: Mapping[str, re.Match[str]]) -> bool:
    """Whether what asks for ``kind`` is part of asking for something more definite."""
    own = hits[kind]
    return "accountability" in hits or any(
        other.start() < own.end() + 2 and own.start() < other.end()
        for name, other in hits.items()
        if name != kind
    )


def _end_mark(told: Told, clause: ToldClause) -> str:
    return told.text[clause.end : clause.end + 1] or "。"


def _asked_by_word(text: str, kind: str, is_listed: Callable[[], bool]) -> re.Match[str] | None:
    """A bare word of the kind in a clause that asks for something and tells of nothing."""
    found = _WORD_PATTERNS[kind].search(text)
    if found is None or _NOT_ASKING.search(text):
        return None
    if not _ASKING.search(text) and (_HEADED.search(text) or not is_listed()):
        return None
    before = text[: found.start()]
    if kind in _RENOUNCEABLE and _RENOUNCED.search(before):
        return None
    if found[0].endswith("还给我") and _FAVOUR.match(text[found.end() :]):
        return None
    if _NOT_ASKED.search(before) or before.endswith(("不", "没", "别", "未", "不用", "不要", "没有")):
        return None
    return None if _DONE_BEHIND.match(text[found.end() :]) or _only_inquires(text) else found


def _only_inquires(text: str) -> bool:
    """怎么退 inquires; 打算怎么赔我 and 什么时候退我 press."""
    return bool(_INQUIRY.search(text)) and not _PRESSES.search(text)


def _is_asked(text: str, node: str, found: re.Match[str]) -> bool:
    before, behind = text[: found.start()], text[found.end() :]
    before = _OWN_SAYING.sub("", before)
    if (
        _POINTLESS.match(behind)
        or _NOT_ASKED.search(before)
        or before[-1:] in ("不", "没", "别", "未")
        or _DONE_BEHIND.match(behind)
    ):
        return False
    if _TOLD_TO.search(before) or (found[0].endswith("停了") and _PARKED.match(behind)):
        return False
    if _LOOKING_BACK.search(before) or before.count("“") > before.count("”"):
        return False
    if node in _RENOUNCEABLE and _RENOUNCED.search(before):
        return False
    if found[0].endswith("还给我") and _FAVOUR.match(behind):
        return False
    if (node == "explanation" and _MY_WORD.search(before)) or (node == "free" and "谁" in found[0]):
        return False
    if node == "delivery" and _PAPER.search(found[0]):
        return False
    if found[0][0] == "得" and before[-1:] in ("懒", "不", "觉", "记", "晓", "弄", "搞"):
        return False
    if node in ("reply", "explanation") and _FOR_OTHERS.search(before[-8:] + found[0]):
        return False
    if node == "repair" and re.match(r"[^，。]{0,2}(?:拿|取|收|搬|接|量|揽)", behind):
        return False
    if node == "delivery" and "给我" not in found[0] and _MYSELF.search(before):
        return False
    if text.endswith(("吗", "么")) and node in ("refund", "exchange", "repair") and not _MAY.search(text):
        return False
    told = _REPORTED.search(before) or _TELLS.search(before)
    if told and not _ORDER.search(before) and found[0][0] not in "别甭":
        return False
    behind = "" if node in ("explanation", "handling") else behind
    if _INQUIRY.search(before[-6:]) or _INQUIRY.search(behind[:6]) or _INQUIRY.search(found[0]):
        if node == "compensation" and _WHO_PAYS.search(found[0]):
            return True
        return node in ("reply", "delivery") and "给我" in found[0]
    return node in ("free", "cancellation", "delivery") or not _PAST.search(found[0][-6:])
