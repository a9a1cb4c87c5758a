"""Pull requests at a Git host, behind one protocol: open the one of a branch, or bring its text up to date.

    requests = GitHub("https://api.github.com", "ml/models", token)
    requests.propose(Proposal("mlgitops/release/dev/churn", "main", "Release churn r3f2a91bc4d in dev", body))

`GitHub` is GitHub's REST API (version 2022-11-28), which GitHub Enterprise has below `/api/v3`. The token goes into one
header of requests to that one address: redirects are not followed, and no message repeats what was sent.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, Literal, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.programs.process import printable

Json = Any

TIMEOUT = 30.0
"""Seconds for one request."""
LARGEST = 4 << 20
"""Bytes of an answer."""
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9_.-]+")


class Proposal(NamedTuple):
    """What a pull request says."""

    branch: str
    base: str
    title: str
    body: str


class Proposed(NamedTuple):
    """The pull request that stands, and what was done for it."""

    url: str
    did: Literal["opened", "updated", "nothing"]


class PullRequests(Protocol):
    """Pull requests of one repository."""

    def propose(self, proposal: Proposal) -> Proposed:
        """The open pull request of a branch, with this text; opened where there is none. Raises MlgitopsError."""

    def was_declined(self, branch: str, base: str, title: str) -> bool:
        """Whether one of this title was closed without merging, and none is open. Raises MlgitopsError."""

    def withdraw(self, branch: str, base: str) -> None:
        """Close the open one of a branch, under a title which says that nobody declined it. Raises MlgitopsError."""


def api_of(address: str) -> str:
    """GitHub's API for a repository at `https://github.com/…` or at a GitHub Enterprise host.

    >>> api_of("https://github.com/ml/models.git"), api_of("https://git.example.com/ml/models.git")
    ('https://api.github.com', 'https://git.example.com/api/v3')
    """
    host = urlsplit(address).hostname or ""
    return "https://api.github.com" if host == "github.com" else f"https://{host}/api/v3"


def repository_of(address: str) -> str:
    """`owner/name` of a repository's address. Raises UsageError for one that has none.

    >>> repository_of("https://github.com/ml/models.git"), repository_of("git@github.com:ml/models.git")
    ('ml/models', 'ml/models')
    """
    path = urlsplit(address).path if "://" in address else address.rpartition(":")[2]
    name = path.strip("/").removesuffix(".git")
    if not _REPOSITORY.fullmatch(name):
        raise UsageError(f"a repository at GitHub must be owner/name, got {printable(name)!r}", "correct spec.repoURL")
    return name


class GitHub:
    """Pull requests at GitHub. Raises UsageError for an address to which no token may be sent."""

    def __init__(self, api: str, repository: str, token: str) -> None:
        parts = urlsplit(api)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise UsageError(f"the API must be at https://, got {printable(api)!r}", "correct GITHUB_API_URL")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise UsageError("the token must be printable ASCII without spaces", "look at GITHUB_TOKEN")
        self._pulls = f"{api.rstrip('/')}/repos/{repository}/pulls"
        self._owner = repository.partition("/")[0]
        self._token = token
        self._opener = urllib.request.build_opener(_NoRedirect)

    def propose(self, proposal: Proposal) -> Proposed:
        """The open pull request of a branch, with this text."""
        for _ in range(2):
            found = self._listed(proposal.branch, proposal.base, "open")
            if found:
                return self._updated(found[0], proposal)
            head = {"head": proposal.branch, "base": proposal.base, "maintainer_can_modify": False}
            code, made = self._ask("POST", self._pulls, {**head, "title": proposal.title, "body": proposal.body})
            if code == 201:
                return Proposed(_url(made), "opened")
            if "already exists" not in _said(made):  # another run opened it meanwhile: look again
                raise _refused("open a pull request", code, made)
        raise _refused("open a pull request", code, made)

    def was_declined(self, branch: str, base: str, title: str) -> bool:
        """Whether one of this title was closed without merging, and none is open."""
        closed = self._listed(branch, base, "closed")
        if not any(one.get("title") == title and one.get("merged_at") is None for one in closed):
            return False
        return not self._listed(branch, base, "open")

    def withdraw(self, branch: str, base: str) -> None:
        """Close the open one of a branch, under a title which says that nobody declined it."""
        for found in self._listed(branch, base, "open"):
            text = {"title": f"Withdrawn: {found.get('title')}"[:200], "state": "closed"}
            code, made = self._ask("PATCH", f"{self._pulls}/{found['number']}", text)
            if code != 200:
                raise _refused("close a pull request", code, made)

    def _listed(self, branch: str, base: str, state: str) -> list[dict[str, Json]]:
        """The youngest first, as GitHub gives them, at most 100."""
        query = (
            f"state={state}&head={quote(f'{self._owner}:{branch}', safe='')}&base={quote(base, safe='')}&per_page=100"
        )
        code, found = self._ask("GET", f"{self._pulls}?{query}")
        known = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        if code != 200 or not isinstance(found, list) or any(not isinstance(one.get("number"), int) for one in known):
            raise _refused("look for pull requests", code, found)
        return known

    def _updated(self, found: dict[str, Json], proposal: Proposal) -> Proposed:
        same = found.get("title") == proposal.title and _lines(found.get("body")) == _lines(proposal.body)
        if same:
            return Proposed(_url(found), "nothing")
        text = {"title": proposal.title, "body": proposal.body}
        code, made = self._ask("PATCH", f"{self._pulls}/{found['number']}", text)
        if code != 200:
            raise _refused("update a pull request", code, made)
        return Proposed(_url(made), "updated")

    def _ask(self, method: str, url: str, data: Json = None) -> tuple[int, Json]:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "User-Agent": "mlgitops",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        body = None if data is None else json.dumps(data).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(url, body, headers, method=method)
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status, _read(answer.read(LARGEST + 1))
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _read(error.read(LARGEST + 1))
        except (OSError, HTTPException) as error:
            reason = printable(str(getattr(error, "reason", None) or type(error).__name__), 200)
            host = printable(urlsplit(url).netloc, 100)
            raise MlgitopsError(f"{host} does not answer: {reason}", "the branch is pushed; run again") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token to another address."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _read(body: bytes) -> Json:
    try:
        return json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError):
        return None


def _url(made: Json) -> str:
    url = made.get("html_url") if isinstance(made, dict) else None
    return printable(url, 300) if isinstance(url, str) and url.startswith(("https://", "http://")) else "(no address)"


def _lines(text: Json) -> list[str]:
    """The lines of a body: GitHub keeps CR LF, and none at the end."""
    return str(text or "").replace("\r\n", "\n").strip().split("\n")


def _said(answer: Json) -> str:
    """What GitHub says went wrong: a message, and one for each error."""
    if not isinstance(answer, dict):
        return ""
    errors = answer.get("errors")
    more = [one.get("message") for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return ": ".join(printable(str(word), 200) for word in (answer.get("message"), *more) if word)


def _refused(what: str, code: int, answer: Json) -> MlgitopsError:
    hints = {
        401: "is GITHUB_TOKEN valid, and not expired?",
        403: "the token needs `pull requests: write` on this repository",
        404: "the token needs access to this repository, which spec.repoURL in mlgitops.yaml names",
    }
    message = f"cannot {what}: the Git host answers {code}: {_said(answer) or 'nothing that can be read'}"
    return MlgitopsError(message, hints.get(code, "the branch is pushed; run again, or open it by hand"))
