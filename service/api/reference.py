"""The reference of all calls as Markdown: ``python -m service.api.reference > docs/api.md``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from service.api.openapi import Operation, operations_of

_INTRODUCTION = """# HTTP, version 1

Made from the OpenAPI document by `python -m service.api.reference`; do not edit. A running service has the
document at `/openapi.json` and this reference at `/docs`.

Every error is `application/problem+json` with a stable `code` (RFC 9457). Offsets are half-open code points.
Keys are sent as `Authorization: Bearer …` or `X-API-Key`; each call names the scope it needs, `admin` holds
all. While no key exists, callers on the same machine may do everything and others nothing.
"""


def reference_of(document: Mapping[str, Any]) -> str:
    """Markdown of all calls, grouped as the document groups them."""
    parts = [_INTRODUCTION]
    ordered = sorted(operations_of(document), key=lambda operation: operation.tag)
    for tag, operations in groupby(ordered, key=lambda operation: operation.tag):
        parts.append(f"## {tag.capitalize()}\n")
        parts += ["\n".join(_lines(operation)) + "\n" for operation in operations]
    return "\n".join(parts)


def type_of(schema: Mapping[str, Any]) -> str:
    """A schema in a few words."""
    if "enum" in schema:
        return " \\| ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        kinds = [type_of(part) for part in schema["anyOf"] if part.get("type") != "null"]
        return " or ".join(kinds)
    if "items" in schema:
        return f"list of {type_of(schema['items'])}"
    limits = [f"{word} {schema[key]}" for key, word in _LIMITS.items() if key in schema]
    kind = str(schema.get("format") or schema.get("type") or "any")
    return f"{kind}, {', '.join(limits)}" if limits else kind


_LIMITS = {"minimum": "from", "maximum": "to", "maxLength": "at most (characters)"}


def _lines(operation: Operation) -> Iterator[str]:
    yield f"### `{operation.method} {operation.path}`\n"
    yield operation.text + "\n"
    yield f"Scope: {f'`{operation.scope}`' if operation.scope else 'none, no key needed'}. Answers " + (
        ", ".join(operation.statuses) + "."
    )
    if operation.parameters:
        yield "\n| parameter | in | type | default | |\n|---|---|---|---|---|"
    for parameter in operation.parameters:
        schema = parameter.get("schema", {})
        default = f"`{schema['default']}`" if "default" in schema else ""
        needed = "required. " if parameter.get("required") and parameter["in"] != "path" else ""
        text = needed + parameter.get("description", "")
        yield f"| `{parameter['name']}` | {parameter['in']} | {type_of(schema)} | {default} | {text} |"
    for media_type, content in operation.body.items():
        yield f"\nBody: `{media_type}`"
        yield from _fields(content.get("schema", {}))
        if "example" in content:
            yield "\n```json\n" + json.dumps(content["example"], ensure_ascii=False, indent=2) + "\n```"


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    properties = schema.get("properties", {})
    if properties:
        yield "\n| field | type | |\n|---|---|---|"
    for name, field in properties.items():
        needed = "required. " if name in schema.get("required", ()) else ""
        yield f"| `{name}` | {type_of(field)} | {needed}{field.get('description', '')} |"


def main() -> None:
    from service.api.routes import build_api  # which shows this reference at /docs

    sys.stdout.write(reference_of(build_api().openapi()))


if __name__ == "__main__":
    main()
