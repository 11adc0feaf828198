"""Fits and measures the dialogue models: satisfaction, and the turn that states the problem."""
