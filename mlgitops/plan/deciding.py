"""The files that decide about others, so that a change of them is told, and decided both ways.

    >>> kind_of("policies/waivers/legacy.yaml"), kind_of("specs/churn/model.yaml")
    ('waivers', None)

Limits, prices and approvals stand in an environment's document; who may approve, in CODEOWNERS. What renders and
decides is the tool; what runs it, the workflows. Releases, runs and specs are what is decided *about*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

Kind = Literal["policies", "data", "waivers", "environments", "repository", "owners", "tool", "workflows"]

KINDS: Final[Mapping[Kind, str]] = {
    "policies": "rules",
    "data": "what rules look up",
    "waivers": "waivers",
    "environments": "limits, approvals or customisation of environments",
    "repository": "what the repository says of itself",
    "owners": "who must approve",
    "tool": "what renders and decides",
    "workflows": "what runs these checks",
}
"""What each decides, for messages."""

_PLACES: Final[tuple[tuple[Kind, str], ...]] = (
    ("waivers", r"policies/waivers/"),
    ("data", r"policies/data/"),
    ("policies", r"policies/"),
    ("environments", r"environments/(?![^/]+/(?:releases|runs)/)"),
    ("repository", r"mlgitops\.yaml\Z"),
    ("owners", r"(?:\.github/|docs/)?CODEOWNERS\Z"),
    ("workflows", r"\.github/|\.ci/|action\.ya?ml\Z|\.pre-commit|\.gitattributes\Z"),
    ("tool", r"mlgitops/|tools/|requirements/|requirements[^/]*\.(?:txt|in)\Z|pyproject\.toml\Z|Makefile\Z"),
)

RULED: Final[frozenset[Kind]] = frozenset({"policies", "data", "waivers", "environments", "repository", "owners"})
"""What a tree can take from another commit; the tool that runs cannot judge by a tool that it is not."""


def kind_of(path: str) -> Kind | None:
    """What a file of a repository decides; None for what is decided about."""
    return next((kind for kind, pattern in _PLACES if re.match(pattern, path)), None)


def is_ruled(path: str) -> bool:
    """Whether a file is taken from the base when a change is decided by the base's rules."""
    return kind_of(path) in RULED


def deciding(paths: Iterable[str]) -> dict[Kind, list[str]]:
    """Of changed files, those that decide, by what they decide and in order."""
    found: dict[Kind, list[str]] = {kind: [] for kind in KINDS}
    for path in sorted(paths):
        kind = kind_of(path)
        if kind is not None:
            found[kind].append(path)
    return {kind: files for kind, files in found.items() if files}
