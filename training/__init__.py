"""Builds model artefacts: fit, evaluate, register. The service uses what it makes and never imports it."""
