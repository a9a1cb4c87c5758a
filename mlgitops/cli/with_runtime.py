"""Commands that do here what pods do there: what the runtime refuses, or lacks on this machine, as they say it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    import argparse


def with_runtime(work: Callable[[], None], doing: str, install: str, root: str, arguments: argparse.Namespace) -> int:
    """The exit code of work with the runtime. Raises UsageError where a package is missing, with `install` as its hint.

    `doing` is what needs it: `training`.
    """
    from mlgitops.cli.delivery import Refused, refuse
    from mlgitops.problem import RunProblem
    from mlgitops.report.visible import visible

    try:
        work()
    except Refused as refused:
        return refuse(refused.findings, root, arguments, "model")
    except RunProblem as problem:
        sys.stderr.write("".join(f"{visible(line)}\n" for line in str(problem).split("\n")))
        return problem.exit_code
    except ImportError as error:
        name = (error.name or str(error)).partition(".")[0]
        raise UsageError(f"{doing} needs the Python package {name[:80]}, which is not installed", install) from None
    return 0
