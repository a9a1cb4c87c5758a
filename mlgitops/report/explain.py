"""Explanations of finding codes: what a code means, why it matters and how to get rid of it.

They are written in Markdown, one file a category beside this module, so that people can also read them there:

    ## spec/out-of-range
    A number is outside of what its field allows.

    **Why:** ...

    **Fix:** ...
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mlgitops.report.text import Paint
from mlgitops.report.visible import visible

CATEGORIES = (
    "yaml",
    "spec",
    "env",
    "release",
    "run",
    "template",
    "kustomize",
    "render",
    "policy",
    "plan",
    "verdict",
    "schema",
    "data",
)
"""The first part of a code, each with a file of explanations; in the order of the pipeline."""


class Explanation(NamedTuple):
    """What is known of one code."""

    code: str
    title: str
    """One sentence: what is wrong."""
    body: str
    """Markdown: why it matters, how to mend it, an example where that helps."""


def body(why: str, fix: str) -> str:
    """The body of an explanation that has these two parts."""
    return f"**Why:** {why}\n\n**Fix:** {fix}"


def parse(text: str) -> dict[str, Explanation]:
    """The explanations in a file, by code. Raises ValueError for one without a title or said twice."""
    found: dict[str, Explanation] = {}
    for section in ("\n" + text).split("\n## ")[1:]:
        head, _, rest = section.partition("\n")
        code = head.strip()
        title, _, body = rest.strip().partition("\n\n")
        if not title or code in found:
            raise ValueError(f"{code} has no title, or is explained twice")
        found[code] = Explanation(code, " ".join(title.split()), body.strip())
    return found


def show(explanation: Explanation, paint: Paint) -> str:
    """An explanation, for a terminal."""
    head = f"{paint(visible(explanation.code), 'place')}\n{visible(explanation.title)}\n"
    lines = [visible(line) for line in explanation.body.split("\n")] if explanation.body else []
    lines = [re.sub(r"\*\*([^*]+)\*\*", lambda bold: paint(bold[1], "label"), line) for line in lines]
    return head + "".join(f"{line}\n" for line in ["", *lines] if lines)
