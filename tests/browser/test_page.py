"""The page in a real browser: silent console, no request, searching, keys, a phone's width, dark and light.

Run by `make browser-test`, which installs Debian's chromium where it may: without a browser these fail and say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, Page

from mlgitops.report.contents import Report
from mlgitops.report.story.page import story_page
from tests.report.stories import EMPTY, REPORT, hostile, mass, rich

PAGES = {"rich": (rich(), REPORT), "mass": (mass(odd=2), Report()), "empty": (EMPTY, Report()), "hostile": hostile()}

TAB, ENTER, ESCAPE = 9, 13, 27


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, (story, report) in PAGES.items():
        (folder / f"{name}.html").write_text(story_page(story, report), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in PAGES}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser.started() as browser:
        yield browser


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_it_is_silent_and_fits_its_window(
    browser: Browser, files: dict[str, Path], name: str, width: int, dark: bool
) -> None:
    page = browser.opened(files[name], width=width, dark=dark)
    assert page.complaints() == []
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(20, 24, 29)" if dark else "rgb(255, 255, 255)"
    )


def test_the_checks_see_what_is_wrong(browser: Browser, tmp_path: Path, files: dict[str, Path]) -> None:
    """A script that is not the page's own does not run and is complained of; a broad line widens the page."""
    text = files["rich"].read_text()
    wrong = tmp_path / "wrong.html"
    wrong.write_text(
        text.replace("</main>", "<script>document.title = 'run'</script><pre>" + "x" * 900 + "</pre></main>")
    )
    page = browser.opened(wrong, width=390)
    assert page.evaluate("document.title") == "mlgitops plan: denied"
    assert any("Content Security Policy" in complaint for complaint in page.complaints())
    assert page.evaluate("document.documentElement.scrollWidth") >= 390


def shown(page: Page) -> list[str]:
    """The headings of what is not filtered away."""
    return page.evaluate(  # type: ignore[no-any-return]
        "[...document.querySelectorAll('main article.item h3')].filter(one => one.offsetParent)"
        ".map(one => one.textContent.replace(/\\s+/g, ' ').trim())"
    )


def test_searching_filters_and_escape_brings_all_back(browser: Browser, files: dict[str, Path]) -> None:
    page = browser.opened(files["rich"])
    every = shown(page)
    page.press("/", text="/")
    assert page.evaluate("document.activeElement.id") == "search"
    assert page.evaluate("document.activeElement.value") == ""
    page.type("gpu-limit CHURN@prod")
    assert shown(page) == ["denied policy/cost.gpu-limit", "allowed → denied cost.gpu-limit"]
    assert page.evaluate("document.getElementById('found').textContent") == f"2 of {page.evaluate(ITEMS)}"
    assert page.evaluate("document.getElementById('effects').hidden") is True
    page.press("Escape", ESCAPE)
    assert shown(page) == every
    page.type("nothing has these words")
    assert shown(page) == []


ITEMS = "document.querySelectorAll('.item').length"


def test_what_is_folded_is_found_too(browser: Browser, files: dict[str, Path]) -> None:
    page = browser.opened(files["rich"])
    page.press("/", text="/")
    page.type("learning_rate")
    assert shown(page) == ["! RayJob churn-1f2e3d4c → churn-9a8b7c6d"]


def test_keys_reach_everything(browser: Browser, files: dict[str, Path]) -> None:
    """Tab goes through every link, field, button and fold in the order in which they stand."""
    page = browser.opened(files["rich"])
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input, summary, [tabindex=\"0\"]')]"
        ".filter(one => one.offsetParent).map((one, at) => { one.dataset.at = at; return one.dataset.at })"
    )
    reached = []
    for _ in wanted:
        page.press("Tab", TAB)
        reached.append(page.evaluate("document.activeElement.dataset.at"))
    assert reached == wanted
    assert len(wanted) > 20


def test_a_fold_opens_with_enter_and_all_with_a_button(browser: Browser, files: dict[str, Path]) -> None:
    page = browser.opened(files["rich"])
    opened = "document.querySelectorAll('main details[open]').length"
    page.evaluate("document.querySelector('#objects summary').focus()")
    page.press("Enter", ENTER, "\r")
    assert page.evaluate(opened) == 1
    for button, count in (("open", page.evaluate("document.querySelectorAll('main details').length")), ("close", 0)):
        page.evaluate(f"document.getElementById('{button}').focus()")
        page.press("Enter", ENTER, "\r")
        assert page.evaluate(opened) == count


def test_the_first_tab_offers_to_skip_to_the_story(browser: Browser, files: dict[str, Path]) -> None:
    page = browser.opened(files["rich"])
    page.press("Tab", TAB)
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.press("Enter", ENTER, "\r")
    assert page.evaluate("document.activeElement.id") == "story"


def test_what_strangers_wrote_does_nothing(browser: Browser, files: dict[str, Path]) -> None:
    page = browser.opened(files["hostile"])
    assert page.evaluate("document.querySelectorAll('img, iframe, object, [onerror], [onload]').length") == 0
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    assert "<script>alert(1)</script>" in page.evaluate("document.body.textContent")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, files: dict[str, Path], dark: bool) -> None:
    """WCAG AA: a contrast of at least 4.5 for all text."""
    page = browser.opened(files["rich"], dark=dark)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate(FAINT) == []


FAINT = """
(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map((v) => linear(v / 255))
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = parts(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
    if (!own || !node.offsetParent || node.closest("svg, script, style")) continue;
    const [one, other] = [light(parts(getComputedStyle(node).color)), light(ground(node))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) faint.push(`${node.tagName}.${node.className}: ${contrast.toFixed(2)}`);
  }
  return [...new Set(faint)];
})()
"""
