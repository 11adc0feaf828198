"""Work in batches, where one poisonous item must cost only itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from models.core.errors import StorageError, TextError, VocError

Item = TypeVar("Item")
Result = TypeVar("Result")


def each_or_error(
    work: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item]
) -> list[Result | VocError]:
    """``work`` on all items at once; where that fails, on each by itself, and the error in place of a result.

    Raises ``StorageError``: what hinders the work itself is no item's fault.
    """
    if not items:
        return []
    try:
        return list(work(items))
    except StorageError:
        raise
    except Exception as error:
        if len(items) == 1:
            return [error if isinstance(error, VocError) else _failed(error)]
    return [result for item in items for result in each_or_error(work, [item])]


def _failed(error: Exception) -> TextError:
    """Only the kind of the error is told: its message may quote the text."""
    kind = type(error).__name__
    return TextError(
        reason=f"处理时出错（{kind}），这一条已跳过，请报告给维护者",
        reason_en=f"it could not be processed ({kind}) and was left out; please report it",
    )
