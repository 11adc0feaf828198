"""The model card that lies in every model folder."""

from __future__ import annotations

from models.artifact.manifest import Manifest
from training.evaluate import Evaluation


def model_card(manifest: Manifest, held_out: Evaluation, *, licence_note: str) -> str:
    """Markdown: what the model is, what it was fitted on, how good it is on rows it did not see."""
    rows = "\n".join(
        f"| {label} | {s.n} | {s.precision:.3f} | {s.recall:.3f} | {s.f1:.3f} |"
        for label, s in held_out.per_label.items()
    )
    sources = (
        "\n".join(f"- {source}" for source in manifest.data["sources"]) or "- the file given by the user"
    )
    return f"""# {manifest.name}

Component `{manifest.component}`, seed {manifest.seed}, made {manifest.created_at}.

## Fitted on

{sources}

{manifest.data["n_rows"]} rows, fingerprint `{manifest.data["fingerprint"][:16]}`. {licence_note}

## How good, on held-out folds of these rows

Accuracy {held_out.accuracy:.4f} (95 % {held_out.accuracy_interval[0]:.4f} to
{held_out.accuracy_interval[1]:.4f}), macro-F1 {held_out.macro_f1:.4f}, expected calibration error
{held_out.ece:.4f} (15 bins). Other data will differ; measure with `voc evaluate`.

| label | rows | precision | recall | F1 |
|---|---|---|---|---|
{rows}

## Limits

Character n-grams: no understanding of irony or of contrast over long distances. The scores are calibrated
for texts like the ones above; on another field check the calibration before setting thresholds.
"""
