"""Durable jobs: queued, visible with progress, run on after a crash, idempotent by key."""
