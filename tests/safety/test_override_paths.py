"""What weakens a pod, by every way in which people can change what is rendered: all of it is denied or refused.

Each path carries all flips in one run, at places of their own; every one of them has to be told by its own finding.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.policies.test_hardening import WEAKER_CONTEXTS, WEAKER_PODS
from tests.safety.miniature import REPOSITORY, call

Json = Any
DEV = "environments/dev"
TEMPLATE = "spec/rayClusterSpec/workerGroupSpecs/0/template/spec"
TOLD_ELSEWHERE = {
    "capabilities": "capabilities/add",
    "appArmorProfile": "appArmorProfile/type",
    "seccompProfile": "seccompProfile/type",
    "seLinuxOptions": "seLinuxOptions/type",
    "volumes": "volumes/0/hostPath",
    "securityContext": "securityContext/runAsUser",
}
"""Fields of which a rule points at a part."""

HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The repository itself, without what is rendered."""
    for folder in ("specs", "environments", "policies"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    shutil.copy(REPOSITORY / "mlgitops.yaml", tmp_path / "mlgitops.yaml")
    return tmp_path


def told(root: Path, code: int = 1) -> dict[str, set[str]]:
    """Of each pointer the codes of the errors there, about digits in dev."""
    answer = call(root, "policy", "check", "--env", "dev", "--model", "digits", "--format", "json", "--no-cache")
    assert answer.code == code, answer
    found: dict[str, set[str]] = {}
    for finding in json.loads(answer.out)["findings"]:
        if finding["severity"] == "error":
            found.setdefault(finding["pointer"] or "", set()).add(finding["code"])
    return found


def expected(at: str, fields: dict[str, Json]) -> set[str]:
    return {f"/{at}/{TOLD_ELSEWHERE.get(field, field)}" for field in fields}


def merged() -> Json:
    """A patch of the worker's whole template: Ray's kinds are no kinds of kustomize, so that lists are replaced."""
    container = {
        "name": "ray-worker",
        "image": "registry.example.com/ml/ray:latest",
        "securityContext": WEAKER_CONTEXTS,
    }
    pod = {**WEAKER_PODS, "containers": [container]}
    group = {"groupName": "gpu", "replicas": 1, "template": {"spec": pod}}
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": {"name": "digits", "namespace": "dev-documents"},
        "spec": {"rayClusterSpec": {"workerGroupSpecs": [group]}},
    }


def replaced() -> Json:
    fields = {f"/{TEMPLATE}/containers/0/securityContext/{name}": value for name, value in WEAKER_CONTEXTS.items()}
    fields |= {f"/{TEMPLATE}/{name}": value for name, value in WEAKER_PODS.items()}
    fields[f"/{TEMPLATE}/containers/0/image"] = "registry.example.com/ml/ray:latest"
    return [{"op": "add", "path": path, "value": value} for path, value in fields.items()]


PATCHES: dict[str, Json] = {
    "JSON patch": {"patches": [{"target": {"kind": "RayJob"}, "patch": json.dumps(replaced())}]},
    "JSON patch by name": {
        "patches": [{"target": {"kind": "RayJob", "name": "digits"}, "patch": json.dumps(replaced())}]
    },
    "merge patch": {"patches": [{"patch": json.dumps(merged())}]},
}


@pytest.mark.parametrize("path", PATCHES)
def test_by_a_patch(path: str, root: Path) -> None:
    (root / DEV / "kustomization.yaml").write_text(
        HEAD + json.dumps(PATCHES[path])[1:-1].replace('"patches"', "patches", 1) + "\n"
    )
    found = told(root)
    flips = expected(f"{TEMPLATE}/containers/0/securityContext", WEAKER_CONTEXTS) | expected(TEMPLATE, WEAKER_PODS)
    assert flips - found.keys() == set()
    assert "policy/security.digest-pinned-images" in found[f"/{TEMPLATE}/containers/0/image"]


def test_by_an_image_that_is_replaced(root: Path) -> None:
    (root / DEV / "kustomization.yaml").write_text(
        HEAD + "images:\n  - {name: mirror.dev.example.com/ml/ray-torch, newName: example.org/ray, newTag: latest}\n"
    )
    codes = set().union(*told(root).values())
    assert {"policy/security.digest-pinned-images", "policy/security.allowed-registries"} <= codes


def test_by_a_template(root: Path) -> None:
    """An object of somebody's own, in the model's target."""
    container = {"name": "own", "image": "registry.example.com/ml/ray:latest", "securityContext": WEAKER_CONTEXTS}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "{{ metadata.name }}-own",
            "namespace": "dev-documents",
            "annotations": {"mlgitops.dev/part": "train"},
        },
        "spec": {"template": {"spec": {**WEAKER_PODS, "restartPolicy": "Never", "containers": [container]}}},
    }
    templates = root / DEV / "templates"
    templates.mkdir(exist_ok=True)
    (templates / "own.yaml").write_text(json.dumps(job, indent=1))
    found = told(root)
    at = "spec/template/spec"
    flips = expected(f"{at}/containers/0/securityContext", WEAKER_CONTEXTS) | expected(at, WEAKER_PODS)
    assert flips - found.keys() == set()


@pytest.mark.parametrize("section", ["training", "serving"])
@pytest.mark.parametrize("layer", ["spec", "defaults", "overrides"])
def test_by_a_layer(layer: str, section: str, root: Path) -> None:
    """None of these fields can be said there: each is refused by its name."""
    fields = {**WEAKER_CONTEXTS, **WEAKER_PODS}
    path = root / ("specs/digits/model.yaml" if layer == "spec" else f"{DEV}/environment.yaml")
    text = path.read_text()
    before, indent = {
        "spec": (f"\n  {section}:\n", 4),
        "defaults": (f"\n    {section}:\n", 6),
        "overrides": ("\n    digits:\n", 8),
    }[layer]
    if layer == "overrides":
        text = text.replace(
            "    digits:\n      serving: {replicas: {min: 1, max: 2}}\n", f"    digits:\n      {section}:\n"
        )
        before += f"      {section}:\n"
    at = text.index(before, text.index("\n  defaults:") if layer == "defaults" else 0) + len(before)
    path.write_text(text[:at] + "".join(f"{' ' * indent}{name}: 1\n" for name in fields) + text[at:])
    answer = call(root, "policy", "check", "--env", "dev", "--model", "digits", "--format", "json", "--no-cache")
    assert answer.code == 1
    refused = [
        f["message"]
        for f in json.loads(answer.out)["findings"]
        if f["code"] == "spec/unknown-key" or "unknown" in f["code"]
    ]
    assert sorted(name for name in fields if not any(f"'{name}'" in message for message in refused)) == []
