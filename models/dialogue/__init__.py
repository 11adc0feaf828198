"""Dialogues as a whole: satisfaction, the turn that states the problem, emotion and effort."""
