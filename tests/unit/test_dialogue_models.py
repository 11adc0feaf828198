"""Satisfaction and problem on small made-up dialogues: what they learn, keep and never do."""

from datetime import UTC, datetime

import numpy as np
import pytest

from models.artifact.folder import verify_folder
from models.core.errors import ArtifactError, FieldError, InputError
from models.dialogue.analyzer import DialogueAnalyzer, load_analyzer, load_problem
from models.dialogue.grams import FieldGrams
from models.dialogue.ordinal import OrdinalCuts, macro_f1
from models.dialogue.problem import ProblemModel, best_blocks
from models.dialogue.satisfaction import SatisfactionModel
from models.dialogue.trees import BoostedTrees, TreeParameters
from models.dialogue.turns import read_dialogue
from training.dialogue.fit import evaluate_problem, evaluate_satisfaction, fit_dialogue, fit_problem
from training.dialogue.reading import parse_record

ENDS = (("问题解决了,谢谢", 1.2), ("我先看看", 0.0), ("还是没人处理,垃圾", -1.2))
ISSUES = ("宽带坏了", "手机没信号", "流量扣错了", "账单不对", "短信收不到")


def rows(n=90):
    made = []
    for i in range(n):
        words, mark = ENDS[i % 3]
        praise = i % 10 == 0
        first = "今天心情真好" if praise else f"{ISSUES[i % 5]}{'的' * (i % 4)}怎么办"
        solved = i % 3 == 0
        turns = [
            ("customer", first, {"CNaN": 15, "CNUG0": 4} if praise else {"CNUG0": 18, "CNaN": 1}),
            ("helpdesk", "请您稍等,正在核实", {"HNUG": 16, "HNaN": 3}),
            ("customer", words, {"CNUG*": 16, "CNaN": 3} if solved else {"CNUG": 12, "CNaN": 7}),
        ]
        made.append(
            {
                "id": i,
                "satisfaction": mark + 0.01 * (i % 7),
                "accomplishment": mark,
                "effectiveness": mark,
                "turns": [{"speaker": s, "text": t, "votes": v} for s, t, v in turns],
            }
        )
    return [parse_record(values) for values in made]


RECORDS = rows()


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    now = datetime(2024, 3, 1, tzinfo=UTC)
    for task in ("satisfaction", "problem"):
        fit_dialogue(task, RECORDS, root / task, now=now)
    return root


@pytest.fixture(scope="module")
def analyzer(folders):
    return load_analyzer(folders / "satisfaction", folders / "problem")


def test_folders_are_whole_and_name_their_component(folders):
    assert verify_folder(folders / "satisfaction").component == "dialogue.satisfaction.v1"
    assert verify_folder(folders / "problem").component == "dialogue.problem.v1"


def test_what_was_learnt_tells_the_classes_apart(analyzer):
    result = evaluate_satisfaction(analyzer.satisfaction, RECORDS)
    assert result.macro_f1 > 0.95
    assert result.macro_f1_interval[0] <= result.macro_f1 <= result.macro_f1_interval[1]


def test_praise_states_no_problem_and_thanks_reach_the_goal(analyzer):
    result = evaluate_problem(analyzer.problem, RECORDS)
    assert result.problem.f1 > result.problem.baseline_f1
    assert result.goal.f1 > 0.9
    scores = analyzer.analyze(
        [("customer", "手机没信号怎么办"), ("agent", "正在核实"), ("customer", "问题解决了,谢谢")]
    )
    assert (scores.problem.turn, scores.goal.turn) == (0, 2)
    assert (scores.goal.start, scores.goal.end) == (14, 22)


def test_a_greeting_before_the_problem_moves_the_mark_with_it(analyzer):
    plain = [
        ("customer", "手机没信号怎么办"),
        ("agent", "请您稍等,正在核实"),
        ("customer", "还是没人处理,垃圾"),
    ]
    greeted = [("agent", "您好,请问有什么可以帮您"), ("customer", "喂,你好"), ("agent", "请讲"), *plain]
    one, other = analyzer.analyze(plain), analyzer.analyze(greeted)
    assert other.problem.turn == one.problem.turn + 3
    assert other.satisfaction == one.satisfaction


def test_a_batch_gives_what_its_members_give(analyzer):
    turns = [record.turns for record in RECORDS[:12]]
    assert analyzer.analyze_many(turns) == [analyzer.analyze(own) for own in turns]


@pytest.mark.parametrize(
    "turns",
    [
        [],
        [("customer", "")],
        [("agent", "您好"), ("agent", "请稍等")],
        [("customer", "宽带坏了")],
        [("system", "通话开始")],
        [("customer", "宽带坏了"), ("agent", "在查")] * 100,
        [("customer", "\0\ud800 \n")],
    ],
)
def test_any_shape_of_dialogue_gets_scores(analyzer, turns):
    values = analyzer.analyze(turns).to_dict()
    assert set(values) == {"satisfaction", "problem", "goal", "emotion", "effort", "models"}
    if not any(who == "customer" and text.strip() for who, text in turns):
        assert (values["satisfaction"], values["problem"]) == (None, None)


def test_the_same_rows_and_seed_give_the_same_model(folders, tmp_path):
    fit_dialogue("problem", RECORDS, tmp_path / "again", now=datetime(2024, 3, 1, tzinfo=UTC))
    digests = [
        verify_folder(at).files["weights.safetensors"].sha256
        for at in (folders / "problem", tmp_path / "again")
    ]
    assert digests[0] == digests[1]


def test_the_wrong_folder_is_refused(folders):
    with pytest.raises(ArtifactError, match=r"dialogue\.problem\.v1 is needed"):
        load_problem(folders / "satisfaction")


def test_rows_without_votes_train_satisfaction_but_not_the_problem(tmp_path):
    bare = [
        parse_record({"id": r.id, **r.marks, "turns": [{"speaker": s, "text": t} for s, t in r.turns]})
        for r in RECORDS
    ]
    fit_dialogue("satisfaction", bare, tmp_path / "bare", now=datetime(2024, 3, 1, tzinfo=UTC))
    with pytest.raises(InputError, match="no votes"):
        fit_problem(bare)
    with pytest.raises(FieldError):
        fit_dialogue("mood", bare, tmp_path / "mood", now=datetime(2024, 3, 1, tzinfo=UTC))


def test_too_few_dialogues_are_refused():
    dialogues = [record.dialogue for record in RECORDS[:9]]
    with pytest.raises(InputError):
        SatisfactionModel().fit(dialogues, np.zeros((9, 1)))
    with pytest.raises(InputError):
        ProblemModel().fit(dialogues, [])


def test_the_best_pair_keeps_to_speakers_and_order():
    turns = [
        ("customer", "谢谢解决了问题"),
        ("agent", "不客气啦"),
        ("customer", "流量扣错了"),
        ("agent", "已经退还"),
    ]
    p = np.array([[0.1, 0.9], [0.99, 0.1], [0.9, 0.2], [0.1, 0.8]])
    assert best_blocks(read_dialogue(turns), p, np.array([0.5, 0.5])) == (2, 3)
    assert best_blocks(read_dialogue(turns), p, np.array([0.95, 0.5])) == (None, 0)
    assert best_blocks(read_dialogue(turns), p, np.array([0.999, 0.999])) == (None, None)


def test_the_same_words_in_two_fields_are_two_features():
    texts = [("坏了", ""), ("", "坏了"), ("坏了", ""), ("", "坏了")]
    weights = (
        FieldGrams(n_fields=2, min_rows=1).fit(texts, np.array([[1.0], [0.0], [1.0], [0.0]])).transform(texts)
    )
    assert weights.shape[1] == 6
    assert (weights[0] @ weights[1].T).nnz == 0
    assert weights[0].power(2).sum() == pytest.approx(1.0)


def test_trees_as_arrays_say_what_scikit_learn_says():
    from sklearn.ensemble import GradientBoostingRegressor

    x = np.round(np.random.default_rng(0).normal(size=(200, 5)), 3)
    y = np.where(x[:, 0] > 0, x[:, 1], -x[:, 2])
    p = TreeParameters(n_trees=20, min_leaf_rows=5)
    peer = GradientBoostingRegressor(
        n_estimators=20, max_depth=3, learning_rate=0.04, subsample=0.5, max_features=0.3, min_samples_leaf=5,
        random_state=13,
    ).fit(x.astype(np.float32), y)  # fmt: skip
    assert BoostedTrees(p).fit(x, y).predict(x) == pytest.approx(peer.predict(x.astype(np.float32)), abs=1e-5)


def test_cuts_put_ordered_scores_into_classes_with_probabilities_that_add_up():
    scores = np.linspace(-2, 2, 300)
    y = np.digitize(scores, [-0.5, 0.7])
    cuts = OrdinalCuts().fit(scores, y, seed=1)
    assert macro_f1(y, cuts.labels(scores)) > 0.97
    assert cuts.probabilities(scores).sum(axis=1) == pytest.approx(np.ones(300))
    assert (cuts.probabilities(scores) >= 0).all()


def test_the_analyzer_says_what_made_the_scores(analyzer):
    assert isinstance(analyzer, DialogueAnalyzer)
    named = analyzer.analyze([("customer", "宽带坏了")]).models
    assert named["satisfaction"].startswith("satisfaction@")
    assert named["effort"] == "dialogue.effort.v1"
