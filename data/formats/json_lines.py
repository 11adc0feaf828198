"""JSON lines, and JSON files that hold one array of objects (or one object)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from data.formats.encodings import has_broken_bytes, open_text
from data.formats.rows import Row, bad_row, broken_bytes
from models.core.errors import FileFormatError

_HALF_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json_lines(path: Path) -> Iterator[Row]:
    """One object per line. Raises ``FileFormatError`` for an empty file."""
    is_empty = True
    with open_text(path) as file:
        for number, line in enumerate(file, 1):
            is_empty = False
            if line.strip("\ufeff\0 \t\r\n"):
                yield _row(number, line.lstrip("\ufeff"))
    if is_empty:
        raise _unreadable(path, "文件为空", "it is empty")


def read_json(path: Path) -> Iterator[Row]:
    """An array of objects, one object, or (a frequent misnomer) JSON lines. An array is read whole."""
    with open_text(path) as file:
        text = file.read().lstrip("\ufeff")
    if not text.strip():
        raise _unreadable(path, "文件为空", "it is empty")
    try:
        values = _parsed(text)
    except ValueError:
        if text.lstrip().startswith("["):
            raise _unreadable(path, "不是合法的 JSON", "not valid JSON") from None
        yield from read_json_lines(path)
        return
    for number, item in enumerate(values if isinstance(values, list) else [values], 1):
        yield _object_row(number, item)


def _row(number: int, line: str) -> Row:
    if has_broken_bytes(line):
        return broken_bytes(number)
    try:
        values = _parsed(line)
    except ValueError:
        return bad_row(number, "不是合法的 JSON", "not valid JSON")
    return _object_row(number, values)


def _object_row(number: int, values: Any) -> Row:
    if not isinstance(values, dict):
        return bad_row(number, "应是一个 JSON 对象", "a JSON object is expected")
    return Row(number, values)


def _parsed(text: str) -> Any:
    r"""Half surrogates (``"\ud83d"`` alone, from tools that cut strings) become U+FFFD. Raises ``ValueError``."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "surrogate" not in str(error) or "\\u" not in text:
            raise
    try:
        return _whole(json.loads(text, parse_constant=_no_constant))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(item) for name, item in value.items()}
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _unreadable(path: Path, reason: str, reason_en: str) -> FileFormatError:
    return FileFormatError(path=str(path), reason=reason, reason_en=reason_en)
