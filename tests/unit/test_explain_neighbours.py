"""The nearest labelled cases of a text."""

import numpy as np
import pytest

from models.core.errors import ArtifactError, InputError
from models.explain.neighbours import HashedNgrams, Neighbour, NeighbourIndex

CASES = [
    ("c1", "空调不制冷，修了三次", "aircon"),
    ("c2", "变速箱低速顿挫", "gearbox"),
    ("c3", "刹车异响很大", "brake"),
]


def test_the_same_text_is_the_nearest_case_at_distance_zero() -> None:
    index = NeighbourIndex.build(HashedNgrams(), CASES)
    (found,) = index.nearest(HashedNgrams(), ["变速箱低速顿挫"], k=2)
    assert found[0].case_id == "c2"
    assert found[0].label == "gearbox"
    assert found[0].distance == pytest.approx(0.0, abs=1e-3)
    assert found[0].distance < found[1].distance


def test_shared_words_are_nearer_than_none() -> None:
    index = NeighbourIndex.build(HashedNgrams(), CASES)
    (found,) = index.nearest(HashedNgrams(), ["车里空调不制冷"], k=3)
    assert found[0].case_id == "c1"


def test_a_case_can_be_passed_over() -> None:
    index = NeighbourIndex.build(HashedNgrams(), CASES)
    (found,) = index.nearest(HashedNgrams(), ["变速箱低速顿挫"], k=3, without=["c2"])
    assert "c2" not in {case.case_id for case in found}
    assert len(found) == 2


def test_the_order_of_the_cases_changes_nothing() -> None:
    one = NeighbourIndex.build(HashedNgrams(), CASES)
    other = NeighbourIndex.build(HashedNgrams(), CASES[::-1])
    assert one.ids == other.ids
    assert np.array_equal(one.vectors, other.vectors)


def test_the_size_is_bounded_and_every_label_stays() -> None:
    cases = [(f"a{i:03}", f"空调{i}", "aircon") for i in range(95)] + [("b", "刹车", "brake")]
    index = NeighbourIndex.build(HashedNgrams(), cases, max_cases=20)
    assert len(index.ids) <= 20
    assert set(index.labels) == {"aircon", "brake"}


def test_files_give_the_index_back_and_hold_no_text() -> None:
    index = NeighbourIndex.build(HashedNgrams(), [*CASES, ("编号-4", "方向盘抖动", "转向系")])
    values, arrays = index.to_files()
    again = NeighbourIndex.from_files(values, arrays)
    assert (again.ids, again.labels, again.encoder_name) == (index.ids, index.labels, index.encoder_name)
    assert np.array_equal(again.vectors, index.vectors)
    assert arrays["case_vectors"].dtype == np.float16
    body = b"".join(array.tobytes() for array in arrays.values()) + str(values).encode()
    assert "空调".encode() not in body
    assert "空调".encode("utf-32-le") not in body


def test_another_encoder_is_refused() -> None:
    index = NeighbourIndex.build(HashedNgrams(), CASES)
    with pytest.raises(ArtifactError):
        index.nearest(HashedNgrams(512), ["空调"])


@pytest.mark.parametrize("cases", [[("a", "x", "l"), ("a", "y", "l")], [("长" * 30, "x", "l")]])
def test_ids_are_given_once_and_are_short(cases: list[tuple[str, str, str]]) -> None:
    with pytest.raises(InputError):
        NeighbourIndex.build(HashedNgrams(), cases)


def test_an_empty_index_has_no_neighbours() -> None:
    index = NeighbourIndex.build(HashedNgrams(), [])
    again = NeighbourIndex.from_files(*index.to_files())
    assert again.nearest(HashedNgrams(), ["空调", "刹车"]) == [[], []]


def test_equal_distances_are_ordered_by_id() -> None:
    index = NeighbourIndex.build(HashedNgrams(), [("b", "空调", "x"), ("a", "空调", "y")])
    assert index.nearest(HashedNgrams(), ["空调"])[0] == [Neighbour("a", "y", 0.0), Neighbour("b", "x", 0.0)]
