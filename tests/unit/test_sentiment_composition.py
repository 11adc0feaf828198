"""What composition reads, one construction at a time, on a small lexicon or the shipped one."""

from __future__ import annotations

import pytest

from data.lexicons import load_sentiment_lexicon
from models.sentiment.composition import read
from models.sentiment.lexicon import SentimentLexicon
from models.sentiment.quantities import number_value, times_strength, wait_strength

SMALL = SentimentLexicon(
    "[positive 2]\n满意 好\n[negative 2]\n差\n[fault 1.6]\n异响\n[owed 1.4]\n处理\n[negator]\n不 没有 没人\n"
    "[degree 1.4]\n很\n[degree 0.6]\n有点\n[contrast]\n但是\n[concession]\n虽然\n[good_more 1.2]\n空间\n"
    "[bad_more 1.2]\n油耗\n[high 0]\n大 高\n[low 0]\n小 低",
    "",
)


def balance(text: str, lexicon: SentimentLexicon = SMALL) -> float:
    return sum(piece.weight for piece in read(text, lexicon).evidence)


def test_a_negator_turns_praise_and_softens_blame() -> None:
    assert balance("不满意") < 0 < balance("满意")
    assert 0 < balance("没有异响") < 1.6


def test_two_negators_deny_each_other() -> None:
    assert balance("没有人不满意") > 0


def test_a_negator_ends_with_its_clause() -> None:
    assert balance("没有，满意") > 0


def test_what_is_owed_is_bad_only_when_it_is_missing() -> None:
    assert balance("处理") == 0
    assert balance("没人处理") < 0


def test_degree_words_raise_and_lower() -> None:
    assert balance("有点差") > balance("差") > balance("很差")


def test_after_a_contrast_counts_more() -> None:
    assert balance("虽然差，但是满意") > 0 > balance("虽然满意，但是差")


def test_more_and_less_are_judged_by_what_they_are_said_of() -> None:
    assert balance("空间大") > 0 > balance("空间小")
    assert balance("油耗低") > 0 > balance("油耗高")


@pytest.mark.parametrize(
    ("text", "value"), [("三", 3), ("十几", 13), ("二十五", 25), ("１２", 12), ("两百", 200)]
)
def test_numbers_have_their_value(text: str, value: float) -> None:
    assert number_value(text) == value


def test_long_waits_complain_and_short_ones_praise() -> None:
    assert wait_strength("等了三个小时") < 0 < wait_strength("等了不到五分钟")
    assert times_strength("催了八遍") < 0 == times_strength("催了一遍")


def test_staff_courtesy_is_no_evidence() -> None:
    assert read("给您带来不便深表歉意", load_sentiment_lexicon()).evidence == []


def test_asked_for_praise_is_no_praise() -> None:
    assert balance("满意请给五星好评哦", load_sentiment_lexicon()) == 0
    assert balance("很满意，给五星好评", load_sentiment_lexicon()) > 0


def test_praise_in_quotes_is_irony() -> None:
    lexicon = load_sentiment_lexicon()
    assert balance("真是“好”服务", lexicon) < 0 < balance("真是好服务", lexicon)


def test_a_wish_is_no_praise() -> None:
    assert balance("要是能快点就好了", load_sentiment_lexicon()) <= 0


def test_evidence_covers_the_negator_with_its_word() -> None:
    pieces = read("前台不满意", SMALL).evidence
    assert [(piece.start, piece.end, piece.what) for piece in pieces] == [(2, 5, "denied")]
