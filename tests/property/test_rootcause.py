"""The same clauses in any order give the same causes."""

import json
from dataclasses import replace
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rootcause.discover import cluster_texts, discover
from models.rootcause.graph import ConsensusConfig, consensus, nearest, stability
from models.rootcause.units import Unit
from models.rootcause.vectors import HashEncoder, unit_rows

OBJECTS = ["空调", "变速箱", "刹车片", "快递", "账单", "导航", "宽带", "客房"]
FAULTS = [
    "不制冷",
    "顿挫",
    "磨损",
    "破损",
    "多扣",
    "黑屏",
    "断线",
    "漏水",
    "希望处理",
    "谢谢",
    "[手机]",
    "Ａ１",
    "",
]


@st.composite
def months(draw: st.DrawFn) -> list[Unit]:
    clauses = draw(
        st.lists(
            st.tuples(
                st.integers(0, 15),
                st.integers(0, 3),
                st.sampled_from(OBJECTS),
                st.sampled_from(FAULTS),
            ),
            max_size=40,
        )
    )
    voices = draw(st.lists(st.sampled_from(["", "v1", "v2"]), min_size=16, max_size=16))
    return [
        Unit(f"t{t}", s * 10, s * 10 + len(o + f), o + f, tuple(w for w in (o, f) if w), voice=voices[t])
        for t, s, o, f in clauses
    ]


@settings(max_examples=40, deadline=None)
@given(months(), st.randoms(use_true_random=False))
def test_row_order_has_no_influence(units: list[Unit], random) -> None:
    shuffled = list(units)
    random.shuffle(shuffled)
    results = [
        json.dumps(discover(rows, month="2024-03", encoder=HashEncoder(64)).to_dict(), ensure_ascii=False)
        for rows in (units, shuffled)
    ]
    assert results[0] == results[1]


@settings(max_examples=40, deadline=None)
@given(months())
def test_counts_names_and_quotes_are_consistent(units: list[Unit]) -> None:
    result = discover(units, month="2024-03", encoder=HashEncoder(64))
    assert len(result.assignments) + len(result.unassigned) == len({u.key for u in units})
    names = [cause.name for cause in result.causes]
    assert len(set(names)) == len(names)
    assert len({cause.id for cause in result.causes}) == len(names)
    for cause in result.causes:
        own = [a for a in result.assignments if a.cause_id == cause.id]
        assert cause.n_units == len(own) > 0
        assert cause.n_transcripts == len({a.transcript_id for a in own})
        assert cause.n_voices >= 1
        assert any(cause.name in u.text for u in units)
        assert not cause.name.isdigit()
    voices = [cause.n_voices for cause in result.causes]
    assert voices == sorted(voices, reverse=True)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(OBJECTS), st.sampled_from(FAULTS)), max_size=20),
    st.randoms(use_true_random=False),
)
def test_a_text_gets_the_same_cause_wherever_it_stands(pairs: list[tuple[str, str]], random) -> None:
    rows = [(o + "，" + f, [o, "，", f]) for o, f in pairs]
    order = list(range(len(rows)))
    random.shuffle(order)
    first = cluster_texts([t for t, _ in rows], [w for _, w in rows], encoder=HashEncoder(64))
    second = cluster_texts([rows[i][0] for i in order], [rows[i][1] for i in order], encoder=HashEncoder(64))
    assert second.names == first.names
    assert [second.labels[j] for j in range(len(order))] == [first.labels[i] for i in order]


@settings(deadline=None, max_examples=30)
@given(months(), st.randoms(use_true_random=False))
def test_ids_have_no_influence_on_what_is_found(units: list[Unit], random: Random) -> None:
    """A database makes its ids anew; the same transcripts must give the same causes in each."""
    names = sorted({u.transcript_id for u in units} | {u.voice for u in units if u.voice})
    new = dict(zip(names, random.sample([f"id-{i:03d}" for i in range(len(names))], len(names)), strict=True))
    renamed = [
        replace(u, transcript_id=new[u.transcript_id], voice=new[u.voice] if u.voice else "") for u in units
    ]

    def found(given: list[Unit]) -> list[tuple[object, ...]]:
        result = discover(given, month="2024-03", encoder=HashEncoder(64))
        return [(c.name, c.keywords, c.n_units, c.n_transcripts, c.n_voices) for c in result.causes]

    assert found(renamed) == found(units)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(20, 90), st.integers(1, 25))
def test_neighbours_are_the_nearest_and_ties_go_to_the_lower_index(seed: int, n: int, k: int) -> None:
    draws = np.random.default_rng(seed)
    vectors = unit_rows(draws.integers(-2, 3, size=(n, 4)).astype(float) + 0.1)
    similarities, indices = nearest(vectors, k)
    cosines = np.round(vectors @ vectors.T, 5)
    for row in range(n):
        order = sorted((i for i in range(n) if i != row), key=lambda i: (-cosines[row, i], i))[:k]
        assert indices[row].tolist() == order
        assert np.array_equal(similarities[row], cosines[row, order])


def test_three_clouds_are_three_communities_that_come_back() -> None:
    draws = np.random.default_rng(3)
    centres = np.eye(30)[[0, 10, 20]]
    vectors = unit_rows(np.repeat(centres, 40, axis=0) + draws.normal(0, 0.08, size=(120, 30)))
    found = consensus([vectors, vectors], ConsensusConfig())
    assert found.labels.tolist() == [0] * 40 + [1] * 40 + [2] * 40
    assert found.agreement.min() > 0.6
    assert min(stability(found.labels == label, found.cuts) for label in range(3)) > 0.8
    half = np.arange(120) % 2 == 0
    assert stability(half, found.cuts) < 0.5
    again = consensus([vectors, vectors], ConsensusConfig())
    assert np.array_equal(again.cuts, found.cuts)
