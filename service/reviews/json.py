"""The review as JSON: the snapshot itself, with each finding's sentence beside its figures."""

from __future__ import annotations

import json

from models.review.snapshot import ReviewSnapshot
from models.review.wording import certainty_text, finding_text


def render_json(snapshot: ReviewSnapshot) -> bytes:
    """UTF-8 with a final line break; ``ReviewSnapshot.from_dict`` reads it back."""
    plain = snapshot.to_dict()
    for row, finding in zip(plain.get("findings", ()), snapshot.findings, strict=True):
        row["text"] = {language: finding_text(finding, language) for language in ("zh", "en")}
        row["how_sure"] = {language: certainty_text(finding, language) for language in ("zh", "en")}
    return (json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
