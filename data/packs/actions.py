"""Reads the actions of a sector: ``actions.yaml`` of its pack behind those of what it extends and the generic ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from data.packs.indicators import digest_of, joined, read_head, value_names
from data.packs.loader import own_folders
from models.indicators.actions import ActionLibrary, parse_library

_FILE = "actions.yaml"
_HEAD = frozenset({"version", "actions", "needs", "omit"})


def load_actions(name_or_path: str | Path) -> ActionLibrary:
    """Of a bundled pack by name, or of any pack folder. Raises ``PackError``."""
    return _load(own_folders(name_or_path))


@cache
def _load(folders: tuple[Path, ...]) -> ActionLibrary:
    folder = folders[-1]
    actions: dict[str, Mapping[str, Any]] = {}
    needs: dict[str, Mapping[str, Any]] = {}
    for one in folders:
        plain = read_head(one, _FILE, _HEAD)
        actions = joined(actions, plain, "actions", one.name)
        needs = joined(needs, {"needs": plain.get("needs")}, "needs", one.name)
    lists: dict[str, Any] = {"actions": [*actions.values()], "needs": [*needs.values()]}
    return parse_library(lists, pack=folder.name, names=value_names(folder), digest=digest_of(lists))
