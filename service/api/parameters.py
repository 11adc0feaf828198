"""Query parameters that several routes read."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import Request

from data.formats.times import parse_time
from data.packs.experience import load_experience
from models.core.errors import FieldError
from models.experience.survey import OPPOSITE
from models.text.segment import Segmenter
from service.database.records import MARK_KINDS, MarkFilter

_FAR = timedelta(days=36_500)


async def refuse_unknown(request: Request) -> None:
    """A misspelt filter must not answer with unfiltered numbers. Raises ``FieldError``."""
    if not request.query_params:
        return
    known = _known_parameters(request)
    for name in request.query_params:
        if name not in known:
            listed = "、".join(sorted(known)) or "无"
            raise FieldError(
                field=name[:80],
                reason=f"没有这个参数，可用：{listed}",
                reason_en=f"unknown parameter; there are: {', '.join(sorted(known)) or 'none'}",
            )


def _known_parameters(request: Request) -> frozenset[str]:
    """Names that the OpenAPI document gives for this route."""
    path = request.scope["route"].path
    operation = request.app.openapi()["paths"].get(path, {}).get(request.method.lower(), {})
    return frozenset(p["name"] for p in operation.get("parameters", ()) if p["in"] == "query")


def moment_of(name: str, value: str | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """A time or a day of a query; the future is allowed here. Raises ``FieldError``."""
    if not value:
        return None
    return parse_time(value.replace(" ", "+") if "T" in value else value, zone, now=now + _FAR, field=name)


def mark_filter(text: str | None, sector: str) -> MarkFilter | None:
    """A mark of a query: ``kind``, ``kind:value``, or ``survey:item`` for any answer. Raises ``FieldError``.

    A value that no transcript has finds nothing; a kind that neither the components nor the sector's pack know is refused.
    """
    if text is None:
        return None
    kind, colon, value = text.partition(":")
    if kind not in MARK_KINDS:
        _check_kind(kind, frozenset(load_experience(sector).facets) | frozenset(MARK_KINDS))
    if colon and not value:
        raise FieldError(field="mark", reason="冒号后面缺少值", reason_en="there is no value after the colon")
    if kind == "survey" and value and "." not in value:
        return MarkFilter(kind, tuple(f"{value}.{answer}" for answer in OPPOSITE))
    return MarkFilter(kind, (value,) if value else ())


def _check_kind(kind: str, known: frozenset[str]) -> None:
    if kind not in known:
        raise FieldError(
            field="mark",
            reason=f"没有「{kind[:40]}」这种标记，请写 种类 或 种类:值，种类有：{'、'.join(sorted(known))}",
            reason_en=f"there is no kind {kind[:40]!r}; write kind or kind:value, of {', '.join(sorted(known))}",
        )


def search_phrases(segmenter: Segmenter, query: str | None) -> tuple[str, ...]:
    """What to look for: each blank-separated part as the segmenter cuts it, in order."""
    phrases = []
    for part in (query or "").split():
        words = [word for word in segmenter.words(part) if word.strip()]
        if words:
            phrases.append(" ".join(words))
    return tuple(phrases)
