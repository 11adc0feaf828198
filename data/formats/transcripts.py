"""Rows of a file, or bodies of a request, as transcripts."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from data.formats.columns import FIELD_COLUMNS, FIELDS, SCORE_PREFIX, column_parts, map_columns
from data.formats.tables import text_of
from data.formats.times import parse_time
from models.core.errors import FieldError, LimitError, TextError
from models.core.transcript import Speaker, Transcript, Turn
from models.text.dialogue import split_turns
from models.text.pii import find_pii

__all__ = ["FIELDS", "ReadingRules", "RowNumbering", "content_bytes", "map_columns", "transcript_from"]

_SPEAKERS: Mapping[str, Speaker] = {
    **dict.fromkeys(
        ("customer", "user", "client", "caller", "客户", "用户", "顾客", "车主"), Speaker.CUSTOMER
    ),
    **dict.fromkeys(("agent", "helpdesk", "staff", "service", "坐席", "客服", "座席", "顾问"), Speaker.AGENT),
    **dict.fromkeys(("system", "ivr", "bot", "系统", "机器人"), Speaker.SYSTEM),
}
MAX_FIELD_CHARS = 500
MAX_SCORES = 50
MAX_SCORE = 1_000_000
MAX_SCORE_NAME_CHARS = 64
_MAX_START_MS = 1 << 53
DERIVED_ID_PREFIXES = ("row-", "content-")
"""Ids made here from content, for transcripts that come without one."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """How values become transcripts. ``now`` is passed in; ``max_chars`` limits one transcript."""

    zone: ZoneInfo
    now: datetime
    channel: str = "unknown"
    max_chars: int = 100_000
    columns: Mapping[str, str] = field(default_factory=dict)


def transcript_from(
    values: Mapping[str, Any], rules: ReadingRules, columns: Mapping[str, str] | None = None
) -> Transcript:
    """A transcript from a row or a request body. Raises an ``InputError`` that names the field.

    ``columns`` (else ``rules.columns``) maps field to column; without it the keys of ``values`` are the
    fields.
    """
    columns = columns or rules.columns or FIELD_COLUMNS

    def cell(name: str) -> Any:
        return _cell(values, columns.get(name))

    turns = _turns(cell("turns"), _body(cell("title"), cell("text")))
    n_chars = sum(len(turn.text) for turn in turns)
    if n_chars > rules.max_chars:
        raise LimitError(
            what="一条记录的字数", what_en="transcript in characters", actual=n_chars, limit=rules.max_chars
        )
    occurred = cell("occurred_at")
    missing = not text_of(occurred).strip()
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
        store=_short("store", cell("store")),
        scores=_scores(cell("scores")) | _scores(_score_columns(values, columns)),
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
            **({"store": transcript.store} if transcript.store else {}),
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


def _cell(values: Mapping[str, Any], column: str | None) -> Any:
    """The value of a column; ``a+b`` joins two columns by a space where there is no column of that name."""
    if column is None or column in values or "+" not in column:
        return None if column is None else values.get(column)
    parts = (text_of(values.get(part)).strip() for part in column_parts(column, values))
    return " ".join(part for part in parts if part)


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
    if given and not isinstance(given, str):
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
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        raise FieldError(
            field=f"turns[{at}]", reason="应有 speaker 和 text", reason_en="needs speaker and text"
        )
    name = item.get("speaker", "")
    speaker = _SPEAKERS.get(name) if isinstance(name, str) else None
    speaker = speaker or _SPEAKERS.get(str(name).strip().lower())
    if speaker is None:
        shown = _clean(str(item.get("speaker"))[:20])
        raise FieldError(
            field=f"turns[{at}].speaker",
            reason=f"未知的说话人「{shown}」，应为 customer、agent 或 system",
            reason_en=f"unknown speaker {shown!r}; one of customer, agent, system",
        )
    start_ms = item.get("start_ms")
    if start_ms is None:
        return Turn(speaker, _clean(item["text"]))
    if not _is_number(start_ms) or not abs(start_ms) < _MAX_START_MS:
        raise FieldError(
            field=f"turns[{at}].start_ms", reason="应是毫秒数", reason_en="milliseconds are expected"
        )
    return Turn(speaker, _clean(item["text"]), int(start_ms))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _clean(text: str) -> str:
    """Half surrogates cannot be stored as UTF-8 and NUL not in PostgreSQL: each becomes U+FFFD, one for one."""
    return _UNSTORABLE.sub("\ufffd", text)


def _short(name: str, value: Any) -> str | None:
    text = _clean(text_of(value)).strip()
    if len(text) > MAX_FIELD_CHARS:
        raise FieldError(
            field=name,
            reason=f"最多 {MAX_FIELD_CHARS} 个字符，实有 {len(text)}",
            reason_en=f"at most {MAX_FIELD_CHARS} characters, {len(text)} given",
        )
    return text or None


def _score_columns(values: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """Scores that have a column each; an empty cell is no score."""
    found = {
        name.removeprefix(SCORE_PREFIX): _cell(values, column)
        for name, column in columns.items()
        if name.startswith(SCORE_PREFIX)
    }
    return {name: value for name, value in found.items() if text_of(value).strip()}


def _scores(value: Any) -> dict[str, float]:
    if value is None or not text_of(value).strip():
        return {}
    try:
        given = orjson.loads(value) if isinstance(value, str) else value
        scores = {_clean(str(name)): float(score) for name, score in given.items() if score is not None}
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError, OverflowError) as error:
        raise _wrong_scores() from error
    if len(scores) > MAX_SCORES or not all(abs(score) <= MAX_SCORE for score in scores.values()):
        raise _wrong_scores()
    if any(len(name) > MAX_SCORE_NAME_CHARS or find_pii(name) for name in scores):
        raise _wrong_scores()
    return scores


def _wrong_scores() -> FieldError:
    return FieldError(
        field="scores",
        reason=f'应是名称到分数的对象，如 {{"nps": 3}}：最多 {MAX_SCORES} 项，分数不超过一百万，'
        f"名称最多 {MAX_SCORE_NAME_CHARS} 字且不含个人信息",
        reason_en=f"an object of at most {MAX_SCORES} scores by name, each up to a million, each name up to "
        f"{MAX_SCORE_NAME_CHARS} characters without personal data",
    )
