"""The rules of the repository that a command stands in."""

from __future__ import annotations

import argparse

from mlgitops.cli.repository import root_of
from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding
from mlgitops.policy.rules import RuleSet, read_rules


def rules_of(arguments: argparse.Namespace) -> tuple[RuleSet, list[Finding]]:
    """The rules, and what is wrong with them. Raises UsageError outside of a repository."""
    from mlgitops.files.disk import DiskTree
    from mlgitops.tree import walk

    tree = DiskTree(str(root_of(arguments.root)))
    files = [path for path, kind in walk(tree, "policies") if kind == "file"]
    return read_rules({path: (tree.read(path) or b"").decode("utf-8", "surrogateescape") for path in files})


def sound_rules(arguments: argparse.Namespace) -> RuleSet:
    """The rules. Raises MlgitopsError when one is wrong, since its silence would mean nothing."""
    rules, findings = rules_of(arguments)
    wrong = [finding for finding in findings if finding.fails]
    if wrong:
        first = wrong[0]
        raise MlgitopsError(
            f"{len(wrong)} findings about the rules themselves, the first at {first.location}: {first.message}",
            "`mlgitops policy list` shows them all",
        )
    return rules
