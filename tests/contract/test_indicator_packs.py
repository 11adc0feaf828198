"""What the indicators and actions of every bundled sector pack keep to."""

import re
from pathlib import Path
from typing import Any

import pytest

from data.packs import load_pack, pack_names
from data.packs.actions import load_actions
from data.packs.experience import load_experience
from data.packs.indicators import IndicatorPack, load_indicators
from models.core.errors import PackError
from models.indicators.actions import Concern, latent_need, propose_actions
from models.indicators.registry import KINDS, SYSTEMS


@pytest.fixture(scope="module", params=pack_names())
def pack(request: pytest.FixtureRequest) -> IndicatorPack:
    return load_indicators(request.param)


def test_every_sector_has_indicators_of_all_four_systems(pack: IndicatorPack) -> None:
    assert len(pack.registry) >= 24
    assert all(pack.registry.of(system) for system in SYSTEMS)


def test_names_are_there_once_and_targets_lie_on_the_scale(pack: IndicatorPack) -> None:
    indicators = pack.registry.indicators
    assert len({one.zh for one in indicators}) == len(indicators)
    assert len({one.en for one in indicators}) == len(indicators)
    for one in indicators:
        assert one.owner and one.version, one.id
        assert one.target is None or min(one.scale) <= one.target <= max(one.scale), one.id


def test_the_reference_of_reasons_to_leave_is_the_one_of_the_field(pack: IndicatorPack) -> None:
    assert [round(one.share * 100) for one in pack.churn_reference] == [1, 3, 5, 9, 14, 68]
    known = load_experience(pack.sector).facets.get("churn")
    if known is not None:
        assert all(one.id in known for one in pack.churn_reference)


def test_safety_law_and_injury_are_protected(pack: IndicatorPack) -> None:
    taxonomy = load_pack(pack.sector).taxonomy
    for category in taxonomy.categories:
        if category.severity != "normal":
            assert pack.protection.reasons(categories=[category.id]), category.id
    assert pack.protection.reasons(text="烫伤了手去医院")


def test_values_named_by_people_are_known_to_the_facets_that_are_there(pack: IndicatorPack) -> None:
    """A survey item or step that an indicator names stands in the facet, where the sector has one."""
    catalog = load_experience(pack.sector)
    for one in pack.registry.indicators:
        formula = one.to_dict()["formula"]
        for pattern in (value for value in formula.values() if isinstance(value, dict) and "values" in value):
            facet = catalog.facets.get(pattern["kind"])
            if facet is not None and pattern["values"]:
                assert any(value in facet for value in pattern["values"]), (one.id, pattern)


def test_moments_of_truth_are_those_of_the_journey(pack: IndicatorPack) -> None:
    steps = load_experience(pack.sector).facets.get("step")
    marked = {node.id for node in steps.nodes if node.options.get("moment_of_truth")} if steps else set()
    assert marked <= set(pack.registry["moments_hit"].to_dict()["formula"]["steps"])


def test_actions_move_indicators_of_their_sector(pack: IndicatorPack) -> None:
    library = load_actions(pack.sector)
    assert len(library.actions) >= 30 and len(library.needs) >= 12
    wrong = [action.id for action in library.actions if action.measure not in pack.registry]
    assert not wrong
    assert all(
        action.department and action.zh and action.en and action.due_days > 0 for action in library.actions
    )


def test_every_category_of_the_sector_has_an_action_and_a_need(pack: IndicatorPack) -> None:
    taxonomy = load_pack(pack.sector).taxonomy
    library = load_actions(pack.sector)
    bare = []
    for category in taxonomy.categories:
        concern = Concern(
            category.zh,
            [category.id],
            lineage=lambda one: [above.id for above in taxonomy.lineage(one)],
        )
        if not propose_actions(library, concern) or latent_need(library, concern) is None:
            bare.append(category.id)
    assert set(bare) <= {"other", "unclear"}


def test_the_guide_names_every_formula_and_runs() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guides" / "indicators.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"| `{kind}` |" not in guide] == []
    (code,) = re.findall(r"```python\n(.*?)```", guide, flags=re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)  # the guide's own example
    rows = {row["indicator"]: row for row in found["table"].to_dict()["rows"]}
    assert rows["promise_kept"]["actual"]["value"] == 0.0


def test_a_dealer_has_the_nine_flow_and_nine_satisfaction_items() -> None:
    registry = load_indicators("automotive").registry
    assert sum(one.id.startswith("flow_") for one in registry.indicators) == 9
    assert sum(one.id.startswith("item_") for one in registry.indicators) == 9


def test_a_customer_changes_one_target_and_takes_one_indicator_away(tmp_path: Path) -> None:
    (tmp_path / "taxonomy.yaml").write_text(
        "name: mine\nextends: automotive\ncategories: []\n", encoding="utf-8"
    )
    (tmp_path / "indicators.yaml").write_text(
        "omit: [flow_food]\nindicators:\n  - {id: promise_kept, target: 0.97}\n", encoding="utf-8"
    )
    mine, before = load_indicators(tmp_path).registry, load_indicators("automotive").registry
    assert mine["promise_kept"].target == 0.97
    assert mine["promise_kept"].formula == before["promise_kept"].formula
    assert "flow_food" not in mine and len(mine) == len(before) - 1
    assert mine.digest != before.digest


@pytest.mark.parametrize(
    "text",
    [
        "omit: [none_such]\n",
        "indicators: {a: 1}\n",
        "targets: {a: 1}\n",
        "indicators:\n  - {id: nps, weight: -1}\n",
    ],
)
def test_a_mistake_in_a_file_of_a_customer_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "taxonomy.yaml").write_text(
        "name: mine\nextends: generic\ncategories: []\n", encoding="utf-8"
    )
    (tmp_path / "indicators.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError):
        load_indicators(tmp_path)
