"""Answers are read from examples: matter from all answers of an item, side from that answer of all items."""

from models.experience.survey_sentences import AnswerReader, Weighing, read_pieces
from models.experience.told import told_from

_SENTENCES = {
    ("clean", "satisfied"): ["房间一尘不染", "床单雪白真舒服", "房间打扫得真好"],
    ("clean", "dissatisfied"): ["房间一股霉味", "床单有头发太差", "房间没打扫太差"],
    ("breakfast", "satisfied"): ["早餐样数多真好", "早餐的粥真舒服"],
    ("breakfast", "dissatisfied"): ["早餐是凉的", "早餐去晚了没有了"],
}
_OTHER = ["请问几点退房", "好的谢谢", "我姓王", "地址在哪里"]


def _read(*turns: tuple[str, str], threshold: float = 0.5) -> set[tuple[str, str]]:
    reader = AnswerReader(_SENTENCES, _OTHER, weighing=Weighing(threshold=threshold))
    return {(heard.item, heard.answer) for heard in reader.read(told_from(turns))}


def test_a_sentence_near_an_example_is_read_as_its_item_and_answer() -> None:
    assert _read(("customer", "房间一尘不染啊")) == {("clean", "satisfied")}
    assert _read(("customer", "早餐都是凉的")) == {("breakfast", "dissatisfied")}


def test_blame_learnt_at_one_item_serves_another() -> None:
    assert _read(("customer", "早餐太差")) == {("breakfast", "dissatisfied")}


def test_other_talk_agents_and_empty_transcripts_answer_nothing() -> None:
    assert _read(("customer", "请问几点退房")) == set()
    assert _read(("agent", "房间一尘不染")) == set()
    assert _read() == set() == _read(("customer", "zzz"))


def test_the_place_holds_what_was_read_after_turns_of_the_agent() -> None:
    told = told_from([("agent", "您好，请讲"), ("customer", "好的谢谢。床单雪白真舒服"), ("agent", "好")])
    (found, *_) = sorted(AnswerReader(_SENTENCES, _OTHER).read(told), key=lambda h: -h.score)
    assert "床单雪白真舒服" in told.text[found.start : found.end]
    assert told.clauses[found.clause].speaker == "customer"


def test_which_number_is_said_changes_nothing() -> None:
    sentences = {
        ("wait", "dissatisfied"): ["等了30分钟", "干等了30分钟"],
        ("room", "satisfied"): ["房间真好"],
    }
    reader = AnswerReader(sentences, _OTHER)
    one, other = (next(reader.read(told_from([("customer", f"等了{n}分钟")]))) for n in ("五十", "45"))
    assert one.score == other.score


def test_pieces_are_clauses_and_neighbours_of_one_turn() -> None:
    told = told_from([("customer", "房间脏，早餐凉"), ("customer", "好的")])
    assert {told.text[start:end] for start, end, _ in read_pieces(told)} == {
        "房间脏",
        "早餐凉",
        "房间脏，早餐凉",
        "好的",
    }
