import numpy as np
import pytest

from models.rootcause.cause import RootCause, new_id
from models.rootcause.linking import keyword_overlap, link_causes


def cause(cause_id: str, keywords: str, vector: list[float], encoder: str = "e.v1") -> RootCause:
    unit = np.array(vector, dtype=np.float32)
    return RootCause(
        cause_id, cause_id, tuple(keywords.split()), unit / np.linalg.norm(unit), (), 1, 1, 1, encoder
    )


def test_links_are_one_to_one_and_best_in_total() -> None:
    now = [cause("x", "空调 不制冷", [1, 0.1]), cause("y", "空调 异味", [1, 0])]
    before = [cause("a", "空调 不制冷", [1, 0])]
    (link,) = link_causes(now, before)
    assert (link.index, link.previous.id) == (0, "a")


def test_what_is_below_the_threshold_is_not_linked() -> None:
    assert link_causes([cause("x", "空调", [1, 0])], [cause("a", "轮胎", [0, 1])]) == ()
    assert link_causes([], [cause("a", "轮胎", [0, 1])]) == ()
    assert link_causes([cause("a", "轮胎", [0, 1])], []) == ()


def test_the_order_of_last_months_causes_does_not_matter() -> None:
    now = [cause("x", "空调 不制冷", [1, 0.2]), cause("y", "空调 异味", [1, 0.1])]
    before = [cause("a", "空调 不制冷", [1, 0]), cause("b", "空调 异味", [1, 0])]
    one = [(k.index, k.previous.id) for k in link_causes(now, before)]
    two = [(k.index, k.previous.id) for k in link_causes(now, before[::-1])]
    assert one == two == [(0, "a"), (1, "b")]


def test_vectors_of_another_encoder_are_not_compared() -> None:
    now = [cause("x", "空调 不制冷", [1, 0])]
    assert link_causes(now, [cause("a", "轮胎 磨损", [1, 0], encoder="e.v2")]) == ()
    assert link_causes(now, [cause("a", "空调 不制冷", [0, 0, 1], encoder="e.v2")])[0].previous.id == "a"


def test_the_first_keyword_counts_most() -> None:
    assert keyword_overlap(["空调", "异味"], ["空调", "漏水"]) > keyword_overlap(
        ["异味", "空调"], ["漏水", "空调"]
    )
    assert keyword_overlap([], []) == 0.0


def test_ids_are_repeatable_and_never_given_twice() -> None:
    first = new_id("2024-03", "空调不制冷", (), set())
    assert first == new_id("2024-03", "空调不制冷", (), set())
    assert first.startswith("rc-")
    assert new_id("2024-03", "空调不制冷", (), {first}) != first
    assert new_id("2024-04", "空调不制冷", (), set()) != first


def test_a_similarity_of_a_link_is_the_mean_of_cosine_and_shared_words() -> None:
    (link,) = link_causes([cause("x", "空调", [1, 0])], [cause("a", "空调", [1, 1])])
    assert link.similarity == pytest.approx((2**-0.5 + 1) / 2, abs=1e-4)
