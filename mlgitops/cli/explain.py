"""`mlgitops explain CODE`: what a finding means, why it matters and how to mend it.

`mlgitops explain MODEL@ENV`: why a model is as it is in an environment, and what would change it.
"""

from __future__ import annotations

import argparse
import sys

from mlgitops.cli import options
from mlgitops.cli.repository import find_root
from mlgitops.errors import UsageError


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the code or the target."""
    words = "such as spec/out-of-range, or MODEL@ENV; without one, list all codes"
    parser.add_argument("code", nargs="?", metavar="CODE", help=words)
    options.declare(parser, "engine", "format", "as_of")


def run(arguments: argparse.Namespace) -> int:
    """Print one explanation, or all codes with their titles."""
    if arguments.code is not None and "@" in arguments.code:
        return _target(arguments)
    if arguments.format != "text":
        raise UsageError("`mlgitops explain CODE` writes text", "MODEL@ENV has --format json, too")
    from mlgitops.cli.explanations import RULE, built_in, explanation_of
    from mlgitops.cli.nearest import nearest
    from mlgitops.cli.output import colour_wanted
    from mlgitops.report.explain import show
    from mlgitops.report.text import painter

    if arguments.code is None:
        known = built_in()
        width = max(map(len, known))
        sys.stdout.write("".join(f"{code:<{width}}  {known[code].title}\n" for code in known))
        return 0
    found = explanation_of(arguments.code, find_root(arguments.root))
    if found is not None:
        sys.stdout.write(show(found, painter(colour_wanted(arguments.color))))
        return 0
    code = arguments.code[:80]
    if RULE.fullmatch(arguments.code):
        raise UsageError(f"no rule of this repository is called {code!r}", "`mlgitops policy list` shows them")
    guess = nearest(code, built_in())
    hint = "`mlgitops explain` lists all codes"
    raise UsageError(f"no finding has the code {code!r}", f"did you mean `{guess}`? {hint}" if guess else hint)


def _target(arguments: argparse.Namespace) -> int:
    """Why a target is as it is. Exit code 1 where it has errors, or is denied."""
    import json

    from mlgitops.cli.delivery import refuse
    from mlgitops.cli.request import request_of
    from mlgitops.files.disk import DiskTree
    from mlgitops.report.reasons import reasons_document, reasons_text
    from mlgitops.stages.reasons import explained

    if arguments.format not in ("text", "json"):
        raise UsageError(f"`mlgitops explain MODEL@ENV` writes text or json, got --format {arguments.format}")
    arguments.env, arguments.model, arguments.jobs, arguments.no_cache = [], [], 1, True
    request = request_of(arguments)
    model, _, environment = arguments.code.partition("@")
    found = explained(DiskTree(request.root), request, model, environment)
    if found.reasons is None:
        return refuse(found.findings, request.root, arguments, "target")
    if arguments.format == "json":
        document = reasons_document(found.reasons, found.findings, found.waivers, request.as_of, found.engine)
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        asked = f"{found.rules} rules, by {found.engine}" if found.engine else "undecided: the rules have errors"
        sys.stdout.write(reasons_text(found.reasons, found.findings, found.waivers, request.as_of, asked))
    return 1 if any(finding.fails for finding in found.findings) else 0
