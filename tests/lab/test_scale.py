"""Five hundred Applications: how long until all are live, and what one commit costs then."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlgitops.render.emit import emit
from mlgitops.spec.reader import read
from tests.lab.component import wait_until
from tests.lab.conftest import Measure
from tests.lab.lab import SimulatedLab, simulated_lab
from tests.lab.repository import Repository

PLAIN, RAY = 450, 50
CLUSTER = "ml-scale"
NAMESPACE = "scale"
SET = "rendered/argocd/applicationset-staging-serve.yaml"
SERVICE = "rendered/staging/breast-cancer/serve/rayservice.yaml"
Map = dict[str, Any]


@pytest.fixture(scope="module")
def fleet() -> Iterator[SimulatedLab]:
    """A lab of its own, which looks at Git when it is told to, with a repository of very many models."""
    with simulated_lab(clusters=[CLUSTER], resync=3600) as lab:
        lab.plane.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, project(lab))
        example = lab.repository.folder
        repository = Repository(example.with_name("fleet"))
        repository.folder.mkdir()
        repository.git("init", "--quiet")
        for number in range(PLAIN):
            write(repository, f"plain-{number}", *plain(f"plain-{number}"))
        service = load(example / SERVICE)
        for number in range(RAY):
            write(repository, f"ray-{number}", ray(service, f"ray-{number}"))
        repository.commit("Serve five hundred models")
        lab.repository = repository
        yield lab


def test_all_are_live_and_one_commit_costs_one_of_them(fleet: SimulatedLab, measure: Measure) -> None:
    begun = time.monotonic()
    fleet.plane.apply(applications(fleet))
    wait_until(lambda: sum(state.well for state in fleet.applications()) == PLAIN + RAY, "all are live", 400, 5.0)
    measure(f"{PLAIN} plain and {RAY} Ray Applications Synced and Healthy", time.monotonic() - begun)
    measure("memory of all components with them", sum(fleet.components.memory().values()), "MiB")

    generated = fleet.argo_cd.manifests_generated()
    assert generated >= PLAIN + RAY
    before = fleet.repository.head()
    path = "rendered/scale/plain-7/serve/configmap.yaml"
    fleet.repository.edit(path, "answer: one", "answer: two")
    after = fleet.repository.commit("Change one model")
    begun = time.monotonic()
    fleet.argo_cd.tell_of_push(fleet.repository.url, before, after, [path])
    settings = f"/api/v1/namespaces/{NAMESPACE}/configmaps/plain-7"
    wait_until(lambda: fleet.api(settings)["data"]["answer"] == "two", "the change is live", 120, 0.1)
    measure(f"a commit live among {PLAIN + RAY} Applications", time.monotonic() - begun)
    fleet.wait_application("staging.plain-7.serve", revision=after)
    fleet.assert_quiet(10)
    assert fleet.argo_cd.manifests_generated() - generated == 1


def applications(lab: SimulatedLab) -> Map:
    """The ApplicationSet that is rendered, for this repository's folders."""
    rendered = load(lab.repository.folder.with_name("repository") / SET)
    text = json.dumps(rendered).replace(f"file://{lab.repository.folder.with_name('repository')}", lab.repository.url)
    made: Map = json.loads(text.replace("staging-models", NAMESPACE).replace("ml-staging", CLUSTER))
    made["metadata"] = {"name": "scale.serve", "namespace": "argocd"}
    made["spec"]["generators"][0]["git"]["directories"] = [{"path": "rendered/scale/*/serve"}]
    made["spec"]["template"]["spec"]["project"] = NAMESPACE
    return made


def project(lab: SimulatedLab) -> Map:
    spec = {
        "sourceRepos": ["*"],
        "destinations": [{"name": CLUSTER, "namespace": NAMESPACE}],
        "namespaceResourceWhitelist": [{"group": "*", "kind": "*"}],
    }
    metadata = {"name": NAMESPACE, "namespace": "argocd"}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": metadata, "spec": spec}


def plain(name: str) -> list[Map]:
    """A ConfigMap and a Deployment of one pod."""
    labels = {"app.kubernetes.io/name": name}
    container = {"name": "main", "image": "registry.example.com/none@sha256:" + "0" * 64}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    metadata = {"name": name, "namespace": NAMESPACE}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"answer": "one"}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec},
    ]


def ray(service: Map, name: str) -> Map:
    """A RayService as it is rendered, under another name; what it mounts is not there, and nothing mounts it."""
    made: Map = json.loads(json.dumps(service).replace("breast-cancer", name))
    made["metadata"] = {"name": name, "namespace": NAMESPACE}
    cluster = made["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        group["template"]["spec"]["serviceAccountName"] = "default"
    return made


def write(repository: Repository, model: str, *objects: Map) -> None:
    for obj in objects:
        repository.write(f"rendered/scale/{model}/serve/{obj['kind'].lower()}.yaml", emit(obj))


def load(path: Path) -> Map:
    document = read(path.read_text(), str(path))
    assert not isinstance(document, list)
    return json.loads(json.dumps(document.data))
