"""The shipped opinion model on real reviews: far above the dictionary, fast, calibrated."""

import os
from pathlib import Path

import pytest

from data.artifacts import shipped_models
from models.opinion.catalog import load_extractor
from training.opinion.evaluate import evaluate_opinion
from training.opinion.rows import load_triplets

SHARED = Path(os.environ.get("VOC_SHARED_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"shared public data not found at {SHARED}"),
]


def test_every_line_of_the_triplets_is_read():
    for part, n_rows, n_triplets in (("dev", 2783, 5330), ("test", 5567, 10806)):
        table = load_triplets(SHARED / "aspect_triplets" / f"{part}.txt")
        assert len(table.rows) == n_rows and not table.rejected
        assert sum(len(row.triplets) for row in table.rows) == n_triplets


def test_the_shipped_model_is_three_times_the_dictionary_on_test_rows():
    _, extractor = load_extractor(shipped_models()["opinion"])
    rows = load_triplets(SHARED / "aspect_triplets" / "test.txt").rows[:600]
    measured = evaluate_opinion(extractor, rows)
    # The dictionary baseline reaches 0.127 on all of these rows.
    assert measured["f1_interval"][0] > 3 * 0.127
    assert measured["ece"] < 0.06
