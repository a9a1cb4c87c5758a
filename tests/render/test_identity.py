"""A run has one name: each published field changes it, nothing else does."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from mlgitops.render import pods
from mlgitops.render.identity import identity, name_run
from mlgitops.render.objects import Object, ObjectSet, RenderedObject
from mlgitops.render.preflight.metadata import MAX_NAME
from mlgitops.render.training import render_training
from tests.render.resolved_models import FULL_CODE, FULL_ENVIRONMENT, FULL_MODEL, resolved_model

RUN = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Run
metadata: {name: churn, environment: staging}
spec: {trigger: manual, attempt: ATTEMPT, requestedAt: "2026-11-02T03:00:00Z", requestedBy: "@growth/churn"}
"""


def rendered(model: str = FULL_MODEL, environment: str = FULL_ENVIRONMENT, code=None, run=None) -> ObjectSet:
    result = render_training(resolved_model(model, environment, code, run=run))
    assert isinstance(result, tuple), result
    return result


BASE = identity(rendered())


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def test_the_identity_of_the_same_inputs_is_for_ever_the_same():
    """Whoever has to change this digest retrains every model that anybody has."""
    assert BASE == "sha256:e0fc764f06fc93d6bda27651a294ce29c451fac18d0cbb1daa6f45c1945c3168"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: churn\n", "name: churn-b\n"),
        ("task: binaryClassification", "task: multiclassClassification"),
        ("target: churned", "target: left"),
        ("id: customer\n", "id: account\n"),
        ("id: customer\n", "id: customer\n  features: [tenure]\n"),
        ("sha256:1111", "sha256:9111"),
        ("name: customers\n", "name: clients\n"),
        ("entrypoint: train:train_loop", "entrypoint: train:other_loop"),
        ("epochs: 20", "epochs: 21"),
        ("learningRate: 8e-5", "learningRate: 8e-4"),
        ("seed: 7", "seed: 8"),
        ("workers: 4", "workers: 5"),
        ("workers: 4", "workers: {min: 4, max: 5}"),
        ("perWorker: 2", "perWorker: 4"),
        ("type: A100", "type: T4"),
        ('value: "4"', 'value: "8"'),
        ("key: token}}", "key: other}}"),
        ("framework: torch", "framework: custom"),
    ],
)
def test_what_decides_the_result_makes_a_new_run(old, new):
    environment = changed(FULL_ENVIRONMENT, "keys: [token]", "keys: [token, other]")
    environment = changed(
        environment, "      torch:", "      custom: registry.example.com/ml/torch:2.60.0\n      torch:"
    )
    model = changed(FULL_MODEL, old, new)
    assert identity(rendered(model, environment)) != identity(rendered(environment=environment))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("labels: {example.com/cost-centre: growth-3}", "labels: {example.com/cost-centre: growth-4}"),
        ('owner: "@growth/churn"', 'owner: "@growth/other"'),
        ("team: growth", "team: growth # a comment"),
        ("uri: s3://features/customers/v7", "uri: s3://elsewhere/customers/v7"),
        ("version: v7", "version: v7.1"),
        ("nullable: false", "nullable: true"),
        ("sha256:2222", "sha256:9222"),
        ("maxFailures: 2", "maxFailures: 3"),
        ("every: 5m", "every: 6m"),
        ("deadline: 6h", "deadline: 7h"),
        ("onSupersede: finish", "onSupersede: stop"),
        ("priority: batch", "priority: urgent"),
        ("cpu: 8, memory: 32Gi, storage: 50Gi", "cpu: 6, memory: 30Gi, storage: 60Gi"),
        ("min: 0.82", "min: 0.83"),
        ("threshold: 0.4", "threshold: 0.5"),
        ("route: /churn", "route: /leaving"),
    ],
)
def test_what_decides_nothing_keeps_the_run(old, new):
    assert identity(rendered(changed(FULL_MODEL, old, new))) == BASE


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("key: nvidia.com/gpu}", "key: gpu}", True),
        ("NVIDIA-A100-SXM4-80GB", "NVIDIA-A100-SXM4-40GB", True),
        ("name: ml, clusterQueue", "name: other, clusterQueue", True),
        ("mirror: mirror.example.com/ml", "mirror: other.example.com/ml", True),
        ("jobs:0.1.0", "jobs:0.2.0", True),
        ("ml/torch:2.60@", "ml/torch:2.61@", True),
        ("sha256:aaaa", "sha256:caaa", False),
        ("egressPorts: [443, 8443]", "egressPorts: [443]", True),
        ("head: {cpu: 2, memory: 8Gi}", "head: {cpu: 4, memory: 8Gi}", True),
        ("checkpoints: \"s3://checkpoints\"", "checkpoints: \"s3://elsewhere\"", True),
        ("name: staging", "name: nightly", True),
        ("growth: growth-train", "growth: growth-other", True),
    ],
)  # fmt: skip
def test_changes_of_an_environment(old, new, same):
    assert (identity(rendered(environment=changed(FULL_ENVIRONMENT, old, new))) == BASE) is same


@pytest.mark.parametrize(("name", "same"), [("train.py", False), ("features.py", False), ("serve.py", True)])
def test_an_edit_of_the_code_that_trains_is_a_new_run(name, same):
    code = {**FULL_CODE, name: FULL_CODE[name] + "# edited\n"}
    assert (identity(rendered(code=code)) == BASE) is same


def test_each_attempt_is_a_run_of_its_own():
    first, second = (identity(rendered(run=RUN.replace("ATTEMPT", number))) for number in ("1", "2"))
    assert first == BASE
    assert second != first


def edited(change: Callable[[Object], None]) -> ObjectSet:
    """The objects after a kustomization or a template changed the RayJob."""
    objects = copy.deepcopy(rendered())
    change(next(one.data for one in objects if one.file == "rayjob.yaml"))
    return objects


def group(job: Object) -> Object:
    return job["spec"]["rayClusterSpec"]["workerGroupSpecs"][0]


def worker(job: Object) -> Object:
    return group(job)["template"]["spec"]["containers"][0]


def head(job: Object) -> Object:
    return job["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize(
    "change",
    [
        lambda job: worker(job).update(image="registry.example.com/other:1"),
        lambda job: head(job).update(image="registry.example.com/other:1"),
        lambda job: group(job).update(replicas=3),
        lambda job: group(job).update(maxReplicas=9),
        lambda job: group(job).update(minReplicas=1),
        lambda job: group(job).update(numOfHosts=2),
        lambda job: worker(job)["resources"]["limits"].update({"nvidia.com/gpu": "1"}),
        lambda job: worker(job)["env"].append({"name": "NCCL_ALGO", "value": "Ring"}),
        lambda job: worker(job).update(args=["--flag"]),
        lambda job: job["spec"].update(entrypoint="python other.py"),
        lambda job: job["spec"].update(runtimeEnvYAML="pip: [other]"),
        lambda job: job["spec"]["rayClusterSpec"]["workerGroupSpecs"].append(copy.deepcopy(group(job))),
    ],
)
def test_what_kustomize_changes_of_the_fields_counts(change):
    assert identity(edited(change)) != BASE


@pytest.mark.parametrize(
    "change",
    [
        lambda job: job["metadata"]["labels"].update({"example.com/added": "yes"}),
        lambda job: job["metadata"].update(annotations={}),
        lambda job: job["spec"].update(ttlSecondsAfterFinished=5, activeDeadlineSeconds=9, suspend=True),
        lambda job: group(job)["template"]["spec"].update(tolerations=[], nodeSelector={}, affinity={}),
        lambda job: worker(job)["resources"]["limits"].update(cpu="1", memory="1Gi"),
        lambda job: worker(job)["env"].reverse(),
        lambda job: head(job)["env"].append({"name": "MLGITOPS_RUN", "value": "sha256:other"}),
        lambda job: worker(job).update(image="mirror.example.com/x@sha256:" + "a" * 64),
    ],
)
def test_what_kustomize_changes_otherwise_does_not(change):
    assert identity(edited(change)) == BASE


def test_another_version_of_mlgitops_trains_nothing_again(monkeypatch):
    """A variable that a later version sets everywhere is in its list of own variables, and the template changes."""
    monkeypatch.setattr(pods, "own_variables", lambda path=None: [{"name": "HOME", "value": "/home"}])
    monkeypatch.setattr("mlgitops.render.ray_cluster.own_variables", pods.own_variables)
    monkeypatch.setitem(pods.POD_SECURITY, "fsGroupChangePolicy", "OnRootMismatch")
    assert identity(rendered()) == BASE


def test_an_identity_is_read_from_the_named_objects_too():
    named = name_run(rendered())
    assert identity(named) == BASE


def test_the_longest_model_name_fits():
    name = "a" * 30
    named = name_run(rendered(changed(FULL_MODEL, "name: churn\n", f"name: {name}\n")))
    names = {one.file: one.data["metadata"]["name"] for one in named}
    assert len(names["rayjob.yaml"]) == 39 <= MAX_NAME["RayJob"]
    assert max(map(len, names.values())) <= 63


def test_a_label_renames_nothing():
    before = {one.file: one.data["metadata"]["name"] for one in name_run(rendered())}
    after = name_run(rendered(changed(FULL_MODEL, "growth-3", "growth-4")))
    assert {one.file: one.data["metadata"]["name"] for one in after} == before
    assert {one.data["metadata"]["labels"]["example.com/cost-centre"] for one in after} == {"growth-4"}


def test_objects_without_a_run_stay_as_they_are():
    objects = (RenderedObject("configmap.yaml", {"kind": "ConfigMap", "metadata": {"name": "x"}}),)
    assert identity(objects) is None
    assert name_run(objects) is objects


def test_naming_changes_nothing_of_what_it_was_given():
    objects = rendered()
    before = copy.deepcopy(objects)
    name_run(objects)
    assert objects == before
