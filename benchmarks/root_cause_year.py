"""Root causes of generated years against what was planted: ``python -m benchmarks.root_cause_year``.

Each year: twelve months of contacts are generated, stored by ``service.ingest`` in a fresh SQLite database, and
root causes are found month by month by ``service.rootcauses.finding``, as ``voc review`` does. Then they are
measured against the gold record (``benchmarks.root_cause_measures``), and three promises are tried: shuffled rows
give the same digest, replay of the ledger the same state, undo the same series. The seeds took no part in
development. Writes ``benchmarks/results/root-cause-year-<date>.json`` and ``.md``, after each year; years of an
earlier run on the same day stay unless measured again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.__main__ import RESULTS, _about
from benchmarks.root_cause_measures import Shown, Told, kinships, measure
from benchmarks.root_cause_vectors import KeptVectors
from benchmarks.root_cause_year_table import to_markdown
from data.samples.plan import planted_causes
from data.samples.write import write_samples
from models.core.month import Month
from models.rootcause.cause import Discovery, KnownCause
from models.rootcause.ledger.edits import Author
from models.rootcause.units import Unit
from service.building import build_analyzer, build_encoder
from service.cli.options import opened
from service.database import ledger, root_causes
from service.database.schema import transcript as transcript_table
from service.ingest.files import IngestRequest, ingest_files
from service.rootcauses.editing import CauseEdit, apply_edit
from service.rootcauses.finding import find_root_causes, read_month
from service.rootcauses.memory import known_causes
from service.rootcauses.rebuilding import Shown as Stored
from service.rootcauses.rebuilding import read_shown, rebuild
from service.rootcauses.work import MonthWork
from service.settings import load_settings

SECTORS = {201: "automotive", 202: "telecom", 203: "retail", 204: "automotive", 205: "telecom"}
"""Seeds, and the sector of each. Seeds of development were 101 to 106, 301 and 302."""
N_MONTHS = 12
_START = Month(2024, 1)
_NOW = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Year:
    sector: str
    seed: int
    per_month: int


def main(arguments: list[str] | None = None) -> int:
    """Measure the years asked for, one after the other."""
    options = _options(arguments)
    about = _about()
    sectors = options.sectors or [SECTORS.get(seed, "automotive") for seed in options.seeds]
    for sector, seed in zip(sectors, options.seeds, strict=True):
        figures = {"commit": about["commit"], **measure_year(Year(sector, seed, options.per_month))}
        print(json.dumps(figures, ensure_ascii=False, indent=1), flush=True)
        write_year(options.out, about, figures)
    return 0


def measure_year(year: Year) -> dict[str, Any]:
    """Everything about one year, in a database of its own that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="voc-year-") as folder:
        home = Path(folder)
        settings = load_settings(home=home / "var", database_url="", sector=year.sector, detail="labels")
        files = write_samples(
            home, seed=year.seed, sector=year.sector, months=N_MONTHS, per_month=year.per_month
        )
        gold = [json.loads(line) for line in files.gold.read_text(encoding="utf-8").splitlines()]
        with opened(settings) as database:
            started = time.perf_counter()
            ingest_files(settings, database, IngestRequest([files.transcripts], _NOW, home / "rejects"))
            stored = time.perf_counter()
            analyzer, encoder = build_analyzer(settings), KeptVectors(build_encoder(settings))
            work = MonthWork(settings, database, analyzer, encoder, settings.tenant, _START, _NOW)
            runs = run_months(work)
            found = time.perf_counter()
            told, shown = read_told(gold), read_found(work, [run.proposals for run in runs])
            figures = measure(told, shown, planted_causes(year.sector))
            return {
                "sector": year.sector,
                "seed": year.seed,
                "per_month": year.per_month,
                **figures,
                "kinships": kinships(told, shown, planted_causes(year.sector)),
                "n_lineages_proposed": sum(kind == "lineage" for _, kind, *_ in shown.proposals),
                "n_merges_proposed": sum(kind == "merge" for _, kind, *_ in shown.proposals),
                "same_digest_shuffled": digests_hold(_month_work(work, N_MONTHS - 1), runs[-1]),
                **promises(work),
                "ingest_seconds": round(stored - started),
                "finding_seconds": round(found - stored),
            }


def run_months(work: MonthWork) -> list[Discovery]:
    """Root causes of all months, in order."""
    runs = []
    for index in range(N_MONTHS):
        runs.append(find_root_causes(_month_work(work, index)))
        print(f"{runs[-1].month}: {len(runs[-1].causes)} causes", flush=True)
    return runs


def _month_work(work: MonthWork, index: int) -> MonthWork:
    return replace(work, month=_START.shifted(index))


def read_told(gold: Sequence[dict[str, Any]]) -> Told:
    """The gold record; the month of a contact stands in its number."""
    month_of = {row["external_id"]: row["external_id"].split("-", 1)[1][:7] for row in gold}
    return Told(month_of, {row["external_id"]: tuple(row["causes"]) for row in gold if row["causes"]})


def read_found(work: MonthWork, proposals: Sequence[Any]) -> Shown:
    """What the database shows of all months, by the contacts' own numbers; proposals as the ledger keeps them."""
    with work.database.read() as connection:
        table = transcript_table
        query = sa.select(table.c.id, table.c.external_id).where(table.c.tenant == work.tenant)
        names = {row.id: row.external_id for row in connection.execute(query)}
        months = [str(_START.shifted(index)) for index in range(N_MONTHS)]
        assigned = {
            month: sorted(
                {
                    (names[item.transcript_id], item.root_cause_id)
                    for item in root_causes.list_assignments(connection, work.tenant, month)
                }
            )
            for month in months
        }
        born = {cause.id: cause.born_month for cause in root_causes.list_causes(connection, work.tenant)}
        events = ledger.list_events(connection, work.tenant)
    told = [
        (event.payload["month"], item["kind"], tuple(item["causes"]), tuple(item["born"]))
        for event in events
        if event.kind == "month"
        for item in event.payload["proposals"]
    ]
    return Shown(assigned, born, told)


def digests_hold(work: MonthWork, run: Discovery) -> bool:
    """Whether the month's units and memories, shuffled, give the digest of the month's own run."""
    with work.database.read() as connection:
        read = read_month(connection, work)
        state, _ = ledger.read_state(connection, work.tenant)
        known = known_causes(connection, work.tenant, work.month, state, work.analyzer)
    digests = {digest(run)}
    for seed in (1, 2):
        mixed, remembered = shuffled(read.units, known, seed)
        digests.add(digest(replace(read, units=tuple(mixed)).discover(work, remembered)))
    return len(digests) == 1


def shuffled(
    units: Sequence[Unit], known: Sequence[KnownCause], seed: int
) -> tuple[list[Unit], list[KnownCause]]:
    """Units, causes and what each remembers in another order."""
    draw = random.Random(seed)
    causes = [replace(cause, remembered=tuple(_mixed(cause.remembered, draw))) for cause in known]
    return _mixed(units, draw), _mixed(causes, draw)


def _mixed(items: Sequence[Any], draw: random.Random) -> list[Any]:
    return draw.sample(list(items), len(items))


def digest(found: Discovery) -> str:
    """SHA-256 of all that a run says."""
    told = json.dumps(found.to_dict(), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def promises(work: MonthWork) -> dict[str, bool]:
    """Whether a rebuild changes nothing, before and under edits, and undo gives everything back."""
    replayed = _rebuilds_same(work)
    before = _stored(work)
    largest = sorted(before.causes, key=lambda key: (-_voices(before, key), key))[:3]
    author = Author("benchmark", _NOW)
    edits = [
        CauseEdit("merge", largest[0], author, others=(largest[1],)),
        CauseEdit("split", largest[2], author, name="拆出的部分", transcript_ids=_half(work, largest[2])),
    ]
    touched = []
    for edit in edits:
        edited = apply_edit(work.database, work.tenant, edit, work.encoder)
        touched.append((edit.cause_id, edited.event.seq))
    changed = _stored(work).months != before.months
    replayed_edited = _rebuilds_same(work)
    for cause_id, seq in reversed(touched):
        apply_edit(work.database, work.tenant, CauseEdit("undo", cause_id, author, seq=seq), work.encoder)
    after = _stored(work)
    return {
        "replay_same": replayed,
        "edits_changed_series": changed,
        "replay_same_under_edits": replayed_edited,
        "undo_restores_series": after.months == before.months,
        "undo_restores_clauses": after.clauses == before.clauses,
        "replay_same_after_undo": _rebuilds_same(work),
    }


def _rebuilds_same(work: MonthWork) -> bool:
    with work.database.begin() as connection:
        return rebuild(connection, work.tenant, work.encoder, work.now).is_same


def _stored(work: MonthWork) -> Stored:
    with work.database.read() as connection:
        return read_shown(connection, work.tenant)


def _voices(stored: Stored, cause_id: str) -> int:
    return sum(row.n_voices for (key, _), row in stored.months.items() if key == cause_id)


def _half(work: MonthWork, cause_id: str) -> tuple[str, ...]:
    """Up to a hundred transcripts of the cause: every second one of its last month."""
    with work.database.read() as connection:
        months = root_causes.list_cause_months(connection, work.tenant, cause_id)
        found = root_causes.list_assignments(connection, work.tenant, months[-1].month, cause_id)
    return tuple(sorted({item.transcript_id for item in found})[::2][:100])


def write_year(folder: Path, about: dict[str, Any], figures: dict[str, Any]) -> None:
    """Add the year to the day's files; one measured before under the same names makes room."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"root-cause-year-{about['date'][:10]}.json"
    years = json.loads(path.read_text(encoding="utf-8"))["years"] if path.is_file() else []
    names = ("sector", "seed", "per_month")
    kept = [year for year in years if any(year[name] != figures[name] for name in names)]
    years = sorted([*kept, figures], key=lambda year: (-year["per_month"], year["seed"], year["sector"]))
    written = {"about": about, "years": years}
    path.write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(to_markdown(about, years), encoding="utf-8")
    print(path, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="root causes of generated years against what was planted")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SECTORS))
    parser.add_argument("--sectors", nargs="+", help="one per seed; those of the listed seeds are known")
    parser.add_argument("--per-month", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the result files")
    options = parser.parse_args(arguments)
    if options.sectors and len(options.sectors) != len(options.seeds):
        parser.error("as many sectors as seeds")
    return options


if __name__ == "__main__":
    raise SystemExit(main())
