"""One poisonous item costs only itself."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from models.core.errors import FieldError, StorageError, VocError
from service.ingest.isolation import each_or_error


def halves(items: Sequence[int]) -> list[float]:
    return [12 / item for item in items]


def test_without_a_failure_the_work_is_done_once() -> None:
    calls: list[Sequence[int]] = []

    def work(items: Sequence[int]) -> list[float]:
        calls.append(items)
        return halves(items)

    assert each_or_error(work, [1, 2, 3]) == [12, 6, 4]
    assert calls == [[1, 2, 3]]


def test_a_failing_item_gives_its_error_in_its_place() -> None:
    first, second, third = each_or_error(halves, [1, 0, 3])
    assert (first, third) == (12, 4)
    assert isinstance(second, VocError)
    assert "ZeroDivisionError" in second.message("zh")


def test_the_message_of_a_fault_is_not_told_for_it_may_quote_a_text() -> None:
    def work(items: Sequence[str]) -> list[str]:
        raise ValueError(items[0])

    (error,) = each_or_error(work, ["我的电话是13812345678"])
    assert "138" not in error.message("zh") + error.message("en")  # type: ignore[union-attr]


def test_an_error_that_says_what_is_wrong_is_kept() -> None:
    known = FieldError(field="a", reason="", reason_en="")

    def work(items: Sequence[int]) -> list[int]:
        raise known

    assert each_or_error(work, [1, 2]) == [known, known]


def test_a_storage_error_ends_the_work() -> None:
    def work(items: Sequence[int]) -> list[int]:
        raise StorageError(reason="", reason_en="")

    with pytest.raises(StorageError):
        each_or_error(work, [1, 2])


def test_nothing_is_nothing() -> None:
    assert each_or_error(halves, []) == []
