"""Thresholds for a stated precision, and the reliability figure."""

import json
from xml.etree import ElementTree

import numpy as np
import pytest

from models.classify.calibration import expected_calibration_error
from models.explain.reliability import reliability_markdown, reliability_svg, reliability_table
from models.explain.thresholds import NEVER, Thresholds, choose_thresholds


def scored(top: list[float], number: int = 0) -> np.ndarray:
    rows = np.zeros((len(top), 2), dtype=np.float32)
    rows[:, number], rows[:, 1 - number] = top, 1 - np.array(top)
    return rows


def test_the_lowest_score_that_keeps_the_plain_precision_is_chosen() -> None:
    top = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.58, 0.56]
    y = np.array([0, 0, 0, 0, 1, 0, 1, 1, 1, 1])
    found = choose_thresholds(scored(top), y, ("a", "b"), precision=0.8, bound="estimate")
    assert found.classes[0].threshold == pytest.approx(0.7)
    assert (found.classes[0].n, found.classes[0].precision) == (6, pytest.approx(5 / 6))
    assert found.coverage == pytest.approx(0.6)


def test_the_bound_asks_for_more_rows_than_the_estimate() -> None:
    probabilities, y = scored([0.9] * 12), np.zeros(12, dtype=int)
    assert choose_thresholds(probabilities, y, ("a", "b"), bound="estimate").coverage == 1.0
    assert choose_thresholds(probabilities, y, ("a", "b"), bound="wilson").coverage == 0.0
    many, y = scored([0.9] * 40), np.zeros(40, dtype=int)
    assert choose_thresholds(many, y, ("a", "b"), bound="wilson").classes[0].precision_low >= 0.9


def test_a_class_that_is_never_right_is_never_given() -> None:
    probabilities = np.vstack([scored([0.9] * 40), scored([0.95] * 40, number=1)])
    y = np.zeros(80, dtype=int)
    found = choose_thresholds(probabilities, y, ("a", "b"))
    assert found.classes[1].threshold == NEVER
    assert found.labels(probabilities)[39:41] == ["a", "未明"]


def test_a_class_with_few_rows_takes_the_common_threshold() -> None:
    probabilities = np.vstack([scored([0.9] * 40), scored([0.8] * 3, number=1)])
    found = choose_thresholds(probabilities, np.array([0] * 40 + [1] * 3), ("a", "b"))
    assert not found.classes[1].is_own
    assert found.classes[1].threshold == pytest.approx(0.8)


def test_rows_of_no_class_count_as_wrong() -> None:
    found = choose_thresholds(scored([0.9] * 40), np.full(40, -1), ("a", "b"), bound="estimate")
    assert found.coverage == 0.0


def test_equal_scores_are_kept_or_left_together() -> None:
    y = np.array([0] * 8 + [1] * 8)
    found = choose_thresholds(scored([0.9] * 16), y, ("a", "b"), precision=0.9, bound="estimate")
    assert found.classes[0].threshold == NEVER


def test_thresholds_read_back_from_json() -> None:
    found = choose_thresholds(scored([0.9] * 40), np.zeros(40, dtype=int), ("a", "b"))
    again = Thresholds.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.labels(scored([0.91, 0.5])) == found.labels(scored([0.91, 0.5]))


@pytest.mark.parametrize(("precision", "bound"), [(0.0, "wilson"), (1.0, "wilson"), (0.9, "hope")])
def test_impossible_requests_are_refused(precision: float, bound: str) -> None:
    with pytest.raises(ValueError, match="precision"):
        choose_thresholds(scored([0.9]), np.array([0]), ("a", "b"), precision=precision, bound=bound)


def test_no_rows_leave_every_class_out() -> None:
    found = choose_thresholds(np.zeros((0, 2)), np.zeros(0, dtype=int), ("a", "b"))
    assert [c.threshold for c in found.classes] == [NEVER, NEVER]


def test_bins_hold_all_rows_and_their_gaps_are_the_calibration_error() -> None:
    rng = np.random.default_rng(1)
    probabilities = rng.dirichlet([1, 1, 1], 400).astype(np.float32)
    y = rng.integers(0, 3, 400)
    bins = reliability_table(probabilities, y)
    assert sum(b.n for b in bins) == 400
    gaps = sum(b.n * abs(b.accuracy - b.confidence) for b in bins) / 400
    assert gaps == pytest.approx(expected_calibration_error(probabilities, y), abs=1e-6)
    assert all(b.accuracy_low <= b.accuracy <= b.accuracy_high for b in bins)


def test_the_figure_is_xml_with_one_dot_per_bin_and_nothing_from_outside() -> None:
    bins = reliability_table(scored([0.55, 0.7, 0.95, 0.96]), np.array([0, 1, 0, 0]))
    svg = reliability_svg(bins, title="a < b & c")
    root = ElementTree.fromstring(svg)
    assert len(root.findall("{http://www.w3.org/2000/svg}circle")) == len(bins)
    assert root.find("{http://www.w3.org/2000/svg}title").text == "a < b & c"
    assert "href" not in svg
    assert "<script" not in svg


def test_the_table_has_a_line_per_bin_and_none_without_rows() -> None:
    bins = reliability_table(scored([0.55, 0.95]), np.array([0, 0]))
    assert len(reliability_markdown(bins).splitlines()) == 2 + len(bins)
    assert reliability_table(np.zeros((0, 2)), np.zeros(0, dtype=int)) == ()
    assert "circle" not in reliability_svg(())
