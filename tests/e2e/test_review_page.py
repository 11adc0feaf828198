"""The review in a real browser: nothing overflows, nothing is asked of the network, it prints on A4."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.review import MonthFacts, build_snapshot
from service.reviews import render_html

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHOTS = os.environ.get("VOC_SCREENSHOTS")
"""A folder to keep the screenshots in, for looking at them."""


def _demo_facts(**options: Any) -> MonthFacts:
    path = Path(__file__).parents[1] / "review_demo.py"
    spec = importlib.util.spec_from_file_location("review_demo", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.demo_facts(**options)


def _awkward() -> MonthFacts:
    """Names and quotes of the longest and least breakable kind."""
    facts = _demo_facts()
    long_name = "提车后不到三十天官方宣布全系降价且门店拒绝任何形式的补偿导致老车主集中投诉" * 2
    word = "ERR_CONNECTION_TIMED_OUT_0x80070005_" * 4
    first, second, *rest = facts.causes
    quote = first.exemplars[0]._replace(text=word + "怎么回事？" * 60)
    causes = (
        replace(first, name=long_name, exemplars=(quote,)),
        replace(second, name=word, keywords=(word,) * 3),
        *rest,
    )
    rows = [replace(fact, product=word, region=long_name, channel=word) for fact in facts.transcripts]
    return replace(facts, causes=causes, transcripts=rows, tenant=long_name)


MONTHS = {
    "full": _demo_facts,
    "first": lambda: _demo_facts(with_previous=False),
    "awkward": _awkward,
    "empty": lambda: replace(_demo_facts(), transcripts=(), causes=(), previous=None),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium to run the browser tests")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("month", sorted(MONTHS))
def test_nothing_is_wider_than_the_window(
    browser: Any, tmp_path: Path, month: str, width: int, language: str
) -> None:
    file = tmp_path / "review.html"
    file.write_text(render_html(build_snapshot(MONTHS[month]()), language=language), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 844})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.extend([] if request.url == file.as_uri() else [request.url]))
    page.goto(file.as_uri())
    shot = page.screenshot(full_page=True)
    if SHOTS:
        (Path(SHOTS) / f"review-{month}-{language}-{width}.png").write_bytes(shot)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(_CUT_OFF) == []
    assert problems == []
    page.close()


_CUT_OFF = """() => [...document.querySelectorAll('main *')].filter(node => {
  const box = node.getBoundingClientRect();
  return box.width && !node.closest('.scroll, svg') && box.right > innerWidth + 1;
}).map(node => node.outerHTML.slice(0, 80))"""


def test_the_first_screen_has_the_headline_figures_and_the_findings(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    file.write_text(render_html(build_snapshot(_demo_facts())), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(file.as_uri())
    assert page.locator(".headline").bounding_box()["y"] < 250
    last = page.locator(".findings li").last.bounding_box()
    assert last["y"] + last["height"] <= 800
    assert page.locator(".figure .big").all_inner_texts() == ["2,449", "30.6%", "750", "9"]
    page.close()


def test_without_a_server_numbers_lead_to_the_quoted_records(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    file.write_text(render_html(build_snapshot(_demo_facts())), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.locator('a[href^="/v1/"]').count() == 0
    page.locator(".headline a.num").first.click()
    assert page.url.endswith("#evidence")
    page.close()


def test_it_prints_on_a4_without_cutting_a_table(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    file.write_text(render_html(build_snapshot(_demo_facts())), encoding="utf-8")
    page = browser.new_page(viewport={"width": 673, "height": 960})
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 673
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF") and 4 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 22
    if SHOTS:
        (Path(SHOTS) / "review.pdf").write_bytes(pdf)
    page.close()
