"""Options and output that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import orjson

from service.database.engine import Database, open_database
from service.database.migrate import migrate
from service.settings import Settings

json_option = click.option("--json", "as_json", is_flag=True, help="标准输出只打印一个 JSON 对象。")
map_option = click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="字段取自哪一列，如 text=内容；可多次给出，a+b 连接两列。",
)


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of ``settings``, migrated, closed at the end."""
    database = open_database(settings.database_url, busy_timeout_seconds=settings.busy_timeout_seconds)
    try:
        migrate(database)
        yield database
    finally:
        database.close()


def print_json(values: Mapping[str, Any]) -> None:
    click.echo(orjson.dumps(values, default=_plain))


@contextmanager
def progress_line(label: str) -> Iterator[Callable[[float, str], None]]:
    """A bar on a terminal, nothing elsewhere. The callback takes a share in [0, 1] and what is being done."""
    if not sys.stderr.isatty():
        yield lambda done, what: None
        return
    with click.progressbar(length=1000, label=label, file=sys.stderr, show_eta=True) as bar:
        yield lambda done, what: bar.update(max(0, int(done * 1000) - bar.pos))
        bar.update(1000 - bar.pos)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)
