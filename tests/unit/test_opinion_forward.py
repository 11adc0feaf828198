"""The numpy network is the torch one; what is beside a text changes nothing."""

import numpy as np
import pytest

from models.opinion.extractor import SpanPairExtractor
from models.opinion.features import Tables, builtin_segmenter, encode_text, fold_codes
from models.opinion.forward import NetworkForward
from models.opinion.quantised import quantise, restore
from models.opinion.shape import NetworkShape

torch = pytest.importorskip("torch")

TEXTS = ["菜很好吃，服务员态度差", "贵", "这家店的红烧肉 味道不错!!! OK", ""]
CODES = np.unique(fold_codes("".join(TEXTS)[:20]))
WORDS = ("好吃", "服务员", "态度")
SHAPE = NetworkShape(
    n_chars=len(CODES) + 2, n_words=len(WORDS), n_pair_rows=64, char_dim=8, pair_dim=4, word_dim=6,
    place_dim=3, hidden=7, span_dim=9, link_dim=10, max_aspect=3, max_opinion=4,
)  # fmt: skip


def network():
    from training.opinion.network import OpinionNetwork

    torch.manual_seed(3)
    made = OpinionNetwork(SHAPE).eval()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return made


def weights(made) -> dict[str, np.ndarray]:
    return {name: value.detach().numpy() for name, value in made.state_dict().items()}


def features(texts):
    tables = Tables(CODES, {word: i for i, word in enumerate(WORDS)}, SHAPE.n_pair_rows)
    return [encode_text(text, tables, builtin_segmenter()) for text in texts]


def torch_pairs(made, feature) -> dict[tuple[int, ...], list[float]]:
    """All pairs of one text, by their spans, as the training network scores them."""
    from training.opinion.network import best_spans
    from training.opinion.torch_batches import make_batch

    batch = make_batch([feature])
    n = len(feature.chars)
    with torch.no_grad():
        x = made.encode(batch)
        a = best_spans(made.aspect(x, batch.lengths), SHAPE.n_aspects(n), with_mark=True)
        o = best_spans(made.opinion(x, batch.lengths), SHAPE.n_opinions(n))
        p = torch.softmax(made.link(x, a, o, batch.ends_before), dim=-1)[0, :, :, 1:]
    found = {}
    for i in range(p.shape[0]):
        for j in range(p.shape[1]):
            if a.valid[0, i] and o.valid[0, j]:
                first, width = int(a.first[0, i]), int(a.width[0, i])
                aspect = (first - 1, first + width) if first else (-1, -1)
                start = int(o.first[0, j]) - 1
                found[(*aspect, start, start + int(o.width[0, j]) + 1)] = p[i, j].tolist()
    return found


@pytest.mark.parametrize("text", TEXTS[:3])
def test_the_numpy_network_gives_the_numbers_of_the_torch_one(text):
    made = network()
    feature = features([text])[0]
    wanted = torch_pairs(made, feature)
    scored = NetworkForward(SHAPE, weights(made)).pair_scores([feature])[0]
    assert len(scored.spans) >= min(len(text) + 1, 4)
    for span, p in zip(scored.spans.tolist(), scored.probabilities.tolist(), strict=True):
        # torch runs the LSTM in bfloat16 here, as in training.
        assert p == pytest.approx(wanted[tuple(span)], abs=0.05)


def test_a_batch_gives_what_each_text_gives_alone():
    forward = NetworkForward(SHAPE, weights(network()))
    together = forward.pair_scores(features(TEXTS))
    for text, beside in zip(TEXTS, together, strict=True):
        alone = forward.pair_scores(features([text]))[0]
        assert alone.spans.tolist() == beside.spans.tolist()
        assert np.allclose(alone.probabilities, beside.probabilities, atol=1e-6)


def test_eight_bits_keep_a_matrix_within_half_a_step_of_its_row():
    matrix = np.random.default_rng(1).normal(size=(64, 50)).astype(np.float32)
    arrays = quantise({"w": matrix, "bias": matrix[0]})
    assert arrays["w"].dtype == np.int8
    back = restore(arrays)
    assert set(back) == {"w", "bias"}
    assert np.array_equal(back["bias"], matrix[0])
    assert (np.abs(back["w"] - matrix).max(axis=1) <= np.abs(matrix).max(axis=1) / 127 / 2 + 1e-6).all()


def test_files_give_the_same_extractor_back():
    made = SpanPairExtractor(SHAPE, weights(network()), char_codes=CODES, words=WORDS)
    meta, arrays = made.to_files()
    once = SpanPairExtractor.from_files(meta, arrays)
    again = SpanPairExtractor.from_files(*once.to_files())
    assert once.words == WORDS
    assert once.extract(TEXTS) == again.extract(TEXTS)
    assert sum(map(len, once.extract(TEXTS))) > 0
