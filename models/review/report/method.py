"""Data quality, method, versions, and where every number and quote comes from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from models.review.report.tree import Cell, Note, Paragraph, Quotation, Quotes, Section, Table
from models.review.report.walk import cells_of
from models.review.report.words import SECTORS, Tongue, local_time
from models.review.sections import QualityRow
from models.review.snapshot import ReviewSnapshot
from models.review.wording import is_english

RECORDS_SHOWN = 4
_RANGE = re.compile(r"[^?]*\?from=[^&]*&to=[^&]*")

_CHECKS = {
    "rejected": ("未能入库的行", "Rows rejected"),
    "duplicates": ("完全重复、未再入库", "Exact duplicates, not stored again"),
    "near_duplicates": ("近似重复的反馈", "Near-duplicate transcripts"),
    "short_texts": ("过短的反馈", "Very short texts"),
    "unknown_channel": ("未注明渠道", "Channel not given"),
    "uncategorised": ("类别未明的负面反馈", "Negative without a clear category"),
    "unassigned": ("没有归入根因的负面反馈", "Negative without a root cause"),
}


def method_sections(snapshot: ReviewSnapshot, say: Tongue) -> Iterator[Section]:
    yield Section("quality", say("数据质量", "Data quality"), (_quality(snapshot.quality, say),))
    notes = tuple(Paragraph((note.en if is_english(say.language) else note.zh,)) for note in snapshot.method)
    if notes:
        yield Section("method", say("方法", "Method"), notes)
    rows = tuple((Cell(name), Cell(text)) for name, text in about_of(snapshot, say))
    columns = (say.column("项目", "Item", 1.0), say.column("内容", "Content", 4.0))
    yield Section("versions", say("版本与出处", "Versions and origin"), (Table(columns, rows),), level=2)


def about_of(snapshot: ReviewSnapshot, say: Tongue) -> tuple[tuple[str, str], ...]:
    """What identifies the review and the components that made it."""
    generated = local_time(snapshot.generated_at, snapshot.timezone)
    return (
        (say("单位", "Organisation"), snapshot.tenant),
        (say("行业", "Sector"), say.name(SECTORS, snapshot.sector)),
        (say("统计期", "Period"), f"{snapshot.first} – {snapshot.end}"),
        (say("时区", "Time zone"), snapshot.timezone),
        (say("生成时间", "Generated"), generated),
        (say("数据指纹", "Fingerprint"), snapshot.fingerprint),
        *snapshot.versions.items(),
    )


def _quality(rows: tuple[QualityRow, ...], say: Tongue) -> Table:
    made = []
    for row in rows:
        ids = " ".join(row.count.records[:RECORDS_SHOWN])
        more = (row.count.n_records or 0) > RECORDS_SHOWN
        none = Cell(say("未记录", "not recorded"))
        made.append(
            (
                Cell(say.name(_CHECKS, row.kind)),
                none if row.count.value is None else say.cell(row.count),
                say.cell(row.share),
                Cell(ids + (" …" if more else "")),
            )
        )
    columns = (
        say.column("检查项", "Check", 1.6),
        say.number("条数", "Count"),
        say.number("占比", "Share"),
        say.column("记录编号（部分）", "Record ids (some)", 3.2),
    )
    return Table(columns, tuple(made))


def paths_of(sections: Iterable[Section]) -> tuple[str, ...]:
    """Every query behind a number once, in reading order."""
    found = (cell.query for section in sections for cell in cells_of(section))
    return tuple(dict.fromkeys(path for path in found if path))


def appendix_sections(sections: Sequence[Section], paths: Sequence[str], say: Tongue) -> Iterator[Section]:
    """The quoted records, and the service's path behind each number, both in reading order."""
    quotes = {(item.record, item.text): item for section in sections for item in _quotations(section)}
    if quotes:
        title = say("附录：引用的记录", "Appendix: quoted records")
        yield Section("evidence", title, (_evidence(tuple(quotes.values()), say),), appendix=True)
    if paths:
        start = _commonest_start(paths)
        lead = say(
            f"数字背后的记录可用以下路径在服务中查到；以“…”开头的，接在 {start} 之后。",
            f"The records behind the numbers are found in the service by these paths; “…” stands for {start}",
        )
        rows = tuple(
            (Cell(str(at)), Cell("…" + path[len(start) :] if start and path.startswith(start) else path))
            for at, path in enumerate(paths, 1)
        )
        columns = (say.column("编号", "No.", 0.3), say.column("记录查询", "Records", 6.0))
        title = say("附录：数字的出处", "Appendix: where the numbers come from")
        blocks = (Note(lead), Table(columns, rows))
        yield Section("sources", title, blocks, appendix=True)


def _commonest_start(paths: Iterable[str]) -> str:
    """The time range that most of the paths begin with."""
    starts = Counter(match[0] for match in map(_RANGE.match, paths) if match)
    return max(starts, key=lambda start: starts[start], default="")


def _quotations(section: Section) -> Iterator[Quotation]:
    for block in section.blocks:
        if isinstance(block, Quotes):
            yield from block.items


def _evidence(quotes: tuple[Quotation, ...], say: Tongue) -> Table:
    rows = tuple((Cell(item.record), Cell(item.source), Cell(item.text)) for item in quotes)
    columns = (
        say.column("记录编号", "Record", 1.4),
        say.column("出处", "Source", 1.4),
        say.column("原声", "Quote", 3.2),
    )
    return Table(columns, rows)
