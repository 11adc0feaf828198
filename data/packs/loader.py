"""Reads a sector pack: a folder with ``taxonomy.yaml``, ``dictionary.txt`` and ``rules.yaml``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.core.errors import PackError
from models.taxonomy.rules import RuleSet
from models.taxonomy.taxonomy import Taxonomy
from models.text.dictionary import Dictionary, merge, parse_dictionary

_BUNDLED = Path(__file__).parent
_TAXONOMY = "taxonomy.yaml"
_DICTIONARY = "dictionary.txt"
_RULES = "rules.yaml"
_HEAD_FIELDS = frozenset({"name", "version", "extends", "omit", "additions", "categories"})


@dataclass(frozen=True)
class SectorPack:
    """What a sector knows: categories, words, rules. ``digest`` changes when any of them does.

    ``path`` is the folder it was read from; what it ``extends`` is already contained.
    """

    name: str
    path: Path
    taxonomy: Taxonomy
    dictionary: Dictionary
    rules: RuleSet
    digest: str


@dataclass(frozen=True)
class _Parts:
    """A folder with everything it extends, still as plain data."""

    name: str
    version: str
    categories: tuple[Mapping[str, Any], ...]
    dictionaries: tuple[tuple[str, str], ...]
    rules: tuple[Mapping[str, Any], ...]


def pack_names() -> list[str]:
    """Names of the bundled packs, sorted."""
    return sorted(path.parent.name for path in _BUNDLED.glob(f"*/{_TAXONOMY}"))


def load_pack(name_or_path: str | Path) -> SectorPack:
    """A bundled pack by name, or any folder by path.

    Raises ``PackError`` when there is no such pack, and for every mistake in its files.
    """
    folder = _folder(name_or_path)
    return _load_bundled(folder) if folder.parent == _BUNDLED else _load(folder)


@cache
def _load_bundled(folder: Path) -> SectorPack:
    return _load(folder)


def _load(folder: Path) -> SectorPack:
    parts = _read_parts(folder, ())
    taxonomy = Taxonomy.parse({"name": parts.name, "version": parts.version, "categories": parts.categories})
    return SectorPack(
        name=parts.name,
        path=folder,
        taxonomy=taxonomy,
        dictionary=merge(*(parse_dictionary(text, name=name) for name, text in parts.dictionaries)),
        rules=RuleSet.parse(parts.rules, taxonomy=taxonomy, pack=parts.name),
        digest=_digest(taxonomy, parts),
    )


def _folder(name_or_path: str | Path) -> Path:
    bundled = _BUNDLED / str(name_or_path)
    if str(name_or_path) in pack_names():
        return bundled
    folder = Path(name_or_path)
    if (folder / _TAXONOMY).is_file():
        return folder.resolve()
    known = ", ".join(pack_names())
    raise PackError(
        pack=str(name_or_path),
        reason=f"没有这个行业包。现有：{known}。也可给出含 {_TAXONOMY} 的文件夹路径",
        reason_en=f"there is no such pack. There are: {known}; or give a folder with a {_TAXONOMY}",
    )


def _read_parts(folder: Path, above: tuple[Path, ...]) -> _Parts:
    if folder in above:
        raise PackError(pack=folder.name, reason="extends 成环", reason_en="extends goes round in a circle")
    head = read_yaml(folder / _TAXONOMY, folder.name)
    if not isinstance(head, Mapping):
        raise PackError(
            pack=folder.name, reason=f"{_TAXONOMY} 应为映射", reason_en=f"{_TAXONOMY}: no mapping"
        )
    if unknown := sorted(set(head) - _HEAD_FIELDS):
        raise PackError(
            pack=folder.name, reason=f"不认识的字段 {unknown}", reason_en=f"unknown fields {unknown}"
        )
    name = head.get("name", folder.name)
    own = _Parts(
        name,
        str(head.get("version", "0")),
        tuple(_listed(head.get("categories"), name, "categories")),
        ((name, _read_text(folder / _DICTIONARY, name)),),
        tuple(_listed(read_yaml(folder / _RULES, name), name, _RULES)),
    )
    if not head.get("extends"):
        return own
    inherited = _read_parts(_inherited_folder(head["extends"], folder), (*above, folder))
    return _joined(inherited, own, omit=head.get("omit") or [], additions=head.get("additions") or {})


def pack_folders(name_or_path: str | Path) -> list[Path]:
    """The folder of a pack behind those it extends, the most general first. Raises ``PackError``."""
    folders = [_folder(name_or_path)]
    while True:
        head = read_yaml(folders[0] / _TAXONOMY, folders[0].name)
        extends = head.get("extends") if isinstance(head, Mapping) else None
        if not extends:
            return folders
        above = _inherited_folder(extends, folders[0])
        if above in folders:
            raise PackError(
                pack=above.name, reason="extends 成环", reason_en="extends goes round in a circle"
            )
        folders.insert(0, above)


def own_folders(name_or_path: str | Path) -> tuple[Path, ...]:
    """As ``pack_folders``, the generic pack always first: for files that need nothing of its taxonomy."""
    folders, generic = pack_folders(name_or_path), pack_folders("generic")
    return (*(one for one in generic if one not in folders), *folders)


def _inherited_folder(extends: str, folder: Path) -> Path:
    """A bundled pack, or a folder beside this one."""
    beside = folder.parent / extends
    return beside.resolve() if (beside / _TAXONOMY).is_file() else _folder(extends)


def _joined(inherited: _Parts, own: _Parts, *, omit: list[str], additions: Mapping[str, Any]) -> _Parts:
    kept = _without(inherited.categories, omit, own.name)
    ids = {item["id"] for item in kept}
    if missing := sorted(set(additions) - ids):
        raise PackError(
            pack=own.name,
            reason=f"additions 里的类别不存在：{missing}",
            reason_en=f"additions name categories that do not exist: {missing}",
        )
    kept = tuple(_added(item, additions.get(item["id"], {}), own.name) for item in kept)
    dropped = {item["id"] for item in inherited.categories} - ids
    own_rules = {rule.get("id") for rule in own.rules}
    rules = [
        rule
        for rule in inherited.rules
        if rule.get("category") not in dropped and rule.get("id") not in own_rules
    ]
    return _Parts(
        own.name,
        own.version,
        kept + own.categories,
        inherited.dictionaries + own.dictionaries,
        (*rules, *own.rules),
    )


def _without(
    categories: tuple[Mapping[str, Any], ...], omit: list[str], pack: str
) -> tuple[Mapping[str, Any], ...]:
    """``omit`` takes each named category with all below it."""
    dropped = set(omit)
    if missing := sorted(dropped - {item["id"] for item in categories}):
        raise PackError(
            pack=pack,
            reason=f"omit 里的类别不存在：{missing}",
            reason_en=f"omit names categories that do not exist: {missing}",
        )
    n_before = -1
    while n_before != len(dropped):
        n_before = len(dropped)
        dropped |= {item["id"] for item in categories if item.get("parent") in dropped}
    return tuple(item for item in categories if item["id"] not in dropped)


def _added(item: Mapping[str, Any], addition: Mapping[str, Any], pack: str) -> Mapping[str, Any]:
    """More keywords and aliases for an inherited category."""
    if unknown := sorted(set(addition) - {"keywords", "aliases"}):
        raise PackError(
            pack=pack,
            reason=f"additions 只能补充 keywords 和 aliases，不能改 {unknown}",
            reason_en=f"additions may only add keywords and aliases, not {unknown}",
        )
    if not addition:
        return item
    return {**item, **{name: [*item.get(name, ()), *words] for name, words in addition.items()}}


def _listed(value: object, pack: str, what: str) -> Sequence[Mapping[str, Any]]:
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(item, Mapping) and "id" in item for item in value):
        return value
    raise PackError(
        pack=pack,
        reason=f"{what} 应为列表，每项有 id",
        reason_en=f"{what} must be a list of items with an id",
    )


def read_yaml(path: Path, pack: str) -> Any:
    """Plain values of a file of a pack, ``None`` where it is not there. Raises ``PackError``."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(_read_text(path, pack), Loader=loader)  # noqa: S506 (a safe loader, in C where built)
    except yaml.YAMLError as error:
        raise PackError(
            pack=pack, reason=f"{path.name} 不是有效的 YAML：{error}", reason_en=f"{path.name}: {error}"
        ) from error


def _read_text(path: Path, pack: str) -> str:
    """Empty for a file that is not there: a pack may come without dictionary or rules."""
    try:
        return path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(
            pack=pack, reason=f"{path.name} 无法读取：{error}", reason_en=f"{path.name}: {error}"
        ) from error


def _digest(taxonomy: Taxonomy, parts: _Parts) -> str:
    content = [taxonomy.to_dict(), parts.dictionaries, parts.rules]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
