"""Bodies of requests as JSON."""

from __future__ import annotations

from typing import Any

import orjson

from models.core.errors import FieldError

_BOM = b"\xef\xbb\xbf"


def parse_json(body: bytes) -> Any:
    """A JSON document in UTF-8, with or without a byte order mark. Raises ``FieldError``.

    Half surrogates, numbers beyond a double and more than 1,024 levels are refused by the parser.
    """
    body = body.removeprefix(_BOM)
    if not body.strip():
        raise FieldError(field="body", reason="请求体为空", reason_en="it is empty")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        place = f"第 {error.lineno} 行第 {error.colno} 个字符" if error.lineno else "开头"
        raise FieldError(
            field="body",
            reason=f"不是合法的 UTF-8 JSON（{place}：{error.msg}）",
            reason_en=f"not valid UTF-8 JSON ({error})",
        ) from error
