"""The ledger of root causes: append-only events, and everything else recomputed from them."""
