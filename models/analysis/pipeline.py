"""Texts and transcripts to analyses. A batch gives what its members give one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from models.analysis.aspects import AspectLabeller
from models.analysis.categories import CategoryLabeller
from models.analysis.explaining import Explainer
from models.analysis.opinions import OpinionLabeller
from models.analysis.prepare import FindPii, Prepared, PreparedClause, prepare, prepare_masked
from models.analysis.sentiment import SentimentLabeller
from models.analysis.values import (
    Analysis,
    CategoryLabel,
    Clause,
    ExperienceReader,
    PiiSpan,
    Token,
    with_spans,
)
from models.core.transcript import TURN_BREAK, Speaker, Transcript, Turn
from models.dialogue.analyzer import DialogueAnalyzer
from models.text.align import AlignedText, Edit, Span
from models.text.dialogue import split_turns
from models.text.pii import PiiMatch, find_pii, mask
from models.text.segment import Segmenter

DETAIL_MODELS = ("aspect", "opinion", "satisfaction", "problem", "emotion", "effort")
"""What labels alone have no use of, as it is called in the versions."""


@dataclass(frozen=True, slots=True)
class AnalysedTranscript:
    """``masked`` is the transcript's masked text; ``turns`` and ``analysis`` count over it."""

    masked: str
    turns: tuple[tuple[Speaker, int, int], ...]
    analysis: Analysis
    search_words: str


class _Detail(NamedTuple):
    """What is said beside the labels, per transcript; without a model there is none."""

    opinions: Sequence[tuple[Mapping[str, Any], ...]]
    aspects: Sequence[tuple[Mapping[str, Any], ...] | None]
    dialogues: Sequence[Mapping[str, Any] | None]


class _RawAnalysis(NamedTuple):
    """``masked`` maps the masked text to the text as sent; ``over_masked`` counts over the former."""

    analysis: Analysis
    over_masked: Analysis
    ready: Prepared
    masked: AlignedText


class Analyzer:
    """One sector's analysis: segmenter, sentiment, categories; experience, opinions, aspects, dialogue scores where
    given.

    ``versions`` names what it is made of. ``stores_detail`` says whether what is stored has opinions, aspects and
    dialogue scores; ``analyze_raw`` always has those that are given.
    """

    def __init__(
        self,
        *,
        segmenter: Segmenter,
        sentiment: SentimentLabeller,
        categories: CategoryLabeller,
        versions: Mapping[str, str],
        opinions: OpinionLabeller | None = None,
        aspects: AspectLabeller | None = None,
        dialogue: DialogueAnalyzer | None = None,
        experience: ExperienceReader | None = None,
        stores_detail: bool = False,
        find: FindPii = find_pii,
    ) -> None:
        self.segmenter = segmenter
        self.sentiment = sentiment
        self.categories = categories
        self.opinions = opinions
        self.aspects = aspects
        self.dialogue = dialogue
        self.experience = experience
        self.stores_detail = stores_detail
        self.versions = dict(versions)
        self._find = find

    def analyze_transcripts(
        self, transcripts: Sequence[Transcript], *, tokens: bool = False
    ) -> list[AnalysedTranscript]:
        """Analyses over the masked text: what is stored."""
        prepared = [prepare(transcript.turns, find=self._find) for transcript in transcripts]
        return self._analysed(prepared, tokens=tokens, detail=self.stores_detail)

    def reanalyze(
        self, texts: Sequence[tuple[str, Sequence[tuple[str, int, int]]]], *, tokens: bool = False
    ) -> list[AnalysedTranscript]:
        """The same for stored transcripts: masked text and ``(speaker, start, end)`` turns."""
        prepared = [prepare_masked(text, turns) for text, turns in texts]
        return self._analysed(prepared, tokens=tokens, detail=self.stores_detail)

    def analyze_raw(self, texts: Sequence[str], *, tokens: bool = True) -> list[Analysis]:
        """Analyses of texts as sent, with or without speaker marks; every span counts over that text."""
        return [found.analysis for found in self._raw(texts, tokens=tokens)]

    def explain_raw(
        self, texts: Sequence[str], *, tokens: bool = True
    ) -> list[tuple[Analysis, dict[str, Any]]]:
        """The same analyses, each with why its labels were given; spans count over the texts as sent."""
        why = Explainer(self.sentiment, self.categories, self.segmenter)
        return [
            (found.analysis, why.explain(found.ready, found.over_masked, found.masked))
            for found in self._raw(texts, tokens=tokens)
        ]

    def explain_stored(self, text: str, turns: Sequence[tuple[str, int, int]]) -> dict[str, Any]:
        """Why these models label a stored transcript as they do; spans count over its masked text."""
        ready = prepare_masked(text, turns)
        found = self._analysed([ready], tokens=False, detail=False)[0]
        return Explainer(self.sentiment, self.categories, self.segmenter).explain(
            ready, found.analysis, ready.masked
        )

    def _raw(self, texts: Sequence[str], *, tokens: bool) -> list[_RawAnalysis]:
        split = [_aligned_turns(text) for text in texts]
        prepared = [prepare(turns, find=self._find) for _, turns in split]
        results = []
        for text, (view, _), ready, item in zip(
            texts, split, prepared, self._analysed(prepared, tokens=False, detail=True), strict=True
        ):
            masked = view.then(ready.masked)
            pii = tuple(PiiMatch(p.kind, *view.to_raw(p.start, p.end)) for p in ready.pii)
            analysis = replace(
                _over_raw(item.analysis, masked),
                pii=tuple(PiiSpan(p.kind, p.start, p.end) for p in pii),
                masked_text=mask(text, pii).text,
                tokens=self.tokens(text) if tokens else (),
            )
            results.append(_RawAnalysis(analysis, item.analysis, ready, masked))
        return results

    def tokens(self, text: str) -> tuple[Token, ...]:
        """Words of ``text`` with part of speech, offsets over ``text``."""
        return tuple(Token(t.text, t.start, t.end, t.pos) for t in self.segmenter.tokens(text, pos=True))

    def _analysed(
        self, prepared: Sequence[Prepared], *, tokens: bool, detail: bool
    ) -> list[AnalysedTranscript]:
        owned = [
            [clause for clause in ready.clauses if clause.speaker is Speaker.CUSTOMER] for ready in prepared
        ]
        whole = [ready.customer_text for ready in prepared]
        labelled = self.sentiment.label(whole, owned)
        categories = self.categories.label(prepared, whole, owned, labelled)
        more = self._detail(prepared, owned) if detail else _no_detail(len(prepared))
        versions = {k: v for k, v in self.versions.items() if detail or k not in DETAIL_MODELS}
        judged = [
            tuple(
                Clause(c.start, c.end, c.speaker.value, p.label, p.polarity, p.score, category)
                for c, p, category in zip(clauses, polarity, leading, strict=True)
            )
            for clauses, (_, polarity), (_, leading) in zip(owned, labelled, categories, strict=True)
        ]
        lived = self.experience.label(prepared, judged) if self.experience else [None] * len(prepared)
        results = []
        for ready, clauses, (sentiment, _), (labels, _), said, aspects, scores, experience in zip(
            prepared, judged, labelled, categories, *more, lived, strict=True
        ):
            analysis = Analysis(
                script=ready.repaired.script,
                sentiment=sentiment,
                categories=labels,
                clauses=clauses,
                pii=_masked_pii(ready),
                masked_text=ready.masked.text,
                models=versions,
                tokens=self.tokens(ready.masked.text) if tokens else (),
                opinions=said,
                aspects=aspects,
                dialogue=scores,
                experience=experience,
            )
            words = " ".join(self.segmenter.search_words(ready.repaired.text.text))
            results.append(AnalysedTranscript(ready.masked.text, ready.turns, analysis, words))
        return results

    def _detail(self, prepared: Sequence[Prepared], owned: Sequence[Sequence[PreparedClause]]) -> _Detail:
        none = _no_detail(len(prepared))
        return _Detail(
            self.opinions.label(prepared, owned) if self.opinions else none.opinions,
            self.aspects.label(prepared, owned) if self.aspects else none.aspects,
            self._dialogues(prepared),
        )

    def _dialogues(self, prepared: Sequence[Prepared]) -> list[Mapping[str, Any] | None]:
        """Of each transcript, with spans over its masked text."""
        if self.dialogue is None:
            return [None] * len(prepared)
        spoken = [
            [(speaker.value, ready.masked.text[start:end]) for speaker, start, end in ready.turns]
            for ready in prepared
        ]
        return [scores.to_dict() for scores in self.dialogue.analyze_many(spoken)]


def _no_detail(n: int) -> _Detail:
    return _Detail([()] * n, [None] * n, [None] * n)


def _aligned_turns(text: str) -> tuple[AlignedText, tuple[Turn, ...]]:
    """The turns of a text as sent, and their joined text mapped to it (speaker marks left out)."""
    turns = split_turns(text)
    edits, at = [], 0
    for i, turn in enumerate(turns):
        start = text.find(turn.text, at)
        if start < 0:
            return AlignedText.of(text), (Turn(Speaker.CUSTOMER, text),)
        edits.append(Edit(at, start, TURN_BREAK if i else ""))
        at = start + len(turn.text)
    edits.append(Edit(at, len(text), ""))
    return AlignedText.of(text).apply(edits), turns


def _masked_pii(ready: Prepared) -> tuple[PiiSpan, ...]:
    """Where the masks stand in the masked text."""
    found = []
    starts = ready.masked.starts
    for span in ready.pii:
        if starts is None:
            found.append(span)
            continue
        start = int(np.searchsorted(starts, span.start, side="left"))
        end = int(np.searchsorted(starts, span.end, side="left"))
        found.append(PiiSpan(span.kind, start, end))
    return tuple(found)


def _over_raw(analysis: Analysis, masked: AlignedText) -> Analysis:
    """The analysis with every span moved from the masked text to the raw one."""

    def raw(start: int, end: int) -> Span:
        return masked.to_raw(start, end)

    def spans(given: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(raw(*span) for span in given)

    def clause(c: Clause) -> Clause:
        start, end = raw(c.start, c.end)
        return replace(c, start=start, end=end)

    def category(c: CategoryLabel) -> CategoryLabel:
        return replace(c, spans=spans(c.spans))

    return replace(
        analysis,
        opinions=tuple(with_spans(opinion, raw) for opinion in analysis.opinions),
        aspects=None if analysis.aspects is None else tuple(with_spans(analysis.aspects, raw)),
        dialogue=with_spans(analysis.dialogue, raw),
        experience=with_spans(analysis.experience, raw),
        sentiment=replace(analysis.sentiment, spans=spans(analysis.sentiment.spans)),
        categories=tuple(category(c) for c in analysis.categories),
        clauses=tuple(clause(c) for c in analysis.clauses),
    )
