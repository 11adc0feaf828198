"""What the components of a sector know: its facets, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.experience.facets import Facet

STEP, TOUCHPOINT, SURVEY = "step", "touchpoint", "survey"


@dataclass(frozen=True)
class ExperienceCatalog:
    """``digest`` changes when any facet does. ``lineage`` names the packs that the sector is made of, its own last.

    ``own`` are the nodes (facet, id) that a pack of a customer wrote or changed: there its rules alone decide.
    """

    sector: str
    facets: Mapping[str, Facet] = field(default_factory=dict)
    digest: str = "0"
    lineage: tuple[str, ...] = ()
    own: frozenset[tuple[str, str]] = frozenset()

    def label(self, facet: str, node_id: str, *, english: bool = False) -> str:
        """The name of a node for people; the id itself where this catalogue does not know it."""
        known = self.facets.get(facet)
        if known is None or node_id not in known:
            return node_id
        node = known.node(node_id)
        return node.en if english else node.zh
