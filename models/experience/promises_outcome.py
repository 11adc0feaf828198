"""What came of an undertaking: told as broken (到现在还没, 鬼影子都没, 拖到), as kept (还真, 说到做到, 第二天就到了), or not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from models.experience.promises_times import compared
from models.experience.signals_starts import compile_long

Verdict = Literal["broken", "kept", ""]

_NUM = r"[\d零〇一二两俩三四五六七八九十百千几半]"
_CUT = re.compile(
    r"[，。！？；,!?;…\n~]+|(?<=[一-鿿])[. ]+(?=[一-鿿])|(?<=.{4})(?=结果|可是|但是|谁知|没想到|到现在|直到|等到|第二天|现在(?=都|还|已))"
)
_CERTAINLY_KEPT = compile_long(
    r"还没[^，]{1,8}(?:就|都|人家|已经)[^，没不]{1,8}了|倒是?真[^没不，]|[说讲约定][^，]{0,3}?([^，]{2,6})就\1|一分不[差少]|[\d零〇一二两俩三四五六七八九十百几半]+(?:多|来)?个?(?:分钟|小时|钟头|天|刻钟)(?:不到)?就(?!没|不|坏|断|报废|关机|漏|收|停|死|掉|扣|过期|失效|开始|要|裂|黑|又|用|磨|出)|[没不](?:有)?多(?:收|要|拿|扣)|没(?:另外)?(?:加|收)(?:钱|费|价)|还真|果然|果真|不到[^，]{1,8}(?:就|已经)(?!没|不)|没到[^，]{1,8}就(?!没|不)|没等(?:多久|一会儿?|几分钟)就|真(?:没|不)(?:收|要|让|用)|早早(?:就|地)|(?:[点分半刻]|[一二三四五六七八九十\d]号|点[一二三四五\d]十?[一二三四五六七八九\d]?)(?:不到|没到)?(?:就|人就|车就)(?!没|不|坏|断|停|关|又|开始|要|死|掉|裂|漏|黑|去|跑|在|起|等|排|被|扣|过|撤|下班|走|说|让|把我|算|得|这)|不仅|不但|(?:昨天|前天|今天|刚刚?|当天|隔天)(?:就)?(?:收到|寄到|送到|到账|拿到)|说到做到|说话算[数话]|算数|说啥是啥|说几点就几点|一言为定|兑现了|没(?:骗|食言|糊弄|忽悠|放我?鸽子|让我失望)|不(?:食言|含糊)|没(?:有)?(?:超|耽误|拖)|真没(?:想到)?(?:这么快|拖)|如约|如期|守信|守时|讲信用|有信用|靠谱|比(?:约|说|定|预|讲|承诺|想).{0,8}[早快好]|一分[钱]?[不没](?:少|差)(?:地|的)?(?:退|到|打|返)|真(?:就|给|来|到|送|退|准|行|快)|^真的$|真的(?:就|给|来|到|送|退|准时|做到)|没得说|超出预期|喜出望外|服气|意外惊喜"
)
_KEPT = compile_long(
    r"准时(?!.{0,6}[没不])|按时(?!.{0,6}[没不])|提前|当[天日晚场](?:就|钱就|便|下午就|晚上就)|第二天(?:一早|一大早|早上|上午|中午|下午)?[^，]{0,5}就(?!没)|不到[^，]{1,8}(?:就|已经|，|$)|没到[^，]{1,6}就|(?:^|[^没不还])[就都便已](?:经|给我|都|真|全)?(?:来|到|退|修|送|换|打|装|弄|办|发|通|好|回|寄|亮|收|解决|恢复|处理|安排)(?:好|完|到|过来|回来|上|着|电话|车)*了(?!个)"
    r"|^(?:刚|已经|都|也|是|货|钱|人|车|师傅|东西|快递)?(?:到了(?=$|[啦的吧呀谢])|收到了|来了(?=$|[啦的吧呀谢])|退了|到账了|装好了|修好了|弄好了|送到了|送来了|(?:贴|换|装)了(?![整一好半几两三\d])|拿到了|开通了|通了|好了|办好了|解决了|处理了|看到了)|[是也](?:贴|装|送|换|退|修|给|来|到|做|洗)了|刚到|收到了|到账了|确实(?:到|来|给|退|准|送|做到|修好|装)|(?:我|手机上)看到了|做到了"
)
_BROKEN = compile_long(
    rf"(?:扣|收|要|付|掏|报价|开价|报了个?价|交)(?:了|我|走|到|成|的是)*{_NUM}{{2,8}}|起(?:就|又|开始)?(?:收|扣|要|涨|停)|(?<![不没])(?:收|扣|交|要)(?:了|起|的)?(?:月租|费|钱|押金|服务费|手续费|运费|餐费|停车费)|(?:天|午|[早晚]上|[点号日])(?:又|变|改|推)(?:到|成|至)?(?:中午|下午|晚上|今天|明天|后天|下周|[一二三四五六七八九十\d])|第几|[几多](?:少)?(?:天|久|号)了|算了?我[一二三四五六七八九十百两千\d]|转圈|断网|掉线|卡顿|闹腾|吵|施工|冷风|照收|开走了|休假|登门|自己打的|干脆没|了个寂寞|到哪(?:个|儿|去|里)|爪哇|真够|就跑|张嘴|拒了|连不上|切割|下班了|断了|转手|多出来?|露面|就(?:一|两|三|这|那)(?=[张个件条包盒份台双瓶片间只句点儿些]*[^一点会下到])(?!会儿|点儿?就|下子|次就|天就)|满了|起泡|生锈|锈了|掉色|褪色|掉漆|变形|开裂|脱胶|划痕|磕|瘪|渗|糊了|除外|不参加|不适用|不包括|不在内|让我(?:补|交|等|回|去|走|加|出|再|自己|把|找|重新|先|又)|给我(?:发|弄|整|来|安排)了?个|过夜|晌午|哪儿?[去呢]|在哪|又[说改让要叫推]|改口|变成|扔|晾|趴着|趴窝|原封|原样|老样子|没音|没声|一趟比一趟|一次比一次|重头|从头|泡汤|食言|说话不算|糊里糊涂|倒给|"
    r"没(?!问题|准|多会|几天就|几分钟就|关系|事|说的|得说|得挑|话说|多久|过多久|用多久|多大|想到|想着|办法|辙|错|准|敢|顾上|见过)|未(?!来|必)|无人|无果|鬼影|人影|影子|影儿|屁|毛都|个毛|一[分毛](?:钱)?(?:都|也)?(?:没|不|未)|一个子儿|石沉|泡汤|落空|打水漂|鸽子|爽约|白等|空等|干等|白跑|扑空|黄了|空空|空欢喜|(?<!不)耽误|抓瞎"
    rf"|第(?!二天){_NUM}{{1,6}}(?:天|周|个月|次|回|趟)|第二天了|今天都|今天已经|这都|(?:都|已经|快|整整|足足|又是?|过去|过了|等了|拖了|等|拖)(?:{_NUM}{{1,6}}|好几|好多)个?(?:多|来)?(?:半)?(?:天|月|周|星期|礼拜|小时|钟头|分钟|年|号)"
    r"|拖到|等到|拖了|拖着|一拖再拖|一推再推|一等再等|才(?=.{0,6}(?:来|到|给|发|收|退|修|送|有|拿|轮|上|打|办|处理|解决|回|装|消停|弄|喊|叫|进|开|通|出|写))|迟迟|一直(?:在|到|不|是|等|说|拖)|天天|还(?:是|在|要|得|没|显示|停|不|收|多)|仍|依旧|依然|照样|照旧|照(?:扣|收|打|发)"
    r"|却|居然|竟然?|反而|反倒|压根|根本|哪有|哪里有|实际上?|变卦|变了|不认|赖|反悔|改口|翻脸|推脱|推诿|推三阻四|敷衍|糊弄|忽悠|骗|坑|蒙我|皮球|装傻|耍|失联|拉黑|玩消失|不承认|不作数|不算数|不兑现|不给|不退|不来|不管|不行|不能|不让|不算|不了|不接|不回|不见|不理|不肯|不发|不修|不换|不赔|不送|[收等见看拿找打连登]不到|不对|不符|不一样|不是(?!我|说)|不够|不达标|不动|两码事|两回事|两个样|两样"
    r"|不(?!到[\d一二两三四五六七八九十半]|错|用|过是|少|赖|愧|仅|但|光|管怎|论|好意思|知不觉|急|客气|然|瞒|图|一会儿|得不|断|如|敢相信|容易|多久|久就)|又(?!快|好|便宜|送|给我|帮|细|干净|专业|热情|稳|准)|(?<![一大])早(?:就|给|卖|被|没|撤|过)|(?<![一二三四五六七八九十\d])[等站坐守排耗熬断停卡拖]了[^，]{0,4}[仨俩\d零〇一二两俩三四五六七八九十百千几半]|[\d零〇一二两俩三四五六七八九十百千几半]+个?(?:多|来)?(?:半)?(?:天|周|星期|礼拜|月|小时|钟头|年)(?:多|半)?了|打不住|空号|停机|不认|(?:都|早就?|又|才|已经?)[^，。]{0,3}过(?:去|完)?了|(?:天|周|月|星期|礼拜|年|小时|钟头)(?:都|也)?过(?:去|完)了|过(?:去|完)了[^，。]{0,3}(?:也|还|都)|从[^，。]{1,6}(?:盼|等|拖|熬)到|没影|关机|报废|死机|散架|罢工|熄火|裂|比(?:以前|之前|原来|原先|没修|修之前)(?:还|更)(?!好|快|强)|鸡飞|一堵墙|装修|误了|错过|自动挂断|作废|还在(?!路上)|关个|来个|退个|修个(?:鬼|屁|毛|啥)|缺货|送完了|发完了|领完了|售罄|取消了|停了|另收|另外收|加钱|加价|(?:要|得)(?:我|咱)?(?:再|多|另)?(?:收|交|加|另|钱|补(?!偿)|付|掏)|[多又还就][收扣要][我了取]?|收(?:我|了我)|扣(?:了|我|到|走)|涨|张口要|开口要|少了|缺|降(?:了|成|到)|缩水|换成|变成|成了|只有|只剩|只给|就给|就剩|顶多|最多才|撑死|才[\d一二三四五六七八九十百]|稳稳的|又[坏断漏响出犯黑卡掉]|漏|坏|撵|赶我|催我|叫早|维修中|延误|延期|推迟|改期|晚了|迟到|超时|过期|失效|作废|说缺|说没|说不|说要|说系统|说他|硬说|非说"
    r"|旧|二手|翻新|翻脸|发黄|假|烂|破|挂羊头|名不副实|货不对板|差(?:远|得远|老远|十万|太多|得多)|差得|差了|[^，]{1,4}了[吗么嘛]$|[^，]{1,6}呢$|在哪|哪儿去|人呢|塑料|一股|聚酯|关到|直接塞|扔|(?:到|等到?|坐到|守到)(?:半夜|天黑|天亮|凌晨|后半夜|晚上|夜里)|拉闸|锁门|关门|消停|两个说法|说一套|一套一套|纹丝|动静|下文|音信"
)
_FOLLOWS_ON = re.compile(
    r"^(?:结果|可是|但是|但|可|然后|后来|最后|谁知道?|没想到|哪知道?|不料|呢|呃|嗯|啊|哎|唉|我|(?![没不未])[一-鿿](?![没不未])[一-鿿]?)$"
)
_OWN_CHOICE = re.compile(
    r"^(?:那|所以)?(?:我|俺|咱|咱们|我们)(?:就|也|都|可|当时|又|还|是|自己|本来|现在|先|干脆|索性)*(?:没|不)(?:指望|抱|用|坐|洗|当|再|追|舍得|敢|想|要|愿|急|打算|同意|答应|签|买|做|修|换|去|理|管|在乎|计较|介意|怪|为难|图|懂|会|是|知|记|清楚|明白|跟|吵)|^不(?:急|着急|要紧|碍事|用了|用谢|客气)"
)
_ASKS_HOW = re.compile(
    r"几点(?!了)|多少钱|怎么(?:弄|走|办|用|领|换|申请|操作)|在哪(?:儿|里)?(?:领|取|办|看|查)|能不能|可以吗|什么时候(?:能|可以|关|开|到)"
)
_SURE_QUESTION = re.compile(r"(?:吧|对吧|是吧|对不对|是不是|没变)$")
_NEW_MATTER = re.compile(
    r"^(?:还有|另外|再说|再一个|第[二三四五](?![天次回年个日周晚])|其次|对了|顺便|除了|还有就是|再有|二是|三是)"
)
_DOUBT = re.compile(
    r"^(?:当时|本来|一开始)?我?(?:还)?(?:想着|心想|寻思|以为|琢磨|合计|心里想|不信|没当回事|没抱|估摸)"
)
_CONTRAST = re.compile(r"(?:可|但)?(?:是)?(?:结果|谁知|哪知|不料|没想到|谁想到)")
_CONTRAST_CHARS = 6
_MANY = 6


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict and where it is told, in the text of a turn."""

    verdict: Verdict
    start: int
    end: int


def pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Stretches of ``text[start:end]`` between marks and turning words, with the mark that ends each."""
    at = start
    for cut in _CUT.finditer(text, start, end):
        if cut.start() > at:
            yield at, cut.start(), cut[0][:1]
        at = max(at, cut.end())
    if at < end:
        yield at, end, ""


def judge(said: str, mark: str = "") -> Verdict:
    """Of one stretch alone."""
    if (mark and mark in "？?" and _SURE_QUESTION.search(said)) or _OWN_CHOICE.match(said):
        return ""
    if mark and mark in "？?" and _ASKS_HOW.search(said):
        return ""
    if _CERTAINLY_KEPT.search(said):
        return "kept"
    if _BROKEN.search(said):
        return "broken"
    if mark in "？?" and mark and re.search(r"了$|呢$", said):
        return "broken"
    return "kept" if _KEPT.search(said) else ""


_INQUIRY = re.compile(
    r"请问|想问|问一下|问问|是不是|对吗|是吗|能不能|什么时候|怎么(?:办|弄|领|用)|可以吗|行吗|好吗|我想|帮我|麻烦|谢谢|记着|信你|等着"
)


def followed_by(text: str, at: int, stop: int) -> Told | None:
    """What stands behind a certain promise without a verdict: told as what came, unless it only asks or agrees."""
    for start, end, mark in list(pieces(text, at, stop))[:3]:
        said = text[start:end].strip(" ”’」』“‘")
        if (mark and mark in "？?") or _INQUIRY.search(said) or _NEW_MATTER.match(said):
            return None
        if _OWN_CHOICE.match(said) or re.match("(?:那|所以|于是)?(?:我|俺)(?:就|也|只好|先)", said):
            return None
        if len(said) >= 3 and not _FOLLOWS_ON.match(said):
            return Told("broken", start, end)
    return None


_FOUND_OUT = compile_long(
    r"一(?:看|开|拆|查|测|量|问|算|摸|试|闻|推门|进门|进去|下雨|称|数|瞧|瞅|尝|上手|到(?=晚|早|店|那|现))|打开|拆开|推开|进门|到手|提车(?:那天|时|当天|的时候)|(?:结账|结算|买单|算账|取车|退房|走|交钱|付款|办理|入住|进房|到店)(?:的时候|那天|时)|上门一|测出来|回家|端上来|寄来|送来的|拿来|发来|到账|账单|到现场|昨天去|今天去|去看|(?:^|[^到])(?:现在|如今|眼下)(?!想|问|请|能|可以|就想|要|怎么|给|麻烦|你)"
)
_FINE = re.compile(
    r"不错|挺好|很好|满意|谢|喜欢|开心|高兴|好用|好吃|合适|舒服|一样|正好|刚好|确实|真[的是]|果然|没问题|好了|顺利|正常|搞定|利索|干净"
)


def found_out(text: str, at: int, stop: int) -> Told | None:
    """What was seen once it came to it: 一开门，俩小床. Nothing good may be told of it."""
    near = list(pieces(text, at, stop))[:4]
    for number, (start, end, _) in enumerate(near):
        said = text[start:end]
        found = _FOUND_OUT.search(said)
        if found is None:
            continue
        rest = near[number : number + 2]
        whole = text[start : rest[-1][1]]
        if _FINE.search(whole) or _INQUIRY.search(whole) or any(m and m in "？?" for _, _, m in rest):
            return None
        last = rest[0] if end - start - found.end() >= 3 else rest[-1]
        return Told("broken", last[0], last[1]) if len(whole) - found.end() >= 3 else None
    return None


_BY_NOW = re.compile(
    r"[，。！；, ]*(?:今天|今儿|现在|眼下|这都|都)[^，。]{0,8}(?:[号天月周点]|星期.)(?:了|$|[，。！？])"
)


def outcome_after(text: str, at: int, stop: int, *, n_pieces: int = _MANY, promised: str = "") -> Told | None:
    """The first stretch of ``text[at:stop]`` with a verdict, before another matter begins.

    A time in it is held against one in ``promised``.
    """
    for number, (start, end, mark) in enumerate(pieces(text, at, stop)):
        said = text[start:end].strip(" ”’」』“‘")
        if number >= n_pieces or (number and _NEW_MATTER.match(said)):
            return None
        timed = compared(promised, said) if promised else ""
        if timed in ("broken", "kept"):
            return Told("broken" if timed == "broken" else "kept", start, end)
        if _CERTAINLY_KEPT.search(said):
            return Told("broken" if _BY_NOW.match(text, end) else "kept", start, end)
        if len(said) < 2 or (_FOLLOWS_ON.match(said) and said != "真的"):
            continue
        if _DOUBT.match(said):
            continue
        verdict = judge(said, mark)
        if verdict or (len(said) >= _CONTRAST_CHARS and _CONTRAST.match(said)):
            return Told(verdict or "broken", start, end)
    return None
