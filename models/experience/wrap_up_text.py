"""The wrap-up of a contact as one Chinese paragraph, in the words that were said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from models.experience.catalog import STEP, ExperienceCatalog

MAX_QUOTE_CHARS = 40
_REASONS = {
    "follow_up": "企业主动联系",
    "issue": "客户反映",
    "complaint": "客户反映",
    "request": "客户咨询或要求",
    "said": "客户提到",
}
_OUTCOMES = {
    "resolved": "已解决",
    "accepted": "客户接受",
    "promised": "客服已答应",
    "noted": "客服已记录",
    "deferred": "请客户等待",
    "refused": "客服未能满足",
    "rejected": "客户不接受",
    "escalating": "客户表示要投诉或曝光",
    "leaving": "客户表示要离开",
}
_INNER_QUOTES = str.maketrans("“”", "‘’")
_RISKS = {"churn": "流失迹象", "exposure": "曝光或投诉意向"}


def wrap_up_text(measures: Mapping[str, Any], text: str, catalog: ExperienceCatalog) -> str:
    """``measures`` of an experience, with its ``wrap_up``; ``text`` is what its spans count over.

    A sentence per field that has evidence; an empty string where nothing was said.
    """
    found = measures.get("wrap_up") or {}
    sentences: list[str] = []
    if reason := found.get("reason"):
        sentences.append(f"{_REASONS[reason['kind']]}：{_quote(reason, text)}")
    if steps := found.get("steps"):
        sentences.append("涉及环节：" + "、".join(catalog.label(STEP, row["step"]) for row in steps))
    for key, title in (("issues", "问题"), ("demands", "诉求")):
        if rows := found.get(key):
            sentences.append(f"{title}：" + _named(rows, key[:-1], text, catalog))
    if waits := found.get("waits"):
        sentences.append("等待：" + "、".join(_quote(row, text) for row in waits))
    if outcome := found.get("outcome"):
        sentences.append(f"结果：{_OUTCOMES[outcome['status']]}，{_quote(outcome, text)}")
    if after := found.get("next"):
        sentences.append("后续：" + "、".join(_quote(row, text) for row in after))
    if risks := found.get("risks"):
        sentences.append("注意：" + "、".join(f"{_RISKS[row['kind']]}{_quote(row, text)}" for row in risks))
    return "".join(f"{sentence}。" for sentence in sentences)


def _named(rows: Iterable[Mapping[str, Any]], kind: str, text: str, catalog: ExperienceCatalog) -> str:
    """Names where the catalogue knows them, with the words; else the words alone."""
    said = []
    for row in rows:
        known = kind in catalog.facets and row[kind] in catalog.facets[kind]
        said.append((catalog.label(kind, row[kind]) if known else "") + _quote(row, text))
    return "、".join(said)


def _quote(row: Mapping[str, Any], text: str) -> str:
    start, end = row["span"]
    words = " ".join(text[start:end].split()).translate(_INNER_QUOTES)
    return f"“{words if len(words) <= MAX_QUOTE_CHARS else words[:MAX_QUOTE_CHARS] + '……'}”"
