"""`mlgitops policy check`: what the policies say of the repository, or with --manifests of any objects."""

from __future__ import annotations

import argparse

from mlgitops.cli import options
from mlgitops.cli.request import PIPELINE
from mlgitops.errors import UsageError


def declare(parser: argparse.ArgumentParser) -> None:
    """Manifests from elsewhere."""
    parser.add_argument("--manifests", metavar="FILE", help="decide these objects by the rules on objects; - for stdin")
    options.declare(parser, *PIPELINE)


def run(arguments: argparse.Namespace) -> int:
    """Report denials and warnings."""
    if arguments.manifests is not None:
        return _manifests(arguments)
    from mlgitops.cli.output import deliver
    from mlgitops.cli.request import answer, request_of

    request = request_of(arguments)
    return deliver(answer(request, "check"), arguments, request.root)


def _manifests(arguments: argparse.Namespace) -> int:
    from mlgitops.cli.foreign import manifests_of, no_objects
    from mlgitops.cli.output import deliver
    from mlgitops.cli.rules import sound_rules
    from mlgitops.programs.engines import open_engine
    from mlgitops.stages.foreign_policy import decide_foreign

    rules = sound_rules(arguments)
    if not rules.of("objects"):
        raise UsageError("no rule of this repository has the scope `objects`", "`mlgitops policy list` shows them")
    content, name = manifests_of(arguments.manifests)
    with open_engine(arguments.engine, rules) as engine:
        report = decide_foreign(content, name, engine, rules)
    if not report.checked and not report.findings:
        raise no_objects(content, name)
    return deliver(report, arguments, None)
