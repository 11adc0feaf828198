"""Emotion and effort: scores from named evidence."""

import pytest

from models.dialogue.effort import find_effort, measure_effort, wait_weight
from models.dialogue.emotion import find_emotion, measure_emotion
from models.dialogue.evidence import Evidence, together
from models.dialogue.turns import read_dialogue


def kinds(found, text):
    return [(piece.kind, text[piece.start : piece.end]) for piece in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("等了1小时20分", [("wait", "1小时20分")]),
        ("三天了还没人处理", [("wait", "三天"), ("unreached", "没人处理")]),
        ("打了三次电话", [("repeat", "三次")]),
        ("跑了两趟营业厅", [("visit", "两趟")]),
        ("你们这是踢皮球", [("transfer", "踢皮球")]),
        ("换了3个客服", [("transfer", "3个")]),
        ("已经说了五遍", [("retell", "五遍")]),
        ("10010打不通", [("unreached", "打不通")]),
        ("停机两天了", [("wait", "两天")]),
    ],
)
def test_effort_names_its_evidence(text, expected):
    assert kinds(find_effort(text), text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "24小时客服热线",
        "7天无理由退货",
        "3个工作日内回复",
        "买了两个月就坏了",
        "我用了三年了",
        "打了一次电话",
        "流量包多少钱一个月",
        "每次都这样",
        "第三次",
        "",
    ],
)
def test_offers_possessions_and_single_calls_are_no_effort(text):
    assert find_effort(text) == []


def test_a_longer_wait_weighs_more_and_never_more_than_the_cap():
    weights = [wait_weight(seconds) for seconds in (30, 600, 3600, 86_400, 30 * 86_400, 10**12)]
    assert weights == sorted(weights)
    assert (weights[0], weights[1], weights[-1]) == (0.0, 0.2, 0.8)


def test_effort_counts_the_customer_alone_and_tells_amounts():
    dialogue = read_dialogue(
        [("agent", "请等待3天还没处理"), ("customer", "我打了四次电话,等了两个小时,等了十分钟")]
    )
    effort = measure_effort(dialogue)
    assert (effort.waited_seconds, effort.contacts) == (7200, 4)
    assert all(piece.start > len("请等待3天还没处理") for piece in effort.evidence)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我很生气", [("anger", "生气")]),
        ("就是骗子！！", [("accuse", "骗子"), ("marks", "！！")]),
        ("不要脸", [("abuse", "不要脸")]),
        ("[怒]", [("face", "[怒]")]),
        ("太失望了", [("despair", "失望")]),
        ("再不处理我要去工信部投诉", [("threat", "我要去工信部投诉")]),
    ],
)
def test_emotion_names_its_evidence(text, expected):
    assert kinds(find_emotion(text), text) == expected


@pytest.mark.parametrize(
    "text", ["我不生气", "你们没有骗人", "别着急", "不是很失望", "谢谢", "请问怎么投诉", ""]
)
def test_denied_and_calm_words_are_no_emotion(text):
    assert find_emotion(text) == []


def test_the_trajectory_follows_the_customers_turns():
    turns = [
        ("customer", "你好"),
        ("agent", "气死我了"),
        ("customer", "太失望了"),
        ("customer", "你们这些骗子,气死我了"),
    ]
    emotion = measure_emotion(read_dialogue(turns))
    assert [turn.turn for turn in emotion.trajectory] == [0, 2, 3]
    assert [turn.intensity for turn in emotion.trajectory] == [0.0, 0.35, 0.7]
    assert (emotion.intensity, emotion.trend) == (0.7, 0.7)


def test_overlapping_evidence_counts_once():
    pieces = [Evidence("a", 0, 4, 0.4), Evidence("b", 2, 6, 0.5), Evidence("c", 6, 8, 0.5)]
    assert together(pieces) == 0.75
    assert together([]) == 0.0
