"""RayServices: what starts a new cluster, what Serve does, what nobody sees."""

from __future__ import annotations

from typing import Any

import pytest

from mlgitops.plan.effect import Effect
from mlgitops.plan.effects.all import effects_of
from mlgitops.plan.effects.change import Around
from tests.plan.effects.objects import CONFIRMED, SERVE, edited, group, service

Json = Any
FILE = "serve/rayservice.yaml"
WORKER = ("spec", "rayClusterConfig", "workerGroupSpecs", 0)
POD = (*WORKER, "template", "spec")
OLD = service()
CEILING = (
    "change serving.replicas, which Serve scales by, or the environment's autoscaling.maxWorkers, "
    "which starts a new cluster"
)
TOLERATIONS = [{"key": "spot", "operator": "Exists"}]
TOLERATE = "change the accelerator's tolerations in environment.yaml, which starts a new cluster"


def effects(before: Json, after: Json, kuberay: str = "1.6.2", **around: Json) -> list[Effect]:
    old, new = ({FILE: one} if one is not None else {} for one in (before, after))
    return effects_of("dev/churn", old, new, Around(kuberay, **around))


def said(found: list[Effect]) -> list[tuple[str, str]]:
    return [(one.effect, one.reason) for one in found]


def serve(before: str, after: str) -> Json:
    assert SERVE.count(before) == 1
    return service(config=SERVE.replace(before, after))


def test_whole() -> None:
    new = edited(OLD, *POD, "containers", 0, "image", value="ray:2")
    assert effects(OLD, new) == [
        Effect(
            "new-cluster",
            "dev/churn/serve",
            "dev/churn/serve/rayservice.yaml",
            "RayService",
            "churn-v1",
            "a second RayCluster starts beside the one that serves and takes over when it is ready, since "
            "containers[ray].image ray:1 → ray:2 differs",
            ("spec.rayClusterConfig.workerGroupSpecs[workers].template.spec.containers[ray].image",),
        )
    ]


def test_first_release_and_next_release() -> None:
    assert said(effects(None, OLD)) == [
        ("new-cluster", "RayService churn-v1 starts a RayCluster, and answers when its applications run")
    ]
    assert said(effects(OLD, service("churn-v2"))) == [
        (
            "new-cluster",
            "RayService churn-v2 starts a RayCluster beside that of churn-v1, "
            "which Argo CD removes when churn-v2 is healthy",
        )
    ]


@pytest.mark.parametrize(
    ("edit", "value", "shown", "instead"),
    [
        (("replicas",), 3, "workerGroupSpecs[workers].replicas 1 → 3", CEILING),
        (("minReplicas",), 3, "workerGroupSpecs[workers].minReplicas 1 → 3", CEILING),
        (("maxReplicas",), 9, "workerGroupSpecs[workers].maxReplicas 6 → 9", CEILING),
        (("scaleStrategy",), {"workersToDelete": ["a"]}, "workerGroupSpecs[workers].scaleStrategy", CEILING),
        (("template", "spec", "tolerations"), TOLERATIONS, "workerGroupSpecs[workers].tolerations", TOLERATE),
    ],
)
@pytest.mark.parametrize("kuberay", ["1.6.2", "1.7.0"])
def test_ignored(edit: tuple[str, ...], value: Json, shown: str, instead: str, kuberay: str) -> None:
    (one,) = effects(OLD, edited(OLD, *WORKER, *edit, value=value), kuberay)
    reason = (
        f"KubeRay {kuberay} accepts {shown} and leaves the RayCluster that runs as it is, "
        "until something else starts a new one"
    )
    assert (one.effect, one.reason, one.instead) == ("ignored", reason, instead)


def test_an_ignored_edit_goes_along_with_a_new_cluster() -> None:
    new = edited(edited(OLD, *WORKER, "maxReplicas", value=9), *POD, "containers", 0, "image", value="ray:2")
    (one,) = effects(OLD, new)
    assert one.effect == "new-cluster"
    assert one.fields[-1] == "spec.rayClusterConfig.workerGroupSpecs[workers].maxReplicas"


def test_a_worker_group_at_the_end_is_added_and_one_before_starts_a_new_cluster() -> None:
    more = service("churn-v1", group(), group("large"))
    assert said(effects(OLD, more)) == [("scaled", "worker group large is added to the RayCluster that runs")]
    (one,) = effects(OLD, service("churn-v1", group("large"), group()))
    assert one.effect == "new-cluster"
    (one,) = effects(OLD, edited(more, *POD, "containers", 0, "image", value="ray:2"))
    assert one.effect == "new-cluster", "one that is added while another changes"
    (one,) = effects(more, OLD)
    assert one.effect == "new-cluster", "one that is taken away"
    (one,) = effects(more, service("churn-v1", group("large"), group()))
    assert one.effect == "new-cluster", "groups turned round"


@pytest.mark.parametrize(
    ("strategy", "kuberay", "effect"),
    [
        ("None", "1.6.2", "ignored"),
        ("None", "1.7.0", "ignored"),
        ("NewCluster", "1.6.2", "new-cluster"),
        ("NewClusterWithIncrementalUpgrade", "1.6.2", "ignored"),
        ("NewClusterWithIncrementalUpgrade", "1.7.0", "new-cluster"),
    ],
)
def test_upgrade_strategies(strategy: str, kuberay: str, effect: str) -> None:
    old = service(upgradeStrategy={"type": strategy})
    (one,) = effects(old, edited(old, *POD, "containers", 0, "image", value="ray:2"), kuberay)
    assert one.effect == effect
    assert ("in steps" in one.reason) == (effect == "new-cluster" and strategy != "NewCluster")


@pytest.mark.parametrize(
    ("before", "after", "effect", "reason"),
    [
        (
            "max_replicas: 4",
            "max_replicas: 6",
            "scaled",
            "Ray Serve adds or takes away replicas, and the autoscaler workers "
            "(applications[churn].deployments[predictor].autoscaling_config.max_replicas 4 → 6)",
        ),
        (
            "version: v1",
            "version: v2",
            "in-place",
            "Ray Serve replaces every replica on the cluster that is there, new ones first "
            "(applications[churn].args.version v1 → v2)",
        ),
        (
            "max_ongoing_requests: 100",
            "max_ongoing_requests: 50",
            "in-place",
            "Ray Serve passes it to replicas, which run on "
            "(applications[churn].deployments[predictor].max_ongoing_requests 100 → 50)",
        ),
        (
            "route_prefix: /churn",
            "route_prefix: /c",
            "routes",
            "Ray Serve answers under another path (applications[churn].route_prefix /churn → /c)",
        ),
        (
            "port: 8000",
            "port: 8001",
            "ignored",
            "Ray Serve keeps the HTTP and gRPC options that it started with (http_options.port 8000 → 8001)",
        ),
    ],
)
def test_serve(before: str, after: str, effect: str, reason: str) -> None:
    (one,) = effects(OLD, serve(before, after))
    assert (one.effect, one.reason, bool(one.instead)) == (effect, reason, effect == "ignored")


def test_serve_of_a_new_cluster_is_not_told_apart() -> None:
    new = edited(serve("version: v1", "version: v2"), *POD, "containers", 0, "image", value="ray:2")
    assert [one.effect for one in effects(OLD, new)] == ["new-cluster"]


def test_what_is_replaced_has_the_rest_of_the_configuration_too() -> None:
    text = SERVE.replace("version: v1", "version: v2").replace("max_ongoing_requests: 100", "max_ongoing_requests: 9")
    assert [one.effect for one in effects(OLD, service(config=text))] == ["in-place"]
    text = text.replace("max_replicas: 4", "max_replicas: 5")
    assert [one.effect for one in effects(OLD, service(config=text))] == ["in-place", "scaled"]


def test_suspended() -> None:
    (one,) = effects(OLD, service(suspend=True), "1.7.0")
    assert (one.effect, one.fields) == ("removed", ("spec.suspend",))
    (one,) = effects(service(suspend=True), service(suspend=False), "1.7.0")
    assert one.effect == "new-cluster"
    cluster = edited(OLD, "spec", "rayClusterConfig", "suspend", value=True)
    assert [one.effect for one in effects(OLD, cluster, "1.6.2")] == ["removed"]
    assert [one.effect for one in effects(OLD, cluster, "1.7.0")] == ["ignored"]


def test_labels_and_what_else_is_around_a_cluster() -> None:
    assert said(effects(OLD, edited(OLD, "metadata", "labels", value={"a": "b"}))) == [
        (
            "configured",
            "the RayService changes in place (metadata.labels); the RayCluster that runs keeps what it was made with",
        )
    ]
    assert [one.effect for one in effects(OLD, service(rayClusterDeletionDelaySeconds=5))] == ["configured"]


def test_a_label_beside_a_new_cluster_is_not_told_by_itself() -> None:
    new = edited(edited(OLD, *POD, "containers", 0, "image", value="ray:2"), "metadata", "labels", value={"a": "b"})
    assert [one.effect for one in effects(OLD, new)] == ["new-cluster"]


def test_removed() -> None:
    assert said(effects(OLD, None)) == [
        ("removed", "RayService churn-v1 goes when Argo CD syncs: its RayCluster stops, and nobody answers")
    ]
    confirmed = edited(OLD, "metadata", "annotations", value=CONFIRMED)
    assert said(effects(confirmed, None)) == [
        (
            "removed",
            "RayService churn-v1 goes once a person confirms in Argo CD (Prune=confirm): "
            "its RayCluster stops, and nobody answers",
        )
    ]
