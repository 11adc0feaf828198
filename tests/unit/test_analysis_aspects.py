"""Aspects of an analysis: which clauses are shown, what a long talk gives, and when nobody looks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from models.analysis.aspects import PIECE_CHARS, AspectLabeller
from models.analysis.pipeline import Analyzer
from models.analysis.prepare import Prepared, prepare
from models.core.transcript import Speaker, Turn
from service.building import build_analyzer, find_parts, served_tasks
from service.settings import Settings

WORDS = {("动力", -1): "肉", ("动力", 1): "有劲", ("油耗", -1): "费油"}


class WordScorer:
    """A subject is spoken of where its word stands: 0.9 in a clause by itself, 0.6 beside other words."""

    subjects = ("动力", "油耗")
    threshold = 0.5

    def __init__(self) -> None:
        self.seen: list[str] = []

    def scores(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.seen += texts
        found = np.zeros((len(texts), 2, 3), dtype=np.float32)
        for row, text in enumerate(texts):
            for (subject, polarity), word in WORDS.items():
                if word in text:
                    found[row, self.subjects.index(subject), polarity + 1] = 0.9 if len(text) < 12 else 0.6
        return found


def said(*turns: tuple[str, str]) -> Prepared:
    return prepare([Turn(Speaker(speaker), text) for speaker, text in turns])


def customer(ready: Prepared) -> list:
    return [clause for clause in ready.clauses if clause.speaker is Speaker.CUSTOMER]


def aspects_of(ready: Prepared, scorer: WordScorer | None = None) -> list[dict]:
    labeller = AspectLabeller(scorer or WordScorer())
    return [dict(found) for found in labeller.label([ready], [customer(ready)])[0]]


def test_each_subject_stands_once_with_the_clauses_that_say_it() -> None:
    ready = said(("customer", "这车起步有点肉，外观还行，就是太费油了，真的很费油。"))
    found = {a["aspect"]: a for a in aspects_of(ready)}
    assert {name: a["polarity"] for name, a in found.items()} == {"动力": -1, "油耗": -1}
    shown = {name: [ready.masked.text[s:e] for s, e in a["spans"]] for name, a in found.items()}
    assert shown == {"动力": ["这车起步有点肉"], "油耗": ["就是太费油了", "真的很费油"]}
    assert all(0 <= a["score"] <= 1 for a in found.values())


def test_the_words_of_the_agent_say_nothing() -> None:
    assert aspects_of(said(("agent", "是觉得费油吗？"), ("customer", "不是，你听错了"))) == []


def test_a_long_talk_is_read_in_pieces_and_the_clearest_polarity_stays() -> None:
    talk = "，".join(["这件事我已经说过很多遍了"] * 30)
    ready = said(("customer", f"{talk}，起步肉，{talk}，后段还是有劲的"))
    scorer = WordScorer()
    found = aspects_of(ready, scorer)
    assert [a["aspect"] for a in found] == ["动力"]
    assert max(map(len, scorer.seen)) <= PIECE_CHARS
    assert sum(text.count("说过很多遍") for text in scorer.seen) >= 60, "all of it is read"


def test_clauses_are_read_only_where_a_subject_was_found() -> None:
    scorer = WordScorer()
    assert aspects_of(said(("customer", "座椅坏了，修了三次，还没修好")), scorer) == []
    assert len(scorer.seen) == 1


@pytest.mark.parametrize("text", ["", "。。。", "好", "[手机]"])
def test_a_text_that_says_nothing_has_no_aspect(text: str) -> None:
    assert aspects_of(said(("customer", text))) == []


def test_no_texts_at_all_are_answered_with_none() -> None:
    assert AspectLabeller(WordScorer()).label([], []) == []


@pytest.fixture(scope="module")
def full() -> Analyzer:
    return build_analyzer(Settings(sector="automotive", detail="full", _env_file=None))  # type: ignore[call-arg]


def test_the_full_analysis_of_a_sector_with_a_model_names_subjects_over_the_text_as_sent(
    full: Analyzer,
) -> None:
    text = "客户：我电话１３８００１３８０００，這車油耗太高了，百公里十二個油！坐席：抱歉。"
    found = full.analyze_raw([text])[0].to_dict()
    assert found["models"]["aspect"].startswith("aspect.automotive@")
    spoken = next(a for a in found["aspects"] if a["aspect"] == "油耗")
    assert spoken["polarity"] in (-1, 0, 1) and 0 < spoken["score"] <= 1
    assert "油" in "".join(text[start:end] for start, end in spoken["spans"])
    assert all(text.index("，") < start < text.index("坐席") for start, _ in spoken["spans"])


def test_a_batch_has_the_aspects_of_its_members_one_by_one(full: Analyzer) -> None:
    texts = ["隔音差，油耗高", "客户：价格太贵了\n客服：好的", "", "好" * 400, "动力不错，刹车软"]
    batch = [a.to_dict()["aspects"] for a in full.analyze_raw(texts)]
    assert batch == [full.analyze_raw([text])[0].to_dict()["aspects"] for text in texts]
    assert batch[0] and batch[2] == []


def test_labels_alone_and_sectors_without_a_model_never_look() -> None:
    labels = Settings(sector="automotive", _env_file=None)  # type: ignore[call-arg]
    assert find_parts(labels).aspect is None and "aspect" not in served_tasks(labels)
    found = build_analyzer(labels).analyze_raw(["油耗太高了"])[0].to_dict()
    assert "aspects" not in found and "aspect" not in found["models"]
    other = Settings(sector="bank", detail="full", _env_file=None)  # type: ignore[call-arg]
    assert find_parts(other).aspect is None
