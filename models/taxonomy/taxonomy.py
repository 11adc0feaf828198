"""A tree of complaint categories with stable ids. Pure: files are read by ``data.packs``."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from models.core.errors import PackError

Severity = Literal["normal", "safety", "legal"]

_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_FIELDS = frozenset(
    {"id", "zh", "en", "description", "keywords", "aliases", "parent", "severity"},
)
_MIN_KEYWORD_CHARS = 2


@dataclass(frozen=True, slots=True)
class Category:
    """A node. ``aliases`` are label names of other systems that mean this node."""

    id: str
    zh: str
    en: str
    description: str = ""
    keywords: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    parent: str | None = None
    severity: Severity = "normal"

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "zh": self.zh,
            "en": self.en,
            "description": self.description,
            "keywords": list(self.keywords),
            "aliases": list(self.aliases),
            "parent": self.parent,
            "severity": self.severity,
        }


@dataclass(frozen=True)
class Taxonomy:
    """Categories in the order of their file. Two taxonomies with the same content have the same ``digest``.

    Raises ``PackError`` for duplicate ids, missing parents, cycles, and for two children of one parent that
    share a Chinese name or alias.
    """

    name: str
    version: str
    categories: tuple[Category, ...]
    _by_id: dict[str, Category] = field(init=False, repr=False, compare=False)
    _by_name: dict[str, Category] = field(init=False, repr=False, compare=False)
    _children: dict[str | None, tuple[Category, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", _index_ids(self.name, self.categories))
        _check_parents(self.name, self._by_id)
        object.__setattr__(self, "_children", _index_children(self.name, self.categories))
        object.__setattr__(self, "_by_name", self._index_names())

    @classmethod
    def parse(cls, mapping: Mapping[str, Any]) -> Taxonomy:
        """Read the mapping of a ``taxonomy.yaml`` (with ``extends`` already resolved) or of ``to_dict``."""
        name = mapping.get("name")
        if not isinstance(name, str) or not name:
            raise PackError(pack="?", reason="缺少 name", reason_en="name is missing")
        if "extends" in mapping:
            raise PackError(
                pack=name,
                reason="extends 需由行业包加载器展开，请用 load_pack 读取",
                reason_en="extends is resolved by the loader; read this with load_pack",
            )
        items = mapping.get("categories")
        if not isinstance(items, Sequence) or isinstance(items, str) or not items:
            raise PackError(pack=name, reason="缺少 categories 列表", reason_en="categories must be a list")
        version = str(mapping.get("version", "0"))
        return cls(name, version, tuple(parse_category(item, pack=name) for item in items))

    def to_dict(self) -> dict[str, Any]:
        """A snapshot that ``parse`` reads back; artefacts carry it."""
        return {
            "name": self.name,
            "version": self.version,
            "categories": [category.to_dict() for category in self.categories],
        }

    @property
    def digest(self) -> str:
        """First 12 hex digits of the sha256 of the canonical JSON."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def __getitem__(self, category_id: str) -> Category:
        return self._by_id[category_id]

    def __contains__(self, category_id: object) -> bool:
        return category_id in self._by_id

    def __len__(self) -> int:
        return len(self.categories)

    def path(self, category_id: str) -> tuple[str, ...]:
        """Chinese names from the root down to the category. Raises ``KeyError`` for an unknown id."""
        return tuple(category.zh for category in self.lineage(category_id))

    def lineage(self, category_id: str) -> tuple[Category, ...]:
        """The categories from the root down to this one."""
        line = [self._by_id[category_id]]
        while (parent := line[-1].parent) is not None:
            line.append(self._by_id[parent])
        return tuple(reversed(line))

    def find(self, name_or_alias: str) -> Category | None:
        """The category with this id, Chinese name or alias (tried in that order).

        Several nodes may share a name or alias (异响 below 发动机 and 车身): the one nearest the root, then the
        first of the file, is returned. ``发动机/异响`` names one of them exactly.
        """
        found = self._by_id.get(name_or_alias) or self._by_name.get(name_or_alias)
        if found is not None or "/" not in name_or_alias:
            return found
        above, _, last = name_or_alias.rpartition("/")
        parent = self.find(above)
        if parent is None:
            return None
        return next((c for c in self.children(parent.id) if last == c.zh or last in c.aliases), None)

    def children(self, category_id: str | None) -> tuple[Category, ...]:
        """Direct children in the order of the file; of ``None``: the roots."""
        return self._children.get(category_id, ())

    def roots(self) -> tuple[Category, ...]:
        return self.children(None)

    def leaves(self) -> tuple[Category, ...]:
        return tuple(category for category in self.categories if category.id not in self._children)

    def _index_names(self) -> dict[str, Category]:
        by_depth = sorted(self.categories, key=lambda category: len(self.lineage(category.id)))
        names: dict[str, Category] = {}
        for category in by_depth:
            names.setdefault(category.zh, category)
        aliases: dict[str, Category] = {}
        for category in by_depth:
            for alias in category.aliases:
                aliases.setdefault(alias, category)
        return {**aliases, **names}


def parse_category(item: object, *, pack: str) -> Category:
    """One item of ``categories``. Raises ``PackError`` naming the id and the field."""
    if not isinstance(item, Mapping):
        raise PackError(pack=pack, reason=f"类别应为映射：{item!r}", reason_en=f"not a category: {item!r}")
    category_id = item.get("id")
    if not isinstance(category_id, str) or not _ID.fullmatch(category_id):
        raise PackError(
            pack=pack,
            reason=f"类别编号 {category_id!r} 应由小写字母、数字、下划线组成，用点分层",
            reason_en=f"category id {category_id!r} must be lower case words joined by dots",
        )
    if unknown := sorted(set(item) - _FIELDS):
        raise _wrong(pack, category_id, f"不认识的字段 {unknown}", f"unknown fields {unknown}")
    severity = item.get("severity", "normal")
    if severity not in get_args(Severity):
        raise _wrong(
            pack,
            category_id,
            f"severity 不能是 {severity!r}",
            f"severity must be one of {get_args(Severity)}",
        )
    return Category(
        id=category_id,
        zh=_text(item, "zh", pack, category_id),
        en=_text(item, "en", pack, category_id),
        description=str(item.get("description", "")),
        keywords=parse_words(item.get("keywords", ()), pack=pack, owner=category_id),
        aliases=parse_words(item.get("aliases", ()), pack=pack, owner=category_id, min_chars=1),
        parent=item.get("parent"),
        severity=severity,
    )


def parse_words(
    values: object, *, pack: str, owner: str, min_chars: int = _MIN_KEYWORD_CHARS
) -> tuple[str, ...]:
    """A list of words in YAML; numbers must be quoted, so that 12315 stays as written."""
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise _wrong(pack, owner, f"应为列表：{values!r}", f"not a list: {values!r}")
    for value in values:
        if not isinstance(value, str) or len(value.strip()) < min_chars:
            raise _wrong(
                pack,
                owner,
                f"词 {value!r} 应为至少 {min_chars} 个字的文字（数字请加引号）",
                f"the word {value!r} must be text of at least {min_chars} characters (quote numbers)",
            )
    words = tuple(value.strip() for value in values)
    if len(set(words)) != len(words):
        twice = sorted({word for word in words if words.count(word) > 1})
        raise _wrong(pack, owner, f"词重复：{twice}", f"words listed twice: {twice}")
    return words


def _text(item: Mapping[str, Any], name: str, pack: str, category_id: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(pack, category_id, f"缺少 {name}", f"{name} is missing")
    return value.strip()


def _wrong(pack: str, owner: str, reason: str, reason_en: str) -> PackError:
    return PackError(pack=pack, reason=f"{owner}：{reason}", reason_en=f"{owner}: {reason_en}")


def _index_ids(pack: str, categories: tuple[Category, ...]) -> dict[str, Category]:
    by_id: dict[str, Category] = {}
    for category in categories:
        if category.id in by_id:
            raise _wrong(pack, category.id, "编号重复", "the id is used twice")
        by_id[category.id] = category
    return by_id


def _check_parents(pack: str, by_id: Mapping[str, Category]) -> None:
    for category in by_id.values():
        seen = {category.id}
        at = category
        while at.parent is not None:
            if at.parent not in by_id:
                raise _wrong(
                    pack, at.id, f"上级 {at.parent} 不存在", f"the parent {at.parent} does not exist"
                )
            if at.parent in seen:
                raise _wrong(pack, at.id, "上下级成环", "the parents form a cycle")
            seen.add(at.parent)
            at = by_id[at.parent]


def _index_children(pack: str, categories: tuple[Category, ...]) -> dict[str | None, tuple[Category, ...]]:
    children: dict[str | None, list[Category]] = {}
    for category in categories:
        children.setdefault(category.parent, []).append(category)
    for siblings in children.values():
        _check_siblings(pack, siblings)
    return {parent: tuple(found) for parent, found in children.items()}


def _check_siblings(pack: str, siblings: Sequence[Category]) -> None:
    """Below one parent a name or alias means one category."""
    owners: dict[str, str] = {}
    for category in siblings:
        for name in {category.zh, *category.aliases}:
            owner = owners.setdefault(name, category.id)
            if owner != category.id:
                raise _wrong(
                    pack,
                    category.id,
                    f"同级的 {owner} 已用名称或别名「{name}」",
                    f"its sibling {owner} has the name or alias {name!r} too",
                )
