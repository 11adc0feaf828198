"""What speech leaves in a transcript: fillers, stutters and digits that were spoken.

Fillers and stutters are marked and stay in the text. Spoken digits are read as digits in a *view* of the
text, made for the step that looks for personal data; the text itself keeps them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal, NamedTuple

from models.text.align import AlignedText, Edit

MarkKind = Literal["filler", "stutter", "greeting"]

MIN_DIGITS = 5
"""Runs with fewer digits are left alone: 一二三线城市, 二零二四年."""


MIN_SPACED_DIGITS = 7
"""A number written in digits with gaps has at least so many: 400-500, 2024 1."""

MIN_LISTED_DIGITS = 10
"""... and with commas between its groups so many: 3218、3219."""


class Mark(NamedTuple):
    """``text[start:end]`` says nothing: a filler, the surplus part of a stutter, or 喂喂."""

    kind: MarkKind
    start: int
    end: int


_WORDS = "那个|这个|就是说|就是|然后|那么|反正|等于|那個|這個|然後"
_EDGE = r"\s，。、,.？！?!…"
_AGREEING = (
    "零〇一二三四五六七八九十百千万两幺哈呵嘿嘻啊哦呀是对好行谢不慢天人"  # numbers, laughter, agreement
    "嗡哒滋突咔嗒吱嘎哐噔叮当咚砰啪呜嘟滴嘀轰隆哗呼噜咣咯沙嘶嘭铛锵呲咕噗刷嗖"  # noises: evidence, not noise
    "太很真超最差赞买来啧水啦棒爽强顶快等早美牛光"  # emphasis
)

# One pattern per kind, each starting with a set of characters: the engine skips clean text fast.
_PATTERNS: tuple[tuple[MarkKind, re.Pattern[str]], ...] = (
    ("filler", re.compile(r"[嗯呃唔呣诶欸]+")),
    ("filler", re.compile(rf"({_WORDS})[，,、 ]?(?:\1[，,、 ]?)*\1")),
    ("filler", re.compile(rf"额(?<![^{_EDGE}]额)额*(?=$|[{_EDGE}])", re.MULTILINE)),
    ("greeting", re.compile("喂{2,}")),
    ("greeting", re.compile(rf"喂(?<![^{_EDGE}]喂)(?=$|[{_EDGE}])", re.MULTILINE)),
    ("stutter", re.compile(r"([我你他咱]们|因为|所以|但是|如果|我就|你就)(?: ?\1)*(?= ?\1)")),
    (
        "stutter",
        re.compile(r"([我你您他她它咱就那这给跟被])(?: ?\1)*(?= ?\1[\u3400-\u9fff])"),
    ),
    ("stutter", re.compile(rf"([\u3400-\u9fff])(?<![{_AGREEING}])\1+(?=\1[\u3400-\u9fff])")),
)


def find_fillers(text: str) -> list[Mark]:
    """Marks of a simplified text, sorted, without overlap.

    Of a stutter all copies but the last are marked (我我我想 -> 我我). Words that double by right (谢谢,
    看看, 天天), agreement (对对对), emphasis (太太太差) and noises (嗡嗡嗡) are no stutter, nor is a word that
    stands on both sides of a comma.
    """
    marks = [Mark(kind, *found.span()) for kind, pattern in _PATTERNS for found in pattern.finditer(text)]
    if len(marks) < 2:
        return marks
    marks.sort(key=lambda mark: (mark.start, -mark.end))
    kept = marks[:1]
    for mark in marks[1:]:
        if mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


_VALUES = dict(zip("零〇○一二三四五六七八九幺两洞拐勾", "00012345678912079", strict=True))
_VALUES |= dict(zip("壹贰叁肆伍陆柒捌玖貳參陸兩", "1234567892362", strict=True))
_VALUES |= {chr(0xFF10 + i): str(i) for i in range(10)}
_DIGIT = "[0-9" + "".join(_VALUES) + "]"
_SURE = re.compile("[0-9０-９零〇○一二三四五六七八九幺]")
_GAP = r"[ \t\u3000\-－—–·、，,嗯呃啊哦]{0,4}"
_MAYBE = re.compile(rf"{_DIGIT}(?:{_GAP}{_DIGIT}){{{MIN_DIGITS - 1}}}")
_DOTTED = re.compile(r"\d\.\d{4}\.\d")
_RUN = re.compile(
    # dates, amounts and counted numbers come first and are left alone
    r"(?P<date>(?<!\d)(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:[12]\d|3[01]|0?[1-9])(?!\d))"
    r"|(?P<amount>(?<![\d,，])\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?(?![,，]?\d))"
    r"|(?P<dotted>(?<!\d)1\d{2}\.\d{4}\.\d{4}(?!\d))"
    rf"|(?P<run>{_DIGIT}(?:{_GAP}{_DIGIT}){{{MIN_DIGITS - 1},}})"
)
_BETWEEN_COMMAS = re.compile(rf"{_DIGIT}(?:[^、，,]*{_DIGIT})?")
_RANGE = re.compile(r"(\d{2,4})[ ]?[-－—–]+[ ]?(\d{2,4})")
_COUNTED = re.compile("[十百千万亿]")
_MEASURE = re.compile("[一两三][个下次位天点块条些样种直起定般年月]")


def digit_view(text: AlignedText) -> AlignedText:
    """A view in which runs of at least ``MIN_DIGITS`` spoken or spaced digits are ASCII digits without gaps.

    一三八，零零一二 嗯 三四五六 -> 138001233456. Left alone: shorter runs, runs beside 十百千万亿 (三千五百), dates
    (2024-03-15), amounts (12,345,678), ranges (1999-2008) and lists (100、200、300 or 1、2、3、4、5). A run never
    crosses a line break, so it never joins what two speakers said. For the step that looks for personal
    data only.
    """
    if not _MAYBE.search(text.text) and not ("." in text.text and _DOTTED.search(text.text)):
        return text
    edits: list[Edit] = []
    for found in _RUN.finditer(text.text):
        kind = found.lastgroup
        if kind == "dotted":
            edits += _read_digits(text.text, found.start(), found.end())
        elif kind == "run":
            end = _without_measure(text.text, found.start(), found.end())
            for start, stop in _numbers(text.text, found.start(), end):
                if _is_number(text.text, start, stop):
                    edits += _read_digits(text.text, start, stop)
    return text.apply(edits) if edits else text


def _without_measure(text: str, start: int, end: int) -> int:
    """The end of the run before a counted thing: …五六两个 -> …五六."""
    if end < len(text) and _MEASURE.match(text, end - 1):
        end -= 1
        while end > start and not _digit(text[end - 1]):
            end -= 1
    return end


def _numbers(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A run as one number, or as several where its commas separate the items of a list."""
    groups = [found.span() for found in _BETWEEN_COMMAS.finditer(text, start, end)]
    if len(groups) < 2:
        return [(start, end)]
    read = ["".join(_digit(char) for char in text[a:b]) for a, b in groups]
    spoken = not text[start:end].isascii() and any(c in _VALUES for c in text[start:end])
    n_digits = sum(map(len, read))
    if all(len(group) == 1 for group in read):
        values = [int(group) for group in read]
        counting = all(b == a + 1 for a, b in pairwise(values))
        return [(start, end)] if spoken and not counting and n_digits >= MIN_SPACED_DIGITS else groups
    dictated = min(map(len, read)) >= 2 and n_digits >= (MIN_DIGITS if spoken else MIN_LISTED_DIGITS)
    return [(start, end)] if dictated else groups


def _is_number(text: str, start: int, end: int) -> bool:
    run = text[start:end]
    n_digits = sum(1 for char in run if _digit(char))
    if n_digits < MIN_DIGITS or len(_SURE.findall(run)) * 2 < n_digits:
        return False
    if _COUNTED.search(text[max(start - 1, 0) : start] + text[end : end + 1]):
        return False
    groups = re.findall(r"\d+", run)
    if len(groups) < 2 or n_digits != sum(map(len, groups)):
        return True
    if n_digits < MIN_SPACED_DIGITS or _is_range(run):
        return False
    listed = len(groups) >= 3 and all(2 <= len(group) <= 3 for group in groups)
    return not listed or (n_digits == 11 and run[0] == "1")


def _is_range(run: str) -> bool:
    found = _RANGE.fullmatch(run)
    return found is not None and len(found[1]) == len(found[2]) and found[1] < found[2]


def _digit(char: str) -> str:
    """The ASCII digit that ``char`` stands for; empty for anything else."""
    return _VALUES.get(char) or (char if char.isascii() and char.isdigit() else "")


def _read_digits(text: str, start: int, end: int) -> list[Edit]:
    return [Edit(i, i + 1, _digit(text[i])) for i in range(start, end) if _digit(text[i]) != text[i]]
