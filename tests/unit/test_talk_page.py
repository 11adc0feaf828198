"""How a transcript becomes a page of characters and pieces."""

from models.experience.talk_page import BETWEEN, FIRST, PIECE_CHARS, UNKNOWN, TalkAlphabet, open_page
from models.experience.told import Told, told_from

ALPHABET = TalkAlphabet.of("等了半天没人理", ["等了", "没人"])


def test_every_piece_points_at_its_own_characters() -> None:
    told = told_from([("customer", "等了半天，没人理我。"), ("agent", "没人。")])
    page = open_page(told, ALPHABET)
    said = [told.text[piece.start : piece.end] for piece in page.pieces]
    assert said == ["等了半天", "没人理我", "没人"]
    numbers = [page.characters[start:end].tolist() for start, end in page.bounds.tolist()]
    assert numbers == [ALPHABET.numbers(text)[0] for text in said]


def test_unknown_characters_and_pairs_share_a_number() -> None:
    single, double = ALPHABET.numbers("等了鬣")
    assert single == [FIRST, FIRST + 1, UNKNOWN]
    assert double == [FIRST, UNKNOWN, UNKNOWN]


def test_empty_text_has_no_numbers() -> None:
    assert ALPHABET.numbers("") == ([], [])


def test_texts_of_one_row_are_read_as_each_by_itself() -> None:
    texts = ["等了", "", "没人🚗没人", "等", "鬣"]
    singles, doubles = ALPHABET.row(texts)
    empty = [BETWEEN, BETWEEN]
    assert singles.tolist() == [number for text in texts for number in ALPHABET.numbers(text)[0] + empty]
    assert doubles.tolist() == [number for text in texts for number in ALPHABET.numbers(text)[1] + empty]


def test_a_row_gives_each_character_and_pair_its_own_number() -> None:
    known = {char: FIRST + i for i, char in enumerate("等了半天没人理")}
    singles, doubles = ALPHABET.numbers("没人等了没")
    assert singles == [known[char] for char in "没人等了没"]
    assert doubles == [FIRST + 1, UNKNOWN, FIRST, UNKNOWN, UNKNOWN]


def test_an_alphabet_without_pairs_or_characters_knows_nothing() -> None:
    assert TalkAlphabet.of("", []).numbers("等了") == ([UNKNOWN, UNKNOWN], [UNKNOWN, UNKNOWN])


def test_what_fills_the_places_between_turns_makes_no_pair() -> None:
    alphabet = TalkAlphabet.of("等\0", ["等\0", "\0等"])
    assert alphabet.numbers("等") == ([FIRST], [UNKNOWN])
    assert alphabet.numbers("等\0等") == ([FIRST, FIRST + 1, FIRST], [FIRST, FIRST + 1, UNKNOWN])


def test_which_digit_it_is_says_nothing() -> None:
    alphabet = TalkAlphabet.of("0天", ["0天"])
    assert alphabet.numbers("3天") == alphabet.numbers("0天") == ([FIRST, FIRST + 1], [FIRST, UNKNOWN])


def test_a_character_whose_small_letter_is_longer_stays_alone() -> None:
    assert TalkAlphabet.of("abİ", []).numbers("AİB")[0] == [FIRST, FIRST + 2, FIRST + 1]


def test_a_turn_without_its_bounds_is_read_all_the_same() -> None:
    told = told_from([("customer", "等了半天")])
    assert len(open_page(Told(told.text, (), told.clauses), ALPHABET).pieces) == 1


def test_turns_are_kept_apart_and_their_first_pieces_known() -> None:
    page = open_page(told_from([("customer", "等了半天，没人理"), ("agent", "等了")]), ALPHABET)
    assert page.first.tolist() == [1, 0, 1]
    assert page.agent.tolist() == [0, 0, 1]
    end = int(page.bounds[1][1])
    assert page.characters[end : end + 2].tolist() == [BETWEEN, BETWEEN]


def test_a_clause_without_marks_is_cut_evenly() -> None:
    told = told_from([("customer", "等" * (PIECE_CHARS + 4))])
    lengths = [piece.end - piece.start for piece in open_page(told, ALPHABET).pieces]
    assert sum(lengths) == PIECE_CHARS + 4
    assert max(lengths) <= PIECE_CHARS
    assert max(lengths) - min(lengths) <= 1


def test_a_transcript_without_words_has_an_empty_page() -> None:
    page = open_page(told_from([("customer", "")]), ALPHABET)
    assert page.pieces == ()
    assert page.bounds.shape == (0, 2)
