"""The operator's rules about Ray's autoscaler (part of ValidateRayClusterSpec)."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.render.preflight.names import generic_version, older_than
from mlgitops.render.preflight.subject import AUTOSCALER_V2_VARIABLE, Cluster, Group, part
from mlgitops.render.preflight.violation import Violation, fragment, violation
from mlgitops.source import dotted

START_COMMAND = "KUBERAY_GEN_AUTOSCALER_START_CMD"
PRIORITY_SINCE = (2, 56, 0)


def autoscaling_problems(cluster: Cluster) -> Iterator[Violation]:
    """What is wrong with the autoscaler's settings."""
    options = part(cluster.spec, "autoscalerOptions")
    pointer = (*cluster.pointer, "autoscalerOptions")
    idle = options.get("idleTimeoutSeconds")
    if idle is not None and idle < 0:
        place = (*pointer, "idleTimeoutSeconds")
        yield violation(
            "kuberay/idle-timeout-negative", place, f"{dotted(place)} must be at least 0, got {idle}", "write 0 or more"
        )
    if any(variable.get("name") == START_COMMAND for variable in options.get("env") or ()):
        yield violation(
            "kuberay/autoscaler-start-command",
            (*pointer, "env"),
            f"{START_COMMAND} is set by KubeRay",
            "remove it, or rename yours",
        )
    for group in cluster.workers:
        yield from _idle_timeout(cluster, group)
        yield from _priority(cluster, group)
    yield from (_enabled if cluster.autoscaled else _disabled)(cluster)


def _idle_timeout(cluster: Cluster, group: Group) -> Iterator[Violation]:
    idle = group.spec.get("idleTimeoutSeconds")
    pointer = (*group.pointer, "idleTimeoutSeconds")
    if idle is None:
        return
    if idle < 0:
        yield violation(
            "kuberay/idle-timeout-negative",
            pointer,
            f"{dotted(pointer)} must be at least 0, got {idle}",
            "write 0 or more",
        )
    if not (cluster.autoscaler_v2 or cluster.autoscaler_v2_variable):
        yield violation(
            "kuberay/idle-timeout-needs-v2",
            pointer,
            f"{dotted(pointer)} needs the autoscaler's version v2 to be asked for",
            "set autoscalerOptions.version to v2",
        )


def _priority(cluster: Cluster, group: Group) -> Iterator[Violation]:
    pointer = (*group.pointer, "priority")
    if not group.spec.get("priority"):
        return
    version = generic_version(cluster.spec.get("rayVersion") or "")
    if version is None or older_than(version, PRIORITY_SINCE):
        got = fragment(cluster.spec.get("rayVersion") or "")
        yield violation(
            "kuberay/priority-ray-version",
            pointer,
            f"{dotted(pointer)} needs a rayVersion from 2.56.0 on, got {got}",
            "set rayVersion",
        )
    if not (cluster.autoscaler_v2 or cluster.autoscaler_v2_variable):
        yield violation(
            "kuberay/priority-needs-v2",
            pointer,
            f"{dotted(pointer)} needs the autoscaler's version v2 to be asked for",
            "set autoscalerOptions.version to v2",
        )


def _disabled(cluster: Cluster) -> Iterator[Violation]:
    if cluster.autoscaler_v2_variable:
        yield violation(
            "kuberay/v2-without-autoscaling",
            cluster.head.variable_pointer(AUTOSCALER_V2_VARIABLE),
            f"{AUTOSCALER_V2_VARIABLE} is set, and enableInTreeAutoscaling is not",
            "set enableInTreeAutoscaling: true, or remove the variable",
        )


def _enabled(cluster: Cluster) -> Iterator[Violation]:
    for group in cluster.workers:
        if group.spec.get("suspend"):
            yield violation(
                "kuberay/suspend-with-autoscaling",
                (*group.pointer, "suspend"),
                f"{dotted(group.pointer)} cannot be suspended while the cluster is autoscaled",
                "remove suspend",
            )
    if part(cluster.spec, "autoscalerOptions").get("version") is not None and cluster.head.variable(
        AUTOSCALER_V2_VARIABLE
    ):
        yield violation(
            "kuberay/autoscaler-version-twice",
            cluster.head.variable_pointer(AUTOSCALER_V2_VARIABLE),
            f"the autoscaler's version is set both by autoscalerOptions.version and by {AUTOSCALER_V2_VARIABLE}",
            "remove the variable",
        )
    if cluster.autoscaler_v2:
        for group in (cluster.head, *cluster.workers):
            yield from restart_policy(group, "kuberay/v2-restart-policy", "with the autoscaler's version v2")


def restart_policy(group: Group, code: str, reason: str) -> Iterator[Violation]:
    """Whether a group's pods restart where something else replaces them."""
    if group.restart_policy not in ("", "Never"):
        pointer = (*group.pointer, "template", "spec", "restartPolicy")
        message = f"{dotted(pointer)} must be Never {reason}, got {fragment(group.restart_policy)}"
        yield violation(code, pointer, message, "remove it")
