"""Sentiment that reads Chinese complaint language: a lexicon, its composition, a model stacked on another."""
