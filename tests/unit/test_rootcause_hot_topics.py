"""Hot topics: groups inside a cause that hold together by themselves."""

import random
import re

import rjieba

from models.rootcause.assigning import placed, settle
from models.rootcause.discover import DiscoverConfig, discover
from models.rootcause.generic import load_generic_words
from models.rootcause.hot_topics import find_hot_topics, heat_of
from models.rootcause.units import Unit
from models.rootcause.vectors import HashEncoder

JIEBA = rjieba.Jieba()
FRAUD = ["贷款诈骗报案", "诈骗团伙跑路", "被骗的钱追不回", "诈骗案不立案", "骗子公司注销", "诈骗资金冻结"]
CASE = ["五八车贷案件", "车贷恶性退出", "车贷受害人登记", "车贷案情通报"]
NOISE = ["夜间施工噪音", "工地噪音扰民", "装修噪音太大", "噪音影响睡眠", "广场舞噪音", "机器噪音不停"]


def unit(transcript: str, text: str, start: int) -> Unit:
    words = tuple(w for w in JIEBA.cut(text, True) if re.search(r"\w", w))
    return Unit(transcript, start, start + len(text), text, words)


def month(seed: int = 1) -> list[Unit]:
    draws = random.Random(seed)
    units = []
    for i in range(60):
        said = draws.sample(FRAUD, 3)
        if i < 14:
            said = [*draws.sample(CASE, 2), *said]
        units += [unit(f"f{i:02}", text, at * 20) for at, text in enumerate(said)]
        units += [unit(f"n{i:02}", text, at * 20) for at, text in enumerate(draws.sample(NOISE, 3))]
    return units


def test_one_case_stands_out_of_its_cause_with_its_transcripts_and_quotes() -> None:
    units, generic, config = month(), load_generic_words(), DiscoverConfig()
    settled = settle(units, {}, (), 0, HashEncoder(), generic, config)
    assert settled is not None
    found = placed(settled, units, HashEncoder(), generic, config)
    topics = find_hot_topics(settled, found, generic, reach={f"f{i:02}": 9.0 for i in range(14)})
    case = {f"f{i:02}" for i in range(14)}
    best = max(topics, key=lambda topic: len(set(topic.transcript_ids) & case))
    assert len(best.transcript_ids) >= 6
    assert set(best.transcript_ids) <= case
    assert best.stability >= 0.75
    assert all(e.transcript_id in case for e in best.exemplars)
    assert best.heat > best.n_voices


def test_topics_stand_in_the_discovery_and_order_has_no_influence() -> None:
    units = month()
    shuffled = list(units)
    random.Random(5).shuffle(shuffled)
    results = [discover(rows, month="2024-03", encoder=HashEncoder()).to_dict() for rows in (units, shuffled)]
    assert results[0] == results[1]
    assert sum(len(cause["hot_topics"]) for cause in results[0]["causes"]) >= 1


def test_small_causes_have_no_topics() -> None:
    units = [unit(f"f{i}", text, 0) for i, text in enumerate(FRAUD)]
    assert all(
        cause.hot_topics == () for cause in discover(units, month="2024-03", encoder=HashEncoder()).causes
    )


def test_heat_counts_voices_and_those_who_agree() -> None:
    assert heat_of({"a": ["a"], "b": ["b"]}, {}) == 2.0
    assert heat_of({"a": ["a", "b"]}, {"a": 3.0, "b": 4.0}) == 3.08
    assert heat_of({}, {"a": 5.0}) == 0.0
