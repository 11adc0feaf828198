import random

from training.held_out import held_out_rows, is_held_out

WORDS = "空调不制冷维修三次仍未解决服务态度差销售承诺没有兑现等待时间太长价格偏高"


def sentence(seed: int) -> str:
    return "".join(random.Random(seed).choices(WORDS, k=40))


def test_about_a_tenth_of_many_texts_is_held_out():
    held = held_out_rows([sentence(seed) for seed in range(4000)])
    assert 0.08 < held.mean() < 0.12


def test_of_few_texts_a_fifth_is_held_out_and_holds_the_tenth():
    texts = [sentence(seed) for seed in range(1500)]
    held = held_out_rows(texts)
    assert 0.16 < held.mean() < 0.24
    assert all(h for h, text in zip(held, texts, strict=True) if is_held_out(text))


def test_blanks_move_no_text():
    texts = [sentence(seed) for seed in range(300)]
    marked = [f"{text[:9]}  {text[9:]}\n" for text in texts]
    assert [is_held_out(text) for text in marked] == [is_held_out(text) for text in texts]


def test_any_text_has_an_answer():
    assert {is_held_out(text) in (True, False) for text in ("", " ", "。", "差", "\ud800")} == {True}
