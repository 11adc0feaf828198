"""Dictionary files, the cases they must not break, and the diff that a change makes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.core.errors import PackError
from models.text.dictionary import Dictionary, Entry, merge, parse_dictionary
from models.text.dictionary_check import builtin_cases, check_cases, compare_dictionaries, parse_cases
from models.text.segment import Segmenter


def segmenter_of(text: str) -> Segmenter:
    return Segmenter(parse_dictionary(text, name="new"))


def test_jiebas_file_format_is_read_with_comments_blanks_and_version() -> None:
    dictionary = parse_dictionary(
        "\ufeff# version: 2.1\n\n户表\n质保期 20\n秦PLUS 10 nz # 比亚迪\nID.4 CROZZ 5 nz\n问界 nz\nC# 3\n",
        name="car",
    )
    assert (dictionary.name, dictionary.version) == ("car", "2.1")
    assert dictionary.entries == (
        Entry("户表"),
        Entry("质保期", 20),
        Entry("秦PLUS", 10, "nz"),
        Entry("ID.4 CROZZ", 5, "nz"),
        Entry("问界", None, "nz"),
        Entry("C#", 3),
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("好词\n坏\x00词\n", 2),
        ("好词\n\n" + "长" * 61, 3),
        ("户表 -3\n", 1),
        ("户表 99999999999\n", 1),
        ("户表 3\n空调\n户表 4\n", 3),
    ],
)
def test_a_wrong_line_is_named(text: str, line: int) -> None:
    with pytest.raises(PackError) as caught:
        parse_dictionary(text, name="car")
    assert caught.value.values["line"] == line
    assert f"第 {line} 行" in caught.value.message("zh")


def test_equal_lines_count_once_and_the_digest_is_that_of_the_entries() -> None:
    once = parse_dictionary("户表 3\n", name="a")
    twice = parse_dictionary("# 注释\n户表 3\n户表 3\n", name="b")
    assert once.entries == twice.entries
    assert once.digest == twice.digest == once.version
    assert once.digest != parse_dictionary("户表 4\n", name="a").digest
    assert len(once.digest) == 12


def test_in_a_merge_the_later_word_wins() -> None:
    merged = merge(
        Dictionary("a", "1", (Entry("户表", 3), Entry("空调"))), Dictionary("b", "2", (Entry("户表", 9),))
    )
    assert merged.entries == (Entry("户表", 9), Entry("空调"))
    assert (merged.name, merged.version) == ("a+b", "1+2")


def test_a_frequency_of_zero_takes_a_word_away() -> None:
    assert "满意" in Segmenter().words("不满意")
    assert "满意" not in segmenter_of("满意 0\n").words("不满意")


def test_all_builtin_cases_hold_without_a_dictionary_in_both_engines() -> None:
    cases = builtin_cases()
    assert len(cases) >= 40
    assert check_cases(Segmenter(), cases) == []
    assert check_cases(Segmenter(engine="jieba"), cases) == []


def test_adding_a_word_at_its_suggested_frequency_does_not_cut_its_neighbours() -> None:
    segmenter = segmenter_of("户表\n")
    assert segmenter.words("用户表示不满意")[:2] == ["用户", "表示"]
    assert check_cases(segmenter, builtin_cases()) == []


@pytest.mark.parametrize(
    ("entries", "text"),
    [
        ("户表 9000000\n用 90000000\n示 9000000\n", "用户表示不满意"),
        ("研究生 9999999\n", "研究生命的起源"),
        ("主要 90000000\n", "车主要求退车"),
        ("不满意\n", "用户表示不满意"),
    ],
)
def test_a_careless_word_breaks_its_case(entries: str, text: str) -> None:
    broken = check_cases(segmenter_of(entries), builtin_cases())
    assert text in {item.case.text for item in broken}


def test_a_blank_lets_a_longer_word_join_whole_words_and_a_bar_does_not() -> None:
    segmenter = segmenter_of("维修质量\n")
    assert check_cases(segmenter, parse_cases("维修 质量 太 差")) == []
    (broken,) = check_cases(segmenter, parse_cases("维修|质量 太 差"))
    assert "维修质量" in broken.words


def test_a_case_without_two_words_is_refused_with_its_line() -> None:
    with pytest.raises(PackError) as caught:
        parse_cases("用户 表示\n用户表示 # 没有分开\n")
    assert caught.value.values["line"] == 2


def test_the_diff_counts_each_kind_of_change_with_at_most_three_examples() -> None:
    texts = ["还在质保期内就坏了"] * 5 + ["没有变化", "质保期内，质保期内"]
    diff = compare_dictionaries(Segmenter(), segmenter_of("质保期内\n"), texts)
    assert (diff.n_texts, diff.n_changed, diff.n_places) == (7, 6, 7)
    (change,) = diff.changes
    assert (change.before, change.after, change.count) == (("质保", "期内"), ("质保期内",), 7)
    assert change.examples[0] == "还在【质保期内】就坏了"
    assert len(change.examples) == 3


def test_the_corpus_is_read_as_a_stream() -> None:
    seen: list[int] = []

    def texts() -> Iterator[str]:
        for index in range(3):
            seen.append(index)
            yield "质保期内"

    same = Segmenter()
    assert compare_dictionaries(same, same, texts()).n_changed == 0
    assert seen == [0, 1, 2]
