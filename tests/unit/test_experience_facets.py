"""Facets tag clauses with nodes, over repaired text, and lead back to the masked text."""

from pathlib import Path

import pytest

from data.packs.experience import load_experience
from models.analysis.prepare import prepare
from models.core.errors import PackError
from models.core.transcript import Speaker, Turn
from models.experience.analyzer import ExperienceAnalyzer
from models.experience.facets import parse_facet
from models.experience.labelling import ExperienceLabeller
from models.experience.mark import Mark
from models.experience.told import told_from
from models.taxonomy.rule_parsing import parse_rule
from models.taxonomy.rules import RuleSet, Utterance
from models.text.align import Span

STEPS = {
    "facet": "step",
    "version": "1",
    "nodes": [
        {"id": "appointment", "zh": "预约管理", "en": "Appointment", "rules": [{"any": ["预约"]}]},
        {
            "id": "settlement",
            "zh": "结算",
            "en": "Settlement",
            "rules": [{"any": ["结账"], "speaker": "any"}],
        },
    ],
}


def test_a_clause_has_each_node_once_at_its_first_evidence() -> None:
    told = told_from([("customer", "预约了又预约，结账很慢"), ("agent", "结账时多收了")], [[-0.5, -0.9]])
    marks = parse_facet(STEPS, pack="x").tag(told)
    assert [(m.value, told.text[m.start : m.end], m.turn, m.polarity) for m in marks] == [
        ("appointment", "预约", 0, -0.5),
        ("settlement", "结账", 0, -0.9),
        ("settlement", "结账", 1, 0.0),
    ]


def test_a_step_is_told_of_where_it_was_not_done() -> None:
    rule = {"id": "wash", "category": "wash", "any": ["洗车"]}
    plain = {**STEPS, "nodes": [{"id": "wash", "zh": "清洗", "en": "Washing", "rules": [{"any": ["洗车"]}]}]}
    assert [mark.value for mark in parse_facet(plain, pack="x").tag(told_from([("customer", "没洗车")]))] == [
        "wash"
    ]
    assert RuleSet([parse_rule(rule, pack="x")]).match([Utterance("customer", "没洗车", 0)]) == []


@pytest.mark.parametrize(
    "nodes",
    [
        [],
        [{"id": "a", "zh": "甲"}],
        [{"id": "a", "zh": "甲", "en": "A"}, {"id": "a", "zh": "甲", "en": "A"}],
        [{"id": "a", "zh": "甲", "en": "A", "parent": "b"}],
        [{"id": "a", "zh": "甲", "en": "A", "colour": "red"}],
        [{"id": "a", "zh": "甲", "en": "A", "rules": [{"anny": ["x"]}]}],
    ],
)
def test_a_wrong_facet_is_refused(nodes: list[dict[str, object]]) -> None:
    with pytest.raises(PackError):
        parse_facet({"facet": "step", "nodes": nodes}, pack="x")


def test_a_sector_has_the_facets_of_what_it_extends_and_its_own() -> None:
    generic, cars = load_experience("generic"), load_experience("automotive")
    assert set(generic.facets) < set(cars.facets)
    assert cars.label("step", "appointment") == "预约管理"
    assert cars.digest != generic.digest


def test_spans_count_over_the_masked_text_where_the_repaired_one_is_shorter() -> None:
    ready = prepare([Turn(Speaker.CUSTOMER, "我電話１３８００１３８０００，早就預約了")])
    labeller = ExperienceLabeller(ExperienceAnalyzer(load_experience("automotive")))
    marks = [mark for mark in labeller.label([ready], [()])[0]["marks"] if mark["kind"] == "step"]
    assert [ready.masked.text[slice(*mark["span"])] for mark in marks] == ["預約"]


def test_a_mark_comes_back_from_its_plain_form() -> None:
    mark = Mark("promise", "broken", 3, 9, 1, -0.4, 60.0, "minutes", Span(12, 15), "service")
    assert Mark.from_dict(mark.to_dict()) == mark


def test_a_node_of_rules_alone_is_found_beside_nodes_with_sentences(tmp_path: Path) -> None:
    (tmp_path / "taxonomy.yaml").write_text(
        'name: own\nversion: "1"\nextends: automotive\n', encoding="utf-8"
    )
    (tmp_path / "experience").mkdir()
    (tmp_path / "experience" / "step.yaml").write_text(
        'facet: step\nversion: "1"\nextends: true\nnodes:\n'
        "  - {id: valet, zh: 代客泊车, en: Valet parking, rules: [{any: [泊车小哥], speaker: any}]}\n",
        encoding="utf-8",
    )
    step = load_experience(tmp_path).facets["step"]
    told = told_from([("customer", "昨天泊车小哥把我车蹭了，停车场太小了")])
    assert ("valet", "泊车小哥") in [(m.value, told.text[m.start : m.end]) for m in step.tag(told)]
