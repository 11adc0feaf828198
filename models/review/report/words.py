"""The words of a printed review and the cells made of figures. The same printers as the page's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from models.review.figures import Change, Figure, count
from models.review.report.tree import Cell, Column, ColumnKind, Quotation
from models.review.sections import QuoteRow
from models.review.terms import p_text
from models.review.wording import MISSING, figure_text, interval_text, is_english, verdict_text

CHANNELS: Mapping[str, tuple[str, str]] = {
    "unknown": ("未注明", "not given"),
    "phone": ("电话", "phone"),
    "call": ("电话", "call"),
    "chat": ("在线客服", "chat"),
    "email": ("邮件", "e-mail"),
    "web": ("网站", "website"),
    "wechat": ("微信", "WeChat"),
    "app": ("App", "app"),
    "store": ("门店", "store"),
    "online": ("线上", "online"),
    "survey": ("问卷", "survey"),
    "social": ("社交媒体", "social media"),
    "review": ("评论", "reviews"),
}
SECTORS: Mapping[str, tuple[str, str]] = {
    "generic": ("通用", "generic"),
    "automotive": ("汽车", "automotive"),
    "retail": ("零售", "retail"),
    "telecom": ("电信", "telecom"),
    "bank": ("银行", "bank"),
    "hotel": ("酒店", "hotel"),
    "public-service": ("政务服务", "public service"),
}
KINDS: Mapping[str, tuple[str, str]] = {
    "total": ("总体", "overall"),
    "category": ("类别", "category"),
    "cause": ("根因", "root cause"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "new": ("新出现", "new"),
    "linked": ("延续", "continued"),
    "split": ("分化", "split"),
    "merged": ("合并", "merged"),
    "returned": ("重现", "returned"),
}
UNITS: Mapping[str, tuple[str, str]] = {
    "cause": ("根因", "Root causes"),
    "customer": ("客户", "Customers"),
    "store": ("门店", "Stores"),
    "region": ("地区", "Regions"),
    "product": ("产品", "Products"),
    "agent": ("坐席", "Service staff"),
}
FIELDS: Mapping[str, tuple[str, str]] = {
    "channel": ("渠道", "channel"),
    "product": ("产品", "product"),
    "region": ("地区", "region"),
    "store": ("门店", "store"),
}


@dataclass(frozen=True, slots=True)
class Tongue:
    """``say("渠道", "Channel")`` is the word of the report's language."""

    language: str

    def __call__(self, zh: str, en: str) -> str:
        return en if is_english(self.language) else zh

    def name(self, names: Mapping[str, tuple[str, str]], code: str) -> str:
        """A well-known code in words, another as it was written."""
        return self(*names[code]) if code in names else code

    def listed(self, names: Iterable[str]) -> str:
        return self("、", ", ").join(names)

    def column(
        self,
        zh: str,
        en: str,
        width: float = 1.0,
        kind: ColumnKind = "text",
        sub: tuple[str, str] = ("", ""),
    ) -> Column:
        return Column(self(zh, en), kind, width, self(*sub))

    def number(self, zh: str, en: str, width: float = 0.7, sub: tuple[str, str] = ("", "")) -> Column:
        return Column(self(zh, en), "number", width, self(*sub))

    def cell(self, figure: Figure | None, *, interval: bool = False, strong: bool = False) -> Cell:
        """The printed number; ``interval`` puts its 95 % interval below."""
        if figure is None:
            return Cell(MISSING)
        sub = interval_text(figure, self.language) if interval else ""
        return Cell(figure_text(figure, self.language), figure, f"[{sub}]" if sub else "", strong)

    def counted(self, n: int) -> Cell:
        return self.cell(count(n))

    def tested(self, q_value: float | None) -> Cell:
        """A p value; its figure is the unrounded one."""
        if q_value is None:
            return Cell(MISSING)
        return Cell(p_text(q_value, self.language), Figure(q_value, "ratio"))

    def change(self, change: Change) -> tuple[Cell, Cell]:
        """The difference with its interval, and the verdict."""
        strong = change.verdict in ("up", "down", "new")
        return self.cell(change.difference, interval=True), Cell(
            verdict_text(change, self.language), strong=strong
        )

    def month(self, month: str) -> str:
        first = date.fromisoformat(f"{month}-01")
        return f"{first:%B %Y}" if is_english(self.language) else f"{first.year}年{first.month}月"

    def day(self, day: str) -> str:
        at = date.fromisoformat(day)
        return f"{at.day} {at:%b}" if is_english(self.language) else f"{at.month}月{at.day}日"

    def days(self, first: str, last: str) -> str:
        """``3月4–10日``, one day as one."""
        if first == last:
            return self.day(first)
        at, until = date.fromisoformat(first), date.fromisoformat(last)
        if is_english(self.language):
            return f"{at.day}–{until.day} {until:%b}"
        return f"{at.month}月{at.day}–{until.day}日"

    def quotation(self, quote: QuoteRow, zone: str) -> Quotation:
        told = [quote.external_id or quote.transcript_id]
        if quote.occurred_at:
            told.append(local_time(quote.occurred_at, zone))
        if quote.channel:
            told.append(self.name(CHANNELS, quote.channel))
        if quote.product:
            told.append(quote.product)
        return Quotation(quote.text, quote.transcript_id, quote.query, " · ".join(told))


def local_time(moment: str, zone: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
