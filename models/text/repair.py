"""All repairs of one text, in order, as one aligned text.

    normalise -> debris -> script -> (documents) lines -> marks, boilerplate

The text that comes out is never shortened by what was *recognised*: boilerplate, fillers and stutters are
reported with raw offsets, and ``Repaired.body()`` gives the text without the boilerplate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.text.align import AlignedText, Edit, Span
from models.text.boilerplate import Boilerplate, find_boilerplate, find_urls
from models.text.debris import debris_edits
from models.text.lines import line_edits
from models.text.normalise import normalise_counted
from models.text.script import Script, detect_script, simplify
from models.text.spoken import Mark, find_fillers


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired text and what was recognised in it.

    ``boilerplate`` and ``marks`` count over the raw text. ``counts`` has one entry per kind of repair or
    find that occurred: ``normalised``, ``debris``, ``script`` (characters), ``lines`` (joined breaks),
    ``gaps``, ``glued``, the kinds of marks and the kinds of boilerplate.
    """

    text: AlignedText
    script: Script
    boilerplate: tuple[Boilerplate, ...]
    marks: tuple[Mark, ...]
    counts: Mapping[str, int]

    def body(self) -> AlignedText:
        """The repaired text without the boilerplate; a line that held nothing else goes with its break."""
        if not self.boilerplate:
            return self.text
        edits: list[Edit] = []
        for start, end in ranges_of(self.text, [Span(b.start, b.end) for b in self.boilerplate]):
            start, end = _whole_lines(self.text.text, start, end)
            start = max(start, edits[-1].end) if edits else start
            if start < end:
                edits.append(Edit(start, end, ""))
        return self.text.apply(edits)


def repair(raw: str, *, document: bool = False, marks: bool = True) -> Repaired:
    """Repair ``raw``, any string at all. Deterministic; never raises.

    Without ``marks`` fillers and stutters are not looked for; the text is the same either way.
    A transcript gets the cheap steps and keeps every line break, a turn each. ``document`` adds broken
    lines, glued English, page furniture, disclaimers, place lists and repeated paragraphs.
    """
    counts: Counter[str] = Counter()
    text, counts["normalised"] = normalise_counted(AlignedText.of(raw))
    edits = debris_edits(text.text)
    counts["debris"] = len(edits)
    text = text.apply(edits)
    script = detect_script(text.text)
    before, text = text.text, simplify(text)
    if before is not text.text:
        counts["script"] = sum(a != b for a, b in zip(before, text.text, strict=False))
    boilerplate = find_boilerplate(raw) if document else find_urls(raw)
    if document:
        text = _heal(text, boilerplate, counts)
    found_marks = _raw_marks(text, find_fillers(text.text)) if marks else ()
    counts.update(mark.kind for mark in found_marks)
    counts.update(found.kind for found in boilerplate)
    return Repaired(text, script, tuple(boilerplate), found_marks, {k: n for k, n in counts.items() if n})


def _heal(text: AlignedText, boilerplate: Sequence[Boilerplate], counts: Counter[str]) -> AlignedText:
    barriers = ranges_of(text, [Span(found.start, found.end) for found in boilerplate])
    edits = line_edits(text.text, barriers)
    for start, end, replacement in edits:
        if start == end:
            counts["glued"] += 1
        elif "\n" in text.text[start:end]:
            counts["lines"] += 1
        elif replacement == "":
            counts["gaps"] += 1
    return text.apply(edits)


def _raw_marks(text: AlignedText, marks: list[Mark]) -> tuple[Mark, ...]:
    found: list[Mark] = []
    for mark in marks:
        start, end = text.to_raw(mark.start, mark.end)
        while mark.kind == "stutter" and start > 0 and text.raw[start - 1] == text.raw[start]:
            start -= 1  # copies that the shortening of runs took out already
        found.append(Mark(mark.kind, start, end))
    return tuple(found)


def ranges_of(text: AlignedText, raw_spans: Sequence[Span]) -> list[Span]:
    """The ranges of ``text.text`` that stand for nothing outside ``raw_spans``, one per span."""
    if text.starts is None or text.ends is None:
        return list(raw_spans)
    starts = np.searchsorted(text.starts, [span.start for span in raw_spans], side="left")
    ends = np.searchsorted(text.ends, [span.end for span in raw_spans], side="right")
    return [Span(int(a), max(int(a), int(b))) for a, b in zip(starts, ends, strict=True)]


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    if text[line_start:start].strip() or text[end:line_end].strip():
        return start, end
    return line_start, min(line_end + 1, len(text))
