from pathlib import Path

import pytest

from data.packs import load_pack
from models.core.errors import PackError
from models.taxonomy.rules import Utterance

SHOP = """
name: shop
version: 3
categories:
  - {id: a, zh: 甲, en: A, keywords: [太贵]}
  - {id: a.b, zh: 乙, en: B, parent: a}
  - {id: c, zh: 丙, en: C}
"""
RULES = """
- {id: r1, category: a, any: [太贵]}
- {id: r2, category: a.b, any: [太慢]}
"""


def write(folder: Path, taxonomy: str = SHOP, rules: str = RULES, dictionary: str = "云闪付 n\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "taxonomy.yaml").write_text(taxonomy, encoding="utf-8")
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    (folder / "dictionary.txt").write_text(dictionary, encoding="utf-8")
    return folder


def test_a_folder_of_a_customer_is_read_by_path(tmp_path: Path) -> None:
    pack = load_pack(write(tmp_path / "shop"))
    assert (pack.name, pack.taxonomy.version, pack.dictionary.words) == ("shop", "3", ("云闪付",))
    assert [hit.rule_id for hit in pack.rules.match([Utterance("customer", "太贵", 0)])] == ["r1"]


def test_only_the_taxonomy_is_needed(tmp_path: Path) -> None:
    (tmp_path / "taxonomy.yaml").write_text(SHOP, encoding="utf-8")
    pack = load_pack(str(tmp_path))
    assert (len(pack.rules), len(pack.dictionary)) == (0, 0)


@pytest.mark.parametrize("part", ["taxonomy", "rules", "dictionary"])
def test_the_digest_changes_with_each_file(tmp_path: Path, part: str) -> None:
    changed = {
        "taxonomy": SHOP.replace("太贵", "好贵"),
        "rules": RULES.replace("太贵", "好贵"),
        "dictionary": "数字人民币 n\n",
    }
    first, second = (
        load_pack(write(tmp_path / "1")),
        load_pack(write(tmp_path / "2", **{part: changed[part]})),
    )
    assert first.digest != second.digest
    assert load_pack(write(tmp_path / "3")).digest == first.digest


def test_extends_contains_the_other_pack_with_its_rules_and_words(tmp_path: Path) -> None:
    write(tmp_path / "shop")
    own = "extends: shop\nname: mine\ncategories:\n  - {id: d, zh: 丁, en: D, parent: a}\n"
    pack = load_pack(write(tmp_path / "mine", own, "- {id: r3, category: d, any: [太贵]}", "白条 n\n"))
    assert [category.id for category in pack.taxonomy.categories] == ["a", "a.b", "c", "d"]
    assert pack.taxonomy.path("d") == ("甲", "丁")
    assert [rule.id for rule in pack.rules.rules] == ["r1", "r2", "r3"]
    assert pack.dictionary.words == ("云闪付", "白条")


def test_omit_takes_a_branch_with_its_rules_and_additions_add_words(tmp_path: Path) -> None:
    write(tmp_path / "shop")
    own = "extends: shop\nname: mine\nomit: [a.b]\nadditions:\n  a: {keywords: [好贵], aliases: [价高]}\n"
    pack = load_pack(write(tmp_path / "mine", own, "", ""))
    assert [category.id for category in pack.taxonomy.categories] == ["a", "c"]
    assert [rule.id for rule in pack.rules.rules] == ["r1"]
    assert pack.taxonomy["a"].keywords == ("太贵", "好贵")
    found = pack.taxonomy.find("价高")
    assert found is not None
    assert found.id == "a"


def test_omitting_a_parent_omits_what_is_below(tmp_path: Path) -> None:
    write(tmp_path / "shop")
    pack = load_pack(write(tmp_path / "mine", "extends: shop\nname: mine\nomit: [a]\n", "", ""))
    assert [category.id for category in pack.taxonomy.categories] == ["c"]
    assert len(pack.rules) == 0


def test_a_rule_of_the_same_id_replaces_the_inherited_one(tmp_path: Path) -> None:
    write(tmp_path / "shop")
    pack = load_pack(
        write(tmp_path / "mine", "extends: shop\nname: mine\n", "- {id: r1, category: c, any: [好贵]}", "")
    )
    assert {rule.id: rule.category for rule in pack.rules.rules} == {"r1": "c", "r2": "a.b"}


def test_a_customers_folder_may_extend_a_bundled_pack(tmp_path: Path) -> None:
    own = "extends: automotive\nname: dealer\ncategories:\n  - {id: dealer.tea, zh: 休息区, en: Lounge}\n"
    pack = load_pack(write(tmp_path / "dealer", own, "", ""))
    assert {"auto.engine", "quality", "dealer.tea"} <= {category.id for category in pack.taxonomy.categories}


@pytest.mark.parametrize(
    ("taxonomy", "rules", "said"),
    [
        ("- a\n- b\n", "", "应为映射"),
        ("a: [b\n", "", "YAML"),
        (SHOP + "colour: red\n", "", "不认识的字段"),
        (SHOP, "a: b\n", "rules.yaml"),
        (SHOP, "- {id: r1, category: z, any: [太贵]}", "z 不存在"),
        ("name: x\nextends: nowhere\n", "", "没有这个行业包"),
        ("name: x\nextends: generic\nomit: [zzz]\n", "", "zzz"),
        ("name: x\nextends: generic\nadditions: {zzz: {keywords: [太贵]}}\n", "", "zzz"),
        ("name: x\nextends: generic\nadditions: {price: {zh: 钱}}\n", "", "不能改"),
        ("name: x\ncategories: 3\n", "", "categories"),
    ],
)
def test_each_mistake_in_a_folder_is_named(tmp_path: Path, taxonomy: str, rules: str, said: str) -> None:
    with pytest.raises(PackError) as caught:
        load_pack(write(tmp_path / "p", taxonomy, rules))
    assert said in caught.value.message("zh")


def test_packs_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "one", "name: one\nextends: two\n", "")
    write(tmp_path / "two", "name: two\nextends: one\n", "")
    with pytest.raises(PackError, match="circle"):
        load_pack(tmp_path / "one")


def test_an_unknown_pack_lists_what_there_is() -> None:
    with pytest.raises(PackError) as caught:
        load_pack("airline")
    assert "automotive" in caught.value.message("zh")


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    write(tmp_path / "p")
    (tmp_path / "p" / "dictionary.txt").write_bytes("词典".encode("gbk"))
    with pytest.raises(PackError, match=r"dictionary\.txt"):
        load_pack(tmp_path / "p")
