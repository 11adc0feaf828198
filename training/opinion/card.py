"""The card that lies in an opinion model folder."""

from __future__ import annotations

from models.artifact.manifest import Manifest

_ROWS = {
    "triplet": "aspect, opinion and polarity",
    "aspect_and_opinion": "aspect and opinion",
    "aspect": "aspect",
    "opinion": "opinion",
}


def opinion_card(manifest: Manifest, licence_note: str) -> str:
    """Markdown: what the model is, what it was fitted on, how good it is on rows it did not learn from."""
    metrics = manifest.metrics["kept_aside"]
    table = "\n".join(
        f"| {title} | {s['n_gold']} | {s['precision']:.3f} | {s['recall']:.3f} | {s['f1']:.3f} "
        f"| {s['f1_interval'][0]:.3f} to {s['f1_interval'][1]:.3f} |"
        for name, title in _ROWS.items()
        for s in [metrics["parts"][name]]
    )
    sources = "\n".join(f"- {name}" for name in manifest.data["sources"]) or "- the file given by the user"
    decision = manifest.parameters["decision"]
    return f"""# {manifest.name}

Component `{manifest.component}`, seed {manifest.seed}, made {manifest.created_at}. Finds who is praised or
blamed for what: aspect span (or none written), opinion span, polarity, and the probability that all of it is
exactly right.

## Fitted on

{sources}

{manifest.data["n_rows"]} rows, fingerprint `{manifest.data["fingerprint"][:16]}`. {licence_note}

## How good, on {metrics["n"]} rows kept aside

Exact matches: every border has to be right. Threshold ({decision["least"]}) and scale of the scores were fitted on
these same rows. Expected calibration error {metrics["ece"]:.4f} (15 bins).

| what | gold | precision | recall | F1 | 95 % |
|---|---|---|---|---|---|
{table}

## Limits

Fitted on the texts named above: on another field fewer opinions are found, and the borders follow the habits of
these labels. The scores are calibrated for texts like these. No understanding of irony; texts over 128
characters are worked out in parts, so an aspect and an opinion in different parts are not joined.
"""
