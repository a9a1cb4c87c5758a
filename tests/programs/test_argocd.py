"""The argocd command: what it is asked, what is made of its answers, and what its errors mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.programs.argocd import ArgoCD, ArgoCDForbids, ArgoCDUnavailable, NoApplication, Versions, explained
from tests.programs.argocd_stub import Stub


@pytest.fixture
def stub(tmp_path: Path) -> Stub:
    return Stub(tmp_path)


@pytest.fixture
def argocd(stub: Stub) -> ArgoCD:
    return ArgoCD(str(stub.program))


def test_applications_are_one_call(stub: Stub, argocd: ArgoCD) -> None:
    stub.answers("app list", [{"metadata": {"name": "a"}}])
    assert argocd.applications("mlgitops.dev/environment") == [{"metadata": {"name": "a"}}]
    assert stub.asked == [["app", "list", "--selector", "mlgitops.dev/environment", "--output", "json"]]


def test_no_applications(stub: Stub, argocd: ArgoCD) -> None:
    stub.answers("app list", "null\n")
    assert argocd.applications("x") == []


def test_live_objects_are_json_documents(stub: Stub, argocd: ArgoCD) -> None:
    stub.answers("app get-resource prod.churn.serve", '{"kind": "RayService"}\n---\n{"kind": "RayService", "a": 1}\n')
    assert argocd.live("prod.churn.serve", "RayService") == [{"kind": "RayService"}, {"kind": "RayService", "a": 1}]
    stub.answers("app get-resource prod.churn.serve", "")
    assert argocd.live("prod.churn.serve", "RayService") == []


def test_manifests_are_yaml_documents(stub: Stub, argocd: ArgoCD) -> None:
    stub.answers("app manifests prod.churn.serve", "---\nkind: Service\nspec:\n  a: '1'\n\n---\nkind: X\n\n")
    assert argocd.manifests("prod.churn.serve") == [{"kind": "Service", "spec": {"a": "1"}}, {"kind": "X"}]


def test_a_refresh_is_asked_for(stub: Stub, argocd: ArgoCD) -> None:
    stub.answers("app get", {"metadata": {}})
    argocd.application("a", refresh=True)
    assert stub.asked == [["app", "get", "a", "--output", "json", "--refresh"]]


def test_a_sync_that_runs_already_is_as_good(stub: Stub, argocd: ArgoCD) -> None:
    stub.fails("app sync", 'level=fatal msg="rpc error: desc = another operation is already in progress"')
    argocd.sync("a")
    assert stub.asked == [["app", "sync", "a", "--async", "--prune"]]
    stub.fails("app sync", 'level=fatal msg="rpc error: code = PermissionDenied desc = permission denied"')
    with pytest.raises(ArgoCDForbids):
        argocd.sync("a")


@pytest.mark.parametrize(("said", "expected"), [("yes\n", True), ("no\n", False)])
def test_may(stub: Stub, argocd: ArgoCD, said: str, expected: bool) -> None:
    stub.answers("account can-i get applications mlgitops-env-prod/x", said)
    assert argocd.may("get", "mlgitops-env-prod/x") is expected


def test_what_a_person_set_up_is_passed_on(stub: Stub, argocd: ArgoCD, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ARGOCD_SERVER", "ARGOCD_AUTH_TOKEN", "ARGOCD_OPTS", "ARGOCD_CONFIG_DIR", "ARGOCD_STRANGER"):
        monkeypatch.setenv(name, "x")
    argocd.versions()
    assert stub.variables == {"ARGOCD_SERVER", "ARGOCD_AUTH_TOKEN", "ARGOCD_OPTS", "ARGOCD_CONFIG_DIR"}


def test_versions(stub: Stub, argocd: ArgoCD) -> None:
    assert argocd.must_be_known() == Versions("v3.5.7", "v3.5.7+1a2b3c4")
    stub.answers("version", {"client": {"argocd": "v3.5.7"}, "server": {"argocd-server": "v99.99.99+unknown"}})
    argocd.must_be_known()


OLD = {
    "server": (
        {"client": {"argocd": "v3.5.7"}, "server": {"argocd-server": "v2.14.1"}},
        "the Argo CD server is v2.14.1",
    ),
    "command": (
        {"client": {"argocd": "v3.3.0"}, "server": {"argocd-server": "v3.5.7"}},
        "the Argo CD command is v3.3.0",
    ),
}


@pytest.mark.parametrize("end", OLD)
def test_one_that_is_too_old(stub: Stub, argocd: ArgoCD, end: str) -> None:
    versions, words = OLD[end]
    stub.answers("version", versions)
    with pytest.raises(ArgoCDUnavailable, match=words) as raised:
        argocd.must_be_known()
    assert "3.4" in raised.value.hint


ERRORS: dict[str, tuple[type[MlgitopsError], str, str]] = {
    '{"level":"fatal","msg":"Argo CD server address unspecified","time":"2026-11-21T10:00:00Z"}': (
        ArgoCDUnavailable,
        "the argocd command knows no server: Argo CD server address unspecified",
        "argocd login",
    ),
    'time="x" level=fatal msg="rpc error: code = Unauthenticated desc = no session information"': (
        ArgoCDForbids,
        "Argo CD does not know you: rpc error: code = Unauthenticated desc = no session information",
        "ARGOCD_AUTH_TOKEN",
    ),
    'level=fatal msg="rpc error: code = PermissionDenied desc = permission denied: applications, get"': (
        ArgoCDForbids,
        "Argo CD forbids it: rpc error: code = PermissionDenied desc = permission denied: applications, get",
        "can-i",
    ),
    'level=fatal msg="Failed to establish connection to a:1: dial tcp a:1: connect: connection refused"': (
        ArgoCDUnavailable,
        "Argo CD does not answer: Failed to establish connection to a:1: dial tcp a:1: connect: connection refused",
        "is its address right",
    ),
    'level=fatal msg="x509: certificate signed by unknown authority"': (
        ArgoCDUnavailable,
        "Argo CD shows a certificate that is not trusted: x509: certificate signed by unknown authority",
        "--server-crt",
    ),
    "Error: unknown flag: --short": (
        ArgoCDUnavailable,
        "the argocd command, or its server, is too old: Error: unknown flag: --short",
        "3.4",
    ),
    'level=fatal msg="rpc error: code = NotFound desc = applications \\"x\\" not found"': (
        NoApplication,
        'Argo CD has no such Application: rpc error: code = NotFound desc = applications "x" not found',
        "argocd app list",
    ),
    "": (ArgoCDUnavailable, "argocd failed: it said nothing", "run the same"),
    "\x1b[2Jboom": (ArgoCDUnavailable, "argocd failed: \\x1b[2Jboom", "run the same"),
}


@pytest.mark.parametrize("said", ERRORS)
def test_errors_say_what_to_do(said: str) -> None:
    kind, message, hint = ERRORS[said]
    error = explained(said)
    assert (type(error), str(error)) == (kind, message)
    assert hint in error.hint
    assert error.exit_code == 3


def test_the_server_that_was_asked_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = "dial tcp: connect: connection refused"
    monkeypatch.setenv("ARGOCD_OPTS", "--plaintext --server argocd.example.com:80")
    assert str(explained(refused)) == f"Argo CD at argocd.example.com:80 does not answer: {refused}"
    monkeypatch.setenv("ARGOCD_SERVER", "other.example.com")
    assert str(explained(refused)) == f"Argo CD at other.example.com does not answer: {refused}"


def test_one_that_never_answers(tmp_path: Path) -> None:
    program = tmp_path / "argocd"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    with pytest.raises(ArgoCDUnavailable, match=r"did not answer `argocd app list` within 0\.2 s"):
        ArgoCD(str(program), timeout=0.2).applications("x")


@pytest.mark.parametrize("said", ["not json", '{"a": 1}', "[" * 100_000])
def test_what_is_no_list(stub: Stub, argocd: ArgoCD, said: str) -> None:
    stub.answers("app list", said)
    with pytest.raises(ArgoCDUnavailable, match="got something else"):
        argocd.applications("x")
