import numpy as np
import pytest

from benchmarks.models import compare_rows
from benchmarks.models_peers import Predictions, reason_against
from benchmarks.models_table import to_markdown
from benchmarks.models_tasks import Split, Task

TASK = Task("stars", "category", "stars", ("text",), "label", top=2)
TRAIN = Split(["好", "差", "中"] * 10, ["a", "b", "c"] * 10)
ABOUT = {"seed": 1, "commit": "abc", "machine": "m", "python": "3", "date": "2026-01-01T00:00:00"}


class Oracle:
    name = "knows all"
    needs: tuple[str, ...] = ()
    polarity_only = False
    max_rows = 6

    def fit(self, texts, labels, classes):
        by_text = dict(zip(texts, labels, strict=True))
        return lambda new: Predictions(
            np.eye(len(classes), dtype=np.float32)[[classes.index(by_text[text]) for text in new]]
        )


class Broken:
    name = "breaks"
    needs: tuple[str, ...] = ()
    polarity_only = False
    max_rows = None

    def fit(self, texts, labels, classes):
        raise RuntimeError("no model")


class Absent(Oracle):
    name = "is not there"
    needs: tuple[str, ...] = ("a_module_that_nobody_has",)


class Polar(Oracle):
    name = "two polarities"
    polarity_only = True


def figures():
    contenders = [(peer, reason_against(peer, "abc")) for peer in (Oracle(), Broken(), Absent(), Polar())]
    return compare_rows(TASK, contenders, TRAIN, TRAIN, seed=1)


def test_a_peer_that_is_missing_breaks_or_cannot_do_the_task_does_not_end_the_run():
    models = figures()["models"]
    assert models["knows all"]["accuracy"] == 1.0
    assert "no model" in models["breaks"]["not_run"]
    assert "a_module_that_nobody_has" in models["is not there"]["not_run"]
    assert "polarities" in models["two polarities"]["not_run"]


def test_a_slow_peer_gets_a_sample_and_the_table_says_so():
    models = figures()["models"]
    assert (models["knows all"]["n_train"], models["knows all"]["n"]) == (6, 6)
    table = to_markdown(ABOUT, [figures()])
    assert "| 6 / 6 |" in table


def test_every_row_of_the_table_has_as_many_cells_as_its_head():
    lines = [line for line in to_markdown(ABOUT, [figures()]).splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 4
    assert len({line.count("|") for line in lines}) == 1


def test_a_sample_keeps_texts_beside_their_labels_and_is_fixed_by_its_seed():
    drawn = TRAIN.drawn(7, seed=3)
    assert drawn == TRAIN.drawn(7, seed=3)
    pairs = set(zip(TRAIN.texts, TRAIN.labels, strict=True))
    assert len(drawn.texts) == 7 and set(zip(drawn.texts, drawn.labels, strict=True)) <= pairs
    assert TRAIN.drawn(None, seed=3) is TRAIN


def test_the_calibration_error_of_labels_alone_is_not_claimed():
    class Labels(Oracle):
        name = "labels"

        def fit(self, texts, labels, classes):
            graded = super().fit(texts, labels, classes)
            return lambda new: Predictions(graded(new).probabilities, graded=False)

    models = compare_rows(TASK, [(Labels(), None)], TRAIN, TRAIN, seed=1)["models"]
    assert models["labels"]["ece"] is None
    assert models["labels"]["macro_f1"] == pytest.approx(1.0)
