import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rootcause.generic import han_chars, load_generic_words, parse_words
from models.rootcause.naming import Member, name_causes
from models.rootcause.phrases import phrases_of

GENERIC = load_generic_words()


def member(voice: int, *words: str) -> Member:
    return Member("".join(words), words, voice)


def test_a_name_joins_object_and_fault() -> None:
    cause = [member(i, "新车", "空调", "不制冷") for i in range(4)] + [member(9, "空调", "坏")]
    other = [member(i, "新车", "轮胎", "磨损") for i in range(4)]
    first, second = name_causes(
        [cause, other], GENERIC, {"空调": 1.0, "不制冷": 1.0, "轮胎": 1.0, "磨损": 1.0}
    )
    assert first is not None
    assert second is not None
    assert (first.name, second.name) == ("空调不制冷", "轮胎磨损")
    assert first.keywords[0] == "空调"


def test_equal_causes_get_different_names() -> None:
    cause = [member(0, "空调", "不制冷"), member(1, "空调", "不制冷"), member(2, "出风口", "异味")]
    names = [naming.name for naming in name_causes([cause, cause], GENERIC, {}) if naming]
    assert len(names) == len(set(names)) == 2


def test_generic_words_alone_give_no_name() -> None:
    assert name_causes([[member(0, "希望", "尽快", "处理")], []], GENERIC, {}) == [None, None]


def test_a_name_keeps_the_spelling_of_the_text() -> None:
    cause = [Member("CarPlay无法连接", ("carplay", "无法", "连接"), i) for i in range(3)]
    (naming,) = name_causes([cause], GENERIC, {})
    assert naming is not None
    assert naming.name in "CarPlay无法连接"


def test_the_longer_phrase_wins_when_most_voices_say_it() -> None:
    cause = [member(i, "投诉", "伊", "景园", "滨河", "苑") for i in range(5)]
    (naming,) = name_causes([cause], GENERIC, {})
    assert naming is not None
    assert "伊景园滨河苑" in naming.name


def best_phrase(*words: str) -> str:
    return max(phrases_of("".join(words), words, GENERIC), key=lambda phrase: phrase.fitness).text


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("空调", "这", "几天", "都", "不", "制冷"), "空调不制冷"),
        (("手机", "信号", "都", "变差"), "手机信号变差"),
        (("倒车", "的", "时候", "看不见"), "倒车看不见"),
        (("又", "烧", "机油", "了"), "烧机油"),
        (("后排", "一点", "冷气", "没有"), "冷气没有"),
    ],
)
def test_what_names_nothing_is_left_out_of_a_phrase(words: tuple[str, ...], name: str) -> None:
    assert best_phrase(*words) == name


@pytest.mark.parametrize(
    ("words", "cut"),
    [
        (("也", "不", "给", "台", "代步车"), "不代步车"),
        (("医院", "旁边", "建", "医院"), "医院医院"),
        (("方向盘", "没有", "异响"), "没有异响"),
        (("我", "能不能", "退定"), "能不能退定"),
        (("说是", "都定", "完损"), "都定完损"),
    ],
)
def test_a_broken_phrase_is_no_candidate(words: tuple[str, ...], cut: str) -> None:
    assert cut not in {phrase.text for phrase in phrases_of("".join(words), words, GENERIC)}


def test_no_phrase_crosses_marks_or_ends_in_a_function_word() -> None:
    text, words = "空调，不制冷的时候压缩机在响", ("空调", "不制冷", "的", "时候", "压缩机", "在", "响")
    texts = {phrase.text for phrase in phrases_of(text, words, GENERIC)}
    assert "空调不制冷" not in texts
    assert not any(text.endswith(("的", "在", "时候")) for text in texts)


def test_a_callers_talk_names_a_cause_only_where_nothing_else_is_said() -> None:
    talk = [member(i, "家里人", "咽不下", "这", "口气") for i in range(6)]
    fault = [member(i, "空调", "不制冷") for i in range(3)]
    first, second = name_causes([talk + fault, talk], GENERIC, {})
    assert first is not None
    assert second is not None
    assert first.name == "空调不制冷"
    assert second.name


def test_a_name_counts_as_shared_when_its_words_stand_together_in_clauses_of_several_voices() -> None:
    cause = [
        member(0, "空调", "又", "不制冷"),
        member(1, "空调", "昨天", "开始", "还是", "不制冷"),
        member(2, "钥匙"),
    ]
    (naming,) = name_causes([cause], GENERIC, {})
    assert naming is not None
    assert (naming.name, naming.shared) == ("空调不制冷", True)


@pytest.mark.parametrize("word", ["问题", "车辆", "处理", "希望", "谢谢", "4S店", "客服"])
def test_generic_words_are_no_content(word: str) -> None:
    assert not GENERIC.is_content(word)


@pytest.mark.parametrize("word", ["空调", "降价", "搅拌站", "不制冷"])
def test_faults_and_objects_are_content(word: str) -> None:
    assert GENERIC.is_content(word)


@pytest.mark.parametrize(
    ("word", "fault"), [("异响", True), ("不亮", True), ("不是", False), ("空调", False)]
)
def test_faults_are_told_from_objects(word: str, fault: bool) -> None:
    assert GENERIC.is_fault(word) is fault


def test_a_word_list_is_read_with_comments_and_version() -> None:
    assert parse_words("# 说明\nversion 7\n问题 车辆\n\nABC") == ("7", frozenset({"问题", "车辆", "abc"}))


WORDS = "空调 不制冷 车门 生锈 没有 不 的 了 就 我 他们 3 2024 APP 异响 说 道歉 换 车 很 慢 问题 烧 机油 之后 还 ， 的时候"
clauses = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(clauses, min_size=1, max_size=5), min_size=1, max_size=4))
def test_names_are_short_unique_and_made_of_the_words_of_one_clause(causes: list[list[list[str]]]) -> None:
    members = [[member(i, *words) for i, words in enumerate(own)] for own in causes]
    namings = name_causes(members, GENERIC, {})
    names = [naming.name for naming in namings if naming]
    assert len(set(names)) == len(names)
    for own, naming in zip(members, namings, strict=True):
        if naming is None:
            continue
        assert 2 <= han_chars(naming.name) <= 14
        assert not naming.name.endswith(("的", "就", "不", "我", "他们", "很", "还", "之后"))
        assert any(_stands_in(naming.name.replace(" ", ""), m.text) for m in own)


def _stands_in(name: str, text: str) -> bool:
    rest = iter(text)
    return all(char in rest for char in name)
