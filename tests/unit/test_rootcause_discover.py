"""Discovery on small months; the hash encoder keeps it fast and without weights."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
import rjieba

from models.rootcause.cause import Discovery, KnownCause, RootCause
from models.rootcause.discover import DiscoverConfig, cluster_texts, discover
from models.rootcause.units import Unit
from models.rootcause.vectors import HashEncoder, Vectors

JIEBA = rjieba.Jieba()
HAN = re.compile(r"[\u4e00-\u9fff]")


def words(text: str) -> tuple[str, ...]:
    return tuple(w for w in JIEBA.cut(text, True) if re.search(r"\w", w))


def unit(transcript: str, text: str, start: int = 0, voice: str = "") -> Unit:
    return Unit(transcript, start, start + len(text), text, words(text), voice=voice)


def month_of_two_faults(n: int = 20) -> list[Unit]:
    heads = ["现在", "昨天", "一直", "我的车", "最近", "每次", "突然", "才半年"]
    units = []
    for i in range(n):
        head = heads[i % len(heads)]
        units += [
            unit(f"a{i:03}", f"{head}空调不制冷"),
            unit(f"a{i:03}", "夏天空调吹热风", 30),
            unit(f"a{i:03}", "希望尽快处理", 60),
            unit(f"b{i:03}", f"{head}变速箱顿挫严重"),
            unit(f"b{i:03}", "低速变速箱换挡顿挫", 30),
            unit(f"b{i:03}", "谢谢", 60),
        ]
    return units


def found(units: Sequence[Unit]) -> Discovery:
    return discover(units, month="2024-03", encoder=HashEncoder())


def remembered(discovery: Discovery, units: Sequence[Unit]) -> list[KnownCause]:
    """The causes as the next month knows them: with the clauses that were assigned to them."""
    of_unit = {(a.transcript_id, a.start, a.end): a.cause_id for a in discovery.assignments}
    return [
        KnownCause(
            cause.id,
            cause.name,
            tuple(u for u in units if of_unit.get((u.transcript_id, u.start, u.end)) == cause.id),
            cause.centroid,
            cause.encoder,
            cause.n_voices,
        )
        for cause in discovery.causes
    ]


def test_two_faults_become_two_causes_with_their_transcripts() -> None:
    result = found(month_of_two_faults())
    by_cause: dict[str, set[str]] = {}
    for assignment in result.assignments:
        by_cause.setdefault(assignment.cause_id, set()).add(assignment.transcript_id[0])
    assert all(len(by_cause[cause.id]) == 1 for cause in result.causes[:2])
    top = result.causes[:2]
    assert {("空调" in c.name, "变速箱" in c.name or "顿挫" in c.name) for c in top} == {
        (True, False),
        (False, True),
    }
    assert [c.n_voices for c in top] == [20, 20]
    assert [c.n_units for c in top] == [40, 40]


def test_courtesy_and_demand_stay_unassigned_and_say_why() -> None:
    units = month_of_two_faults()
    generic = {(u.transcript_id, u.start) for u in units if u.text in ("希望尽快处理", "谢谢")}
    result = found(units)
    assert {(u.transcript_id, u.start) for u in result.unassigned if u.reason == "generic"} == generic


def test_every_unit_is_either_assigned_or_unassigned_once() -> None:
    units = month_of_two_faults()
    result = found(units)
    seen = [(a.transcript_id, a.start) for a in result.assignments]
    seen += [(u.transcript_id, u.start) for u in result.unassigned]
    assert sorted(seen) == sorted((u.transcript_id, u.start) for u in units)


def test_names_stand_literally_in_clauses_and_are_unique() -> None:
    units = month_of_two_faults()
    result = found(units)
    names = [cause.name for cause in result.causes]
    assert len(set(names)) == len(names)
    for name in names:
        assert len(HAN.findall(name)) >= 2
        assert any(name in u.text for u in units)


def test_exemplars_are_real_clauses_of_distinct_transcripts() -> None:
    units = month_of_two_faults()
    known = {(u.transcript_id, u.start, u.end, u.text) for u in units}
    for cause in found(units).causes:
        quotes = [(e.transcript_id, e.start, e.end, e.text) for e in cause.exemplars]
        assert 1 <= len(quotes) <= 5
        assert set(quotes) <= known
        assert len({q[0] for q in quotes}) == len(quotes)


def later(units: Sequence[Unit], prefix: str = "n") -> list[Unit]:
    return [replace(u, transcript_id=prefix + u.transcript_id, voice="") for u in units]


def test_a_cause_keeps_id_and_name_in_the_next_month() -> None:
    units = month_of_two_faults()
    first = found(units)
    stored = [RootCause.from_dict(json.loads(json.dumps(c.to_dict()))) for c in first.causes]
    assert [c.to_dict() for c in stored] == [c.to_dict() for c in first.causes]
    known = remembered(first, units)
    second = discover(later(month_of_two_faults(14)), month="2024-04", encoder=HashEncoder(), known=known)
    assert {c.id for c in second.causes[:2]} == {c.id for c in first.causes[:2]}
    for cause in second.causes[:2]:
        assert cause.linked_from == cause.id
        assert cause.similarity is not None
        assert cause.similarity > 0.55
        assert cause.name == next(c.name for c in first.causes if c.id == cause.id)
        assert cause.n_voices == 14


def test_a_new_fault_is_not_linked_to_an_old_one() -> None:
    units = month_of_two_faults()
    first = found(units)
    other = [
        unit(f"c{i}", f"{p}导航地图无法更新升级")
        for i, p in enumerate(["车机", "系统", "屏幕", "后台", "软件"] * 3)
    ]
    second = discover(other, month="2024-04", encoder=HashEncoder(), known=remembered(first, units))
    assert second.causes
    assert all(cause.linked_from is None for cause in second.causes)
    assert not {c.id for c in second.causes} & {c.id for c in first.causes}


def large_month(n: int, faults: Sequence[str], prefix: str = "") -> list[Unit]:
    """``n`` voices of each fault, with three of six ways to say it, and a courtesy."""
    ways = {
        "空调": ["空调不制冷", "吹出来是热风", "压缩机不工作", "制冷效果很差", "夏天像蒸笼", "冷媒漏光了"],
        "账单": ["账单多扣费", "莫名扣了月租", "流量费对不上", "退费没有到账", "套餐乱收钱", "话费少了"],
        "快递": ["快递没送到", "包裹丢失了", "物流停更三天", "快递员不上门", "包裹压坏了", "派送延误"],
        "黑屏": [
            "车机黑屏死机",
            "屏幕突然卡死",
            "导航闪退重启",
            "系统升级后黑屏",
            "触摸屏失灵",
            "主机反复重启",
        ],
    }
    units = []
    for fault in faults:
        for i in range(n):
            said = [ways[fault][(i + k * (1 + i // 6)) % 6] for k in range(3)]
            at = 0
            for text in [*dict.fromkeys(said), "谢谢"]:
                units.append(unit(f"{prefix}{fault}{i:03}", text, at))
                at += 20
    return units


def test_a_new_fault_is_born_beside_known_ones_in_a_large_month() -> None:
    units = large_month(40, ["空调", "账单", "快递"])
    first = found(units)
    known = remembered(first, units)
    month = large_month(40, ["空调", "账单", "快递", "黑屏"], prefix="n")
    second = discover(month, month="2024-04", encoder=HashEncoder(), known=known)
    born = [cause for cause in second.causes if cause.linked_from is None]
    assert born
    spoken: dict[str, set[str]] = {}
    for a in second.assignments:
        spoken.setdefault(a.cause_id, set()).add(a.transcript_id[1:3])
    assert {fault for cause in born for fault in spoken[cause.id]} == {"黑屏"}
    assert all("黑屏" not in spoken[c.id] for c in second.causes if c.linked_from)


def test_groups_of_questions_and_praise_found_no_cause_but_complaints_do() -> None:
    units = large_month(40, ["空调", "账单"])
    calm = [replace(u, is_complaint=False) for u in large_month(40, ["快递"])]
    result = found([*units, *calm])
    assert not any("快递" in a.transcript_id for a in result.assignments)
    reasons = [u.reason for u in result.unassigned if "快递" in u.transcript_id and u.reason != "generic"]
    assert reasons.count("no_cause") > 0.9 * len(reasons) > 0
    assert {a.transcript_id[:2] for a in result.assignments} == {"空调", "账单"}


def test_more_voices_than_are_sought_in_are_assigned_by_the_same_function() -> None:
    units = large_month(60, ["空调", "账单", "快递"])
    config = DiscoverConfig(max_voices=90)
    result = discover(units, month="2024-03", encoder=HashEncoder(), config=config)
    heard = {a.transcript_id for a in result.assignments}
    assert len(heard) >= 150
    for cause in result.causes:
        own = [a.transcript_id[:2] for a in result.assignments if a.cause_id == cause.id]
        assert max(own.count(fault) for fault in set(own)) == len(own)


def test_the_outlier_budget_bounds_how_many_complaints_stay_without_a_cause() -> None:
    units = large_month(60, ["空调", "账单", "快递"])
    config = DiscoverConfig(min_similarity=1.0, max_unassigned=0.1)
    result = discover(units, month="2024-03", encoder=HashEncoder(), config=config)
    n_voices = len({u.transcript_id for u in units})
    without = n_voices - len({a.transcript_id for a in result.assignments})
    assert 0 < without <= 0.1 * n_voices


def test_a_hundred_copies_of_one_campaign_are_one_voice() -> None:
    units = [unit(f"c{i:03}", "购车合同霸王条款拒绝退定金", voice="campaign") for i in range(100)]
    result = found(units)
    assert [(c.n_voices, c.n_transcripts, c.n_units) for c in result.causes] == [(1, 100, 100)]


@pytest.mark.parametrize("n", [0, 1, 3])
def test_tiny_months_give_a_result_for_each_complaint(n: int) -> None:
    texts = ["空调不制冷", "快递三天没有送到", "客服电话打不通"]
    result = found([unit(f"t{i}", texts[i]) for i in range(n)])
    assert len(result.assignments) == n
    assert len(result.causes) == n
    assert result.month == "2024-03"


def test_units_without_any_content_make_no_cause() -> None:
    result = found([unit("a", "谢谢"), unit("b", "123"), unit("c", "希望尽快处理"), Unit("d", 0, 0, "", ())])
    assert result.causes == ()
    assert {u.reason for u in result.unassigned} == {"generic"}
    assert len(result.unassigned) == 4


def test_one_word_texts_are_taken_as_they_are() -> None:
    result = found([unit(f"t{i}", text) for i, text in enumerate(["异响", "漏油", "异响", "漏油", "生锈"])])
    assert {cause.name for cause in result.causes} == {"异响", "漏油", "生锈"}


def test_masks_never_name_a_cause() -> None:
    units = [unit(f"t{i}", "[手机][姓名]空调不制冷") for i in range(12)]
    result = found(units)
    assert result.causes
    assert not any("手机" in w or "姓名" in w for c in result.causes for w in (*c.keywords, c.name))


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    discover(
        month_of_two_faults(5),
        month="2024-03",
        encoder=HashEncoder(),
        progress=lambda share, what: seen.append(share),
    )
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


class CountingEncoder:
    name = "counting.v1"

    def __init__(self) -> None:
        self.encoded: list[str] = []
        self.inner = HashEncoder()

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return self.inner.encode(texts)


class DictCache:
    def __init__(self) -> None:
        self.held: dict[str, Vectors] = {}

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Vectors]:
        return {key: self.held[key] for key in keys if key in self.held}

    def put_many(self, vectors: Mapping[str, Vectors]) -> None:
        self.held.update(vectors)


def test_each_distinct_text_is_encoded_once_and_never_again_with_a_cache() -> None:
    encoder, cache, units = CountingEncoder(), DictCache(), month_of_two_faults()
    first = discover(units, month="2024-03", encoder=encoder, cache=cache)
    assert len(encoder.encoded) == len(set(encoder.encoded)) == len({u.text for u in units})
    before = len(encoder.encoded)
    second = discover(units, month="2024-03", encoder=encoder, cache=cache)
    assert len(encoder.encoded) == before
    assert first.to_dict() == second.to_dict()


def test_texts_of_a_file_get_their_strongest_cause_and_all_of_them() -> None:
    texts = [f"我的车开了{i}个月，空调不制冷，希望尽快处理" for i in range(2, 14)]
    texts += [f"买车{i}个月，变速箱顿挫严重，要求退车" for i in range(2, 14)]
    texts += ["谢谢", ""]
    result = cluster_texts(texts, [list(JIEBA.cut(t, True)) for t in texts], encoder=HashEncoder())
    assert result.labels[-2:] == (-1, -1)
    assert result.scores[-2:] == (0.0, 0.0)
    assert len(set(result.labels[:12])) == 1
    assert len(set(result.labels[12:24])) == 1
    assert result.labels[0] != result.labels[12]
    assert "空调" in result.names[result.labels[0]]
    assert all(0 < s <= 1 for s in result.scores[:24])
    assert all(own[0] == label for own, label in zip(result.all_labels[:24], result.labels[:24], strict=True))


def test_k_gives_at_most_k_groups_with_each_speaking_text_in_one() -> None:
    texts = [
        f"{a}{b}" for a in ("空调", "刹车", "导航") for b in ("异响很大", "完全失灵", "更换三次", "坏了两次")
    ]
    result = cluster_texts(texts, [list(JIEBA.cut(t, True)) for t in texts], encoder=HashEncoder(), k=3)
    assert len(result.names) == 3
    assert -1 not in result.labels
    assert (
        len(cluster_texts(texts[:2], [words(t) for t in texts[:2]], encoder=HashEncoder(), k=10).names) <= 2
    )


def test_copies_of_a_text_count_in_the_outlier_budget_of_a_file() -> None:
    faults = ["空调不制冷修了三次", "账单多扣了钱没人退", "快递三天没有送到家"]
    texts = [f"{fault}{i}号" for i in range(30) for fault in faults]
    texts += [text for text in texts[:20] for _ in range(4)]
    config = DiscoverConfig(min_similarity=1.0, max_unassigned=0.1)
    result = cluster_texts(texts, [words(t) for t in texts], encoder=HashEncoder(), config=config)
    assert result.labels.count(-1) <= 0.1 * len(texts)


def test_wrong_use_of_cluster_texts_is_refused() -> None:
    with pytest.raises(ValueError, match="lists of words"):
        cluster_texts(["空调"], [], encoder=HashEncoder())
    with pytest.raises(ValueError, match="at least 1"):
        cluster_texts(["空调"], [["空调"]], encoder=HashEncoder(), k=0)


def test_a_discovery_is_json_safe() -> None:
    result = found(month_of_two_faults(4))
    assert json.loads(json.dumps(result.to_dict()))["month"] == "2024-03"
    assert all(c.centroid.dtype == np.float32 for c in result.causes)
