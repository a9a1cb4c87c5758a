"""`mlgitops explain CODE`: what a finding means, why it matters and how to mend it."""

from __future__ import annotations

import argparse
import sys

from mlgitops.cli.repository import find_root
from mlgitops.errors import UsageError


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the code."""
    parser.add_argument("code", nargs="?", metavar="CODE", help="such as spec/out-of-range; without one, list them all")


def run(arguments: argparse.Namespace) -> int:
    """Print one explanation, or all codes with their titles."""
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
