"""What speech leaves in a transcript: fillers, stutters and digits that were spoken.

Fillers and stutters are marked and stay in the text. Spoken digits are read as digits in a *view* of the
text, made for the step that looks for personal data; the text itself keeps them.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from models.text.align import AlignedText, Edit

MarkKind = Literal["filler", "stutter", "greeting"]

MIN_DIGITS = 5
"""Runs with fewer digits are left alone: 一二三线城市, 二零二四年."""


class Mark(NamedTuple):
    """``text[start:end]`` says nothing: a filler, the surplus part of a stutter, or 喂喂."""

    kind: MarkKind
    start: int
    end: int


_WORDS = "那个|这个|就是说|就是|然后|那么|反正|等于|什么|那個|這個|然後"
_EDGE = r"\s，。、,.？！?!…"
_AGREEING = "零〇一二三四五六七八九十百千万两幺哈呵嘿嘻啊哦呀是对好行谢不慢天人"

# One pattern per kind, each starting with a set of characters: the engine skips clean text fast.
_PATTERNS: tuple[tuple[MarkKind, re.Pattern[str]], ...] = (
    ("filler", re.compile(r"[嗯呃唔呣诶欸]+")),
    ("filler", re.compile(rf"({_WORDS})[，,、 ]?(?:\1[，,、 ]?)*\1")),
    ("filler", re.compile(rf"额(?<![^{_EDGE}]额)额*(?=$|[{_EDGE}])", re.MULTILINE)),
    ("greeting", re.compile("喂{2,}")),
    ("greeting", re.compile(rf"喂(?<![^{_EDGE}]喂)(?=$|[{_EDGE}])", re.MULTILINE)),
    ("stutter", re.compile(r"([我你他咱]们|因为|所以|但是|如果|我就|你就)(?:[，, ]?\1)*(?=[，, ]?\1)")),
    (
        "stutter",
        re.compile(r"([我你您他她它咱就那这要给跟被因])(?:[，, ]?\1)*(?=[，, ]?\1[\u3400-\u9fff])"),
    ),
    ("stutter", re.compile(rf"([\u3400-\u9fff])(?<![{_AGREEING}])\1+(?=\1[\u3400-\u9fff])")),
)


def find_fillers(text: str) -> list[Mark]:
    """Marks of a simplified text, sorted, without overlap.

    Of a stutter all copies but the last are marked (我我我想 -> 我我). Words that double by right (谢谢,
    看看, 天天) and agreement (对对对, 是是是) are no stutter.
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
_COUNTED = re.compile("[十百千万亿]")
_MEASURE = re.compile("[一两三][个下次位天点块条些样种直起定般年月]")


def digit_view(text: AlignedText) -> AlignedText:
    """A view in which runs of at least ``MIN_DIGITS`` spoken or spaced digits are ASCII digits without gaps.

    一三八，零零一二 嗯 三四五六 -> 13800123456. Left alone: shorter runs, runs beside 十百千万亿 (三千五百), dates
    (2024-03-15), amounts (12,345,678) and lists of numbers with two or three digits (100、200、300). A run
    never crosses a line break, so it never joins what two speakers said. For the step that looks for
    personal data only.
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
            if _is_number(text.text, found.start(), end):
                edits += _read_digits(text.text, found.start(), end)
    return text.apply(edits)


def _without_measure(text: str, start: int, end: int) -> int:
    """The end of the run before a counted thing: …五六两个 -> …五六."""
    if end < len(text) and _MEASURE.match(text, end - 1):
        end -= 1
        while end > start and text[end - 1] not in _VALUES and not text[end - 1].isdigit():
            end -= 1
    return end


def _is_number(text: str, start: int, end: int) -> bool:
    around = text[max(start - 1, 0) : start] + text[end : end + 1]
    if _COUNTED.search(around):
        return False
    run = text[start:end]
    n_digits = sum(1 for char in run if char in _VALUES or char.isdigit())
    if n_digits < MIN_DIGITS or len(_SURE.findall(run)) * 2 < n_digits:
        return False
    groups = [group for group in re.split("[、，,]", run) if group]
    return not (len(groups) >= 3 and all(re.fullmatch(r"\s*\d{2,3}\s*", group) for group in groups))


def _read_digits(text: str, start: int, end: int) -> list[Edit]:
    edits: list[Edit] = []
    for i in range(start, end):
        char = text[i]
        digit = _VALUES.get(char, char if char.isdigit() else "")
        if digit != char:
            edits.append(Edit(i, i + 1, digit))
    return edits
