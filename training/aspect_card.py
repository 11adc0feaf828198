"""The card of an aspect model."""

from __future__ import annotations

from models.artifact.manifest import Manifest


def aspect_card(manifest: Manifest, licence_note: str) -> str:
    """Markdown: what the model is, what it was fitted on, how good it is on rows it did not see."""
    m = manifest.metrics["held_out_folds"]
    rows = "\n".join(
        f"| {subject} | {s['n']} | {s['precision']:.3f} | {s['recall']:.3f} | {s['f1']:.3f} | {s['subject_f1']:.3f} |"
        for subject, s in m["per_subject"].items()
    )
    sources = "\n".join(f"- {name}" for name in manifest.data["sources"]) or "- the file given by the user"
    low, high = m["micro_f1_interval"]
    s_low, s_high = m["subject_micro_f1_interval"]
    return f"""# {manifest.name}

Component `{manifest.component}`, seed {manifest.seed}, made {manifest.created_at}. Gives (subject, polarity)
pairs, polarity -1, 0 or 1, with a calibrated score; gives none where it is not sure.

## Fitted on

{sources}

{manifest.data["n_rows"]} rows and {manifest.data["n_background"]} background texts that speak of no subject,
fingerprint `{manifest.data["fingerprint"][:16]}`. {licence_note}

## How good, on held-out folds of these rows

Micro-F1 of pairs {m["micro_f1"]:.4f} (95 % {low:.4f} to {high:.4f}), of subjects {m["subject_micro_f1"]:.4f}
({s_low:.4f} to {s_high:.4f}); polarity right on {m["polarity_accuracy"]:.4f} of the subjects found; expected
calibration error of the pairs given {m["ece"]:.4f} (15 bins). Other data will differ.

| subject | rows | precision | recall | F1 of pairs | F1 of the subject |
|---|---|---|---|---|---|
{rows}

## Limits

Whether a customer states a fact or complains is often not said in words; people who labelled such texts
disagree, and so does the model: most of its errors are neutral against the rest. Scores are calibrated for
whole short texts like the ones above; a single clause says less, and the model then gives a label more rarely.
"""
