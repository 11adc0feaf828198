import pytest

from models.rootcause.generic import load_generic_words, parse_words
from models.rootcause.naming import Member, name_causes, phrases_of

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
    assert "景园滨河苑" in {p[1:] for p in phrases_of("伊景园滨河苑", ("伊", "景园", "滨河", "苑"), GENERIC)}
    (naming,) = name_causes([cause], GENERIC, {})
    assert naming is not None
    assert "伊景园滨河苑" in naming.name


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
