"""What a Git host knows of a pull request, as files that CI fetched: reviews, teams, and who opened it.

gh api --paginate --slurp repos/acme/models/pulls/7/reviews > reviews.json
mlgitops plan --base origin/main --reviews reviews.json --author "@ada"
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.spec.reviews import Evidence

T = TypeVar("T")

LARGEST = 8 * 1024 * 1024
"""Bytes of a file: thousands of reviews."""


def declare(parser: argparse.ArgumentParser) -> None:
    """The files, and who opened the pull request."""
    parser.add_argument(
        "--reviews", metavar="FILE", help="approvals of the change: the reviews that GitHub's API gives"
    )
    parser.add_argument("--teams", metavar="FILE", help='who is in CODEOWNERS\' teams: {"@org/team": ["login"]}')
    parser.add_argument("--author", metavar="@WHO", action="append", default=[], help="who cannot approve it")


def evidence_of(arguments: argparse.Namespace) -> Evidence | None:
    """What the options say; None where they say nothing. Raises UsageError for a file that is none of the kind."""
    if arguments.reviews is None and arguments.teams is None and not arguments.author:
        return None
    from mlgitops.cli.delivery import owner_named
    from mlgitops.spec.reviews import Evidence, read_members, read_reviews

    reviews = _read("--reviews", arguments.reviews, read_reviews) if arguments.reviews is not None else ()
    members = _read("--teams", arguments.teams, read_members) if arguments.teams is not None else {}
    named = (who if who.startswith("@") or "@" in who else f"@{who}" for who in arguments.author)
    authors = frozenset(owner_named(who, "--author") for who in named)
    return Evidence(reviews, authors, members)


def _read(option: str, name: str, read: Callable[[str], T]) -> T:
    from mlgitops.spec.reviews import NotReviews

    try:
        with Path(name).open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"cannot read {name[:200]} of {option}: {error.strerror}") from error
    if len(content) > LARGEST:
        raise UsageError(f"{option} must have at most {LARGEST // 1024 // 1024} MiB, got more")
    try:
        return read(content.decode("utf-8", "replace"))
    except NotReviews as error:
        raise UsageError(f"{option} {name[:200]}: {error}", "give what the host's API answers, unchanged") from None
