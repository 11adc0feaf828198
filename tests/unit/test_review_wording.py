"""How numbers and findings are said, and what a finding may claim."""

from __future__ import annotations

import pytest

from models.review.changes import Compared, judged_changes, volume_change
from models.review.figures import Change, Figure, count, per_1000, rate
from models.review.sections import Finding
from models.review.wording import certainty_text, figure_text, finding_text, interval_text, verdict_text
from service.reviews.labels import Labels


@pytest.mark.parametrize(
    ("figure", "zh", "en"),
    [
        (Figure(12345, "count"), "12,345", "12,345"),
        (Figure(0.12345, "ratio"), "12.3%", "12.3%"),
        (Figure(-0.0213, "points"), "−2.1 个百分点", "−2.1 points"),
        (Figure(0.0001, "points"), "0.0 个百分点", "0.0 points"),
        (Figure(4.56, "per_1000_difference"), "+4.6 条/千条", "+4.6 per 1,000"),
        (Figure(0.11, "relative"), "+11.0%", "+11.0%"),
        (Figure(-0.234, "polarity"), "−0.23", "−0.23"),
        (Figure(None, "ratio"), "—", "—"),
    ],
)
def test_a_figure_is_printed_in_its_unit(figure: Figure, zh: str, en: str) -> None:
    assert (figure_text(figure), figure_text(figure, "en")) == (zh, en)


def test_an_interval_is_printed_in_the_unit_of_its_figure() -> None:
    assert interval_text(Figure(0.1, "ratio", interval=(0.05, 0.15))) == "5.0%–15.0%"
    assert interval_text(Figure(0.01, "points", interval=(-0.01, 0.03))) == "−1.0 至 +3.0 个百分点"
    assert interval_text(Figure(0.01, "points", interval=(-0.01, 0.03)), "en") == "−1.0 to +3.0 points"
    assert interval_text(count(3)) == ""


def test_a_rate_is_inside_its_interval_at_both_ends() -> None:
    for k in (0, 1, 19, 20):
        figure = rate(k, 20)
        assert figure.interval is not None and figure.value is not None
        assert 0 <= figure.interval[0] <= figure.value <= figure.interval[1] <= 1


def test_a_rate_agrees_with_the_published_wilson_interval() -> None:
    """81 of 263: 0.2553 to 0.3662 (Newcombe 1998, table I, method 3)."""
    assert rate(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert per_1000(81, 263).interval == pytest.approx((255.3, 366.2), abs=0.05)


def test_a_rate_of_nothing_has_no_value() -> None:
    assert rate(0, 0).value is None and rate(0, 0).interval is None


def test_a_difference_has_its_interval_around_it_and_points_to_last_month() -> None:
    change = judged_changes({("c", "x"): Compared(60, 40, previous_query="/v1/q")}, 1000, 1000)["c", "x"]
    assert change.difference is not None and change.difference.interval is not None
    assert change.difference.value == pytest.approx(0.02)
    assert change.difference.interval[0] < 0.02 < change.difference.interval[1]
    assert change.previous is not None
    assert (change.previous.n, change.previous.of, change.previous.query) == (40, 1000, "/v1/q")


def test_a_volume_is_compared_and_not_judged() -> None:
    change = volume_change(110, 100, previous_query="/v1/q")
    assert change.verdict == "unjudged"
    assert change.difference is not None and change.difference.value == pytest.approx(0.1)
    assert verdict_text(change) == "较上月"


def test_a_new_thing_seen_a_few_times_says_that_it_is_few() -> None:
    assert verdict_text(Change("new")) == "新出现"
    assert verdict_text(Change("new", small=True)) == "新出现（样本少）"
    assert verdict_text(Change("new", small=True), "en") == "new (few cases)"


def test_a_name_with_braces_is_not_read_as_a_place() -> None:
    finding = Finding(
        "x", "「{name}」{n} 条", "'{name}': {n}", "complete", {"n": count(3)}, {"name": "{n} {0}"}
    )
    assert finding_text(finding) == "「{n} {0}」3 条"
    assert finding_text(finding, "en") == "'{n} {0}': 3"


def test_certainty_is_an_interval_or_says_why_there_is_none() -> None:
    figure = Figure(30.0, "per_1000", interval=(20.0, 40.0))
    sure = Finding("x", "", "", "interval", {"rate": figure}, basis="rate")
    assert certainty_text(sure) == "95% 区间 每千条 20.0–40.0"
    assert certainty_text(Finding("x", "", "", "small")) == "样本少，仅供参考"
    assert certainty_text(Finding("x", "", "", "complete"), "en") == "Complete count, no sampling"


def test_days_and_months_are_written_as_a_reader_writes_them() -> None:
    zh, en = Labels("zh"), Labels("en")
    assert (zh.month("2024-03"), en.month("2024-03")) == ("2024年3月", "March 2024")
    assert (zh.days("2024-03-04", "2024-03-10"), en.days("2024-03-04", "2024-03-10")) == (
        "3月4–10日",
        "4–10 Mar",
    )
    assert zh.days("2024-03-31", "2024-03-31") == "3月31日"


def test_every_fixed_label_has_both_languages() -> None:
    from service.reviews.labels import _LABELS

    assert all(zh and en for zh, en in _LABELS.values())
