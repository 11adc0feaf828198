"""What the Office formats share: fonts, colours, the same bytes for the same content."""

from __future__ import annotations

import zipfile
from io import BytesIO

from service.reviews.marks import ems

LATIN, CHINESE = "Arial", "Microsoft YaHei"
INK, MUTED, ACCENT, RULE, PALE = "1D2125", "5F6872", "A5371F", "D3D8DD", "FAF6F5"
_STAMP = (1980, 1, 1, 0, 0, 0)
CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def fixed_package(content: bytes) -> bytes:
    """The same zip with its times set to 1980, so that equal parts are equal bytes."""
    made = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for info in source.infolist():
            entry = zipfile.ZipInfo(info.filename, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(info))
    return made.getvalue()


def clean(text: str) -> str:
    """Without the control characters that XML forbids."""
    return text.translate(CONTROL)


def n_lines(text: str, size_points: float, width_points: float) -> int:
    """So many lines ``text`` takes, rather one too many."""
    room = max(width_points / size_points, 1.0) * 0.96
    return sum(max(1, -int(-ems(line) // room)) for line in text.split("\n"))
