"""The model card that lies in every model folder."""

from __future__ import annotations

from models.artifact.manifest import Manifest
from models.explain.reliability import reliability_markdown
from models.explain.thresholds import ClassThreshold, Thresholds
from training.evaluate import Evaluation
from training.reliability import Reliability


def model_card(
    manifest: Manifest, held_out: Evaluation, *, licence_note: str, reliability: Reliability | None = None
) -> str:
    """Markdown: what the model is, what it was fitted on, how good it is on rows it did not see.

    With ``reliability`` also how far its scores come true, and the thresholds of its classes.
    """
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
{held_out.ece:.4f} (15 bins; {held_out.ece_by_chance:.4f} by chance alone on so many rows). Other data will differ;
measure with `voc evaluate`.

| label | rows | precision | recall | F1 |
|---|---|---|---|---|
{rows}
{_reliability(manifest.task, reliability) if reliability else ""}
## Limits

{_LIMITS.get(manifest.component, _LIMITS[""])} The scores are calibrated for texts like the ones above; on another
field check the calibration before setting thresholds.
"""


def _reliability(task: str, found: Reliability) -> str:
    return f"""
## How far its scores come true, on the same rows

{reliability_markdown(found.bins)}

## Thresholds for a precision of {found.thresholds.wanted:.0%}

{_thresholds(found.thresholds)}

At or above its threshold a label came true at least so often, beyond chance (lower end of the one-sided 95 % interval).
Below it `voc predict {task} --abstain` writes 未明: {found.thresholds.coverage:.1%} of the rows keep a label, and
{found.thresholds.precision:.1%} of these labels are right.
"""


def _thresholds(thresholds: Thresholds) -> str:
    head = "| label | threshold | rows above it | right | lower end |\n|---|---|---|---|---|\n"
    return head + "\n".join(map(_threshold, thresholds.classes))


def _threshold(found: ClassThreshold) -> str:
    stated = f"{found.threshold:.3f}" if found.threshold <= 1 else "never given"
    shared = "" if found.is_own else " (of all labels)"
    return f"| {found.label} | {stated}{shared} | {found.n} | {found.precision:.3f} | {found.precision_low:.3f} |"


_LIMITS = {
    "": "Character n-grams: no understanding of contrast over long distances, nor of what is not said.",
    "classifier.ensemble.v1": "A small encoder beside character n-grams: long texts are read by windows of 256 pieces.",
    "classifier.composed_sentiment.v1": "Composition reads texts of up to 48 characters by a hand-written lexicon; "
    "words it does not know, similes and inventive irony are left to the model below it.",
}
"""By component; ``""`` for the others."""
