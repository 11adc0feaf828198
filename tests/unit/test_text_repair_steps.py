from __future__ import annotations

from models.text.repair import repair

PARAGRAPH = "這款車在高速上開到一百二十的時候方向盤抖動很厲害，去店裡做了兩次動平衡都沒有解決。"


def test_a_transcript_keeps_every_line_break_and_every_word() -> None:
    raw = "客户：我的车，\n坐席：嗯\n客户：考 虑退车"
    assert repair(raw).text.text == raw


def test_clean_text_is_passed_through_untouched() -> None:
    raw = "空调不制冷，修了两次都没修好。"
    repaired = repair(raw)
    assert repaired.text.text is raw
    assert repaired.text.starts is None
    assert (repaired.script, repaired.boilerplate, repaired.marks, dict(repaired.counts)) == (
        "hans",
        (),
        (),
        {},
    )


def test_the_steps_work_together_and_are_counted() -> None:
    repaired = repair("這間企業(yè)的服務太差！！！！")
    assert repaired.text.text == "这间企业的服务太差！"
    assert repaired.script == "hant"
    assert dict(repaired.counts) == {"normalised": 1, "debris": 1, "script": 4}


def test_marks_and_boilerplate_count_over_the_raw_text() -> None:
    raw = "\u200b\u200b嗯我我我我我想看https://example.com/x的价格"
    repaired = repair(raw)
    assert [(m.kind, raw[m.start : m.end]) for m in repaired.marks] == [
        ("filler", "嗯"),
        ("stutter", "我我我我"),
    ]
    assert [raw[b.start : b.end] for b in repaired.boilerplate] == ["https://example.com/x"]


def test_the_body_is_the_text_without_boilerplate_and_the_text_still_has_it() -> None:
    raw = f"{PARAGRAPH}\n第3页\n{PARAGRAPH}\n后来換了輪胎。"
    repaired = repair(raw, document=True)
    assert "第3页" in repaired.text.text
    body = repaired.body()
    assert body.text.splitlines() == [repaired.text.text.splitlines()[0], "后来换了轮胎。"]
    assert raw[slice(*body.to_raw(len(body.text) - 7, len(body.text)))] == "后来換了輪胎。"


def test_a_document_heals_lines_and_a_transcript_does_not() -> None:
    raw = "门店定期回访车主,记录他们提出的需\n求。"
    assert repair(raw, document=True).text.text == raw.replace("\n", "")
    assert repair(raw).text.text == raw


def test_text_is_not_joined_to_a_page_number_or_header() -> None:
    raw = "店员要主动询问车主的需\n求职指南 2024-01-01 12:00"
    assert repair("店员要主动询问,再记录车主\n12\n的需求。", document=True).text.text.count("\n") == 2
    assert repair(raw, document=True).text.text.count("\n") <= 1


def test_an_address_inside_a_long_paragraph_does_not_stop_its_healing() -> None:
    raw = "详情见 https://example.com/a 页面，客服说可以满足客户的需\n求。"
    assert repair(raw, document=True).text.text.endswith("客户的需求。")
