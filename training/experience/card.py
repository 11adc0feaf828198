"""The card of a talk model folder."""

from __future__ import annotations

from models.artifact.manifest import Manifest


def talk_card(manifest: Manifest) -> str:
    """Markdown: what it reads, what it was fitted on, how good it is beside rules on dialogues held out."""
    aside = manifest.metrics["kept_aside"]
    judgements = manifest.parameters["judgements"]
    rows = "\n".join(
        f"| {kind} | {judgement['limit']:.2f} | {judgement['lift']:.1f} | {aside['f1'][kind]:.3f} |"
        for kind, judgement in judgements.items()
    )
    sources = (
        "\n".join(f"- {source}" for source in manifest.data["sources"]) or "- the files given by the user"
    )
    taught = (
        f"\nBeside the labels it learnt what two teachers hold for likely: the same network fitted before, and "
        f"{teachers['n_layers']} layers of a sentence encoder."
        if (teachers := manifest.notes.get("teachers"))
        else ""
    )
    n_dialogues = manifest.data["n_dialogues"]
    sectors = ", ".join(name for name in manifest.parameters["sectors"] if name)
    return f"""# {manifest.name}

Component `{manifest.component}`, seed {manifest.seed}, made {manifest.created_at}. It reads whole transcripts and says,
for every piece of a clause, which of {len(manifest.classes)} marks it tells of: journey steps and survey items of
{sectors}, touchpoints, promises, expectations, waits, demands, signs of leaving and of going public.

## Fitted on

{sources}

{n_dialogues} dialogues and {manifest.data["n_rows"] - n_dialogues} single turns, fingerprint `{manifest.data["fingerprint"][:16]}`.{taught}

## How good

F1 of rules and network together on {aside["n_dialogues"]} dialogues that neither had seen, by a network fitted on the
others. Limit and lift were chosen on the same dialogues, so the figures are a little high; those on the closed gold stand in
`docs/quality.md`.

| mark | least probability | log odds that a rule adds | F1 |
|---|---|---|---|
{rows}

## Limits

Authors and readers of the dialogues are language models, by one guide; real calls are longer, less dense in marks and
less cleanly written. A sector without labelled dialogues is read as of no sector: its steps and own survey items are left
to rules.
"""
