"""`mlgitops sync`: have Argo CD look at Git now, whatever it gave up on or waits for, and wait until it is live.

mlgitops sync --model churn --env prod
mlgitops sync --no-wait

Argo CD looks by itself, at the latest after three minutes, but starts no sync while one of an older commit waits for
what may never be healthy: that one is called off. Nothing is applied from here.
"""

from __future__ import annotations

import argparse
import sys

from mlgitops.cli import live

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mlgitops.stages.asked import Asked


def declare(parser: argparse.ArgumentParser) -> None:
    """What is synced, and for how long to wait."""
    live.declare(parser, "text", "json")
    live.declare_timeout(parser, "10m")
    parser.add_argument("--no-wait", action="store_true", help="ask Argo CD, and do not wait for what comes of it")


def run(arguments: argparse.Namespace) -> int:
    """Sync, then wait; exit code 0 only when everything asked for is live."""
    from mlgitops.report.contents import plural
    from mlgitops.stages.asked import asked_of
    from mlgitops.stages.follow import Following
    from mlgitops.stages.refresh import call_off, refresh

    question, argocd = live.question_of(arguments), live.argocd_of()
    refreshed = refresh(asked_of(question), question, argocd)
    _tell_called_off(refreshed.called_off)
    for name in refreshed.synced:
        sys.stderr.write(f"{name}: asked for a sync\n")
    sys.stderr.write(f"{plural(len(refreshed.names), 'Application')} looked at Git\n")
    if arguments.no_wait:
        return 0

    def again(asked: Asked) -> None:
        """Argo CD may have begun one meanwhile, or not have said yet of which commit it is."""
        _tell_called_off(call_off(asked, question, argocd))

    pinned, timeout = bool(question.revision), live.seconds_of(arguments.timeout)
    return live.followed(Following(question, argocd, timeout, pinned=pinned, again=again), arguments)


def _tell_called_off(names: tuple[str, ...]) -> None:
    for name in names:
        sys.stderr.write(f"{name}: called off the sync of an older commit\n")
