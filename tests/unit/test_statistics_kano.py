import numpy as np
import pytest
from scipy import stats

from models.statistics.kano import KanoClass, KanoReport, berger_coefficients, kano_classes, kano_drift
from models.statistics.screening import DropReason

NAMES = ["安全", "价格", "香氛", "颜色", "按钮"]


def simulated(n: int, seed: int, reward: list[float], penalty: list[float]) -> KanoReport:
    """Each topic praised in 20 % and complained of in 20 % of transcripts, noise of one point."""
    rng = np.random.default_rng(seed)
    drawn = rng.random((n, len(reward)))
    praise, complaint = (drawn < 0.2).astype(int), (drawn > 0.8).astype(int)
    scores = praise @ np.array(reward) - complaint @ np.array(penalty) + rng.normal(size=n)
    return kano_classes(praise, complaint, scores, NAMES[: len(reward)])


def test_planted_classes_are_found() -> None:
    found = simulated(20000, 1, [0.0, 0.8, 1.0, 0.0, -0.5], [1.0, 0.8, 0.0, 0.0, 0.5])
    assert [topic.kind for topic in found.topics] == [
        KanoClass.BASIC,
        KanoClass.PERFORMANCE,
        KanoClass.ATTRACTIVE,
        KanoClass.INDIFFERENT,
        KanoClass.REVERSE,
    ]
    first = found.topics[0]
    assert first.penalty.low < 1.0 < first.penalty.high
    assert first.asymmetry.estimate == pytest.approx(first.reward.estimate - first.penalty.estimate)


def test_few_transcripts_leave_the_class_undecided() -> None:
    found = simulated(150, 2, [0.2, 0.4], [0.3, 0.4])
    assert [topic.kind for topic in found.topics] == [KanoClass.UNDECIDED] * 2


def test_a_topic_never_praised_is_dropped_aloud() -> None:
    rng = np.random.default_rng(3)
    praise, complaint = (rng.random((300, 2)) < 0.2).astype(int), (rng.random((300, 2)) < 0.2).astype(int)
    praise[:, 1] = 0
    found = kano_classes(praise, complaint, rng.normal(size=300), ["a", "b"])
    assert [topic.name for topic in found.topics] == ["a"]
    assert [(item.name, item.reason, item.n_present) for item in found.dropped] == [("b", DropReason.RARE, 0)]


def test_a_need_that_turns_from_attractive_to_basic_drifts_and_a_steady_one_does_not() -> None:
    before = simulated(4000, 4, [1.0, 0.6], [0.0, 0.6])
    now = simulated(4000, 5, [0.0, 0.6], [1.0, 0.6])
    moved, steady = (next(d for d in kano_drift(before, now) if d.name == name) for name in NAMES[:2])
    assert (moved.before, moved.now) == (KanoClass.ATTRACTIVE, KanoClass.BASIC)
    assert moved.q_value < 1e-6
    assert moved.reward_change.high < -0.5 and moved.penalty_change.low > 0.5
    assert steady.q_value > 0.05


def test_without_drift_the_test_alarms_as_rarely_as_stated() -> None:
    p_values = []
    for seed in range(60):
        before = simulated(250, 2 * seed, [1.0, 0.6], [0.0, 0.6])
        now = simulated(250, 2 * seed + 1, [1.0, 0.6], [0.0, 0.6])
        p_values += [drift.p_value for drift in kano_drift(before, now)]
    assert np.mean(np.array(p_values) < 0.05) <= 0.09
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


def test_topics_of_one_period_only_are_not_compared() -> None:
    assert kano_drift(KanoReport(0, (), ()), simulated(300, 6, [1.0], [0.0])) == ()


def test_bergers_coefficients_by_hand() -> None:
    found = berger_coefficients(attractive=10, one_dimensional=40, must_be=30, indifferent=20)
    assert found.better.estimate == pytest.approx(0.5)
    assert found.worse.estimate == pytest.approx(-0.7)
    assert -1 <= found.worse.low < found.worse.estimate < found.worse.high <= 0
    # 40 - 30 = 10 is less than 1.96 sqrt(70 · 130 / 200) = 13.2
    assert found.kind is KanoClass.UNDECIDED
    # 50 - 30 = 20 is more than 1.96 sqrt(80 · 120 / 200) = 13.6
    assert berger_coefficients(10, 50, 30, 10).kind is KanoClass.PERFORMANCE


@pytest.mark.parametrize("counts", [(0, 0, 0, 0), (-1, 3, 3, 3)])
def test_a_question_nobody_answered_is_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least one answer"):
        berger_coefficients(*counts)


@pytest.mark.parametrize(
    ("praise", "scores", "says"),
    [
        (np.zeros((0, 1)), np.zeros(0), "longer period"),
        (np.zeros((50, 1)), np.arange(50), "longer period"),
        (np.full((50, 1), 2), np.arange(50), "0 or 1"),
        (np.zeros((50, 2)), np.arange(50), "one name per topic"),
        (np.tile([[0], [1]], (25, 1)), np.ones(50), "equal"),
    ],
)
def test_what_cannot_be_classed_is_refused(praise: np.ndarray, scores: np.ndarray, says: str) -> None:
    complaint = np.zeros_like(praise)
    complaint[: len(scores) // 2] = 1
    with pytest.raises(ValueError, match=says):
        kano_classes(praise, complaint, scores, ["a"])
