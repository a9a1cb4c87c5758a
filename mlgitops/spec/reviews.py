"""Reviews of a pull request, as GitHub's API gives them.

    reviews = read_reviews('[{"user": {"login": "eve"}, "state": "APPROVED", "commit_id": "3f785…"}]')

A person's last word counts: an approval until it is dismissed, or changes are asked for. A comment takes nothing back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

Json = Any

_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,98}[A-Za-z0-9])?(?:\[bot\])?")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TEAM = re.compile(r"@[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_COUNTS = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


class NotReviews(ValueError):
    """A text that is not what it was said to be."""


class Review(NamedTuple):
    """An approval that stands."""

    by: str
    """`@eve`."""
    commit: str
    """What was looked at."""


class Evidence(NamedTuple):
    """What a Git host knows of a pull request."""

    reviews: tuple[Review, ...] = ()
    authors: frozenset[str] = frozenset()
    """Whose work it is: handles and mail addresses."""
    members: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 -- never changed
    """Team → its people, as handles."""


def read_reviews(text: str) -> tuple[Review, ...]:
    """The approvals that stand, by their people. Raises NotReviews for anything but the API's list of reviews."""
    last: dict[str, tuple[str, str]] = {}
    for index, one in enumerate(_list(text)):
        login, state, commit = _review(one, index)
        if state in _COUNTS:
            last[login.casefold()] = (state, commit)
    approved = ((login, commit) for login, (state, commit) in last.items() if state == "APPROVED")
    return tuple(Review(f"@{login}", commit) for login, commit in sorted(approved))


def _list(text: str) -> Iterator[Json]:
    """Reviews in the order in which they were given; pages that `gh api --slurp` put together are taken apart."""
    found = _json(text)
    if isinstance(found, list) and found and all(isinstance(page, list) for page in found):
        found = [one for page in found for one in page]
    if not isinstance(found, list):
        raise NotReviews(f"a list of reviews is expected, got {type(found).__name__}")
    yield from sorted(found, key=lambda one: str(one.get("submitted_at") or "") if isinstance(one, dict) else "")


def _json(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotReviews(f"JSON is expected: {str(error)[:200]}") from None


def _review(one: Json, index: int) -> tuple[str, str, str]:
    """Login, state and commit; a review whose author's account is gone counts for nobody."""
    user = one.get("user") if isinstance(one, dict) else None
    if isinstance(one, dict) and user is None and "state" in one:
        return "ghost", "COMMENTED", ""
    login = user.get("login") if isinstance(user, dict) else None
    state = one.get("state") if isinstance(one, dict) else None
    commit = (one.get("commit_id") if isinstance(one, dict) else None) or ""
    if not isinstance(login, str) or not _LOGIN.fullmatch(login):
        raise NotReviews(f"review {index} must have user.login, got {str(login)[:80]!a}")
    if not isinstance(state, str):
        raise NotReviews(f"review {index} must have a state, got {str(state)[:80]!a}")
    if not isinstance(commit, str) or not (commit == "" or _COMMIT.fullmatch(commit)):
        raise NotReviews(f"review {index} must have commit_id, a full hash, got {str(commit)[:80]!a}")
    return login, state, commit


def read_members(text: str) -> dict[str, tuple[str, ...]]:
    """Teams and their people: `{"@acme/platform": ["eve", "kim"]}`. Raises NotReviews for anything else."""
    found = _json(text)
    if not isinstance(found, dict):
        raise NotReviews(f"an object of teams is expected, got {type(found).__name__}")
    result = {}
    for team, people in found.items():
        name = team if team.startswith("@") else f"@{team}"
        sound = isinstance(people, list) and all(isinstance(p, str) and _LOGIN.fullmatch(p.lstrip("@")) for p in people)
        if not _TEAM.fullmatch(name) or not sound:
            raise NotReviews(f"each team must be @org/team with a list of logins, got {team[:80]!a}")
        result[name] = tuple(f"@{person.lstrip('@')}" for person in people)
    return result
