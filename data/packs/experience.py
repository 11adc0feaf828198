"""Reads what a sector knows of experience: the facet files in the folder ``experience`` of its pack.

A sector has the facets of what it extends, and the generic ones in any case; its own file of the same facet replaces that one, or with
``extends: true`` adds nodes, and rules to nodes that are there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from data.packs.loader import own_folders, read_yaml
from models.core.errors import PackError
from models.experience.catalog import ExperienceCatalog
from models.experience.facets import parse_facet

FOLDER = "experience"
_BUNDLED = Path(__file__).parent


def load_experience(name_or_path: str | Path) -> ExperienceCatalog:
    """The facets of a bundled pack by name, or of any pack folder. Raises ``PackError``."""
    return _load(own_folders(name_or_path))


@cache
def _load(folders: tuple[Path, ...]) -> ExperienceCatalog:
    sector = folders[-1].name
    documents: dict[str, Mapping[str, Any]] = {}
    own: set[tuple[str, str]] = set()
    for folder in folders:
        for plain in _documents(folder):
            name = str(plain.get("facet", ""))
            if folder.parent != _BUNDLED:
                own |= {(name, str(node.get("id"))) for node in plain.get("nodes") or ()}
            known = documents.get(name)
            documents[name] = _extended(known, plain) if known and plain.get("extends") else plain
    facets = {name: parse_facet(plain, pack=sector) for name, plain in sorted(documents.items())}
    content = json.dumps(documents, ensure_ascii=False, sort_keys=True, default=str)
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return ExperienceCatalog(sector, facets, digest, tuple(folder.name for folder in folders), frozenset(own))


def _documents(folder: Path) -> Iterator[Mapping[str, Any]]:
    for path in sorted((folder / FOLDER).glob("*.yaml")):
        plain = read_yaml(path, folder.name)
        if not isinstance(plain, Mapping):
            raise PackError(
                pack=folder.name, reason=f"{path.name} 应为映射", reason_en=f"{path.name}: no mapping"
            )
        yield plain


def _extended(known: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, Any]:
    nodes = {node["id"]: dict(node) for node in known.get("nodes") or ()}
    for node in own.get("nodes") or ():
        before = nodes.get(node.get("id"))
        if before is None:
            nodes[node["id"]] = dict(node)
        else:
            rules = [*(before.get("rules") or ()), *(node.get("rules") or ())]
            nodes[node["id"]] = {**before, **node, "rules": rules}
    return {**known, "version": f"{known.get('version')}+{own.get('version')}", "nodes": list(nodes.values())}
