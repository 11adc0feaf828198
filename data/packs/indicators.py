"""Reads the indicators of a sector: ``indicators.yaml`` of its pack behind those of what it extends and the generic ones.

An indicator of an id that is there already changes the fields it names (``{id: promise_kept, target: 0.97}``) and keeps
the others; ``omit`` takes some away.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from data.packs.experience import load_experience
from data.packs.loader import load_pack, own_folders, read_yaml
from models.core.errors import PackError
from models.experience.catalog import STEP
from models.experience.moments import moments_of_truth
from models.indicators.churn import ChurnReason
from models.indicators.protection import ProtectionRule, severe_categories
from models.indicators.registry import Registry, parse_registry

_FILE = "indicators.yaml"
MOMENT_OF_TRUTH = "moment_of_truth"
_HEAD = frozenset({"version", "indicators", "omit", "churn_reference", "protection"})


@dataclass(frozen=True)
class IndicatorPack:
    """The indicators of a sector, its reference of reasons to leave, and what value never ranks down."""

    sector: str
    registry: Registry
    churn_reference: tuple[ChurnReason, ...]
    protection: ProtectionRule


def load_indicators(name_or_path: str | Path) -> IndicatorPack:
    """Of a bundled pack by name, or of any pack folder. Raises ``PackError``."""
    return _load(own_folders(name_or_path))


def value_names(folder: Path) -> Callable[[str, str], Iterable[str]]:
    """From a facet and a name as people write it to the ids of its nodes; ``moment_of_truth`` are all steps so marked."""
    catalog = load_experience(folder)
    ids: dict[tuple[str, str], list[str]] = {}
    for facet in catalog.facets.values():
        for node in facet.nodes:
            for name in (node.zh, node.en):
                ids.setdefault((facet.name, name), []).append(node.id)
    ids[STEP, MOMENT_OF_TRUTH] = sorted(moments_of_truth(catalog))
    return lambda kind, name: ids.get((kind, name), ())


def digest_of(plain: Any) -> str:
    """First 12 hex digits of the sha256 of the canonical JSON."""
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_head(folder: Path, file: str, known: frozenset[str]) -> Mapping[str, Any]:
    """The mapping of a file of a pack, empty where it is not there. Raises ``PackError``."""
    plain = read_yaml(folder / file, folder.name)
    if plain is None:
        return {}
    if not isinstance(plain, Mapping) or (set(plain) - known):
        raise PackError(
            pack=folder.name,
            reason=f"{file} 应为映射，字段只能是 {sorted(known)}",
            reason_en=f"{file} must be a mapping of {sorted(known)}",
        )
    return plain


def joined(
    known: dict[str, Mapping[str, Any]], plain: Mapping[str, Any], name: str, pack: str
) -> dict[str, Mapping[str, Any]]:
    """Items of list ``name`` over those ``known`` by id, less those of ``omit``. Raises ``PackError``."""
    if missing := sorted(set(plain.get("omit") or ()) - set(known)):
        raise PackError(
            pack=pack, reason=f"omit 里没有的 id：{missing}", reason_en=f"omit names unknown ids: {missing}"
        )
    found = {key: item for key, item in known.items() if key not in set(plain.get("omit") or ())}
    items = plain.get(name) or []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) and item.get("id") for item in items):
        raise PackError(
            pack=pack,
            reason=f"{name} 应为列表，每项有 id",
            reason_en=f"{name} must be a list of items with an id",
        )
    own: set[str] = set()
    for item in items:
        if item["id"] in own:
            raise PackError(
                pack=pack, reason=f"id 重复：{item['id']}", reason_en=f"id {item['id']} is there twice"
            )
        own.add(item["id"])
        found[item["id"]] = {**found.get(item["id"], {}), **item}
    return found


@cache
def _load(folders: tuple[Path, ...]) -> IndicatorPack:
    folder = folders[-1]
    items: dict[str, Mapping[str, Any]] = {}
    reference: list[Mapping[str, Any]] = []
    exposures: list[str] = []
    words: list[str] = []
    for one in folders:
        plain = read_head(one, _FILE, _HEAD)
        items = joined(items, plain, "indicators", one.name)
        reference = plain.get("churn_reference") or reference
        guard = plain.get("protection") or {}
        exposures += map(str, guard.get("exposures") or ())
        words += guard.get("words") or ()
    names = value_names(folder)
    registry = parse_registry(
        items.values(), pack=folder.name, names=names, digest=digest_of([*items.values()])
    )
    exposures += [value for name in exposures for value in names("exposure", name)]
    severe = severe_categories(load_pack(folder).taxonomy)
    rule = ProtectionRule(severe, frozenset(exposures), tuple(dict.fromkeys(words)))
    return IndicatorPack(folder.name, registry, _reference(reference, folder.name), rule)


def _reference(items: list[Mapping[str, Any]], pack: str) -> tuple[ChurnReason, ...]:
    try:
        found = tuple(
            ChurnReason(
                item["id"],
                item["zh"],
                item["en"],
                float(item["share"]),
                frozenset(map(str, (item["id"], item["zh"], *(item.get("values") or ())))),
            )
            for item in items
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PackError(
            pack=pack, reason=f"churn_reference：{error}", reason_en=f"churn_reference: {error}"
        ) from error
    if found and abs(sum(one.share for one in found) - 1) > 1e-6:
        raise PackError(
            pack=pack, reason="churn_reference 各占比之和应为 1", reason_en="churn_reference must add up to 1"
        )
    return found
