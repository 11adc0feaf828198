"""The review as PDF: the report as print HTML, set by WeasyPrint with Pango and a Chinese font of the system."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup

from models.core.errors import MissingExtraError, SystemLibraryError
from models.review.report import Cell, Report
from models.review.wording import is_english
from service.reviews.rendered import block_values, environment, style
from service.reviews.report_charts import WIDTH, chart_svg

SVG_FONTS = (
    "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, WenQuanYi Micro Hei, sans-serif"
)
_FONTCONFIG = ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll")
Loader = Callable[[], Any]


def render_pdf(
    report: Report,
    path: Path,
    *,
    link_base: str = "",
    load: Loader | None = None,
    has_chinese: Loader | None = None,
) -> None:
    """Write the PDF. The same report gives the same bytes on one machine.

    ``load`` imports WeasyPrint and ``has_chinese`` tells whether a Chinese font is there; both are given by
    tests only. Without ``link_base`` a number links to its path in the appendix.

    Raises ``MissingExtraError`` without WeasyPrint, ``SystemLibraryError`` without Pango or a Chinese font.
    """
    weasyprint = _ready(load, has_chinese)
    html = print_html(report, link_base=link_base)
    document = weasyprint.HTML(string=html, url_fetcher=_refuse).render()
    stamp = datetime.fromisoformat(report.generated_at).isoformat(timespec="seconds")
    document.metadata.created = document.metadata.modified = stamp
    identifier = f"{report.author} {report.month} {dict(report.about)}".encode()
    path.write_bytes(document.write_pdf(pdf_identifier=identifier))


def check_pdf() -> None:
    """That this machine can make a PDF. Raises as ``render_pdf``."""
    _ready(None, None)


def _ready(load: Loader | None, has_chinese: Loader | None) -> Any:
    weasyprint = _loaded(load or _import_weasyprint)
    if not (has_chinese or chinese_font_known)():
        raise SystemLibraryError(
            what="可用的中文字体",
            what_en="a Chinese font",
            hint="apt-get install fonts-noto-cjk（或 Source Han Sans、微软雅黑）",
            hint_en="apt-get install fonts-noto-cjk (or Source Han Sans, Microsoft YaHei)",
        )
    return weasyprint


def print_html(report: Report, *, link_base: str = "") -> str:
    """The whole print page; it loads nothing from elsewhere."""
    places = {path: at for at, path in enumerate(report.paths, 1)}

    def href(cell: Cell) -> str:
        if not cell.query:
            return ""
        return (
            link_base + cell.query
            if link_base
            else f"#q-{places[cell.query]}"
            if cell.query in places
            else ""
        )

    values = block_values(
        href,
        lambda chart, ident: _with_fonts(chart_svg(chart, ident, WIDTH)),
        lambda quote: link_base + quote.query if link_base else "#evidence",
    )
    english = is_english(report.language)
    return (
        environment()
        .get_template("print.html")
        .render(
            report=report,
            lang="en" if english else "zh-CN",
            contents="Contents" if english else "目录",
            css=style("print.css"),
            **values,
        )
    )


def _with_fonts(drawing: str) -> Markup:
    """A drawing set from outside takes no font from its page."""
    named = drawing.replace("<svg ", f'<svg font-family="{SVG_FONTS}" ', 1)
    return Markup(named)  # noqa: S704


def _import_weasyprint() -> Any:
    """What WeasyPrint prints of a missing library stays off standard output, where JSON may be expected."""
    with contextlib.redirect_stdout(sys.stderr):
        import weasyprint

    return weasyprint


def _loaded(load: Loader) -> Any:
    try:
        return load()
    except ImportError as problem:
        raise MissingExtraError(package="weasyprint", extra="formats") from problem
    except OSError as problem:  # WeasyPrint loads its libraries when it is imported
        raise SystemLibraryError(
            what="系统组件 Pango",
            what_en="Pango",
            hint="apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0（macOS：brew install pango）",
            hint_en="apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 (macOS: brew install pango)",
        ) from problem


def _refuse(url: str, *_: Any, **__: Any) -> Any:
    raise ValueError(f"the print page loads nothing, asked for {url[:80]}")


def chinese_font_known() -> bool:
    """Whether fontconfig knows a font for simplified Chinese; true where it cannot be asked."""
    for name in _FONTCONFIG:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        return _n_fonts(library, b":lang=zh-cn") > 0
    return True


def _n_fonts(library: Any, pattern: bytes) -> int:
    library.FcNameParse.restype = ctypes.c_void_p
    library.FcObjectSetBuild.restype = ctypes.c_void_p
    library.FcFontList.restype = ctypes.POINTER(ctypes.c_int)
    library.FcFontList.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    wanted = library.FcNameParse(pattern)
    fields = library.FcObjectSetBuild(b"family", None)
    found = library.FcFontList(None, wanted, fields)
    return int(found[0]) if found else 0
