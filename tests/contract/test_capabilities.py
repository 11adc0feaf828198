"""Every capability that the page names lives somewhere and is held by a test that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| ([^|]+) \| `([^`]+)` \| `([^`]+)::(\w+)` \| ([^|]+) \|$",
    (ROOT / "docs" / "capabilities.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


def test_no_row_of_the_page_is_of_another_form() -> None:
    page = (ROOT / "docs" / "capabilities.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| what ")]
    assert len(rows) == len(ROWS) > 50


@pytest.mark.parametrize(("what", "where", "file", "name", "example"), ROWS, ids=[row[0] for row in ROWS])
def test_a_capability_lives_where_it_is_said_and_is_tested(
    what: str, where: str, file: str, name: str, example: str
) -> None:
    assert (ROOT / where).is_file()
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert example.strip()
