"""Steps read by rules and by sentences of the pack together."""

from itertools import pairwise

import numpy as np
import pytest

from models.core.errors import PackError
from models.experience.analyzer import ExperienceAnalyzer
from models.experience.catalog import ExperienceCatalog
from models.experience.facets import parse_facet, tag_all
from models.experience.steps import PIECE_CHARS, cut_pieces, learn_sentences
from models.experience.told import told_from

WASH = ["车洗得很干净", "洗车洗得马虎", "玻璃洗得全是水印", "没给我洗车", "轮毂都没洗"]
PAY = ["结账多收了钱", "账单多了一项", "付钱排了半天队", "账单看不懂", "多收了我的钱"]
CHAT = ["好的谢谢", "嗯好的", "谢谢您的来电", "请问您贵姓"]


READING = {"bias": -4.0, "best": 6.0, "rule": 6.0}


def _facet(**reading: float) -> dict[str, object]:
    return {
        "facet": "step",
        "version": "1",
        "reading": {**READING, **reading},
        "nodes": [
            {"id": "wash", "zh": "清洗", "en": "Washing", "sentences": "\n".join(WASH)},
            {
                "id": "pay",
                "zh": "结算",
                "en": "Payment",
                "rules": [{"any": ["发票"], "speaker": "any", "score": 0.8}],
                "sentences": "\n".join(PAY),
            },
        ],
        "other": "\n".join(CHAT),
    }


def test_a_sentence_is_nearest_to_its_own_node() -> None:
    reader = learn_sentences({"wash": WASH, "pay": PAY}, CHAT)
    scores = reader.scores(["车没洗干净", "账单多收了", "好的谢谢您"])
    assert [reader.nodes[column] for column in scores.argmax(axis=1)] == ["wash", "pay", ""]


def test_least_squares_leave_the_share_of_a_node_for_a_text_without_known_characters() -> None:
    reader = learn_sentences({"wash": WASH, "pay": PAY}, CHAT)
    assert np.allclose(reader.scores(["xyz"])[0], [5 / 14, 5 / 14, 4 / 14])


def test_learning_is_the_same_every_time() -> None:
    one, other = (learn_sentences({"wash": WASH, "pay": PAY}, CHAT) for _ in range(2))
    assert np.array_equal(one.weights, other.weights)


def test_sentences_and_rules_of_both_speakers_tell_of_steps() -> None:
    told = told_from([("customer", "你们没给我洗车，发票也没开"), ("agent", "好的谢谢")])
    marks = parse_facet(_facet(clear=0.7), pack="x").tag(told)
    assert [(m.value, told.text[m.start : m.end], m.turn) for m in marks] == [
        ("wash", "你们没给我洗车", 0),
        ("pay", "发票", 0),
    ]


def test_a_denied_word_is_still_told_of() -> None:
    plain = _facet()
    told = told_from([("customer", "我没有发票")])
    assert [m.value for m in parse_facet(plain, pack="x").tag(told)] == ["pay"]


def test_the_turns_around_one_speak_for_their_node() -> None:
    turns = [
        ("agent", "是哪一项呢"),
        ("customer", "账单多收了我的钱"),
        ("agent", "是哪一项呢"),
        ("agent", "嗯"),
    ]
    found = {
        name: {m.turn for m in parse_facet(_facet(**{name: 2.5}), pack="x").tag(told_from(turns))}
        for name in ("before", "before_last", "after", "rule")
    }
    assert found == {"before": {1, 2}, "before_last": {1, 3}, "after": {0, 1}, "rule": {1}}


def test_a_turn_is_told_of_through_many_weak_clauses() -> None:
    facet = parse_facet(_facet(bias=-3.0, best=0.0, total=3.5), pack="x")
    one = "车洗得马虎"
    assert not facet.tag(told_from([("customer", one)]))
    marks = facet.tag(told_from([("customer", "，".join([one] * 4))]))
    assert {m.value for m in marks} == {"wash"}


def test_every_clear_clause_of_a_turn_is_a_place_of_its_node() -> None:
    told = told_from([("customer", "你们没给我洗车，我姓王，轮毂都没洗")])
    marks = parse_facet(_facet(clear=0.5), pack="x").tag(told)
    assert [told.text[m.start : m.end] for m in marks] == ["你们没给我洗车", "轮毂都没洗"]
    only = parse_facet(_facet(clear=9.0), pack="x").tag(told)
    assert len(only) == 1


def test_what_was_heard_counts_as_sentences_do() -> None:
    told = told_from([("customer", "发动机舱也给我冲了一遍水")])
    plain = _facet()
    assert not parse_facet(plain, pack="x").tag(told)
    plain["heard"] = {"wash": "发动机舱冲了水\n给我冲了一遍", "other": "嗯嗯"}
    assert [m.value for m in parse_facet(plain, pack="x").tag(told)] == ["wash"]


def test_a_long_clause_is_read_in_pieces_that_cover_it() -> None:
    text = "我" * (PIECE_CHARS * 3 + 5)
    told = told_from([("customer", text)])
    pieces = cut_pieces(told)
    assert pieces[0].start == 0
    assert max(piece.end for piece in pieces) == len(text)
    assert all(0 < piece.end - piece.start <= PIECE_CHARS for piece in pieces)
    assert all(one.end > two.start for one, two in pairwise(pieces) if one.clause == two.clause)


def test_all_facets_together_say_what_each_says_alone() -> None:
    steps = parse_facet(_facet(), pack="x")
    people = parse_facet(
        {
            "facet": "staff",
            "nodes": [{"id": "cashier", "zh": "收银", "en": "Cashier", "rules": [{"any": ["收银", "发票"]}]}],
        },
        pack="x",
    )
    told = told_from([("customer", "收银没开发票，没洗车"), ("agent", "发票马上开")])
    assert tag_all([steps, people], told) == [*steps.tag(told), *people.tag(told)]


@pytest.mark.parametrize("text", ["", "，", "\n", "。。。", "a", "🙂"])
def test_any_text_is_read(text: str) -> None:
    parse_facet(_facet(), pack="x").tag(told_from([("customer", text)]))


def test_an_unknown_reading_is_refused() -> None:
    with pytest.raises(PackError, match="tresh"):
        parse_facet(_facet(tresh=0.5), pack="x")


def test_which_number_is_said_makes_no_difference() -> None:
    reader = learn_sentences({"wash": WASH, "pay": [*PAY, "账单一千三"]}, CHAT)
    one, other = reader.scores(["账单多了1300", "账单多了八百二"])
    assert np.allclose(one, other)


def test_sentences_are_fitted_for_who_reads_and_not_for_who_only_loads() -> None:
    facet = parse_facet(_facet(), pack="own")
    assert facet.reader is not None
    assert "sentences" not in vars(facet.reader)
    catalog = ExperienceCatalog("own", {"step": facet}, "digest")
    ExperienceAnalyzer(catalog)
    assert "sentences" in vars(facet.reader)
