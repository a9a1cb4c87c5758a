"""The rules of a repository: every file below policies/, and no link."""

from __future__ import annotations

from mlgitops.findings import Finding
from mlgitops.policy.rules import RuleSet, read_rules
from mlgitops.tree import Tree, walk

WAIVERS = "policies/waivers/"
"""Whose links `spec.load.load_waivers` tells."""


def load_rules(tree: Tree) -> tuple[RuleSet, list[Finding]]:
    """The rules, and what is wrong with them; rules and data behind a link would vanish without a word."""
    entries = list(walk(tree, "policies"))
    files = {path: tree.read(path) or b"" for path, kind in entries if kind == "file"}
    rules, findings = read_rules({path: text.decode("utf-8", "surrogateescape") for path, text in files.items()})
    links = [path for path, kind in entries if kind == "link" and not path.startswith(WAIVERS)]
    if links:
        from mlgitops.spec.load import link_findings  # here, since it loads pydantic

        findings = [*findings, *link_findings(links)]
    return rules, findings
