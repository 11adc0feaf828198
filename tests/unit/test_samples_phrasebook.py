"""Phrase material: every template can be rendered, causes have many phrasings, one word is not enough."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.svm import LinearSVC

from data.samples.generator import generate
from data.samples.identity import PII_KINDS
from data.samples.noise import HEAVY, recognised, spoken_number
from data.samples.phrasebook import (
    N_BORROWED,
    Either,
    Number,
    Part,
    Phrase,
    PhraseBook,
    Slot,
    load_phrases,
    parse_flow_line,
    parse_phrase,
)
from data.samples.plan import planted_causes, sectors
from models.core.errors import FieldError
from models.core.transcript import Speaker

MIN_PHRASINGS = 12


def slots_of(phrase: Phrase) -> Iterator[str]:
    for node in phrase:
        if isinstance(node, Slot):
            yield node.name
        elif isinstance(node, Either):
            for option in node.options:
                yield from slots_of(option)


def all_phrases(book: PhraseBook) -> Iterator[Phrase]:
    for pools in (book.pools, book.slots, *book.causes.values(), *book.identity.values()):
        for phrases in pools.values():
            yield from phrases


@pytest.mark.parametrize("sector", sectors())
def test_every_slot_can_be_filled(sector: str) -> None:
    book = load_phrases(sector)
    known = {*book.slots, *PII_KINDS, "titled", "surname", "city", *(["store"] if book.stores else [])}

    assert {name for phrase in all_phrases(book) for name in slots_of(phrase)} <= known


@pytest.mark.parametrize("sector", sectors())
def test_every_pool_of_every_flow_exists(sector: str) -> None:
    book = load_phrases(sector)
    lines = [ln for kinds in book.flows.values() for flows in kinds.values() for flow in flows for ln in flow]

    for cause in book.causes:
        for line in lines:
            assert line.speaker == "verify" or Speaker(line.speaker)
            assert all(book.pool(part.pool, cause) for part in line.parts)


@pytest.mark.parametrize("sector", sectors())
def test_each_cause_has_many_phrasings_of_its_own(sector: str) -> None:
    says = {name: set(pools["say"]) for name, pools in load_phrases(sector).causes.items()}

    assert set(says) == {cause.id for cause in planted_causes(sector)}
    assert min(map(len, says.values())) >= MIN_PHRASINGS
    for one, other in combinations(says.values(), 2):
        assert len(one & other) <= N_BORROWED  # only what a cause that splits or merges borrows


@pytest.mark.parametrize("sector", sectors())
def test_one_keyword_per_cause_is_not_enough_but_a_linear_model_is(sector: str) -> None:
    samples = list(generate(sector=sector, per_month=200))
    is_train = np.arange(len(samples)) % 2 == 0
    texts = np.array([sample.transcript.text for sample in samples], dtype=object)
    customer = np.array(
        [" ".join(t.text for t in s.transcript.turns if t.speaker is Speaker.CUSTOMER) for s in samples],
        dtype=object,
    )
    words = CountVectorizer(analyzer="char", ngram_range=(2, 4), binary=True, min_df=4, dtype=np.float32)
    w_train, w_test = words.fit_transform(texts[is_train]), words.transform(texts[~is_train])
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    g_train, g_test = grams.fit_transform(customer[is_train]), grams.transform(customer[~is_train])

    keyword_f1, linear_f1 = [], []
    for cause in planted_causes(sector):
        gold = np.array([cause.id in sample.gold.causes for sample in samples])
        y_train, y_test = gold[is_train], gold[~is_train]
        hits = np.asarray(w_train[y_train].sum(axis=0)).ravel()
        best = int(np.argmax(2 * hits / (np.asarray(w_train.sum(axis=0)).ravel() + y_train.sum())))
        said = w_test[:, best].toarray().ravel() > 0
        keyword_f1.append(2 * (said & y_test).sum() / max(1, said.sum() + y_test.sum()))
        found = LinearSVC(class_weight="balanced", random_state=0).fit(g_train, y_train).predict(g_test)
        linear_f1.append(2 * (found & y_test).sum() / max(1, found.sum() + y_test.sum()))

    assert np.mean(keyword_f1) < 0.7
    assert np.mean(linear_f1) > np.mean(keyword_f1) + 0.15


def test_phrase_syntax_is_compiled_and_unmatched_brackets_are_refused() -> None:
    assert parse_phrase("等了{2-5}个(小时|钟头)，{ago}") == (
        "等了",
        Number(2, 5),
        "个",
        Either((("小时",), ("钟头",))),
        "，",
        Slot("ago"),
    )
    for wrong in ("甲(乙", "甲)乙", "{甲"):
        with pytest.raises(FieldError):
            parse_phrase(wrong)


def test_flow_lines_are_read() -> None:
    line = parse_flow_line("then 0.5 customer also?+say@second")

    assert (line.reply, line.probability, line.speaker) == (True, 0.5, "customer")
    assert line.parts == (Part("also", "main", True), Part("say", "second", False))
    assert parse_flow_line("verify").parts == ()


def test_numbers_are_read_out_as_in_speech() -> None:
    spoken = {
        0: "零",
        7: "七",
        10: "十",
        12: "十二",
        20: "二十",
        105: "一百零五",
        110: "一百一十",
        3050: "三千零五十",
    }
    spoken |= {8000: "八千", 12000: "一万二千", 20500: "二万零五百", 199: "一百九十九"}

    assert {n: spoken_number(n) for n in spoken} == spoken


def test_a_bad_recogniser_drops_all_marks_and_adds_fillers() -> None:
    rng = random.Random(5)
    heard = [recognised("我在店里等了3个小时，没人管，保养也没做完。", HEAVY, rng) for _ in range(200)]

    assert not any(mark in text for text in heard for mark in "，。")
    assert all("三个小时" in text for text in heard)
    assert any("报养" in text for text in heard)
    assert any(text.startswith(("嗯", "呃", "那个")) for text in heard)
    assert any("我我" in text for text in heard)
    assert len(set(heard)) > 100
