"""From hits to evidence: scope of negation, degree, contrast, questions, wishes, courtesy, irony.

The rules are few and general; which words they act on stands in the lexicon. Clauses end at marks; a negator
reaches ``NEGATION_CHARS`` characters inside its clause; two of them deny each other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from models.sentiment.lexicon import SENTENCE_KINDS, SentimentLexicon
from models.sentiment.quantities import times_strength, wait_strength
from models.sentiment.scan import CLAUSE_MARK, SENTENCE_MARK, Hit, find_hits, fold

NEGATION_CHARS = 9
REFUSAL = 2
WEAK = 0.6
DEGREE_CHARS = 4
ASPECT_CHARS = 5
_DENIED_GOOD = -0.9
_DENIED_BAD = 0.7
_DONE = 0.9
_SAID_OF_NOTHING = 0.5
_STAFF_WEIGHT = 9.0
_TO_CUSTOMER_WEIGHT = 1.5
_CUSTOMER = re.compile("我(?![们司行店方]|公司|来帮|帮您|这边)|你们")


@dataclass(slots=True)
class Evidence:
    """One piece: ``weight`` above 0 praises, below 0 complains; ``what`` says how it came about."""

    start: int
    end: int
    weight: float
    what: str


@dataclass(slots=True)
class Reading:
    """What composition says of one text: its evidence and the marks of its sentences by kind."""

    n_chars: int
    evidence: list[Evidence]
    marks: dict[str, list[tuple[int, int, float]]]

    def total(self, sign: int) -> float:
        return sum(abs(e.weight) for e in self.evidence if e.weight * sign > 0)


@dataclass(slots=True)
class _Clause:
    """What stands open while a clause is read."""

    negators: list[Hit] = field(default_factory=list)
    degree: Hit | None = None
    aspect: Hit | None = None
    done: Hit | None = None
    concession: bool = False

    def factor(self, hit: Hit) -> float:
        near = self.degree is not None and hit.start - self.degree.end <= DEGREE_CHARS
        return self.degree.strength if near and self.degree is not None else 1.0

    def denied(self, hit: Hit) -> bool:
        """Refusals (strength 2: 拒绝, 迟迟) deny what is wanted, not what is bad already."""
        bad = hit.strength < 0
        reaching = [n for n in self.negators if hit.start - n.end <= NEGATION_CHARS]
        return sum(not (bad and n.strength >= REFUSAL) for n in reaching) % 2 == 1


def read(text: str, lexicon: SentimentLexicon) -> Reading:
    """Deterministic; never raises on any text. Offsets count code points of ``text``."""
    folded = fold(text)
    marks = find_marks(folded, lexicon)
    hits = find_hits(folded, lexicon)
    evidence = _read_clauses(folded, hits)
    _weigh_contrast(folded, hits, evidence)
    _weigh_sentences(folded, evidence, marks)
    return Reading(len(text), [e for e in evidence if e.weight], marks)


def find_marks(folded: str, lexicon: SentimentLexicon) -> dict[str, list[tuple[int, int, float]]]:
    """Kind of sentence to the places ``(start, end, strength)`` of its marks."""
    found = {}
    for kind in SENTENCE_KINDS:
        pattern, strengths = lexicon.sentences[kind]
        found[kind] = [
            (match.start(), match.end(), strengths[int((match.lastgroup or "g0")[1:])])
            for match in pattern.finditer(folded)
        ]
    return found


def _read_clauses(folded: str, hits: list[Hit]) -> list[Evidence]:
    ends = [match.start() for match in CLAUSE_MARK.finditer(folded)]
    evidence: list[Evidence] = []
    clause, number = _Clause(), -1
    for i, hit in enumerate(hits):
        if (here := bisect_right(ends, hit.start)) != number:
            clause, number = _Clause(), here
        following = hits[i + 1] if i + 1 < len(hits) else None
        _READERS.get(hit.kind, _read_nothing)(folded, hit, following, clause, evidence)
    return evidence


def _add(hit: Hit, weight: float, what: str, clause: _Clause, evidence: list[Evidence]) -> None:
    if clause.concession:
        weight *= 0.4
    start = hit.start
    used = [n.start for n in clause.negators] + ([clause.degree.start] if clause.degree else [])
    start = min([start, *[s for s in used if hit.start - s <= NEGATION_CHARS]])
    evidence.append(Evidence(start, hit.end, weight, what))
    if abs(hit.strength) > WEAK:
        clause.negators = []
    clause.degree, clause.aspect = None, None


def _read_polar(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    weight, what = hit.strength * clause.factor(hit), hit.kind
    if clause.denied(hit):
        weight *= _DENIED_BAD if weight < 0 else _DENIED_GOOD
        weight = abs(weight) if hit.strength < 0 else weight
        what = "denied"
    _add(hit, weight, what, clause, evidence)


def _read_fixed(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    """Constructions whose own words hold the negation already."""
    _add(hit, hit.strength, hit.kind, clause, evidence)


def _read_demand(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    if not clause.denied(hit):
        _add(hit, -hit.strength, "demand", clause, evidence)


def _read_quantity(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    measure = wait_strength if hit.kind == "wait" else times_strength
    weight = measure(folded[hit.start : hit.end])
    if clause.denied(hit):
        weight = abs(weight) * 0.6
    if weight:
        _add(hit, weight, hit.kind, clause, evidence)


def _read_only(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    _add(hit, -hit.strength, "only then", clause, evidence)


def _read_owed(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    if hit.polar:
        _read_polar(folded, replace(hit, strength=hit.polar), following, clause, evidence)
    elif clause.denied(hit):
        _add(hit, -hit.strength, "owed", clause, evidence)
    elif clause.done is not None and not clause.negators and _is_done(folded, hit):
        _add(hit, _DONE, "done", clause, evidence)
        clause.done = None


def _is_done(folded: str, hit: Hit) -> bool:
    """A single character (退, 修) says that something was done only before 了."""
    return hit.end - hit.start > 1 or folded.startswith(("了", "好", "完"), hit.end)


def _read_high(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    """高, 大, 少 …: good or bad by what they are said of, else by themselves."""
    aspect = clause.aspect
    if following is not None and following.start == hit.end and following.kind in ("negative", "fault"):
        clause.degree = Hit(hit.start, hit.end, "degree", 1.2)  # 好慢, 好贵
        return
    if (
        aspect is not None
        and hit.start - aspect.end <= ASPECT_CHARS
        and not (hit.strength > 0 and hit.kind == "high")
    ):
        good = (aspect.kind == "good_more") == (hit.kind == "high")
        if evidence and evidence[-1].what == "noun" and evidence[-1].end == aspect.end:
            evidence.pop()
        weight = (aspect.strength if good else -aspect.strength) * clause.factor(hit)
        weight *= -0.8 if clause.denied(hit) else 1.0
        _add(replace(hit, start=aspect.start), weight, "aspect", clause, evidence)
    elif hit.strength:
        _read_polar(folded, hit, following, clause, evidence)
    elif clause.denied(hit) and hit.kind == "high":
        _add(hit, -_SAID_OF_NOTHING, "aspect", clause, evidence)
    elif clause.degree is not None and clause.degree.end == hit.start and not clause.negators:
        _add(hit, _SAID_OF_NOTHING if hit.kind == "high" else -_SAID_OF_NOTHING, "aspect", clause, evidence)


def _read_negator(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    clause.negators.append(hit)
    clause.degree = None


def _read_degree(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    clause.degree = hit
    if hit.polar and (following is None or following.start - hit.end > DEGREE_CHARS):
        _read_polar(folded, replace(hit, strength=hit.polar), following, clause, evidence)


def _read_post_degree(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    if evidence and hit.start - evidence[-1].end <= 2:
        evidence[-1].weight *= hit.strength
        evidence[-1].end = hit.end


def _read_aspect(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    if hit.polar:
        denied = clause.denied(hit)
        turned = hit.polar * (_DENIED_GOOD if hit.polar > 0 else -_DENIED_BAD)
        evidence.append(Evidence(hit.start, hit.end, turned if denied else hit.polar, "noun"))
    elif clause.denied(hit):
        evidence.append(
            Evidence(hit.start, hit.end, -hit.strength if hit.kind == "good_more" else 0.6, "noun")
        )
    clause.aspect = hit


def _read_concession(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    clause.concession = True


def _read_done(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    clause.done = hit
    if hit.polar:
        _read_polar(folded, replace(hit, strength=hit.polar, kind="positive"), following, clause, evidence)


def _read_contrast(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    clause.negators, clause.degree, clause.aspect, clause.concession = [], None, None, False
    if hit.polar:
        evidence.append(Evidence(hit.start, hit.end, hit.polar, "contrast"))


def _read_nothing(
    folded: str, hit: Hit, following: Hit | None, clause: _Clause, evidence: list[Evidence]
) -> None:
    return


_Reader = Callable[[str, Hit, Hit | None, _Clause, list[Evidence]], None]
_READERS: dict[str, _Reader] = {
    "positive": _read_polar,
    "negative": _read_polar,
    "fault": _read_polar,
    "event": _read_polar,
    "polar": _read_fixed,
    "resolved": _read_fixed,
    "demand": _read_demand,
    "wait": _read_quantity,
    "times": _read_quantity,
    "only": _read_only,
    "owed": _read_owed,
    "high": _read_high,
    "low": _read_high,
    "negator": _read_negator,
    "degree": _read_degree,
    "twice": _read_degree,
    "post_degree": _read_post_degree,
    "good_more": _read_aspect,
    "bad_more": _read_aspect,
    "concession": _read_concession,
    "contrast": _read_contrast,
    "done": _read_done,
}


def _weigh_contrast(folded: str, hits: list[Hit], evidence: list[Evidence]) -> None:
    """After 但是, 就是, 后来 … counts more, before it less; a resolution outweighs what was wrong before."""
    ends = [match.end() for match in SENTENCE_MARK.finditer(folded)]
    turns = [(h.start, 0.0) for h in hits if h.kind == "contrast"]
    turns += [(h.start, h.strength) for h in hits if h.kind == "resolved"]
    turns += [(e.start, 1.0) for e in evidence if e.what == "done"]
    for at, sign in turns:
        here = bisect_right(ends, at)
        first = ends[here - 2] if here >= 2 else 0
        last = ends[here] if here < len(ends) else len(folded)
        for piece in evidence:
            if first <= piece.start < at and piece.weight * sign <= 0:
                piece.weight *= 0.3 if sign else 0.4
            elif not sign and at <= piece.start < last:
                piece.weight *= 1.25


def _weigh_sentences(
    folded: str, evidence: list[Evidence], marks: dict[str, list[tuple[int, int, float]]]
) -> None:
    if not any(marks.values()):
        return
    ends = [match.end() for match in SENTENCE_MARK.finditer(folded)]
    clause_ends = [match.start() for match in CLAUSE_MARK.finditer(folded)]

    def sentence(at: int) -> int:
        return bisect_right(ends, at)

    _weigh_courtesy(folded, evidence, marks["courtesy"], clause_ends)
    for start, _, _ in marks["solicit"]:
        for piece in evidence:
            if piece.weight > 0 and sentence(piece.start) == sentence(start):
                piece.weight = 0.0
    for start, _, _ in marks["wish"]:
        for piece in evidence:
            hypothetical = piece.start >= start - 1 or folded.startswith(("就", "那", "才"), start)
            if (
                piece.weight > 0
                and piece.what != "polar"
                and sentence(piece.start) == sentence(start)
                and hypothetical
            ):
                piece.weight = 0.0
    rhetorical = {sentence(start) for start, _, _ in marks["rhetoric"]}
    for start, _, _ in marks["ask"]:
        for piece in evidence:
            if sentence(piece.start) == sentence(start) and sentence(start) not in rhetorical:
                piece.weight *= 0.25
    for kind in ("rhetoric", "pressed"):
        for start, end, strength in marks[kind]:
            for piece in evidence:
                if piece.weight > 0 and sentence(piece.start) == sentence(start):
                    piece.weight *= 0.2
            evidence.append(Evidence(start, end, -strength, kind))
    _weigh_irony(evidence, marks)


def _weigh_courtesy(
    folded: str, evidence: list[Evidence], courtesy: list[tuple[int, int, float]], clause_ends: list[int]
) -> None:
    """What staff say of trouble and thanks is nobody's judgement."""
    said = {
        bisect_right(clause_ends, at) for start, end, _ in courtesy for at in (start, max(start, end - 1))
    }
    to_customer = bool(courtesy) and "您" in folded
    limit = _STAFF_WEIGHT if to_customer and _CUSTOMER.search(folded) is None else _TO_CUSTOMER_WEIGHT
    for piece in evidence:
        if bisect_right(clause_ends, piece.start) in said or (to_customer and abs(piece.weight) < limit):
            piece.weight = 0.0


def _weigh_irony(evidence: list[Evidence], marks: dict[str, list[tuple[int, int, float]]]) -> None:
    """Praise beside a grievance is irony where a mark of it stands: the praise is taken away or turned."""
    bad = sum(-e.weight for e in evidence if e.weight < 0)
    quoted = [mark for mark in marks["irony"] if mark[2] >= 2]
    ironic = bool(quoted) or (bad > 0.4 and bool(marks["irony"] or marks["mock"]))
    if not ironic:
        return
    for piece in evidence:
        if piece.weight > 0:
            piece.weight = 0.0
            piece.what = "irony"
    for start, end, _ in quoted or (marks["irony"] or marks["mock"])[:1]:
        evidence.append(Evidence(start, end, -1.5 if quoted else -0.6, "irony"))
