"""Every form of the stories, and the files that hold what each must be.

python -m tests.report.story.expected_forms     writes them anew: read the difference before it is committed
"""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

from mlgitops import __version__
from mlgitops.report.contents import Report
from mlgitops.report.github import github
from mlgitops.report.sarif import sarif
from mlgitops.report.story.as_json import story_json
from mlgitops.report.story.findings import gravest_first, told
from mlgitops.report.story.markdown import story_markdown
from mlgitops.report.story.page import story_page
from mlgitops.report.story.text import story_text
from tests.report.stories import EMPTY, REPORT, hostile, mass, rich

FOLDER = Path(__file__).parent / "expected"


class Outline(HTMLParser):
    """A page as its headings, texts and the names of what they are in, without its style and script."""

    BLOCKS = frozenset({"article", "section", "tr", "li", "p", "h1", "h2", "h3", "details", "figure", "table", "nav"})
    SILENT = frozenset({"style", "script", "svg"})

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self._silent += tag in self.SILENT
        if tag in self.BLOCKS:
            name = "".join([tag, *(f"#{known['id']}" for _ in [0] if "id" in known)])
            classes = "".join(f".{word}" for word in (known.get("class") or "").split())
            self.lines.append(f"<{name}{classes}>")
        elif "aria-label" in known:
            self.lines.append(f"({known['aria-label']})")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self.SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.lines.append(" ".join(data.split()))


def outline(page: str) -> str:
    """The page in words."""
    reader = Outline()
    reader.feed(page)
    return "\n".join(reader.lines) + "\n"


FORMS: dict[str, Callable[[], str]] = {
    "rich-80.txt": lambda: story_text(rich(), REPORT, width=80),
    "rich-120.txt": lambda: story_text(rich(), REPORT, width=120),
    "rich.md": lambda: story_markdown(rich(), REPORT),
    "rich.json": lambda: story_json(rich(), REPORT),
    "rich.sarif": lambda: sarif(told(rich(), REPORT), {}),
    "rich.github": lambda: github(gravest_first(told(rich(), REPORT))),
    "rich-page.txt": lambda: outline(story_page(rich(), REPORT)),
    "mass.txt": lambda: story_text(mass(odd=1), Report()),
    "mass.md": lambda: story_markdown(mass(odd=1), Report()),
    "mass-page.txt": lambda: outline(story_page(mass(odd=1), Report())),
    "empty.txt": lambda: story_text(EMPTY, Report()),
    "empty.md": lambda: story_markdown(EMPTY, Report()),
    "hostile.md": lambda: story_markdown(*hostile("<b>@team</b> `x` | #1")),
    "hostile.txt": lambda: story_text(*hostile("\x1b[31m\u202e")),
}


def form(name: str) -> str:
    """One form, whatever version of the tool made it."""
    return FORMS[name]().replace(__version__, "VERSION")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in FORMS:
        (FOLDER / each).write_text(form(each), encoding="utf-8")
