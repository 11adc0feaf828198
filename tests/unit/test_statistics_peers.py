"""The same figures as statsmodels; its first import takes seconds, so these checks stand together."""

import numpy as np
import pytest

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
