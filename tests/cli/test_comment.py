"""`mlgitops comment`: a stranger's report as text that does nothing, on the pull request that the event is about."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mlgitops.programs.comments import AUTHOR, MARK
from mlgitops.report.comment import LIMIT, Facts, comment, harmless
from tests.cli.conftest import Answer, Call

SHA = "a" * 40
RUN = "https://git.example.com/ml/models/actions/runs/7"


class Host:
    """GitHub, as far as it is asked."""

    def __init__(self) -> None:
        self.address = ""
        self.pulls = [{"number": 5, "head": {"sha": SHA, "label": "octo:patch-1"}}]
        self.files = ["specs/churn/model.yaml"]
        self.artifacts: list[str] = []
        self.comments: list[dict[str, Any]] = []
        self.wrote: list[tuple[str, str]] = []

    def answer(self, method: str, path: str, query: dict[str, list[str]], data: Any) -> tuple[int, Any]:
        path = path.removeprefix("/repos/ml/models")
        if (method, path) == ("GET", "/pulls"):
            return 200, [pull for pull in self.pulls if pull["head"]["label"] == query["head"][0]]
        if (method, path) == ("GET", "/pulls/5/files"):
            start = (int(query["page"][0]) - 1) * 100
            return 200, [{"filename": name} for name in self.files[start : start + 100]]
        if (method, path) == ("GET", "/actions/runs/7/artifacts"):
            return 200, {"artifacts": [{"name": name} for name in self.artifacts]}
        if (method, path) == ("GET", "/issues/5/comments"):
            start = (int(query["page"][0]) - 1) * 100
            return 200, self.comments[start : start + 100]
        self.wrote.append((method, path))
        if (method, path) == ("POST", "/issues/5/comments"):
            self.comments.append({"id": 100 + len(self.comments), "user": {"login": AUTHOR}, **data})
            return 201, self.comments[-1]
        if method == "PATCH" and path.startswith("/issues/comments/"):
            found = next(one for one in self.comments if one["id"] == int(path.rpartition("/")[2]))
            found.update(data)
            return 200, found
        return 404, {"message": "Not Found"}


@pytest.fixture
def host() -> Iterator[Host]:
    known = Host()

    class Handler(BaseHTTPRequestHandler):
        def do(self) -> None:
            assert self.headers["Authorization"] == "Bearer ghs_token"
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            data = json.loads(body) if body else None
            code, said = known.answer(self.command, parts.path, parse_qs(parts.query), data)
            text = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    known.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield known
    server.shutdown()
    server.server_close()
    thread.join()


def event(**changed: Any) -> dict[str, Any]:
    run = {
        "id": 7,
        "head_sha": SHA,
        "head_branch": "patch-1",
        "head_repository": {"owner": {"login": "octo"}},
        "conclusion": "failure",
        "html_url": RUN,
        "pull_requests": [],  # which it is for a fork
        **changed,
    }
    return {"workflow_run": run, "repository": {"full_name": "ml/models"}}


@pytest.fixture
def report(tmp_path: Path, host: Host, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a report, in the job's environment."""
    (tmp_path / "event.json").write_text(json.dumps(event()))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    monkeypatch.setenv("GITHUB_API_URL", host.address)
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_token")
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "verdict.md").write_text("### mlgitops: failed\n")
    (folder / "plan.md").write_text("one RayService changes\n")
    return folder


def say(call: Call, report: Path) -> Answer:
    return call("comment", "--report", str(report))


def test_one_comment_is_written_and_brought_up_to_date(call: Call, report: Path, host: Host) -> None:
    assert say(call, report) == Answer(0, "pull request 5: comment opened\n", "")
    assert host.comments[0]["body"] == (
        f"{MARK}\nmlgitops on aaaaaaaaaaaa: [failure]({RUN})\n\n### mlgitops: failed\n\none RayService changes\n"
    )
    assert say(call, report) == Answer(0, "pull request 5: comment as it was\n", "")
    (report / "plan.md").write_text("two RayServices change\n")
    assert say(call, report) == Answer(0, "pull request 5: comment updated\n", "")
    assert host.wrote == [("POST", "/issues/5/comments"), ("PATCH", "/issues/comments/100")]


def test_anothers_comment_with_our_mark_is_left_alone(call: Call, report: Path, host: Host) -> None:
    host.comments = [{"id": n, "user": {"login": "octo"}, "body": f"{MARK}\nmine"} for n in range(100)]
    assert say(call, report).code == 0
    assert host.wrote == [("POST", "/issues/5/comments")]
    assert say(call, report).out == "pull request 5: comment as it was\n"


def test_the_pull_request_is_the_events_and_not_the_reports(call: Call, report: Path, host: Host) -> None:
    (report / "number").write_text("1")
    (report / "verdict.md").write_text("pull request 1\n")
    host.pulls = [{"number": 9, "head": {"sha": "b" * 40, "label": "octo:patch-1"}}]
    assert say(call, report) == Answer(0, "nothing said: the pull request went on, or is closed\n", "")
    assert host.wrote == []


def test_a_change_of_what_reports_is_warned_of(call: Call, report: Path, host: Host) -> None:
    host.files = [f"specs/m{n}/model.yaml" for n in range(150)] + [".github/workflows/pull-request.yml"]
    say(call, report)
    body = host.comments[0]["body"]
    assert "> This change edits `.github/workflows/pull-request.yml`: what reports on it." in body
    assert body.index("[!WARNING]") < body.index("### mlgitops: failed")


def test_a_patch_is_offered_where_there_is_one(call: Call, report: Path, host: Host) -> None:
    host.artifacts = ["report", "rendered-patch"]
    say(call, report)
    assert "gh run download 7 --name rendered-patch\ngit apply --index rendered.patch\n" in host.comments[0]["body"]


def test_a_run_without_a_report_is_told(call: Call, report: Path, host: Host) -> None:
    for path in report.iterdir():
        path.unlink()
    say(call, report)
    assert host.comments[0]["body"].endswith("The run left no report; its log says why.\n")


HOSTILE = {
    "a mention": ("ping @ml/security and @octo", ["＠ml/security", "＠octo"], ["@ml", "@octo"]),
    "markup": ("<img src=x onerror=a><!-- <script>", ["‹img", "‹!--", "‹script"], ["<img", "<!--", "<script"]),
    "our markup": ("<details><summary>a</summary></details>", ["<details><summary>a</summary>"], []),
    "an attribute": ("<details onclick=a>", ["‹details onclick"], ["<details onclick"]),
    "a link": ("[approve here](https://evil.example)", ["https:\\//evil"], ["](", "https://evil"]),
    "a picture": ("![](https://evil.example/x.png)", ["!\\["], ["![", "]("]),
    "a reference": ("[a][b]\n\n[b]: https://evil.example", ["]\\["], ["][", "https://evil"]),
    "an address": ("see www.evil.example", ["www.\\evil"], ["www.evil"]),
    "invisible": ("a\u202eb\u200bc\x1b[2J", ["a\\u202eb\\u200bc\\x1b[2J"], ["\u202e", "\u200b", "\x1b"]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_in_a_report_acts(name: str) -> None:
    text, there, gone = HOSTILE[name]
    said = harmless(text)
    assert [part for part in there if part not in said] == []
    assert [part for part in gone if part in said] == []


def test_a_report_that_is_too_long_is_cut_at_a_line_and_says_so() -> None:
    facts = Facts(MARK, SHA, RUN, "success", [f"mlgitops/{n:0200}.py" for n in range(5)], True)
    text = comment(facts, ["verdict\n", "a line of the plan\n" * 10_000])
    assert len(text) <= LIMIT
    assert text.count("mlgitops/") == 3
    assert "verdict\n" in text
    assert text.endswith("a line of the plan\n\n_Cut here: the whole report is in the run's summary._\n")


@pytest.mark.parametrize("make", ["link", "fifo", "folder", "large", "bytes"])
def test_what_is_no_report_is_refused(make: str, call: Call, report: Path, host: Host) -> None:
    path = report / "verdict.md"
    path.unlink()
    if make == "link":
        path.symlink_to("/etc/passwd")
    elif make == "fifo":
        os.mkfifo(path)
    elif make == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"a" * (257 << 10) if make == "large" else b"\xff\xfe")
    answer = say(call, report)
    assert answer.code == 3
    assert "verdict.md in the report is no" in answer.err
    assert host.wrote == []


WRONG: dict[str, Any] = {
    "head_sha": "main",
    "head_branch": "a b",
    "head_repository": {"owner": {"login": "../x"}},
    "id": "7",
    "html_url": "https://evil.example/](x)",
    "conclusion": "](x)",
}


@pytest.mark.parametrize("field", [*WRONG, "nothing"])
def test_another_event_is_refused(field: str, call: Call, report: Path, host: Host) -> None:
    text = "{}" if field == "nothing" else json.dumps(event(**{field: WRONG[field]}))
    Path(os.environ["GITHUB_EVENT_PATH"]).write_text(text)
    answer = say(call, report)
    assert answer.code == 2
    assert host.wrote == []
