"""Durations and counts in Chinese."""

import pytest

from models.dialogue.quantities import find_counts, find_durations, parse_number

MINUTE, HOUR, DAY = 60, 3600, 86_400


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("两百", 200),
        ("三千五", 3500),
        ("一万二", 12_000),
        ("两", 2),
        ("1.5", 1.5),
        ("二〇一四", 2014),
        ("三四", 3),
    ],
)
def test_numbers_in_both_scripts_have_their_value(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "半", "abc", "1.2.3", "一a"])
def test_what_is_no_number_has_no_value(text):
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "words", "seconds"),
    [
        ("等了1小时20分还没人", "1小时20分", 80 * MINUTE),
        ("两小时又十分钟", "两小时又十分钟", 130 * MINUTE),
        ("一个半小时", "一个半小时", 90 * MINUTE),
        ("一小时半", "一小时半", 90 * MINUTE),
        ("半小时", "半小时", 30 * MINUTE),
        ("等了半天", "半天", 4 * HOUR),
        ("两个多月", "两个多月", 60 * DAY),
        ("1个半月", "1个半月", 45 * DAY),
        ("十几分钟", "十几分钟", 13 * MINUTE),
        ("二十来分钟", "二十来分钟", 20 * MINUTE),
        ("3-5天", "3-5天", 3 * DAY),
        ("3个工作日", "3个工作日", 3 * DAY),
        ("两周", "两周", 14 * DAY),
        ("30min", "30min", 30 * MINUTE),
    ],
)
def test_durations_are_read_with_their_place(text, words, seconds):
    (found,) = find_durations(text)
    assert (text[found.start : found.end], found.seconds) == (words, seconds)


@pytest.mark.parametrize(
    "text", ["第3天", "5点20分", "2014年", "14年的单", "3月5日", "周一", "3天两头", "20分", ""]
)
def test_dates_times_and_ordinals_are_no_durations(text):
    assert find_durations(text) == ()


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("打了三次电话", "三次", 3),
        ("跑了两趟", "两趟", 2),
        ("打了十几个电话", "十几个", 13),
        ("二十多次", "二十多次", 20),
        ("投诉N次", "N次", 5),
        ("好几次", "几次", 3),
    ],
)
def test_counts_are_read_with_their_place(text, words, value):
    (found,) = find_counts(text)
    assert (text[found.start : found.end], found.value) == (words, value)


@pytest.mark.parametrize("text", ["第三次", "再次", "两回事", "三个人", "三回复"])
def test_ordinals_and_things_are_no_counts(text):
    assert find_counts(text) == ()
