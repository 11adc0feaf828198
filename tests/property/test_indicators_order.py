from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from models.indicators.gaps import kei_table
from models.indicators.protection import Ranked, rank_by_value
from models.indicators.registry import parse_registry
from models.indicators.row import IndicatorRow
from models.indicators.segments import assign_segments
from models.indicators.tally import IndicatorTally, tally_rows

REGISTRY = parse_registry(
    [
        {"id": "churn", "zh": "流失", "en": "Churn", "system": "loyalty", "direction": "lower", "target": 0.1,
         "formula": {"kind": "mark_share", "marks": {"kind": "churn"}}},
        {"id": "csat", "zh": "均分", "en": "Mean", "system": "satisfaction", "unit": "score", "scale": [1, 5],
         "target": 4, "formula": {"kind": "score_mean", "scores": ["csat"]}},
        {"id": "nps", "zh": "净推荐", "en": "NPS", "system": "loyalty", "unit": "points", "scale": [-100, 100],
         "target": 0, "formula": {"kind": "nps", "scores": ["csat"]}},
        {"id": "repeat", "zh": "重复", "en": "Repeat", "system": "behaviour", "target": 0.1, "direction": "lower",
         "formula": {"kind": "repeated", "days": 3}},
        {"id": "once", "zh": "一次", "en": "Once", "system": "behaviour", "target": 0.9,
         "formula": {"kind": "first_contact", "days": 3}},
    ],
    pack="p",
)  # fmt: skip
START = datetime(2024, 2, 20, tzinfo=UTC)


@st.composite
def rows(draw: st.DrawFn) -> IndicatorRow:
    when = START + timedelta(minutes=draw(st.integers(0, 20 * 1440)))
    return IndicatorRow(
        f"2024-{when.month:02d}",
        {"marks": [{"kind": "churn", "value": "price"}] * draw(st.integers(0, 2))},
        scores=draw(st.sampled_from([{}, {"csat": 1.0}, {"csat": 4.7}, {"csat": 10.0}])),
        store=draw(st.sampled_from(["", "A", "B"])),
        value=draw(st.none() | st.floats(-10, 1e6)),
        customer=draw(st.sampled_from(["", "a", "b", "c", "d"])),
        occurred_at=when,
    )


@given(
    st.lists(rows(), max_size=40),
    st.randoms(use_true_random=False),
    st.integers(0, 40),
    st.sampled_from([2, 50]),
)
@settings(max_examples=60, deadline=None)
def test_order_and_parts_make_no_difference(data, random, cut, most) -> None:  # type: ignore[no-untyped-def]
    mixed = data[:]
    random.shuffle(mixed)
    whole, one, other = (IndicatorTally(REGISTRY, most_customers=most) for _ in range(3))
    for tally, part in ((whole, data), (one, mixed[:cut]), (other, mixed[cut:])):
        for row in part:
            tally.add(row)
    one.merge(other)
    assert kei_table(one, "2024-03").to_dict() == kei_table(whole, "2024-03").to_dict()


@given(st.lists(rows(), max_size=40))
@settings(max_examples=60, deadline=None)
def test_every_interval_holds_its_figure(data) -> None:  # type: ignore[no-untyped-def]
    for row in kei_table(tally_rows(REGISTRY, data), "2024-03").rows:
        for figure in (row.actual, row.weighted):
            if figure.low is not None and figure.value is not None and figure.high is not None:
                assert figure.low <= figure.value <= figure.high


ITEMS = st.lists(
    st.builds(
        Ranked,
        id=st.uuids().map(str),
        size=st.integers(0, 5).map(float),
        worth=st.integers(0, 5).map(float),
        protected=st.sampled_from([(), ("safety:x",)]),
    ),
    max_size=12,
)


@given(ITEMS)
def test_value_never_ranks_a_protected_complaint_down(items: list[Ranked]) -> None:
    by_size = [item.id for item in sorted(items, key=lambda item: (-item.size, -item.worth, item.id))]
    ranked = [item.id for item in rank_by_value(items)]
    assert sorted(ranked) == sorted(by_size)
    for item in items:
        if item.protected:
            assert ranked.index(item.id) <= by_size.index(item.id)


@given(ITEMS)
def test_complaints_that_are_not_protected_stay_in_the_order_of_value(items: list[Ranked]) -> None:
    rest = [item for item in rank_by_value(items) if not item.protected]
    assert rest == sorted(rest, key=lambda item: (-item.worth, -item.size, item.id))


@given(
    st.dictionaries(st.text(max_size=3), st.floats(-100, 100), max_size=30), st.randoms(use_true_random=False)
)
def test_segments_depend_on_neither_order_nor_names(values, random) -> None:  # type: ignore[no-untyped-def]
    found = assign_segments(values)
    items = list(values.items())
    random.shuffle(items)
    assert assign_segments(dict(items)) == found
    order = {"creator": 2, "middle": 1, "destroyer": 0}
    for one, value in values.items():
        for other, less in values.items():
            if value >= less:
                assert order[found[one]] >= order[found[other]]
