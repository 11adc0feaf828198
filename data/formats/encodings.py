"""Which encoding a text file is in: UTF-8 (with or without BOM), UTF-16, or GB18030 (GBK, GB2312)."""

from __future__ import annotations

import codecs
from pathlib import Path

_SAMPLE_BYTES = 4 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def detect_encoding(path: Path) -> str:
    """Encoding of ``path``, judged by its first 4 MiB.

    A file is UTF-8 when most of its lines that are not plain ASCII decode as UTF-8; a few broken lines do
    not make it GBK (they are rejected one by one later). Otherwise GB18030, which holds GBK and GB2312.
    """
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return name
    lines = [line for line in sample.split(b"\n") if not line.isascii()]
    if len(sample) == _SAMPLE_BYTES and len(lines) > 1:
        lines.pop()
    if not lines:
        return "utf-8"
    n_utf8 = sum(_decodes(line, "utf-8") for line in lines)
    n_gb = sum(_decodes(line, "gb18030") for line in lines)
    return "gb18030" if n_gb > n_utf8 and n_utf8 < len(lines) / 2 else "utf-8"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
