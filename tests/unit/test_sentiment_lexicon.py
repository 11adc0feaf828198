"""The lexicon's notation and the shipped lexicon."""

from __future__ import annotations

import pytest

from data.lexicons import load_sentiment_lexicon
from models.core.errors import PackError
from models.sentiment.lexicon import SentimentLexicon
from models.sentiment.scan import find_hits


def test_blocks_give_words_their_kind_and_sign() -> None:
    lexicon = SentimentLexicon("[positive 2]\n好 棒\n[negative 1.5]\n差\n[fault]\n异响", "")
    assert lexicon.words["棒"].strength == 2
    assert lexicon.words["差"].strength == -1.5
    assert (lexicon.words["异响"].kind, lexicon.words["异响"].strength) == ("fault", -1)


def test_a_grammar_word_keeps_what_it_says_besides() -> None:
    lexicon = SentimentLexicon("[negative 2]\n噪音\n[bad_more 1.2]\n噪音", "")
    assert (lexicon.words["噪音"].kind, lexicon.words["噪音"].polar) == ("bad_more", -2)


def test_neutral_never_wins_over_another_entry() -> None:
    lexicon = SentimentLexicon("[contrast]\n可是\n[neutral]\n可是", "")
    assert lexicon.words["可是"].kind == "contrast"


@pytest.mark.parametrize("words", ["[unknown 1]\n好", "好"])
def test_an_unknown_block_or_a_word_without_one_is_refused(words: str) -> None:
    with pytest.raises(PackError):
        _ = SentimentLexicon(words, "").words


@pytest.mark.parametrize("patterns", ["polar 1 (", "unknown 1 好", "polar much 好"])
def test_a_wrong_construction_is_refused_with_its_line(patterns: str) -> None:
    with pytest.raises(PackError) as caught:
        _ = SentimentLexicon("", patterns).places, SentimentLexicon("", patterns).sentences
    assert "1" in caught.value.message("zh")


def test_the_longest_word_wins_and_hits_do_not_overlap() -> None:
    lexicon = SentimentLexicon("[positive 1]\n好 好评\n[neutral]\n好像", "")
    hits = find_hits("好像好评好", lexicon)
    assert [(hit.start, hit.end, hit.kind) for hit in hits] == [
        (0, 2, "neutral"),
        (2, 4, "positive"),
        (4, 5, "positive"),
    ]


def test_of_a_word_and_a_construction_that_end_together_the_word_counts() -> None:
    lexicon = SentimentLexicon("[positive 1]\n太棒 太", "polar 2 太棒|太差")
    assert [hit.kind for hit in find_hits("太棒太差", lexicon)] == ["positive", "polar"]


def test_no_word_hides_behind_half_a_surrogate() -> None:
    assert find_hits("\ud83d好", SentimentLexicon("[positive 1]\n\ufffd好", "")) == []


def test_the_shipped_lexicon_parses_and_is_large() -> None:
    lexicon = load_sentiment_lexicon()
    assert len(lexicon.words) > 3000
    assert all(pattern.groups for pattern, _ in lexicon.sentences.values())
    assert lexicon.places[1]


def test_a_construction_is_found_with_its_own_strength_wherever_it_stands() -> None:
    lexicon = SentimentLexicon(
        "[positive 1]\n好", "polar 2 好(?P<x>.)(?P=x)$|(?<=很)棒\npolar -3 太(?:差|慢)了?\ndemand 1 退款"
    )
    hits = find_hits("很棒，太差了退款好人人", lexicon)
    assert [(hit.start, hit.end, hit.kind, hit.strength) for hit in hits] == [
        (1, 2, "polar", 2),
        (3, 6, "polar", -3),
        (6, 8, "demand", 1),
        (8, 11, "polar", 2),
    ]
