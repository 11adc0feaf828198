"""Personal data: where it stands in a raw text, and the text with masks in its place.

``find_pii`` gives half-open code-point spans into the raw text, ``mask`` the masked text aligned to it. Masked
text holds nothing that ``find_pii`` would find again. There is no way back from a mask to its value.
"""

from __future__ import annotations

from models.text.pii.find import find_pii
from models.text.pii.masking import mask
from models.text.pii.recognisers import LacRecogniser, NameRecogniser
from models.text.pii.values import KINDS, PiiMatch

__all__ = ["KINDS", "LacRecogniser", "NameRecogniser", "PiiMatch", "find_pii", "mask"]
