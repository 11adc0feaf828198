"""Files into domain values: sector packs, transcript formats, datasets, the sample generator."""
