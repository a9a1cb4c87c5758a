"""`mlgitops policy test`: the rules against their fixtures, and their own Rego tests where OPA is installed."""

from __future__ import annotations

import argparse

from mlgitops.cli import options


def declare(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""
    options.declare(parser, "engine", "format")


def run(arguments: argparse.Namespace) -> int:
    """Report rules that do not say what is stated of them."""
    from mlgitops.cli.output import deliver
    from mlgitops.cli.repository import root_of
    from mlgitops.cli.rules import rules_of
    from mlgitops.programs.engines import open_engine
    from mlgitops.programs.process import find
    from mlgitops.stages.rule_tests import test_rules

    rules, wrong = rules_of(arguments)
    with open_engine(arguments.engine, rules) as engine:
        report = test_rules(rules, wrong, engine, find("opa"))
    return deliver(report, arguments, root_of(arguments.root))
