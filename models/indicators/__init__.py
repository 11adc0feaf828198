"""Indicators of customer experience management: how far each is from its target, where, and who acts on it."""
