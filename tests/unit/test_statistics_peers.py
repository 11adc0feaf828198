"""The same figures as statsmodels; its first import takes seconds, so these checks stand together."""

import numpy as np
import pytest

from models.statistics.effect import effect_on_scores
from models.statistics.mix import mix_adjusted_change
from models.statistics.ordered import ordered_drivers
from models.statistics.regression import fit_linear


def test_errors_are_those_of_statsmodels() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(1)
    x = (rng.random((200, 3)) < 0.3).astype(float)
    y = x @ [1.0, -1.0, 0.0] + rng.normal(size=200) * (1 + 2 * x[:, 0])
    found = fit_linear(x, y)
    peer = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC3", use_t=True)
    assert found.coefficients == pytest.approx(peer.params[1:])
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(peer.bse[1:])
    assert found.p_values() == pytest.approx(peer.pvalues[1:])
    assert found.r2 == pytest.approx(peer.rsquared)


def test_two_levels_and_one_topic_give_the_log_odds_ratio_of_the_table() -> None:
    """30 of 40 satisfied with the topic, 20 of 60 without: odds ratio (30/10)/(20/40) = 6, Woolf's error."""
    presence = np.repeat([[1.0], [0.0]], [40, 60], axis=0)
    scores = np.r_[np.ones(30), np.zeros(10), np.ones(20), np.zeros(40)]
    found = ordered_drivers(presence, scores, ["解决"]).drivers[0]
    error = np.sqrt(1 / 30 + 1 / 10 + 1 / 20 + 1 / 40)
    assert found.odds_ratio.estimate == pytest.approx(6.0, rel=1e-3)
    assert found.log_odds.high - found.log_odds.estimate == pytest.approx(1.959964 * error, rel=1e-3)


def test_planted_log_odds_of_a_five_step_score_are_found() -> None:
    rng = np.random.default_rng(1)
    presence = (rng.random((2000, 2)) < 0.3).astype(float)
    latent = presence @ [-1.0, 0.5] + rng.logistic(size=2000)
    found = ordered_drivers(presence, np.digitize(latent, [-2, -1, 0, 1]) - 2, ["a", "b"])
    assert found.levels == (-2, -1, 0, 1, 2)
    assert found.drivers[0].log_odds.low < -1.0 < found.drivers[0].log_odds.high
    assert found.drivers[1].log_odds.low < 0.5 < found.drivers[1].log_odds.high


def test_a_topic_that_tells_the_score_apart_is_refused() -> None:
    presence = np.repeat([[1.0], [0.0]], 30, axis=0)
    with pytest.raises(ValueError, match="perfectly"):
        ordered_drivers(presence, presence[:, 0], ["a"])
    with pytest.raises(ValueError, match="find_drivers"):
        ordered_drivers(presence, np.arange(60.0), ["a"])
    with pytest.raises(ValueError, match="equal"):
        ordered_drivers(presence, np.ones(60), ["a"])


def test_mantel_and_haenszel_are_those_of_statsmodels() -> None:
    from statsmodels.stats.contingency_tables import StratifiedTable

    k1, n1, k2, n2 = [12, 30, 9], [200, 150, 90], [25, 28, 15], [180, 220, 60]
    tables = [np.array([[d, e - d], [b, c - b]]) for b, c, d, e in zip(k1, n1, k2, n2, strict=True)]
    peer = StratifiedTable(tables)
    found = mix_adjusted_change(k1, n1, k2, n2)
    assert found.adjusted is not None and found.adjusted.ratio is not None
    assert found.adjusted.ratio.estimate == pytest.approx(peer.riskratio_pooled)
    assert found.p_value == pytest.approx(peer.test_null_odds(correction=False).pvalue)


def test_the_effect_on_scores_is_the_interaction_of_a_regression() -> None:
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    treated, after = rng.random(300) < 0.4, rng.random(300) < 0.5
    scores = rng.integers(-2, 3, size=300) + 0.5 * (treated & after)
    design = sm.add_constant(np.column_stack([treated, after, treated & after]).astype(float))
    found = effect_on_scores(scores, treated, after)
    assert found.effect.estimate == pytest.approx(sm.OLS(scores, design).fit().params[3])
