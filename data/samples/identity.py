"""Planted personal data: fake, yet right in check digits, and written or spoken in many forms."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from data.samples.phrasebook import City

PII_KINDS = (
    "mobile", "landline", "id_card", "bank_card", "plate", "vin",
    "email", "wechat", "qq", "courier", "address", "name",
)  # fmt: skip


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
)
_COMPOUND = ("欧阳", "上官", "司马", "诸葛", "东方")
_MEN = _words(
    "伟 强 磊 军 勇 涛 明 超 杰 鹏 斌 浩 建国 志强 海波 俊杰 文博 子轩 浩然 宇航 建军 国华 志明 晓东 嘉豪 家伟 德胜 永刚 "
    "少华 立新 振宇 泽宇 天佑 世杰 光辉 晨曦 一鸣 思远 景行 启明"
)
_WOMEN = _words(
    "芳 娜 敏 静 丽 艳 娟 霞 燕 玲 婷 雪 秀英 桂兰 玉梅 晓燕 海燕 雅琴 欣怡 梓涵 诗雨 佳怡 美玲 淑珍 春花 晓红 丽华 "
    "思思 雨桐 若曦 文静 慧敏 嘉欣 静怡 红梅 秋菊 安琪 可馨 紫萱 语嫣"
)
_PINYIN = _words("wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo")
_MOBILE_HEADS = _words(
    "133 135 136 137 138 139 150 151 152 153 155 156 157 158 159 176 177 180 181 185 186 187 188 189 191 198 199"
)
_CARD_HEADS = (("622202", 19), ("621700", 19), ("622848", 19), ("622588", 16), ("621483", 16), ("623058", 19))
_COURIER_HEADS = (("SF", 13), ("YT", 13), ("ZT", 12), ("JD", 13), ("JT", 13), ("YD", 13))
_ROADS = _words(
    "中山路 人民路 建设路 解放路 文化路 学院路 滨河路 新华街 长江路 和平路 迎宾大道 科技路 桂花巷 青年路"
)
_ESTATES = _words("阳光花园 锦绣家园 翠湖小区 金色港湾 和谐佳苑 书香名邸 新城花园 绿地嘉园 东方雅居")
_MAIL_HOSTS = ("163.com", "qq.com", "126.com", "sina.com", "139.com")
_VIN_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
_SPOKEN_YAO = str.maketrans("0123456789", "零幺二三四五六七八九")
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def id_card_check(first17: str) -> str:
    """Check character of a Chinese ID card (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(int(d) * w for d, w in zip(first17, _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


def luhn_check(payload: str) -> str:
    """Check digit of a bank card (ISO/IEC 7812-1, Luhn)."""
    total = 0
    for at, digit in enumerate(reversed(payload)):
        doubled = int(digit) * (2 if at % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def vin_check(vin: str) -> str:
    """Check character of a 17-character VIN (GB 16735-2019, ISO 3779); position 9 is not counted."""
    values = (int(c) if c.isdigit() else int(_VIN_VALUES[c]) for c in vin)
    return "0123456789X"[sum(v * w for v, w in zip(values, _VIN_WEIGHTS, strict=True)) % 11]


class Persona:
    """A customer. Each value is drawn once, when it is first asked for, and stays."""

    def __init__(self, customer_id: str, city: City, rng: random.Random) -> None:
        self.customer_id = customer_id
        self.city = city
        self.is_woman = rng.random() < 0.45
        self._values: dict[str, str] = {}

    def value(self, kind: str, rng: random.Random) -> str:
        """The plain value of ``kind``, one of ``PII_KINDS``."""
        if kind not in self._values:
            self._values[kind] = _DRAWS[kind](self, rng)
        return self._values[kind]

    def titled(self, rng: random.Random) -> str:
        """Surname and title, as an agent would say: 王先生, 李女士."""
        name = self.value("name", rng)
        surname = name[:2] if name[:2] in _COMPOUND else name[0]
        return surname + ("女士" if self.is_woman else "先生")


def _digits(rng: random.Random, n: int) -> str:
    return f"{rng.randrange(10**n):0{n}d}"


def _pick(rng: random.Random, options: Sequence[str]) -> str:
    return options[int(rng.random() * len(options))]


def _mobile(_: Persona, rng: random.Random) -> str:
    return _pick(rng, _MOBILE_HEADS) + _digits(rng, 8)


def _landline(persona: Persona, rng: random.Random) -> str:
    return f"{persona.city.dialling}-{rng.randrange(2, 9)}{_digits(rng, 7)}"


def _id_card(persona: Persona, rng: random.Random) -> str:
    born = f"{rng.randrange(1960, 2004)}{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}"
    order = rng.randrange(1, 499) * 2 + (0 if persona.is_woman else 1)
    first = f"{persona.city.id_code}{born}{order:03d}"
    return first + id_card_check(first)


def _bank_card(_: Persona, rng: random.Random) -> str:
    head, length = _CARD_HEADS[int(rng.random() * len(_CARD_HEADS))]
    payload = head + _digits(rng, length - len(head) - 1)
    return payload + luhn_check(payload)


def _plate(persona: Persona, rng: random.Random) -> str:
    if rng.random() < 0.35:
        return persona.city.plate + _pick(rng, "DF") + _digits(rng, 5)
    tail = list(_digits(rng, 5))
    if rng.random() < 0.6:
        tail[rng.randrange(5)] = _pick(rng, "ABCDEFGHJKLMNPQRSTUVWXYZ")
    return persona.city.plate + "".join(tail)


def _vin(_: Persona, rng: random.Random) -> str:
    head = _pick(rng, ("LYH", "LHA", "LXR")) + _pick(rng, _VIN_LETTERS) + _digits(rng, 2)
    head += _pick(rng, _VIN_LETTERS) + _pick(rng, _VIN_LETTERS)
    body = head + "0" + _pick(rng, "NPRS") + _pick(rng, _VIN_LETTERS) + _digits(rng, 6)
    return body[:8] + vin_check(body) + body[9:]


def _email(_: Persona, rng: random.Random) -> str:
    mark = _pick(rng, ("", "_", "."))
    return f"{_pick(rng, _PINYIN)}{mark}{_digits(rng, rng.randrange(3, 6))}@{_pick(rng, _MAIL_HOSTS)}"


def _wechat(_: Persona, rng: random.Random) -> str:
    return f"{_pick(rng, _PINYIN)}{_pick(rng, ('_', '-', ''))}{_pick(rng, _PINYIN)}{_digits(rng, 4)}"


def _qq(_: Persona, rng: random.Random) -> str:
    return f"{rng.randrange(1, 10)}{_digits(rng, rng.randrange(7, 10))}"


def _courier(_: Persona, rng: random.Random) -> str:
    head, n = _COURIER_HEADS[int(rng.random() * len(_COURIER_HEADS))]
    return head + _digits(rng, n)


def _address(persona: Persona, rng: random.Random) -> str:
    city = persona.city
    province = city.province if city.province != "-" and rng.random() < 0.6 else ""
    street = f"{_pick(rng, city.districts)}{_pick(rng, _ROADS)}{rng.randrange(1, 400)}号"
    home = f"{rng.randrange(1, 30)}{_pick(rng, ('栋', '号楼', '幢'))}{rng.randrange(1, 6)}单元{rng.randrange(1, 33)}0{rng.randrange(1, 5)}室"
    estate = _pick(rng, _ESTATES) if rng.random() < 0.6 else ""
    return f"{province}{city.name}市{street}{estate}{home}"


def _name(persona: Persona, rng: random.Random) -> str:
    surname = _pick(rng, _COMPOUND) if rng.random() < 0.02 else _pick(rng, _SURNAMES)
    return surname + _pick(rng, _WOMEN if persona.is_woman else _MEN)


_DRAWS: dict[str, Callable[[Persona, random.Random], str]] = {
    "mobile": _mobile, "landline": _landline, "id_card": _id_card, "bank_card": _bank_card, "plate": _plate,
    "vin": _vin, "email": _email, "wechat": _wechat, "qq": _qq, "courier": _courier, "address": _address,
    "name": _name,
}  # fmt: skip

_GROUPS = {"mobile": (3, 4, 4), "id_card": (6, 8, 4), "bank_card": (4, 4, 4, 4, 3)}


def written_form(kind: str, value: str, rng: random.Random) -> str:
    """``value`` as a customer would type it: plain, spaced, with hyphens, a country code, full width."""
    u = rng.random()
    if kind in _GROUPS:
        if u < 0.55:
            return value
        if u < 0.8:
            return " ".join(_grouped(value, _GROUPS[kind]))
        if kind == "id_card":
            return value.lower() if u < 0.9 else value.translate(_FULL_WIDTH)
        if u < 0.9:
            return "-".join(_grouped(value, _GROUPS[kind]))
        return f"+86 {value}" if kind == "mobile" and u < 0.96 else value.translate(_FULL_WIDTH)
    if kind == "landline":
        head, tail = value.split("-")
        return (
            value
            if u < 0.5
            else (f"({head}){tail}", f"{head} {tail[:4]} {tail[4:]}", head + tail)[int(u * 6) % 3]
        )
    if kind == "plate":
        return value if u < 0.6 else value[:2] + ("·" if u < 0.8 else " ") + value[2:]
    if kind == "vin":
        return value if u < 0.75 else value.lower() if u < 0.9 else " ".join(_grouped(value, (3, 6, 8)))
    return value


def spoken_form(kind: str, value: str, rng: random.Random) -> str:
    """``value`` as a recogniser would write what was said: digits read out one by one, with pauses."""
    if kind in ("name", "wechat") or rng.random() < 0.3:
        return value
    if kind == "address":
        return value.translate(_SPOKEN)
    if kind == "email":
        return value.replace("@", "艾特").replace(".", "点")
    digits = _SPOKEN_YAO if rng.random() < 0.75 else _SPOKEN
    if kind in _GROUPS and rng.random() < 0.5:
        return _pick(rng, (" ", "，", "")).join(_grouped(value, _GROUPS[kind])).translate(digits)
    return value.replace("-", "").translate(digits)


def _grouped(value: str, sizes: tuple[int, ...]) -> list[str]:
    groups, at = [], 0
    for size in sizes:
        groups.append(value[at : at + size])
        at += size
    return [g for g in groups if g] + ([value[at:]] if value[at:] else [])
