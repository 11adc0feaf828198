"""Root causes of real months: what a reader of these data knows must be among the top."""

import csv
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
import rjieba

from models.rootcause.cause import Discovery, KnownCause, RootCause
from models.rootcause.discover import discover
from models.rootcause.units import Unit
from models.rootcause.vectors import UseEncoder

SHARED = Path(os.environ.get("VOC_SHARED_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"shared public data not found at {SHARED}"),
]
CLAUSE = re.compile(r"[^，。！？；,!?;：:\s]+")
JIEBA = rjieba.Jieba()


def clauses(transcript_id: str, text: str) -> list[Unit]:
    return [
        Unit(
            transcript_id,
            m.start(),
            m.end(),
            m.group(),
            tuple(w for w in JIEBA.cut(m.group(), True) if w.isalnum()),
        )
        for m in CLAUSE.finditer(text)
        if len(m.group()) >= 2
    ]


def car_month(month: str) -> list[Unit]:
    units: list[Unit] = []
    for part in ("train", "test"):
        with (SHARED / "car_complaints" / f"{part}.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["date"].startswith(month)]
        units += [unit for row in rows for unit in clauses(row["id"], row["text"])]
    return units


def hot_month(year: int, number: int) -> list[Unit]:
    units: list[Unit] = []
    with (SHARED / "hot_topics" / "messages.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            y, m = re.split("[-/]", row["time"])[:2]
            if (int(y), int(m)) == (year, number):
                units += clauses(row["id"], row["title"] + "。" + row["text"])
    return units


def rank_of(causes: Sequence[RootCause], *any_of: str) -> int:
    """1-based rank of the first cause whose name, keywords or quotes hold one of the words."""
    for rank, cause in enumerate(causes, start=1):
        said = " ".join([cause.name, *cause.keywords[:5], *(e.text for e in cause.exemplars[:2])])
        if any(word in said for word in any_of):
            return rank
    return 10_000


def known_of(found: Discovery, units: list[Unit]) -> list[KnownCause]:
    of_unit = {(a.transcript_id, a.start, a.end): a.cause_id for a in found.assignments}
    return [
        KnownCause(
            c.id,
            c.name,
            tuple(u for u in units if of_unit.get((u.transcript_id, u.start, u.end)) == c.id),
            c.centroid,
            c.encoder,
            c.n_voices,
        )
        for c in found.causes
    ]


def test_the_price_cut_stands_out_in_march_2024_and_is_known_from_february() -> None:
    encoder, units = UseEncoder(), car_month("2024-02")
    february = discover(units, month="2024-02", encoder=encoder)
    known = known_of(february, units)
    march = discover(car_month("2024-03"), month="2024-03", encoder=encoder, known=known)
    assert rank_of(march.causes, "降价") <= 2
    cut = march.causes[rank_of(march.causes, "降价") - 1]
    assert cut.n_voices >= 100
    assert cut.linked_from is not None
    assert len({cause.name for cause in march.causes}) == len(march.causes) >= 10
    linked = sum(c.linked_from is not None for c in march.causes)
    assert linked >= len(march.causes) / 2, (linked, len(march.causes))


@pytest.mark.parametrize(
    ("number", "words", "at_most"),
    [
        (12, ("搅拌",), 8),
        (8, ("捆绑", "景园"), 3),
        (1, ("车贷",), 12),
    ],
    ids=["cement-mixing-plant", "forced-parking-spaces", "car-loan"],
)
def test_the_hot_topics_come_up_in_their_months(number: int, words: tuple[str, ...], at_most: int) -> None:
    result = discover(hot_month(2019, number), month=f"2019-{number:02d}", encoder=UseEncoder())
    hottest = sorted(result.causes, key=lambda cause: -cause.heat)
    assert rank_of(hottest, *words) <= at_most
