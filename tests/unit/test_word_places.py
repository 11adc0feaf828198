"""Words found in one pass."""

from models.text.word_places import WordPlaces


def test_words_in_words_and_over_words_are_all_found() -> None:
    found = WordPlaces(["异响", "发动机异响", "响了"]).find("发动机异响了")
    assert sorted(found) == [(0, 3, 5), (1, 0, 5), (2, 4, 6)]
    assert [end for _, _, end in found] == [5, 5, 6]


def test_places_count_characters_beyond_the_basic_plane() -> None:
    assert WordPlaces(["异响"]).find("🚗🚗异响") == [(0, 2, 4)]


def test_half_surrogates_are_no_word_and_move_nothing() -> None:
    assert WordPlaces(["异响"]).find("\ud83d异响\udfff") == [(0, 1, 3)]


def test_the_mark_for_what_cannot_be_written_is_no_half_surrogate() -> None:
    places = WordPlaces(["\ufffd异"])
    assert places.find("\ud83d异") == []
    assert places.find("\ufffd异") == [(0, 0, 2)]


def test_without_words_or_text_nothing_is_found() -> None:
    assert WordPlaces([]).find("异响") == WordPlaces(["异响"]).find("") == []
