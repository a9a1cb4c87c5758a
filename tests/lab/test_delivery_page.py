"""Every command of docs/delivery.md, run by a person in the lab; and an Argo CD that forbids, or is away."""

from __future__ import annotations

import re
import subprocess
from base64 import b64decode
from collections.abc import Iterator

import pytest

from tests.lab.component import free_ports, listens, wait_until
from tests.lab.delivery import Person
from tests.lab.lab import SimulatedLab
from tests.lab.repository import ROOT

PAGE = ROOT / "docs" / "delivery.md"


def lines() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture
def person(lab: SimulatedLab) -> Person[SimulatedLab]:
    return Person(lab)


def test_the_page_runs(person: Person[SimulatedLab]) -> None:
    assert len(lines()) == 7
    for line in lines():
        command = line.replace("mlgitops ", "python -m mlgitops ", 1)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=person.folder,
            env=person.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


def test_nobody_is_there(lab: SimulatedLab) -> None:
    [port] = free_ports(1)
    away = Person(lab, {**lab.argo_cd.settings(), "ARGOCD_OPTS": f"--plaintext --server 127.0.0.1:{port}"})
    for words in (["status"], ["wait", "--timeout", "5s"], ["sync"], ["diff", "--live"]):
        ran = away.run(*words)
        assert ran.code == 3, ran
        assert f"Argo CD at 127.0.0.1:{port} does not answer" in ran.err
        assert "hint: is its address right, and is it up?" in ran.err


def test_no_server_was_set_up(lab: SimulatedLab, tmp_path_factory: pytest.TempPathFactory) -> None:
    nobody = Person(lab, {"ARGOCD_CONFIG_DIR": str(tmp_path_factory.mktemp("argocd")), "ARGOCD_OPTS": ""})
    ran = nobody.run("status")
    assert ran.code == 3
    assert "the argocd command knows no server" in ran.err
    assert "hint: `argocd login SERVER`" in ran.err


@pytest.fixture
def guarded(lab: SimulatedLab) -> Iterator[SimulatedLab]:
    """The lab with an Argo CD server that asks who one is."""
    former = lab.components.declared("argocd-server")
    command = [word for word in former.command if word != "--disable-auth"]
    lab.components.restart("argocd-server", command=command)
    yield lab
    lab.components.restart("argocd-server", command=former.command)


def test_a_server_that_does_not_know_us(guarded: SimulatedLab) -> None:
    ran = Person(guarded).run("status")
    assert ran.code == 3, ran
    assert "does not know you" in ran.err
    assert "ARGOCD_AUTH_TOKEN" in ran.err


def test_a_server_that_forbids(guarded: SimulatedLab) -> None:
    """An account without a role: lists are empty for it, which is no sign that nothing is there."""
    lab = guarded
    lab.kubectl(
        *("patch", "configmap", "argocd-cm", "--namespace", "argocd", "--type", "merge"),
        *("--patch", '{"data": {"accounts.viewer": "apiKey"}}'),
    )
    secret = lab.api("/api/v1/namespaces/argocd/secrets/argocd-initial-admin-secret")
    password = b64decode(secret["data"]["password"]).decode()
    server = re.search(r"--server (\S+)", lab.argo_cd.settings()["ARGOCD_OPTS"])
    assert server
    lab.argo_cd.cli("login", server[1], "--username", "admin", "--password", password, "--plaintext")
    token = wait_until(lambda: _token(lab), "viewer has a token", 30)
    variables = {**lab.argo_cd.settings(), "ARGOCD_AUTH_TOKEN": token}
    ran = Person(lab, variables).run("status", "--model", "digits", "--env", "dev")
    assert ran.code == 3, ran
    assert "forbids `get` on mlgitops-env-dev/dev.digits.serve" in ran.err
    assert listens(lab.argo_cd.server_port, lab.argo_cd.address)()


def _token(lab: SimulatedLab) -> str:
    from tests.lab.control_plane import Refused

    try:
        return lab.argo_cd.cli("account", "generate-token", "--account", "viewer").strip()
    except Refused:
        return ""
