"""Runs of digits across fillers and turns."""

from __future__ import annotations

from models.text.pii.digits import find_runs, without_echoes


def chunks(text: str) -> list[list[str]]:
    return [[chunk.digits for chunk in run] for run in find_runs(text)]


def test_fillers_and_turn_breaks_part_chunks_but_not_the_run() -> None:
    assert chunks("一三八 嗯 零零一二\n三四五六") == [["138", "0012", "3456"]]


def test_words_end_a_run() -> None:
    assert chunks("12345公里67890") == [["12345"], ["67890"]]


def test_written_and_spoken_digits_are_chunks_of_their_own() -> None:
    assert chunks("13800138000一直") == [["13800138000", "1"]]


def test_a_digit_before_a_measure_word_is_set_apart() -> None:
    assert chunks("八零零零一个") == [["8000", "1"]]


def test_counted_digits_are_spelled_out() -> None:
    assert chunks("一三五两个八七六") == [["135", "88", "76"]]


def test_chunks_keep_their_places() -> None:
    [run] = find_runs("打138-0013")
    assert [(chunk.start, chunk.end, chunk.gap) for chunk in run] == [(1, 4, None), (5, 9, "-")]


def test_read_back_is_taken_into_what_it_repeats() -> None:
    [run] = find_runs("138 138 0000 0000 0000")
    assert [chunk.digits for chunk in without_echoes(run, 2)] == ["138", "0000", "0000"]
    assert [chunk.digits for chunk in without_echoes(run, 9)] == ["138", "0000"]
