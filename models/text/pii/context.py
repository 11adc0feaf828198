"""What the words around a number say it is: a phone, a card, an order, an amount."""

from __future__ import annotations

import re
from dataclasses import dataclass

WINDOW_CHARS = 18
"""How far to the left of a number its label may begin."""

_LABELS = {
    "other": (
        r"(?:订单|工单|合同|保单|发票|流水|交易|凭证|受理|案件|投诉|报案|编|工|序列|型|批次|零件|配件|物料|设备|机器|会员|积分|优惠券?|参考"
        r"|商户|文件|条|验证|邮|税|信用代|版本|学|房间|会议|提单|提货|取件|抽奖|机身|串|登记证|许可证|执照|代码|机器|时间戳|单据)"
        r"(?:卡号|单号|编号|编码|号码|代码|号|码|编|戳|券|单)|会员卡|订单|工单|保单|合同|流水|优惠券|里程|金额|总价|价格|营收"
        r"|IMEI|ICCID|ISBN|GUID|SN|IP"
    ),
    "courier": (
        r"快递单?|运单|物流单?|包裹|(?<![订工保账提回报派凭表菜罚清名款下车])单号"
        r"|顺丰(?:快递|速运)?|圆通|中通|韵达|申通|百世|极兔|德邦|EMS|天天快递|邮政快递"
    ),
    "id_card": r"身份证|身份号|证件|居民证",
    "bank_card": (
        r"银行卡|储蓄卡|借记卡|信用卡|工资卡|(?:工|建|农|中|招|交|邮储|邮政|浦发|平安|中信|民生|兴业|光大|华夏|广发)行?卡"
        r"|(?<!会员)卡号|银行账[号户]|账号|账户|打款|转账|汇款|收款"
    ),
    "vin": r"车架|VIN码?|车辆识别代?|识别代|底盘|大架",
    "plate": r"车牌|牌照|牌号|车号",
    "qq": r"QQ|Q Q|扣扣|企鹅",
    "wechat": r"微信|薇信|威信|V信|VX|WX",
    "passport": r"护照",
    "phone": (
        r"手机|电话|联系方式|联系我|联系|座机|固话|传真|拨打|回拨|拨|打给|打我|回电|来电|致电|呼叫|短信"
        r"|预留|号码|TEL|PHONE|MOBILE|我的号|这个号"
    ),
}
_LABEL = re.compile(
    "|".join(f"(?P<{kind}>(?:{words})(?:号码|编号|账号|号)?)" for kind, words in _LABELS.items()),
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:[ \u200b\t:,#=()]|号码|号|码|是|为|我的?|您的?|你的?|他的?|她的?|一下|的|有|填|写|留|说|吧|呢|嗯|呃|啊|那个|叫|就|也|这个"
    r"|到|给|NO\.?|ID|NUMBER|IS)*\Z",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"[ \u200b]?(?:元|块|公里|千米|km|转(?![\d接人])|毫安|mah|万|亿|%|积分|字节|[km]b\b|gb|吨|步|美[元金]|斤|股|平方?米|米)",
    re.IGNORECASE,
)
_CHAR_WORD = re.compile(r"[A-Za-z_]+\Z")
_PHONE_WORDS = frozenset(
    {"tel", "phone", "mobile", "mob", "call", "wx", "vx", "v", "qq", "m", "t", "p", "to", "is"}
)


@dataclass(frozen=True, slots=True)
class Label:
    """The nearest label left of a number. ``tight``: nothing but link words between it and the number."""

    kind: str
    text: str
    tight: bool


def left_label(folded: str, start: int) -> Label | None:
    """The last label within ``WINDOW_CHARS`` before ``start``, not looking past a mask or square bracket."""
    window = folded[max(0, start - WINDOW_CHARS) : start].upper()
    window = window[window.rfind("]") + 1 :]
    labels = list(_LABEL.finditer(window))
    if not labels:
        return None
    last = labels[-1]
    if last.lastgroup is None:
        return None
    return Label(last.lastgroup, last.group(), bool(_LINK.match(window, last.end())))


_RIGHT_LABEL = re.compile(
    r"[ ,]{0,2}(?:这个?)?(?:就|也|都)?是?(?:我|他|她|本人|我们|我老婆|我老公)?的?(?P<word>QQ|扣扣|微信|手机|电话|座机|银行卡|身份证)",
    re.IGNORECASE,
)


def right_label(folded: str, end: int) -> str | None:
    """The word a number is named by afterwards: 12345678 是我的 QQ."""
    found = _RIGHT_LABEL.match(folded, end)
    return found["word"].upper() if found and "是" in found.group() else None


def has_unit(folded: str, start: int, end: int) -> bool:
    """Whether the number is an amount: a unit follows or a currency sign stands before."""
    return bool(_UNIT.match(folded, end)) or folded[max(0, start - 1) : start] in ("¥", "$", "￥", "€")


def touches_letters(folded: str, start: int, end: int) -> bool:
    """Whether ASCII letters stand against the number, as in part numbers and file names."""
    before = _CHAR_WORD.search(folded, max(0, start - 12), start)
    if before and before.group().lower() not in _PHONE_WORDS:
        return True
    after = folded[end : end + 2]
    return (
        after[:1].isascii()
        and (after[:1].isalpha() or after[:1] == "_")
        and after.lower() not in ("wx", "vx", "qq")
    )
