from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.text.align import AlignedText, Edit


@st.composite
def edited(draw, raw):
    """A text with a few sorted edits that do not overlap."""
    cuts = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    return AlignedText.of(raw).apply([Edit(a, b, draw(st.text(max_size=3))) for a, b in pairs])


@given(st.data(), st.text(max_size=40))
def test_every_range_maps_into_the_raw_text_in_order(data, raw):
    aligned = data.draw(edited(raw))
    spans = [aligned.to_raw(i, i + 1) for i in range(len(aligned.text))]
    assert all(0 <= s.start <= s.end <= len(raw) for s in spans)
    assert all(a.start <= b.start and a.end <= b.end for a, b in pairwise(spans))


@given(st.data(), st.text(max_size=40))
def test_composing_equals_mapping_twice(data, raw):
    first = data.draw(edited(raw))
    second = data.draw(edited(first.text))
    both = first.then(second)
    assert both.text == second.text
    for i in range(len(both.text)):
        inner = second.to_raw(i, i + 1)
        if inner.start < inner.end:
            assert both.to_raw(i, i + 1) == first.to_raw(*inner)
