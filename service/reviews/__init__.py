"""A review's snapshot as HTML, JSON, XLSX, PDF, DOCX and PPTX. Renderers draw; every number is the snapshot's own."""

from service.reviews.formats import WRITERS, check_formats, write_review
from service.reviews.html import render_html
from service.reviews.json import render_json
from service.reviews.xlsx import render_xlsx

__all__ = ["WRITERS", "check_formats", "render_html", "render_json", "render_xlsx", "write_review"]
