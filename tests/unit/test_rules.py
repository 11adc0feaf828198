import pytest

from models.core.errors import PackError
from models.taxonomy.patterns import PatternError, compile_pattern
from models.taxonomy.rules import RuleSet, Utterance
from models.taxonomy.taxonomy import Taxonomy

TAXONOMY = Taxonomy.parse(
    {"name": "t", "version": "1", "categories": [{"id": "a", "zh": "甲", "en": "a"}]},
)


def rules(*items: dict[str, object]) -> RuleSet:
    return RuleSet.parse(
        [{"id": f"r{number}", "category": "a", **item} for number, item in enumerate(items)],
        taxonomy=TAXONOMY,
    )


def hit_ids(rule_set: RuleSet, *clauses: str, speaker: str = "customer") -> list[str]:
    at, utterances = 0, []
    for clause in clauses:
        utterances.append(Utterance(speaker, clause, at))
        at += len(clause) + 1
    return [hit.rule_id for hit in rule_set.match(utterances)]


def test_any_needs_one_word_and_all_needs_one_of_each_group() -> None:
    found = rules({"any": ["降价", "优惠"]}, {"all": ["提车", ["降价", "官降"]]})
    assert hit_ids(found, "提车就官降") == ["r1"]
    assert hit_ids(found, "听说降价") == ["r0"]
    assert hit_ids(found, "提车就降价") == ["r0", "r1"]
    assert hit_ids(found, "提车") == []


def test_none_takes_a_hit_back() -> None:
    found = rules({"any": ["漏油"], "none": ["修好了"]})
    assert hit_ids(found, "漏油") == ["r0"]
    assert hit_ids(found, "漏油修好了") == []
    assert hit_ids(found, "漏油", "修好了") == ["r0"]


def test_spans_are_offsets_into_the_whole_text() -> None:
    found = rules({"any": ["漏油", "油漏"], "regex": ["修了[两三]次"]})
    (hit,) = found.match([Utterance("customer", "你好", 0), Utterance("customer", "修了三次还漏油", 13)])
    whole = "你好，我买的这辆小汽车啊，修了三次还漏油"
    assert [whole[start:end] for start, end in hit.spans] == ["修了三次", "漏油"]
    assert hit.score == 0.8


def test_a_rule_listens_to_its_speaker_only() -> None:
    found = rules(
        {"any": ["退款"]}, {"any": ["退款"], "speaker": "agent"}, {"any": ["退款"], "speaker": "any"}
    )
    assert hit_ids(found, "要退款", speaker="customer") == ["r0", "r2"]
    assert hit_ids(found, "可退款", speaker="agent") == ["r1", "r2"]
    assert hit_ids(found, "已退款", speaker="system") == ["r2"]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("说好送脚垫没给", True),
        ("说好要送我一套很贵的脚垫没给", False),
        ("没给之前说好", False),
        ("没说好没给", False),
    ],
)
def test_near_wants_order_and_distance_and_stated_words(text: str, holds: bool) -> None:
    found = rules({"near": {"first": ["说好"], "then": ["没给"], "within_chars": 5}})
    assert bool(hit_ids(found, text)) is holds


def test_near_in_any_order() -> None:
    near = {"first": ["押金"], "then": ["不退"], "within_chars": 4, "ordered": False}
    assert hit_ids(rules({"near": near}), "不退我的押金") == ["r0"]


def test_near_quotes_the_closest_pair_as_one_piece() -> None:
    found = rules({"near": {"first": ["说好"], "then": ["没给"], "within_chars": 30}})
    text = "说好又说好送的没给"
    (hit,) = found.match([Utterance("customer", text, 0)])
    assert [text[start:end] for start, end in hit.spans] == ["说好送的没给"]


def test_transcript_scope_joins_clauses_of_one_speaker() -> None:
    near = {"first": ["说好"], "then": ["没给"], "within_chars": 10}
    wide, narrow = rules({"near": near, "scope": "transcript"}), rules({"near": near})
    assert hit_ids(wide, "说好送的", "到现在没给") == ["r0"]
    assert hit_ids(narrow, "说好送的", "到现在没给") == []
    mixed = [Utterance("agent", "说好送的", 0), Utterance("customer", "到现在没给", 5)]
    assert wide.match(mixed) == []
    across = rules({"near": near, "scope": "transcript", "speaker": "any"})
    assert [hit.spans for hit in across.match(mixed)] == [((0, 2), (8, 10))]


def test_a_denied_word_is_not_said_but_none_words_count_either_way() -> None:
    found = rules({"any": ["异响"]}, {"any": ["漏油"], "none": ["异响"]})
    assert hit_ids(found, "没有异响") == []
    assert hit_ids(found, "漏油但没有异响") == []
    assert hit_ids(rules({"regex": ["起火(?!车)"]}), "没有起火") == []


def test_case_and_width_of_latin_words() -> None:
    assert hit_ids(rules({"any": ["APP"], "regex": ["app闪退"]}), "App闪退") == ["r0"]


def test_a_rule_hits_once_with_the_evidence_of_all_clauses() -> None:
    (hit,) = rules({"any": ["漏油"]}).match(
        [Utterance("customer", "漏油", 0), Utterance("customer", "漏油", 3)]
    )
    assert hit.spans == ((0, 2), (3, 5))


def test_many_rules_at_once_say_what_each_says_alone() -> None:
    items: list[dict[str, object]] = [
        {"any": ["降价"]},
        {"all": ["提车", "降价"], "none": ["涨价"]},
        {"regex": ["[提买]车"]},
        {"near": {"first": ["提车"], "then": ["降价"], "within_chars": 6}, "scope": "transcript"},
    ]
    clauses = ("昨天提车", "今天降价", "提车没涨价")
    together = hit_ids(rules(*items), *clauses)
    alone = [f"r{number}" for number, item in enumerate(items) if hit_ids(rules(item), *clauses)]
    assert together == alone


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"category": "b", "any": ["降价"]}, "类别 b 不存在"),
        ({}, "any、all、regex 或 near"),
        ({"none": ["降价"]}, "any、all、regex 或 near"),
        ({"any": ["贵"]}, "至少 2 个字"),
        ({"any": ["降价"], "speaker": "boss"}, "speaker"),
        ({"any": ["降价"], "scope": "day"}, "scope"),
        ({"any": ["降价"], "score": 2}, "score"),
        ({"any": ["降价"], "colour": 1}, "不认识的字段"),
        ({"near": {"first": ["说好"]}}, "near"),
        ({"near": {"first": ["说好"], "then": [], "within_chars": 3}}, "不能为空"),
        ({"near": {"first": ["说好"], "then": ["没给"], "within_chars": -1}}, "within_chars"),
        ({"regex": ["修了(三次"]}, "正则写错"),
    ],
)
def test_each_mistake_names_the_rule(item: dict[str, object], said: str) -> None:
    with pytest.raises(PackError) as caught:
        rules(item)
    assert said in caught.value.message("zh")
    assert "r0" in caught.value.message("zh")


def test_an_id_used_twice_is_refused() -> None:
    item = {"id": "same", "category": "a", "any": ["降价"]}
    with pytest.raises(PackError, match="same"):
        RuleSet.parse([item, item], taxonomy=TAXONOMY)


@pytest.mark.parametrize(
    "regex",
    [
        "(修了+){2,9}好",
        "修了.*好的",
        "修了.+",
        "(修了|换好){2,30}",
        "(修了)\\1",
        "修.{0,50}了.{0,50}好.{0,50}吗的",
        "[修换]",
        "\\d{1,3}次",
        "修了|好",
        "修" * 300,
    ],
)
def test_patterns_that_could_run_wild_or_anywhere_are_refused(regex: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(regex)


@pytest.mark.parametrize(
    ("regex", "words"),
    [
        ("修了[两三]次", {"修了两次", "修了三次"}),
        ("(维修|返修)\\d{1,2}次", {"维修", "返修"}),
        ("没有?解决", {"没有解决", "没解决"}),
        ("空调.{0,6}不制冷", {"不制冷"}),
        ("(修了.{0,3}次|换了)两", {"修了", "换了"}),
        ("(?:不退){1,2}定金", {"不退", "定金"}),
    ],
)
def test_the_fixed_words_of_a_pattern_are_in_every_match(regex: str, words: set[str]) -> None:
    assert set(compile_pattern(regex).words) <= words
    assert compile_pattern(regex).words


def test_the_worst_allowed_pattern_is_quick_on_a_long_text() -> None:
    import time

    found = rules({"regex": ["修了[^，]{0,50}好[^，]{0,50}坏[^，]{0,5}吗吗"]})
    started = time.perf_counter()
    hit_ids(found, "修了好坏" * 2_000)
    assert time.perf_counter() - started < 5
