"""The file format of triplets, exact scores, and the dictionary baseline."""

import pytest

from models.core.errors import RowError
from models.opinion.values import Triplet
from models.text.align import Span
from training.opinion.dictionary import DictionaryBaseline, DictionaryParameters
from training.opinion.rows import TripletRow, format_line, parse_line, parse_lines
from training.opinion.scoring import score_triplets


def row(text: str, *triplets: tuple[str | None, str, int]) -> TripletRow:
    def span(part: str) -> Span:
        return Span(text.index(part), text.index(part) + len(part))

    return TripletRow(text, tuple(Triplet(a and span(a), span(o), p) for a, o, p in triplets))


def test_blanks_divide_and_numbers_count_what_they_divide():
    line = "KFC 的 汉 堡 ，12 元 很 贵 。####[((2, 3), (6, 7), 'NEG'), ((-1, -1), (7, 7), 'Negative')]"
    parsed = parse_line(line)
    assert parsed.text == "KFC的汉堡，12元很贵。"
    assert [
        (t.aspect and parsed.text[slice(*t.aspect)], parsed.text[slice(*t.opinion)]) for t in parsed.triplets
    ] == [
        ("汉堡", "很贵"),
        (None, "贵"),
    ]
    assert [t.polarity for t in parsed.triplets] == [-1, -1]


def test_lists_of_numbers_and_repeats_and_no_triplets_are_read():
    assert parse_line("好 吃 的 面####[([3], [0, 1], 'POS'), ([3], [0, 1], 'POS')]").triplets == (
        Triplet(Span(3, 4), Span(0, 2), 1),
    )
    assert parse_line("好 吃####[]").triplets == ()


@pytest.mark.parametrize(
    "line",
    [
        "没 有 标 记",
        "####[]",
        "好 吃####[((0, 1), (2, 2), 'POS')]",
        "好 吃####[((0, 1), (-1, -1), 'POS')]",
        "好 吃####[((1, 0), (0, 1), 'POS')]",
        "好 吃####[((-1, 0), (0, 1), 'POS')]",
        "好 吃####[((0, 1), (0, 1), 'GOOD')]",
        "好 吃####[__import__('os')]",
        "好 吃####((0, 1), (0, 1), 'POS')",
    ],
)
def test_a_wrong_line_says_its_number(line):
    with pytest.raises(RowError) as caught:
        parse_line(line, number=7)
    assert caught.value.values["line"] == 7


def test_wrong_lines_are_set_aside_and_the_others_kept():
    rejected: list[RowError] = []
    rows = list(parse_lines(["好 吃####[]", "", "坏", "面####[]"], rejected))
    assert [r.text for r in rows] == ["好吃", "面"]
    assert [error.values["line"] for error in rejected] == [3]


def test_a_written_row_is_read_back():
    written = row("菜很好吃，不贵", ("菜", "很好吃", 1), (None, "不贵", 0))
    assert parse_line(format_line(written)) == written


def test_only_the_whole_triplet_counts():
    gold = row("菜很好吃，面太咸", ("菜", "很好吃", 1), ("面", "太咸", -1)).triplets
    found = row("菜很好吃，面太咸", ("菜", "很好吃", 1), ("面", "咸", -1), ("面", "太咸", 1)).triplets
    scores = score_triplets([gold, ()], [found, found[:1]])
    assert (scores["triplet"].n_gold, scores["triplet"].n_found, scores["triplet"].n_right) == (2, 4, 1)
    assert scores["triplet"].f1 == pytest.approx(2 * 1 / 6)
    assert scores["aspect_and_opinion"].n_right == 2
    assert scores["opinion"].recall == 1.0
    low, high = scores["triplet"].f1_interval
    assert 0 <= low <= scores["triplet"].f1 <= high <= 1


def test_the_baseline_finds_known_words_pairs_the_nearest_and_turns_negation_round():
    rows = [
        row("菜好吃", ("菜", "好吃", 1)),
        row("面好吃", ("面", "好吃", 1)),
        row("菜太咸，面", ("菜", "太咸", -1)),
    ] * 2
    baseline = DictionaryBaseline(DictionaryParameters(0.3, 0.3, 1)).fit(rows)
    found = baseline.predict(["面好吃，菜太咸", "好吃", "菜不好吃"])
    assert found[0] == [Triplet(Span(0, 1), Span(1, 3), 1), Triplet(Span(4, 5), Span(5, 7), -1)]
    assert found[1] == [Triplet(None, Span(0, 2), 1)]
    assert found[2] == [Triplet(Span(0, 1), Span(2, 4), -1)]
