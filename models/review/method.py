"""How the review's numbers are made, in the words that stand in the review."""

from __future__ import annotations

from models.review.comparison import FALSE_DISCOVERY_RATE, MIN_COUNT, MIN_TOTAL
from models.review.sections import Note
from models.review.tally import SHORT_TEXT_CHARS


def method_notes(timezone: str) -> tuple[Note, ...]:
    """One note per rule that changes how a number is to be read."""
    rate_percent = f"{FALSE_DISCOVERY_RATE:.0%}"
    return (
        Note(
            f"统计范围：按 {timezone} 时区的自然月，含起不含止；周为 ISO 周（周一起），月初月末的周可能不足七天。",
            f"Period: the calendar month in {timezone}, half-open; weeks are ISO weeks (from Monday), "
            "cut at the month's ends.",
        ),
        Note(
            "情感与类别只看客户说的话；一条反馈可同时属于几个类别，因此类别提及数之和可以大于负面反馈数。",
            "Sentiment and category read the customer's turns only; a transcript may belong to several "
            "categories, so mentions can add up to more than negative transcripts.",
        ),
        Note(
            "帕累托：类别按负面提及数从多到少排列，累计达到 80% 的前几类为“关键少数”。",
            "Pareto: categories by negative mentions, largest first; the vital few reach 80 % of mentions.",
        ),
        Note(
            "占比与每千条数附 95% 威尔逊区间；内容近似重复的反馈按一个声音计算把握，区间相应放宽。",
            "Rates carry 95 % Wilson intervals; near-duplicate texts count as one voice for certainty, "
            "which widens the interval.",
        ),
        Note(
            f"与上月比较：两率之差附 95% 区间；全部比较一并作 Benjamini–Hochberg 校正，错误发现率 {rate_percent}，"
            "校正后仍显著的才写“明显上升”或“明显下降”。负面率为预先设定的比较，单独判断。",
            "Against last month: difference of rates with a 95 % interval; all comparisons go through "
            f"Benjamini–Hochberg together at a false discovery rate of {rate_percent}. The negative rate is "
            "planned beforehand and judged alone.",
        ),
        Note(
            f"两月合计不足 {MIN_COUNT} 条，或任一月不足 {MIN_TOTAL} 条反馈的，标“样本少”，不判断升降。",
            f"Fewer than {MIN_COUNT} cases in both months together, or a month of fewer than {MIN_TOTAL} "
            "transcripts, is marked as few cases and not judged.",
        ),
        Note(
            f"少于 {SHORT_TEXT_CHARS} 个字的反馈计为“过短”，仍计入总数。",
            f"Texts under {SHORT_TEXT_CHARS} characters are reported as short and still counted.",
        ),
        *_judgement_notes(),
        Note(
            "个人信息在入库前已遮盖；原声引自遮盖后的文本，附记录编号与起止位置。",
            "Personal data is masked before storage; quotes are of the masked text, with record id and offsets.",
        ),
    )


def _judgement_notes() -> tuple[Note, ...]:
    """How the parts that rest on a model of chance are made."""
    return (
        Note(
            "变了什么：渠道、产品、地区拉平到两月的平均构成（Kitagawa 分解，Mantel–Haenszel 检验），"
            "类别与根因合为一族作 Benjamini–Hochberg 校正；同一文字的多份按一个声音计。",
            "What changed: channel, product and region at the average mix of both months (Kitagawa's decomposition, "
            "Mantel-Haenszel test); categories and root causes are one family for Benjamini-Hochberg; copies of one "
            "text count as one voice.",
        ),
        Note(
            "走势：p 控制图，过度离散时用 Laney p′；本月不参与定界限，至少 6 个月才判断，满 12 个月界限才算数；"
            "水平改变处另起一段。报警由预测检验得出，与判异图形分开。",
            "Control charts: p charts, Laney's p' where overdispersed; this month sets no limits; 6 months are needed "
            "to judge and 12 for limits to stand; a lasting change begins a new phase. Alarms come from predictive "
            "tests, apart from textbook patterns.",
        ),
        Note(
            "月内突发：每天看最近 1、3、7 天，与此前十三周（按星期几调整）相比，每个声音只计首日。",
            "Inside the month: each day the latest 1, 3 and 7 days against thirteen weeks before, adjusted for the day "
            "of the week; each voice counts on its first day only.",
        ),
        Note(
            "驱动因素：最小二乘回归，误差按客户聚类；影响份额为 LMG，扣除自助法偏差。卡诺类型由表扬加分与抱怨扣分"
            "的不对称判断。它们说明关联，不证明因果。",
            "Drivers: least squares with errors by customer; shares are LMG less their bootstrap bias. Kano classes "
            "come from the asymmetry of praise and complaint. They show what goes together, not what causes what.",
        ),
        Note(
            "对象比较：贝塔-二项收缩与漏斗图界限；集中程度与只凭偶然的多项抽样相比。",
            "Comparison of units: beta-binomial shrinkage and funnel limits; concentration against multinomial draws "
            "by chance alone.",
        ),
    )
