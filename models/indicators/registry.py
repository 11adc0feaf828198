"""Indicators as data: four systems, each indicator with formula, version, target, owner and weight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from models.core.errors import PackError
from models.core.words import word_of
from models.indicators import formulas
from models.indicators.formulas import Formula, MarkPattern
from models.indicators.plain import to_plain

System = Literal["satisfaction", "loyalty", "experience", "behaviour"]
Direction = Literal["higher", "lower"]
Names = Callable[[str, str], Iterable[str]]
"""From a mark's kind and a name as written to the values that mean it."""

SYSTEMS: tuple[System, ...] = get_args(System)
SYSTEM_NAMES: Mapping[str, tuple[str, str]] = {
    "satisfaction": ("满意度", "Satisfaction"),
    "loyalty": ("忠诚度", "Loyalty"),
    "experience": ("体验", "Experience"),
    "behaviour": ("行为", "Behaviour"),
}
SCALES = {"ratio": 1.0, "percent": 100.0, "points": 100.0, "per_1000": 1000.0}
"""By how much a ratio is multiplied in a unit; any other unit: 1."""

KINDS: Mapping[str, type] = {
    "mark_share": formulas.MarkShare,
    "mark_rate": formulas.MarkRate,
    "mark_ratio": formulas.MarkRatio,
    "mark_balance": formulas.MarkBalance,
    "mark_amount": formulas.MarkAmount,
    "mark_amount_share": formulas.MarkAmountShare,
    "sentiment_share": formulas.SentimentShare,
    "score_mean": formulas.ScoreMean,
    "score_share": formulas.ScoreShare,
    "nps": formulas.NetPromoter,
    "measure_mean": formulas.MeasureMean,
    "journey_ratio": formulas.JourneyRatio,
    "journey_pain": formulas.JourneyPain,
    "replied_within": formulas.RepliedWithin,
    "repeated": formulas.Repeated,
    "first_contact": formulas.FirstContact,
}
_PATTERNS = frozenset({"marks", "of", "good", "bad", "plus", "minus"})
_NUMBERS = frozenset({"hours", "days", "at_least", "at_most", "most", "promoters", "detractors"})
_FIELDS = frozenset(
    {
        "id",
        "zh",
        "en",
        "system",
        "formula",
        "version",
        "unit",
        "direction",
        "target",
        "scale",
        "owner",
        "weight",
    }
)


@dataclass(frozen=True, slots=True)
class Indicator:
    """``target`` in ``unit``, ``None`` where none is set. ``scale`` is worst and best in ``unit``, 0 and 100 points.

    ``weight`` counts in the index and in the order of gaps; at least 0.
    """

    id: str
    zh: str
    en: str
    system: System
    formula: Formula
    version: str
    unit: str
    direction: Direction
    scale: tuple[float, float]
    target: float | None = None
    owner: str = ""
    weight: float = 1.0

    @property
    def factor(self) -> float:
        return SCALES.get(self.unit, 1.0)

    def points(self, value: float) -> float:
        """``value`` on 0 (worst) to 100 (best), cut there."""
        worst, best = self.scale
        return min(max((value - worst) / (best - worst), 0.0), 1.0) * 100

    def to_dict(self) -> dict[str, Any]:
        plain: dict[str, Any] = {
            field.name: to_plain(getattr(self, field.name))
            for field in fields(self)
            if field.name != "formula"
        }
        kind = next(name for name, known in KINDS.items() if known is type(self.formula))
        return {**plain, "formula": {"kind": kind, **to_plain(self.formula)}}


@dataclass(frozen=True)
class Registry:
    """Indicators in the order of the file; ``digest`` changes when any of them does."""

    indicators: tuple[Indicator, ...]
    digest: str = "0"
    _by_id: dict[str, Indicator] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {one.id: one for one in self.indicators})

    def __getitem__(self, indicator_id: str) -> Indicator:
        return self._by_id[indicator_id]

    def __contains__(self, indicator_id: object) -> bool:
        return indicator_id in self._by_id

    def __len__(self) -> int:
        return len(self.indicators)

    def of(self, system: System) -> tuple[Indicator, ...]:
        return tuple(one for one in self.indicators if one.system == system)


def parse_registry(
    items: Iterable[Mapping[str, Any]], *, pack: str, names: Names | None = None, digest: str = "0"
) -> Registry:
    """Read the list ``indicators`` of an ``indicators.yaml``. Raises ``PackError`` naming what is wrong."""
    found: dict[str, Indicator] = {}
    for item in items:
        indicator = parse_indicator(item, pack=pack, names=names)
        if indicator.id in found:
            raise _wrong(pack, f"指标 {indicator.id} 重复", f"indicator {indicator.id} is there twice")
        found[indicator.id] = indicator
    return Registry(tuple(found.values()), digest)


def parse_indicator(item: Mapping[str, Any], *, pack: str, names: Names | None = None) -> Indicator:
    """One indicator. Raises ``PackError``."""
    own = str(item.get("id") or "?")
    if not item.get("id") or not item.get("zh") or not item.get("en"):
        raise _wrong(pack, f"指标 {own} 需要 id、zh、en", f"indicator {own} needs id, zh and en")
    if unknown := sorted(set(item) - _FIELDS):
        raise _wrong(
            pack, f"指标 {own} 有不认识的字段 {unknown}", f"unknown fields {unknown} of indicator {own}"
        )
    if item.get("system") not in SYSTEMS or item.get("direction", "higher") not in get_args(Direction):
        raise _wrong(
            pack, f"指标 {own} 的 system 或 direction 不对", f"wrong system or direction of indicator {own}"
        )
    try:
        return _indicator(item, names or (lambda kind, name: (name,)))
    except (TypeError, ValueError, KeyError) as error:
        raise _wrong(pack, f"指标 {own}：{error}", f"indicator {own}: {error}") from error


def _indicator(item: Mapping[str, Any], names: Names) -> Indicator:
    direction: Direction = item.get("direction", "higher")
    unit = str(item.get("unit", "ratio"))
    low, high = map(float, item.get("scale") or (0.0, SCALES.get(unit, 1.0)))
    weight = float(item.get("weight", 1.0))
    if low >= high or weight < 0:
        raise ValueError("scale must be [low, high] with low below high, weight at least 0")
    return Indicator(
        str(item["id"]),
        str(item["zh"]),
        str(item["en"]),
        item["system"],
        parse_formula(item.get("formula") or {}, names),
        str(item.get("version", "1")),
        unit,
        direction,
        (low, high) if direction == "higher" else (high, low),
        None if item.get("target") is None else float(item["target"]),
        str(item.get("owner", "")),
        weight,
    )


def parse_formula(plain: Mapping[str, Any], names: Names) -> Formula:
    """``{kind, …parameters}``. Raises ``ValueError`` for a kind or parameter that is none."""
    kind = KINDS.get(str(plain.get("kind")))
    if kind is None:
        raise ValueError(f"formula kind {plain.get('kind')!r} is none of {', '.join(KINDS)}")
    wanted = {one.name for one in fields(kind)}
    given = {name: value for name, value in plain.items() if name != "kind"}
    if unknown := sorted(set(given) - wanted):
        raise ValueError(f"unknown parameters {unknown} of formula {plain['kind']}")
    formula: Formula = kind(**{name: _parameter(name, value, plain, names) for name, value in given.items()})
    return formula


def _parameter(name: str, value: Any, plain: Mapping[str, Any], names: Names) -> Any:
    if name in _PATTERNS and plain["kind"].startswith("mark_"):
        return _pattern(value, names)
    if name == "scores":
        return tuple(_texts(value))
    if name == "labels":
        return frozenset(_texts(value))
    if name == "steps":
        return frozenset(one for text in _texts(value) for one in (text, *names("step", text)))
    return float(value) if name in _NUMBERS else value


def _pattern(plain: Mapping[str, Any], names: Names) -> MarkPattern:
    if unknown := sorted(set(plain) - {"kind", "values", "details", "polarity"}):
        raise ValueError(f"unknown fields {unknown} of a mark")
    if plain.get("polarity", "") not in ("", "negative", "positive"):
        raise ValueError(f"polarity {plain['polarity']!r}: negative or positive")
    kind = str(plain["kind"])
    values = {value for name in _texts(plain.get("values")) for value in (name, *names(kind, name))}
    return MarkPattern(
        kind, frozenset(values), frozenset(_texts(plain.get("details"))), plain.get("polarity", "")
    )


def _texts(value: Any) -> list[str]:
    """A list of texts; YAML's bare yes and no are meant as the words."""
    listed = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return [word_of(item) for item in listed]


def _wrong(pack: str, zh: str, en: str) -> PackError:
    return PackError(pack=pack, reason=zh, reason_en=en)
