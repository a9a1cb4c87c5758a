"""Each trap (`gitops/…`) fires on an object that has it and is silent on one that comes close."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from mlgitops.render.preflight import preflight
from mlgitops.render.preflight.codes import CODES
from mlgitops.source import pointer_text
from tests.render.preflight.valid import (
    BASES,
    Map,
    changed,
    cluster,
    pod,
    ray_cluster,
    ray_cron_job,
    ray_job,
    ray_service,
)

QUEUED = ("metadata|labels|kueue.x-k8s.io/queue-name", "training")
DIGEST = "sha256:" + "0123456789abcdef" * 4
HEAD = "spec.rayClusterConfig.headGroupSpec"
WORKER = "spec.rayClusterConfig.workerGroupSpecs.0"
HEALTH = "resource.customizations.health.ray.io_"
RAY_REPLICAS = [{"group": "ray.io", "kind": "RayCluster", "jqPathExpressions": [".spec.workerGroupSpecs[].replicas"]}]
RULES = {"deletionRules": [{"policy": "DeleteSelf", "condition": {"jobStatus": "SUCCEEDED", "ttlSeconds": 0}}]}
KEPT = (("spec.shutdownAfterJobFinishes", False), ("spec.ttlSecondsAfterFinished", 0))


def application(*changes: tuple[str, Any]) -> Map:
    """An Application as mlgitops renders it."""
    obj = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": "prod-churn-serve",
            "annotations": {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"},
        },
        "spec": {"project": "prod", "syncPolicy": {"syncOptions": ["ServerSideApply=true"]}},
    }
    return changed(obj, *changes)


def application_set(*changes: tuple[str, Any]) -> Map:
    """An ApplicationSet whose template is that Application."""
    made = application()
    template = {"metadata": made["metadata"], "spec": made["spec"]}
    obj = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "prod"}, "spec": {}}
    return changed(obj, ("spec.template", template), *changes)


def settings(*changes: tuple[str, Any]) -> Map:
    """Argo CD's ConfigMap, with the health checks."""
    data = {HEALTH + "RayJob": "return {}", HEALTH + "RayService": "return {}"}
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": data}
    return changed(obj, *changes)


def batch_job(*changes: tuple[str, Any]) -> Map:
    """A Job that evaluates."""
    obj = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "evaluate"},
        "spec": {"template": pod("evaluate")},
    }
    return changed(obj, *changes)


class Case(NamedTuple):
    """An object with a trap, where it is, and one that comes close without it."""

    code: str
    pointer: str
    trapped: Map
    close: Map


CASES = [
    Case(
        "gitops/array-default-missing",
        "/spec/rayClusterConfig/workerGroupSpecs/0/numOfHosts",
        changed(ray_service(), (f"{WORKER}.numOfHosts", ...)),
        ray_service(),
    ),
    Case(
        "gitops/array-default-missing",
        "/spec/rayClusterConfig/workerGroupSpecs/0/replicas",
        changed(ray_service(), (f"{WORKER}.replicas", ...)),
        changed(ray_service(), (f"{WORKER}.replicas", 0)),
    ),
    Case(
        "gitops/array-default-missing",
        "/spec/rayClusterConfig/headGroupSpec/template/spec/containers/0/ports/1/protocol",
        changed(ray_service(), (f"{HEAD}.template.spec.containers.0.ports.1.protocol", ...)),
        changed(ray_service(), ("spec.upgradeStrategy", ...)),
    ),
    Case(
        "gitops/array-default-missing",
        "/spec/deletionStrategy/deletionRules/0/condition/ttlSeconds",
        changed(
            ray_job(),
            *KEPT,
            (
                "spec.deletionStrategy.deletionRules",
                [{"policy": "DeleteCluster", "condition": {"jobStatus": "FAILED"}}],
            ),
        ),
        changed(ray_job(), ("spec.backoffLimit", ...), ("spec.submissionMode", ...)),
    ),
    Case(
        "gitops/ambiguous-yaml",
        "/spec/runtimeEnvYAML",
        changed(ray_job(), ("spec.runtimeEnvYAML", "pip: [a]\npip: [b]\n")),
        changed(ray_job(), ("spec.runtimeEnvYAML", "pip: [a]\n")),
    ),
    Case(
        "gitops/ambiguous-yaml",
        "/spec/serveConfigV2",
        changed(ray_service(), ("spec.serveConfigV2", "applications: []\n---\napplications: []\n")),
        ray_service(),
    ),
    Case(
        "gitops/old-api-version",
        "/apiVersion",
        changed(ray_cluster(), ("apiVersion", "ray.io/v1alpha1")),
        ray_cluster(),
    ),
    Case(
        "gitops/upgrade-strategy-inherited",
        "/spec/rayClusterSpec/upgradeStrategy/type",
        changed(ray_job(), ("spec.rayClusterSpec.upgradeStrategy", {"type": "None"})),
        changed(ray_job(), ("spec.rayClusterSpec.upgradeStrategy", {})),
    ),
    Case(
        "gitops/autoscaler-fights-git",
        "/spec/workerGroupSpecs/0/replicas",
        changed(ray_cluster(), ("spec.enableInTreeAutoscaling", True)),
        ray_service(),
    ),
    Case(
        "gitops/cluster-edits-ignored",
        "/spec/upgradeStrategy",
        changed(ray_cluster(), ("spec.upgradeStrategy", {"type": "None"})),
        ray_cluster(),
    ),
    Case(
        "gitops/suspend-in-git",
        "/spec/suspend",
        changed(ray_job(), QUEUED, ("spec.suspend", True)),
        changed(ray_job(), ("spec.suspend", True)),
    ),
    Case(
        "gitops/queue-with-autoscaling",
        "/spec/rayClusterConfig/enableInTreeAutoscaling",
        changed(ray_service(), QUEUED),
        changed(ray_service(), QUEUED, ("metadata|annotations|kueue.x-k8s.io/elastic-job", "true")),
    ),
    Case(
        "gitops/queue-groups",
        "/spec/rayClusterSpec/workerGroupSpecs",
        changed(ray_job(), QUEUED, ("spec.rayClusterSpec.workerGroupSpecs", cluster()["workerGroupSpecs"] * 18)),
        changed(ray_job(), QUEUED, ("spec.rayClusterSpec.workerGroupSpecs", cluster()["workerGroupSpecs"] * 17)),
    ),
    Case(
        "gitops/queue-needs-shutdown",
        "/spec/shutdownAfterJobFinishes",
        changed(ray_job(), QUEUED, *KEPT),
        changed(ray_job(), *KEPT),
    ),
    Case(
        "gitops/queue-with-selector",
        "/spec/clusterSelector",
        changed(ray_job(), QUEUED, ("spec.clusterSelector", {"ray.io/cluster": "shared"})),
        changed(ray_job(), QUEUED),
    ),
    Case(
        "gitops/self-deletion",
        "/spec/deletionStrategy/deletionRules/0/policy",
        changed(ray_job(), *KEPT, ("spec.deletionStrategy", RULES)),
        changed(
            ray_job(),
            *KEPT,
            ("spec.deletionStrategy", RULES),
            ("spec.deletionStrategy.deletionRules.0.policy", "DeleteCluster"),
        ),
    ),
    Case(
        "gitops/self-deletion",
        "/spec/jobTemplate/deletionStrategy/onFailure/policy",
        changed(
            ray_cron_job(),
            (
                "spec.jobTemplate.deletionStrategy",
                {"onSuccess": {"policy": "DeleteCluster"}, "onFailure": {"policy": "DeleteSelf"}},
            ),
        ),
        ray_cron_job(),
    ),
    Case(
        "gitops/ttl-reruns-job",
        "/spec/ttlSecondsAfterFinished",
        batch_job(("spec.ttlSecondsAfterFinished", 600)),
        batch_job(("spec.ttlSecondsAfterFinished", 600), ("metadata|annotations|argocd.argoproj.io/hook", "PreSync")),
    ),
    Case("gitops/cron-gate-off", "/kind", ray_cron_job(), ray_job()),
    Case(
        "gitops/default-submitter",
        "/spec/submitterPodTemplate",
        changed(ray_job(), ("spec.submissionMode", ...), ("spec.submitterPodTemplate", ...)),
        changed(ray_job(), ("spec.submissionMode", "HTTPMode"), ("spec.submitterPodTemplate", ...)),
    ),
    Case(
        "gitops/replaced-at-sync",
        "/metadata/annotations/argocd.argoproj.io~1sync-options",
        changed(ray_job(), ("metadata|annotations|argocd.argoproj.io/sync-options", "Force=true, Replace=true")),
        changed(ray_job(), ("metadata|annotations|argocd.argoproj.io/sync-options", "Prune=false")),
    ),
    *(
        Case("gitops/run-not-in-name", "/metadata/name", changed(ray_job(), ("metadata.name", name)), close)
        for name, close in [
            ("churn", changed(ray_job(), ("metadata.name", "churn-abcdefab"))),
            ("churn-train", changed(ray_job(), ("metadata.name", "churn-x7k2m"))),
            (
                "churn-monthly",
                changed(ray_job(), ("metadata.name", "x"), ("metadata|annotations|argocd.argoproj.io/hook", "Sync")),
            ),
            ("churn-v2", changed(ray_job(), ("metadata.name", ...), ("metadata.generateName", "churn-"))),
        ]
    ),
    Case(
        "gitops/serve-port-missing",
        "/spec/rayClusterConfig/headGroupSpec/template/spec/containers/0/ports",
        changed(ray_service(), (f"{HEAD}.template.spec.containers.0.ports.1.name", "http")),
        changed(ray_service(), (f"{HEAD}.template.spec.containers.0.ports.1.name", "serve-grpc")),
    ),
    Case(
        "gitops/serve-port-missing",
        "/spec/rayClusterConfig/headGroupSpec/template/spec/containers/0/ports",
        changed(ray_service(), (f"{HEAD}.template.spec.containers.0.ports.1", ...)),
        changed(ray_service(), (f"{HEAD}.template.spec.containers.0.ports", ...)),
    ),
    Case(
        "gitops/incremental-gate-off",
        "/spec/upgradeStrategy/type",
        changed(ray_service(), ("spec.upgradeStrategy.type", "NewClusterWithIncrementalUpgrade")),
        ray_service(),
    ),
    Case(
        "gitops/field-unused",
        "/spec/serviceUnhealthySecondThreshold",
        changed(ray_service(), ("spec.serviceUnhealthySecondThreshold", 900)),
        ray_service(),
    ),
    Case(
        "gitops/timeout-is-final",
        "/metadata/annotations/ray.io~1initializing-timeout",
        changed(ray_service(), ("metadata|annotations|ray.io/initializing-timeout", "30m")),
        ray_service(),
    ),
    Case(
        "gitops/digest-in-annotation",
        "/spec/rayClusterConfig/workerGroupSpecs/0/template/metadata/annotations/mlgitops.dev~1code",
        changed(ray_service(), (WORKER.replace(".", "|") + "|template|metadata|annotations|mlgitops.dev/code", DIGEST)),
        changed(ray_service(), ("metadata|annotations|mlgitops.dev/code", DIGEST)),
    ),
    Case(
        "gitops/server-side-diff-missing",
        "/metadata/annotations/argocd.argoproj.io~1compare-options",
        application(("metadata.annotations", {"argocd.argoproj.io/compare-options": "IgnoreExtraneous"})),
        application(
            ("metadata|annotations|argocd.argoproj.io/compare-options", "IgnoreExtraneous, ServerSideDiff=true")
        ),
    ),
    Case(
        "gitops/server-side-diff-missing",
        "/spec/template/metadata/annotations/argocd.argoproj.io~1compare-options",
        application_set(("spec.template.metadata", {"name": "x"})),
        application_set(),
    ),
    Case(
        "gitops/create-namespace",
        "/spec/syncPolicy/syncOptions/1",
        application(("spec.syncPolicy.syncOptions.1", "CreateNamespace=true")),
        application(("spec.syncPolicy.syncOptions.1", "CreateNamespace=false")),
    ),
    Case(
        "gitops/respect-ignore-differences",
        "/spec/syncPolicy/syncOptions/1",
        application(
            ("spec.syncPolicy.syncOptions.1", "RespectIgnoreDifferences=true"), ("spec.ignoreDifferences", RAY_REPLICAS)
        ),
        application(
            ("spec.syncPolicy.syncOptions.1", "RespectIgnoreDifferences=true"),
            ("spec.ignoreDifferences", [{"group": "ray.io", "kind": "RayJob", "jsonPointers": ["/spec/suspend"]}]),
        ),
    ),
    Case(
        "gitops/label-tracking",
        "/data/application.resourceTrackingMethod",
        settings(("data|application.resourceTrackingMethod", "label")),
        settings(("data|application.resourceTrackingMethod", "annotation+label")),
    ),
    Case(
        "gitops/no-health-check",
        "/data/resource.customizations.health.ray.io_RayJob",
        settings((f"data|{HEALTH}RayJob", ...)),
        settings(("metadata.name", "other"), (f"data|{HEALTH}RayJob", ...)),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_trap_is_found_where_it_is_and_not_beside_it(case: Case) -> None:
    found = [pointer_text(problem.pointer) for problem in preflight(case.trapped) if problem.code == case.code]
    assert found == [case.pointer]
    assert case.code not in {problem.code for problem in preflight(case.close)}


ACROSS_TARGETS = {"gitops/shared-resource"}
"""No object has it by itself: `tests/render/test_shared.py`."""


def test_every_trap_has_a_case() -> None:
    assert {case.code for case in CASES} | ACROSS_TARGETS == {code for code in CODES if code.startswith("gitops/")}


def test_objects_as_mlgitops_has_them_have_no_trap() -> None:
    clean = [make() for kind, make in BASES.items() if kind != "RayCronJob"]
    clean += [application(), application_set(), settings(), batch_job()]
    assert [preflight(obj) for obj in clean] == [[]] * len(clean)


def test_a_trap_of_one_version_is_not_of_the_next() -> None:
    obj = changed(ray_service(), ("spec.upgradeStrategy.type", "NewClusterWithIncrementalUpgrade"))
    assert [problem.code for problem in preflight(obj)] == ["gitops/incremental-gate-off"]
    later = {problem.code for problem in preflight(obj, kuberay="1.7.0")}
    assert "kuberay/incremental-options" in later
    assert "gitops/incremental-gate-off" not in later


@pytest.mark.parametrize("kind", ["Application", "ApplicationSet", "ConfigMap", "Job", "Deployment"])
@pytest.mark.parametrize("value", [None, [], "x", 1, {"metadata": [], "template": "x", "syncPolicy": 5}])
def test_shapes_that_nobody_expects_are_no_crash(kind: str, value: Any) -> None:
    group = {"Job": "batch/v1", "ConfigMap": "v1", "Deployment": "apps/v1"}.get(kind, "argoproj.io/v1alpha1")
    preflight({"apiVersion": group, "kind": kind, "metadata": value, "spec": value, "data": value})
