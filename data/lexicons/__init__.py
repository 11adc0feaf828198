"""Hand-written lexicons, read from the text files beside this module."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from models.sentiment.lexicon import SentimentLexicon

_SENTIMENT = Path(__file__).parent / "sentiment"


@cache
def load_sentiment_lexicon() -> SentimentLexicon:
    """Words, grammar words and constructions of Chinese service talk. A grammar entry wins over a word's."""
    words = [(_SENTIMENT / name).read_text(encoding="utf-8") for name in ("words.txt", "grammar.txt")]
    return SentimentLexicon("\n".join(words), (_SENTIMENT / "patterns.txt").read_text(encoding="utf-8"))
