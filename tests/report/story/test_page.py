"""The page: one file, nothing active but its own script, nothing of anybody else, every denial in it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgitops.report.contents import Report
from mlgitops.report.story.page import story_page
from tests.report.stories import EMPTY, HOSTILE, REPORT, hostile, mass, rich

TAGS_TEXT = (
    "a article body button caption code del details div figcaption figure footer h1 h2 h3 head header html input ins "
    "kbd label li link main meta nav p rect script section span strong style summary svg table tbody td th thead "
    "title tr ul"
)
TAGS = frozenset(TAGS_TEXT.split())
ATTRIBUTES_TEXT = (
    "aria-describedby aria-hidden aria-label autocomplete charset class colspan content fill focusable for height "
    "hidden href http-equiv id lang name placeholder preserveaspectratio rel role scope spellcheck tabindex title "
    "type viewbox width x y"
)
ATTRIBUTES = frozenset(ATTRIBUTES_TEXT.split())


class Reader(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.inline: dict[str, list[str]] = {"script": [], "style": []}
        self.text = ""
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in self.inline:
            self.inline[tag].append("")
            self._in = tag

    def handle_endtag(self, tag: str) -> None:
        self._in = "" if tag == self._in else self._in

    def handle_data(self, data: str) -> None:
        if self._in:
            self.inline[self._in][-1] += data
        else:
            self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def assert_inert(page: str) -> Reader:
    """Nothing in it is but what the template has."""
    reader = read(page)
    assert reader.tags <= TAGS
    assert {name for _, name, _ in reader.attributes} <= ATTRIBUTES
    links = [value for _, name, value in reader.attributes if name in ("href", "src")]
    assert all(re.fullmatch(r"#[a-z]+|data:,", link) for link in links), links
    assert len(reader.inline["script"]) == len(reader.inline["style"]) == 1
    return reader


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_its_policy_lets_run_its_own_script_and_style_alone() -> None:
    reader = assert_inert(story_page(rich(), REPORT))
    (policy,) = [value for tag, name, value in reader.attributes if tag == "meta" and "default-src" in value]
    (script,), (style,) = reader.inline["script"], reader.inline["style"]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest(style)}'; script-src 'sha256-{digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"innerHTML|eval\(|document\.write|fetch\(|localStorage", script)


@given(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from([HOSTILE, "</script><script>", "'\"><svg/onload=x>", "{{ 7*7 }}", "]]>", "\udc80", ""]),
    )
)
@settings(max_examples=100)
def test_whatever_a_stranger_writes_is_text(text: str) -> None:
    page = story_page(*hostile(text))
    reader = assert_inert(page)
    page.encode()
    script = reader.inline["script"][0]
    assert script == read(story_page(EMPTY, Report())).inline["script"][0]


def test_hostile_text_is_shown_as_it_is() -> None:
    reader = read(story_page(*hostile("<b>{{ 7 * 7 }}</b> & \x1b")))
    assert r"<b>{{ 7 * 7 }}</b> & \x1b" in reader.text


def test_secrets_are_starred_out() -> None:
    assert "ghp_" not in story_page(*hostile("ghp_" + "a1B2c3D4e5" * 4))


def test_every_denial_and_every_target_is_there() -> None:
    text = read(story_page(mass(), Report())).text
    assert all(f"prod/model-{number:02}" in text for number in range(42))
    assert "expected at most 8 A100, got 12" in read(story_page(rich(), REPORT)).text


def test_it_is_the_same_each_time() -> None:
    assert story_page(rich(), REPORT) == story_page(rich(), REPORT)


@pytest.mark.parametrize(("story", "limit"), [(EMPTY, 12_000), (mass(), 25_000), (rich(), 40_000)])
def test_it_is_small(story: object, limit: int) -> None:
    assert len(story_page(story, Report())) < limit  # type: ignore[arg-type]


def test_a_hostile_story_makes_no_element_of_its_own() -> None:
    """The quick form of the property above, which takes long to say how it failed."""
    assert_inert(story_page(*hostile()))
