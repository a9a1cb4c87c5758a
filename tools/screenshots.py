"""Pictures of an HTML report, as the documentation shows it: wide, dark and on a phone.

    mlgitops plan --base main --write html=build/plan.html
    PYTHONPATH=tools .venv/bin/python tools/screenshots.py build/plan.html docs/images/plan

writes docs/images/plan-wide.png, plan-dark.png and plan-phone.png, each below LIMIT. Colours are put into a palette: a
page has few.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import NamedTuple

from browser import Browser
from PIL import Image

LIMIT = 200_000
"""Bytes of a picture: a repository keeps every version of it for ever."""


class View(NamedTuple):
    """How a page is looked at."""

    name: str
    width: int
    height: int
    dark: bool
    at: str
    """A selector of what is at the top."""


VIEWS = (
    View("wide", 1280, 1160, False, "body"),
    View("dark", 1280, 900, True, "#capacity"),
    View("phone", 390, 844, False, "body"),
)


def main(page: str, prefix: str) -> int:
    """Write the pictures; 1 where one is too large."""
    code = 0
    with Browser.started() as browser:
        for view in VIEWS:
            opened = browser.opened(Path(page), width=view.width, height=view.height, dark=view.dark)
            opened.evaluate(f"document.querySelector('{view.at}').scrollIntoView()")
            path = Path(f"{prefix}-{view.name}.png")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(small(opened.picture()))
            size = path.stat().st_size
            print(f"{path}: {size} bytes")
            code |= size > LIMIT
    return code


def small(picture: bytes) -> bytes:
    """The picture with a palette of 128 colours."""
    found = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(found, "PNG", optimize=True)
    return found.getvalue()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
