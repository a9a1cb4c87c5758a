"""Patches that put anything anywhere, through whole runs with the real kustomize: told at the patch, never exit 3."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ryaml import loads

from mlgitops.source import pointer_text
from tests.render.test_patched_nodes import IDENTITY, JSON, nodes
from tests.safety.miniature import KUSTOMIZATION, REPOSITORY, Answer, call

FILES = {"train/rayjob.yaml": "RayJob", "train/job-sign.yaml": "Job", "serve/rayservice.yaml": "RayService"}

CLUSTER = "/spec/rayClusterSpec"
POD = f"{CLUSTER}/headGroupSpec/template/spec"
CONTAINER = f"{POD}/containers/0"
SERVICE = "/spec/rayClusterConfig/headGroupSpec/template/spec"
JOB = "/spec/template/spec"

CASES: dict[str, tuple[str, str, str, Any]] = {
    "config-map-number": ("RayJob", "add", f"{POD}/volumes/-", {"name": "x", "configMap": {"name": 2024}}),
    "config-map-map": ("RayJob", "add", f"{POD}/volumes/-", {"name": "x", "configMap": {"name": {"a": 1}}}),
    "volume-list": ("RayJob", "add", f"{POD}/volumes/-", {"name": ["x"], "emptyDir": {}}),
    "projected-text": ("RayJob", "add", f"{POD}/volumes/-", {"name": "x", "projected": {"sources": ["y"]}}),
    "mount-map": ("RayJob", "add", f"{CONTAINER}/volumeMounts/-", {"name": {"x": 1}, "mountPath": "/x"}),
    "variable-list": ("RayJob", "add", f"{CONTAINER}/env/-", {"name": ["x"], "value": "1"}),
    "env-from-number": ("RayJob", "add", f"{CONTAINER}/envFrom", [{"configMapRef": {"name": 7}}]),
    "env-text": ("RayJob", "replace", f"{CONTAINER}/env", "x"),
    "containers-empty": ("RayJob", "replace", f"{POD}/containers", []),
    "containers-text": ("RayJob", "replace", f"{POD}/containers", "x"),
    "resources-text": ("RayJob", "replace", f"{CONTAINER}/resources", "x"),
    "limits-text": ("RayJob", "replace", f"{CONTAINER}/resources", {"limits": "x", "requests": ["y"]}),
    "labels-text": ("RayJob", "replace", "/metadata/labels", "x"),
    "annotations-list": ("Job", "replace", "/metadata/annotations", ["x"]),
    "annotations-added": ("ServiceAccount", "add", "/metadata/annotations", ["x"]),
    "no-cluster": ("RayJob", "remove", CLUSTER, None),
    "no-head": ("RayJob", "remove", f"{CLUSTER}/headGroupSpec", None),
    "cluster-text": ("RayJob", "replace", CLUSTER, "x"),
    "groups-text": ("RayJob", "replace", f"{CLUSTER}/workerGroupSpecs", "x"),
    "spec-text": ("RayJob", "replace", "/spec", "x"),
    "service-containers": ("RayService", "replace", f"{SERVICE}/containers", ["x"]),
    "service-image": ("RayService", "replace", f"{SERVICE}/containers/0/image", 5),
    "job-containers": ("Job", "replace", f"{JOB}/containers", []),
    "job-variable": ("Job", "replace", f"{JOB}/containers/0/env", [{"name": 5}]),
    "job-labels": ("Job", "replace", "/metadata/labels", {"team": 5}),
    "job-template": ("Job", "remove", "/spec/template", None),
    "job-limit-list": ("Job", "replace", "/spec/backoffLimit", [1]),
    "egress-map": ("NetworkPolicy", "replace", "/spec/egress", {"a": None}),
    "egress-texts": ("NetworkPolicy", "replace", "/spec/egress", ["x"]),
    "token-list": ("ServiceAccount", "replace", "/automountServiceAccountToken", [None]),
    "token-text": ("ServiceAccount", "replace", "/automountServiceAccountToken", "no"),
    "data-text": ("ConfigMap", "replace", "/data", "x"),
    "selector-text": ("Service", "replace", "/spec/selector", "x"),
}
"""By name: the kind, the operation, the place, the value."""


def patch(kind: str, operation: str, path: str, value: Any) -> str:
    """A kustomization of one operation, which stands in line 5."""
    said = {"op": operation, "path": path} | ({} if operation == "remove" else {"value": value})
    target = json.dumps({"kind": kind})
    return f"patches:\n- target: {target}\n  patch: |-\n    # one\n    - {json.dumps(said)}\n"


def check(root: Path, text: str) -> tuple[Answer, list[tuple[str, str, str]]]:
    """What a whole run says of a kustomization, and the (file, line, code) of each error."""
    (root / KUSTOMIZATION).write_text(text)
    answer = call(root, "policy", "check", "--no-cache", "--jobs", "1", "--color", "never", "--engine", "embedded")
    return answer, re.findall(r"^(\S+?):(\d+):\d+: error\[(.*?)]", answer.out, re.MULTILINE)


@pytest.fixture(scope="module")
def one(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose kustomization each test writes anew."""
    return Path(shutil.copytree(original, tmp_path_factory.mktemp("patched") / "repository"))


@pytest.mark.parametrize("name", CASES)
def test_each_is_told_at_its_patch(name: str, one: Path) -> None:
    answer, errors = check(one, patch(*CASES[name]))
    assert answer.code == 1, answer.said
    for file, line, code in errors:
        category, place = code.partition("/")[0], (file, int(line))
        # What kustomize itself refuses is told at the entry, for it does not say more.
        assert place == (KUSTOMIZATION, 2 if code == "kustomize/failed" else 5), answer.out
        assert category in ("kuberay", "kustomize", "serve", "gitops")
    assert errors


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere(data: st.DataObject, one: Path) -> None:
    file, kind = data.draw(st.sampled_from(sorted(FILES.items())))
    rendered = loads((REPOSITORY / f"rendered/dev/digits/{file}").read_text())
    places = [at for at in nodes(rendered) if at not in IDENTITY]
    place = pointer_text(data.draw(st.sampled_from(places)))
    answer, _ = check(one, patch(kind, "replace", place, data.draw(JSON)))
    assert answer.code in (0, 1), answer.said
    assert answer.err == ""


def test_annotations_that_kustomize_would_crash_over(one: Path) -> None:
    """In strategic patches, and moved there, too."""
    body = "apiVersion: v1\n    kind: ServiceAccount\n    metadata: {name: x, annotations: [x]}\n"
    merged = f"patches:\n- target: {{kind: ServiceAccount}}\n  patch: |-\n    {body}"
    moved = patch("ServiceAccount", "copy", "/metadata/annotations", None).replace('"value": null', '"from": "/a"')
    for text, line in ((merged, 6), (moved, 5)):
        answer, errors = check(one, text)
        assert (answer.code, [(file, int(at), code) for file, at, code in errors]) == (
            1,
            [(KUSTOMIZATION, line, "kustomize/patch-form")],
        ), answer.said
