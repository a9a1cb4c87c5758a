"""The table of credentials says what is rendered: which pods have the holdout, the signing key, or a way into Git."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ryaml
from ruamel.yaml import YAML

from mlgitops.cli.main import main
from tests.pipeline.miniature import mlgitops
from tests.signers import KEYLESS_SIGNERS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs/examples"
HELD = ("holdout", "signing key", "Git")
OBJECTS = {
    "training pods": ("train", ("rayjob.yaml", "configmap-code.yaml", "serviceaccount-train.yaml")),
    "evaluate Job": ("train", ("job-evaluate.yaml", "configmap-evaluate.yaml", "serviceaccount-evaluate.yaml")),
    "sign Job": ("train", ("job-sign.yaml", "configmap-sign.yaml", "serviceaccount-sign.yaml")),
    "serving pods": ("serve", ("rayservice.yaml", "configmap-code.yaml", "serviceaccount-serve.yaml")),
    "scoring Job": (
        "score",
        ("cronjob-score.yaml", "job-score.yaml", "configmap-score.yaml", "serviceaccount-score.yaml"),
    ),
}
GIT = re.compile(r"git[-_]?token|GITHUB_TOKEN|GITLAB_TOKEN|\.git\b|ssh-private", re.IGNORECASE)


def table() -> dict[str, dict[str, str]]:
    page = (ROOT / "docs/credentials.md").read_text()
    lines = [line.strip("|").split("|") for line in page.splitlines() if "|" in line]
    head, rows = [word.strip() for word in lines[0]], [[word.strip() for word in line] for line in lines[2:]]
    return {row[0]: dict(zip(head, row, strict=True)) for row in rows}


def texts(model: Path, component: str) -> str:
    part, files = OBJECTS[component]
    return "\n".join((model / part / file).read_text() for file in files if (model / part / file).exists())


def models() -> list[Path]:
    return sorted(path.parent for path in (ROOT / "rendered").glob("*/*/train") if (path / "rayjob.yaml").exists())


def holdouts(model: Path) -> list[str]:
    spec = ryaml.loads((ROOT / f"specs/{model.name}/model.yaml").read_text())["spec"]
    return [data["uri"] for data in spec["data"] if data["role"] == "validation"]


def signing_secret(model: Path) -> str:
    spec = ryaml.loads((ROOT / f"environments/{model.parent.name}/environment.yaml").read_text())["spec"]
    return str(spec["signing"]["secret"])


def test_nobody_holds_two() -> None:
    rows = table()
    assert len(rows) == 10
    for name, row in rows.items():
        assert sum(row[thing] != "–" for thing in HELD) <= 1, name
    for thing in HELD:
        assert sum(row[thing] != "–" for row in rows.values()) == 1


@pytest.mark.parametrize("component", OBJECTS)
def test_the_table_is_what_is_rendered(component: str) -> None:
    row, seen = table()[component], models()
    assert len(seen) >= 3
    for model in seen:
        text = texts(model, component)
        if component in ("serving pods", "scoring Job") and not text:
            continue
        has = {
            "holdout": any(uri in text for uri in holdouts(model)),
            "signing key": f"secretName: {signing_secret(model)}\n" in text,
            "Git": GIT.search(text) is not None,
        }
        assert has == {thing: row[thing] != "–" for thing in HELD}, (model, component)
        account = row["identity"].strip("`").removeprefix("ServiceAccount `").replace("<model>", model.name)
        assert set(re.findall(r"serviceAccountName: (\S+)", text)) == {account}


def test_without_a_key_the_sign_job_has_a_token_and_nobody_a_secret(tmp_path: Path) -> None:
    for name in ("specs", "environments", "policies"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mlgitops.yaml", tmp_path)
    file = tmp_path / "environments/dev/environment.yaml"
    secret = "  signing: {secret: model-signing, key: signing-key.pem, signer: ml-platform-2026}\n"
    head, tail = file.read_text().split(secret)
    signer = KEYLESS_SIGNERS.removeprefix("signers: {").removesuffix("}")
    file.write_text(f"{head}    {signer}\n  signing: {{keyless: sign-job}}\n{tail}")
    done = mlgitops(tmp_path, "render", engine="opa")
    assert (done.code, "0 failed" in done.out) == (0, True), done
    for model in sorted(path.parent for path in (tmp_path / "rendered").glob("dev/*/train") if path.is_dir()):
        assert [one for one in OBJECTS if "audience: sigstore\n" in texts(model, one)] == ["sign Job"], model
        assert not any("model-signing" in texts(model, one) for one in OBJECTS), model


def test_tokens_of_kubernetes_are_not_mounted() -> None:
    for model in models():
        for component in OBJECTS:
            mounts = re.findall(r"automountServiceAccountToken: (\S+)", texts(model, component))
            assert set(mounts) <= {"false"}, (model, component)


def test_jobs_reach_dns_and_the_environments_networks_alone() -> None:
    for model in models():
        spec = ryaml.loads((ROOT / f"environments/{model.parent.name}/environment.yaml").read_text())["spec"]
        policy = ryaml.loads((model / "train/networkpolicy-jobs.yaml").read_text())["spec"]
        dns, *others = policy["egress"]
        assert [port["port"] for port in dns["ports"]] == [53, 53]
        assert [block["to"] for block in others] == [
            [{"ipBlock": {"cidr": cidr}} for cidr in spec["network"]["egress"]]
        ]
        assert policy["ingress"] == []


def cron_objects() -> Iterator[dict[str, Any]]:
    yield from YAML(typ="safe").load_all(EXAMPLES / "release-cronjob.yaml")


def test_the_cron_job_has_git_and_nothing_else() -> None:
    text = (EXAMPLES / "release-cronjob.yaml").read_text()
    by_kind = {one["kind"]: one for one in cron_objects()}
    pod = by_kind["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    secrets = [one["valueFrom"]["secretKeyRef"]["name"] for one in container["env"] if "valueFrom" in one]
    assert secrets == ["release-git-token"]
    assert all(set(volume) == {"name", "emptyDir"} for volume in pod["volumes"])
    assert pod["automountServiceAccountToken"] is False
    assert not any(word in text for word in ("model-signing", "signing-key", "holdout"))
    namespaces = {one["metadata"].get("namespace", one["metadata"]["name"]) for one in by_kind.values()}
    assert namespaces == {"mlgitops-release"}


def test_the_cron_job_passes_our_own_checks(capsys: pytest.CaptureFixture[str]) -> None:
    file = str(EXAMPLES / "release-cronjob.yaml")
    for words in (("preflight", file), ("policy", "check", "--engine", "opa", "--manifests", file)):
        code = main(["-C", str(ROOT), *words])
        said = capsys.readouterr()
        assert (code, said.out.startswith("4 objects checked, 0 failed")) == (0, True), said


def test_the_workflow_passes_the_linters(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    shutil.copy(EXAMPLES / "release.yml", folder)
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    zizmor = str(Path(sys.executable).with_name("zizmor"))
    for words in ([str(ROOT / "tools/bin/actionlint")], [zizmor, "--offline", "--pedantic", "--quiet", "."]):
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def test_the_workflow_pins_and_asks_for_little() -> None:
    workflow = ryaml.loads((EXAMPLES / "release.yml").read_text())
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    uses = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one) for one in uses)
    checkout = next(step["with"] for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
    assert checkout == {"ref": "main", "fetch-depth": 0, "persist-credentials": False}
    assert [list(step["env"]) for step in job["steps"] if "env" in step] == [["GITHUB_TOKEN"]]
