"""What the release gate says: named checks, each with a verdict, its figures and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from models.classify.catalog import Classifier

Verdict = Literal["passed", "refused", "skipped"]


class LabelledRows(Protocol):
    """Test rows: a text and a label each, in the same order. ``LabelledTable`` is one."""

    @property
    def texts(self) -> Sequence[str]: ...

    @property
    def labels(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class BehaviourResult:
    """Of the behaviour suite: cases, passed ones, and the failed ones by name (or text)."""

    n: int
    n_passed: int
    failures: Sequence[str] = ()

    @property
    def share(self) -> float:
        """Passed cases, in [0, 1]; 0 where there are none."""
        return self.n_passed / self.n if self.n else 0.0


Behaviour = Callable[[Classifier], BehaviourResult]


@dataclass(frozen=True, slots=True)
class GateCheck:
    """``zh`` and ``en`` say in one or two sentences what was found and what to do."""

    name: str
    verdict: Verdict
    zh: str
    en: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateReport:
    """A candidate (``task@version``) against the model in use. One refused check refuses the candidate."""

    candidate: str
    current: str | None
    n_test: int
    seed: int
    checks: tuple[GateCheck, ...]

    @property
    def passed(self) -> bool:
        return not self.refused

    @property
    def refused(self) -> tuple[GateCheck, ...]:
        """The checks that stand against the candidate."""
        return tuple(check for check in self.checks if check.verdict == "refused")

    def check(self, name: str) -> GateCheck:
        """One check by its name. Raises ``KeyError``."""
        for check in self.checks:
            if check.name == name:
                return check
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe, for an answer, a job or the history."""
        return {
            "passed": self.passed,
            "refused": [check.name for check in self.refused],
            "candidate": self.candidate,
            "current": self.current,
            "n_test": self.n_test,
            "seed": self.seed,
            "checks": [asdict(check) for check in self.checks],
        }
