"""``voc review``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from models.core.errors import FieldError, SetupError
from models.core.month import Month
from service.building import build_analyzer, build_encoder
from service.cli.options import json_option, opened, print_json, progress_line
from service.database import transcript_queries
from service.database.engine import Database
from service.reviews.formats import WRITERS, check_formats, write_review
from service.reviews.month import freeze_review
from service.rootcauses.finding import find_root_causes, has_root_causes
from service.rootcauses.work import MonthWork
from service.settings import Settings


@click.command()
@click.argument("month")
@click.option("--out", type=click.Path(path_type=Path), help="输出文件夹，默认在 VOC_HOME/reviews/ 下。")
@click.option(
    "--formats",
    default=",".join(WRITERS),
    show_default=True,
    help="逗号分隔：html、json、xlsx、pdf、docx、pptx。缺少组件而做不了的会列出，其余照做。",
)
@click.option("--keep-causes", is_flag=True, help="沿用已找到的根因，不重新寻找。")
@json_option
@click.pass_obj
def review(
    settings: Settings, month: str, out: Path | None, formats: str, keep_causes: bool, as_json: bool
) -> None:
    """生成某月的客户之声月度评审：根因、帕累托、趋势、原声。MONTH 形如 2024-03。

    先用 voc ingest 入库。有上月的数据时自动对比。

    \b
    例：
      voc review 2024-03
      voc review 2024-03 --formats html --out 评审
    """
    wanted = check_formats([name for name in formats.split(",") if name.strip()])
    chosen = Month.parse(month)
    folder = out or settings.home / "reviews" / str(chosen)
    with opened(settings) as database:
        values = build_month(settings, database, chosen, folder, list(wanted), keep_causes=keep_causes)
    if as_json:
        print_json(values)
        return
    click.echo(f"{month} 月度评审：{values['n_transcripts']} 条记录，{values['n_causes']} 个根因")
    for path in values["files"].values():
        click.echo(f"  {path}")
    for name, missing in values["not_made"].items():
        click.echo(f"  未生成 {name}：{missing['detail']}", err=True)


def build_month(
    settings: Settings,
    database: Database,
    month: Month,
    folder: Path,
    formats: list[str],
    *,
    keep_causes: bool = False,
) -> dict[str, Any]:
    """Root causes, snapshot and files of one month; with ``keep_causes`` those that were found before are taken.

    Raises ``FieldError`` where nothing is stored of it.
    """
    with database.read() as connection:
        stored = transcript_queries.count_by_month(connection, settings.tenant)
    if not stored.get(str(month)):
        have = "、".join(f"{name}（{n} 条）" for name, n in stored.items()) or "（空）"
        raise FieldError(
            field="MONTH",
            reason=f"{month} 没有已入库的记录。库中的月份：{have}。请先用 voc ingest 入库",
            reason_en=f"nothing is stored of {month}; there is: {', '.join(stored) or 'nothing'}. Run voc ingest first",
        )
    work = MonthWork(
        settings=settings,
        database=database,
        analyzer=build_analyzer(settings),
        encoder=build_encoder(settings),
        tenant=settings.tenant,
        month=month,
        now=datetime.now(UTC),
    )
    before = replace(work, month=month.shifted(-1))
    if stored.get(str(before.month)) and not has_root_causes(before):
        with progress_line(f"{before.month} 根因（上月，供对比）") as tell:
            find_root_causes(before, progress=tell)
    if not (keep_causes and has_root_causes(work)):
        with progress_line(f"{month} 根因") as tell:
            find_root_causes(work, progress=tell)
    snapshot, record = freeze_review(work)
    not_made: dict[str, dict[str, str]] = {}

    def note_missing(name: str, error: SetupError) -> None:
        not_made[name] = {"code": error.code, "detail": error.message(settings.language)}

    files = write_review(snapshot, folder, formats, on_missing=note_missing, language=settings.language)
    return {
        "month": str(month),
        "revision": record.revision,
        "fingerprint": record.fingerprint,
        "n_transcripts": stored[str(month)],
        "n_causes": len(snapshot.causes),
        "files": {name: str(path) for name, path in files.items()},
        "not_made": not_made,
    }
