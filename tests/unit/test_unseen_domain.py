"""A field is left out by digest, from tuning and from fitting alike, and the run checks it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.unseen_domain import check_unseen, domain_texts, excerpt
from models.artifact.seen_rows import read_rows, row_hash, rows_file, seen_mask, stored_digests
from training.defaults import build_defaults
from training.shipped_encoder import NAME, encoder_name, tuning_rows

GOODS = [f"{what}{how}第{i}次" for i in range(12) for what in ("快递", "平板") for how in ("很好", "太差")]
ROOMS = [f"{what}{how}第{i}晚" for i in range(12) for what in ("房间", "前台") for how in ("很好", "太差")]


def _table(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def _sentiment(text: str) -> str:
    return "positive" if "很好" in text else "negative"


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """The layout of the public data; a third of the shop's rows are rooms, with blanks put in."""
    shop = [{"category": "衣服", "text": text, "sentiment": _sentiment(text)} for text in GOODS]
    shop += [
        {"category": "酒店", "text": f" {text[:2]} {text[2:]}", "sentiment": _sentiment(text)}
        for text in ROOMS[::2]
    ]
    for part, take in (("train", slice(0, None, 2)), ("test", slice(1, None, 2))):
        hotel = [{"text": text, "label": _sentiment(text)} for text in ROOMS[take]]
        _table(tmp_path / f"sentiment_hotel/{part}.csv", hotel)
        _table(tmp_path / f"shopping/{part}.csv", shop[take])
        _table(tmp_path / f"car_complaints/{part}.csv", [{"text": f"发动机异响{part}", "problem": "异响"}])
        _table(
            tmp_path / f"citizen_messages/{part}.csv",
            [{"title": "路灯", "text": f"路灯不亮{part}", "label": "城建"}],
        )
        _table(tmp_path / f"aspect_car/{part}.csv", [{"text": f"动力很足{part}", "opinions": "动力:1"}])
    (tmp_path / "aspect_triplets").mkdir()
    for part in ("train", "dev", "test"):
        (tmp_path / f"aspect_triplets/{part}.txt").write_text(
            f"菜 好 吃 {part}####[([0], [1], 'POS')]\n", encoding="utf-8"
        )
    (tmp_path / "asr_lines").mkdir()
    lines = [f'{i}\t{{"sentence": "我想查一下话费{i}"}}\n' for i in range(30)]
    (tmp_path / "asr_lines/lines.tsv").write_text("".join(lines), encoding="utf-8")
    return tmp_path


def _left_out(shared: Path) -> frozenset[int]:
    return frozenset(map(row_hash, domain_texts(shared)))


def test_the_field_is_every_hotel_text_of_both_files(shared: Path) -> None:
    assert _left_out(shared) == {row_hash(text) for text in ROOMS}


def test_what_is_left_out_is_not_tuned_on_and_nothing_else_is_missing(shared: Path) -> None:
    left_out = _left_out(shared)
    everything, rest = tuning_rows(shared), tuning_rows(shared, left_out=left_out)
    assert any(row_hash(row.text) in left_out for row in everything)
    assert rest == [row for row in everything if row_hash(row.text) not in left_out]


def test_what_is_left_out_is_not_fitted_on(shared: Path, tmp_path: Path) -> None:
    now, left_out = datetime(2024, 3, 1, tzinfo=UTC), _left_out(shared)
    (manifest,) = build_defaults(
        shared, tmp_path / "out", now=now, presets=("fast",), tasks=("sentiment",), left_out=left_out
    )
    rows = read_rows(tmp_path / "out/sentiment" / manifest.version, manifest)
    assert rows is not None
    n_checked = check_unseen(left_out, rows)
    assert n_checked == len(rows)
    assert seen_mask(GOODS, rows).any()


def test_a_row_that_was_seen_ends_the_run() -> None:
    rows = stored_digests(rows_file(["房间很好", "快递很好"]))
    with pytest.raises(AssertionError, match="1 texts"):
        check_unseen(frozenset([row_hash("房间 很好")]), rows)
    with pytest.raises(AssertionError, match="no digests"):
        check_unseen(frozenset(), None)


def test_an_encoder_tuned_without_a_field_has_a_name_of_its_own() -> None:
    names = {encoder_name(frozenset(rows)) for rows in ((), (1,), (1, 2))}
    assert len(names) == 3
    assert encoder_name(frozenset()) == NAME


def test_an_excerpt_has_the_layout_and_few_rows(shared: Path, tmp_path: Path) -> None:
    few = excerpt(shared, tmp_path / "work", 5)
    with (few / "shopping/train.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 5
    assert len((few / "asr_lines/lines.tsv").read_text(encoding="utf-8").splitlines()) == 5
