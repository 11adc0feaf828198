"""What the experience facets of every bundled sector pack keep to."""

import pytest

from data.packs import pack_names
from data.packs.experience import load_experience
from models.experience.catalog import ExperienceCatalog
from models.experience.facets import Facet
from models.taxonomy.rules import Rule, Utterance


@pytest.fixture(scope="module", params=pack_names())
def catalog(request: pytest.FixtureRequest) -> ExperienceCatalog:
    return load_experience(request.param)


def _fires(facet: Facet, rule: Rule, text: str) -> bool:
    said = Utterance("agent" if rule.speaker == "agent" else "customer", text, 0)
    return any(hit.rule_id == rule.id for hit in facet.rules.match([said]))


def test_every_example_of_a_rule_fires_and_no_counterexample_does(catalog: ExperienceCatalog) -> None:
    wrong = [
        (facet.name, rule.id, text)
        for facet in catalog.facets.values()
        for rule in facet.rules.rules
        for texts, expected in ((rule.examples, True), (rule.counterexamples, False))
        for text in texts
        if _fires(facet, rule, text) is not expected
    ]
    assert not wrong


def test_every_rule_has_an_example(catalog: ExperienceCatalog) -> None:
    bare = [
        (facet.name, rule.id)
        for facet in catalog.facets.values()
        for rule in facet.rules.rules
        if not rule.examples
    ]
    assert not bare


def test_names_are_there_once_in_both_languages(catalog: ExperienceCatalog) -> None:
    for facet in catalog.facets.values():
        assert len({node.zh for node in facet.nodes}) == len(facet.nodes), facet.name
        assert len({node.en for node in facet.nodes}) == len(facet.nodes), facet.name


def test_steps_say_which_are_moments_of_truth_and_which_the_customer_sees(catalog: ExperienceCatalog) -> None:
    if "step" not in catalog.facets:
        return
    steps = catalog.facets["step"].nodes
    assert any(node.options.get("moment_of_truth") for node in steps)
    assert any(node.options.get("visible") for node in steps)
    assert all(set(node.options) <= {"journey", "visible", "moment_of_truth"} for node in steps)
