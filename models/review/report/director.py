"""One page for the director: the headline numbers and at most five findings, each with how sure it is."""

from __future__ import annotations

from models.review.figures import Change
from models.review.report.tree import Block, Cell, Fact, Facts, Note, Section, Statement
from models.review.report.words import SECTORS, Tongue, local_time
from models.review.sections import Finding
from models.review.snapshot import ReviewSnapshot
from models.review.wording import MISSING, PLACE, certainty_text, interval_text, is_english, verdict_text

MAX_FINDINGS = 5


def director_page(snapshot: ReviewSnapshot, say: Tongue) -> Section:
    findings = tuple(_statement(finding, say) for finding in snapshot.findings[:MAX_FINDINGS])
    blocks: tuple[Block, ...] = (_headline(snapshot, say), *findings, Note(_period(snapshot, say)))
    return Section("director", say("本月要点", "Findings"), blocks)


def _headline(snapshot: ReviewSnapshot, say: Tongue) -> Facts:
    totals, colon = snapshot.totals, say(" ", " ")
    rate_notes = list(_change_notes(totals.negative_change, say))
    if totals.negative_rate.interval:
        rate_notes.append(
            (f"{say('95% 区间', '95 % interval')} {interval_text(totals.negative_rate, say.language)}",)
        )
    voices = (say("去重后", "distinct voices") + colon, say.cell(totals.voices))
    daily = (say("日均", "per day") + colon, say.cell(totals.per_day))
    tones = (
        say("中性", "neutral") + colon, say.cell(totals.neutral),
        say("，正面", ", positive") + colon, say.cell(totals.positive),
    )  # fmt: skip
    polarity = (say("平均情感", "mean polarity") + colon, say.cell(totals.polarity))
    new: tuple[str | Cell, ...] = (say("无上月数据", "no data of last month"),)
    if totals.new_causes is not None:
        new = (say("其中新出现", "new this month") + colon, say.cell(totals.new_causes))
    return Facts(
        (
            Fact(
                say("反馈总量", "Transcripts"),
                say.cell(totals.transcripts),
                (*_change_notes(totals.transcripts_change, say), voices, daily),
            ),
            Fact(
                say("负面率", "Negative rate"),
                say.cell(totals.negative_rate, strong=True),
                tuple(rate_notes),
            ),
            Fact(say("负面反馈", "Negative transcripts"), say.cell(totals.negative), (tones, polarity)),
            Fact(say("根因", "Root causes"), say.cell(totals.causes), (new,)),
        )
    )


def _change_notes(change: Change, say: Tongue) -> tuple[tuple[str | Cell, ...], ...]:
    words = verdict_text(change, say.language)
    if change.verdict == "no_previous":
        return ((words,),)
    first: tuple[str | Cell, ...] = (words,)
    if change.difference is not None:
        first = (words + " ", say.cell(change.difference))
    if change.previous is None:
        return (first,)
    return first, (say("上月", "last month") + " ", say.cell(change.previous))


def _statement(finding: Finding, say: Tongue) -> Statement:
    template = finding.en if is_english(say.language) else finding.zh
    pieces: list[str | Cell] = []
    at = 0
    for place in PLACE.finditer(template):
        name = place[1]
        pieces.append(template[at : place.start()])
        figure = finding.figures.get(name)
        pieces.append(say.cell(figure, strong=True) if figure else finding.names.get(name, MISSING))
        at = place.end()
    pieces.append(template[at:])
    told = tuple(piece for piece in pieces if piece)
    return Statement(told, certainty_text(finding, say.language), finding.certainty == "small")


def _period(snapshot: ReviewSnapshot, say: Tongue) -> str:
    first = local_time(snapshot.first, snapshot.timezone)[:10]
    parts = [
        f"{say('统计期', 'Period')} {first} – {snapshot.days[-1].day} ({snapshot.timezone})",
        f"{say('行业', 'Sector')} {say.name(SECTORS, snapshot.sector)}",
        f"{say('生成时间', 'Generated')} {local_time(snapshot.generated_at, snapshot.timezone)}",
        f"{say('数据指纹', 'Fingerprint')} {snapshot.fingerprint[:12]}",
    ]
    return say("；", "; ").join(parts)
