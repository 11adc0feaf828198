"""The turns of a dialogue as the models see them: blocks of one speaker, without the opening courtesies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from models.core.errors import FieldError
from models.core.transcript import TURN_BREAK, Speaker

Turns = Sequence[tuple[str, str]]
"""``(speaker, text)`` in order; speakers are customer, agent (or helpdesk) and system."""

MAX_COURTESY_CHARS = 30

_SPEAKERS = {
    "customer": Speaker.CUSTOMER,
    "agent": Speaker.AGENT,
    "helpdesk": Speaker.AGENT,
    "system": Speaker.SYSTEM,
}
_MENTION = re.compile(r"@[^\s@,，。:：！!？?；;（）()]{1,30}")
_NOT_WORDS = re.compile(r"\[[^\[\]\s]{1,6}\]|[\W_]")
_COURTESY = re.compile(
    "(?:你们?好|您们?好|早上好|上午好|中午好|下午好|晚上好|喂|哎|诶|唉|嗯|恩|哦|噢|啊|呃|额|嘿|哈喽|hello|hi|嗨"
    "|在吗|在么|在不在|有人吗|有人在吗|有人么|客服|人工|转人工|人工服务|找人工|亲|请问|请问一下|问一下|我想问|我想问一下|我想咨询一下|咨询一下"
    "|麻烦|麻烦你|麻烦您|打扰一下|听得到吗|听得见吗|能听到吗|是的|是|对|对的|好|好的|行|可以|那个|这个|就是|我)+"
)


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring turns of one speaker. ``text`` has mentions as ``@``; ``turns`` are indices of the dialogue."""

    customer: bool
    text: str
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """``offsets`` are half-open ranges of the turns in the joined text; ``blocks`` leave the opening out."""

    speakers: tuple[Speaker, ...]
    texts: tuple[str, ...]
    offsets: tuple[tuple[int, int], ...]
    blocks: tuple[Block, ...]


def read_dialogue(turns: Turns) -> Dialogue:
    """The dialogue of ``turns``. Raises ``FieldError`` for an unknown speaker.

    The opening is what comes before the first customer turn that says something beyond a greeting; a
    dialogue without such a turn keeps all its blocks. System turns are in no block.
    """
    speakers = tuple(_speaker(name) for name, _ in turns)
    texts = tuple(text for _, text in turns)
    offsets, at = [], 0
    for text in texts:
        offsets.append((at, at + len(text)))
        at += len(text) + len(TURN_BREAK)
    return Dialogue(speakers, texts, tuple(offsets), _blocks(speakers, texts))


def says_something(text: str) -> bool:
    """Whether ``text`` is more than a greeting, an acknowledgement or marks."""
    words = _NOT_WORDS.sub("", _MENTION.sub("", text).lower())
    return bool(words) and (len(words) > MAX_COURTESY_CHARS or _COURTESY.fullmatch(words) is None)


def _speaker(name: str) -> Speaker:
    speaker = _SPEAKERS.get(str(name).lower())
    if speaker is None:
        known = ", ".join(_SPEAKERS)
        raise FieldError(field="speaker", reason=f"应为 {known}，这里是 {name}", reason_en=f"one of {known}")
    return speaker


def _blocks(speakers: Sequence[Speaker], texts: Sequence[str]) -> tuple[Block, ...]:
    spoken = [i for i, speaker in enumerate(speakers) if speaker is not Speaker.SYSTEM]
    first = next((i for i in spoken if speakers[i] is Speaker.CUSTOMER and says_something(texts[i])), 0)
    blocks = []
    for speaker, group in groupby((i for i in spoken if i >= first), key=speakers.__getitem__):
        members = tuple(group)
        text = TURN_BREAK.join(_MENTION.sub("@", texts[i]) for i in members)
        blocks.append(Block(speaker is Speaker.CUSTOMER, text, members))
    return tuple(blocks)
