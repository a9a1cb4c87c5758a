"""`status`, `sync`, `wait`, `diff --live` and `--wait`, over a repository with history and a stub of argocd.

What the real Argo CD says in each state is in tests/lab.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest

from mlgitops.programs import process
from mlgitops.stages import follow
from tests.cli.conftest import Call
from tests.live.said import REPOSITORY, application, operation, ray_service, refused, resource
from tests.programs.argocd_stub import Stub

ROOT = Path(__file__).resolve().parents[2]
MODEL = ("--model", "digits")
DEV = (*MODEL, "--env", "dev")
OBJECT = "rendered/dev/digits/serve/rayservice.yaml"


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def said_applications(argo: Stub) -> list[Any]:
    """What the stub lists."""
    return list(json.loads(json.loads((argo.folder / "app list.json").read_text())["out"]))


def commit(folder: Path, message: str = "change") -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with one commit."""
    folder = tmp_path_factory.mktemp("shared") / "clone"
    for name in ("specs", "environments", "policies", "rendered"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "mlgitops.yaml", folder)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


@pytest.fixture
def clone(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example, which nobody changes, and where the test then stands."""
    monkeypatch.chdir(shared)
    monkeypatch.setattr(follow, "PAUSE", 0.01)
    return shared


@pytest.fixture
def own(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that the test may change."""
    folder = tmp_path / "own"
    shutil.copytree(clone, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def argo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stub:
    stub = Stub(tmp_path / "argo")
    for tool in process.BUILT_TOOLS.glob("[a-z]*"):
        if tool.name != "argocd" and tool.is_file():
            (stub.program.parent / tool.name).symlink_to(tool)
    monkeypatch.setattr(process, "BUILT_TOOLS", stub.program.parent)
    stub.answers("app get", {"metadata": {}})
    stub.answers("app get-resource", "")
    stub.answers("app sync", "")
    return stub


Say = Callable[..., None]


@pytest.fixture
def say(argo: Stub, clone: Path) -> Say:
    """`say(dev={"health": "Degraded"})`: digits' serving Applications, live at HEAD but for what is given."""

    def said(**different: Any) -> None:
        head = git(Path.cwd(), "rev-parse", "HEAD").strip()
        versions = {"dev": "v2", "staging": "v2", "prod": "v1"}
        found = []
        for environment, version in versions.items():
            more = different.get(environment, {})
            if more is None:
                continue
            resources = [resource("RayService", f"digits-{version}")]
            base = {"compared": head, "resources": resources, "operation": operation("Succeeded", head)}
            one = application(model="digits", environment=environment, **{**base, **more})
            found.append(one)
            argo.answers(f"app get {one['metadata']['name']}", one)
            service = more.get("service") or ray_service(version, model="digits")
            argo.answers(f"app get-resource {one['metadata']['name']} --kind RayService", service)
        argo.answers("app list", found)

    said()
    return said


def test_what_is_live(call: Call, say: Say, clone: Path, argo: Stub) -> None:
    say()
    head = git(clone, "rev-parse", "HEAD").strip()
    answer = call("status", *MODEL)
    run = "train" if (clone / "rendered/dev/digits/train").exists() else ""
    assert answer.err == ""
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == f"Git: HEAD at {head[:12]}"
    assert [line.split()[:5] for line in lines[3:6]] == [
        ["digits", "dev", "live", "v2", head[:7]],
        ["digits", "staging", "live", "v2", head[:7]],
        ["digits", "prod", "live", "v1", head[:7]],
    ]
    assert lines[-1] == "3 places: 3 live"
    assert [words[:2] for words in argo.asked].count(["app", "list"]) == 1
    assert run == "" or "waiting" in lines[3]


def test_one_list_and_no_more_for_what_is_live(
    call: Call, say: Say, argo: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlgitops.stages.look.READ_LIVE", 0)
    say()
    answer = call("status", "--env", "prod")
    calls = [words[:2] for words in argo.asked]
    assert calls == [["version", "--output"], ["app", "list"], ["app", "get"]]  # the root: breast-cancer has nothing
    assert "1 live cluster not compared with what was asked for: name some with --model" in answer.out


def test_a_commit_that_argo_cd_has_not_seen(call: Call, say: Say, own: Path) -> None:
    before = git(own, "rev-parse", "HEAD").strip()
    edited = (own / OBJECT).read_text().replace("maxReplicas: 4", "maxReplicas: 5")
    (own / OBJECT).write_text(edited)
    commit(own)
    say(dev={"compared": before}, prod={"compared": before})
    answer = call("status", *MODEL, "--format", "json")
    states = {row["environment"]: row["state"] for row in json.loads(answer.out)["rows"]}
    # prod's folder is the same in both commits: what Argo CD has there is what is asked for.
    assert states == {"dev": "waiting", "staging": "live", "prod": "live"}
    assert answer.code == 0


def test_a_rejected_object_leads_to_the_line_that_a_person_wrote(call: Call, say: Say) -> None:
    message = (
        'RayService.ray.io "digits-v2" is invalid: spec.rayClusterConfig.workerGroupSpecs[0].maxReplicas: '
        "Invalid value: 400: must be less than or equal to 100"
    )
    failed = operation("Failed", refused=[refused("RayService", "digits-v2", message)])
    say(dev={"sync": "OutOfSync", "operation": failed})
    answer = call("status", *DEV, "--format", "json")
    (row,) = json.loads(answer.out)["rows"]
    assert (answer.code, row["state"]) == (1, "rejected")
    assert row["reason"].startswith(message)
    blame = json.loads(
        call("blame", OBJECT, "/spec/rayClusterConfig/workerGroupSpecs/0/maxReplicas", "--format", "json").out
    )
    assert row["writtenAt"] == {**blame["location"], "layer": blame["layer"]}
    assert row["writtenAt"]["path"] != "mlgitops.yaml"


def test_what_argo_cd_keeps_calling_synced_is_looked_at_again(call: Call, say: Say, own: Path, argo: Stub) -> None:
    """Its cache of differences outlives a comparison that failed."""
    before = git(own, "rev-parse", "HEAD").strip()
    (own / OBJECT).write_text((own / OBJECT).read_text().replace("maxReplicas: 4", "maxReplicas: four"))
    head = commit(own)
    say()
    (listed,) = (one for one in said_applications(argo) if one["metadata"]["name"] == "dev.digits.serve")
    listed["status"]["history"] = [{"id": 1, "revision": before, "deployedAt": "2026-11-21T10:00:05Z"}]
    argo.answers("app list", [listed])
    argo.answers("app get dev.digits.serve", listed)
    assert json.loads(call("status", *DEV, "--format", "json").out)["rows"][0]["state"] == "live"
    assert ["app", "get", "dev.digits.serve", "--output", "json", "--refresh"] in argo.asked
    message = (
        "for resource RayService/digits-v2: .spec.rayClusterConfig.workerGroupSpecs[0].maxReplicas: expected numeric"
    )
    again = json.loads(json.dumps(listed))
    again["status"] |= {"sync": {"status": "Unknown", "revision": head}}
    again["status"]["conditions"] = [{"type": "ComparisonError", "message": f"failed to calculate diff: {message}"}]
    argo.answers("app get dev.digits.serve", again)
    (row,) = json.loads(call("status", *DEV, "--format", "json").out)["rows"]
    assert row["state"] == "rejected"
    assert row["reason"].startswith("RayService digits-v2: .spec.rayClusterConfig.workerGroupSpecs[0].maxReplicas: ")
    assert row["writtenAt"]["path"] == "environments/dev/environment.yaml"


def test_an_edit_that_only_the_cluster_has(call: Call, say: Say, argo: Stub) -> None:
    group = {"groupName": "workers", "minReplicas": 1, "maxReplicas": 4}
    service = ray_service("v2", model="digits")
    service["spec"]["rayClusterConfig"] = {"enableInTreeAutoscaling": True, "workerGroupSpecs": [group]}
    labels = {"ray.io/originated-from-cr-name": "digits-v2", "ray.io/originated-from-crd": "RayService"}
    cluster = {
        "metadata": {"name": "digits-v2-x7k2p", "labels": labels},
        "spec": {"workerGroupSpecs": [{**group, "maxReplicas": 1}]},
    }
    say()
    argo.answers("app get-resource dev.digits.serve --kind RayService", service)
    argo.answers("app get-resource dev.digits.serve --kind RayCluster", cluster)
    answer = call("status", *DEV)
    assert answer.code == 1
    assert "ignored edit" in answer.out
    assert "workers.maxReplicas is 1 in digits-v2-x7k2p, and 4 was asked for" in " ".join(answer.out.split())


def test_github(call: Call, say: Say) -> None:
    say()
    answer = call("status", *MODEL, "--format", "github")
    assert [json.loads(line) for line in answer.out.splitlines()] == [
        {"state": "success", "context": f"mlgitops/{environment}/digits", "description": f"live {version}"}
        for environment, version in (("dev", "v2"), ("staging", "v2"), ("prod", "v1"))
    ]


def test_applications_of_another_repository_are_not_ours(call: Call, argo: Stub, clone: Path) -> None:
    other = application(model="digits", environment="dev")
    other["spec"]["source"]["repoURL"] = "https://git.example.com/other.git"
    argo.answers("app list", [other])
    argo.answers("account can-i", "yes\n")
    answer = call("status", *DEV, "--format", "json")
    assert json.loads(answer.out)["rows"][0]["state"] == "notDeployed"
    assert REPOSITORY in (clone / "mlgitops.yaml").read_text()


def test_what_is_forbidden_is_not_shown_as_absent(call: Call, argo: Stub, clone: Path) -> None:
    argo.answers("app list", [])
    argo.answers("account can-i", "no\n")
    answer = call("status", *DEV)
    assert (answer.code, answer.out) == (3, "")
    assert "Argo CD shows none of 1 places, and forbids `get` on mlgitops-env-dev/dev.digits.serve" in answer.err


UNUSABLE = {
    "connection refused": (
        'level=fatal msg="dial tcp: connect: connection refused"',
        "does not answer",
        "is its address right",
    ),
    "forbidden": ('level=fatal msg="rpc error: code = PermissionDenied desc = no"', "forbids it", "can-i"),
    "unknown": ('level=fatal msg="rpc error: code = Unauthenticated desc = no"', "does not know you", "argocd login"),
}


@pytest.mark.parametrize("name", UNUSABLE)
@pytest.mark.parametrize("command", ["status", "wait", "sync", "diff --live"])
def test_a_server_that_cannot_be_used(call: Call, argo: Stub, clone: Path, command: str, name: str) -> None:
    said, message, hint = UNUSABLE[name]
    argo.fails("app list", said)
    answer = call(*command.split(), *DEV)
    assert (answer.code, answer.out) == (3, "")
    assert message in answer.err
    assert hint in answer.err


def test_an_old_server(call: Call, argo: Stub, clone: Path) -> None:
    argo.answers("version", {"client": {"argocd": "v3.5.7"}, "server": {"argocd-server": "v2.14.0"}})
    answer = call("status", *DEV)
    assert answer.code == 3
    assert "the Argo CD server is v2.14.0, and 3.4 is the oldest that is known" in answer.err


def test_without_the_program(call: Call, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "BUILT_TOOLS", tmp_path / "none")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(str(shutil.which("git")))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    answer = call("status")
    assert answer.code == 3
    assert "put argocd 3.4 or newer on the PATH, and log in: argocd login SERVER" in answer.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["status", "--model", "digit"], "--model must be one of breast-cancer, diabetes, digits; got 'digit'"),
        (["status", "--env", "production"], "--env must be one of dev, prod, staging; got 'production'"),
        (["status", "--revision", "v99"], "v99 names no commit of this repository"),
        (["status", "--format", "sarif"], "--format must be one of text, json, github, got 'sarif'"),
        (["wait", "--timeout", "10"], "--timeout must be a time such as 90s, 10m or 2h, got '10'"),
        (["diff"], "`mlgitops diff` compares Git with the cluster: give --live"),
        (["wait", "--model", "diabetes", "--env", "prod"], "nothing is released there"),
    ],
)
def test_usage(call: Call, say: Say, words: list[str], message: str) -> None:
    say()
    answer = call(*words)
    assert answer.code == 2
    assert message in answer.err


def test_wait_for_what_is_live(call: Call, say: Say) -> None:
    say()
    answer = call("wait", *DEV, "--timeout", "5s")
    assert answer.code == 0
    assert answer.err == "dev/digits: live\n"
    assert answer.out.endswith("1 place: 1 live\n")


def test_wait_tells_why_it_failed(call: Call, say: Say) -> None:
    failed = operation(
        "Failed", refused=[refused("RayService", "digits-v2", "digits-v2: spec.rayVersion: Invalid value")]
    )
    say(dev={"sync": "OutOfSync", "operation": failed})
    answer = call("wait", *DEV, "--timeout", "5s")
    assert answer.code == 1
    last = answer.err.splitlines()[-1]
    words = "dev/digits failed: digits-v2: spec.rayVersion: Invalid value; the pods of before answer meanwhile"
    assert re.fullmatch(re.escape(words) + r" \(environments/dev/environment\.yaml:\d+:\d+\)", last)


def test_wait_gives_up(call: Call, say: Say) -> None:
    say(dev={"health": "Progressing"})
    answer = call("wait", *DEV, "--timeout", "1s")
    assert answer.code == 1
    assert answer.err.splitlines()[-1] == "not live after 1 s: dev/digits"


def test_wait_has_argo_cd_look_at_a_commit_that_it_does_not_take_up(
    call: Call, say: Say, own: Path, argo: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "UNSEEN", 0.3)
    before = git(own, "rev-parse", "HEAD").strip()
    (own / OBJECT).write_text((own / OBJECT).read_text().replace("maxReplicas: 4", "maxReplicas: 5"))
    commit(own)
    say(dev={"compared": before})
    assert call("wait", *DEV, "--timeout", "1s").code == 1
    asked = [words for words in argo.asked if "--refresh" in words]
    assert asked[0] == ["app", "get", "dev.digits.serve", "--output", "json", "--refresh"]
    assert len(asked) in (1, 2)


def test_wait_for_a_commit_that_another_replaced(call: Call, say: Say, own: Path) -> None:
    first = git(own, "rev-parse", "HEAD").strip()
    (own / OBJECT).write_text((own / OBJECT).read_text().replace("maxReplicas: 4", "maxReplicas: 5"))
    second = commit(own)
    say()
    answer = call("wait", *DEV, "--revision", first, "--timeout", "5s")
    assert answer.code == 1
    assert answer.err.splitlines()[-1] == f"dev/digits failed: superseded: Argo CD follows {second[:10]}"


def test_sync_refreshes_and_retries_what_was_given_up(call: Call, say: Say, argo: Stub, clone: Path) -> None:
    head = git(clone, "rev-parse", "HEAD").strip()
    say(dev={"sync": "OutOfSync", "operation": operation("Failed", head, "timed out")})
    answer = call("sync", *DEV, "--no-wait")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "dev.digits.serve: asked for a sync\n1 Application looked at Git\n"
    asked = [words for words in argo.asked if words[0] == "app"]
    assert ["app", "get", "dev.digits.serve", "--output", "json", "--refresh"] in asked
    assert ["app", "sync", "dev.digits.serve", "--async", "--prune"] in asked


def test_sync_calls_off_what_waits_for_an_older_commit(
    call: Call, say: Say, argo: Stub, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = git(own, "rev-parse", "HEAD").strip()
    say(dev={"sync": "OutOfSync", "operation": operation("Running", older)})
    assert call("sync", *DEV, "--no-wait").err == "1 Application looked at Git\n"
    (own / OBJECT).write_text((own / OBJECT).read_text().replace("maxReplicas: 4", "maxReplicas: 5"))
    commit(own)
    say(dev={"sync": "OutOfSync", "operation": operation("Running", older)})
    argo.fails("app terminate-op", "Unable to terminate operation. No operation is in progress")
    monkeypatch.setattr("mlgitops.stages.refresh.ENDING", 0.3)
    answer = call("sync", *DEV, "--no-wait")
    words = (
        "dev.digits.serve: called off the sync of an older commit\n"
        "dev.digits.serve: asked for a sync\n"
        "1 Application looked at Git\n"
    )
    assert (answer.code, answer.err) == (0, words)
    asked = [words[1:3] for words in argo.asked if words[1] in ("terminate-op", "sync")]
    assert asked == [["terminate-op", "dev.digits.serve"], ["sync", "dev.digits.serve"]]


def test_sync_calls_off_what_begins_while_it_waits(
    call: Call, say: Say, argo: Stub, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or what it could not tell the commit of when it began."""
    older = git(own, "rev-parse", "HEAD").strip()
    (own / OBJECT).write_text((own / OBJECT).read_text().replace("maxReplicas: 4", "maxReplicas: 5"))
    commit(own)
    say(dev={"compared": older, "operation": operation("Running", "")})
    argo.fails("app terminate-op", "Unable to terminate operation. No operation is in progress")
    monkeypatch.setattr(follow, "AGAIN", 0.2)
    monkeypatch.setattr(follow, "PAUSE", 0.1)
    monkeypatch.setattr("mlgitops.stages.refresh.ENDING", 0.3)
    begins = threading.Timer(1, lambda: say(dev={"compared": older, "operation": operation("Running", older)}))
    begins.start()
    answer = call("sync", *DEV, "--timeout", "4s")
    begins.join()
    assert answer.code == 1
    assert answer.err.startswith("1 Application looked at Git\n")
    assert "\ndev.digits.serve: called off the sync of an older commit\n" in answer.err
    asked = [words[1:3] for words in argo.asked if words[1] in ("terminate-op", "sync")]
    assert asked[:2] == [["terminate-op", "dev.digits.serve"], ["sync", "dev.digits.serve"]]


def test_sync_waits(call: Call, say: Say, argo: Stub) -> None:
    say()
    answer = call("sync", *DEV)
    assert answer.code == 0
    assert answer.err == "1 Application looked at Git\ndev/digits: live\n"
    assert ["app", "sync"] not in [words[:2] for words in argo.asked]


def test_diff(call: Call, say: Say, argo: Stub, clone: Path) -> None:
    say()
    live = "\n---\n".join(path.read_text() for path in sorted((clone / "rendered/dev/digits/serve").glob("*.yaml")))
    argo.answers("app manifests dev.digits.serve", f"---\n{live}\n")
    argo.answers("app get-resource dev.digits.serve --kind RayCluster", "")
    answer = call("diff", "--live", *DEV)
    assert answer == (0, "1 Application compared, 0 objects and 0 cluster fields differ\n", "")
    argo.answers("app manifests dev.digits.serve", f"---\n{live.replace('maxReplicas: 4', 'maxReplicas: 3')}\n")
    answer = call("diff", "--live", *DEV)
    assert answer.code == 1
    assert answer.out == (
        f"{OBJECT}: RayService dev-documents/digits-v2\n"
        "    spec.rayClusterConfig.workerGroupSpecs[workers].maxReplicas: 3 in the cluster, 4 in Git\n"
        "1 Application compared, 1 object and 0 cluster fields differ\n"
    )
    document = json.loads(call("diff", "--live", *DEV, "--format", "json").out)
    (one,) = document["applications"][0]["objects"]
    assert one["fields"] == [
        {"path": "spec.rayClusterConfig.workerGroupSpecs[workers].maxReplicas", "cluster": "3", "git": "4"}
    ]


def test_rollback_waits_for_the_merge(call: Call, say: Say, own: Path) -> None:
    say()
    answer = call("rollback", "digits", "--env", "dev", "--wait", "--timeout", "1s")
    assert answer.code == 1
    assert "waiting until it is merged and live\n" in answer.out
    assert "dev/digits: live: Git releases v2 here, and v1 is not merged yet\n" in answer.err
    assert answer.err.splitlines()[-1] == "not live after 1 s: dev/digits"


def test_rollback_waits_for_a_merge_that_is_named(call: Call, say: Say, own: Path) -> None:
    say()
    answer = call("rollback", "digits", "--env", "dev", "--wait", "HEAD")
    assert answer.code == 2
    assert "--wait must name a commit that releases v1 here; HEAD releases v2" in answer.err
    call("render")
    commit(own)
    text = (own / OBJECT).read_text()
    assert "name: digits-v1" in text
    say(dev={"resources": [resource("RayService", "digits-v1")], "service": ray_service("v1", model="digits")})
    answer = call("rollback", "digits", "--env", "dev", "--to", "v1", "--wait", "HEAD", "--timeout", "5s")
    assert (answer.code, answer.err) == (0, "dev/digits: live\n")
    assert answer.out.startswith("nothing to do: ")
    assert answer.out.endswith("1 place: 1 live\n")


def watched(folder: Path, program: Path, rows: int, columns: int) -> tuple[str, int]:
    """What a terminal of a size gets until `--watch` has drawn twice, and the exit code after Ctrl-C."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    environment = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    script = (
        "import sys; from pathlib import Path; from mlgitops.programs import process; from mlgitops.cli import status;"
        f"process.BUILT_TOOLS = Path({str(program.parent)!r}); status.PAUSE = 0.2;"
        "from mlgitops.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", script, "status", "--model", "digits", "--watch"]
    begun = subprocess.Popen(words, cwd=folder, env=environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    output, until = b"", time.monotonic() + 60
    try:
        while time.monotonic() < until:
            if select.select([master], [], [], 0.1)[0]:
                output += os.read(master, 65536)
            if output.count(b"\x1b[J") == 2:  # drawn twice: that is how often, and then how soon does not matter
                break
        begun.send_signal(signal.SIGINT)
        code = begun.wait(30)
    finally:
        begun.kill()
        os.close(master)
    return output.decode(), code


def test_it_is_drawn_over_itself(say: Say, argo: Stub, clone: Path) -> None:
    text, code = watched(clone, argo.program, rows=24, columns=80)
    assert code == 130
    first, second = text.split("\x1b[J")[:2]
    lines = first.count("\r\n")
    assert second.startswith(f"\x1b[{lines}F")
    assert second.removeprefix(f"\x1b[{lines}F") == first
    assert "\x1b[2J" not in text
    assert "3 places: 3 live" in first


def test_it_is_cut_where_the_terminal_ends(say: Say, argo: Stub, clone: Path) -> None:
    text, _ = watched(clone, argo.program, rows=6, columns=40)
    lines = text.split("\x1b[J")[0].replace("\x1b[K", "").split("\r\n")[:-1]
    assert len(lines) == 5
    assert lines[-1].startswith("… ")
    assert all(len(line) <= 40 for line in lines)
