import pytest

from models.indicators.churn import ChurnReason, churn_mix, churn_values

SHARES = {
    "death": 0.01,
    "moving": 0.03,
    "other_ties": 0.05,
    "competition": 0.09,
    "product": 0.14,
    "staff": 0.68,
}
REFERENCE = [ChurnReason(name, name, name, share, frozenset({name})) for name, share in SHARES.items()]


def test_a_value_counts_once_a_transcript() -> None:
    twice = {"marks": [{"kind": "churn", "value": "staff"}] * 2 + [{"kind": "step", "value": "staff"}]}
    assert churn_values([twice, twice, {"marks": [{"kind": "churn", "value": "price"}]}, {}]) == {
        "staff": 2,
        "price": 1,
    }


def test_the_mix_of_the_reference_is_like_the_reference() -> None:
    found = churn_mix({name: round(share * 1000) for name, share in SHARES.items()}, REFERENCE)
    assert found.chi_squared == pytest.approx(0.0)
    assert found.p_value == pytest.approx(1.0)
    assert {reason.verdict for reason in found.reasons} == {"same"}


def test_chi_squared_computed_by_hand() -> None:
    # Of 1,000: product 240 for 140 and staff 580 for 680: 100²/140 + 100²/680 = 71.429 + 14.706.
    own = {"death": 10, "moving": 30, "other_ties": 50, "competition": 90, "product": 240, "staff": 580}
    found = churn_mix(own, REFERENCE)
    assert found.chi_squared == pytest.approx(86.134, abs=1e-3)
    assert found.p_value is not None and found.p_value < 1e-6 and not found.exact
    verdicts = {reason.id: reason.verdict for reason in found.reasons}
    assert (verdicts["product"], verdicts["staff"], verdicts["death"]) == ("more", "less", "same")


def test_few_reasons_are_tested_by_simulation_the_same_every_time() -> None:
    own = {"product": 9, "staff": 11}
    found, again = churn_mix(own, REFERENCE), churn_mix(own, REFERENCE)
    assert found.exact and found == again
    assert found.p_value is not None and found.p_value < 0.05


def test_reasons_that_the_reference_does_not_know_stand_beside_it() -> None:
    found = churn_mix({"staff": 3, "price": 7, "unspecified": 5}, REFERENCE)
    assert (found.n, dict(found.elsewhere), found.untold) == (3, {"price": 7}, 5)


def test_no_reason_told_is_no_test() -> None:
    found = churn_mix({"unspecified": 5}, REFERENCE)
    assert (found.n, found.p_value, found.untold) == (0, None, 5)
    assert found.to_dict()["reasons"][0]["own"]["estimate"] is None


def test_a_reference_adds_up_to_one() -> None:
    with pytest.raises(ValueError, match="add up"):
        churn_mix({}, REFERENCE[:-1])
