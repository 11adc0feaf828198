"""Which encoding a text file is in: UTF-8 (with or without BOM), UTF-16, or GB18030 (GBK, GB2312)."""

from __future__ import annotations

import codecs
import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from models.core.errors import FileFormatError

_SAMPLE_BYTES = 4 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
_MIN_NUL_RATIO = 0.05
_UNREADABLE = {
    errno.ENOENT: ("文件不存在，请检查路径", "there is no such file"),
    errno.EISDIR: ("这是一个文件夹，请给出其中的文件", "it is a folder; name the files in it"),
    errno.EACCES: ("没有读取权限", "no permission to read it"),
}


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
    if wide := _utf16_without_bom(sample):
        return wide
    lines = [line for line in sample.split(b"\n") if not line.isascii()]
    if not lines:
        return "utf-8"
    n_utf8 = sum(_decodes(line, "utf-8") for line in lines)
    n_gb = sum(_decodes(line, "gb18030") for line in lines)
    return "gb18030" if n_gb > n_utf8 and n_utf8 < len(lines) / 2 else "utf-8"


@contextmanager
def open_text(path: Path, *, newline: str | None = None) -> Iterator[TextIO]:
    """The text of ``path`` in its own encoding.

    A byte that cannot be decoded becomes a half surrogate (``has_broken_bytes``), so that it costs its row;
    in UTF-16 it becomes U+FFFD. Raises ``FileFormatError``.
    """
    try:
        encoding = detect_encoding(path)
        errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
        file = path.open(encoding=encoding, errors=errors, newline=newline)
    except OSError as error:
        raise unreadable(path, error) from error
    with file:
        yield file


def has_broken_bytes(text: str) -> bool:
    """Whether ``open_text`` met bytes that it could not decode."""
    return _ESCAPED_BYTE.search(text) is not None


def unreadable(path: Path, error: OSError) -> FileFormatError:
    """What the system says about a file, in words that help."""
    strerror = error.strerror or str(error)
    reason, reason_en = _UNREADABLE.get(error.errno or 0, (f"系统报告「{strerror}」", strerror))
    return FileFormatError(path=str(path), reason=reason, reason_en=reason_en)


def _utf16_without_bom(sample: bytes) -> str | None:
    """ASCII characters (commas, digits, line ends) leave a NUL on one side of each pair."""
    at_even, at_odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(at_even, at_odd) < max(1, len(sample) // 2 * _MIN_NUL_RATIO):
        return None
    if at_odd > 10 * at_even and _decodes(sample, "utf-16-le"):
        return "utf-16-le"
    return "utf-16-be" if at_even > 10 * at_odd and _decodes(sample, "utf-16-be") else None


def _decodes(line: bytes, encoding: str) -> bool:
    """Whether ``line`` is that encoding; it may be cut off in the middle of a character."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(line)
    except UnicodeDecodeError:
        return False
    return True
