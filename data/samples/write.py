"""Write a sample to files: transcripts in the HTTP shape, the gold record and the planted lifecycle."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from data.samples.generator import Gold, generate
from data.samples.plan import lifecycle, planted_causes
from models.core.transcript import Transcript


@dataclass(frozen=True, slots=True)
class SampleFiles:
    transcripts: Path
    gold: Path
    lifecycle: Path
    n_samples: int


def write_samples(
    out_dir: Path,
    *,
    seed: int = 7,
    sector: str = "automotive",
    months: int = 12,
    start: str = "2024-01",
    per_month: int = 300,
    drift: bool = True,
) -> SampleFiles:
    """Write ``transcripts.jsonl``, ``gold.jsonl`` and ``lifecycle.json``; identical bytes for identical arguments."""
    samples = generate(seed=seed, sector=sector, months=months, start=start, per_month=per_month, drift=drift)
    out_dir.mkdir(parents=True, exist_ok=True)
    files = [out_dir / name for name in ("transcripts.jsonl", "gold.jsonl", "lifecycle.json")]
    n_samples = 0
    with files[0].open("wb") as transcripts, files[1].open("wb") as gold:
        for sample in samples:
            transcripts.write(orjson.dumps(transcript_record(sample.transcript)) + b"\n")
            gold.write(orjson.dumps(gold_record(sample.gold)) + b"\n")
            n_samples += 1
    files[2].write_bytes(
        orjson.dumps(_lifecycle_record(sector, start, drift), option=orjson.OPT_INDENT_2) + b"\n"
    )
    return SampleFiles(files[0], files[1], files[2], n_samples)


def transcript_record(transcript: Transcript) -> dict[str, Any]:
    """The body of ``POST /v1/transcripts``; fields without a value are left out."""
    record: dict[str, Any] = {
        "external_id": transcript.external_id,
        "channel": transcript.channel,
        "occurred_at": transcript.occurred_at.isoformat(),
        "customer_id": transcript.customer_id,
        "agent_id": transcript.agent_id,
        "product": transcript.product,
        "region": transcript.region,
        "segment": transcript.segment,
        "store": transcript.store,
        "scores": dict(transcript.scores) or None,
    }
    record["turns"] = [
        {"speaker": turn.speaker.value, "text": turn.text}
        | ({"start_ms": turn.start_ms} if turn.start_ms is not None else {})
        for turn in transcript.turns
    ]
    return {name: value for name, value in record.items() if value is not None}


def gold_record(gold: Gold) -> dict[str, Any]:
    """One line of ``gold.jsonl``."""
    return asdict(gold)


def _lifecycle_record(sector: str, start: str, drift: bool) -> dict[str, Any]:
    return {
        "sector": sector,
        "start": start,
        "drift": drift,
        "events": [asdict(event) for event in lifecycle(sector, start=start)] if drift else [],
        "causes": [asdict(cause) for cause in planted_causes(sector)],
    }
