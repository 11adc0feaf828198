"""A snapshot to files: the formats by name, each written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

from models.core.errors import FieldError, SetupError, StorageError
from models.review.report import report_of
from models.review.snapshot import ReviewSnapshot
from service.reviews.docx import render_docx
from service.reviews.html import render_html
from service.reviews.json import render_json
from service.reviews.pdf import render_pdf
from service.reviews.pptx import render_pptx
from service.reviews.xlsx import render_xlsx

Writer = Callable[..., None]
"""``(snapshot, path)``, and ``language`` where it is not Chinese."""


def write_html(snapshot: ReviewSnapshot, path: Path, *, language: str = "zh") -> None:
    path.write_text(render_html(snapshot, language=language), encoding="utf-8")


def write_json(snapshot: ReviewSnapshot, path: Path, *, language: str = "zh") -> None:
    """The same in every language: it holds the texts of both."""
    path.write_bytes(render_json(snapshot))


def write_pdf(snapshot: ReviewSnapshot, path: Path, *, language: str = "zh") -> None:
    render_pdf(report_of(snapshot, language), path)


def write_docx(snapshot: ReviewSnapshot, path: Path, *, language: str = "zh") -> None:
    render_docx(report_of(snapshot, language), path)


def write_pptx(snapshot: ReviewSnapshot, path: Path, *, language: str = "zh") -> None:
    render_pptx(report_of(snapshot, language), path)


WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "html": write_html,
        "json": write_json,
        "xlsx": render_xlsx,
        "pdf": write_pdf,
        "docx": write_docx,
        "pptx": write_pptx,
    }
)
"""A new format is a new entry; its name is the file's ending."""


def check_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """Names in lower case, each once, in the order given. Raises ``FieldError`` for none or an unknown one."""
    names = tuple(dict.fromkeys(name.strip().lower() for name in formats))
    unknown = [name for name in names if name not in WRITERS]
    if unknown or not names:
        asked, available = unknown[0] if unknown else "", ", ".join(WRITERS)
        raise FieldError(
            field="formats",
            reason=f"没有格式「{asked}」，可用的有：{available}",
            reason_en=f"there is no format {asked!r}; available: {available}",
        )
    return names


def write_review(
    snapshot: ReviewSnapshot,
    out_dir: Path,
    formats: Sequence[str],
    *,
    on_missing: Callable[[str, SetupError], None] | None = None,
    writers: Mapping[str, Writer] = WRITERS,
    language: str = "zh",
) -> dict[str, Path]:
    """Write ``voc-review-2024-03.html`` and so on; the paths by format.

    Each file appears complete or stays as it was. ``on_missing`` is told of each format that this machine cannot
    make (a package, Pango or a font is missing), and the others are made; without it the error is raised.

    Raises ``FieldError`` before anything is written, ``SetupError``, and ``StorageError`` where the disk is full
    or the folder cannot be written.
    """
    names = check_formats(formats)
    written: dict[str, Path] = {}
    for name in names:
        path = out_dir / f"voc-review-{snapshot.month}.{name}"
        try:
            out_dir.mkdir(parents=True, exist_ok=True)
            write = writers[name] if language == "zh" else partial(writers[name], language=language)
            _write_whole(write, snapshot, path)
        except SetupError as missing:
            if on_missing is None:
                raise
            on_missing(name, missing)
            continue
        except OSError as problem:
            raise StorageError(
                reason=f"无法写入 {path}（{problem.strerror or problem}）",
                reason_en=f"cannot write {path} ({problem.strerror or problem})",
            ) from problem
        written[name] = path
    return written


def _write_whole(write: Writer, snapshot: ReviewSnapshot, path: Path) -> None:
    draft = path.with_name(f".{path.stem}-{uuid4().hex}{path.suffix}")
    try:
        write(snapshot, draft)
        with draft.open("rb") as stored:
            os.fsync(stored.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
