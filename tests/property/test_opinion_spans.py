"""Whatever the text, opinions stay inside it, and no text changes another."""

from functools import cache

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pytest import approx

from models.opinion.extractor import Decision, SpanPairExtractor
from models.opinion.features import fold_codes
from models.opinion.shape import NetworkShape
from models.opinion.values import Triplet
from models.opinion.windows import split_windows
from models.text.align import Span
from training.opinion.rows import TripletRow, format_line, parse_line

WORDS = ("好吃", "服务员")
CODES = np.unique(fold_codes("菜很好吃服务员态度差贵,。a0"))
ANY_TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("菜很好吃服务员态度差贵，。！ \n"), st.characters()), max_size=300
)


@cache
def extractor() -> SpanPairExtractor:
    """Random weights that find something in nearly every text."""
    shape = NetworkShape(
        n_chars=len(CODES) + 2, n_words=len(WORDS), n_pair_rows=64, char_dim=8, pair_dim=4, word_dim=6,
        place_dim=3, hidden=6, span_dim=5, link_dim=6, max_aspect=3, max_opinion=4,
    )  # fmt: skip
    rng = np.random.default_rng(5)
    sizes = {
        "char.weight": (shape.n_chars, 8), "pair.weight": (64, 4), "word.weight": (3, 6), "place.weight": (5, 3),
        "gap.weight": (13, 6), "clauses.weight": (4, 6), "layout.weight": (3, 6), "out.weight": (4, 6), "out.bias": (4,),
    }  # fmt: skip
    for n, dim in ((0, shape.input_dim), (1, 12)):
        for way in ("ahead", "back"):
            at = f"layers.{n}.{way}"
            sizes |= {f"{at}.weight_ih_l0": (24, dim), f"{at}.weight_hh_l0": (24, 6)}
            sizes |= {f"{at}.bias_ih_l0": (24,), f"{at}.bias_hh_l0": (24,)}
    for kind, widths in (("aspect", 3), ("opinion", 4)):
        for name, dim in (("", 5), ("link_", 6)):
            sizes |= {f"{kind}.{name}first.weight": (dim, 12), f"{kind}.{name}first.bias": (dim,)}
            sizes |= {f"{kind}.{name}last.weight": (dim, 12), f"{kind}.{name}width.weight": (widths, dim)}
        sizes |= {f"{kind}.out.weight": (1, 5), f"{kind}.out.bias": (1,)}
    weights = {name: rng.normal(size=size).astype(np.float32) for name, size in sizes.items()}
    return SpanPairExtractor(shape, weights, char_codes=CODES, words=WORDS, decision=Decision(least=0.4))


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT)
def test_spans_are_never_empty_and_always_inside_the_text(text):
    for opinion in extractor().extract([text])[0]:
        for span in filter(None, (opinion.aspect, opinion.opinion)):
            assert 0 <= span.start < span.end <= len(text)
        assert opinion.polarity in (-1, 0, 1)
        assert 0 <= opinion.score <= 1


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY_TEXT, max_size=6))
@example(["FÎÊ", "00000000000"])  # one logit lies so that the last bits decide how it is rounded
def test_a_batch_gives_what_each_text_gives_alone(texts):
    together = extractor().extract(texts)
    for found, own in zip(together, [extractor().extract([text])[0] for text in texts], strict=True):
        assert [opinion.triplet for opinion in found] == [opinion.triplet for opinion in own]
        assert [opinion.score for opinion in found] == approx([opinion.score for opinion in own], abs=0.002)


def test_a_text_of_ten_thousand_characters_is_read_to_its_end():
    text = "服务员态度很差，菜好吃。" * 834
    opinions = extractor().extract([text])[0]
    assert opinions == extractor().extract([text])[0]
    assert max(opinion.opinion.end for opinion in opinions) > 9_900


@given(ANY_TEXT, st.integers(1, 40))
def test_windows_are_the_text_in_order(text, n_chars):
    windows = split_windows(text, n_chars)
    assert "".join(text[slice(*window)] for window in windows) == text
    assert all(0 < end - start <= n_chars for start, end in windows)


@given(st.data())
def test_a_written_row_is_read_back_whatever_its_spans(data):
    text = data.draw(st.text(alphabet="菜很好吃a1，😀", min_size=1, max_size=20))

    def span() -> Span:
        start = data.draw(st.integers(0, len(text) - 1))
        return Span(start, data.draw(st.integers(start + 1, len(text))))

    triplets = [
        Triplet(span() if data.draw(st.booleans()) else None, span(), data.draw(st.sampled_from((-1, 0, 1))))
        for _ in range(data.draw(st.integers(0, 4)))
    ]
    row = TripletRow(text, tuple(dict.fromkeys(triplets)))
    assert parse_line(format_line(row)) == row
