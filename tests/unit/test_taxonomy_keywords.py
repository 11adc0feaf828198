import pytest

from models.taxonomy.keywords import KeywordScorer
from models.taxonomy.negation import is_negated
from models.taxonomy.phrases import PhraseFinder, fold
from models.taxonomy.taxonomy import Taxonomy
from models.text.align import Span


def scorer(**keywords: list[str]) -> KeywordScorer:
    return KeywordScorer(
        Taxonomy.parse(
            {
                "name": "t",
                "version": "1",
                "categories": [
                    {"id": category, "zh": category, "en": category, "keywords": words}
                    for category, words in keywords.items()
                ],
            }
        )
    )


def test_overlapping_phrases_are_all_found() -> None:
    finder = PhraseFinder(["刚买", "买就", "刚买就降价", "降价"])
    found = [(hit.start, hit.end, finder.phrases[hit.phrase]) for hit in finder.find("刚买就降价")]
    assert sorted(found) == [(0, 2, "刚买"), (0, 5, "刚买就降价"), (1, 3, "买就"), (3, 5, "降价")]


@pytest.mark.parametrize(
    ("text", "n_found"),
    [
        ("用APP下单", 1),
        ("apple手机", 0),
        ("打12315", 1),
        ("单号8123159", 0),
        ("4S店", 1),
        ("14S店", 0),
        ("app", 1),
    ],
)
def test_latin_and_digit_edges_must_be_edges_in_the_text(text: str, n_found: int) -> None:
    assert len(PhraseFinder(["app", "12315", "4s店"]).find(text)) == n_found


def test_fold_keeps_the_length_of_characters_that_grow() -> None:
    assert fold("İX空调") == "İx空调"


def test_the_longest_keyword_wins() -> None:
    found = scorer(noise=["异响"], brake=["刹车异响"]).score("刹车异响很久了")
    assert [(item.category, item.spans) for item in found] == [("brake", ((0, 4),))]


def test_more_different_keywords_score_higher_and_repeats_do_not() -> None:
    rate = scorer(a=["漏油", "渗油"])
    one, repeated, two = (rate.score(text)[0].score for text in ("漏油", "漏油又漏油", "漏油又渗油"))
    assert 0 < one == repeated < two < 1


def test_a_keyword_of_two_categories_counts_half_for_each() -> None:
    shared = scorer(a=["质保"], b=["质保"]).score("质保")
    alone = scorer(a=["质保"]).score("质保")
    assert [item.category for item in shared] == ["a", "b"]
    assert shared[0].score == pytest.approx(alone[0].score / 2)


@pytest.mark.parametrize(
    "text",
    [
        "没有异响",
        "没异响了",
        "没有任何异响",
        "没有出现异响",
        "不是异响的问题",
        "并非异响",
        "无异响",
        "没有听到异响",
    ],
)
def test_a_denied_defect_is_no_evidence(text: str) -> None:
    assert scorer(noise=["异响"]).score(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "有异响",
        "是不是异响",
        "难道不是异响",
        "这不是异响吗",
        "有没有异响",
        "没修好异响",
        "动不动异响",
        "无缘无故异响",
    ],
)
def test_what_only_looks_like_a_denial_still_counts(text: str) -> None:
    assert [item.category for item in scorer(noise=["异响"]).score(text)] == ["noise"]


@pytest.mark.parametrize("text", ["没有发货", "不退款", "没人处理没有处理", "没有质保"])
def test_the_absence_of_what_is_owed_counts(text: str) -> None:
    assert scorer(owed=["发货", "退款", "处理", "质保"]).score(text)


def test_denying_the_matter_itself_holds_for_what_is_owed_too() -> None:
    assert scorer(owed=["退款"]).score("不是退款的问题") == []


def test_negation_looks_only_before_the_phrase() -> None:
    assert not is_negated("异响没有了", Span(0, 2))


def test_empty_text_has_no_evidence() -> None:
    assert scorer(noise=["异响"]).score("") == []
