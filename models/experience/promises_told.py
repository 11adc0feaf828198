"""Where a customer tells of an undertaking: who said or wrote it, and what was to come.

A cue is certain by itself (说好的, 拍着胸脯, 合同上写的) or only where what is said is an undertaking (客服说三天内退): a time
limit, a certainty or a service, and no refusal, question or order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from models.experience.promises_words import CUE
from models.experience.signals_starts import compile_long

_NUM = r"[\d零〇一二两俩三四五六七八九十百千几半]"
TIME_LIMIT = (
    rf"{_NUM}{{1,6}}(?:来|多)?(?:个)?(?:半)?(?:分钟|小时|钟头|天|工作日|周|星期|礼拜|月|日|秒|刻钟)(?:之|以)?(?:内|里头?|准?到|就|左右|发|送|退|修)?"
    rf"|{_NUM}{{1,6}}(?:点|号|月|时)(?:钟|半|{_NUM}{{1,6}}分?|一刻|整|{_NUM}{{1,6}}[号日])*(?:之|以)?[前]?"
    r"|(?:今|明|后|当|隔|次|第二)(?:天|日|儿|早|晚|晨)|今晚|明早|下(?:个)?(?:周|星期|礼拜|月)|(?:这|本)?周[一二三四五六日天末]|(?:星期|礼拜)[一二三四五六日天]"
    r"|月底|年底|明年|后年|年内|年前|月初|马上|立马|立刻|立即|这就|当场|随时|随后|稍后|回头|一会儿|待会|很快|过[一两三几]天|到期|当月|上午|下午|晚上|中午|早上|下班前|天黑前"
)
_TIME = compile_long(TIME_LIMIT)
_SERVICE = compile_long(
    r"盯(?:着|紧|到)|升级(?=到|成|百|千|房|套|为|$)|全新|原厂|原装|正品|不锈|不褪色|不掉色|不起球|不变形|防水|一样不少|一应俱全|齐全|专人|优先|实木|纯棉|真皮|现磨|现做|新鲜|当季|给(?=升|加|开|做|留|调|涨|打|报|找|想|拿|发|免|个|一个|两)|到位|响应|一定|肯定|绝对|保证|包(?![装括裹子含厢间车房着])|准(?!备|许|确)|免费|不收|不要钱|不用(?=排|等|押|交|付|加|另|再|担心|证|钱|预约|本人|跑|自己|出|买)|无需|不需要|不花钱|不加(?:价|钱)|必(?=到|达|给|定|有|须给)|白送|赠送?|送(?!到了|了)|退(?!房)|(?<!索)赔(?!标)|换(?!成别|件的)|补(?!丁)|减|免(?!税)|返"
    r"|会(?=给|帮|有|来|打|联系|安排|处理|通知|回|送|派|上门|尽|自动|按|在|负责|跟|把|修|发|退|补|解决|免|主动|专门|提前)"
    r"|给(?=我|您|你|配|装|换|退|送|修|办|洗|安排|补|开|做|打|调|免|报|解决|留)|帮我|替我|安排|派人|上门|到货|到账|发货|送货|寄|恢复|修好|装好|弄好|办好|搞定|开通|自动关|关闭(?=业务|功能|掉)|取消(?=掉|费|收|业务|扣|订|自)|撤|调(?=过去|换|整)"
    r"|不会(?=再|有|产生|收|涨|扣|影响)|不产生|没(?:有)?(?:任何)?(?:费用|隐形消费|手续费)|含(?=双|单|早|餐|接|税|运费|安装|三|两|一)|随时(?!可能|会坏|断)|你们(?:来)?(?:出|承担|负责|付|掏|报)|就[^，。]{1,3}了$|^(?:都|全都|会)?有(?!问题(?!随时)|人说|点|些|可能|规定|什么|没有|的|事|时候|一|毛病|故障|异常|损)|不限|不超(?:过)?|终身|全程|随便|永久|无限|能(?=撑|坚持|跑|顶|扛|住|看|保|管|到|修|发|退|装|用|送|收|好|出|给|办|解决|通|拿)"
    r"|可以(?=退|换|免|送|用|修|到|赔|随时|延|直接|享)|打?[一二三四五六七八九]折|半价|立减|满减|立返|打折|优惠|负责|报销|交车|提车|交房|兑|到家|来修|来装|来人|来拿|来取|洗车|扣(?:掉|除|减)|冲(?:回|抵)|抵(?:扣|掉|$|给|[一二三四五六七八九十\d])|跑腿|代步|陪|接送|接您|放行|就(?=能|会|好|不|可以|给|来|到|行|有|没)|如数|叫醒|留(?:着|给|到|房|座|位)|通用|有效|送货"
)
_OTHER_SUBJECT = re.compile(r"^[他她它](?:们)?(?:自己)?(?!说|不|没)")
_SOOTHES = re.compile(
    r"^(?:好|行|成|嗯|会的?|能|有|可以|没事|没问题|不急)$|加急|登记|记下|受理|报修|上报|放心|没问题|别急|别着急|好的|可以的|不用担心|没事|先[住用等开回放]|您?等着"
)
_HAPPENS = re.compile(
    r"联系|回访|来电|跟进|上牌|走菜|开席|出餐|起飞|发车|入住|落地|兑现|生效|配齐|调|补|赔|返|见|安|清|洗|打|派|顶|搬|拖|接|走|包|给|做|到|来(?!电)|好|交|弄|搞|修|退|发|完|出|回|给|送|装|办|有(?!问)|行|通|解决|处理|答|复|打|查完|消|换|开(?!始)|拿|取|关|上[来去门]|过[来去]|让|叫"
)
_STARTS_DATED = re.compile(
    rf"(?:最[迟晚多快]|大概|预计)?(?:{TIME_LIMIT})(?![^，。！？]{{0,12}}(?:照|我|发现|了|又|才|还|仍|没|去|打电话))"
)
_REFUSES = re.compile(
    r"不能|不行|不可以|无法|不来|不齐|不予|达不到|没办法|不给|不退|不换|不赔|不让|不管|办不了|做不了|修不了|[送卖发领]完|缺货|没货|自己|得先|要先|不知道|不清楚|半个?[月年天]了|^(?:还是|都是|却|就是|要(?:等|收|交|加|[\d一二三四五六七八九十两百千几半]))"
)
_LIMIT_WORDS = rf"{_NUM}{{1,6}}(?:来|多)?个?(?:半)?(?:分钟|小时|钟头|天|工作日|周|星期|礼拜|月|日|刻钟)(?:之|以)?(?:内|里)|{_NUM}{{1,4}}(?:点|号|日|月)(?:半|钟|整)?(?:之|以)?前|(?:周|星期|礼拜)[一二三四五六日天末](?:之|以)?前|(?:初[一二三四五六七八九十]|月底|年底|年前|节前|中午|下班|天黑|晚上)(?:之|以)?前|当[天日晚](?!收|到了|我)|隔天|次日|次晨"
_LIMIT = compile_long(_LIMIT_WORDS)
_LACKS = re.compile(
    r"下雨|下雪|下暴雨|刮风|台风|降温|升温|堵车|停电|没(?!问题|有?(?:任何|一点|半点|隐|手续|套路))[^，]{1,6}$"
)
_PRICE_FOR = re.compile(
    rf"{_NUM}{{1,8}}(?:块|元|万)?(?:钱)?(?:一个月|每个?月|一月|一年|每年|包月|包年|一晚|一间|全包|封顶|搞定|包干|包圆|到底|开回家|随便用)|(?:都|还)?(?:是)?这个价|不涨价?|一口价|一价全含|价格不变|保价|一辈子"
)
_PRICE_OR_WAIT = re.compile(r"(?:需要|得|要)(?:等|收|交|加|[\d一二三四五六七八九十两百千几半])")
_DONE = re.compile(r"(?<![会能])了$|(?:换|修|退|送|给|装|查|打|发|派)(?:过|了)(?!就|再|给)")
_SURE = re.compile(r"就|会|肯定|一定|保证|马上|不再|必到|必达|包|绝对")
_NO_UNDERTAKING = re.compile(
    r"^(?:我|自己|这(?:是|个是|属|样)|那是|属于|由于|正常|也[不没]|未|不建议|不推荐|没(?!有?(?:任何)?(?:费|隐|手续|押))|[他她它]们?(?!这就|马上|会|去|来|肯定|一定|帮|给|负责|立刻)|这个(?:我|是|要|不)|不(?:能|行|可以|知道|清楚|归|是|给|让|管|好|存在|支持|负责|在|退|换|赔|修)|没(?:有?(?:办法|货|人|这|看|权|查|记录|收|问题的?$)|法|辙)|无法|要?等|已(?:经)?(?!经|安排|派|在路上|给我)|刚|都|可能|大概|估计|应该是|也许"
    r"|因为|是(?:因为|由于|我|系统|你|正常|他|她|人为)|让我|叫我|要我|请我|要(?!给|送|来|帮|派|退|赔|补|免|换|把|为)|得(?!给)|需要|必须|要(?:收|交|加|付|钱|我|先|等)|怎么|为什么|什么|谁|哪|多少|几|查|核实|反映|反馈|了解|记录|去问|看一下|看看|尽量|争取|系统|缺货)"
)
_VAGUE = re.compile(r"尽快|尽量|争取|再说|看情况|研究|不确定|不一定|要看|没法保证|不保证|不敢保证")
_GATE = re.compile(
    r"[说讲答承保许拍信口言斩赌白号吹鼓打宣广合协条订写标印定约谈敲商告通回表预让叫不当原本起一之前先明来买办签推知显注喊挂排]"
)
_NO_SAY_BEFORE = re.compile(
    r"(?:我们?|咱们?|俺)(?:就|也|都|又|还|再|才|只|当时|已经|早就?|刚刚?|前天|昨天|今天|一直|总|可以|要|想|能|来|得|一样一样|老实|直|必须|先|反复|明确|特意|特地|专门|跟|和|给|对|向|同|他们?|她们?|你们?|您|客服|师傅|前台|那边|人家|店里|销售|去|在|电话里|打|电话|过去|问){0,5}$"
    r"|(?:医生|大夫|护士|朋友|老婆|老公|媳妇|我妈|我爸|我们家|邻居|同学|亲戚|律师|警察|交警|网上|网友|大家|别人|家人|孩子|儿子|女儿|闺女|爱人|医院|老师|老人|导航|天气预报|地图|身边人|鉴定|检测机构|物业|别家|新闻)(?:们|他|她|里|那边)?(?:都|也|就|还|跟我|总|老)*$"
    r"|(?:听|话|再|先|没有?|并?未|没跟我|别|不|难|怎么|按理?|实|老|小|胡|瞎|照|依|比如|简单|总的来|换句话|不用|不好|据|敢|好|要|随便|随你们?怎么|虽|也没|都没|不能这么|你|您|帮我|请|麻烦|传|解|来|演|跟你|跟您|跟你们|传|如|咋|谁|别跟我|少跟我|多|有得|数|管|可|还用|喊|唤|往|哪里?|去哪|跟谁|找谁|来|你就|您就|就你)$"
)
_NO_SAY_BEHIND = re.compile(
    r"不(?:[定准清好上出动过通下完明]|了(?!解))|明(?![天早晚日年儿])|[服实真起白句来到话法究个清道理透辞教价解笑得]|一[说下声句]|两句|几句|了(?:半天|好|几|多少|三|两|一)|出来|完|(?:什么|啥)(?:[，。？！,?!]|$|都|也)|[，。？！,?!]?(?:一下|吧|呢)|人话|回来|[好难]听|大话"
)
_QUESTION = re.compile(
    r"[吗么嘛][，。？?！!]?$|[？?]$|多久|什么时候|几天|怎么|能不能|会不会|是不是|行不行|多少钱"
)
_CONTENT_END = compile_long(
    r"[，。！？；,!?;…\n~（）()”’」』]|(?<=[一-鿿])[. ]+(?=[一-鿿]|$)|(?<![出有给等报个处理])结果|可是|但是|但(?=到|我|现在|是|一)|谁知|谁想|哪知|没想到|不料|后来|然后|最后|却|也(?=[^，。]{1,3}了)|(?:昨天|前天|今天|刚才?|刚刚)(?:就)?(?:收到|寄到|送到|到账|拿到)|我(?:还|就|也|都|心)?(?:想着|寻思|以为|想$|琢磨|当真|信了)|(?:这|那)?(?:我|俺)(?:这)?(?:等|排|站|守|打|去|一(?=[到去看问查打回开上进])|到)|居然|竟然|到现在|到今天|直到|等到|现在(?=都|还|呢|已|过)|(?:这|那)?我(?:这)?(?:都)?(?:等|坐|在家|从|一直)|今天(?:都|已)|这都|都(?=第|过|好几|[一二两三四五六七八九十几半\d]+个?(?:多)?[天月周小礼星])|至今|一直(?:没|到|不)|还没|没人|也没|就没|根本|压根"
)
MAX_CONTENT_CHARS = 45
_LEAD = re.compile(r"[的是了过我着：:“\"‘”’「『（( 　、]*(?:什么|啥)?")


@dataclass(frozen=True, slots=True)
class Undertaking:
    """What was to come stands at ``[start, end)`` of a turn's text; its cue at ``cue``. ``is_certain`` by its cue.

    A description (详情页写百分之百羊毛) is no promise, but something to expect.
    """

    cue: int
    start: int
    end: int
    is_certain: bool
    has_time: bool
    is_promise: bool = True
    is_loose: bool = False


@lru_cache(maxsize=64)
def find_undertakings(text: str) -> tuple[Undertaking, ...]:
    """In what one customer says at a stretch, from left to right, none over another."""
    return tuple(_undertakings(text))


def _undertakings(text: str) -> Iterator[Undertaking]:
    at = 0
    for match in CUE.finditer(text):
        if match.start() < at or (match["said"] and not _is_said(text, match)):
            continue
        if match["quote"] and not _is_quoted(text, match):
            continue
        found = _undertaking(text, match)
        if found is not None:
            yield found
            at = found.end


def _is_said(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 12) : match.start()]
    clause = re.split(r"[，。！？；,!?;：:\n]", before)[-1]
    return not _NO_SAY_BEFORE.search(clause) and not _NO_SAY_BEHIND.match(text, match.end())


def _is_quoted(text: str, match: re.Match[str]) -> bool:
    """What stands in quotation marks was said or written by the company."""
    before = re.split(r"[。！？!?\n]", text[max(0, match.start() - 24) : match.start()])[-1]
    return bool(_BY_COMPANY.search(before)) and not re.search(
        r"看[见到]|我(?:就|也|都|还|当时|跟\S{1,4})?[说讲问回写]", before
    )


def _undertaking(text: str, match: re.Match[str]) -> Undertaking | None:
    if match["offer"]:
        return Undertaking(match.start(), match.start(), match.end(), False, False)
    quoted = _from_quote(text, match)
    if quoted is not None or match["quote"]:
        return quoted
    is_certain = match["said"] is None
    is_written = match["written"] is not None
    start, end = _content(text, match.end())
    content = text[start:end]
    if match["strong"] and _POSTPOSED.search(match[0]) and not _SERVICE.search(content):
        before = _before(text, match.start())
        if before is not None:
            return Undertaking(before[0], before[0], match.end(), True, True)
    asked = _asked_before(text, match)
    if asked is not None:
        return asked
    if not _is_told(content):
        return None
    if match["said"] and _CLAIM.search(content):
        return Undertaking(match.start(), start, end, False, False, is_promise=False)
    loose = _loosely(match, start, end, content)
    for _ in range(2):
        if len(content) >= 2 and (is_certain or _undertakes(content)):
            if _asks(text, match, start, end):
                return None
            has_time, is_promise = bool(_TIME.search(content)), not _PRICE_OR_WAIT.match(content)
            binding = match[0].startswith(("合同", "协议", "契约", "按"))
            is_promise = is_promise and (not is_written or binding or _undertakes(content))
            return Undertaking(match.start(), start, end, is_certain, has_time, is_promise)
        if (
            end >= len(text)
            or text[end] not in "，,：:“"
            or (not is_certain and not _goes_on(text, start, end))
        ):
            return None if loose is None or _asks(text, match, loose.start, loose.end) else loose
        start, end = _content(text, end + 1)
        content = text[start:end]
    return loose


def _loosely(match: re.Match[str], start: int, end: int, content: str) -> Undertaking | None:
    """What may have been a promise, if what came was the contrary: 说不影响使用，一下雨就断网."""
    said = _OTHER_SUBJECT.sub("", content)
    if match["said"] is None or not 3 <= len(said) <= 20 or not _CLAIMS.search(said):
        return None
    if _NO_CLAIM.search(said) or _REFUSES.search(said) or _VAGUE.search(said):
        return None
    return Undertaking(match.start(), start, end, False, False, is_loose=True)


_CLAIMS = compile_long(
    r"能(?!不能|否)|可以|管(?!理)|顶天|最多|顶多|撑死|不(?:挑|限|分|怕|费|耗|沾|串|漏|热|冷|闷|贵|堵|排)|无(?!法|理|所谓)|布置|拉走|在路上|马上|交代|每(?:间|个|人|次|天|月)都|标准|国行|标配|不(?:影响|掉|会再|会有|卡|断|吵|脏|漏|坏|响|堵|收|伤|出|误|耽误|反弹|复发|变|超|少|起)|没(?:有)?(?:任何)?(?:问题|影响|味|噪音|异味|费用)|来(?:处理|跟|办|弄|修|盯|解决|协调)|处理|解决|安静|复原|还原|恢复|随时|跟进|加急|专门|专车|搞定|包|一(?:次|步)到位|有人|质量|效果|稳|快得?很|最好|无烟|朝南|海景|大床|高层|靠窗|连通|隔音|宽敞|近|步行|几分钟|新的|省|全部|都给|都能|都有|就能|就行|就没"
)
_NO_CLAIM = re.compile(
    r"别|^(?:我|您|你|这|那|要|让|得|需要|可能|应该|大概|怎么|什么|没(?!有?(?:任何)?(?:问题|影响|味|噪音|异味|费用)))|不(?:能|行|可以|知道|归|是|给|让|管|支持|在|退|换|赔|修|好)|多少|哪|谁|吗|因为|由于|建议|反映|得问|自己|上次|已经.{0,3}过"
)


_BY_COMPANY = re.compile(
    r"海报|广告|传单|宣传|招牌|横幅|页面|标语|合同|条款|短信|通知|公告|牌子|贴|写|印|客服|经理|师傅|销售|组长|主管|专员|店员|前台|顾问|主播|业务员|店长|工号|口气|小哥|小伙|姑娘|那位|那个|人家|他|她|你们|您们|电话里|群里|微信"
)
_WHERE_IS_IT = re.compile(r"呢[？?，。！]?$|(?:哪儿?|哪里)(?:去|呢|了)")
_YES = re.compile(
    r"(?:能|可以|行|没问题|好|好的|会|有|成|包|中|要得|没事)[的呀啊呢哦嘛]?(?=[，。！；,!]|结果|但|可(?!以)|$)"
)
_WHETHER = re.compile(
    r"能不能|可不可以|可以|行不行|能否|有没有|要不要钱|会不会|问|包不包|送不送|含不含|要求|要的|说想|说要"
)
_PROMISED_SO = re.compile(r"答应|满口|应承|保证|打(?:了)?包票|拍(?:着|了)胸|一口")
_CLAIM = re.compile(
    r"(?:修|换|弄|洗|装|查|检|调|擦|收拾|打扫|消毒|处理|检查|测|清理|解决)(?:好|过|完|干净|妥)了?$|^(?:是)?(?:正常|没问题|没毛病|没事|全新的?|正品|原装的?|干净的?)$"
)
_POSTPOSED = re.compile(r"^(?:说好|讲好|约定|讲定|说定|谈好|定好|商量好|答应|承诺|保证)")
_OPEN_QUOTE = re.compile(r"[的是了过我着得啥什么：:，？? 　]{0,4}[“\"「『‘]|(?<=[“「『])")
_MAX_QUOTE_CHARS = 60


def _quoted(text: str, at: int) -> tuple[int, int] | None:
    """What stands between quotation marks right behind a cue, commas and all."""
    opened = _OPEN_QUOTE.match(text, at)
    if opened is None:
        return None
    closed = re.compile(r"[”\"」』’]").search(text, opened.end(), opened.end() + _MAX_QUOTE_CHARS)
    return (opened.end(), closed.start()) if closed and closed.start() - opened.end() >= 3 else None


def _before(text: str, cue: int) -> tuple[int, int] | None:
    """The promise before its cue: 四点说好, 三天到货是你们答应的."""
    start = max(text.rfind(mark, 0, cue) for mark in "，。！？；,!?;\n") + 1
    found = _TIME.search(text, max(start, cue - 14), cue)
    return (found.start(), cue) if found else None


def _asked_before(text: str, match: re.Match[str]) -> Undertaking | None:
    """What was asked for and agreed to: 我问能不能当天取，她说能; 要的安静房，前台满口答应."""
    agreed = match["said"] is not None and _YES.match(text, match.end())
    promised = (
        match["strong"] is not None and _PROMISED_SO.search(match[0]) and _ENDS.match(text, match.end())
    )
    if not (agreed or promised):
        return None
    clause = max(text.rfind(mark, 0, match.start()) for mark in "，。！？；,!?;\n")
    start = max(text.rfind(mark, 0, max(clause, 0)) for mark in "，。！？；,!?;\n") + 1
    if clause <= 0 or clause - start > 40 or not _WHETHER.search(text, start, clause):
        return None
    return Undertaking(
        start,
        start,
        match.end() + (1 if agreed else 0),
        bool(promised),
        bool(_TIME.search(text, start, clause)),
    )


_ENDS = re.compile(r"[了的过地]*(?:[，。！；,!]|结果|但|可(?!以)|$)")


def _from_quote(text: str, match: re.Match[str]) -> Undertaking | None:
    place = _quoted(text, match.end())
    if place is None:
        return None
    said = re.sub(r"^(?:我们?|这边|咱们?)", "", text[slice(*place)])
    if _NOTHING_TO_COME.search(said) or not (_undertakes(said) or _AGREES.search(said)):
        return None
    certain = match["said"] is None or bool(_AGREES.search(said))
    return Undertaking(match.start(), *place, certain, bool(_TIME.search(said)))


_AGREES = re.compile(
    r"有的|没问题|包在|您来吧|放心|满意|不满意|假一|随时|终身|百分之?百|到店就|到手|一口价|随便[用退换]|来了就"
)
_NOTHING_TO_COME = re.compile(r"[吗么？?]$|没有了|办不|不归|不知道|管不|没办法|不行")


def _content(text: str, at: int) -> tuple[int, int]:
    lead = _LEAD.match(text, at)
    start = lead.end() if lead else at
    found = _CONTENT_END.search(text, start)
    return start, min(found.start() if found else len(text), start + MAX_CONTENT_CHARS)


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether the promise only comes after the next mark: 他说您放心，三天内退."""
    return (
        end - start <= 1 or bool(_SOOTHES.search(text[start:end])) or bool(_STARTS_DATED.match(text, end + 1))
    )


def _is_told(content: str) -> bool:
    return not re.match(
        r"不了|书|[吗么呢]|了吗|还是|都是|却|没|不是|不给|无(?!条|偿|理|限|需|烟|事|障|异|损|糖|添|噪|骚|接)|属于|正常",
        content,
    )


def _undertakes(content: str) -> bool:
    content = _OTHER_SUBJECT.sub("", content)
    if (
        _LIMIT.search(content)
        and _HAPPENS.search(content)
        and not (_VAGUE.search(content) or _REFUSES.search(content))
    ):
        return not _DONE.search(content) or bool(_SURE.search(content))
    if (
        (_NO_UNDERTAKING.match(content) and not (_TIME.search(content) and _SURE.search(content)))
        or _VAGUE.search(content)
        or _REFUSES.search(content)
    ):
        return False
    if _LACKS.search(content) and not _SURE.search(content):
        return False
    if _DONE.search(content) and not _SURE.search(content):
        return False
    return bool(_SERVICE.search(content) or _PRICE_FOR.search(content)) or _is_dated(content)


def may_have_limit(text: str) -> bool:
    """Whether ``text`` names a time limit at all."""
    return bool(_DUE_BY.search(text))


def is_bare_limit(said: str) -> bool:
    """A time limit for the company to do something by, told without who said so."""
    return (
        3 <= len(said) <= MAX_CONTENT_CHARS
        and bool(_DUE_BY.search(said))
        and bool(_HAPPENS.search(said) or _SERVICE.search(said))
        and not _DONE.search(said)
        and not _OWN_OR_ASKED.search(said)
        and not _REFUSES.search(said)
        and not _VAGUE.search(said)
    )


_DUE_BY = compile_long(
    rf"{_LIMIT_WORDS}|{_NUM}{{1,4}}个?(?:工作日|小时|天|分钟)(?:退|回|到|送|发|出|修|给|解决|处理|安装|装|恢复|上门|答复|回复|返|补)"
)
_OWN_OR_ASKED = re.compile(
    r"[了过]|没|不|必须|最好|希望|我要|要你|你们?(?:必须|要|得|给我|赶紧)|请|麻烦|如果|要是|否则|再|^(?:我|给我|让我|限|还)|我(?:就|去|会|要|把|在|再)|能不能|吗|多久|之前的|以前的|几[天个]|刚|已经|早就|用户|用"
)


def _is_dated(content: str) -> bool:
    """Little more than a time (最迟下午五点), or a time for something to happen (两天弄好)."""
    time = _TIME.search(content)
    if time is None or len(content) < 2 or content.endswith("的") or _DONE.search(content):
        return False
    return len(_TIME.sub("", content)) <= 4 or bool(_HAPPENS.search(content, time.start()))


def _asks(text: str, match: re.Match[str], start: int, end: int) -> bool:
    """A question about what is promised is none; 不是说三天吗 is."""
    if match[0].startswith("不是"):
        return False
    if match["strong"] and _WHERE_IS_IT.search(text[start : end + 1]):
        return False
    if re.search(r"就(?:行|好|可以|成|OK|ok)[吧的]?$|即可$", text[start:end]):
        return not _TIME.search(text, start, end)
    head = re.split(r"[，。！？；,!?;\n]", text[max(0, match.start() - 15) : match.start()])[-1]
    return bool(_QUESTION.search(text[start : end + 1])) or bool(
        re.search(r"能不能|能否|请问|可以|你能|您能|要不要|敢不敢|谁能", head)
    )
