"""The rules of the repository that a command stands in."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mlgitops.cli.repository import root_of
from mlgitops.findings import Finding, in_order
from mlgitops.policy.refused import refuse
from mlgitops.policy.rules import RuleSet


def rules_of(arguments: argparse.Namespace) -> tuple[RuleSet, list[Finding]]:
    """The rules, and what is wrong with them. Raises UsageError outside of a repository."""
    from mlgitops.files.disk import DiskTree
    from mlgitops.stages.rule_files import load_rules

    return load_rules(DiskTree(root_of(arguments.root)))


def sound_rules(arguments: argparse.Namespace) -> RuleSet:
    """The rules. Raises RulesRefused when one is wrong, since its silence would mean nothing."""
    rules, findings = rules_of(arguments)
    refuse([finding for finding in findings if finding.fails])
    return rules


def uncompiled_too(rules: RuleSet, findings: Sequence[Finding]) -> list[Finding]:
    """What is wrong with rules, with what an engine has against lines of which nothing is said yet."""
    from mlgitops.programs.compiled import uncompiled

    told = {finding.location[:2] for finding in findings if finding.fails}
    return in_order([*findings, *(found for found in uncompiled(rules) if found.location[:2] not in told)])
