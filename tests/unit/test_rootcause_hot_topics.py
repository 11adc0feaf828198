"""Hot topics: groups of people who tell of one thing."""

import random
import re

import numpy as np
import rjieba

from models.rootcause.assigning import Placed, Settled, placed, settle
from models.rootcause.discover import DiscoverConfig, discover
from models.rootcause.generic import load_generic_words
from models.rootcause.heat import gauge_of
from models.rootcause.hot_topics import HotTopic, HotTopicConfig, find_hot_topics
from models.rootcause.units import Unit
from models.rootcause.vectors import HashEncoder

JIEBA = rjieba.Jieba()
FRAUD = ["贷款诈骗报案", "诈骗团伙跑路", "被骗的钱追不回", "诈骗案不立案", "骗子公司注销", "诈骗资金冻结"]
CASE = ["五八车贷案件", "车贷恶性退出", "车贷受害人登记", "车贷案情通报"]
NOISE = ["夜间施工噪音", "工地噪音扰民", "装修噪音太大", "噪音影响睡眠", "广场舞噪音", "机器噪音不停"]
CASE_IDS = {f"f{i:02}" for i in range(14)}


def unit(transcript: str, text: str, start: int) -> Unit:
    words = tuple(w for w in JIEBA.cut(text, True) if re.search(r"\w", w))
    return Unit(transcript, start, start + len(text), text, words)


def month(seed: int = 1) -> list[Unit]:
    draws = random.Random(seed)
    units = []
    for i in range(60):
        said = draws.sample(FRAUD, 3)
        if i < 14:
            said = [*draws.sample(CASE, 3), *said[:2]]
        units += [unit(f"f{i:02}", text, at * 20) for at, text in enumerate(said)]
        units += [unit(f"n{i:02}", text, at * 20) for at, text in enumerate(draws.sample(NOISE, 3))]
    return units


def state_of(units: list[Unit]) -> tuple[Settled, Placed]:
    generic, config = load_generic_words(), DiscoverConfig()
    settled = settle(units, {}, (), 0, HashEncoder(), generic, config)
    assert settled is not None
    return settled, placed(settled, units, HashEncoder(), generic, config)


def nearest_to_the_case(topics: list[HotTopic]) -> HotTopic:
    return max(topics, key=lambda topic: len(set(topic.transcript_ids) & CASE_IDS))


def test_one_case_stands_out_of_its_cause_with_its_transcripts_and_quotes() -> None:
    settled, found = state_of(month())
    topics = find_hot_topics(settled, found, load_generic_words(), reach=dict.fromkeys(CASE_IDS, 9.0))
    best = nearest_to_the_case(topics)
    assert len(best.transcript_ids) >= 6
    assert set(best.transcript_ids) <= CASE_IDS
    assert "车贷" in best.keywords
    assert best.stability >= 0.6
    assert best.agreement >= 0.5
    assert all(e.transcript_id in CASE_IDS for e in best.exemplars)
    assert best.heat > best.n_people


def test_topics_stand_in_the_discovery_and_order_has_no_influence() -> None:
    units = month()
    shuffled = list(units)
    random.Random(5).shuffle(shuffled)
    results = [discover(rows, month="2024-03", encoder=HashEncoder()).to_dict() for rows in (units, shuffled)]
    assert results[0] == results[1]
    assert sum(len(cause["hot_topics"]) for cause in results[0]["causes"]) >= 1


def test_one_person_who_writes_fourteen_times_is_no_hot_topic() -> None:
    settled, found = state_of(month())
    gauge = gauge_of(settled, found, who=dict.fromkeys(CASE_IDS, "the same"))
    topics = find_hot_topics(settled, found, load_generic_words(), gauge=gauge)
    assert all(len(set(topic.transcript_ids) & CASE_IDS) <= 1 for topic in topics)


def test_a_case_that_came_in_one_week_is_hotter_than_all_year_long() -> None:
    settled, found = state_of(month())
    days = {name: float(i) for i, name in enumerate(sorted({u.transcript_id for u in settled.corpus.units}))}
    year = {name: 3.0 * day for name, day in days.items()}
    week = {**year, **{name: 100.0 + i % 7 for i, name in enumerate(sorted(CASE_IDS))}}
    case = [i for i, voice in enumerate(settled.corpus.voices) if voice in CASE_IDS]
    heats = [gauge_of(settled, found, when=when).of(np.array(case)) for when in ({}, week)]
    assert heats[0].concentration == 0.0
    assert heats[1].concentration > 0.3
    assert heats[1].agreement == heats[0].agreement
    assert heats[1].value > heats[0].value


def test_at_most_as_many_topics_as_wanted_the_hottest_first() -> None:
    settled, found = state_of(month())
    generic = load_generic_words()
    everything = find_hot_topics(settled, found, generic, HotTopicConfig(min_agreement=0.1, min_stability=0))
    fewer = find_hot_topics(
        settled, found, generic, HotTopicConfig(min_agreement=0.1, min_stability=0, max_topics=1)
    )
    assert len(everything) > 1
    assert [topic.heat for topic in everything] == sorted((t.heat for t in everything), reverse=True)
    assert [topic.transcript_ids for topic in fewer] == [everything[0].transcript_ids]


def test_small_causes_have_no_topics() -> None:
    units = [unit(f"f{i}", text, 0) for i, text in enumerate(FRAUD)]
    assert all(
        cause.hot_topics == () for cause in discover(units, month="2024-03", encoder=HashEncoder()).causes
    )
