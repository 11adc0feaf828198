"""Nothing personal is in the files of an installation after ingest: their raw bytes are searched.

Kinds with a fixed form must be gone without exception. Names and addresses have none: what is masked of them
is a measured share, shown by ``-rP`` and held against a floor.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from data.samples.generator import Sample, generate
from data.samples.write import transcript_record
from service.cli.options import opened
from service.ingest.files import IngestCounts, IngestRequest, ingest_files
from service.settings import Settings

FIXED_FORM = (
    "mobile", "id_card", "bank_card", "email", "vin", "plate", "landline", "courier", "wechat", "qq",
)  # fmt: skip
FLOORS = {"name": 0.90, "address": 0.90}
SECTORS = ("automotive", "telecom", "retail")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def ingest(home: Path, path: Path, **options: object) -> tuple[IngestCounts, bytes]:
    """What the counts say, and every byte in ``home``, read while the database is open and after."""
    settings = Settings(home=home, sector="generic", _env_file=None)
    request = IngestRequest(paths=[path], now=NOW, rejects_folder=home / "rejects", **options)  # type: ignore[arg-type]
    with opened(settings) as database:
        counts = ingest_files(settings, database, request)
        open_bytes = all_bytes(home)
    return counts, open_bytes + all_bytes(home)


def all_bytes(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture(scope="module", params=SECTORS)
def sample_month(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Sample], bytes]:
    folder = tmp_path_factory.mktemp(request.param)
    samples = list(generate(seed=11, sector=request.param, months=2, per_month=60))
    path = folder / "transcripts.jsonl"
    path.write_bytes(b"".join(orjson.dumps(transcript_record(s.transcript)) + b"\n" for s in samples))
    counts, raw = ingest(folder / "home", path)
    assert counts.stored == len(samples)
    assert b"SQLite format 3" in raw
    return samples, raw


def planted(samples: list[Sample], kind: str) -> list[str]:
    return [s.transcript.text[start:end] for s in samples for k, start, end in s.gold.pii if k == kind]


@pytest.mark.parametrize("kind", FIXED_FORM)
def test_no_planted_value_of_a_fixed_form_is_at_rest(
    sample_month: tuple[list[Sample], bytes], kind: str
) -> None:
    samples, raw = sample_month
    assert [value for value in planted(samples, kind) if value.encode() in raw] == []


def test_customer_numbers_are_not_at_rest(sample_month: tuple[list[Sample], bytes]) -> None:
    samples, raw = sample_month
    numbers = {s.transcript.customer_id or "" for s in samples}
    assert len(numbers) > 50
    assert [number for number in numbers if number.encode() in raw] == []


def test_the_samples_plant_every_kind() -> None:
    kinds = Counter(
        kind
        for sector in SECTORS
        for sample in generate(seed=11, sector=sector, months=2, per_month=60)
        for kind, _, _ in sample.gold.pii
    )
    assert {*FIXED_FORM, *FLOORS} <= kinds.keys()


@pytest.mark.parametrize("kind", sorted(FLOORS))
def test_most_names_and_addresses_are_not_at_rest(
    sample_month: tuple[list[Sample], bytes], kind: str
) -> None:
    samples, raw = sample_month
    values = [value for value in planted(samples, kind) if len(value) > 1]
    n_left = sum(value.encode() in raw for value in values)
    print(f"{kind}: {len(values) - n_left} of {len(values)} not at rest")
    assert n_left <= (1 - FLOORS[kind]) * len(values)


def test_personal_data_in_every_field_of_a_row_is_not_at_rest(tmp_path: Path) -> None:
    rows = [
        {
            "external_id": "13912345678-01",
            "customer_id": "13712345678",
            "agent_id": "坐席13612345678",
            "product": "京A12345的车",
            "region": "邮箱wang@example.com",
            "segment": "11010519491231002X",
            "channel": "微信号abc_wang123",
            "text": "我的手机是幺三五 一二三四 五六七八，车牌沪B67890",
        },
        {"external_id": "b", "text": "电话一三四一二三四五六七八", "occurred_at": "13312345678"},
        {"external_id": "c", "turns": [{"speaker": "13212345678", "text": "好"}]},
        {"external_id": "d", "text": "打分", "scores": {"13112345678": 1}},
        {"external_id": "13012345678", "text": "第一次"},
        {"external_id": "13012345678", "text": "第二次"},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    counts, raw = ingest(tmp_path / "home", path)
    assert (counts.read, counts.stored, counts.rejected) == (6, 2, 4)
    needles = [f"13{i}12345678" for i in range(10)] + [
        "12345678", "A12345", "wang@example.com", "11010519491231002X", "abc_wang123", "幺三五", "B67890", "一三四一二",
    ]  # fmt: skip
    assert [needle for needle in needles if needle.encode() in raw] == []
    assert "[手机]".encode() in raw


def test_the_same_customer_keeps_one_key_in_every_channel(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,channel,customer_id\n空调坏,电话,C1001\n还是坏,微信,C1001\n态度差,电话,C1002\n")
    settings = Settings(home=tmp_path / "home", _env_file=None)
    request = IngestRequest(paths=[path], now=NOW, rejects_folder=tmp_path)
    with opened(settings) as database:
        ingest_files(settings, database, request)
        with database.read() as connection:
            keys = connection.exec_driver_sql(
                "SELECT customer_key, count(*) FROM transcript GROUP BY 1 ORDER BY 2"
            ).all()
    assert [n for _, n in keys] == [1, 2]
    assert all(len(key) == 32 for key, _ in keys)
