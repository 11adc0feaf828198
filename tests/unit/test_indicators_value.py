import pytest

from models.indicators.protection import ProtectionRule, Ranked, rank_by_value, severe_categories
from models.indicators.segments import SegmentRule, assign_segments, relabelled
from models.taxonomy.taxonomy import Taxonomy


def test_segments_are_20_50_and_30_per_cent_of_customers() -> None:
    found = assign_segments({f"c{n}": float(n) for n in range(10)})
    assert [found[f"c{n}"] for n in range(10)] == ["destroyer"] * 3 + ["middle"] * 5 + ["creator"] * 2


def test_equal_values_are_in_one_segment_that_of_the_middle_of_their_ranks() -> None:
    assert set(assign_segments(dict.fromkeys("abcdefghij", 1.0)).values()) == {"middle"}
    found = assign_segments({"a": 9.0, "b": 9.0, "c": 9.0, "d": 1.0, "e": 1.0, "f": 1.0, "g": 1.0, "h": 1.0})
    assert (found["a"], found["b"], found["c"], found["d"]) == ("creator", "creator", "creator", "middle")


def test_own_cut_points_go_before_shares() -> None:
    rule = SegmentRule(names=("金", "银", "铜"), cuts=(1000.0, 100.0))
    assert assign_segments({"a": 1000.0, "b": 999.0, "c": 99.0}, rule) == {"a": "金", "b": "银", "c": "铜"}


def test_own_labels_are_segments() -> None:
    assert relabelled({"a": "VIP", "b": "新客"}, {"VIP": "creator"}) == {"a": "creator", "b": "新客"}


@pytest.mark.parametrize(
    "wrong", [{"shares": (0.5, 0.5, 0.5)}, {"shares": (0.5, 0.5)}, {"cuts": (1.0,)}, {"cuts": (1.0, 2.0)}]
)
def test_wrong_rules_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="segment"):
        SegmentRule(**wrong)


def test_a_safety_complaint_of_a_customer_worth_nothing_keeps_its_place() -> None:
    brakes = Ranked("brakes", size=50, worth=0, protected=("safety:auto.brake",))
    wash = Ranked("wash", size=20, worth=900)
    coffee = Ranked("coffee", size=10, worth=500)
    assert [item.id for item in rank_by_value([wash, coffee, brakes])] == ["brakes", "wash", "coffee"]
    plain = Ranked("brakes", size=50, worth=0)
    assert [item.id for item in rank_by_value([wash, coffee, plain])] == ["wash", "coffee", "brakes"]


def test_value_may_rank_a_protected_complaint_up() -> None:
    items = [Ranked("a", 30, 1), Ranked("b", 20, 2), Ranked("burn", 10, 99, ("injury:烫伤",))]
    assert [item.id for item in rank_by_value(items)] == ["burn", "b", "a"]


RULE = ProtectionRule({"auto.brake": "safety", "price.hidden": "legal"}, frozenset({"law"}), ("受伤",))


def test_severity_exposure_and_injury_protect_and_say_so() -> None:
    threat = {"marks": [{"kind": "exposure", "value": "law"}, {"kind": "exposure", "value": "internet"}]}
    found = RULE.reasons(
        categories=["auto.brake", "price.hidden"], experience=threat, text="刹不住，人受伤了"
    )
    assert found == ("exposure:law", "injury:受伤", "legal:price.hidden", "safety:auto.brake")
    assert RULE.reasons(categories=["facility"], experience={"marks": []}, text="茶水不好喝") == ()


def test_a_category_below_a_severe_one_is_severe() -> None:
    taxonomy = Taxonomy.parse(
        {
            "name": "t",
            "categories": [
                {"id": "brake", "zh": "制动", "en": "Brakes", "severity": "safety"},
                {"id": "brake.noise", "zh": "异响", "en": "Noise", "parent": "brake"},
                {"id": "fee", "zh": "费用", "en": "Fee", "severity": "legal"},
                {"id": "tea", "zh": "茶水", "en": "Tea"},
            ],
        }
    )
    assert severe_categories(taxonomy) == {"brake": "safety", "brake.noise": "safety", "fee": "legal"}
