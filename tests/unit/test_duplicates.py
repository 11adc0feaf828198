"""Near-duplicates: signatures as datasketch makes them, the same groups in any order."""

from __future__ import annotations

import numpy as np
from datasketch import MinHash

from models.text.align import Span
from models.text.duplicates import (
    SCHEME,
    group_near_duplicates,
    repeated_spans,
    signature,
    signatures,
)
from models.text.split import split_clauses

COMPLAINT = (
    "我在贵公司门店购买的新车刚刚提回家不到一个星期就出现了发动机异响的问题，多次联系售后都没有得到答复，"
    "希望厂家能够尽快安排专业技师上门检测，并且给出书面的解决方案和合理的赔偿。"
)
OTHER = "宽带安装师傅迟到了两个小时，态度非常恶劣，网速也远远达不到合同里写明的标准，要求退还本月的费用。"


def test_the_signature_is_the_one_that_datasketch_makes_of_the_same_shingles() -> None:
    letters = "空调不制冷售后推脱"
    hashes = {}
    for at in range(len(letters) - 3):
        value = 0
        for character in letters[at : at + 4]:
            value = (value * 0x01000193 + ord(character)) % 2**32
        hashes[letters[at : at + 4].encode()] = value
    sketch = MinHash(num_perm=64, hashfunc=hashes.__getitem__, scheme=SCHEME)
    sketch.update_batch(list(hashes))
    assert (signature("空调不制冷，售后 推脱123！") == sketch.hashvalues).all()
    assert signature(letters).dtype == np.uint32


def test_the_share_of_equal_hashes_estimates_the_jaccard_similarity() -> None:
    left = "".join(chr(0x4E00 + index) for index in range(400))
    right = left[:300] + "".join(chr(0x6000 + index) for index in range(100))
    exact = 297 / (397 + 397 - 297)
    estimate = (signature(left) == signature(right)).mean()
    assert abs(estimate - exact) < 0.18


def test_copies_with_other_numbers_marks_widths_of_lines_or_case_are_equal() -> None:
    assert (signature("APP订单12345，还没 发货") == signature("app订单678\n还没发货！")).all()


def test_groups_name_the_smallest_row_and_keep_unlike_rows_apart() -> None:
    near = COMPLAINT.replace("一个星期", "两个星期").replace("专业", "")
    rows = signatures([OTHER, COMPLAINT, near, COMPLAINT + "谢谢", OTHER, "你好"])
    assert group_near_duplicates(rows, threshold=0.6).tolist() == [0, 1, 1, 1, 0, 5]


def test_the_threshold_parts_what_is_only_somewhat_alike() -> None:
    half = COMPLAINT[: len(COMPLAINT) // 2] + OTHER
    rows = signatures([COMPLAINT, half])
    assert group_near_duplicates(rows, threshold=0.8).tolist() == [0, 1]
    assert group_near_duplicates(rows, threshold=0.2).tolist() == [0, 0]


def test_shuffled_rows_give_the_same_partition() -> None:
    random = np.random.default_rng(3)
    texts = []
    for source in range(40):
        letters = [chr(0x4E00 + (source * 131 + int(step)) % 5000) for step in random.integers(0, 5000, 120)]
        for _ in range(4):
            changed = list(letters)
            changed[int(random.integers(0, 120))] = "改"
            texts.append("".join(changed))
    rows = signatures(texts)

    def partition(order: np.ndarray) -> set[frozenset[int]]:
        groups = group_near_duplicates(rows[order])
        assert all(group <= index for index, group in enumerate(groups))
        return {frozenset(order[groups == group].tolist()) for group in set(groups.tolist())}

    expected = partition(np.arange(len(rows)))
    assert 40 <= len(expected) < len(rows)
    for _ in range(5):
        assert partition(random.permutation(len(rows))) == expected


def test_texts_without_letters_are_near_nothing() -> None:
    rows = signatures(["", "123", "！！", "\ud800"])
    assert group_near_duplicates(rows).tolist() == [0, 1, 2, 3]
    assert group_near_duplicates(rows[:0]).tolist() == []


def test_repeated_clauses_inside_a_text_are_found_with_their_first() -> None:
    text = "发动机异响一直没有修好，客服不回。要求退车并赔偿全部损失。发动机异响 一直没有修好！客服不回。要求退车并赔偿我的全部损失"
    pairs = repeated_spans(text, split_clauses(text), threshold=0.5)
    assert [(text[a.start : a.end], text[b.start : b.end]) for a, b in pairs] == [
        ("要求退车并赔偿我的全部损失", "要求退车并赔偿全部损失")
    ]
    line = "发动机异响一直没有修好"
    assert repeated_spans(line * 2, [Span(0, 11), Span(11, 22)]) == [(Span(11, 22), Span(0, 11))]
