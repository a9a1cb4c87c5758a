"""Where explanations of finding codes are read from: this package, and a repository's own policies.

What is found in documents is explained in `report/explanations/`; the preflight explains its codes where it declares
them, since severity and versions stand there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from mlgitops.report.explain import CATEGORIES, Explanation, body, parse

DIRECTORY = Path(__file__).resolve().parent.parent / "report" / "explanations"

RULE = re.compile(r"policy/([a-z][a-z0-9-]{0,62})\.([a-z][a-z0-9-]{0,62})")
"""A code of a rule: `policy/cost.gpu-limit` stands in policies/cost/gpu-limit/."""


@cache
def built_in() -> dict[str, Explanation]:
    """Every explanation that comes with mlgitops, by code, in the order of the categories."""
    found: dict[str, Explanation] = {}
    for category in CATEGORIES:
        found |= parse((DIRECTORY / f"{category}.md").read_text(encoding="utf-8"))
    return found | _preflight()


def _preflight() -> dict[str, Explanation]:
    from mlgitops.render.preflight.codes import CODES

    return {code: Explanation(code, about.title, body(about.why, about.fix)) for code, about in CODES.items()}


def explanation_of(code: str, root: str | None) -> Explanation | None:
    """The explanation of one code; a rule's is its page in the repository, where we are in one."""
    rule = RULE.fullmatch(code)
    if rule is None:
        return built_in().get(code)
    page = Path(root, "policies", rule[1], rule[2], "README.md") if root else None
    if page is None or not page.is_file():
        return None
    title, _, body = page.read_text(encoding="utf-8", errors="replace").strip().partition("\n")
    return Explanation(code, title.lstrip("# "), body.strip())


def explanations_of(codes: Iterable[str], root: str | None) -> dict[str, Explanation]:
    """The explanations of those codes that have one."""
    found = ((code, explanation_of(code, root)) for code in sorted(codes))
    return {code: explanation for code, explanation in found if explanation is not None}
