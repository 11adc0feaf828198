"""Fits and measures opinion extractors: aspect, opinion and polarity triplets."""
