"""`--wait` of `promote` and `rollback`: until the release that was written is merged, live and healthy.

mlgitops rollback churn --env prod --wait               # whichever merge brings it
mlgitops rollback churn --env prod --wait 3f2a91b       # by this merge
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.deliver.release import NewRelease, Place, Unchanged
    from mlgitops.findings import Finding
    from mlgitops.stages.asked import Question

ANY = ""
"""The value of `--wait` that names no revision."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Whether to wait, for which merge, and how long."""
    from mlgitops.cli.live import declare_timeout

    parser.add_argument(
        "--wait",
        metavar="REV",
        nargs="?",
        const=ANY,
        help="wait until it is merged, live and healthy; with REV, by that merge",
    )
    declare_timeout(parser, "30m")


def waited(arguments: argparse.Namespace, place: Place, change: NewRelease | Unchanged | list[Finding]) -> int:
    """Wait, where that was asked for; the exit code. Raises UsageError where the revision releases another version."""
    if arguments.wait is None or isinstance(change, list):
        return 0
    from mlgitops.cli import live
    from mlgitops.cli.repository import root_of
    from mlgitops.deliver.release import NewRelease
    from mlgitops.stages.asked import Question
    from mlgitops.stages.follow import Following

    version = change.release.spec.version if isinstance(change, NewRelease) else place.version
    assert version is not None
    question = Question(root_of(arguments.root), arguments.wait, (place.name,), (arguments.model,))
    seconds = live.seconds_of(arguments.timeout)
    _must_release(question, version)
    if arguments.wait == ANY:
        sys.stdout.write("waiting until it is merged and live\n")
        sys.stdout.flush()
    key = (place.name, arguments.model)
    following = Following(question, live.argocd_of(), seconds, {key: (version,)}, pinned=arguments.wait != ANY)
    arguments.format = "text"
    return live.followed(following, arguments)


def _must_release(question: Question, version: str) -> None:
    from mlgitops.stages.asked import asked_of

    if question.revision == ANY:
        return
    wanted = asked_of(question).wanted[0]
    if wanted.versions != (version,):
        got = ", ".join(wanted.versions) or "nothing"
        message = f"--wait must name a commit that releases {version} here; {question.revision[:80]} releases {got}"
        raise UsageError(message, "name the merge of the release, or none")
