"""The seeded sample year: the same every time, gold spans exact, the planted lifecycle visible."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import orjson
import pytest

from data.samples.generator import Sample, generate
from data.samples.plan import journey_steps, lifecycle, planted_causes, sectors
from data.samples.write import write_samples
from models.core.errors import FieldError, MonthError
from models.core.transcript import Speaker

CHANNELS = {"phone", "online", "wechat", "store", "email"}
PER_MONTH = 500


@pytest.fixture(scope="module")
def years() -> dict[str, list[Sample]]:
    return {sector: list(generate(sector=sector, per_month=PER_MONTH)) for sector in sectors()}


def monthly_counts(samples: list[Sample]) -> dict[str, list[int]]:
    """Transcripts of each cause in each month of the year."""
    counts: dict[str, list[int]] = {}
    for sample in samples:
        for cause in sample.gold.causes:
            counts.setdefault(cause, [0] * 12)[sample.transcript.occurred_at.month - 1] += 1
    return counts


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        files = write_samples(tmp_path / name, seed=3, sector="retail", months=2, per_month=40)
        digests.append(
            [
                hashlib.sha256(p.read_bytes()).hexdigest()
                for p in (files.transcripts, files.gold, files.lifecycle)
            ]
        )
    other = write_samples(tmp_path / "three", seed=4, sector="retail", months=2, per_month=40)

    assert digests[0] == digests[1]
    assert hashlib.sha256(other.transcripts.read_bytes()).hexdigest() != digests[0][0]
    assert other.n_samples == 80


def test_a_shorter_year_is_the_beginning_of_a_longer_one() -> None:
    short = list(generate(months=1, per_month=30))
    longer = list(generate(months=2, per_month=30))

    assert longer[:30] == short
    assert len(longer) == 60


def test_written_lines_have_the_shape_of_the_http_call(tmp_path: Path) -> None:
    files = write_samples(tmp_path, months=1, per_month=50)
    rows = [orjson.loads(line) for line in files.transcripts.read_bytes().splitlines()]
    gold = [orjson.loads(line) for line in files.gold.read_bytes().splitlines()]

    allowed = {
        "external_id",
        "channel",
        "occurred_at",
        "customer_id",
        "agent_id",
        "product",
        "region",
        "segment",
        "scores",
        "store",
        "turns",
    }
    assert len(rows) == len(gold) == 50
    for row, answer in zip(rows, gold, strict=True):
        assert set(row) <= allowed
        assert row["external_id"] == answer["external_id"]
        assert row["occurred_at"].startswith("2024-01-") and row["occurred_at"].endswith("+08:00")
        text = "\n".join(turn["text"] for turn in row["turns"])
        assert all(0 <= start < end <= len(text) for _, start, end in answer["pii"])
    assert any("start_ms" in turn for row in rows for turn in row["turns"])
    assert {e["kind"] for e in orjson.loads(files.lifecycle.read_bytes())["events"]} >= {
        "born",
        "split",
        "merge",
        "end",
    }


@pytest.mark.parametrize("sector", sectors())
def test_a_year_has_the_asked_size_in_order_of_time_with_unique_ids(
    years: dict[str, list[Sample]], sector: str
) -> None:
    samples = years[sector]
    times = [sample.transcript.occurred_at for sample in samples]

    assert len(samples) == 12 * PER_MONTH
    assert all(a <= b for a, b in pairwise(times))
    assert Counter(t.month for t in times) == dict.fromkeys(range(1, 13), PER_MONTH)
    assert {t.utcoffset() for t in times} == {timedelta(hours=8)}
    assert len({sample.gold.external_id for sample in samples}) == len(samples)


@pytest.mark.parametrize("sector", sectors())
def test_turns_are_never_empty_and_every_dialogue_has_a_customer(
    years: dict[str, list[Sample]], sector: str
) -> None:
    for sample in years[sector]:
        turns = sample.transcript.turns
        assert all(turn.text.strip() and "\n" not in turn.text for turn in turns)
        assert any(turn.speaker is Speaker.CUSTOMER for turn in turns)
        assert sample.transcript.channel in CHANNELS
        assert not re.search(r"[{}()|]", re.sub(r"\(0\d{2,3}\)", "", sample.transcript.text))


@pytest.mark.parametrize("sector", sectors())
def test_complaint_calls_are_long_and_some_contacts_are_very_short(
    years: dict[str, list[Sample]], sector: str
) -> None:
    calls = [s.transcript for s in years[sector] if s.gold.causes and s.transcript.channel == "phone"]
    n_chars = [len(call.text) for call in calls]
    n_turns = [len(call.turns) for call in calls]

    assert 300 <= sum(n_chars) / len(n_chars) <= 600
    assert 10 <= sum(n_turns) / len(n_turns) <= 25
    assert sum(len(s.transcript.text) < 20 for s in years[sector]) > 0.01 * len(years[sector])


def test_plan_has_enough_causes_and_leaves_room_for_ordinary_contacts() -> None:
    assert len(planted_causes("automotive")) >= 12
    assert len(planted_causes("telecom")) >= 8
    assert len(planted_causes("retail")) >= 8
    for sector in sectors():
        causes = planted_causes(sector)
        assert {c.kind for c in causes} == {
            "steady",
            "born",
            "grow",
            "shrink",
            "split",
            "merge",
            "end",
            "seasonal",
        }
        assert all(len(c.life) == 12 and set(c.steps) <= set(journey_steps(sector)) for c in causes)
        for month in range(12):
            assert 0.3 < sum(c.rate(month, month + 1) for c in causes) < 0.75
    steps = {step for cause in planted_causes("automotive") for step in cause.steps}
    assert steps == set(journey_steps("automotive"))
    assert len(steps) == 14  # sales and the thirteen of service


@pytest.mark.parametrize("sector", sectors())
def test_every_planted_event_shows_in_the_monthly_counts(years: dict[str, list[Sample]], sector: str) -> None:
    counts = monthly_counts(years[sector])
    events = lifecycle(sector)

    assert events == sorted(events, key=lambda e: e.month)
    for event in events:
        at = int(event.month[-2:]) - 1
        before, after = (
            {c: sum(counts[c][part]) for c in event.ids} for part in (slice(0, at), slice(at, 12))
        )
        first, last = event.ids[0], event.ids[-1]
        if event.kind == "born":
            assert before[first] == 0 < after[first]
        elif event.kind == "end":
            assert after[first] == 0 < before[first]
        elif event.kind == "grow":
            assert sum(counts[first][-3:]) > 2 * sum(counts[first][:3])
        elif event.kind == "shrink":
            assert sum(counts[first][:3]) > 2 * sum(counts[first][-3:])
        elif event.kind == "split":
            assert after[first] == 0 < before[first]
            assert all(before[child] == 0 < after[child] for child in event.ids[1:])
        elif event.kind == "merge":
            assert before[last] == 0 < after[last]
            assert all(after[parent] == 0 < before[parent] for parent in event.ids[:-1])
        else:
            life = {cause.id: cause.life for cause in planted_causes(sector)}[first]
            assert counts[first][life.index(max(life))] > 1.7 * sum(counts[first]) / 12


@pytest.mark.parametrize("sector", sectors())
def test_without_drift_no_cause_moves_more_than_chance(sector: str) -> None:
    counts = monthly_counts(list(generate(sector=sector, per_month=PER_MONTH, drift=False)))

    assert set(counts) == {cause.id for cause in planted_causes(sector)}
    for year in counts.values():
        mean = sum(year) / 12
        assert (
            sum((n - mean) ** 2 for n in year) / mean < 34.5
        )  # chi-square, 11 degrees of freedom, p = 0.0003


@pytest.mark.parametrize("sector", sectors())
def test_a_third_answer_the_survey_and_complaints_score_lower(
    years: dict[str, list[Sample]], sector: str
) -> None:
    scored = [s for s in years[sector] if s.transcript.scores]
    means = {}
    for sentiment in ("negative", "neutral", "positive"):
        found = [s.transcript.scores["satisfaction"] for s in scored if s.gold.sentiment == sentiment]
        means[sentiment] = sum(found) / len(found)

    assert 0.25 < len(scored) / len(years[sector]) < 0.45
    assert means["negative"] < 2.5 < means["neutral"] < means["positive"]
    assert all(1 <= s.transcript.scores["satisfaction"] <= 5 for s in scored)
    assert all(0 <= s.transcript.scores.get("recommend", 0) <= 10 for s in scored)


def test_some_customers_call_again_about_the_same_cause(years: dict[str, list[Sample]]) -> None:
    causes_of: dict[str, list[str]] = {}
    for sample in years["automotive"]:
        if sample.gold.causes:
            causes_of.setdefault(str(sample.transcript.customer_id), []).append(sample.gold.causes[0])
    repeated = [causes for causes in causes_of.values() if len(causes) > 1]

    assert len(repeated) > 0.05 * len(causes_of)
    assert all(len(set(causes)) == 1 for causes in repeated)


def test_each_kind_of_contact_is_there(years: dict[str, list[Sample]]) -> None:
    samples = years["automotive"]
    texts = Counter(s.gold.sentiment for s in samples)
    courtesy = [s for s in samples if not s.gold.causes and "抱歉" in s.transcript.text]

    assert min(texts["negative"], texts["neutral"], texts["positive"]) > 300
    assert sum(len(s.gold.causes) == 2 for s in samples) > 100
    assert sum(s.gold.sentiment == "negative" and not s.gold.causes for s in samples) > 100
    assert any("五星" in s.transcript.text and s.gold.sentiment == "neutral" for s in samples)
    assert any(
        "异响倒是没有了" in s.transcript.text and "auto.noise_unfixed" not in s.gold.causes for s in samples
    )
    assert len(courtesy) > 50
    assert len({s.transcript.store for s in samples}) == 12


@pytest.mark.parametrize(
    ("sector", "words"),
    [
        ("automotive", "保养 工位 提车 质保 工单 小程序"),
        ("telecom", "套餐 宽带 营业厅 授权码 光猫 流量"),
        ("retail", "快递 退款 运费险 订单 旗舰店 防伪"),
    ],
)
def test_each_sector_speaks_its_own_words(years: dict[str, list[Sample]], sector: str, words: str) -> None:
    text = "\n".join(sample.transcript.text for sample in years[sector])

    assert all(word in text for word in words.split())


def test_wrong_arguments_are_refused_at_the_call() -> None:
    with pytest.raises(FieldError):
        generate(sector="space")
    with pytest.raises(MonthError):
        generate(start="2024-13")
    with pytest.raises(FieldError):
        generate(months=-1)
    assert list(generate(per_month=0)) == []


def test_a_year_may_start_in_any_month_and_seasons_stay_on_the_calendar() -> None:
    events = {event.ids[0]: event.month for event in lifecycle("automotive", start="2023-10")}
    months = [
        s.transcript.occurred_at.strftime("%Y-%m") for s in generate(months=4, start="2023-10", per_month=2)
    ]

    assert events["auto.ac_not_cool"] == "2024-06"
    assert events["auto.price_cut"] == "2023-12"
    assert months == ["2023-10"] * 2 + ["2023-11"] * 2 + ["2023-12"] * 2 + ["2024-01"] * 2
