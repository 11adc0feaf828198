"""Planted personal data: every gold span is exactly one value, valid where a check digit says so."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

import pytest
from id_validator import validator

from data.samples.generator import Sample, generate
from data.samples.identity import PII_KINDS, id_card_check, luhn_check, vin_check
from data.samples.plan import sectors

FORMS = {
    "mobile": r"(86)?1[3-9]\d{9}",
    "landline": r"0\d{2,3}\d{8}",
    "id_card": r"\d{17}[\dX]",
    "bank_card": r"62\d{14}(\d{3})?",
    "plate": r"[京沪粤浙苏鄂川陕鲁豫湘][A-Z]([A-Z0-9]{5}|[DF]\d{5})",
    "vin": r"[A-HJ-NPR-Z0-9]{17}",
    "email": r"[A-Z]+[_.]?\d+@(163|QQ|126|SINA|139)\.COM",
    "wechat": r"[A-Z]+[_-]?[A-Z]+\d{4}",
    "qq": r"[1-9]\d{7,9}",
    "courier": r"(SF|YT|ZT|JD|JT|YD)\d{12,13}",
    "address": r".{2,12}区\D{2,5}\d+号.*\d室",
    "name": r"[一-鿿]{1,4}",
}


def plain(kind: str, text: str) -> str:
    """A written or spoken form brought back to the plain one: digits, no gaps, upper case."""
    text = unicodedata.normalize("NFKC", text).upper()
    if kind == "email":
        return text.replace("艾特", "@").replace("点", ".")
    if kind == "name":
        return text
    text = text.translate(str.maketrans("零一幺二三四五六七八九", "01123456789"))
    if kind == "wechat":
        return text
    return re.sub(r"[\s,，·()+-]", "", text)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return [sample for sector in sectors() for sample in generate(sector=sector, per_month=250)]


@pytest.fixture(scope="module")
def spans(samples: list[Sample]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        text = sample.transcript.text
        for kind, start, end in sample.gold.pii:
            found[kind].append(text[start:end])
    return found


def test_every_kind_is_planted_often(spans: dict[str, list[str]]) -> None:
    assert set(spans) == set(PII_KINDS)
    assert all(len(values) >= 100 for values in spans.values())


def test_every_span_is_exactly_one_value_of_its_kind(spans: dict[str, list[str]]) -> None:
    for kind, values in spans.items():
        wrong = [value for value in values if not re.fullmatch(FORMS[kind], plain(kind, value))]
        assert not wrong, (kind, wrong[:5])


def test_check_digits_hold(spans: dict[str, list[str]]) -> None:
    for value in spans["id_card"]:
        number = plain("id_card", value)
        assert id_card_check(number[:17]) == number[17], value
    for value in spans["id_card"][:20]:
        assert validator.is_valid(plain("id_card", value)), value  # region and birthday too; slow
    for value in spans["bank_card"]:
        digits = [int(d) for d in reversed(plain("bank_card", value))]
        assert sum(digits[::2]) % 10 == -sum(sum(divmod(2 * d, 10)) for d in digits[1::2]) % 10, value
    for value in spans["vin"]:
        vin = plain("vin", value)
        assert vin_check(vin) == vin[8]


def test_check_digits_of_published_examples() -> None:
    assert id_card_check("11010519491231002") == "X"  # GB 11643-1999, annex
    assert luhn_check("7992739871") == "3"  # the usual worked example of Luhn's formula
    assert vin_check("1M8GDM9A0KP042788") == "X"  # ISO 3779 / 49 CFR 565 worked example


def test_personal_data_is_written_spaced_and_spoken(spans: dict[str, list[str]]) -> None:
    mobiles = spans["mobile"]

    assert any(re.fullmatch(r"1\d{10}", value) for value in mobiles)
    assert any(re.fullmatch(r"1\d\d \d{4} \d{4}", value) for value in mobiles)
    assert any(re.fullmatch(r"1\d\d-\d{4}-\d{4}", value) for value in mobiles)
    assert any(value.startswith("+86") for value in mobiles)
    assert any(re.fullmatch(r"[零一幺二三四五六七八九]{11}", value) for value in mobiles)
    assert any("，" in value for value in mobiles)
    assert any(re.search(r"[０-９]", value) for value in mobiles)
    assert any("·" in value for value in spans["plate"])
    assert any("艾特" in value for value in spans["email"])


def test_spans_of_a_transcript_do_not_overlap_and_are_in_order(samples: list[Sample]) -> None:
    for sample in samples:
        ends = [0]
        for _, start, end in sample.gold.pii:
            assert ends[-1] <= start < end
            ends.append(end)


def test_nothing_that_looks_like_a_mobile_number_is_outside_the_gold(samples: list[Sample]) -> None:
    for sample in samples:
        text = list(sample.transcript.text)
        for _, start, end in sample.gold.pii:
            text[start:end] = "#" * (end - start)
        rest = "".join(text)
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)|\d{15,}|[零一幺二三四五六七八九]{9,}|@", rest), rest


def test_a_customer_keeps_the_same_values(samples: list[Sample]) -> None:
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    for sample in samples:
        text = sample.transcript.text
        for kind, start, end in sample.gold.pii:
            if kind in ("id_card", "vin", "plate", "qq", "courier"):
                seen[str(sample.transcript.customer_id), kind].add(plain(kind, text[start:end]))

    assert all(len(values) == 1 for values in seen.values())
