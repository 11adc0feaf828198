import pytest

from models.core.errors import PackError
from models.taxonomy.taxonomy import Taxonomy


def category(category_id: str, zh: str, **fields: object) -> dict[str, object]:
    return {"id": category_id, "zh": zh, "en": category_id, **fields}


def taxonomy(*categories: dict[str, object]) -> Taxonomy:
    return Taxonomy.parse({"name": "shop", "version": "1", "categories": list(categories)})


CAR = (
    category("engine", "发动机", keywords=["发动机", "气缸"], severity="safety"),
    category("engine.noise", "异响", parent="engine", aliases=["怪声"]),
    category("body", "车身"),
    category("body.noise", "异响", parent="body"),
)


def test_a_snapshot_reads_back_as_the_same_taxonomy() -> None:
    first = taxonomy(*CAR)
    again = Taxonomy.parse(first.to_dict())
    assert again == first
    assert again.digest == first.digest


def test_the_digest_changes_with_a_keyword_and_is_short() -> None:
    changed = ({**CAR[0], "keywords": ["发动机"]}, *CAR[1:])
    assert taxonomy(*changed).digest != taxonomy(*CAR).digest
    assert len(taxonomy(*CAR).digest) == 12


def test_path_gives_chinese_names_from_the_root() -> None:
    assert taxonomy(*CAR).path("engine.noise") == ("发动机", "异响")


def test_children_roots_and_leaves_keep_the_order_of_the_file() -> None:
    found = taxonomy(*CAR)
    assert [c.id for c in found.roots()] == ["engine", "body"]
    assert [c.id for c in found.children("engine")] == ["engine.noise"]
    assert [c.id for c in found.leaves()] == ["engine.noise", "body.noise"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("engine", "engine"),
        ("车身", "body"),
        ("怪声", "engine.noise"),
        ("异响", "engine.noise"),
        ("车身/异响", "body.noise"),
        ("发动机/怪声", "engine.noise"),
    ],
)
def test_find_takes_ids_names_aliases_and_paths(name: str, expected: str) -> None:
    found = taxonomy(*CAR).find(name)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize("name", ["变速箱", "车身/漏油", "变速箱/异响", "", "/"])
def test_find_gives_none_for_what_is_not_there(name: str) -> None:
    assert taxonomy(*CAR).find(name) is None


@pytest.mark.parametrize(
    ("categories", "said"),
    [
        ([category("a", "甲"), category("a", "乙")], "编号重复"),
        ([category("a", "甲", parent="b")], "上级 b 不存在"),
        ([category("a", "甲", parent="b"), category("b", "乙", parent="a")], "成环"),
        ([category("a", "甲", parent="a")], "成环"),
        ([category("a", "甲"), category("b", "甲")], "甲"),
        ([category("a", "甲", aliases=["丙"]), category("b", "乙", aliases=["丙"])], "丙"),
        ([category("a", "甲", aliases=["乙"]), category("b", "乙")], "乙"),
        ([category("A b", "甲")], "小写字母"),
        ([{"id": "a", "en": "a"}], "缺少 zh"),
        ([category("a", "甲", keywords=[12315])], "数字请加引号"),
        ([category("a", "甲", keywords=["贵"])], "至少 2 个字"),
        ([category("a", "甲", keywords="太贵")], "应为列表"),
        ([category("a", "甲", keywords=["太贵", "太贵"])], "词重复"),
        ([category("a", "甲", severity="high")], "severity"),
        ([category("a", "甲", colour="red")], "不认识的字段"),
        ([], "categories"),
    ],
)
def test_each_mistake_is_named(categories: list[dict[str, object]], said: str) -> None:
    with pytest.raises(PackError) as caught:
        taxonomy(*categories)
    assert said in caught.value.message("zh")


def test_an_unresolved_extends_points_to_the_loader() -> None:
    with pytest.raises(PackError, match="load_pack"):
        Taxonomy.parse({"name": "x", "extends": "generic", "categories": [category("a", "甲")]})
