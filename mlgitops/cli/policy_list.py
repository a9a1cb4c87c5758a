"""`mlgitops policy list`: the rules, what each is about, and what is wrong with the rules themselves."""

from __future__ import annotations

import argparse
import json
import sys

from mlgitops.cli import options
from mlgitops.errors import UsageError


def declare(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""
    options.declare(parser, "format")


def run(arguments: argparse.Namespace) -> int:
    """Print a line a rule, or a JSON list; then findings about the rules."""
    from mlgitops.cli.output import deliver
    from mlgitops.cli.repository import root_of
    from mlgitops.cli.rules import rules_of, uncompiled_too
    from mlgitops.report.as_json import document_of
    from mlgitops.report.contents import Report
    from mlgitops.report.visible import visible

    if arguments.format not in ("text", "json"):
        raise UsageError(f"`mlgitops policy list` writes text or json, got --format {arguments.format}")
    rules, wrong = rules_of(arguments)
    findings = uncompiled_too(rules, wrong)
    if arguments.format == "json":
        fields = ("id", "title", "description", "severity", "scope", "remediation", "path")
        listed = [{name: getattr(rule, name) for name in fields} for rule in rules.rules]
        document = {"version": 1, "rules": listed, "findings": document_of(Report(tuple(findings)))["findings"]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return 1 if any(finding.fails for finding in findings) else 0
    width = max((len(rule.id) for rule in rules.rules), default=0)
    for rule in rules.rules:
        sys.stdout.write(visible(f"{rule.id:<{width}}  {rule.severity:<8} {rule.scope:<8} {rule.title}") + "\n")
    failed = len({finding.location.path for finding in findings if finding.fails})
    report = Report(tuple(findings), len(rules.rules) + failed, failed, unit="rule")
    if rules.rules:
        sys.stdout.write("\n")
    return deliver(report, arguments, root_of(arguments.root))
