"""Every kind of mark that a bundled pack brings can be counted by the API."""

from __future__ import annotations

import pytest

from data.packs import pack_names
from data.packs.experience import load_experience
from service.database.records import MARK_KINDS


@pytest.mark.parametrize("sector", pack_names())
def test_every_facet_of_a_bundled_pack_is_a_dimension(sector: str) -> None:
    assert set(load_experience(sector).facets) <= set(MARK_KINDS)
