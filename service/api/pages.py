"""``/docs``: the reference as one page that needs nothing from the internet."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.api.openapi import Operation, operations_of
from service.api.reference import type_of

router = APIRouter(include_in_schema=False)

_STYLE = """
body{font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#1c2430;
max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;border-bottom:1px solid #d5dae1}
details{border:1px solid #d5dae1;border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer}b.method{display:inline-block;min-width:4.5em;font-family:monospace}
code{font-size:.95em}pre{background:#f4f6f8;padding:.8rem;overflow:auto}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;
border-top:1px solid #e6e9ee}.scope{color:#5a6675;float:right}
"""


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """The reference of all calls."""
    return HTMLResponse(page_of(request.app.openapi()))


def page_of(document: Mapping[str, Any]) -> str:
    """All calls as HTML without scripts, fonts or images from elsewhere."""
    info = document["info"]
    ordered = sorted(operations_of(document), key=lambda operation: operation.tag)
    parts = [
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">',
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])}</h1><p>{escape(info.get('description', ''))}</p>",
        '<p>机器可读：<a href="openapi.json">openapi.json</a>。错误一律为 <code>application/problem+json</code>，',
        "带固定的 <code>code</code>。密钥放在 <code>Authorization: Bearer …</code> 或 <code>X-API-Key</code>。</p>",
    ]
    for tag, operations in groupby(ordered, key=lambda operation: operation.tag):
        parts.append(f"<h2>{escape(tag)}</h2>")
        parts += ["".join(_call(operation)) for operation in operations]
    return "".join([*parts, "</body></html>"])


def _call(operation: Operation) -> Iterator[str]:
    yield f'<details><summary><b class="method">{operation.method}</b> <code>{escape(operation.path)}</code>'
    yield f'<span class="scope">{escape(operation.scope) or "无需密钥"}</span></summary>'
    yield f"<p>{escape(operation.text)}</p>"
    rows = [
        (p["name"], p["in"], _words(p.get("schema", {})), p.get("description", ""))
        for p in operation.parameters
    ]
    for media_type, content in operation.body.items():
        for name, field in content.get("schema", {}).get("properties", {}).items():
            rows.append((name, media_type, _words(field), field.get("description", "")))
    if rows:
        yield "<table><tr><th>参数</th><th>位置</th><th>类型</th><th>说明</th></tr>"
        yield from (
            "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
        )
        yield "</table>"
    for content in operation.body.values():
        if "example" in content:
            yield f"<pre>{escape(json.dumps(content['example'], ensure_ascii=False, indent=2))}</pre>"
    yield f"<p>成功：{escape('、'.join(operation.statuses))}</p></details>"


def _words(schema: Mapping[str, Any]) -> str:
    return type_of(schema).replace("\\", "").replace("`", "")
