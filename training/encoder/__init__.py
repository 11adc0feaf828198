"""Sentence encoders: read from a wheel, pruned to Chinese, written as a folder that serves and trains."""
