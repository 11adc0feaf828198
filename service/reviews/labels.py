"""The fixed words of a review, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from models.review.report.words import CHANNELS, SECTORS
from models.review.wording import is_english
from service.reviews.judged_labels import JUDGED_LABELS

_LABELS: Mapping[str, tuple[str, str]] = {
    "comma": ("，", ", "),
    "semicolon": ("；", "; "),
    "list_comma": ("、", ", "),
    "title": ("客户之声月报", "Voice of the customer: monthly review"),
    "short_title": ("客户之声月报", "Monthly review"),
    "period": ("统计期", "Period"),
    "generated": ("生成时间", "Generated"),
    "fingerprint": ("数据指纹", "Fingerprint"),
    "sector": ("行业", "Sector"),
    "tenant": ("单位", "Organisation"),
    "timezone": ("时区", "Time zone"),
    "transcripts": ("反馈总量", "Transcripts"),
    "voices": ("去重后", "distinct voices"),
    "customers": ("客户数", "customers"),
    "per_day": ("日均", "per day"),
    "negative": ("负面", "Negative"),
    "neutral": ("中性", "Neutral"),
    "positive": ("正面", "Positive"),
    "negative_rate": ("负面率", "Negative rate"),
    "negative_count": ("负面反馈", "Negative transcripts"),
    "polarity": ("平均情感（−1 至 1）", "Mean polarity (−1 to 1)"),
    "polarity_short": ("平均情感", "mean polarity"),
    "causes_count": ("根因", "Root causes"),
    "new_of_them": ("其中新出现", "new this month"),
    "interval": ("95% 区间", "95 % interval"),
    "last_month": ("上月", "last month"),
    "against_last_month": ("较上月", "on last month"),
    "change": ("与上月比较", "Against last month"),
    "difference": ("差值", "Difference"),
    "verdict": ("判断", "Verdict"),
    "no_previous": ("无上月数据", "no data of last month"),
    "findings": ("本月要点", "Findings"),
    "finding": ("要点", "Finding"),
    "volumes": ("情感走势与渠道", "Sentiment and channels"),
    "weeks": ("每周情感", "Sentiment by week"),
    "weeks_lead": (
        "柱高为反馈条数，按情感堆叠；柱上为当周负面率。首尾两周可能不足七天。",
        "Height is the number of transcripts by sentiment; above each bar the week's negative rate. "
        "The first and last week may have fewer than seven days.",
    ),
    "days": ("每日负面反馈", "Negative transcripts by day"),
    "days_lead": ("浅色为周末。", "Weekends are pale."),
    "week": ("周", "Week"),
    "week_from": ("起", "From"),
    "week_to": ("止", "To"),
    "n_days": ("天数", "Days"),
    "pieces": ("条", "transcripts"),
    "n_transcripts": ("条数", "Count"),
    "n_transcripts_long": ("反馈条数", "Transcripts"),
    "share": ("占比", "Share"),
    "channels": ("各渠道", "By channel"),
    "channel": ("渠道", "Channel"),
    "pareto": ("问题集中在哪里", "Where the problems are"),
    "pareto_chart": ("负面类别帕累托", "Pareto of negative categories"),
    "pareto_lead": (
        "柱为各类别的负面提及数，折线为累计占比；深色为“关键少数”。",
        "Bars are negative mentions, the line is the cumulative share; the vital few are dark.",
    ),
    "category": ("类别", "Category"),
    "cumulative": ("累计占比", "Cumulative"),
    "vital": ("关键少数", "Vital few"),
    "causes": ("主要根因", "Root causes"),
    "causes_lead": (
        "按条数排列。“每千条”是每一千条反馈中属于该根因的条数；横线为 95% 区间。",
        "By count. “Per 1,000” is per thousand transcripts of the month; the line is the 95 % interval.",
    ),
    "cause": ("根因", "Root cause"),
    "keywords": ("关键词", "Keywords"),
    "state": ("状态", "State"),
    "per_1000": ("每千条", "Per 1,000"),
    "by_week": ("逐周", "By week"),
    "products": ("产品", "Products"),
    "hot_topics": ("其中突出的", "Hot topics in it"),
    "demands": ("客户要求", "Customers demand"),
    "quantities": ("提到的时长/次数/金额", "Waiting, times, money named"),
    "quantity_waiting": ("等待", "waiting"),
    "quantity_times": ("次数", "times"),
    "quantity_money": ("金额", "money"),
    "median": ("中位", "median"),
    "to": ("至", "to"),
    "demand_refund": ("退款退货", "money back"),
    "demand_exchange": ("换货", "exchange"),
    "demand_repair": ("维修", "repair"),
    "demand_apology": ("道歉", "apology"),
    "demand_compensation": ("赔偿", "compensation"),
    "demand_explanation": ("解释", "explanation"),
    "demand_faster": ("加快处理", "faster handling"),
    "demand_resolution": ("解决问题", "a solution"),
    "demand_cancel": ("取消", "cancellation"),
    "demand_contact": ("回电", "call back"),
    "demand_complaint": ("投诉", "filing a complaint"),
    "demand_escalation": ("投诉升级", "escalation"),
    "stability": ("稳定度", "Stability"),
    "unstable": (
        "（低于 0.5：归类不稳，请先看原话）",
        "(below 0.5: a doubtful group, read the quotes first)",
    ),
    "main_category": ("主要类别", "Category"),
    "other_causes": ("其余根因", "Other root causes"),
    "ended": ("上月有、本月未再出现", "Last month only"),
    "product": ("产品", "Product"),
    "region": ("地区", "Region"),
    "store": ("门店", "Store"),
    "uncategorised": (
        "另有类别未明的负面反馈，占负面反馈的",
        "Negative transcripts without a clear category:",
    ),
    "breakdowns": ("门店、产品与地区", "Stores, products and regions"),
    "first_rows": ("只列最多的", "largest only:"),
    "quality": ("数据质量", "Data quality"),
    "check": ("检查项", "Check"),
    "not_recorded": ("未记录", "not recorded"),
    "method": ("方法", "Method"),
    "versions": ("模型与版本", "Models and versions"),
    "evidence": ("附录：引用的记录", "Appendix: quoted records"),
    "evidence_lead": (
        "正文引用的原声及其出处。数字链接指向服务中的查询；脱离服务打开本文件时，请凭记录编号查找。",
        "The quotes above and where they stand. Numbers link to queries of the service; without it, "
        "find the records by their ids.",
    ),
    "quote": ("原声", "Quote"),
    "record": ("记录编号", "Record"),
    "external_id": ("外部编号", "External id"),
    "occurred_at": ("时间", "Time"),
    "sentiment": ("情感", "Sentiment"),
    "span": ("位置", "Span"),
    "query": ("记录查询", "Records"),
    "example_records": ("记录编号（部分）", "Record ids (some)"),
    "item": ("指标", "Measure"),
    "value": ("数值", "Value"),
    "lower": ("区间下限", "Lower"),
    "upper": ("区间上限", "Upper"),
    "previous_value": ("上月", "Last month"),
    "note": ("说明", "Note"),
    "none_yet": ("本月没有可列的内容。", "Nothing to list this month."),
    "no_causes": (
        "本月没有形成根因：负面反馈太少，或尚未运行根因分析。",
        "No root causes this month: too few negative transcripts, or discovery has not run.",
    ),
    "sheet_overview": ("概览", "Overview"),
    "sheet_channels": ("渠道", "Channels"),
    "sheet_breakdowns": ("产品地区", "Products and regions"),
    "sheet_weeks": ("情感周度", "Weeks"),
    "sheet_pareto": ("类别帕累托", "Pareto"),
    "sheet_causes": ("根因", "Root causes"),
    "sheet_quotes": ("原声", "Quotes"),
    "sheet_quality": ("数据质量", "Data quality"),
    "sheet_method": ("方法", "Method"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "quality_rejected": ("未能入库的行", "Rows rejected"),
    "quality_duplicates": ("完全重复、未再入库", "Exact duplicates, not stored again"),
    "quality_near_duplicates": ("近似重复的反馈", "Near-duplicate transcripts"),
    "quality_short_texts": ("过短的反馈", "Very short texts"),
    "quality_unknown_channel": ("未注明渠道", "Channel not given"),
    "quality_uncategorised": ("类别未明的负面反馈", "Negative without a clear category"),
    "quality_unassigned": ("没有归入根因的负面反馈", "Negative without a root cause"),
    "state_new": ("新出现", "new"),
    "state_linked": ("延续", "continued"),
    "state_split": ("分化", "split"),
    "state_merged": ("合并", "merged"),
    "state_returned": ("重现", "returned"),
}


class Labels:
    """``labels("negative")`` gives the fixed word in one language; an unknown name is a ``KeyError``."""

    def __init__(self, language: str = "zh") -> None:
        self.language = "en" if is_english(language) else "zh"
        self._column = 1 if self.language == "en" else 0

    def __call__(self, name: str) -> str:
        return (_LABELS.get(name) or JUDGED_LABELS[name])[self._column]

    def channel(self, name: str) -> str:
        """Well-known channel codes in words; others as the customer wrote them."""
        return CHANNELS[name][self._column] if name in CHANNELS else name

    def sector(self, name: str) -> str:
        return SECTORS[name][self._column] if name in SECTORS else name

    def state(self, name: str) -> str:
        known = _LABELS.get(f"state_{name}")
        return known[self._column] if known else name

    def demand(self, name: str) -> str:
        known = _LABELS.get(f"demand_{name}")
        return known[self._column] if known else name

    def quantity(self, value: float, unit: str) -> str:
        """A value with the unit people would say: ``80 分钟``, ``3 天``, ``2 个月``, ``500 元``, ``3 次``."""
        name, size = unit, 1.0
        if unit == "minutes":
            name = next(name for name, least in _DURATIONS if value >= least or name == "minutes")
            size = _MINUTES[name]
        return f"{_short(value / size)} {_UNITS[name][self._column]}"

    def month(self, month: str) -> str:
        """``2024年3月`` or ``March 2024`` of ``2024-03``."""
        first = date.fromisoformat(f"{month}-01")
        if self.language == "en":
            return f"{_MONTHS[first.month - 1]} {first.year}"
        return f"{first.year}年{first.month}月"

    def day(self, day: str) -> str:
        at = date.fromisoformat(day)
        if self.language == "en":
            return f"{at.day} {_MONTHS[at.month - 1][:3]}"
        return f"{at.month}月{at.day}日"

    def days(self, first: str, last: str) -> str:
        """``3月4日–10日``, one day as one."""
        if first == last:
            return self.day(first)
        at, until = date.fromisoformat(first), date.fromisoformat(last)
        if self.language == "en":
            return f"{at.day}–{until.day} {_MONTHS[until.month - 1][:3]}"
        return f"{at.month}月{at.day}–{until.day}日"


_DURATIONS = (
    ("years", 525_600.0),
    ("months", 86_400.0),
    ("days", 2880.0),
    ("hours", 120.0),
    ("minutes", 1.0),
)
"""Unit and the minutes from which on it is used; its size is in ``_MINUTES``."""

_UNITS: Mapping[str, tuple[str, str]] = {
    "years": ("年", "years"),
    "months": ("个月", "months"),
    "days": ("天", "days"),
    "hours": ("小时", "hours"),
    "minutes": ("分钟", "min"),
    "times": ("次", "times"),
    "yuan": ("元", "yuan"),
}

_MINUTES = {"years": 525_600.0, "months": 43_200.0, "days": 1440.0, "hours": 60.0, "minutes": 1.0}


def _short(value: float) -> str:
    """At most one decimal, thousands apart."""
    return f"{value:,.1f}".removesuffix(".0")


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
