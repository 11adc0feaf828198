"""What every bundled sector pack keeps to."""

import re

import pytest

from data.packs import SectorPack, load_pack, pack_names
from models.taxonomy.keywords import KeywordScorer
from models.taxonomy.rules import Rule, Utterance
from models.taxonomy.taxonomy import Taxonomy
from models.text.segment import Segmenter

PACKS = pack_names()
CAR_LABELS = [
    "发动机",
    "车身",
    "电气设备",
    "传动系",
    "销售欺诈",
    "附加设备",
    "制动系",
    "服务态度",
    "动力电池及电源管理系统",
    "转向系",
    "承诺不兑现",
    "其他原因",
    "悬架系",
    "轮胎和车轮",
    "电力驱动系统",
    "配件争议",
    "服务收费",
    "人员技术",
    "气囊和安全带",
]
CITY_LABELS = ["城乡建设", "劳动和社会保障", "教育文体", "商贸旅游", "环境保护", "卫生计生", "交通运输"]
PRODUCT_LABELS = ["书籍", "平板", "手机", "水果", "洗发水", "热水器", "蒙牛", "衣服", "计算机", "酒店"]
SUB_LABELS = [
    "发动机/烧机油",
    "发动机/漏机油",
    "发动机/抖动",
    "发动机/怠速不稳",
    "发动机/加速无力",
    "车身/锈蚀",
    "车身/色差",
    "车身/异响",
    "传动系/顿挫",
    "传动系/脱挡",
    "制动系/刹车失灵",
    "转向系/助力消失",
    "悬架系/异响",
    "轮胎和车轮/吃胎",
    "电气设备/中控卡顿",
    "销售欺诈/变更价格",
    "销售欺诈/出售库存车",
    "动力电池及电源管理系统/充电故障",
    "气囊和安全带/气囊未弹出",
]


@pytest.fixture(scope="module", params=PACKS)
def pack(request: pytest.FixtureRequest) -> SectorPack:
    return load_pack(request.param)


def hits(pack: SectorPack, rule: Rule, text: str) -> bool:
    speaker = "agent" if rule.speaker == "agent" else "customer"
    return any(hit.rule_id == rule.id for hit in pack.rules.match([Utterance(speaker, text, 0)]))


def test_the_sectors_are_there() -> None:
    assert PACKS == ["automotive", "bank", "generic", "hotel", "public-service", "retail", "telecom"]


def test_categories_are_described_in_chinese_and_have_words(pack: SectorPack) -> None:
    for category in pack.taxonomy.categories:
        assert category.description.endswith("。"), category.id
        assert re.search("[一-鿿]", category.zh), category.id
        assert category.en.isascii(), category.id
        assert 5 <= len(category.keywords) <= 25, (category.id, len(category.keywords))


def test_siblings_share_no_keyword(pack: SectorPack) -> None:
    for parent in [None, *(category.id for category in pack.taxonomy.categories)]:
        owners: dict[str, str] = {}
        for child in pack.taxonomy.children(parent):
            for word in child.keywords:
                assert word not in owners, (word, owners.get(word), child.id)
                owners[word] = child.id


def test_a_snapshot_reads_back(pack: SectorPack) -> None:
    assert Taxonomy.parse(pack.taxonomy.to_dict()).digest == pack.taxonomy.digest


def test_every_pack_knows_other_and_unclear(pack: SectorPack) -> None:
    assert pack.taxonomy.find("其他") is not None
    assert pack.taxonomy.find("未明") is not None


def test_every_rule_hits_its_examples_and_not_its_counterexamples(pack: SectorPack) -> None:
    for rule in pack.rules.rules:
        assert rule.examples, rule.id
        assert [text for text in rule.examples if not hits(pack, rule, text)] == [], rule.id
        assert [text for text in rule.counterexamples if hits(pack, rule, text)] == [], rule.id


def test_packs_bring_rules_of_their_own(pack: SectorPack) -> None:
    inherited = {rule.id for rule in load_pack("generic").rules.rules} if pack.name != "generic" else set()
    assert 12 <= sum(rule.id not in inherited for rule in pack.rules.rules) <= 45


def test_content_customers_set_rules_quiet(pack: SectorPack) -> None:
    for text in ("谢谢，没有别的问题了", "好的", "您好，很高兴为您服务", "服务很好，非常满意，下次还来"):
        assert pack.rules.match([Utterance("customer", text, 0)]) == [], text


def test_dictionary_words_are_many_and_readable(pack: SectorPack) -> None:
    assert len(pack.dictionary) >= 60
    assert all(2 <= len(word) <= 20 for word in pack.dictionary.words)


def test_the_dictionary_leaves_ordinary_language_whole(pack: SectorPack) -> None:
    segmenter = Segmenter(pack.dictionary)
    for text, words in (
        ("用户表示不满", ["用户", "表示", "不满"]),
        ("公交车上", ["公交车", "上"]),
        ("不同程度", ["不同", "程度"]),
        ("上面签字", ["上面", "签字"]),
        ("以及时间", ["以及", "时间"]),
    ):
        assert segmenter.words(text) == words


def test_words_of_the_dictionary_are_kept_whole(pack: SectorPack) -> None:
    segmenter = Segmenter(pack.dictionary)
    broken = [word for word in pack.dictionary.words if segmenter.words(word) != [word]]
    assert broken == []


def test_keywords_of_a_category_point_to_it(pack: SectorPack) -> None:
    scorer = KeywordScorer(pack.taxonomy)
    for category in pack.taxonomy.categories:
        for word in category.keywords:
            assert category.id in {found.category for found in scorer.score(word)}, (category.id, word)


@pytest.mark.parametrize(
    ("name", "labels"),
    [("automotive", CAR_LABELS + SUB_LABELS), ("public-service", CITY_LABELS), ("retail", PRODUCT_LABELS)],
)
def test_labels_of_known_data_have_a_category(name: str, labels: list[str]) -> None:
    taxonomy = load_pack(name).taxonomy
    assert [label for label in labels if taxonomy.find(label) is None] == []


def test_car_parts_keep_apart() -> None:
    taxonomy = load_pack("automotive").taxonomy
    found = [taxonomy.find(label) for label in CAR_LABELS]
    assert len({category.id for category in found if category}) == len(CAR_LABELS)


@pytest.mark.parametrize(
    ("name", "text", "category"),
    [
        ("automotive", "提车才半个月官方就降价一万五", "auto.fraud.price"),
        ("automotive", "说好送的脚垫到现在也没给", "promise.broken"),
        ("automotive", "一个小毛病修了三次", "aftersales.repair"),
        ("automotive", "交的定金死活不退", "refund.deposit"),
        ("generic", "再不处理我就打12315曝光你们", "timeliness.progress"),
        ("generic", "不买保险就不给办", "promise.force"),
        ("telecom", "我没同意就给我开通了增值业务", "telecom.vas"),
        ("bank", "存定期被办成保险，存单变保单", "bank.wealth"),
        ("hotel", "网上订了房到店说满房", "hotel.booking"),
        ("retail", "刚下单第二天就降价", "price.change"),
        ("public-service", "包工头拖欠工资", "labour.wages"),
    ],
)
def test_what_people_complain_about_is_recognised(name: str, text: str, category: str) -> None:
    found = load_pack(name).rules.match([Utterance("customer", text, 0)])
    assert category in {hit.category for hit in found}
