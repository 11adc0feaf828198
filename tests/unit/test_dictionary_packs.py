"""Every dictionary that ships in a sector pack passes the check that customers' dictionaries go through."""

from __future__ import annotations

from pathlib import Path

from models.text.dictionary import parse_dictionary
from models.text.dictionary_check import builtin_cases, check_cases
from models.text.segment import Segmenter

PACKS = Path(__file__).parents[2] / "data" / "packs"


def test_no_shipped_dictionary_breaks_a_builtin_case() -> None:
    broken = {}
    for path in sorted(PACKS.glob("*/dictionary.txt")):
        dictionary = parse_dictionary(path.read_text(encoding="utf-8"), name=path.parent.name)
        found = check_cases(Segmenter(dictionary), builtin_cases())
        broken |= {(dictionary.name, item.case.text): item.words for item in found}
    assert broken == {}
