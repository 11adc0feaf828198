"""Every setting is in ``docs/settings.md``, with its default and what it does, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
ROW = re.compile(r"\| `(VOC_\w+)` \| (.*?) \| (.*) \|")
FIELDS = {f"VOC_{name.upper()}": field for name, field in Settings.model_fields.items()}


def documented() -> dict[str, tuple[str, str]]:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    return {name: (default, description) for name, default, description in rows}


def test_the_page_lists_exactly_the_settings_there_are() -> None:
    assert sorted(documented()) == sorted(FIELDS)


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_the_page_tells_default_and_description_of_a_setting(name: str) -> None:
    field = FIELDS[name]
    shown = getattr(field.default, "get_secret_value", lambda: field.default)()
    default = f"`{shown}`" if str(shown) else "(empty)"
    assert documented().get(name) == (default, field.description)


@pytest.mark.parametrize("name", sorted(name for name in FIELDS if re.search("MAX_|TIMEOUT", name)))
def test_a_limit_names_its_unit(name: str) -> None:
    assert re.search(r"bytes|characters|items|seconds", FIELDS[name].description or "")
