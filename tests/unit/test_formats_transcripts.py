"""Rows and request bodies as transcripts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from data.formats.columns import ColumnMap, check_fields, map_columns
from data.formats.transcripts import ReadingRules, RowNumbering, content_bytes, transcript_from
from models.core.errors import ColumnError, FieldError, LimitError, TextError
from models.core.transcript import Speaker

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RULES = ReadingRules(ZoneInfo("Asia/Shanghai"), NOW)


def test_a_title_stands_before_its_text_once() -> None:
    rules = replace(RULES, columns={"title": "标题", "text": "正文"})
    assert transcript_from({"标题": "退款", "正文": "还没到账"}, rules).text == "退款。还没到账"
    assert transcript_from({"标题": "退款", "正文": "退款还没到账"}, rules).text == "退款还没到账"


def test_two_columns_joined_are_one_text() -> None:
    rules = replace(RULES, columns=map_columns(["标题", "正文"], {"text": "标题+正文"}))
    assert transcript_from({"标题": "退款", "正文": "还没到账"}, rules).text == "退款 还没到账"
    assert transcript_from({"标题": None, "正文": "还没到账"}, rules).text == "还没到账"


def test_scores_may_have_a_column_each_and_an_empty_cell_is_none() -> None:
    columns = map_columns(
        ["正文", "点赞", "满意度"], {"text": "正文", "scores.likes": "点赞", "scores.nps": "满意度"}
    )
    rules = replace(RULES, columns=columns)
    assert transcript_from({"正文": "一", "点赞": "821", "满意度": " "}, rules).scores == {"likes": 821.0}
    with pytest.raises(FieldError, match="scores"):
        transcript_from({"正文": "一", "点赞": "很多", "满意度": ""}, rules)
    with pytest.raises(ColumnError):
        map_columns(["正文"], {"text": "正文", "scores.likes": "点赞"})
    for wrong in ("scores.", "likes"):
        with pytest.raises(FieldError):
            check_fields({wrong: "点赞"})


def test_a_missing_time_is_now_and_no_part_of_the_content() -> None:
    later = replace(RULES, now=datetime(2026, 11, 2, tzinfo=UTC))
    first, second = (
        transcript_from({"text": "一", "occurred_at": v}, r) for v, r in ((None, RULES), ("", later))
    )
    assert (first.occurred_at, second.occurred_at) == (RULES.now, later.now)
    assert content_bytes(first) == content_bytes(second)
    assert content_bytes(first) != content_bytes(
        transcript_from({"text": "一", "occurred_at": "2024-01-01"}, RULES)
    )


def test_not_a_number_is_no_value() -> None:
    nan = float("nan")
    found = transcript_from({"text": "一", "external_id": nan, "occurred_at": nan, "scores": nan}, RULES)
    assert (found.external_id, found.scores, found.extra) == (None, {}, {"occurred_at_missing": True})


@pytest.mark.parametrize(
    ("name", "speaker"),
    [
        ("customer", "customer"),
        ("客户", "customer"),
        (" Agent ", "agent"),
        ("IVR", "system"),
        ("坐席", "agent"),
    ],
)
def test_usual_names_of_speakers_are_known(name: str, speaker: str) -> None:
    (turn,) = transcript_from({"turns": [{"speaker": name, "text": "一"}]}, RULES).turns
    assert turn.speaker is Speaker(speaker)


def test_turns_may_come_as_a_string_of_json() -> None:
    (turn,) = transcript_from({"turns": '[{"speaker":"agent","text":"一","start_ms":12.0}]'}, RULES).turns
    assert (turn.speaker, turn.text, turn.start_ms) == (Speaker.AGENT, "一", 12)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"turns": [{"speaker": "老王", "text": "一"}]}, "turns[0].speaker"),
        ({"turns": [{"speaker": "agent", "text": "一"}, {"speaker": "agent"}]}, "turns[1]"),
        ({"turns": [{"speaker": "agent", "text": "一", "start_ms": "3"}]}, "turns[0].start_ms"),
        ({"turns": [{"speaker": "agent", "text": "一", "start_ms": float("inf")}]}, "turns[0].start_ms"),
        ({"turns": [{"speaker": "agent", "text": "一", "start_ms": 1e300}]}, "turns[0].start_ms"),
        ({"turns": {"speaker": "agent"}}, "turns"),
        ({"turns": "[{"}, "turns"),
        ({"turns": [3]}, "turns[0]"),
        ({"text": "一", "occurred_at": "2090-01-01"}, "occurred_at"),
        ({"text": "一", "occurred_at": "昨天"}, "occurred_at"),
        ({"text": "一", "customer_id": "x" * 501}, "customer_id"),
        ({"text": "一", "scores": [3]}, "scores"),
        ({"text": "一", "scores": {"nps": "很好"}}, "scores"),
        ({"text": "一", "scores": {"nps": float("nan")}}, "scores"),
        ({"text": "一", "scores": {"x" * 65: 1}}, "scores"),
        ({"text": "一", "scores": {"13812345678": 1}}, "scores"),
        ({"text": "一", "scores": {"电话": 13812345678}}, "scores"),
        ({"text": "一", "scores": {str(i): i for i in range(51)}}, "scores"),
        ({"text": "一", "scores": {"nps": 10**400}}, "scores"),
    ],
)
def test_a_wrong_field_is_named(row: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as caught:
        transcript_from(row, RULES)
    assert caught.value.values["field"] == field
    assert field in caught.value.message("zh")
    assert field in caught.value.message("en")


@pytest.mark.parametrize(
    "row", [{}, {"text": " \n"}, {"turns": []}, {"turns": [{"speaker": "agent", "text": " "}]}]
)
def test_an_empty_transcript_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(TextError, match="empty"):
        transcript_from(row, RULES)


def test_a_transcript_over_the_limit_is_refused_with_both_numbers() -> None:
    with pytest.raises(LimitError) as caught:
        transcript_from({"text": "长" * 11}, replace(RULES, max_chars=10))
    assert {"actual": 11, "limit": 10}.items() <= caught.value.values.items()


def test_nul_and_half_surrogates_become_replacement_characters_one_for_one() -> None:
    row = {"text": "a\0b\ud83dc", "customer_id": "\0x", "scores": {"n\0": 1}}
    found = transcript_from(row, RULES)
    assert (found.text, found.customer_id, found.scores) == ("a\ufffdb\ufffdc", "\ufffdx", {"n\ufffd": 1.0})
    content_bytes(found)


def test_equal_rows_without_ids_stay_two_and_a_second_reading_gives_the_same_ids() -> None:
    rows = [{"text": "一"}, {"text": "一"}, {"text": "二"}]

    def ids() -> list[str]:
        numbering = RowNumbering()
        return [numbering.id_for(transcript_from(row, RULES)) for row in rows]

    assert len(set(ids())) == 3
    assert ids() == ids()


def test_wanted_columns_win_over_known_names() -> None:
    assert map_columns(["text", "描述", "时间"], {"text": "描述"}) == {"text": "描述", "occurred_at": "时间"}


@pytest.mark.parametrize("name", ["时间", "来电时间", "date", "time", "created_at"])
def test_usual_names_of_the_time_column_are_known(name: str) -> None:
    assert map_columns(["text", name], {})["occurred_at"] == name


def test_a_column_that_is_not_there_is_told_with_those_there() -> None:
    for wanted, missing in (({"text": "描述"}, "描述"), ({"text": "内容+备注"}, "备注")):
        with pytest.raises(ColumnError) as caught:
            map_columns(["内容", "时间"], wanted)
        assert caught.value.values == {"column": missing, "columns": "内容、时间"}


def test_a_file_without_any_text_column_is_refused() -> None:
    with pytest.raises(ColumnError, match="text"):
        map_columns(["a", "b"], {})


def test_a_field_that_transcripts_do_not_have_is_refused() -> None:
    with pytest.raises(FieldError, match="occurred_at"):
        check_fields({"date": "x"})


def test_columns_are_found_row_by_row() -> None:
    columns = ColumnMap(["text", "时间", "内容"], {"occurred_at": "时间"})
    assert columns.of({"text": "一"}) == {"occurred_at": "时间", "text": "text"}
    assert columns.of({"内容": "一", "scores": {}}) == {
        "occurred_at": "时间",
        "text": "内容",
        "scores": "scores",
    }
