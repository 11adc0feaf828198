"""Check digits against published examples."""

from __future__ import annotations

from models.text.pii.checks import id_card_check, id_card_shape, is_date, luhn_check, vin_check


def test_id_card_check_agrees_with_the_example_of_the_standard() -> None:
    assert id_card_check("11010519491231002X")
    assert not id_card_check("110105194912310021")


def test_id_card_shape_wants_a_province_and_a_birthday() -> None:
    assert id_card_shape("11010519491231002X")
    assert not id_card_shape("99010519491231002X")
    assert not id_card_shape("11010519491331002X")
    assert id_card_shape("110105491231002")


def test_luhn_agrees_with_documented_test_cards() -> None:
    assert luhn_check("4111111111111111")
    assert not luhn_check("4111111111111112")


def test_vin_check_agrees_with_the_documented_example() -> None:
    assert vin_check("1M8GDM9AXKP042788")
    assert not vin_check("1M8GDM9A1KP042788")


def test_dates_are_told_from_other_eight_digits() -> None:
    assert is_date("20240229")
    assert not is_date("20241301")
    assert not is_date("87654321")
