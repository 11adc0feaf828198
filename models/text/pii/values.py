"""The kinds of personal data and a found piece of it."""

from __future__ import annotations

from dataclasses import dataclass

KINDS: dict[str, str] = {
    "mobile": "手机",
    "landline": "固话",
    "id_card": "身份证",
    "bank_card": "银行卡",
    "plate": "车牌",
    "vin": "车架号",
    "email": "邮箱",
    "wechat": "微信",
    "qq": "QQ",
    "courier": "快递单号",
    "address": "地址",
    "name": "姓名",
    "passport": "护照",
}
"""Kind to the word its mask shows."""


@dataclass(frozen=True, slots=True, order=True)
class PiiMatch:
    """``raw[start:end]`` is personal data of ``kind``, a key of ``KINDS``."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible match. Where two overlap, the lower ``rank`` wins, then the longer one."""

    kind: str
    start: int
    end: int
    rank: int
