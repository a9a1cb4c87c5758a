"""Each row of `plan.effects.rules` by what is told of an edit: a row that goes, or says another thing, is seen here."""

from __future__ import annotations

from typing import Any

import pytest
from ryaml import dumps

from mlgitops.plan.effects.all import effects_of
from mlgitops.plan.effects.change import Around
from mlgitops.plan.effects.rules import JOB_IMMUTABLE, RAY_CLUSTER, RAY_JOB, SERVE
from tests.plan.effects.objects import an_object, edited, job, service

Json = Any

CLUSTER = {
    "workerGroupSpecs[].replicas": "ignored",
    "workerGroupSpecs[].minReplicas": "ignored",
    "workerGroupSpecs[].maxReplicas": "ignored",
    "workerGroupSpecs[].scaleStrategy": "ignored",
    "workerGroupSpecs[].template.spec.tolerations": "ignored",
    "workerGroupSpecs[].template.spec.schedulingGates": "ignored",
    "workerGroupSpecs[].numOfHosts": "new-cluster",
    "workerGroupSpecs[].template.spec.nodeSelector": "new-cluster",
    "headGroupSpec.template.spec.tolerations": "ignored",
    "headGroupSpec.template.spec.schedulingGates": "ignored",
    "headGroupSpec.template.spec.nodeSelector": "new-cluster",
    "upgradeStrategy": "ignored",
    "suspend": "ignored",
    "enableInTreeAutoscaling": "new-cluster",
}
"""What KubeRay 1.7.0 does with each field of a RayService's cluster."""

TRAINING = {
    "spec.activeDeadlineSeconds": "configured",
    "spec.preRunningDeadlineSeconds": "configured",
    "spec.backoffLimit": "configured",
    "spec.shutdownAfterJobFinishes": "configured",
    "spec.ttlSecondsAfterFinished": "configured",
    "spec.deletionStrategy": "configured",
    "spec.entrypoint": "ignored",
    "spec.submissionMode": "ignored",
    "spec.runtimeEnvYAML": "ignored",
}
"""What it does with each field of a RayJob that is there."""

SERVING = {
    "http_options": "ignored",
    "grpc_options": "ignored",
    "proxy_location": "ignored",
    "logging_config": "in-place",
    "applications[].route_prefix": "routes",
    "applications[].import_path": "restart",
    "applications[].runtime_env": "restart",
    "applications[].args": "restart",
    "applications[].autoscaling_policy": "restart",
    "applications[].deployments[].autoscaling_config.policy": "restart",
    "applications[].deployments[].request_router_config": "restart",
    "applications[].deployments[].deployment_actors": "restart",
    "applications[].deployments[].ray_actor_options": "restart",
    "applications[].deployments[].placement_group_bundles": "restart",
    "applications[].deployments[].placement_group_strategy": "restart",
    "applications[].deployments[].max_replicas_per_node": "restart",
    "applications[].deployments[].gang_scheduling_config": "restart",
    "applications[].deployments[].num_replicas": "scaled",
    "applications[].deployments[].autoscaling_config.min_replicas": "scaled",
    "applications[].deployments[].autoscaling_config.max_replicas": "scaled",
    "applications[].deployments[].autoscaling_config.initial_replicas": "scaled",
    "applications[].deployments[].autoscaling_config.upscale_delay_s": "in-place",
    "applications[].deployments[].max_ongoing_requests": "in-place",
    "applications[].deployments[].user_config": "in-place",
}
"""What Ray Serve does with each field of its configuration; `restart` is in place too, with other words."""

JOBS = {
    "spec.template": "refused",
    "spec.selector": "refused",
    "spec.completionMode": "refused",
    "spec.completions": "refused",
    "spec.podFailurePolicy": "refused",
    "spec.successPolicy": "refused",
    "spec.backoffLimit": "configured",
    "spec.ttlSecondsAfterFinished": "configured",
}
"""What the API server does with each field of a batch Job that is there."""


def with_field(data: Json, path: str) -> Json:
    """A copy with a value that nobody had at a path of the rules."""
    tokens: list[str | int] = []
    for token in path.split("."):
        tokens += [token.removesuffix("[]"), 0] if token.endswith("[]") else [token]
    return edited(data, *tokens, value={"another": "value"})


def told(before: Json, after: Json) -> list[tuple[str, str]]:
    return [(one.effect, one.reason) for one in effects_of("dev/churn", before, after, Around("1.7.0"))]


def test_every_row_is_here() -> None:
    assert {rule.path for rule in RAY_CLUSTER} <= CLUSTER.keys()
    assert {rule.path for rule in RAY_JOB} <= TRAINING.keys()
    assert {rule.path for rule in SERVE} <= SERVING.keys()
    assert {rule.path for rule in JOB_IMMUTABLE} <= JOBS.keys()


@pytest.mark.parametrize("path", CLUSTER)
def test_a_field_of_a_cluster(path: str) -> None:
    old = service()
    new = with_field(old, f"spec.rayClusterConfig.{path}")
    assert [effect for effect, _ in told({"serve/a.yaml": old}, {"serve/a.yaml": new})] == [CLUSTER[path]]


@pytest.mark.parametrize("path", TRAINING)
def test_a_field_of_a_run(path: str) -> None:
    found = told({"train/a.yaml": job()}, {"train/a.yaml": with_field(job(), path)})
    assert [effect for effect, _ in found] == [TRAINING[path]]


@pytest.mark.parametrize("path", SERVING)
def test_a_field_of_serve(path: str) -> None:
    config = {"applications": [{"name": "churn", "deployments": [{"name": "predictor", "autoscaling_config": {}}]}]}
    old, new = (service(config=dumps(one)) for one in (config, with_field(config, path)))
    ((effect, reason),) = told({"serve/a.yaml": old}, {"serve/a.yaml": new})
    expected = SERVING[path]
    assert effect == ("in-place" if expected == "restart" else expected)
    assert ("replaces every replica" in reason) == (expected == "restart")


@pytest.mark.parametrize("path", JOBS)
def test_a_field_of_a_job(path: str) -> None:
    old = an_object("Job", spec={"template": {"a": 1}})
    found = told({"train/a.yaml": old}, {"train/a.yaml": with_field(old, path)})
    assert [effect for effect, _ in found] == [JOBS[path]]
