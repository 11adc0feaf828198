"""``experience.leaving.v1``: signs of leaving with their reason, and threats to go public or to an authority.

The reasons are those of the classic study of lost customers (death, moving, other ties, competition, product, staff attitude;
1, 3, 5, 9, 14 and 68 %), with price and not said beside them. The words of reasons and of places are data of the pack:
``options.words`` of the nodes of the facets ``churn`` and ``exposure``, ``options.signs`` a sector's own ways to leave.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from models.experience.catalog import ExperienceCatalog
from models.experience.facets import Facet
from models.experience.leaving_signs import INVITED, REFUSAL, SURE, TOLD_BY_STAFF, WEAK
from models.experience.leaving_threats import EXPOSURE, find_threats, finder_of, words_of
from models.experience.mark import Mark
from models.experience.signals_starts import compile_long
from models.experience.told import Told, ToldClause
from models.taxonomy.phrases import PhraseFinder

CHURN = "churn"
_CERTAIN = ("death", "moving", "other_ties")
_SIGN = compile_long(
    r"(?:不会|没)有?下(?:一)?[次回]了?|(?:不会|不想|不敢|绝不|不可能|不打算|没法)再(?:碰|来(?!电)|买|用|去|住|信|选|踏|找你|吃|订|光顾|考虑|进|跟你|在你|给你)(?!出|发生|打)|(?:宽带|卡|号|会员|年卡|课|健身房?|鲜奶|牛奶|报纸|账户|套餐|订阅|保险)[^，。]{0,4}(?:都|也|就)?(?:不要了|退了|停了|断了吧|不续了)|(?:来|去|用|住)不(?:了|着|上)了|(?:下次|以后|往后|就|改|都|我)去(?:他|她|人家|别人)(?:们)?(?:那儿|那里|那边|家|店里)"
    r"|(?:一家|我们|全家|我|现在|大家)(?:人|子)?(?:现在)?(?:都|就)(?:上|去|到|在)(?:那儿|那里|那边|他家|他们家|她家|人家那儿?|隔壁|对面)(?:买|吃|住|修|办|订|存|去|洗|剪)?了|携号|换(?:个|一个)?(?:运营商|银行|酒店|平台|店家|品牌|商家|供应商|家店|家酒店|家银行)|改看|改喝|换家|走人(?=$|，|了|吧)|(?:再也|打死|这辈子|以后|今后|往后|下次|下回|从此|绝对|坚决|说什么|永远|死也)[^，。]{0,8}(?<![能打用买住装])不(?:会|想|敢|再|可能|打算|愿意){0,3}(?:上|来|去|到|在|买|用|住|吃|订|办|找|修|进|登|踏|光顾|消费|选|考虑|回头|碰|信)(?!及|处理|问|得|错|时|了解|担心|愁|怕|跑|等|排|为|操心|电|说|了你们?解|线|门服务|班)"
    r"|转(?:到|去|投)[^，。]{0,6}(?:别|其他|对手|隔壁|对面|运营商|银行|平台|那边|他家|他们)|(?:这|那|个|的|张)(?:号|卡|户|会员|宽带|鲜奶|牛奶|报纸|课|账户|账号|号码)[^，。]{0,4}(?:停|销|拆|注销|退)(?:了|掉|户)?(?:吧|$)|改(?:用|去|住|买|投|喝|吃|到|在|订)(?!签|成|一|个|天|期|日|时|上午|下午|明|后|周)[^，。]{0,6}(?:别|他们|她们|人家|隔壁|对面|其他|另|那家)"
    r"|(?:现在|后来|已经|早就|如今)(?:我|我们)?(?:都|就|改)?(?:去|在|到|找)[^，。]{1,8}(?:那|那儿|那边|那里|家|店)(?:修|买|住|办|订|做|存|洗|吃|保养)了|(?:不敢|不愿意?|不想|不会|没法)(?:再)?(?:去|来|住|吃|买|用|坐|光顾)(?:你们[^，。]{0,3})?了|(?:换|搁|放|要是)(?:谁|你|您|别人)(?:谁|你|您)?(?:能|会)?(?:还)?不?(?:走|换|跑)|再也不(?:会|想|敢|可能)?(?:来|去|买|用(?!担心|愁|怕|跑|等|排|为|操心|去|再)|住|订|办|找|修|进|光顾|相信|回头|点|吃|碰|选|坐|踏)|(?:下次|下回|下辈子|以后|往后|今后|从此|这辈子|打死|永远|绝对|坚决|再|反正)(?:我|就|都|也|可|再|肯定|绝对|打死|是|真|真的|是真|坚决|说啥|说什么|怎么|怎么着|永远){0,3}不(?:会|想|敢|可能|打算|再|准备){0,2}(?:来|去|买|用|住|订|办|找你|找他|修|进|光顾|回来|点你|选|跟你|在你|考虑|踏进|碰|做|存|续)(?!得及|不及|处理|晚)"
    r"|换(?:一)?(?:家|个)(?:店|酒店|银行|牌子|品牌|平台|运营商|公司|地方|4S店|别的|修理厂)(?!的位置)|换(?:别家|别人家|别的(?:家|店|牌子|品牌|酒店)|其他家|移动|联通|电信|广电|隔壁|对面|协议酒店|供应商|牌子|品牌|一家)|换.{1,4}了$(?<=家了)|携号(?:转网)?|携转|转(?:网|移动|联通|电信|广电|别家|过去|投别)|转到(?:移动|联通|电信|广电|别家|隔壁|对面|其他)"
    r"|(?:要|想|准备|打算|来|给我|直接|就|马上|赶紧|已经|去|把[^，。]{1,8}|号|卡|户|会员|账户|帐户|账号|宽带)(?:给|都|就|也|想|要|全)?(?:(?<![撤核报])销(?:户|号|卡|掉|了)|注销|拆机|退(?:网|会|租|卡|群)|停(?:掉|订|用|卡)|解约|清掉|剪(?:了|掉))(?!保护)|不(?:想|打算|准备|会|再)?(?:续(?:费|约|保|住|签|订|卡|年费|期|了)|订(?:了|你们)|合作|充值了)|到期(?:就|我就|立马|马上|了就|以后)[^，。]{0,4}(?:不|走|换|撤|转|停|退)"
    r"|(?:跟|和|与)你们(?:拜拜|再见|说拜拜|说再见|到此为止|一刀两断|两清|断了|没(?:关系|瓜葛)|散伙)|不(?:跟|和)你们(?:玩|过|打交道|做生意|合作)了?|最后一(?:次|回)(?:来|买|用|在你|住|找|光顾|修|跟|$)|就(?:这|此)一(?:次|回|锤子)|一锤子买卖|再见吧您|江湖(?:不|再)见|不伺候|恕不奉陪|另(?:找|寻|请)(?!原因|理由|时间)|另谋|改(?:用|去|住|买|投|换|喝|吃|到)(?:了)?(?:别|隔壁|对面|其他|另|人家|竞|家)"
    r"|(?:去|到|上|在|找)(?:了)?(?:别家|别人家|别的(?:地方|店|家|酒店|牌子|平台)|隔壁(?:家|那家)?|对面(?:那家|的店|家)?|外面(?:的)?(?:店|修理厂|小店)?|其他(?:家|店|地方|平台)|路边(?:摊|店)?|人家(?:那儿|那边|店里)|另外一家|竞品)(?:去|那|的|店|里|家|也|就|能|给|直接|那边)?(?:修|买|订|办|做|住|装|存|吃|保养|弄|下单|开户|换|看|去|定|提|消费|洗|签|刷|配|选|入)(?!过好多|过很多)"
    r"|(?:要|得|只能|只好|准备|打算|真|真的|我)(?:是)?走(?:人|了)(?!那|一|以后就好|的时候|之后|流程|程序|个|错|进|过)|(?:我|老子|咱)(?:是)?(?:不(?:用|住|来|买|玩|办|修|做|喝|吃)了)(?!解)|不(?:用|住|来|买|玩|要)你们(?:的|家|这|家的)|(?:还敢|谁还|哪还敢|傻子才|鬼才|傻了才|有病才|脑子进水才)(?:敢|会|再)?(?:来|买|去|用|住|信|找|光顾|选)(?!电|过电)|拉黑(?:你们|了你们|这家|贵)|避雷了|脱粉|粉转黑|(?:果断|从此|直接|马上|这就|已经|立刻)(?:把)?[^，。]{0,4}卸载?(?:了|你们|掉)|卸载你们|把你们[^，。]{0,6}(?:卸|删)了|删(?:了|掉)(?:你们)?(?:app|软件|小程序)|(?<!放)弃(?:用|坑)|退坑|不续(?!航)"
    r"|(?:自己|网上)(?:去|在|上)?(?:网上|外面|别处|京东|淘宝|拼多多|闲鱼)?(?:自己)?(?:买|找|配|弄)(?:一个|个|一台|台|人|师傅|别人)?(?:找|请|叫|来)?(?:别人|人|师傅|路边摊|路边店|外面)?(?:装|换|修|弄|得了|算了|搞)|(?:车|卡|号|会员|房子)(?:我|我们|都|也|就|已经|打算|准备|想|要){0,3}(?:卖(?:掉|了)|不要了|处理掉|转(?:让|手|给)|挂(?:出去|二手))"
    r"|(?:在|去|到)(?:对面|隔壁|别家|别人家|另一家|人家|别处|其他店|另外一家|竞品)[^，。]{0,8}(?:订|买|办|装|住|定|签|提|开|交|下单|做|充|入手)了|(?:钱|存款|工资卡|账户|业务|号码)[^，。]{0,6}(?:转走|转出去|挪走|取出来|取走|搬走|迁走|挪到|转到(?:隔壁|别|其他|对面))|(?:奉劝|以后)?(?:坚决|果断|直接|已经|早就|只好|只能|干脆)(?:给)?(?:换|转|退|走|撤|放弃)(?:了|人|掉)(?!个人|一|说法|话题|号|卡|货|款|订金|我|好几)|(?:没有|没)下(?:次|回)了|不(?:会)?有下(?:次|回)|心(?:都|已经)?(?:凉透|死|寒透)了"
)
_NO_SIGN = compile_long(
    r"(?:不会|没|没有|没想|不想|别|不是|不打算|舍不得|差点|不至于|谁说我?|上次|上回|以前|之前|曾经|那次|不用|万一|如果|要是[^，。]{0,3}没[^，。]{0,3}|怎么能|怕)[^，。]{0,3}$"
)
_SMALL_THING = re.compile(
    r"业务|彩铃|铃声|功能|订单|预约|闹钟|提醒|短信|推送|套餐包|流量包|增值|权限|免密|广告|优惠券|位置|座位|房间|房型|颜色|零件|密码"
)
_OWN_TIES = re.compile(
    r"(?:媳妇|老婆|老公|儿子|女儿|闺女|[表堂]?[哥弟姐妹]|[小大]?舅子?|姑|姨|叔|侄子?|外甥|女婿|儿媳|亲家|爱人|男朋友|女朋友|同学|朋友|战友|哥们儿?|邻居|亲戚|老乡)[^，。]{0,10}(?:开[^，。]{0,4}(?:厂|店|铺|公司)|在[^，。]{1,8}(?:上班|工作|干|当|做)|(?:开|办|弄|盘)了?(?:个|家|间)|开的|有内部价|有折扣|管这个|卖这个)"
)
_OWN_MOVE = re.compile(
    r"(?:公司|单位|全家|一家人?|我们?|咱们?|老板|学校|厂里?|部队|总部|老公|老婆|孩子|儿子|女儿|爸妈|他|她|人)[^，。]{0,5}(?:搬|迁|派|调(?!整|解|货|监|换|节)|外派|转学|转(?:业|岗|调)|回|移居)(?:到|往|去|回|至|了)(?:家|老家|[^，。]{1,4}(?:市|省|县|区|国|城|州|京|海|都|萨|圳|安|津|沙|汉|阳|宁|原|林|庆|岛|连|门|明|外地|总部|分公司|工作|上班|常驻|定居|生活))|常驻|派驻|租约|租期|定居|换(?:了)?(?:个)?城市"
)
_OWN_DEAD = re.compile(
    r"(?:爷爷|奶奶|父亲|母亲|爸|妈|老伴|老公|老婆|先生|爱人|公公|婆婆|岳父|岳母|姥爷|姥姥|外公|外婆|老爷子|老太太|老人家?|哥|弟|姐|妹|儿子|女儿|丈夫|妻子|舅舅|叔叔?|伯父|老头子?|老伴儿|他|她|(?<=[老的])人)(?:他|她)?(?:已经|都|也|是|上个?月|上上个?月|去年|前年|年前|年后|今年|前段时间|前阵子|[\d一二三四五六七八九十]+月(?:份|[\d一二三四五六七八九十]+号)?|春节|国庆|刚|刚刚|突然|因病|半年前|没多久就|年初|年底|不久前|前几天|前不久|上周|上礼拜|就)*(?:走了(?!一趟|之后就|这么|那么|就|流程)|没了|去了(?=$|，|。)|不在了)"
)


_RETOLD = re.compile(
    r"一听(?:是|说|我|到)?[^，。]{0,4}$|听(?:说|到|见)我?(?:要|想)$|说是?要$|(?:信|相信|给|原谅)(?:了)?你们?(?:一个)?$|(?:让|叫|劝|怕)我[^，。]{0,2}$"
)
_MONEY_MOVED = re.compile(
    r"(?:微信|支付宝|钱|款|红包|转账|[元块])[^，。]{0,10}转过去|转过去[^，。]{0,4}(?:钱|款|[元块])"
)
_COMPLAINTS = ("product", "price", "staff_attitude")
_PRAISED = 0.6
_CONTENT = re.compile(
    r"无所谓|没毛病|没(?:什么|啥)(?:毛病|问题|说的|可挑)|没(?:得|闲话)(?:说|讲)|不是[^，。]{0,6}(?:事|问题|原因)|不在乎|倒(?:是)?(?:没|还|不|挺|蛮)|还(?:行|可以)|不错|挺好|不(?:差|贵|赖)|没问题|不图|不缺"
)
_RIVAL = re.compile(
    r"(?:隔壁|对面|另外?(?:一|两|几)?家|那家|新开|路边|网上|同行|竞品|友商|京东|淘宝|拼多多|移动|联通|电信)[^，。]{0,12}(?:方案|报价|合同|买|订了|签|办了|给我|送|便宜|优惠|只要|才(?:收|要)?|免费|包|装|更|就有|不要钱|上门|桌上|挖)"
)
_CHOSEN = re.compile(
    r"(?:看好|看中|相中|选好|挑好|谈好|谈妥|定好|订好|签)了?[^，。]{0,4}(?:车|家|店|别的|新|电车|酒店|套餐|供应商)(?!房)|(?:有|找好?)了?(?:下家|新供应商|别的供应商)"
)
_RIVAL_WEIGHT = 3.0
_SLIGHT = 1.5
_WHOLE = re.compile(r"整个|所有|全部|整单|全退")
_COSTS = re.compile(
    r"报价|不值(?:这|那|得|当|[一二两三四五六七八九十百千万\d])|(?:涨|加|贵|多(?:收|扣|要|花))(?:了|到|我|出)?[一二两三四五六七八九十百千万\d]{1,8}(?:块|元|百|千|万)?|服务费|乱收费|手续费|月租|差价|违约金|GPS费|太贵|涨价|划不来|划算|肉疼|舍不得花|吃不消|坑钱|薅|宰"
)
_MOST_FAR = 2.8
_SLIGHTED = re.compile(
    r"当(?:着|众)[^，。]{0,8}(?:讲|说|骂|数落|面)|(?:讲|说|回)(?:得|的)?(?:那么|这么|很|特别|多)?难听|(?:脸|脸色)[^，。]{0,4}(?:拉|沉|变|臭|黑|难看)|头[也都]不抬|眼皮[^，。]{0,3}不|眼睛长|(?:玩|刷|看)(?:着)?手机(?:呢|不)|嗑瓜子|聊天[^，。]{0,4}不理|(?:把|跟)我[^，。]{0,4}(?:晾|轰|赶|撵|打发|当(?:空气|傻|贼|要饭|皮球|骗子))|受(?:气|够了?气|了?(?:一肚子|那么大|这么大)?气|辱|委屈)|气受|(?:丢|扔|甩|摔)(?:给我|过来|在)|指着(?:我|鼻子)|瞪(?:我|了|眼)|笑话我|挖苦|讽刺|挤兑|讥讽|冷笑|哼了|装(?:听不见|没看见|聋)|架子|没个?(?:好脸|笑脸|好气|正眼)|正眼|爱(?:买|住|来|修|办)不|口气|语气|嗓门|吆喝|哭了|不吱声|不吭声|不吭气|道(?:个|声)?歉都没|连(?:句|个|声)(?:对不起|道歉|人话|招呼)|(?:一|句)句?对不起(?:都|也)?没|不(?:尊重|搭腔|待见)|(?:经理|店员|服务员|客服|前台|师傅|销售|顾问|小姑娘|营业员)[^，。]{0,10}(?:凶|横|冲|吼|嚷|骂|训|怼|白|嫌|挂)|欺(?:负|客|生)|素质|人品|(?:你们|那)(?:这|个)?态度|没人(?:搭理|吭)"
)


_RELIEVED = re.compile(r"(?:再)?(?:担心|操心|愁|怕|跑|等|排|为|往|费|受|看|求)")
_PASSIVE = re.compile(r"被[^，。]{0,3}(?:停|拆|销|注销|退|封|扣)|怎么恢复")
_LEFT = re.compile("[转携离销退停流续]")
_RIVALS = "rivals"
_OWN_CUES = (
    ("death", _OWN_DEAD),
    ("moving", _OWN_MOVE),
    ("other_ties", _OWN_TIES),
    (_RIVALS, _RIVAL),
    (_RIVALS, _CHOSEN),
)


@lru_cache(maxsize=32)
def _pattern(words: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    longest = sorted({word for word, _ in words}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest)) or "(?!)"), dict(words)


def find_leaving(told: Told, catalog: ExperienceCatalog, marks: Sequence[Mark]) -> Iterable[Mark]:
    """Marks of the kinds ``churn`` and ``exposure``, one per turn and node."""
    churn, exposure = catalog.facets.get(CHURN), catalog.facets.get(EXPOSURE)
    if churn is not None:
        yield from _churn(told, churn)
    if exposure is not None:
        yield from find_threats(told, exposure)


def _churn(told: Told, facet: Facet) -> Iterator[Mark]:
    own = words_of(facet, "signs")
    signs = finder_of(own)[0] if own else None
    if signs and next(iter(signs.find(told.text)), None) is None:
        signs = None
    seen: set[tuple[int, str]] = set()
    may_be_weak = _is_certain(told, facet)
    cues: list[list[tuple[str, float]]] = []
    order = [node.id for node in facet.nodes]
    for clause in told.clauses:
        span = _sign(clause, signs) or _refused(told, clause)
        weak = _weak(clause) if may_be_weak and span is None else None
        if span is None and weak is None:
            continue
        if not cues:
            pattern, node_of = _pattern(words_of(facet, "words"))
            cues = [_cues(other, pattern, node_of) for other in told.clauses]
        if span is None and any(node in _CERTAIN for own in cues for node, _ in own):
            span = weak
        if span is None:
            continue
        reason = _reason(told, clause, cues, order)
        if _MONEY_MOVED.search(clause.text):
            continue
        if (
            _SMALL_THING.search(clause.text)
            and not _WHOLE.search(clause.text)
            and reason not in ("death", "moving")
        ):
            continue
        if (clause.turn, reason) not in seen:
            seen.add((clause.turn, reason))
            place = clause.start + span[0], clause.start + span[1]
            yield Mark(CHURN, reason, *place, turn=clause.turn, polarity=clause.polarity)


def _is_certain(told: Told, facet: Facet) -> bool:
    """Whether anything in the transcript may tell of death, moving or other ties."""
    return bool(_certain(words_of(facet, "words")).search(told.text)) or any(
        node in _CERTAIN and cue.search(told.text) for node, cue in _OWN_CUES
    )


@lru_cache(maxsize=32)
def _certain(words: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    own = sorted({word for word, node in words if node in _CERTAIN})
    return compile_long("|".join(map(re.escape, own)) or "(?!)")


def _refused(told: Told, clause: ToldClause) -> tuple[int, int] | None:
    """A refusal that answers staff who ask the customer to stay or to come back."""
    before = told.turns[clause.turn - 1] if clause.turn else None
    if before is None or before.speaker != "agent" or clause.speaker != "customer":
        return None
    found = REFUSAL.search(clause.text)
    return found.span() if found and INVITED.search(told.text[before.start : before.end]) else None


def _weak(clause: ToldClause) -> tuple[int, int] | None:
    found = WEAK.search(clause.text) if clause.speaker == "customer" else None
    return found.span() if found and not _RELIEVED.match(clause.text, found.end()) else None


def _sign(clause: ToldClause, signs: PhraseFinder | None) -> tuple[int, int] | None:
    if clause.speaker != "customer":
        left = clause.speaker == "agent" and _LEFT.search(clause.text)
        told_of = TOLD_BY_STAFF.search(clause.text) if left else None
        return told_of.span() if told_of else None
    for pattern in (_SIGN, SURE):
        for found in pattern.finditer(clause.text):
            before = clause.text[: found.start()]
            relieved = _RELIEVED.match(clause.text, found.end()) or _PASSIVE.search(found[0])
            if not relieved and not _NO_SIGN.search(before) and not _RETOLD.search(before):
                return found.span()
    for hit in signs.find(clause.text) if signs else ():
        if not _NO_SIGN.search(clause.text[: hit.start]):
            return hit.start, hit.end
    return None


def _reason(
    told: Told, sign: ToldClause, cues: Sequence[Sequence[tuple[str, float]]], order: list[str]
) -> str:
    """The reason with the most cues, those near the sign counting more; death, moving and ties before all else."""
    near: dict[str, float] = {}
    far: dict[str, float] = {}
    for clause, own in zip(told.clauses, cues, strict=True):
        if not own:
            continue
        weight = _weight(clause, sign)
        scores = near if clause.turn == sign.turn else far
        for node, strength in own:
            if node == _RIVALS:
                if clause.turn == sign.turn:
                    scores["competition"] = scores.get("competition", 0.0) + _RIVAL_WEIGHT
            elif node == "competition" and clause is sign and not _is_done(clause.text):
                scores[node] = scores.get(node, 0.0) + 0.4
            else:
                scores[node] = scores.get(node, 0.0) + weight * strength
    scores = {
        node: near.get(node, 0.0) + min(far.get(node, 0.0), _MOST_FAR) for node in near.keys() | far.keys()
    }
    for certain in _CERTAIN:
        if scores.get(certain, 0.0) >= 0.5:
            return certain
    best = max(scores, key=lambda node: (scores[node], -order.index(node)), default="unspecified")
    return best if scores.get(best, 0.0) >= 0.2 else "unspecified"


def _cues(clause: ToldClause, pattern: re.Pattern[str], node_of: dict[str, str]) -> list[tuple[str, float]]:
    """Reasons that a clause tells of, with how strongly; ``_RIVALS`` where another firm is at hand."""
    if clause.speaker == "system":
        return []
    text, own = clause.text, clause.speaker == "customer"
    found: list[tuple[str, float]] = []
    for node, cue in _OWN_CUES:
        if (own or node in ("other_ties", _RIVALS)) and cue.search(text):
            found.append((node, 1.0))
    content = clause.polarity > _PRAISED or bool(_CONTENT.search(text))
    sharp = 1.5 if clause.polarity < -0.4 else 1.0
    for node in sorted({node_of[word] for word in pattern.findall(text)}):
        if not (content and node in _COMPLAINTS):
            found.append((node, sharp))
    if own and not content and _COSTS.search(text):
        found.append(("price", 1.0))
    if own and _SLIGHTED.search(text):
        found.append(("staff_attitude", _SLIGHT))
    return found


def _is_done(text: str) -> bool:
    """Whether the customer has gone already, or goes to a place that is named."""
    return bool(re.search(r"了(?:$|[，。])|已经|早就|转过去|月底|现在都", text))


def _weight(clause: ToldClause, sign: ToldClause) -> float:
    if clause.turn == sign.turn:
        return 3.0 if clause is sign else 2.0 if abs(clause.start - sign.start) < 30 else 1.5
    if clause.speaker == "agent":
        return 0.5 if clause.turn == sign.turn + 1 else 0.0
    return 1.0 if clause.turn < sign.turn else 0.8
