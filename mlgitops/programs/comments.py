"""The one comment that reports on a pull request, at GitHub; and whom an event that tells of a run is about.

    comments = Comments("https://api.github.com", "ml/models", token)
    number = comments.number_of("octo", "patch-1", sha)
    if number is not None:
        comments.say(number, body)

Comments are found by a mark in their text that we wrote: another's that has it is left alone.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from mlgitops.errors import MlgitopsError
from mlgitops.programs.pull_requests import GitHub

Json = Any

MARK = "<!-- mlgitops: report -->"
"""The first line of our comment."""

AUTHOR = "github-actions[bot]"
"""Who a workflow's own token writes as."""

PAGES = 30
"""Of 100: GitHub lists no more files of a pull request."""


class Comments(GitHub):
    """Comments, files and artifacts of one repository's pull requests."""

    def number_of(self, owner: str, branch: str, commit: str) -> int | None:
        """The open pull request whose head is a commit of a branch; None where it went on, or is closed.

        A run's event has no number for a fork: it has the branch, and GitHub knows what that is proposed for.
        """
        query = f"state=open&head={quote(f'{owner}:{branch}', safe='')}&per_page=100"
        found = self._listed_at(f"{self._pulls}?{query}")
        numbers = [one.get("number") for one in found if (one.get("head") or {}).get("sha") == commit]
        return numbers[0] if len(numbers) == 1 and isinstance(numbers[0], int) else None

    def files(self, number: int) -> list[str]:
        """The paths that a pull request changes, 3,000 at most; of a renamed file both."""
        found: list[Json] = []
        for page in range(1, PAGES + 1):
            files = self._listed_at(f"{self._pulls}/{number}/files?per_page=100&page={page}")
            found += [one.get(name) for one in files for name in ("filename", "previous_filename")]
            if len(files) < 100:
                break
        return [path for path in found if isinstance(path, str)]

    def artifacts(self, run: int) -> set[str]:
        """The names of what a workflow's run left."""
        address = f"{self._pulls.removesuffix('/pulls')}/actions/runs/{run}/artifacts?per_page=100"
        code, found = self._ask("GET", address)
        if code != 200 or not isinstance(found, dict) or not isinstance(found.get("artifacts"), list):
            raise MlgitopsError(f"cannot list a run's artifacts: the Git host answers {code}")
        return {str(one.get("name")) for one in found["artifacts"] if isinstance(one, dict)}

    def say(self, number: int, body: str) -> Literal["opened", "updated", "nothing"]:
        """Bring our comment on a pull request up to date; written where there is none. Raises MlgitopsError."""
        issues = f"{self._pulls.removesuffix('/pulls')}/issues"
        mine = self._mine(f"{issues}/{number}/comments")
        if mine is not None and mine.get("body") == body:
            return "nothing"
        if mine is None:
            code, _ = self._ask("POST", f"{issues}/{number}/comments", {"body": body})
        else:
            code, _ = self._ask("PATCH", f"{issues}/comments/{int(mine['id'])}", {"body": body})
        if code not in (200, 201):
            hint = "the token needs `pull-requests: write`"
            raise MlgitopsError(f"cannot comment on pull request {number}: the Git host answers {code}", hint)
        return "opened" if mine is None else "updated"

    def _mine(self, address: str) -> dict[str, Json] | None:
        for page in range(1, PAGES + 1):
            found = self._listed_at(f"{address}?per_page=100&page={page}")
            for one in found:
                author, body = one.get("user") or {}, one.get("body")
                if author.get("login") == AUTHOR and isinstance(body, str) and body.startswith(MARK):
                    return one
            if len(found) < 100:
                break
        return None

    def _listed_at(self, address: str) -> list[dict[str, Json]]:
        code, found = self._ask("GET", address)
        if code != 200 or not isinstance(found, list):
            raise MlgitopsError(f"cannot read from the Git host: it answers {code}", "run the job again")
        return [one for one in found if isinstance(one, dict)]
