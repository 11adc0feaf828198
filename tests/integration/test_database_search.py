"""Full-text search over words that were cut beforehand."""

from __future__ import annotations

import pytest
from stored_records import TENANT, found_ids, make_record, store

from service.database import transcripts
from service.database.engine import Database


def test_words_of_one_and_two_characters_are_found(database: Database) -> None:
    refund, car = make_record("我 要 退款"), make_record("修 车 很 慢")
    store(database, refund, car)
    assert found_ids(database, words=("退款",)) == [refund.row.id]
    assert found_ids(database, words=("车",)) == [car.row.id]
    assert found_ids(database, words=("退",)) == []


def test_all_words_must_be_there_in_any_order(database: Database) -> None:
    both = make_record("退款 一直 没有 到账")
    store(database, both, make_record("退款 很 快"))
    assert found_ids(database, words=("到账", "退款")) == [both.row.id]


def test_several_words_in_one_entry_are_a_phrase(database: Database) -> None:
    phrase = make_record("申请 退款 三 天")
    store(database, phrase, make_record("退款 之前 申请 过"))
    assert found_ids(database, words=("申请 退款",)) == [phrase.row.id]
    assert found_ids(database, words=("申请 天",)) == []


def test_case_and_punctuation_do_not_matter(database: Database) -> None:
    record = make_record("我 的 iPhone 、 套餐 19-9 ， 在 4S 店 办 的 ！")
    store(database, record)
    for words in (("iphone",), ("IPHONE",), ("19-9",), ("4s",), ("套餐 19",), ("店，", "！")):
        assert found_ids(database, words=words) == [record.row.id], words
    assert found_ids(database, words=("9-19",)) == []


@pytest.mark.parametrize(
    "typed",
    [
        '"', '退款"', '"退款" OR "x', "退款 OR 到账", "退款 NEAR 到账", "NEAR(退款 到账)", "退款*", "words:退款 AND",
        "-退款 x", "退款 & !x", "'退款' | x", "退款:*", "\\", "\\'", "退款') --", "<->", "^退款 x", "(", "{a}:b", "%",
    ],
)  # fmt: skip
def test_operators_of_the_databases_are_plain_characters(database: Database, typed: str) -> None:
    """They neither fail nor widen a search: a phrase with a foreign word finds nothing."""
    store(database, make_record("到账 了"), make_record("申请 退款"))
    found = found_ids(database, words=(typed, "没有的词"))
    assert found == []
    only_signs = not any(c.isalnum() for c in typed)
    assert len(found_ids(database, words=(typed,))) in ((2,) if only_signs else (0, 1))


def test_words_beyond_the_limits_of_the_index_are_stored_and_found(database: Database) -> None:
    long_word = "长" * 5000
    many = make_record(" ".join([f"词{n % 7000}" for n in range(20_000)] + ["末尾", long_word]))
    store(database, many)
    for words in (("末尾",), (long_word,), ("词6999",)):
        assert found_ids(database, words=words) == [many.row.id], words[0][:10]


def test_a_removed_transcript_is_not_found_even_after_its_row_number_is_used_again(
    database: Database,
) -> None:
    gone = make_record("秘密 词语")
    store(database, gone)
    with database.begin() as connection:
        transcripts.delete_transcript(connection, TENANT, gone.row.id)
    other = make_record("别的 内容")
    store(database, other)
    assert found_ids(database, words=("秘密",)) == []
    assert found_ids(database, words=("别的",)) == [other.row.id]
