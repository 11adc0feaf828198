"""The domain: text -> clauses -> labels -> root causes -> statistics. Pure code, no web, no database."""
