"""Whatever is said: spans lie in the text, scores in their ranges, order and joining hold."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.dialogue.cues import NAMES, cue_numbers
from models.dialogue.effort import measure_effort
from models.dialogue.emotion import measure_emotion
from models.dialogue.evidence import Evidence, together
from models.dialogue.quantities import find_counts, find_durations, parse_number
from models.dialogue.turns import read_dialogue

WORDS = st.lists(
    st.sampled_from(["等了", "1", "小时", "20分", "三", "半", "个", "月", "次", "打了", "没人", "不", "生气", "！！", "[怒]", "@客服", "\n", "你好", "😀"])
    | st.text(max_size=3),
    max_size=12,
).map("".join)  # fmt: skip
TURNS = st.lists(st.tuples(st.sampled_from(["customer", "agent", "helpdesk", "system"]), WORDS), max_size=9)


@given(WORDS)
def test_quantities_lie_in_the_text_in_order_and_are_positive(text):
    for found in (find_durations(text), find_counts(text)):
        spans = [(q.start, q.end) for q in found]
        assert spans == sorted(spans)
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert all(d.seconds > 0 for d in find_durations(text))
    assert all(c.value > 0 for c in find_counts(text))


@given(st.integers(min_value=0, max_value=99_999))
def test_arabic_numbers_have_their_value(value):
    assert parse_number(str(value)) == value


@given(TURNS)
def test_evidence_lies_in_customer_turns_and_scores_in_their_ranges(turns):
    dialogue = read_dialogue(turns)
    joined = "\n".join(text for _, text in turns)
    emotion, effort = measure_emotion(dialogue), measure_effort(dialogue)
    assert 0 <= emotion.intensity <= 1
    assert -1 <= emotion.trend <= 1
    assert 0 <= effort.score <= 1
    owned = [span for (who, _), span in zip(turns, dialogue.offsets, strict=True) if who == "customer"]
    for piece in (*emotion.evidence, *effort.evidence):
        assert piece.start < piece.end <= len(joined)
        assert any(start <= piece.start and piece.end <= end for start, end in owned)


@given(st.lists(st.floats(min_value=0, max_value=1), max_size=6), st.floats(min_value=0, max_value=1))
def test_a_further_piece_never_lowers_a_score(weights, weight):
    pieces = [Evidence("wait", i, i + 1, w) for i, w in enumerate(weights)]
    assert together(pieces) <= together([*pieces, Evidence("wait", 99, 100, weight)]) <= 1


@given(TURNS)
def test_blocks_alternate_and_hold_each_turn_at_most_once(turns):
    blocks = read_dialogue(turns).blocks
    assert all(a.customer != b.customer for a, b in pairwise(blocks))
    members = [i for block in blocks for i in block.turns]
    assert members == sorted(set(members))
    assert all(turns[i][0] != "system" for i in members)


@given(TURNS)
def test_there_is_a_number_for_each_name(turns):
    assert len(cue_numbers(read_dialogue(turns))) == len(NAMES)
