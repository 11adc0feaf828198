"""``voc dictionary check``: what a dictionary change does to a corpus, before it is used."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from data.formats.encodings import detect_encoding
from models.core.errors import FieldError, FileFormatError, InputError
from models.text.dictionary import Dictionary, parse_dictionary
from models.text.dictionary_check import (
    BrokenCase,
    Case,
    DictionaryDiff,
    builtin_cases,
    check_cases,
    compare_dictionaries,
    parse_cases,
)
from models.text.segment import Segmenter

_SHOWN_CHANGES = 30
_CASES_NAME = "cases.txt"
csv.field_size_limit(1 << 27)


@click.group()
def dictionary() -> None:
    """词典：检查一份词典改动会带来什么。"""


@dictionary.command()
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--data", required=True, type=click.Path(path_type=Path), help="语料：.txt 每行一条，或 .csv。")
@click.option("--against", type=click.Path(path_type=Path), help="旧词典；不写则与内置词典比较。")
@click.option("--cases", type=click.Path(path_type=Path), help="另加的用例；词典旁的 cases.txt 会自动加上。")
@click.option("--column", default="text", show_default=True, help=".csv 里的文本列。")
@click.option("--json", "as_json", is_flag=True, help="输出一个 JSON 对象。")
@click.pass_context
def check(
    context: click.Context,
    new: Path,
    data: Path,
    against: Path | None,
    cases: Path | None,
    column: str,
    as_json: bool,
) -> None:
    """比较新旧词典在语料上的切分，并检查用例；破坏用例的词典会被拒绝（退出码 1）。"""
    try:
        added = _load_dictionary(new)
        listed = _load_cases(new, cases)
        segmenter = Segmenter(added)
        broken = check_cases(segmenter, listed)
        old = Segmenter(_load_dictionary(against) if against else None)
        diff = compare_dictionaries(old, segmenter, read_texts(data, column=column))
    except InputError as error:
        click.echo(error.message("zh"), err=True)
        context.exit(2)
    if as_json:
        click.echo(json.dumps(_to_dict(added, diff, broken, len(listed)), ensure_ascii=False))
    else:
        _print_report(added, diff, broken, len(listed))
    context.exit(1 if broken else 0)


def read_texts(path: Path, *, column: str) -> Iterator[str]:
    """Stream the texts of a ``.txt`` (a line each) or ``.csv`` file. Blank texts are left out, broken bytes
    become U+FFFD.

    Raises ``FileFormatError`` for a file that cannot be read or decoded, ``FieldError`` without the column.
    """
    try:
        with path.open(encoding=_encoding(path), errors="replace", newline="") as lines:
            texts = _csv_column(lines, column) if path.suffix.lower() == ".csv" else lines
            for text in texts:
                if text := text.rstrip("\r\n"):
                    yield text
    except (OSError, csv.Error) as error:
        raise _unreadable(path, error) from error


def _csv_column(lines: Iterator[str], column: str) -> Iterator[str]:
    rows = csv.DictReader(lines)
    columns = rows.fieldnames or []
    if column not in columns:
        raise FieldError(
            field="--column",
            reason=f"文件里没有列「{column}」，有：{'、'.join(columns)}。",
            reason_en=f"the file has no column {column!r}; it has {', '.join(columns)}.",
        )
    for row in rows:
        yield row[column] or ""


def _encoding(path: Path) -> str:
    found = detect_encoding(path)
    return "utf-8-sig" if found == "utf-8" else found


def _load_text(path: Path) -> str:
    try:
        return path.read_text(encoding=_encoding(path))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _load_dictionary(path: Path) -> Dictionary:
    return parse_dictionary(_load_text(path), name=str(path))


def _load_cases(new: Path, cases: Path | None) -> list[Case]:
    """The cases of the service, of ``cases.txt`` beside the dictionary, and of ``--cases``."""
    paths = {path.resolve(): path for path in (new.with_name(_CASES_NAME), cases) if path}
    beside = new.with_name(_CASES_NAME)
    listed = list(builtin_cases())
    for path in paths.values():
        if path != beside or path.exists() or path == cases:
            listed += parse_cases(_load_text(path), name=str(path))
    return listed


def _unreadable(path: Path, error: Exception) -> FileFormatError:
    if isinstance(error, FileNotFoundError):
        return FileFormatError(
            path=path, reason="文件不存在，请检查路径。", reason_en="there is no such file."
        )
    if isinstance(error, UnicodeDecodeError):
        return FileFormatError(
            path=path, reason="不是 UTF-8 或 GB18030 文本，请另存为 UTF-8。", reason_en="save it as UTF-8."
        )
    return FileFormatError(path=path, reason=str(error), reason_en=str(error))


def _to_dict(
    added: Dictionary, diff: DictionaryDiff, broken: list[BrokenCase], n_cases: int
) -> dict[str, Any]:
    return {
        "dictionary": {
            "name": added.name,
            "version": added.version,
            "digest": added.digest,
            "entries": len(added),
        },
        "texts": diff.n_texts,
        "changed": diff.n_changed,
        "places": diff.n_places,
        "changes": [asdict(change) for change in diff.changes],
        "cases": n_cases,
        "broken": [
            {"line": b.case.line, "text": b.case.text, "expected": b.case.words, "got": b.words}
            for b in broken
        ],
        "accepted": not broken,
    }


def _print_report(added: Dictionary, diff: DictionaryDiff, broken: list[BrokenCase], n_cases: int) -> None:
    click.echo(f"词典 {added.name}（版本 {added.version}，{len(added)} 词，指纹 {added.digest}）")
    click.echo(f"语料 {diff.n_texts} 条，其中 {diff.n_changed} 条切分有变化，共 {diff.n_places} 处：")
    for change in diff.changes[:_SHOWN_CHANGES]:
        click.echo(f"  {change.count:>6} 次  {'/'.join(change.before)}  →  {'/'.join(change.after)}")
        click.echo(f"            例：{'；'.join(change.examples)}")
    if len(diff.changes) > _SHOWN_CHANGES:
        click.echo(f"  另有 {len(diff.changes) - _SHOWN_CHANGES} 种变化，用 --json 查看全部。")
    if not broken:
        click.echo(f"用例 {n_cases} 条全部成立，词典可以使用。")
        return
    click.echo(f"拒绝：{len(broken)} 条用例被破坏（共 {n_cases} 条）。请降低有关词的词频或删去该词：")
    for item in broken:
        click.echo(f"  应为 {'/'.join(item.case.words)}，现为 {'/'.join(item.words)}")
