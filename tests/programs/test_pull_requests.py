"""Pull requests, against a server that answers as GitHub's documented API does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.programs.pull_requests import GitHub, Proposal, Proposed, api_of, repository_of

TOKEN = "ghs_hunter2hunter2hunter2"
PROPOSAL = Proposal("mlgitops/release/dev/churn", "main", "Release churn r1 in dev", "one\ntwo\n")


@dataclass
class Host:
    """What the server knows and was asked."""

    pulls: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    answers: list[tuple[int, Any, dict[str, str]]] = field(default_factory=list)
    """Said instead, in order."""
    tokens: set[str | None] = field(default_factory=set)
    address: str = ""

    def find(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        return [
            pull
            for pull in reversed(self.pulls)
            if pull["state"] == query["state"][0]
            and f"ml:{pull['head']}" == query["head"][0]
            and pull["base"] == query["base"][0]
        ]

    def answer(self, method: str, path: str, query: dict[str, list[str]], data: Any) -> tuple[int, Any]:
        if (method, path) == ("GET", "/repos/ml/models/pulls"):
            return 200, self.find(query)
        if (method, path) == ("POST", "/repos/ml/models/pulls"):
            if self.find({"state": ["open"], "head": [f"ml:{data['head']}"], "base": [data["base"]]}):
                message = "A pull request already exists for ml:mlgitops/release/dev/churn."
                return 422, {"message": "Validation Failed", "errors": [{"message": message}]}
            number = len(self.pulls) + 1
            url = f"https://git.example.com/ml/models/pull/{number}"
            self.pulls.append({"number": number, "state": "open", "merged_at": None, "html_url": url, **data})
            return 201, self.pulls[-1]
        if method == "PATCH" and path.startswith("/repos/ml/models/pulls/"):
            pull = self.pulls[int(path.rpartition("/")[2]) - 1]
            pull.update(data)
            return 200, pull
        return 404, {"message": "Not Found"}


@pytest.fixture
def host() -> Iterator[Host]:
    known = Host()

    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            known.asked.append((self.command, parts.path))
            known.tokens.add(self.headers.get("Authorization"))
            assert self.headers["X-GitHub-Api-Version"] == "2022-11-28"
            headers: dict[str, str] = {}
            if known.answers:
                code, said, headers = known.answers.pop(0)
            else:
                data = json.loads(body) if body else None
                code, said = known.answer(self.command, parts.path, parse_qs(parts.query), data)
            text = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(code)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    known.address = f"http://127.0.0.1:{server.server_port}"
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


def requests_of(host: Host) -> GitHub:
    return GitHub(host.address, "ml/models", TOKEN)


def test_opened_once_and_brought_up_to_date(host: Host) -> None:
    requests = requests_of(host)
    url = "https://git.example.com/ml/models/pull/1"
    assert requests.propose(PROPOSAL) == Proposed(url, "opened")
    assert host.pulls == [
        {
            "number": 1,
            "state": "open",
            "merged_at": None,
            "html_url": url,
            "maintainer_can_modify": False,
            "head": PROPOSAL.branch,
            "base": "main",
            "title": PROPOSAL.title,
            "body": PROPOSAL.body,
        }
    ]
    host.pulls[0]["body"] = "one\r\ntwo"  # as GitHub gives it back
    assert requests.propose(PROPOSAL) == Proposed(url, "nothing")
    assert requests.propose(PROPOSAL._replace(title="Release churn r2 in dev")) == Proposed(url, "updated")
    assert (host.pulls[0]["title"], len(host.pulls)) == ("Release churn r2 in dev", 1)
    assert host.tokens == {f"Bearer {TOKEN}"}
    assert [method for method, _ in host.asked] == ["GET", "POST", "GET", "GET", "PATCH"]


def test_two_runs_at_once_open_one(host: Host) -> None:
    requests_of(host).propose(PROPOSAL)
    host.answers = [(200, [], {})]  # looked before the other one opened it
    assert requests_of(host).propose(PROPOSAL).did == "nothing"
    assert len(host.pulls) == 1


def test_what_people_close_stays_closed(host: Host) -> None:
    requests = requests_of(host)
    requests.propose(PROPOSAL)
    asked = (PROPOSAL.branch, "main", PROPOSAL.title)
    assert not requests.was_declined(*asked)
    host.pulls[0]["state"] = "closed"
    assert requests.was_declined(*asked)
    assert not requests.was_declined(*asked[:2], "Release churn r2 in dev")
    host.pulls[0]["merged_at"] = "2026-11-21T10:00:00Z"
    assert not requests.was_declined(*asked)


def test_what_is_withdrawn_was_not_declined(host: Host) -> None:
    requests = requests_of(host)
    requests.propose(PROPOSAL)
    requests.withdraw(PROPOSAL.branch, "main")
    assert (host.pulls[0]["state"], host.pulls[0]["title"]) == ("closed", "Withdrawn: Release churn r1 in dev")
    assert not requests.was_declined(PROPOSAL.branch, "main", PROPOSAL.title)
    requests.withdraw(PROPOSAL.branch, "main")
    assert requests.propose(PROPOSAL).did == "opened"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((401, {"message": "Bad credentials"}, {}), "answers 401: Bad credentials"),
        ((403, {"message": "Resource not accessible\x1b[2J"}, {}), "answers 403: Resource not accessible\\x1b[2J"),
        ((404, {"message": "Not Found"}, {}), "answers 404: Not Found"),
        ((200, {"not": "a list"}, {}), "answers 200: nothing that can be read"),
        ((200, [{"number": "1"}], {}), "answers 200: nothing that can be read"),
        ((200, b"[" * 100_000, {}), "answers 200: nothing that can be read"),
        ((502, b"<html>bad gateway", {}), "answers 502: nothing that can be read"),
    ],
)
def test_answers_that_are_none(host: Host, answer: tuple[int, Any, dict[str, str]], says: str) -> None:
    host.answers = [answer]
    with pytest.raises(MlgitopsError) as caught:
        requests_of(host).propose(PROPOSAL)
    assert str(caught.value) == f"cannot look for pull requests: the Git host {says}"
    assert "hunter2" not in f"{caught.value}{caught.value.hint}"


def test_a_redirect_takes_the_token_nowhere(host: Host) -> None:
    host.answers = [(302, {}, {"Location": f"{host.address}/elsewhere"})]
    with pytest.raises(MlgitopsError, match="answers 302"):
        requests_of(host).propose(PROPOSAL)
    assert host.asked == [("GET", "/repos/ml/models/pulls")]


def test_a_host_that_is_gone() -> None:
    with pytest.raises(MlgitopsError, match=r"127\.0\.0\.1:9 does not answer: "):
        GitHub("http://127.0.0.1:9", "ml/models", TOKEN).propose(PROPOSAL)


def test_no_token_leaves_in_the_clear() -> None:
    with pytest.raises(UsageError, match="the API must be at https://"):
        GitHub("http://git.example.com/api/v3", "ml/models", TOKEN)
    with pytest.raises(UsageError) as caught:
        GitHub("https://git.example.com/api/v3", "ml/models", "hunter2\nX-Other: 1")
    assert "hunter2" not in str(caught.value)


def test_addresses() -> None:
    assert api_of("https://git.example.com/ml/models.git") == "https://git.example.com/api/v3"
    assert repository_of("ssh://git@git.example.com/ml/models.git") == "ml/models"
    for address in ("https://git.example.com/models", "https://git.example.com/a/b/c", "git@host:../x"):
        with pytest.raises(UsageError, match="must be owner/name"):
            repository_of(address)
