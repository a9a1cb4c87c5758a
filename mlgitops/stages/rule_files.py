"""The rules of a repository: every file below policies/, and no link."""

from __future__ import annotations

from functools import lru_cache

from mlgitops.findings import Finding
from mlgitops.policy.rules import RuleSet, read_rules
from mlgitops.tree import Tree, walk

WAIVERS = "policies/waivers/"
"""Whose links `spec.load.load_waivers` tells."""


def load_rules(tree: Tree) -> tuple[RuleSet, list[Finding]]:
    """The rules, and what is wrong with them; rules and data behind a link would vanish without a word."""
    entries = list(walk(tree, "policies"))
    files = {path: tree.read(path) or b"" for path, kind in entries if kind == "file"}
    texts = tuple((path, content.decode("utf-8", "surrogateescape")) for path, content in files.items())
    rules, found = _read(texts)
    findings = list(found)
    links = [path for path, kind in entries if kind == "link" and not path.startswith(WAIVERS)]
    if links:
        from mlgitops.spec.load import link_findings  # here, since it loads pydantic

        findings = [*findings, *link_findings(links)]
    return rules, findings


@lru_cache(maxsize=2)
def _read(texts: tuple[tuple[str, str], ...]) -> tuple[RuleSet, tuple[Finding, ...]]:
    """Rules that two revisions have in common are read once, and what is kept of them is kept for both."""
    rules, findings = read_rules(dict(texts))
    return rules, tuple(findings)
