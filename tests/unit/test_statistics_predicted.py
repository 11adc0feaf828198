import numpy as np
import pytest

from models.statistics.predicted import drivers_of_predicted
from models.statistics.screening import DropReason


def simulated(
    seed: int, n: int = 1200, share_known: float = 0.25
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The model sees 60 % of the first topic's effect and adds an effect of the second that is not there."""
    rng = np.random.default_rng(seed)
    presence = (rng.random((n, 2)) < 0.4).astype(float)
    truth = presence @ [-1.0, 0.0] + rng.normal(size=n)
    predicted = presence @ [-0.6, -0.3] + 0.5 * (truth - presence @ [-1.0, 0.0]) + rng.normal(0, 0.3, size=n)
    return presence, predicted, np.where(rng.random(n) < share_known, truth, np.nan)


def test_the_models_error_is_put_right_and_said() -> None:
    found = drivers_of_predicted(*simulated(1), ["等待", "前台"])
    first, second = found.drivers
    assert first.as_predicted.high < first.as_predicted.estimate + 0.2 and first.as_predicted.low > -1.0
    assert first.effect.low < -1.0 < first.effect.high
    assert second.as_predicted.high < 0
    assert second.effect.low < 0 < second.effect.high and second.p_value > 0.05
    assert second.bias.high < 0
    assert found.n_known + found.n_predicted == 1200


def test_intervals_hold_the_truth_as_often_as_stated() -> None:
    held = []
    for seed in range(150):
        found = drivers_of_predicted(*simulated(seed, 500), ["a", "b"])
        held += [d.effect.low <= t <= d.effect.high for d, t in zip(found.drivers, (-1.0, 0.0), strict=True)]
    assert np.mean(held) >= 0.92


def test_a_perfect_model_has_no_bias() -> None:
    presence, _, known = simulated(2)
    truth = presence @ [-1.0, 0.0] + np.random.default_rng(3).normal(size=len(presence))
    found = drivers_of_predicted(presence, truth, np.where(np.isnan(known), np.nan, truth), ["a", "b"])
    assert found.drivers[0].bias.estimate == 0.0
    assert found.drivers[0].effect == found.drivers[0].as_predicted


def test_a_topic_nobody_was_asked_about_is_dropped_aloud() -> None:
    presence, predicted, known = simulated(4)
    presence[~np.isnan(known), 1] = 0
    found = drivers_of_predicted(presence, predicted, known, ["a", "b"])
    assert [driver.name for driver in found.drivers] == ["a"]
    assert [(item.name, item.reason) for item in found.dropped] == [("b", DropReason.CONSTANT)]


def test_what_cannot_be_put_right_is_refused() -> None:
    presence, predicted, known = simulated(5)
    with pytest.raises(ValueError, match="both samples"):
        drivers_of_predicted(presence, predicted, np.full(len(known), np.nan), ["a", "b"])
    with pytest.raises(ValueError, match="with and without"):
        drivers_of_predicted(presence, predicted, known, ["a", "b"], groups=np.arange(1200) // 4)
    with pytest.raises(ValueError, match="one row"):
        drivers_of_predicted(presence, predicted[:5], known, ["a", "b"])
