"""Widths, invisible characters, emoji and runs, with every character still pointing at the raw text.

Rules (held by ``tests/unit/test_text_normalise.py``):

- full-width letters, digits and symbols become half-width; Chinese punctuation stays as it is, except a
  ``：`` between digits (``１２：３０``) and a ``，`` inside a full-width amount (``１２，０００``);
- an emoji, with its modifiers and joined parts, becomes one bracketed Chinese word, ``[愤怒]``; a run of
  the same one counts once; one without a word of its own reads ``[表情]``;
- zero-width, control and private characters, NUL and lone surrogates are removed; every line break is
  ``\\n`` and every space is ``U+0020``;
- ``！！！！`` -> ``！``, ``哈哈哈哈哈`` -> ``哈哈哈``. Digits (also spoken ones), letters and mask
  characters such as ``****`` are never shortened.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from models.text.align import AlignedText, Edit

SPOKEN_DIGITS = "零〇一二三四五六七八九幺两洞拐勾"

_GONE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff0-\uffff\ud800-\udfff\ue000-\uf8ff\u20e3"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
_BREAKS = "\x0b\x0c\r\x85\u2028\u2029"
_SPACES = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_WIDE_SYMBOLS = "＂＃＄％＆＇＊＋－．／＜＝＞＠［＼］＾＿｀｛｜｝～￥"
_WIDE = "０-９Ａ-Ｚａ-ｚ" + re.escape(_WIDE_SYMBOLS)
_MATHS = "\U0001d400-\U0001d7ff"
_PICTURES = "\U0001f000-\U0001f1e5\U0001f200-\U0001faff"
_SIGNS = "❤♥⭐✨☎☺☹✌✊✋☝❌✅✔⚠⛔⚡⏰⌚❗❕❓❔‼⁉"

_SUSPECT = re.compile(f"[{_GONE}{_BREAKS}{_SPACES}{_WIDE}{_MATHS}{_PICTURES}\U0001f1e6-\U0001f1ff{_SIGNS}]")
_TIME = re.compile("[0-9]：[0-9]")
_LOOSE_RUN = re.compile(r"(.)\1\1\1")
_MARKS_RUN = re.compile(r"[！？!?。，；、：,;~…—]{2}")

_MODIFIERS = "[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
_ONE_EMOJI = (
    f"(?:[\U0001f1e6-\U0001f1ff]{{1,2}}|[{_PICTURES}{_SIGNS}]|[\u2190-\u2bff\u3030\u303d\u3297\u3299](?=\ufe0f))"
    + _MODIFIERS
)
_EMOJI = f"(?P<emoji>{_ONE_EMOJI}(?:\u200d{_ONE_EMOJI})*)(?:[ \ufe0f]*(?P=emoji))*"
_CHARACTER_EDIT = re.compile(
    f"{_EMOJI}|(?P<line>\r\n|[{_BREAKS}])|(?P<gone>[{_GONE}]+)|(?P<space>[{_SPACES}])"
    f"|(?P<comma>(?<=[０-９])，(?=[０-９]{{3}}(?![０-９])))|(?P<colon>(?<=[0-9０-９])：(?=[0-9０-９]))"
    f"|(?P<wide>[{_WIDE}])|(?P<maths>[{_MATHS}])"
)
_RUN_EDIT = re.compile(
    r"(?P<ask>[！？!?]{2,})|(?P<mark>[。，；、：,;~])(?P=mark)+|(?P<long>…{3,}|—{3,})|(?P<dots>\.{4,})"
    rf"|(?P<spaces>  +)|(?P<han>(?![{SPOKEN_DIGITS}])[\u3400-\u9fff])(?P=han){{3,}}"
)


def normalise(text: AlignedText) -> AlignedText:
    """The text with widths, invisible characters, emoji and runs made regular.

    Returns the same object where there is nothing to do. Running it twice changes nothing more.
    """
    return normalise_counted(text)[0]


def normalise_counted(text: AlignedText) -> tuple[AlignedText, int]:
    """``normalise`` and the number of places it changed."""
    n_changed = 0
    if _SUSPECT.search(text.text) or ("：" in text.text and _TIME.search(text.text)):
        edits = character_edits(text.text)
        text, n_changed = text.apply(edits), len(edits)
    found = text.text
    if "  " in found or _MARKS_RUN.search(found) or _LOOSE_RUN.search(found):
        edits = run_edits(found)
        text, n_changed = text.apply(edits), n_changed + len(edits)
    return text, n_changed


def character_edits(text: str) -> list[Edit]:
    """Edits for single characters: widths, spaces, line breaks, emoji, characters that nobody sees."""
    edits: list[Edit] = []
    for found in _CHARACTER_EDIT.finditer(text):
        start, end = found.span()
        kind = found.lastgroup
        if kind == "emoji":
            replacement = emoji_word(found["emoji"])
        elif kind == "gone":
            replacement = ""
        else:
            replacement = _PLAIN.get(kind or "") or _half_width(found[0])
        if replacement != found[0]:
            edits.append(Edit(start, end, replacement))
    return edits


_PLAIN = {"line": "\n", "space": " ", "comma": ",", "colon": ":"}


def _half_width(char: str) -> str:
    return unicodedata.normalize("NFKC", char)


def run_edits(text: str) -> list[Edit]:
    """Edits that remove what is surplus in a run; the characters that stay keep their own place."""
    edits: list[Edit] = []
    for found in _RUN_EDIT.finditer(text):
        start, end = found.span()
        kind = found.lastgroup
        if kind == "ask":
            edits += _repeated_marks(found[0], start)
        elif kind == "han":
            edits.append(Edit(start, end - 3, ""))
        else:
            keep = {"long": 2, "dots": 3}.get(kind or "", 1)
            edits.append(Edit(start + keep, end, ""))
    return edits


def _repeated_marks(run: str, offset: int) -> list[Edit]:
    """``！？！？！`` keeps the first ``！`` and the first ``？``."""
    seen: set[str] = set()
    edits: list[Edit] = []
    for i, char in enumerate(run):
        mark = {"!": "！", "?": "？"}.get(char, char)
        if mark in seen:
            start = offset + i
            if edits and edits[-1].end == start:
                start = edits.pop().start
            edits.append(Edit(start, offset + i + 1, ""))
        seen.add(mark)
    return edits


def emoji_word(emoji: str) -> str:
    """``😡`` -> ``[愤怒]``; ``❗`` -> ``！``; ``[表情]`` where there is no word."""
    word = _emoji_words().get(emoji) or _emoji_words().get(emoji[0])
    if word is None:
        word = "国旗" if "\U0001f1e6" <= emoji[0] <= "\U0001f1ff" else "表情"
    return word if word in "！？" else f"[{word}]"


@lru_cache(maxsize=1)
def _emoji_words() -> dict[str, str]:
    lines = files("models.text.resources").joinpath("emoji.txt").read_text("utf-8").splitlines()
    pairs = (line.partition("\t")[::2] for line in lines if line and not line.startswith("#"))
    return dict(pairs)
