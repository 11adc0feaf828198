"""What judgements are called in plain words, ``(Chinese, English)``: every member of every enumeration."""

from __future__ import annotations

from collections.abc import Mapping

from models.review.judged import Course, Courses, Reading, Season, Shift, ShiftVerdict
from models.review.wording import is_english
from models.statistics.balance import Leaning
from models.statistics.charts.rules import RULES
from models.statistics.charts.values import BASELINE_REASONS
from models.statistics.drivers import Quadrant
from models.statistics.funnel import FunnelPlace
from models.statistics.kano import KanoClass
from models.statistics.panel import Verdict
from models.statistics.parallel import TrendVerdict
from models.statistics.screening import DropReason

Words = tuple[str, str]

READINGS: Mapping[Reading, Words] = {
    "rise": ("报警：高于以往", "alarm: above its past"),
    "fall": ("报警：低于以往", "alarm: below its past"),
    "hint_rise": ("提示：单独看偏高，合并看还不足以报警", "hint: high on its own, not among all series"),
    "hint_fall": ("提示：单独看偏低，合并看还不足以报警", "hint: low on its own, not among all series"),
    "steady": ("在正常波动之内", "within its usual variation"),
    "short": ("历史太短，暂不判断", "too little history to judge"),
    "empty": ("本月没有数据", "no data this month"),
}

SHIFT_VERDICTS: Mapping[ShiftVerdict, Words] = {
    "up": ("明显上升", "clearly up"),
    "down": ("明显下降", "clearly down"),
    "unclear": ("看不出变化", "no change to be seen"),
    "few": ("数据太少", "too few data"),
}

TRUST: Mapping[Verdict, Words] = {
    Verdict.STABLE: ("基线稳定", "baseline stable"),
    Verdict.PROVISIONAL: ("界限为暂定", "limits are provisional"),
    Verdict.UNSTABLE: ("基线不稳定，界限仅供参考", "baseline unstable: read its limits as a hint"),
    Verdict.TOO_SHORT: ("历史太短", "too little history"),
}

QUADRANTS: Mapping[Quadrant, Words] = {
    Quadrant.FIX_FIRST: ("优先解决", "fix first"),
    Quadrant.PREVENT: ("重点预防", "prevent"),
    Quadrant.REDUCE: ("逐步减少", "reduce"),
    Quadrant.WATCH: ("持续观察", "watch"),
    Quadrant.KEEP: ("继续保持", "keep"),
    Quadrant.SPREAD: ("值得推广", "spread"),
    Quadrant.UNCLEAR: ("看不出影响", "no effect to be seen"),
}

KANO_CLASSES: Mapping[KanoClass, Words] = {
    KanoClass.BASIC: ("基本型", "basic need"),
    KanoClass.PERFORMANCE: ("期望型", "performance need"),
    KanoClass.ATTRACTIVE: ("魅力型", "attractive"),
    KanoClass.INDIFFERENT: ("无差异型", "indifferent"),
    KanoClass.REVERSE: ("反向型", "reverse"),
    KanoClass.UNDECIDED: ("尚不能判断", "undecided"),
}

LEANINGS: Mapping[Leaning, Words] = {
    Leaning.COMPLAINT: ("抱怨偏多", "leans to complaint"),
    Leaning.PRAISE: ("表扬偏多", "leans to praise"),
    Leaning.UNDECIDED: ("看不出偏向", "no leaning to be seen"),
}

TREND_VERDICTS: Mapping[TrendVerdict, Words] = {
    TrendVerdict.DIFFERENT: (
        "行动之前两组走势已不同，效果不可信",
        "the groups moved apart before the action: do not trust the effect",
    ),
    TrendVerdict.NO_DIFFERENCE_SEEN: (
        "行动之前看不出走势不同（并不等于证明相同）",
        "no different trend seen before the action, which is no proof",
    ),
    TrendVerdict.TOO_FEW: (
        "行动之前的期数太少，无法核对走势",
        "too few periods before the action to compare trends",
    ),
}

FUNNEL_PLACES: Mapping[FunnelPlace, Words] = {
    FunnelPlace.FAR_ABOVE: ("远高于平均", "far above the common rate"),
    FunnelPlace.ABOVE: ("偏高", "above the common rate"),
    FunnelPlace.WITHIN: ("偶然范围内", "within chance"),
    FunnelPlace.BELOW: ("偏低", "below the common rate"),
    FunnelPlace.FAR_BELOW: ("远低于平均", "far below the common rate"),
}

DROP_REASONS: Mapping[DropReason, Words] = {
    DropReason.CONSTANT: ("每条都一样", "the same in every row"),
    DropReason.RARE: ("提到得太少", "too rare"),
    DropReason.COLLINEAR: ("与另一主题几乎同时出现", "nearly a copy of another"),
}

_ENUMERATIONS: Mapping[str, Mapping[str, Words]] = {
    "quadrant": QUADRANTS,  # type: ignore[dict-item]
    "kano": KANO_CLASSES,  # type: ignore[dict-item]
    "leaning": LEANINGS,  # type: ignore[dict-item]
    "trend": TREND_VERDICTS,  # type: ignore[dict-item]
    "place": FUNNEL_PLACES,  # type: ignore[dict-item]
    "dropped": DROP_REASONS,  # type: ignore[dict-item]
    "trust": TRUST,  # type: ignore[dict-item]
}


def term(kind: str, value: str, language: str = "zh") -> str:
    """The words of an enumeration's ``value``: ``term("quadrant", "fix_first")``."""
    return _ENUMERATIONS[kind][value][is_english(language)]


def shift_text(shift: Shift, language: str = "zh") -> str:
    """The verdict; one that began or ended says so."""
    english = is_english(language)
    words = SHIFT_VERDICTS[shift.verdict][english]
    if shift.verdict == "up" and not shift.before.n:
        return f"{words} (none last month)" if english else f"{words}（上月没有）"
    if shift.verdict == "down" and not shift.now.n:
        return f"{words} (none this month)" if english else f"{words}（本月没有）"
    return words


def reading_text(course: Course, language: str = "zh") -> str:
    return READINGS[course.reading][is_english(language)]


def trust_text(course: Course, courses: Courses, language: str = "zh") -> str:
    """How far the limits can be trusted, with the number of months; empty where the baseline is stable."""
    english = is_english(language)
    trust = Verdict(course.trust)
    if trust == Verdict.STABLE:
        return ""
    words = TRUST[trust][english]
    if trust == Verdict.TOO_SHORT:
        needed = courses.minimum_points
        if english:
            return f"{words}: {course.n_baseline} months before, {needed} needed"
        return f"{words}：此前只有 {course.n_baseline} 个月，至少 {needed} 个月才能判断"
    told = [BASELINE_REASONS[reason][english] for reason in course.reasons if reason in BASELINE_REASONS]
    months = f"{course.n_baseline} months" if english else f"{course.n_baseline} 个月"
    return f"{words} ({months}; {'; '.join(told)})" if english else f"{words}（{months}；{'；'.join(told)}）"


def pattern_text(code: str, language: str = "zh") -> str:
    rule = RULES.get(code)
    if rule is None:
        return code
    return rule.en if is_english(language) else rule.zh


def season_text(season: Season, language: str = "zh") -> str:
    """One sentence on the season of the year in the negative rate."""
    english = is_english(language)
    if season.status == "too_short":
        if english:
            return f"Season of the year: at least {season.months_needed} more months are needed to tell."
        return f"季节性：至少还需 {season.months_needed} 个月的数据（满两年）才能判断。"
    if season.high is None or season.low is None:
        return "Season of the year: none to be seen." if english else "季节性：看不出一年中的固定起伏。"
    if english:
        return f"Season of the year: highest in month {season.high}, lowest in month {season.low}."
    return f"季节性：负面率一年中通常 {season.high} 月最高、{season.low} 月最低，解读本月时请考虑。"


def p_text(value: float | None, language: str = "zh") -> str:
    """``<0.001`` or three decimals; a dash where nothing was tested."""
    if value is None:
        return "—"
    return "<0.001" if value < 0.001 else f"{value:.3f}"
