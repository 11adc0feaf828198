from dataclasses import replace

import numpy as np
import pytest

from benchmarks.root_cause_measures import (
    Shown,
    Told,
    birth_months,
    kinships,
    match,
    measure,
    pooled_share,
    share,
)
from benchmarks.root_cause_peers import Listed, locate, score
from benchmarks.root_cause_peers_table import to_markdown as peers_markdown
from benchmarks.root_cause_scale import agreement, labels_of, read_units, write_units
from benchmarks.root_cause_scale_table import to_markdown as scale_markdown
from benchmarks.root_cause_scale_table import to_svg
from benchmarks.root_cause_vectors import KeptVectors
from benchmarks.root_cause_year import digest, read_told, shuffled
from benchmarks.root_cause_year_table import PROMISES
from benchmarks.root_cause_year_table import to_markdown as year_markdown
from data.samples.plan import PlantedCause
from models.rootcause.cause import Assignment, Discovery, KnownCause
from models.rootcause.units import Unit

ONES = (1.0,) * 12
LATER = (0.0, 1.0) + (0.0,) * 10
FEE = PlantedCause("fee", "s", "费用", "split", 0.1, (1.0,) + (0.0,) * 11, (), 1, children=("over", "extra"))
OVER = PlantedCause("over", "s", "超", "split", 0.1, LATER, (), 1, parents=("fee",))
EXTRA = PlantedCause("extra", "s", "多", "split", 0.1, LATER, (), 1, parents=("fee",))
WAIT = PlantedCause("wait", "s", "等", "steady", 0.1, ONES, ())
PLAN = (FEE, OVER, EXTRA, WAIT)


def a_year() -> Told:
    """Six contacts of each living cause a month, two months."""
    lives = {"fee": ("01",), "over": ("02",), "extra": ("02",), "wait": ("01", "02")}
    planted = {f"{c}-{m}-{i}": (c,) for c, months in lives.items() for m in months for i in range(6)}
    return Told({key: f"2024-{key.split('-')[1]}" for key in planted}, planted)


def as_planted(told: Told) -> Shown:
    assigned: dict[str, list[tuple[str, str]]] = {}
    for key, causes in told.planted_in.items():
        assigned.setdefault(told.month_of[key], []).append((key, f"rc-{causes[0]}"))
    born = {"rc-fee": "2024-01", "rc-wait": "2024-01", "rc-over": "2024-02", "rc-extra": "2024-02"}
    proposals = [("2024-02", "lineage", ("rc-fee",), ("rc-extra", "rc-over"))]
    return Shown(assigned, born, proposals)


def shares(figures: dict) -> dict:
    return {name: part["share"] for name, part in figures.items() if isinstance(part, dict)}


def test_a_year_found_as_planted_has_full_marks() -> None:
    told = a_year()
    figures = measure(told, as_planted(told), PLAN)
    assert set(shares(figures).values()) == {1.0}
    assert figures["missed"] == []
    assert figures["births"]["n"] == 2


def test_one_cause_for_everything_is_one_cause_with_little_precision() -> None:
    told = a_year()
    assigned = {
        m: [(key, "all") for key in told.month_of if told.month_of[key] == m] for m in ("2024-01", "2024-02")
    }
    figures = measure(told, Shown(assigned, {"all": "2024-01"}), PLAN)
    assert figures["recall"]["share"] == 0.0
    assert figures["precision"]["share"] == 0.0
    assert figures["births"]["share"] == 0.0
    assert figures["assigned"]["share"] == 1.0
    assert figures["assigned_rightly"]["share"] == 0.0


def test_fragments_are_precise_but_not_one_to_one() -> None:
    told = a_year()
    assigned = {
        m: [(k, f"{c[0]}-{m}") for k, c in told.planted_in.items() if told.month_of[k] == m]
        for m in ("2024-01", "2024-02")
    }
    born = {cause: cause[-7:] for pairs in assigned.values() for _, cause in pairs}
    figures = measure(told, Shown(assigned, born), PLAN)
    assert figures["precision"]["share"] == 1.0
    assert figures["precision_one_to_one"] == share(4, 5)
    assert figures["same_id"] == share(4, 5)


def test_a_cause_that_nobody_found_counts_only_where_all_are_counted() -> None:
    told = a_year()
    shown = as_planted(told)
    without = {m: [pair for pair in pairs if pair[1] != "rc-wait"] for m, pairs in shown.assigned.items()}
    figures = measure(told, replace(shown, assigned=without), PLAN)
    assert figures["missed"] == ["wait"]
    assert figures["same_id"] == share(3, 3)
    assert figures["same_id_of_all"] == share(3, 5)


def test_a_birth_a_month_late_is_told() -> None:
    told = a_year()
    shown = as_planted(told)
    late = replace(shown, born_in={**shown.born_in, "rc-over": "2024-03"})
    matches = match(told.transcripts(), shown.transcripts())
    assert birth_months(told, late, PLAN, matches) == [
        ("over", "2024-02", "2024-03"),
        ("extra", "2024-02", "2024-02"),
    ]


def test_small_causes_are_not_judged_for_precision() -> None:
    told = a_year()
    shown = as_planted(told)
    shown.assigned["2024-01"].extend([("fee-01-0", "odd"), ("wait-01-0", "odd"), ("over-02-0", "odd")])
    assert measure(told, shown, PLAN)["precision"] == share(4, 4)


@pytest.mark.parametrize(
    ("proposals", "recognised", "exactly"),
    [
        ([("2024-02", "lineage", ("rc-fee",), ("rc-extra", "rc-over"))], True, True),
        (
            [
                ("2024-02", "lineage", ("rc-fee",), ("rc-extra",)),
                ("2024-02", "lineage", ("rc-fee", "rc-wait"), ("rc-over",)),
            ],
            True,
            False,
        ),
        ([("2024-02", "lineage", ("rc-fee",), ("rc-extra",))], False, False),
        ([("2024-01", "lineage", ("rc-fee",), ("rc-extra", "rc-over"))], False, False),
        ([("2024-02", "merge", ("rc-fee",), ())], False, False),
        ([], False, False),
    ],
    ids=["right", "with another parent", "a child missing", "another month", "a merge of one", "nothing"],
)
def test_a_split_is_recognised_by_what_its_month_proposed(proposals, recognised, exactly) -> None:
    told = a_year()
    (row,) = kinships(told, replace(as_planted(told), proposals=proposals), PLAN)
    assert (row["recognised"], row["exactly"]) == (recognised, exactly)


def test_a_merge_proposed_for_both_parents_recognises_a_planted_merge() -> None:
    left = PlantedCause("left", "s", "左", "merge", 0.1, (1.0,) + (0.0,) * 11, (), 1, children=("one",))
    right = replace(left, id="right")
    one = PlantedCause("one", "s", "一", "merge", 0.1, LATER, (), 1, parents=("left", "right"))
    planted = {f"{c}-{i}": (c,) for c in ("left", "right", "one") for i in range(5)}
    told = Told({key: "2024-02" if key.startswith("one") else "2024-01" for key in planted}, planted)
    shown = Shown({"2024": [(key, f"rc-{causes[0]}") for key, causes in planted.items()]}, {})
    merged = replace(shown, proposals=[("2024-02", "merge", ("rc-left", "rc-right"), ())])
    assert kinships(told, merged, (left, right, one))[0]["exactly"]
    assert not kinships(told, shown, (left, right, one))[0]["recognised"]


def test_shares_are_pooled_by_counts_and_nothing_has_no_share() -> None:
    assert pooled_share([share(1, 2), share(8, 8)])["share"] == 0.9
    assert share(0, 0)["share"] is None


def test_the_gold_record_names_months_and_complaints() -> None:
    told = read_told(
        [
            {"external_id": "R7-2024-03-00001", "causes": ["a"]},
            {"external_id": "R7-2024-04-00002", "causes": []},
        ]
    )
    assert told.month_of == {"R7-2024-03-00001": "2024-03", "R7-2024-04-00002": "2024-04"}
    assert told.planted_in == {"R7-2024-03-00001": ("a",)}


def test_shuffling_changes_order_and_nothing_else() -> None:
    units = [Unit(f"t{i}", 0, 2, f"话{i}", ("话",)) for i in range(20)]
    known = [KnownCause("rc-1", "甲", tuple(units[:9])), KnownCause("rc-2", "乙", tuple(units[9:]))]
    mixed, causes = shuffled(units, known, 1)
    assert mixed != units
    assert sorted(unit.key for unit in mixed) == sorted(unit.key for unit in units)
    assert {cause.id: {u.key for u in cause.remembered} for cause in causes} == {
        cause.id: {u.key for u in cause.remembered} for cause in known
    }


def test_a_digest_tells_one_score_from_another() -> None:
    found = Discovery("2024-01", (), (Assignment("t", 0, 2, "rc", 0.5),), (), {})
    assert digest(found) == digest(replace(found))
    assert digest(found) != digest(replace(found, assignments=(Assignment("t", 0, 2, "rc", 0.6),)))


def test_mutual_information_counts_the_unassigned_in_three_ways() -> None:
    truth = ["a"] * 6 + ["b"] * 6
    perfect = score(truth, np.array([0] * 6 + [1] * 6))
    assert perfect["ami_assigned"] == perfect["ami_all_one_group"] == perfect["ami_all_singletons"] == 1.0
    part = score(truth, np.array([0] * 3 + [-1] * 3 + [1] * 3 + [-1] * 3))
    assert part["unassigned"] == 0.5
    assert part["n_causes"] == 2
    assert part["ami_assigned"] == 1.0
    assert part["ami_all_one_group"] < 1.0
    assert part["ami_all_singletons"] < 1.0


def test_a_topic_is_located_by_the_cause_or_topic_most_like_it() -> None:
    listed = [
        Listed("大", False, frozenset(range(10)), 9.0),
        Listed("小", True, frozenset({3, 4, 20}), 5.0),
    ]
    place = locate(listed, {3, 4, 21, 22})
    assert (place["cause"], place["is_topic"], place["rank_by_heat"]) == ("小", True, 2)
    assert (place["held"], place["purity"]) == (0.5, 0.6667)


def test_a_topic_that_nothing_listed_holds_has_no_cause() -> None:
    assert locate([Listed("小", False, frozenset({1}), 1.0)], {7})["cause"] is None


def test_units_come_back_from_a_file_and_labels_follow_them(tmp_path) -> None:
    units = [Unit("a", 0, 3, "等太久", ("等", "太久")), Unit("b", 1, 3, "很贵", ("贵",))]
    write_units(tmp_path / "u.jsonl", units)
    assert read_units(tmp_path / "u.jsonl") == units
    found = Discovery("2024-01", (), (), (), {})
    assert labels_of(units, found).tolist() == [-1, -1]


def test_two_results_agree_whatever_their_numbers() -> None:
    left = np.array([0, 0, 0, 1, 1, 1, -1])
    assert agreement(left, np.array([5, 5, 5, 2, 2, 2, 2]))["ami_assigned"] == 1.0
    assert agreement(left, np.array([5, 5, 5, 2, 2, 2, 2]))["both_assigned"] == pytest.approx(6 / 7, abs=1e-4)


class Counting:
    name = "counting"

    def __init__(self) -> None:
        self.n = 0

    def encode(self, texts):
        self.n += len(texts)
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32).reshape(-1, 2)


def test_a_text_is_encoded_once_and_every_row_is_its_own() -> None:
    encoder = Counting()
    kept = KeptVectors(encoder)
    assert kept.encode(["一", "一二"])[:, 0].tolist() == [1, 2]
    assert kept.encode(["一二", "一", "一二三"])[:, 0].tolist() == [2, 1, 3]
    assert encoder.n == 3
    assert kept.encode([]).shape == (0, 2)


ABOUT = {"commit": "abc", "machine": "m", "python": "3", "date": "2026-01-01T00:00:00"}


def test_the_table_of_years_says_who_missed_what() -> None:
    told = a_year()
    shown = replace(as_planted(told), proposals=[])
    promises = {name: name != "replay_same" for name in PROMISES}
    year = {"sector": "s", "seed": 1, "per_month": 24, **measure(told, shown, PLAN), **promises}
    year |= {"kinships": kinships(told, shown, PLAN), "n_lineages_proposed": 0, "n_merges_proposed": 3}
    table = year_markdown(ABOUT, [year])
    assert "| planted causes found | 4/4 (1.000) |" in table
    assert "| s 1 | fee → over + extra | 2024-02 | no | no |" in table
    assert "| s 1, 24 | yes | **no** | yes |" in table


def test_the_table_of_peers_says_who_did_not_run() -> None:
    run = {"seed": 0, "seconds": 1.0, **score(["a", "b"] * 4, np.array([0, 1] * 4))}
    cars = {
        "n": 8,
        "n_types": 2,
        "contenders": {"ours": [run, run], "other": {"not_run": "not installed: x"}},
    }
    table = peers_markdown({"about": ABOUT, "car_complaints": cars})
    assert "| **ours** | mean ± sd | 2 | 0.000 ± 0.000 | 1.000 ± 0.000 |" in table
    assert "| other | not installed: x |" in table


def test_growth_is_a_table_and_a_drawing() -> None:
    rows = [
        {
            "shape": "s",
            "cached": cached,
            "n_units": n,
            "n_voices": n,
            "n_causes": 3,
            "seconds": 2.0,
            "cpu_seconds": 2.0,
            "peak_mib": 300,
            "before_mib": 100,
        }
        for n in (10_000, 20_000)
        for cached in (False, True)
    ]
    figures = {"about": ABOUT, "growth": rows, "wanted": {"seconds": 240.0, "mib": 2048.0}}
    assert "| 10,000 | s | 10,000 | yes | 3 | 2 | 2 | 300 | 100 |" in scale_markdown(figures)
    drawn = to_svg(figures)
    assert drawn.count("<circle") == 8
    assert "20k" in drawn
