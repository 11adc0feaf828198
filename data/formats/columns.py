"""Which column of a file holds which field of a transcript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from models.core.errors import ColumnError, FieldError

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
    "store",
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
    "occurred_at": (
        "occurred_at",
        "时间",
        "日期",
        "投诉时间",
        "通话时间",
        "来电时间",
        "留言时间",
        "评论时间",
        "发生时间",
        "创建时间",
        "date",
        "time",
        "datetime",
        "timestamp",
        "created_at",
    ),
    "customer_id": ("customer_id", "客户编号", "客户ID", "会员号"),
    "agent_id": ("agent_id", "坐席工号", "工号", "坐席"),
    "product": ("product", "产品", "车型", "商品"),
    "region": ("region", "地区", "区域", "城市"),
    "store": ("store", "门店", "店铺", "经销商", "网点", "分店"),
    "segment": ("segment", "客户类型", "客群"),
    "scores": ("scores",),
}
SCORE_PREFIX = "scores."
"""``scores.nps=COLUMN`` takes the score ``nps`` from a column of its own."""
KNOWN_NAMES = frozenset(alias for aliases in _ALIASES.values() for alias in aliases)
"""Column names that are understood without ``--map``."""
FIELD_COLUMNS: Mapping[str, str] = MappingProxyType({name: name for name in FIELDS})
"""Each field in a column of its own name: the bodies of requests."""


def check_fields(wanted: Mapping[str, str]) -> None:
    """Raises ``FieldError`` for a field that transcripts do not have."""
    for name in wanted:
        if name not in FIELDS and name.removeprefix(SCORE_PREFIX) in ("", name):
            raise FieldError(
                field=name,
                reason=f"没有这个字段，可用：{'、'.join(FIELDS)}，以及 scores.名称",
                reason_en=f"unknown; one of {', '.join(FIELDS)}, or scores.NAME",
            )


def map_columns(available: Sequence[str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Field to column: what ``wanted`` says, the rest by well-known names. ``a+b`` joins two columns.

    Raises ``ColumnError`` for a column that is not there and ``FieldError`` for an unknown field.
    """
    check_fields(wanted)
    for column in wanted.values():
        missing = next((part for part in column_parts(column, available) if part not in available), None)
        if missing is not None:
            raise ColumnError(column=missing, columns="、".join(available))
    mapping = _with_known_names(available, wanted)
    if "text" not in mapping and "turns" not in mapping:
        raise ColumnError(column="text", columns="、".join(available))
    return mapping


def column_parts(column: str, available: Iterable[str]) -> list[str]:
    """The columns that ``a+b`` names, unless there is a column of just that name."""
    if column in available or "+" not in column:
        return [column]
    return [part.strip() for part in column.split("+")]


class ColumnMap:
    """Columns row by row: objects of JSON lines need not have the same keys.

    The first rows decide whether a wanted column exists; a later row without it has no value there.
    """

    def __init__(self, available: Sequence[str], wanted: Mapping[str, str]) -> None:
        map_columns(available, wanted)
        self._wanted = wanted
        self._known: dict[tuple[str, ...], Mapping[str, str]] = {}

    def of(self, names: Iterable[str]) -> Mapping[str, str]:
        """Field to column for a row with these columns."""
        key = tuple(names)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 1000:
                self._known.clear()
            found = self._known[key] = _with_known_names(key, self._wanted)
        return found


def _with_known_names(available: Sequence[str], wanted: Mapping[str, str]) -> dict[str, str]:
    mapping = dict(wanted)
    for name, aliases in _ALIASES.items():
        if name not in mapping:
            found = next((alias for alias in aliases if alias in available), None)
            if found:
                mapping[name] = found
    return mapping
