"""Every span of every analysis lies in the text it counts over, whatever the text."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.building import build_analyzer
from service.settings import Settings

PIECES = st.sampled_from(
    [
        "客户：", "坐席：", "我叫王小明，", "13800138000", "一三八零零一三八零零零", "商業(yè)模式", "空调不制冷", "太差了！！！！",
        "修了三次", "１２３４５", "嗯那个那个", "京A12345", "，", "。", "\n", " ", "😀", "\u200b", "\x00", "\ud83d", "退款没到账",
        "提车后降价两万", "动力肉，油耗高", "https://a.cn/b", "戰(zhàn)略", "對於這個問題", "abc@qq.com",
    ]
)  # fmt: skip
TEXT = st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=14).map("".join)


def all_spans(found):
    yield from (tuple(span) for span in found["sentiment"]["spans"])
    for item in (*found["categories"], *found["opinions"], *found["aspects"]):
        yield from (tuple(span) for span in item["spans"])
    for name in ("clauses", "pii", "tokens"):
        yield from ((item["start"], item["end"]) for item in found[name])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXT)
def test_spans_over_the_raw_text(text):
    analyzer = build_analyzer(Settings(sector="automotive", detail="full", _env_file=None))
    found = analyzer.analyze_raw([text])[0].to_dict()
    assert all(0 <= start < end <= len(text) for start, end in all_spans(found))
    assert all(text[t["start"] : t["end"]] == t["text"] for t in found["tokens"])
    starts = [clause["start"] for clause in found["clauses"]]
    assert starts == sorted(starts)
