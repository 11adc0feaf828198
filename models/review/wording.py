"""How figures, changes and findings are said. The same words in every format, ``zh`` or ``en``."""

from __future__ import annotations

import re
from collections.abc import Callable

from models.review.figures import Change, Figure, Unit, Verdict
from models.review.sections import Finding

MISSING = "—"
PLACE = re.compile(r"\{(\w+)\}")

VERDICTS: dict[Verdict, tuple[str, str]] = {
    "up": ("明显上升", "clearly up"),
    "down": ("明显下降", "clearly down"),
    "flat": ("无明显变化", "no clear change"),
    "new": ("新出现", "new"),
    "ended": ("未再出现", "ended"),
    "small": ("样本少", "few cases"),
    "no_previous": ("无上月数据", "no data of last month"),
    "unjudged": ("较上月", "against last month"),
}

VALUE_PREFIX = ("每千条 ", "per 1,000: ")

_SUFFIXES: dict[Unit, tuple[str, str]] = {
    "points": (" 个百分点", " points"),
    "per_1000_difference": (" 条/千条", " per 1,000"),
    "score": (" 分", " points"),
}


def is_english(language: str) -> bool:
    return language.startswith("en")


def figure_text(figure: Figure, language: str = "zh") -> str:
    """The number as it is printed, with its unit where the unit is not plain from the place."""
    if figure.value is None:
        return MISSING
    return _bare(figure.value, figure.unit) + _suffix(figure.unit, language)


def interval_text(figure: Figure, language: str = "zh") -> str:
    """``12.1%–14.3%``; signed intervals as ``+0.3 至 +2.1 个百分点``; empty where there is none."""
    if figure.interval is None:
        return ""
    low, high = (_bare(end, figure.unit) for end in figure.interval)
    if figure.unit in ("ratio", "per_1000", "count", "mean"):
        return f"{low}–{high}"
    return f"{low}{' to ' if is_english(language) else ' 至 '}{high}{_suffix(figure.unit, language)}"


def verdict_text(change: Change, language: str = "zh") -> str:
    """The verdict in plain words; a new thing seen only a few times says so."""
    english = is_english(language)
    words = VERDICTS[change.verdict][english]
    if change.verdict == "new" and change.small:
        return f"{words} ({VERDICTS['small'][1]})" if english else f"{words}（{VERDICTS['small'][0]}）"
    return words


def finding_text(finding: Finding, language: str = "zh") -> str:
    """The finding as one plain sentence."""
    template = finding.en if is_english(language) else finding.zh

    def fill(place: re.Match[str]) -> str:
        name = place[1]
        if name in finding.figures:
            return figure_text(finding.figures[name], language)
        return finding.names.get(name, MISSING)

    return PLACE.sub(fill, template)


def certainty_text(finding: Finding, language: str = "zh") -> str:
    """How sure the finding is."""
    english = is_english(language)
    basis = finding.figures.get(finding.basis or "")
    if finding.certainty == "small":
        return "Few cases: read as a hint" if english else "样本少，仅供参考"
    if finding.certainty == "interval" and basis is not None and basis.interval is not None:
        label = "95 % interval " if english else "95% 区间 "
        per_1000 = VALUE_PREFIX[english] if basis.unit == "per_1000" else ""
        return label + per_1000 + interval_text(basis, language)
    if finding.certainty == "unjudged":
        return "No comparison was made" if english else "未作比较判断"
    return "Complete count, no sampling" if english else "全量计数，无抽样误差"


def _suffix(unit: Unit, language: str) -> str:
    return _SUFFIXES[unit][is_english(language)] if unit in _SUFFIXES else ""


def _bare(value: float, unit: Unit) -> str:
    return _PRINTERS[unit](value).replace("-", "−")


def _signed(value: float) -> str:
    text = f"{value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


_PRINTERS: dict[Unit, Callable[[float], str]] = {
    "count": lambda value: f"{value:,.0f}",
    "per_day": lambda value: f"{value:,.1f}",
    "ratio": lambda value: f"{value:.1%}",
    "per_1000": lambda value: f"{value:,.1f}",
    "points": lambda value: _signed(value * 100),
    "per_1000_difference": _signed,
    "relative": lambda value: _signed(value * 100) + "%",
    "mean": lambda value: "0" if not value else f"{value:,.2f}" if value < 10 else f"{value:,.1f}",
    "score": lambda value: "0.00" if abs(value) < 0.005 else f"{value:+.2f}",
    "polarity": lambda value: "0.00" if abs(value) < 0.005 else f"{value:+.2f}",
}
