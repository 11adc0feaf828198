"""The VOC monthly form: each dissatisfied voice with its class, the need behind it, the cause, and who does what by when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from models.indicators.actions import ActionLibrary, Concern, Phase, Proposal, latent_need, propose_actions
from models.indicators.improvement import ImprovementStatus
from models.indicators.plain import to_plain
from models.indicators.protection import ProtectionRule, Ranked, rank_by_value

_NOBODY: Mapping[str, str] = {}


@dataclass(frozen=True)
class Voice:
    """A dissatisfied voice: ``quote`` of transcript ``record``, what it is about, and how many say so.

    ``cause_id`` is the root cause, where one is known. ``size`` are contacts, ``worth`` the same weighted by value.
    """

    record: str
    quote: str
    concern: Concern
    cause_id: str = ""
    size: float = 1.0
    worth: float = 0.0
    experience: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormRow:
    """``number`` from 1. ``voice_class`` is a category's name path; ``action``, ``owner``, ``due`` are empty where the
    library has no answer. ``why`` the action, ``protected`` why value does not rank the voice down.
    """

    number: int
    record: str
    voice: str
    voice_class: tuple[str, ...]
    latent_voice: str
    factor: str
    cause_id: str
    cause: str
    department: str
    action_id: str
    action: str
    why: tuple[str, ...]
    owner: str
    due: date | None
    phase: Phase
    status: ImprovementStatus | None
    size: float
    worth: float
    protected: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return dict(to_plain(self))


@dataclass(frozen=True)
class FormSettings:
    """``owners`` by department; ``path_of`` names a category; ``statuses`` of improvements by cause id."""

    library: ActionLibrary
    protection: ProtectionRule
    issued: date
    owners: Mapping[str, str] = field(default_factory=lambda: _NOBODY)
    path_of: Callable[[str], tuple[str, ...]] = field(default=lambda category: (category,))
    statuses: Mapping[str, ImprovementStatus] = field(default_factory=dict)
    english: bool = False


def form_rows(
    voices: Iterable[Voice], settings: FormSettings, *, by_value: bool = False
) -> tuple[FormRow, ...]:
    """One row per voice, the largest first; ``by_value`` weighted, with safety, law and injury never ranked down."""
    listed = list(voices)
    reasons = [_protected(voice, settings.protection) for voice in listed]
    items = [
        Ranked(str(at), voice.size, voice.worth if by_value else voice.size, reasons[at])
        for at, voice in enumerate(listed)
    ]
    return tuple(
        form_row(listed[int(item.id)], settings, number=number, protected=item.protected)
        for number, item in enumerate(rank_by_value(items), 1)
    )


def form_row(
    voice: Voice, settings: FormSettings, *, number: int = 1, protected: tuple[str, ...] = ()
) -> FormRow:
    """One row; the improvement under way for its cause goes before a new proposal."""
    concern, english = voice.concern, settings.english
    need = latent_need(settings.library, concern)
    status = settings.statuses.get(voice.cause_id) if voice.cause_id else None
    chosen = next(iter(propose_actions(settings.library, concern, most=1)), None)
    if status is not None:
        known = {one.id: one for one in settings.library.actions}.get(status.improvement.action)
        if known is not None and (chosen is None or chosen.action.id != known.id):
            chosen = Proposal(known, 0.0, ("under_way",))
    action = chosen.action if chosen else None
    department = action.department if action else ""
    return FormRow(
        number,
        voice.record,
        voice.quote,
        settings.path_of(concern.categories[0]) if concern.categories else (),
        "" if need is None else need.en if english else need.zh,
        "" if need is None else need.factor,
        voice.cause_id,
        concern.cause,
        department,
        action.id if action else "",
        "" if action is None else action.en if english else action.zh,
        chosen.why if chosen else (),
        (status.improvement.owner if status else "") or settings.owners.get(department, ""),
        _due(settings.issued, action.due_days if action else None, status),
        status.phase if status else "define",
        status,
        voice.size,
        voice.worth,
        protected,
    )


def _protected(voice: Voice, rule: ProtectionRule) -> tuple[str, ...]:
    return rule.reasons(
        categories=voice.concern.categories,
        experience=voice.experience,
        text=f"{voice.quote}\n{voice.concern.cause}",
    )


def _due(issued: date, days: int | None, status: ImprovementStatus | None) -> date | None:
    if status is not None and status.improvement.due is not None:
        return status.improvement.due
    return None if days is None else issued + timedelta(days=days)
