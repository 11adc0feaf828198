import itertools

from hypothesis import given
from hypothesis import strategies as st

from models.taxonomy.keywords import longest
from models.taxonomy.phrases import PhraseFinder, fold
from models.taxonomy.rules import RuleSet, Utterance
from models.taxonomy.taxonomy import Taxonomy

TEXT = st.text(alphabet="没有不降价提车退款aB1，", max_size=24)
WORDS = st.sets(st.text(alphabet="降价提车退款", min_size=2, max_size=4), min_size=1, max_size=8)
TAXONOMY = Taxonomy.parse({"name": "t", "version": "1", "categories": [{"id": "a", "zh": "甲", "en": "a"}]})
RULES = RuleSet.parse(
    [
        {"id": "any", "category": "a", "any": ["降价", "退款"]},
        {"id": "all", "category": "a", "all": ["提车", "降价"]},
        {"id": "regex", "category": "a", "regex": ["提车.{0,4}退款"]},
        {"id": "near", "category": "a", "near": {"first": ["提车"], "then": ["降价"], "within_chars": 5}},
    ],
    taxonomy=TAXONOMY,
)


@given(WORDS, TEXT)
def test_the_finder_finds_each_occurrence_of_each_phrase(words: set[str], text: str) -> None:
    finder = PhraseFinder(words)
    found = {(hit.start, hit.end, finder.phrases[hit.phrase]) for hit in finder.find(text)}
    expected = {
        (at, at + len(word), word) for word in words for at in range(len(text)) if text.startswith(word, at)
    }
    assert found == expected


@given(WORDS, st.lists(st.text(alphabet="降价提车退款aAİΣ\n", max_size=12), max_size=6))
def test_many_texts_are_read_in_one_pass_as_one_by_one(words: set[str], texts: list[str]) -> None:
    finder = PhraseFinder({*words, "a降", "价\n降", "\n价", "价\n", "aσ", "aς"})
    assert finder.find_each(texts) == [finder.find(text) for text in texts]


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(WORDS, TEXT)
def test_longest_hits_do_not_overlap(words: set[str], text: str) -> None:
    kept = longest(PhraseFinder(words).find(text))
    assert all(one.end <= other.start for one, other in itertools.pairwise(kept))


@given(st.lists(TEXT, max_size=5))
def test_evidence_is_sorted_disjoint_and_inside_the_whole_text(texts: list[str]) -> None:
    at, utterances = 7, []
    for text in texts:
        utterances.append(Utterance("customer", text, at))
        at += len(text) + 1
    for hit in RULES.match(utterances):
        assert all(7 <= span.start < span.end <= at for span in hit.spans)
        assert all(one.end <= other.start for one, other in zip(hit.spans, hit.spans[1:], strict=False))


@given(st.lists(TEXT, max_size=5))
def test_clause_rules_say_the_same_one_by_one(texts: list[str]) -> None:
    together = {hit.rule_id for hit in RULES.match([Utterance("customer", text, 0) for text in texts])}
    alone = {hit.rule_id for text in texts for hit in RULES.match([Utterance("customer", text, 0)])}
    assert together == alone
