"""Personal data under arbitrary text and under generated numbers in many spellings."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.text.pii import KINDS, find_pii, mask
from models.text.pii.fold import fold, read_digits
from models.text.pii.masking import MASK

SPOKEN = str.maketrans("0123456789", "零一二三四五六七八九")
SPOKEN_YAO = str.maketrans("0123456789", "零幺二三四五六七八九")
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
HARD = (
    "我叫王建国姓李先生女士小姐师傅经理电话手机微信QQ号身份证车牌京A沪D123456789零一二三四五六七八九幺"
    "0000@.com艾特点路栋单元室号[]·-，。、 \n\x00\u200b嗯那个SFV1３８車號證😀\ud800"
)
hard_text = st.text(st.one_of(st.sampled_from(HARD), st.characters()), max_size=120)
plain_text = st.text(
    st.sampled_from("今天我想问下你们这边什么时候能处理好，麻烦快点。一直没人管！"), max_size=40
)
digits = st.sampled_from("0123456789")


@st.composite
def mobiles(draw: st.DrawFn) -> str:
    return "1" + draw(st.sampled_from("3456789")) + "".join(draw(st.lists(digits, min_size=9, max_size=9)))


@st.composite
def id_cards(draw: st.DrawFn) -> str:
    born = draw(st.dates(min_value=__import__("datetime").date(1930, 1, 1)))
    if born.year > 2025:
        born = born.replace(year=1980, day=min(born.day, 28))
    first = f"{draw(st.sampled_from(['11', '31', '44', '51', '65']))}0199{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first + "10X98765432"[sum(int(d) * w for d, w in zip(first, weights, strict=True)) % 11]


@st.composite
def bank_cards(draw: st.DrawFn) -> str:
    n = draw(st.sampled_from([16, 19]))
    body = "62" + "".join(draw(st.lists(digits, min_size=n - 3, max_size=n - 3)))
    total = 0
    for at, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if at % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)


@st.composite
def vins(draw: st.DrawFn) -> str:
    values = dict(
        zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True)
    )
    letters = st.sampled_from("ABCDEFGHJKLMNPRSTUVWXYZ0123456789")
    body = "L" + "".join(draw(st.lists(letters, min_size=11, max_size=11)))
    body += "".join(draw(st.lists(digits, min_size=5, max_size=5)))
    weights = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
    check = "0123456789X"[sum(values[c] * w for c, w in zip(body, weights, strict=True)) % 11]
    return body[:8] + check + body[9:]


@st.composite
def plates(draw: st.DrawFn) -> str:
    head = draw(st.sampled_from("京津沪渝冀豫辽鲁苏浙粤")) + draw(st.sampled_from("ABCDE"))
    tail = "".join(draw(st.lists(digits, min_size=5, max_size=5)))
    return head + draw(st.sampled_from(["", "D", "F"])) + tail


def grouped(value: str, sizes: tuple[int, ...], gap: str) -> str:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(value[at : at + size])
        at += size
    return gap.join([*pieces, value[at:]] if value[at:] else pieces)


SPELLINGS = {
    "plain": lambda value, sizes: value,
    "full width": lambda value, sizes: value.translate(FULL_WIDTH),
    "spaced": lambda value, sizes: grouped(value, sizes, " "),
    "hyphens": lambda value, sizes: grouped(value, sizes, "-"),
    "spoken": lambda value, sizes: value.translate(SPOKEN),
    "spoken yao": lambda value, sizes: value.translate(SPOKEN_YAO),
    "dictated": lambda value, sizes: grouped(value, sizes, "，嗯，").translate(SPOKEN_YAO),
    "single": lambda value, sizes: " ".join(value),
}
NUMBERS = st.one_of(
    st.tuples(st.just("mobile"), mobiles(), st.just((3, 4, 4))),
    st.tuples(st.just("id_card"), id_cards(), st.just((6, 8, 4))),
    st.tuples(st.just("bank_card"), bank_cards(), st.just((4, 4, 4, 4))),
)
CODES = st.one_of(
    st.tuples(st.just("vin"), vins()),
    st.tuples(st.just("plate"), plates()),
)


def digit_runs(text: str) -> list[str]:
    """Runs of seven or more digits, in any spelling."""
    return re.findall(r"[0-9]{7,}", re.sub(r"[ \-，,嗯]", "", read_digits(fold(MASK.sub("|", text)))))


@settings(max_examples=400, deadline=None)
@given(hard_text)
@example("电话13800138000或者6543210，[手机]7654321")
@example("[手机]13800138000王先生[姓名]先生")
@example("\x00\ud800138\x000013\x008000")
def test_masking_is_idempotent_and_aligned_on_any_text(raw: str) -> None:
    matches = find_pii(raw)
    masked = mask(raw, matches)
    assert find_pii(masked.text) == []
    assert mask(masked.text, find_pii(masked.text)).text == masked.text
    hidden = {at for match in matches for at in range(match.start, match.end)}
    shown = [masked.to_raw(at, at + 1) for at in range(len(masked.text))]
    kept = [(at, span) for at, span in enumerate(shown) if span.start not in hidden]
    assert "".join(raw[span.start : span.end] for _, span in kept) == "".join(
        masked.text[at] for at, _ in kept
    )
    assert [span.start for _, span in kept] == [at for at in range(len(raw)) if at not in hidden]


@settings(max_examples=300, deadline=None)
@given(hard_text)
def test_matches_are_sorted_disjoint_and_inside(raw: str) -> None:
    at = 0
    for match in find_pii(raw):
        assert match.kind in KINDS
        assert at <= match.start < match.end <= len(raw)
        at = match.end


@settings(max_examples=500, deadline=None)
@given(NUMBERS, st.sampled_from(sorted(SPELLINGS)), plain_text, plain_text)
def test_a_valid_number_is_found_in_every_spelling(
    number: tuple[str, str, tuple[int, ...]], spelling: str, before: str, after: str
) -> None:
    kind, value, sizes = number
    written = SPELLINGS[spelling](value, sizes)
    before, after = before.rstrip("一"), after.lstrip("一")  # an own 一 against a spoken digit is a digit
    raw = before + written + after
    matches = find_pii(raw)
    start, end = len(before), len(before) + len(written)
    assert [(m.kind, m.start, m.end) for m in matches if m.start < end and start < m.end] == [
        (kind, start, end)
    ]
    assert digit_runs(mask(raw, matches).text) == []


@settings(max_examples=300, deadline=None)
@given(CODES, st.booleans(), st.booleans(), plain_text, plain_text)
def test_a_valid_code_is_found_in_any_place(
    code: tuple[str, str], lower: bool, spoken: bool, before: str, after: str
) -> None:
    kind, value = code
    written = value.lower() if lower else value
    written = written[0] + written[1:].translate(SPOKEN) if spoken else written
    before, after = before.rstrip("一"), after.lstrip("一")
    raw = before + written + after
    start, end = len(before), len(before) + len(written)
    matches = find_pii(raw)
    assert (kind, start, end) in [(m.kind, m.start, m.end) for m in matches]
    assert written not in mask(raw, matches).text


@settings(max_examples=100, deadline=None)
@given(mobiles(), st.sampled_from(["嗯", "好的", "对", "您继续"]), plain_text)
def test_a_number_dictated_over_turns_with_read_back_is_masked_whole(
    value: str, word: str, after: str
) -> None:
    parts = [value[:3], value[3:7], value[7:]]
    spoken = [part.translate(SPOKEN_YAO) for part in parts]
    raw = (
        f"我报一下号码，\n{spoken[0]}\n{word}\n{spoken[1]}\n{spoken[1]}{word}\n{spoken[2]}\n"
        + after.lstrip("一")
    )
    assert digit_runs(mask(raw, find_pii(raw)).text) == []
    assert "mobile" in [match.kind for match in find_pii(raw)]
