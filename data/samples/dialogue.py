"""Compose one dialogue: a flow of turns, each rendered from phrase pools, with exact places of planted data."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from data.samples.identity import PII_KINDS, Persona, spoken_form, written_form
from data.samples.noise import NoiseLevel, recognised, reworded, typed
from data.samples.phrasebook import Either, Flow, Line, Number, Phrase, PhraseBook, Slot
from models.core.transcript import TURN_BREAK, Speaker, Turn

_T = TypeVar("_T")
_N_RETRIES = 5
_MS_PER_CHAR = 210
_ENDINGS = ("，", "。", "？", "！", "：", " ", "~")
_MARKS = ("，", "。", " ")


class PiiPiece(NamedTuple):
    kind: str
    text: str


class PlacedPii(NamedTuple):
    """Half-open range of a planted value in the text of the turns joined by a line break."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Scene:
    """What a dialogue is about. ``topics`` maps ``main``, ``second``, ``other``, ``repeat`` to cause ids."""

    persona: Persona
    channel: str
    noise: NoiseLevel
    topics: Mapping[str, str]
    facts: Mapping[str, str]
    n_verifications: int = 1


@dataclass
class Dialogue:
    """Turns so far and the planted data in them."""

    turns: list[Turn] = field(default_factory=list)
    pii: list[PlacedPii] = field(default_factory=list)
    n_chars: int = 0
    clock_ms: int = 0

    def add(self, speaker: Speaker, text: str, placed: Sequence[PlacedPii], start_ms: int | None) -> None:
        self.pii += (PlacedPii(kind, self.n_chars + a, self.n_chars + b) for kind, a, b in placed)
        self.turns.append(Turn(speaker, text, start_ms))
        self.n_chars += len(text) + len(TURN_BREAK)


class Composer:
    """Renders scenes of one sector with the phrases of ``book`` and the randomness of ``rng``."""

    def __init__(self, book: PhraseBook, rng: random.Random) -> None:
        self.book = book
        self.rng = rng
        self._identity_kinds = book.identity_kinds

    def dialogue(self, flow: Flow, scene: Scene) -> Dialogue:
        """Play ``flow``; lines whose chance or topic fails are left out."""
        out = Dialogue()
        used: set[int] = set()
        is_said = False
        for line in flow:
            if line.reply and not is_said:
                continue
            is_said = line.probability >= 1.0 or self.rng.random() < line.probability
            if not is_said:
                continue
            if line.speaker == "verify":
                self._verify(out, scene)
            elif all(part.topic == "main" or part.topic in scene.topics for part in line.parts):
                self._say(out, scene, Speaker(line.speaker), self._phrases(line, scene, used))
        return out

    def pick(self, options: Sequence[_T]) -> _T:
        return options[int(self.rng.random() * len(options))]

    def _phrases(self, line: Line, scene: Scene, used: set[int]) -> list[Phrase]:
        chosen: list[Phrase] = []
        for pool_name, topic, optional in line.parts:
            if optional and self.rng.random() < 0.5:
                continue
            pool = self.book.pool(pool_name, scene.topics.get(topic))
            phrase = self.pick(pool)
            for _ in range(_N_RETRIES):
                if id(phrase) not in used:
                    break
                phrase = self.pick(pool)
            used.add(id(phrase))
            chosen.append(phrase)
        return chosen

    def _verify(self, out: Dialogue, scene: Scene) -> None:
        kinds: list[str] = []
        while len(kinds) < scene.n_verifications:
            kind = self.pick(self._identity_kinds)
            if kind not in kinds:
                kinds.append(kind)
        for kind in kinds:
            pools = self.book.identity[kind]
            self._say(out, scene, Speaker.AGENT, [self.pick(pools["ask"])])
            self._say(out, scene, Speaker.CUSTOMER, [self.pick(pools["say"])])
            if self.rng.random() < 0.25:
                self._say(out, scene, Speaker.AGENT, [self.pick(pools["echo"])])

    def _say(self, out: Dialogue, scene: Scene, speaker: Speaker, phrases: Sequence[Phrase]) -> None:
        pieces: list[str | PiiPiece] = []
        is_spoken = scene.channel == "phone" and speaker is not Speaker.SYSTEM
        for phrase in phrases:
            if pieces and not _joins(pieces[-1], phrase):
                pieces.append("，" if self.rng.random() < 0.55 else "。")
            self._render(phrase, scene, is_spoken, pieces)
        text, placed = self._written(pieces, scene, speaker)
        if not text:
            return
        start_ms = None
        if scene.channel == "phone":
            start_ms = out.clock_ms
            out.clock_ms += _MS_PER_CHAR * len(text) + 300 + int(self.rng.random() * 1500)
        out.add(speaker, text, placed, start_ms)

    def _render(self, phrase: Phrase, scene: Scene, is_spoken: bool, out: list[str | PiiPiece]) -> None:
        for node in phrase:
            if isinstance(node, str):
                out.append(node)
            elif isinstance(node, Slot):
                self._fill(node.name, scene, is_spoken, out)
            elif isinstance(node, Number):
                out.append(str(node.low + int(self.rng.random() * (node.high - node.low + 1))))
            else:
                assert isinstance(node, Either)  # noqa: S101 - the four kinds of node
                self._render(self.pick(node.options), scene, is_spoken, out)

    def _fill(self, name: str, scene: Scene, is_spoken: bool, out: list[str | PiiPiece]) -> None:
        if name in scene.facts:
            out.append(scene.facts[name])
        elif name in self.book.slots:
            self._render(self.pick(self.book.slots[name]), scene, is_spoken, out)
        elif name == "titled":
            out.append(PiiPiece("name", scene.persona.titled(self.rng)))
        elif name == "surname":
            out.append(PiiPiece("name", scene.persona.titled(self.rng)[:-2]))
        elif name in PII_KINDS:
            value = scene.persona.value(name, self.rng)
            form = spoken_form if is_spoken else written_form
            out.append(PiiPiece(name, form(name, value, self.rng)))
        else:
            raise KeyError(f"no slot {name!r}")

    def _written(
        self, pieces: Sequence[str | PiiPiece], scene: Scene, speaker: Speaker
    ) -> tuple[str, list[PlacedPii]]:
        """Join the pieces; noise touches the plain ones only, and never glues a digit to planted data."""
        texts: list[str] = []
        placed: list[PlacedPii] = []
        n_chars, plain = 0, ""
        for piece in [*pieces, None]:
            if isinstance(piece, str):
                plain += piece
                continue
            part = self._noisy(plain, scene, speaker, is_last=piece is None)
            if not texts:
                part = part.lstrip()
            elif plain[:1] in _MARKS and part and part[0] not in _MARKS:
                part = " " + part
            texts.append(part)
            n_chars += len(part)
            plain = ""
            if piece is not None:
                texts.append(piece.text)
                placed.append(PlacedPii(piece.kind, n_chars, n_chars + len(piece.text)))
                n_chars += len(piece.text)
        return "".join(texts).rstrip(), placed

    def _noisy(self, plain: str, scene: Scene, speaker: Speaker, *, is_last: bool) -> str:
        if speaker is Speaker.CUSTOMER:
            plain = reworded(plain, self.rng)
        if scene.channel == "phone" and speaker is not Speaker.SYSTEM:
            return recognised(plain, scene.noise, self.rng)
        if is_last and speaker is Speaker.CUSTOMER and scene.channel in ("online", "wechat"):
            return typed(plain, self.rng)
        return plain


def _joins(last: str | PiiPiece, phrase: Phrase) -> bool:
    """Whether ``phrase`` can follow without a mark between."""
    if isinstance(last, str) and last.endswith(_ENDINGS):
        return True
    return bool(phrase) and isinstance(phrase[0], str) and phrase[0].startswith(_ENDINGS)
