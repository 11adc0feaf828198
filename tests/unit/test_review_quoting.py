"""What is quoted of a transcript: the clause, wider where it is too short, never beyond the turn."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from models.review.facts import TranscriptFact
from models.review.lived.quoting import MOST_QUOTE_CHARS, QUOTES_KEPT, QuoteKeeper, SpanQuotes, around

ZONE = ZoneInfo("Asia/Shanghai")


def quoted(text: str, said: str) -> str:
    start = text.index(said)
    first, last = around(text, start, start + len(said))
    return text[first:last]


def fact(name: str, text: str = "说好三天就能修好的，结果拖了半个月") -> TranscriptFact:
    return TranscriptFact(
        id=name,
        external_id=None,
        occurred_at=datetime(2024, 3, 1, 2, tzinfo=UTC),
        day=date(2024, 3, 1),
        channel="phone",
        product="甲",
        region=None,
        sentiment="negative",
        polarity=-0.5,
        categories=(),
        voice=name,
        text=text,
    )


def test_a_clause_that_is_long_enough_stands_alone() -> None:
    text = "你好，说好三天就能修好的结果拖了半个月，算了"
    assert quoted(text, "修好") == "说好三天就能修好的结果拖了半个月"


def test_a_short_clause_takes_those_behind_it() -> None:
    assert quoted("垃圾，等了三个小时也没人管，走了", "垃圾") == "垃圾，等了三个小时也没人管"


def test_at_the_end_of_a_turn_it_takes_those_before() -> None:
    assert quoted("等了三个小时也没人管，走了，垃圾", "垃圾") == "等了三个小时也没人管，走了，垃圾"


def test_it_stays_inside_the_turn() -> None:
    assert quoted("前一位的话\n垃圾\n后一位的话", "垃圾") == "垃圾"


def test_it_ends_where_it_would_be_too_long() -> None:
    text = "长" * 200
    start, end = around(text, 100, 102)
    assert start <= 100 and end >= 102 and end - start == MOST_QUOTE_CHARS


def test_words_longer_than_the_limit_stay_whole() -> None:
    text = "长" * 200
    assert around(text, 10, 150) == (10, 150)


def test_the_same_transcripts_are_quoted_whatever_the_order() -> None:
    facts = [fact(f"t{at}") for at in range(50)]
    kept = []
    for ordered in (facts, facts[::-1]):
        keeper = QuoteKeeper(ZONE)
        for one in ordered:
            keeper.add("churn", one, (0, 2))
        kept.append(keeper.quotes("churn"))
    assert kept[0] == kept[1] and len(kept[0]) == QUOTES_KEPT
    assert kept[0][0].occurred_at == "2024-03-01T10:00+08:00"
    assert QuoteKeeper(ZONE).quotes("churn") == ()


def test_a_transcript_is_quoted_once_of_a_kind() -> None:
    keeper = QuoteKeeper(ZONE)
    keeper.add("churn", fact("t1"), (0, 2))
    keeper.add("churn", fact("t1"), (10, 12))
    assert len(keeper.quotes("churn")) == 1


def test_quotes_that_no_tally_holds_are_dropped() -> None:
    quotes = SpanQuotes(ZONE)
    for name in ("a", "b"):
        quotes.add(fact(name), (0, 2))
    quotes.keep([("b", 0), ("c", 0)])
    found = quotes.get("b", 0)
    assert len(quotes) == 1 and quotes.get("a", 0) is None
    assert found is not None and found.text == "说好三天就能修好的，结果拖了半个月"
