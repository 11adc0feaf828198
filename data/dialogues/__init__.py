"""Labelled dialogues: what a careful reader marks in them, written for this project.

``<sector>/<letter>-<number>.yaml``, in the form that ``tests/gold/README.md`` describes. They train the talk network.
"""
