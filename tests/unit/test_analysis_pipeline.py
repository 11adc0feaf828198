from datetime import UTC, datetime

import pytest

from models.analysis.pipeline import DETAIL_MODELS
from models.core.transcript import Speaker, Transcript, Turn
from service.building import build_analyzer
from service.settings import Settings


@pytest.fixture(scope="module")
def analyzer():
    return build_analyzer(Settings(sector="automotive", _env_file=None))


def transcript(*turns):
    return Transcript(
        turns=tuple(Turn(Speaker(speaker), text) for speaker, text in turns),
        occurred_at=datetime(2024, 3, 5, tzinfo=UTC),
    )


def test_only_customer_turns_are_judged(analyzer):
    found = analyzer.analyze_transcripts(
        [
            transcript(
                ("agent", "给您带来不便非常抱歉，这个服务太差了是我们的问题"),
                ("customer", "师傅很专业，态度特别好，非常满意"),
            )
        ]
    )[0]
    assert found.analysis.sentiment.label == "positive"
    assert {clause.speaker for clause in found.analysis.clauses} == {"customer"}


def test_stored_spans_count_over_the_masked_text(analyzer):
    found = analyzer.analyze_transcripts(
        [transcript(("agent", "您好"), ("customer", "我电话13800138000，提车第二天就降价两万，太坑了"))]
    )[0]
    assert "13800138000" not in found.masked
    mask = found.analysis.pii[0]
    assert found.masked[mask.start : mask.end] == "[手机]"
    price = next(c for c in found.analysis.categories if c.path[-1] == "变更价格")
    assert "降价" in "".join(found.masked[start:end] for start, end in price.spans)
    (_, start, end) = found.turns[1]
    assert found.masked[start:end].startswith("我电话[手机]")


def test_raw_spans_count_over_the_text_as_sent_with_speaker_marks(analyzer):
    text = "客户：我电话１３８００１３８０００，空調不制冷，修了三次！坐席：非常抱歉。"
    found = analyzer.analyze_raw([text])[0]
    assert text[found.pii[0].start : found.pii[0].end] == "１３８００１３８０００"
    clauses = [text[c.start : c.end] for c in found.clauses]
    assert "空調不制冷" in clauses
    assert all(text[t.start : t.end] == t.text for t in found.tokens)
    assert found.masked_text == "客户：我电话[手机]，空調不制冷，修了三次！坐席：非常抱歉。"


def test_a_batch_gives_what_its_members_give_one_by_one(analyzer):
    texts = ["空调不制冷，修了三次", "客户：你好\n客服：您好\n客户：退款一直没到账", "好", "。。。", "[手机]"]
    batch = [a.to_dict() for a in analyzer.analyze_raw(texts)]
    assert batch == [analyzer.analyze_raw([text])[0].to_dict() for text in texts]


def test_a_stored_transcript_is_analysed_again_to_the_same(analyzer):
    first = analyzer.analyze_transcripts(
        [transcript(("customer", "我叫王小明，手机13800138000，变速箱顿挫严重，4S店不管"), ("agent", "好的"))]
    )[0]
    again = analyzer.reanalyze([(first.masked, [(s.value, a, b) for s, a, b in first.turns])])[0]
    before, after = first.analysis.to_dict(), again.analysis.to_dict()
    assert before["clauses"] == after["clauses"]
    assert before["categories"] == after["categories"]
    assert before["sentiment"] == after["sentiment"]


def test_a_text_that_carries_nothing_is_neutral_and_unclear(analyzer):
    found = analyzer.analyze_raw(["嗯嗯"])[0]
    assert found.sentiment.label == "neutral"


def test_every_analysis_names_its_versions(analyzer):
    labels = {"sentiment", "category", "experience", "talk", "dictionary", "taxonomy"}
    with_detail = {*labels, *DETAIL_MODELS} - {"aspect"}
    assert set(analyzer.analyze_raw(["退款"])[0].models) == with_detail, (
        "aspects are for the detail full alone"
    )
    stored = analyzer.analyze_transcripts([transcript(("customer", "退款"))])[0]
    assert set(stored.analysis.models) == labels, "what made nothing of it is not named"
