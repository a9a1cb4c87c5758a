"""`mlgitops comment --report DIR`: bring the comment on a pull request up to date, in a job that a finished run starts.

The run that made the report ran a stranger's change, so the report is data: which pull request it is about, its commit
and its outcome are taken from the event (`GITHUB_EVENT_PATH`) and the Git host, never from the report.
"""

from __future__ import annotations

import argparse
import os
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mlgitops.errors import MlgitopsError, UsageError

if TYPE_CHECKING:
    from mlgitops.programs.comments import Comments

Json = Any

REPORTS = ("verdict.md", "plan.md")
"""The files of a report, in the order in which they are said; any other is left alone."""

LARGEST = 256 << 10
"""Bytes of one."""

PATCH = "rendered-patch"
"""The artifact that holds what rendering would change."""


class Event(NamedTuple):
    """What GitHub says of a run that ended."""

    repository: str
    run: int
    commit: str
    owner: str
    branch: str
    conclusion: str
    address: str


def declare(parser: argparse.ArgumentParser) -> None:
    """Where the report was unpacked."""
    parser.add_argument("--report", required=True, metavar="DIR", help=f"a folder with {' and '.join(REPORTS)}")


def run(arguments: argparse.Namespace) -> int:
    """Say it, or that there is nobody to say it to. Raises MlgitopsError when the Git host refuses."""
    from mlgitops.programs.comments import MARK, Comments
    from mlgitops.report.comment import Facts, comment

    event = event_of(os.environ.get("GITHUB_EVENT_PATH", ""))
    reports = reports_in(Path(arguments.report))
    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        raise UsageError("GITHUB_TOKEN is not set", "give it to this step alone: env: GITHUB_TOKEN")
    comments = Comments(os.environ.get("GITHUB_API_URL", "https://api.github.com"), event.repository, token)
    number = comments.number_of(event.owner, event.branch, event.commit)
    if number is None:
        sys.stdout.write("nothing said: the pull request went on, or is closed\n")
        return 0
    warned, patch = _warned(comments, number), PATCH in comments.artifacts(event.run)
    facts = Facts(MARK, event.commit, event.address, event.conclusion, warned, patch)
    did = comments.say(number, comment(facts, reports))
    sys.stdout.write(f"pull request {number}: comment {'as it was' if did == 'nothing' else did}\n")
    return 0


def _warned(comments: Comments, number: int) -> list[str]:
    """The files of the change that decide what its report says."""
    from mlgitops.plan.deciding import kind_of

    return [path for path in comments.files(number) if kind_of(path) in ("workflows", "tool")]


def event_of(path: str) -> Event:
    """The event of a run that ended. Raises UsageError for any other."""
    import json

    try:
        data = json.loads(Path(path).read_bytes())
        found, repository = data["workflow_run"], data["repository"]["full_name"]
        owner = found["head_repository"]["owner"]["login"]
        event = Event(
            repository,
            found["id"],
            found["head_sha"],
            owner,
            found["head_branch"],
            found.get("conclusion") or "unknown",
            found["html_url"],
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        message = "GITHUB_EVENT_PATH must name the event of a run of a pull request's workflow"
        raise UsageError(message, "call this in a workflow `on: workflow_run`") from None
    _must_be_sound(event)
    return event


_SHAPES: Mapping[str, str] = {
    "repository": r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9_.-]+",
    "commit": r"[0-9a-f]{40}(?:[0-9a-f]{24})?",
    "owner": r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}",
    "branch": r"[^\x00-\x20\x7f]{1,250}",
    "conclusion": r"[a-z_]{1,30}",
    "address": r"https://[A-Za-z0-9.:-]+/[A-Za-z0-9._/-]+",
}


def _must_be_sound(event: Event) -> None:
    for name, shape in _SHAPES.items():
        value = getattr(event, name)
        if not isinstance(value, str) or not re.fullmatch(shape, value):
            raise UsageError(f"the event's {name} is not as GitHub writes it")
    if type(event.run) is not int or event.run < 0:
        raise UsageError("the event's run is no number")


def reports_in(folder: Path) -> list[str]:
    """The texts of a report, as far as they are there.

    Raises MlgitopsError for what is no plain file of text, or too large: somebody else made it.
    """
    return [text for name in REPORTS if (text := _report(folder / name)) is not None]


def _report(path: Path) -> str | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError:
        raise MlgitopsError(f"{path.name} in the report is no plain file", "nothing was said") from None
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode) or facts.st_size > LARGEST:
        os.close(descriptor)
        raise MlgitopsError(f"{path.name} in the report is no file of at most {LARGEST >> 10} KiB", "nothing was said")
    with open(descriptor, "rb") as file:
        try:
            return file.read(LARGEST).decode()
        except UnicodeDecodeError:
            raise MlgitopsError(f"{path.name} in the report is no text", "nothing was said") from None
