"""Model folders: manifest, digests, safe formats."""
