"""The card that lies in a dialogue model's folder."""

from __future__ import annotations

from models.artifact.manifest import Manifest

_LIMITS = {
    "satisfaction": """Fitted on short dialogues of 2 to 7 turns on Weibo, mostly telecom; phone calls are longer and
speak otherwise. The marks are means of 19 readers, not the customers' own answers. On another field check the
score against survey answers before using its cuts.""",
    "problem": """In the fitting data the problem stands in the first customer turn or nowhere, so what is learnt is
mostly whether a turn states a problem at all. Greetings and acknowledgements before it are skipped by a fixed list.
The goal's mark is weak: readers seldom agree on it.""",
}


def dialogue_card(manifest: Manifest, *, licence_note: str) -> str:
    """Markdown: what the model is, what it was fitted on, how good it is on rows that it did not see."""
    sources = (
        "\n".join(f"- {source}" for source in manifest.data["sources"]) or "- the file given by the user"
    )
    held_out = manifest.metrics["held_out_folds"]
    rows = "\n".join(f"| {name} | {value} |" for name, value in _flat(held_out))
    return f"""# {manifest.name}

Component `{manifest.component}`, seed {manifest.seed}, made {manifest.created_at}.

## Fitted on

{sources}

{manifest.data["n_rows"]} dialogues, fingerprint `{manifest.data["fingerprint"][:16]}`. {licence_note}

## How good, on held-out folds of these dialogues

Cuts, calibration and thresholds are fitted on all of these held-out scores; intervals are 95 % bootstrap.

| measure | value |
|---|---|
{rows}

## Limits

{_LIMITS[manifest.task]}
"""


def _flat(values: dict[str, object], prefix: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in values.items():
        rows += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(f"{prefix}{name}", value)]
    return rows
