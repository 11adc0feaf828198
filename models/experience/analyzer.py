"""All experience components over one transcript, in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from models.experience.catalog import ExperienceCatalog
from models.experience.demands import find_demands
from models.experience.effort_index import measure_effort_index
from models.experience.expectations import find_expectations
from models.experience.facets import tag_all
from models.experience.leaving import find_leaving
from models.experience.mark import Mark
from models.experience.moments import measure_journey
from models.experience.moments_felt import find_felt
from models.experience.peak_end import measure_peak_end
from models.experience.promises import find_promises
from models.experience.signals import find_signals
from models.experience.staff_effort import measure_staff_effort
from models.experience.stories import find_issues
from models.experience.survey import find_survey
from models.experience.talk_marks import ruled_beside, settle
from models.experience.talk_reader import TalkReader
from models.experience.told import Told
from models.experience.trajectory import measure_trajectory
from models.experience.waits import find_waits
from models.experience.wrap_up import measure_wrap_up

Find = Callable[[Told, ExperienceCatalog, Sequence[Mark]], Iterable[Mark]]
Measure = Callable[[Told, ExperienceCatalog, Sequence[Mark]], Mapping[str, Any]]


class Component(NamedTuple):
    """``find`` gives marks; it sees those of the components before it. ``name`` is ``experience.<kind>.vN``.

    On the marks of ``judged`` kinds the talk network has a say too, where there is one.
    """

    name: str
    find: Find
    judged: tuple[str, ...] = ()


class Summary(NamedTuple):
    """``measure`` gives numbers of the whole transcript, kept under ``key``; it sees all marks."""

    name: str
    key: str
    measure: Measure


COMPONENTS: tuple[Component, ...] = (
    Component(
        "experience.facets.v1",
        lambda told, catalog, marks: tag_all(catalog.facets.values(), told),
        ("step", "touchpoint"),
    ),
    Component("experience.promises.v1", find_promises, ("promise",)),
    Component("experience.expectations.v1", find_expectations, ("expectation",)),
    Component("experience.waits.v1", find_waits, ("wait",)),
    Component("experience.demands.v1", find_demands, ("demand",)),
    Component("experience.leaving.v1", find_leaving, ("churn", "exposure")),
    Component("experience.signals.v1", find_signals),
    Component("experience.survey.v2", find_survey, ("survey",)),
    Component("experience.issues.v1", find_issues),
    Component("experience.felt.v1", find_felt),  # last: it weighs the marks of all others
)
SUMMARIES: tuple[Summary, ...] = (
    Summary("experience.peak_end.v1", "peak_end", measure_peak_end),
    Summary("experience.trajectory.v1", "trajectory", measure_trajectory),
    Summary("experience.journey.v1", "journey", measure_journey),
    Summary("experience.staff_effort.v1", "staff_effort", measure_staff_effort),
    Summary("experience.effort.v1", "effort", measure_effort_index),
    Summary("experience.wrap_up.v1", "wrap_up", measure_wrap_up),
)


@dataclass(frozen=True, slots=True)
class Experience:
    """``marks`` ordered by place; ``measures`` by key, their places called ``span``."""

    marks: tuple[Mark, ...]
    measures: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {
            "marks": [mark.to_dict() for mark in self.marks],
            "measures": dict(self.measures),
        }


class ExperienceAnalyzer:
    """Deterministic and without state between transcripts: a batch gives what its members give one by one."""

    def __init__(
        self,
        catalog: ExperienceCatalog,
        *,
        components: Sequence[Component] = COMPONENTS,
        summaries: Sequence[Summary] = SUMMARIES,
        talk: TalkReader | None = None,
    ) -> None:
        self.catalog = catalog
        self.talk = talk
        self._ruled = ruled_beside(talk, catalog) if talk else catalog
        for facet in self._ruled.facets.values():
            if facet.reader is not None:
                facet.reader.make_ready()
        self.components = tuple(components)
        self.summaries = tuple(summaries)
        self.version = f"{catalog.sector}@{catalog.digest}"

    def analyze(self, told: Told) -> Experience:
        """Marks and measures of one transcript; never raises on any text."""
        marks: list[Mark] = []
        heard = self.talk.hear(told, *self.catalog.lineage) if self.talk else None
        for component in self.components:
            found = list(component.find(told, self._ruled, tuple(marks)))
            if heard is not None and component.judged:
                found = settle(heard, self.catalog, component.judged, found)
            marks += found
        ordered = tuple(sorted(marks, key=lambda m: (m.start, m.end, m.kind, m.value)))
        measures = {s.key: s.measure(told, self.catalog, ordered) for s in self.summaries}
        return Experience(ordered, measures)
