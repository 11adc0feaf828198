"""Sector packs: taxonomy, dictionary and rules of one line of business, one folder each."""

from data.packs.loader import SectorPack, load_pack, pack_names

__all__ = ["SectorPack", "load_pack", "pack_names"]
