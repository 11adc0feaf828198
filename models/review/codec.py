"""Frozen dataclasses to plain JSON values and back, driven by their annotations."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

from models.core.errors import InputError

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Dicts, lists, strings, numbers. Fields that are ``None`` or an empty tuple are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        plain = {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
        return {name: item for name, item in plain.items() if item is not None and item != []}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[T], plain: Any) -> T:
    """The value that ``to_plain`` wrote. Unknown keys are ignored, so later versions may add fields.

    Raises ``InputError`` where the shape does not fit.
    """
    try:
        return typing.cast(T, _read(kind, plain))
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(
            reason=f"{kind.__name__}：{problem!r}", reason_en=f"{kind.__name__}: {problem!r}"
        ) from problem


def _read(kind: Any, plain: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _read_union(kind, plain)
    if origin is tuple:
        return _read_tuple(typing.get_args(kind), plain)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        item_kind = typing.get_args(kind)[1]
        return {key: _read(item_kind, item) for key, item in plain.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        return _read_dataclass(kind, plain)
    return plain


def _read_union(kind: Any, plain: Any) -> Any:
    if plain is None:
        return None
    choices = [choice for choice in typing.get_args(kind) if choice is not type(None)]
    return _read(choices[0], plain) if len(choices) == 1 else plain


def _read_tuple(kinds: tuple[Any, ...], plain: Any) -> tuple[Any, ...]:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_read(kinds[0], item) for item in plain)
    return tuple(_read(item_kind, item) for item_kind, item in zip(kinds, plain, strict=True))


def _read_dataclass(kind: Any, plain: Any) -> Any:
    hints = _hints(kind)
    empty: dict[str, Any] = {name: () for name, hint in hints.items() if typing.get_origin(hint) is tuple}
    given = {name: _read(hints[name], item) for name, item in plain.items() if name in hints}
    return kind(**{**_absent(kind, empty), **given})


def _absent(kind: Any, empty: dict[str, Any]) -> dict[str, Any]:
    """What a field left out stands for: an empty tuple, or ``None`` where the annotation allows it."""
    optional = {name: None for name, hint in _hints(kind).items() if type(None) in typing.get_args(hint)}
    return {**optional, **empty}


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)
