"""Peak-end, trajectory, first impression, recovery and halo, against values computed by hand."""

import pytest

from models.experience.catalog import ExperienceCatalog
from models.experience.mark import Mark
from models.experience.peak_end import Moment, is_courtesy, measure_peak_end, moments_of, peak_end
from models.experience.told import Told, told_from
from models.experience.trajectory import halo, measure_trajectory, slope, turn_feelings

CATALOG = ExperienceCatalog("x")


def moments(*polarities: float) -> list[Moment]:
    return [Moment(i, 10 * i, 10 * i + 5, value) for i, value in enumerate(polarities)]


def visit() -> Told:
    turns = [
        ("customer", "前台很冷淡，等了两个小时"),
        ("agent", "非常抱歉，马上给您安排"),
        ("customer", "后来的师傅修得真好，谢谢"),
    ]
    return told_from(turns, [[-0.4, -0.9], [], [0.7, 0.9]])


@pytest.mark.parametrize(
    ("polarities", "score"),
    [
        ([-0.2, -0.9, 0.5], (-0.9 + 0.5) / 2),
        ([0.2, 0.8], 0.8),
        ([-0.6], -0.6),
        ([0.9, -0.9, 0.1], (-0.9 + 0.1) / 2),
        ([0.0, 0.0], 0.0),
    ],
)
def test_the_score_is_the_mean_of_the_most_extreme_moment_and_the_last(
    polarities: list[float], score: float
) -> None:
    found = peak_end(moments(*polarities))
    assert found is not None and found.score == pytest.approx(score)


def test_a_long_bad_stretch_weighs_no_more_than_a_short_one() -> None:
    short, long = peak_end(moments(-0.8, 0.2)), peak_end(moments(-0.8, *[-0.7] * 9, 0.2))
    assert short is not None and long is not None
    assert short.score == long.score == pytest.approx(-0.3)
    assert long.mean < short.mean


def test_both_moments_are_quoted_and_thanks_are_no_end() -> None:
    told = visit()
    found = measure_peak_end(told, CATALOG, ())
    quoted = [told.text[slice(*found[name]["span"])] for name in ("peak", "end")]
    assert quoted == ["等了两个小时", "后来的师傅修得真好"]
    assert found["score"] == pytest.approx((-0.9 + 0.7) / 2)
    assert found["n"] == 3


def test_without_a_word_of_the_customer_nothing_is_said() -> None:
    told = told_from([("agent", "您好"), ("customer", "好的，谢谢")], [[], [0.9, 0.9]])
    assert measure_peak_end(told, CATALOG, ()) == {} == measure_trajectory(told, CATALOG, ())


@pytest.mark.parametrize("text", ["好的", "行，谢谢啊", "嗯嗯好的好的", "麻烦您了", "没有了", "喂你好"])
def test_courtesies_are_no_moments(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize(
    "text", ["好慢", "没人接", "谢谢你们修好了", "不行", "麻烦死了", "可以退吗", "没有信号"]
)
def test_what_says_something_is_one(text: str) -> None:
    assert not is_courtesy(text)


def test_slope_is_that_of_least_squares() -> None:
    # x 0 1 2, y -0.6 0 0.9: means 1 and 0.1; Sxy 1.5, Sxx 2
    assert slope([-0.6, 0.0, 0.9]) == pytest.approx(0.75)
    assert slope([0.3]) is None


def test_a_turn_is_the_mean_of_what_it_judges() -> None:
    own = [Moment(0, 0, 1, -0.9), Moment(0, 2, 3, 0.05), Moment(0, 4, 5, -0.5), Moment(2, 6, 7, 0.1)]
    found = turn_feelings(own)
    assert [(f.turn, f.polarity, f.judged) for f in found] == [
        (0, pytest.approx(-0.7), True),
        (2, pytest.approx(0.1), False),
    ]


def test_the_course_of_a_visit_that_was_put_right() -> None:
    found = measure_trajectory(visit(), CATALOG, ())
    assert found["turns"] == [{"turn": 0, "polarity": -0.65}, {"turn": 2, "polarity": 0.7}]
    assert found["slope"] == found["change"] == pytest.approx(1.35)
    assert found["first"]["polarity"] == -0.65
    assert found["recovered"] is True


def test_what_was_never_bad_is_not_recovered() -> None:
    told = told_from([("customer", "还可以吧挺好"), ("customer", "特别满意")], [[0.4], [0.9]])
    found = measure_trajectory(told, CATALOG, ())
    assert found["change"] == pytest.approx(0.5) and found["recovered"] is False


@pytest.mark.parametrize(
    ("polarities", "share", "suspected"),
    [([-0.9, -0.5, -0.4, -0.8], 1.0, True), ([-0.9] * 3, 1.0, False), ([0.9, 0.9, 0.5, -0.5], 0.75, False)],
)
def test_a_halo_is_suspected_where_at_least_four_judgements_agree(
    polarities: list[float], share: float, suspected: bool
) -> None:
    found = halo(moments(*polarities, 0.1), {})
    assert (found.share, found.suspected, found.of_aspects) == (share, suspected, False)


def test_aspects_are_compared_where_four_are_told() -> None:
    told = told_from(
        [("customer", "预约快，接待热情，修得好，洗得不太干净但干净过别家，结账快")],
        [[0.5, 0.6, 0.7, 0.4, 0.8]],
    )
    marks = [
        Mark("step", step, clause.start, clause.end, 0, clause.polarity)
        for step, clause in zip("abcde", told.clauses, strict=True)
    ]
    assert measure_trajectory(told, CATALOG, marks)["halo"] == {
        "n": 5,
        "share": 1.0,
        "sign": 1,
        "of": "aspects",
        "suspected": True,
    }
    assert [m.polarity for m in moments_of(told)] == [0.5, 0.6, 0.7, 0.4, 0.8]
