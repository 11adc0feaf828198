"""Rows of a file, or bodies of a request, as transcripts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from data.formats.tables import text_of
from data.formats.times import parse_time
from models.core.errors import ColumnError, FieldError, LimitError, TextError
from models.core.transcript import Speaker, Transcript, Turn
from models.text.dialogue import split_turns

FIELDS = (
    "text",
    "turns",
    "title",
    "external_id",
    "channel",
    "occurred_at",
    "customer_id",
    "agent_id",
    "product",
    "region",
    "segment",
    "scores",
)
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "text": (
        "text",
        "content",
        "transcript",
        "内容",
        "文本",
        "正文",
        "投诉内容",
        "通话内容",
        "留言详情",
        "评论",
    ),
    "turns": ("turns", "dialogue", "messages", "对话"),
    "title": (),
    "external_id": ("external_id", "工单号", "工单编号", "通话编号", "留言编号"),
    "channel": ("channel", "渠道", "来源"),
    "occurred_at": ("occurred_at", "时间", "日期", "投诉时间", "通话时间", "留言时间", "创建时间"),
    "customer_id": ("customer_id", "客户编号", "客户ID", "会员号"),
    "agent_id": ("agent_id", "坐席工号", "工号", "坐席"),
    "product": ("product", "产品", "车型", "商品"),
    "region": ("region", "地区", "区域", "城市"),
    "segment": ("segment", "客户类型", "客群"),
    "scores": ("scores",),
}
_SPEAKERS: Mapping[str, Speaker] = {
    **dict.fromkeys(
        ("customer", "user", "client", "caller", "客户", "用户", "顾客", "车主"), Speaker.CUSTOMER
    ),
    **dict.fromkeys(("agent", "helpdesk", "staff", "service", "坐席", "客服", "座席", "顾问"), Speaker.AGENT),
    **dict.fromkeys(("system", "ivr", "bot", "系统", "机器人"), Speaker.SYSTEM),
}
MAX_FIELD_CHARS = 500
DERIVED_ID_PREFIXES = ("row-", "content-")
"""Ids made here from content, for transcripts that come without one."""


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """How values become transcripts. ``now`` is passed in; ``max_chars`` limits one transcript."""

    zone: ZoneInfo
    now: datetime
    channel: str = "unknown"
    max_chars: int = 100_000
    columns: Mapping[str, str] = field(default_factory=dict)


def map_columns(available: Sequence[str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Field to column: what ``wanted`` says, the rest by well-known names.

    Raises ``ColumnError`` for a column that is not there and ``FieldError`` for an unknown field.
    """
    mapping: dict[str, str] = {}
    for name, column in wanted.items():
        if name not in FIELDS:
            raise FieldError(
                field=name,
                reason=f"没有这个字段，可用：{'、'.join(FIELDS)}",
                reason_en=f"unknown; one of {', '.join(FIELDS)}",
            )
        if column not in available:
            raise ColumnError(column=column, columns="、".join(available))
        mapping[name] = column
    for name, aliases in _ALIASES.items():
        if name not in mapping:
            found = next((alias for alias in aliases if alias in available), None)
            if found:
                mapping[name] = found
    if "text" not in mapping and "turns" not in mapping:
        raise ColumnError(column="text", columns="、".join(available))
    return mapping


def transcript_from(values: Mapping[str, Any], rules: ReadingRules) -> Transcript:
    """A transcript from a row or a request body. Raises an ``InputError`` that names the field.

    ``rules.columns`` maps field to column; without it the keys of ``values`` are the fields.
    """
    columns = rules.columns or {name: name for name in FIELDS}

    def cell(name: str) -> Any:
        return values.get(columns[name]) if name in columns else None

    turns = _turns(cell("turns"), _body(cell("title"), cell("text")))
    n_chars = sum(len(turn.text) for turn in turns)
    if n_chars > rules.max_chars:
        raise LimitError(what="一条记录的字数", actual=n_chars, limit=rules.max_chars)
    occurred = cell("occurred_at")
    missing = occurred is None or occurred == ""
    return Transcript(
        turns=turns,
        occurred_at=rules.now if missing else parse_time(occurred, rules.zone, now=rules.now),
        channel=_short("channel", cell("channel")) or rules.channel,
        external_id=_short("external_id", cell("external_id")),
        customer_id=_short("customer_id", cell("customer_id")),
        agent_id=_short("agent_id", cell("agent_id")),
        product=_short("product", cell("product")),
        region=_short("region", cell("region")),
        segment=_short("segment", cell("segment")),
        scores=_scores(cell("scores")),
        extra={"occurred_at_missing": True} if missing else {},
    )


def content_bytes(transcript: Transcript) -> bytes:
    """The canonical bytes of all that was sent; the same content gives the same bytes."""
    missing = transcript.extra.get("occurred_at_missing")
    return orjson.dumps(
        {
            "turns": [[turn.speaker, turn.text, turn.start_ms] for turn in transcript.turns],
            "occurred_at": None if missing else transcript.occurred_at.timestamp(),
            "channel": transcript.channel,
            "customer_id": transcript.customer_id,
            "agent_id": transcript.agent_id,
            "product": transcript.product,
            "region": transcript.region,
            "segment": transcript.segment,
            "scores": dict(sorted(transcript.scores.items())),
        }
    )


class RowNumbering:
    """Ids for rows that come without one: the content and how often it came before in this file.

    Reading the same file twice gives the same ids, so nothing is stored twice; two equal rows in one file
    stay two voices.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def id_for(self, transcript: Transcript) -> str:
        digest = hashlib.sha256(content_bytes(transcript)).digest()[:16]
        n = self._seen[digest] = self._seen.get(digest, 0) + 1
        return f"row-{digest.hex()}-{n}"


def _body(title: Any, text: Any) -> str:
    title_text, body = _clean(text_of(title)).strip(), _clean(text_of(text))
    return f"{title_text}。{body}" if title_text and not body.startswith(title_text) else body


def _turns(given: Any, text: str) -> tuple[Turn, ...]:
    if isinstance(given, str) and given.strip():
        try:
            given = orjson.loads(given)
        except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
            raise FieldError(
                field="turns", reason="不是合法的 JSON 数组", reason_en="not a JSON array"
            ) from error
    if given:
        if not isinstance(given, list):
            raise FieldError(field="turns", reason="应是数组", reason_en="an array is expected")
        turns = tuple(_turn(item, i) for i, item in enumerate(given))
    else:
        turns = split_turns(text)
    if not any(turn.text.strip() for turn in turns):
        raise TextError(
            reason="内容为空，请检查 text 或 turns 字段", reason_en="it is empty; see text or turns"
        )
    return turns


def _turn(item: Any, at: int) -> Turn:
    name = f"turns[{at}]"
    if not isinstance(item, Mapping) or not isinstance(item.get("text"), str):
        raise FieldError(field=name, reason="应有 speaker 和 text", reason_en="needs speaker and text")
    speaker = _SPEAKERS.get(str(item.get("speaker", "")).strip().lower())
    if speaker is None:
        raise FieldError(
            field=f"{name}.speaker",
            reason=f"未知的说话人「{str(item.get('speaker'))[:20]}」，应为 customer、agent 或 system",
            reason_en="unknown; one of customer, agent, system",
        )
    start_ms = item.get("start_ms")
    if start_ms is not None and (isinstance(start_ms, bool) or not isinstance(start_ms, (int, float))):
        raise FieldError(field=f"{name}.start_ms", reason="应是毫秒数", reason_en="milliseconds are expected")
    return Turn(speaker, _clean(item["text"]), None if start_ms is None else int(start_ms))


def _clean(text: str) -> str:
    """Half surrogates cannot be stored as UTF-8 and NUL not in PostgreSQL: each becomes U+FFFD, one for one."""
    if text.isascii() and "\0" not in text:
        return text
    return "".join("\ufffd" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)


def _short(name: str, value: Any) -> str | None:
    text = _clean(text_of(value)).strip()
    if len(text) > MAX_FIELD_CHARS:
        raise FieldError(
            field=name,
            reason=f"最多 {MAX_FIELD_CHARS} 个字符，实有 {len(text)}",
            reason_en=f"at most {MAX_FIELD_CHARS} characters, {len(text)} given",
        )
    return text or None


def _scores(value: Any) -> dict[str, float]:
    if value in (None, ""):
        return {}
    try:
        given = orjson.loads(value) if isinstance(value, str) else value
        return {str(name): float(score) for name, score in given.items() if score is not None}
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError) as error:
        raise FieldError(
            field="scores", reason='应是名称到数值的对象，如 {"nps": 3}', reason_en="an object of numbers"
        ) from error
