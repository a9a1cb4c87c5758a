"""What a command says when an engine refuses the rules: findings at their lines, and of the rest what can be said."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mlgitops.findings import in_order
from mlgitops.report.contents import UNDECIDED, Report

if TYPE_CHECKING:
    from mlgitops.policy.refused import RulesRefused


def refused_report(refused: RulesRefused, arguments: argparse.Namespace) -> Report:
    """The findings about the rules; of a command of the pipeline also what `validate` finds."""
    from mlgitops.cli.rules import rules_of

    if hasattr(arguments, "env") and getattr(arguments, "manifests", None) is None:
        from mlgitops.cli.request import answer, request_of

        report = answer(request_of(arguments), "validate")
        skipped = tuple(sorted({*report.skipped, UNDECIDED}))
        return report._replace(findings=tuple(in_order([*report.findings, *refused.findings])), skipped=skipped)
    rules, wrong = rules_of(arguments)
    findings = tuple(in_order([*wrong, *refused.findings]))
    paths = {path for path in rules.files if path.endswith(".rego")}
    failed = len({finding.location.path for finding in findings if finding.fails})
    return Report(findings, max(len(paths), failed), failed, unit="file")
