"""What KubeRay, Ray Serve and Kubernetes do with an edited field, as data: each rule with its versions and its source.

    RAY_CLUSTER   fields of a RayService's cluster whose edit starts no new one
    RAY_JOB       fields of a RayJob that the operator reads again while the run lives; at others it looks once
    SERVE         fields of serveConfigV2, by what Serve does with replicas that run

A path is one of `plan.fields` below the object, with `[]` for any item of a list. Sources are files of
ray-project/kuberay at the tags v1.6.2 and v1.7.0 below `ray-operator/`, of ray-project/ray 2.60.0, and of
kubernetes/kubernetes 1.36. The lab asks the operator itself (docs/lab.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from mlgitops.plan.fields import FieldChange

VERSIONS = ("1.6.2", "1.7.0")
"""Of KubeRay, in order: those that an environment may name."""


class FieldRule(NamedTuple):
    """What happens with one field and all below it."""

    path: str
    source: str
    instead: str = ""
    """What to do to get what an edit of it was meant for."""
    since: str = VERSIONS[0]
    until: str = ""
    """The first version without the rule; empty for none."""

    def holds(self, version: str) -> bool:
        """Whether it is a rule of a version of KubeRay."""
        order = VERSIONS.index
        return order(self.since) <= order(version) and (not self.until or order(version) < order(self.until))


_HASH = "controllers/ray/utils/util.go, GenerateHashWithoutReplicasAndWorkersToDelete"
_CEILING = (
    "change serving.replicas, which Serve scales by, or the environment's autoscaling.maxWorkers, "
    "which starts a new cluster"
)
_TOLERATE = "change the accelerator's tolerations in environment.yaml, which starts a new cluster"
_GATES = "change the pod template as well: an annotation of it is enough to start a new cluster"

RAY_CLUSTER: Final = (
    FieldRule("workerGroupSpecs[].replicas", _HASH, _CEILING),
    FieldRule("workerGroupSpecs[].minReplicas", _HASH, _CEILING),
    FieldRule("workerGroupSpecs[].maxReplicas", _HASH, _CEILING),
    FieldRule("workerGroupSpecs[].scaleStrategy", _HASH, _CEILING),
    FieldRule("workerGroupSpecs[].template.spec.tolerations", _HASH, _TOLERATE),
    FieldRule("workerGroupSpecs[].template.spec.schedulingGates", _HASH, _GATES),
    FieldRule("headGroupSpec.template.spec.tolerations", _HASH, _TOLERATE),
    FieldRule("headGroupSpec.template.spec.schedulingGates", _HASH, _GATES),
    FieldRule("upgradeStrategy", _HASH, "set spec.upgradeStrategy of the RayService"),
    FieldRule(
        "suspend",
        "controllers/ray/rayservice_controller.go, rayClusterSpecForHashing",
        "set spec.suspend of the RayService",
        since="1.7.0",
    ),
)
"""Muted in the hash by which the operator tells whether it has the cluster that it should."""

_JOB = "controllers/ray/rayjob_controller.go"
RAY_JOB: Final = (
    FieldRule("spec.activeDeadlineSeconds", f"{_JOB}, checkActiveDeadlineAndUpdateStatusIfNeeded"),
    FieldRule("spec.preRunningDeadlineSeconds", f"{_JOB}, checkPreRunningDeadlineAndUpdateStatusIfNeeded"),
    FieldRule("spec.backoffLimit", f"{_JOB}, checkBackoffLimitAndUpdateStatusIfNeeded"),
    FieldRule("spec.shutdownAfterJobFinishes", f"{_JOB}, handleShutdownAfterJobFinishes"),
    FieldRule("spec.ttlSecondsAfterFinished", f"{_JOB}, handleShutdownAfterJobFinishes"),
    FieldRule("spec.deletionStrategy", f"{_JOB}, handleDeletionRules"),
)
DISREGARDED = f"{_JOB}, getOrCreateRayClusterInstance: Disregard changes in RayClusterSpec of RayJob"
"""Where the operator says so of all the rest."""

ServeUpdate = Literal["restart", "reconfigure", "scale", "route", "ignored"]


class ServeRule(NamedTuple):
    """What Serve does with replicas that run when a field of its configuration differs."""

    path: str
    update: ServeUpdate
    source: str


_OPTIONS = "python/ray/dashboard/modules/serve/serve_head.py, validate_http_options"
_CODE = "python/ray/serve/_private/deploy_utils.py, get_app_code_version"
_VERSION = "python/ray/serve/_private/version.py, requires_actor_restart"
_SCALE = "python/ray/serve/_private/config.py, DeploymentConfig.autoscaling_config"
_ROUTE = "python/ray/serve/_private/application_state.py"
_APP = "applications[]"
_DEPLOYMENT = f"{_APP}.deployments[]"

SERVE: Final = (
    ServeRule("http_options", "ignored", _OPTIONS),
    ServeRule("grpc_options", "ignored", _OPTIONS),
    ServeRule("proxy_location", "ignored", _OPTIONS),
    ServeRule(f"{_APP}.route_prefix", "route", _ROUTE),
    ServeRule(f"{_APP}.import_path", "restart", _CODE),
    ServeRule(f"{_APP}.runtime_env", "restart", _CODE),
    ServeRule(f"{_APP}.args", "restart", _CODE),
    ServeRule(f"{_APP}.autoscaling_policy", "restart", _CODE),
    ServeRule(f"{_DEPLOYMENT}.autoscaling_config.policy", "restart", _CODE),
    ServeRule(f"{_DEPLOYMENT}.request_router_config", "restart", _CODE),
    ServeRule(f"{_DEPLOYMENT}.deployment_actors", "restart", _CODE),
    ServeRule(f"{_DEPLOYMENT}.ray_actor_options", "restart", _VERSION),
    ServeRule(f"{_DEPLOYMENT}.placement_group_bundles", "restart", _VERSION),
    ServeRule(f"{_DEPLOYMENT}.placement_group_strategy", "restart", _VERSION),
    ServeRule(f"{_DEPLOYMENT}.max_replicas_per_node", "restart", _VERSION),
    ServeRule(f"{_DEPLOYMENT}.gang_scheduling_config", "restart", _VERSION),
    ServeRule(f"{_DEPLOYMENT}.num_replicas", "scale", _SCALE),
    ServeRule(f"{_DEPLOYMENT}.autoscaling_config.min_replicas", "scale", _SCALE),
    ServeRule(f"{_DEPLOYMENT}.autoscaling_config.max_replicas", "scale", _SCALE),
    ServeRule(f"{_DEPLOYMENT}.autoscaling_config.initial_replicas", "scale", _SCALE),
)
"""What is not here is passed to replicas that run on: numbers of requests, health checks, logging, `user_config`."""

_IMMUTABLE_JOB = "pkg/apis/batch/validation/validation.go, validateJobSpecUpdate"
JOB_IMMUTABLE: Final = tuple(
    FieldRule(f"spec.{name}", _IMMUTABLE_JOB, "give the Job another name: a new one is made then")
    for name in ("template", "selector", "completionMode", "completions", "podFailurePolicy", "successPolicy")
)
"""Of a batch Job that is there; an edit is refused."""

_ITEM = re.compile(r"\[[^\]]*\]")


def below(path: str, rule: str) -> bool:
    """Whether a changed field is that of a rule, or below it."""
    plain = _ITEM.sub("[]", path)
    return plain.startswith(rule) and (len(plain) == len(rule) or plain[len(rule)] in ".[")


def muted(field: FieldChange, version: str) -> FieldRule | None:
    """The rule by which an edit of a RayService's cluster starts no new one; paths begin below `rayClusterConfig`."""
    return next((rule for rule in RAY_CLUSTER if rule.holds(version) and below(field.path, rule.path)), None)


def read_again(field: FieldChange, version: str) -> bool:
    """Whether the operator sees an edit of a RayJob that is there."""
    return any(rule.holds(version) and below(field.path, rule.path) for rule in RAY_JOB)


def serve_update(field: FieldChange) -> ServeUpdate:
    """What Serve does with a changed field; paths begin below `serveConfigV2`."""
    return next((rule.update for rule in SERVE if below(field.path, rule.path)), "reconfigure")


def first_below(fields: Iterable[FieldChange], rules: Iterable[FieldRule]) -> FieldRule | None:
    """The first rule that one of the fields falls under."""
    every = tuple(rules)
    return next((rule for field in fields for rule in every if below(field.path, rule.path)), None)
