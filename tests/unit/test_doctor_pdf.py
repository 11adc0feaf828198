"""``voc doctor`` on what the review as PDF needs: named where it is missing, and never a failure."""

from __future__ import annotations

from pathlib import Path

from models.core.errors import MissingExtraError, SystemLibraryError
from service.cli.doctor import _pdf
from service.settings import load_settings


def test_what_a_pdf_needs_is_named_where_it_is_missing(tmp_path: Path) -> None:
    def without_font() -> None:
        raise SystemLibraryError(
            what="中文字体", what_en="a font", hint="apt-get install x", hint_en="install x"
        )

    def without_package() -> None:
        raise MissingExtraError(package="weasyprint", extra="formats")

    settings = load_settings(home=tmp_path)
    font, package = _pdf(settings, without_font), _pdf(settings, without_package)
    assert font.ok is None and "中文字体" in font.detail and "apt-get install x" in font.detail
    assert package.ok is None and "formats" in package.detail
    assert _pdf(settings, lambda: None).ok is True
