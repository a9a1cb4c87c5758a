"""What the commands about what is live share: their arguments, the argocd program, and how a picture is shown."""

from __future__ import annotations

import argparse
import re
import sys
from typing import TYPE_CHECKING

from mlgitops.cli import options
from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.live.picture import Picture
    from mlgitops.programs.argocd import ArgoCD
    from mlgitops.stages.asked import Question
    from mlgitops.stages.follow import Ended, Following

DURATION = re.compile(r"(?P<number>\d{1,6})(?P<unit>s|m|h)")
SECONDS = {"s": 1, "m": 60, "h": 3600}


def declare(parser: argparse.ArgumentParser, *formats: str) -> None:
    """What is asked about, and how it is told."""
    parser.add_argument(
        "--revision",
        metavar="REV",
        default="",
        help="the commit to compare with (origin's branch that Argo CD follows)",
    )
    options.declare(parser, "env", "model")
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        default="text",
        choices=formats,
        type=options.one_of("--format", formats),
        help=f"{', '.join(formats[:-1])} or {formats[-1]}",
    )


def declare_timeout(parser: argparse.ArgumentParser, default: str) -> None:
    """How long to wait."""
    parser.add_argument("--timeout", metavar="TIME", default=default, help=f"such as 90s, 10m or 2h ({default})")


def seconds_of(word: str) -> float:
    """A length of time: `90s`, `10m`, `2h`. Raises UsageError for anything else."""
    found = DURATION.fullmatch(word)
    if found is None or not int(found["number"]):
        raise UsageError(f"--timeout must be a time such as 90s, 10m or 2h, got {word[:80]!r}")
    return float(int(found["number"]) * SECONDS[found["unit"]])


def question_of(arguments: argparse.Namespace) -> Question:
    """What is asked about."""
    from mlgitops.cli.repository import root_of
    from mlgitops.stages.asked import Question

    revision = getattr(arguments, "revision", "")
    return Question(root_of(arguments.root), revision, tuple(arguments.env), tuple(arguments.model))


def argocd_of() -> ArgoCD:
    """Argo CD, whose versions are known. Raises MlgitopsError where it does not answer, or is too old."""
    from mlgitops.programs.argocd import ArgoCD
    from mlgitops.programs.process import require

    argocd = ArgoCD(require("argocd"))
    argocd.must_be_known()
    return argocd


def shown(picture: Picture, arguments: argparse.Namespace, *, width: int | None = None) -> str:
    """A picture in the format that was asked for; a table is as wide as the terminal, and 80 columns elsewhere."""
    if arguments.format == "json":
        import json

        from mlgitops.report.status_programs import status_document

        return json.dumps(status_document(picture), indent=2) + "\n"
    if arguments.format == "github":
        from mlgitops.report.status_programs import status_github

        return status_github(picture)
    from mlgitops.cli.output import colour_wanted
    from mlgitops.report.status import status_text

    return status_text(picture, width or terminal_width(), colour=colour_wanted(arguments.color))


def terminal_width() -> int:
    """Columns of the terminal that stdout is, at least 40; 80 where it is none."""
    import shutil

    from mlgitops.report.status import WIDTH

    if sys.stdout is None or not sys.stdout.isatty():
        return WIDTH
    return max(40, shutil.get_terminal_size((WIDTH, 24)).columns)


def needs_somebody(picture: Picture) -> bool:
    """Whether anything has failed, or nothing is known of it."""
    from mlgitops.live.states import STATES

    return any(STATES[row.state].standing in ("failed", "unknown") for row in picture.rows)


def followed(following: Following, arguments: argparse.Namespace) -> int:
    """Wait, telling each change on stderr; show how it ended, and return the exit code."""
    from mlgitops.report.visible import redacted_shapes, visible
    from mlgitops.stages.follow import follow

    def told(line: str) -> None:
        sys.stderr.write(f"{visible(redacted_shapes(line))}\n")
        sys.stderr.flush()

    ended = follow(following, told)
    if not ended.places:
        raise UsageError(
            "nothing is released there, so there is nothing to wait for", "`mlgitops status` shows what is"
        )
    sys.stdout.write(shown(ended.picture, arguments))
    sys.stdout.flush()
    if not ended.live:
        told(_why(ended, following.timeout))
    return 0 if ended.live else 1


def _why(ended: Ended, timeout: float) -> str:
    failed = [one for one in ended.places if one.outcome == "failed"]
    if failed:
        row = failed[0].row
        place = f" ({row.blamed[0]})" if row.blamed else ""
        return f"{row.environment}/{row.model} failed: {failed[0].words}{place}"
    waiting = [f"{one.row.environment}/{one.row.model}" for one in ended.places if one.outcome != "live"]
    return f"not live after {timeout:g} s: {', '.join(waiting[:5]) or 'it was seen live once only'}"
