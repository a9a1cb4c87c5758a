"""The operator's rules for a RayJob (ValidateRayJobSpec), but for its deletionStrategy."""

from __future__ import annotations

from collections.abc import Iterator

from mlgitops.render.preflight.autoscaling import restart_policy
from mlgitops.render.preflight.subject import Cluster, Map
from mlgitops.render.preflight.violation import Violation, fragment, violation
from mlgitops.render.preflight.yaml_text import read_map
from mlgitops.source import Pointer, dotted

SELECTOR_KEY = "ray.io/cluster"


def job_problems(spec: Map, pointer: Pointer, cluster: Cluster | None) -> Iterator[Violation]:
    """What is wrong with a RayJobSpec, wherever it stands."""
    selector = {key: value for key, value in (spec.get("clusterSelector") or {}).items() if value is not None}
    if spec.get("suspend") and not spec.get("shutdownAfterJobFinishes"):
        yield violation(
            "kuberay/suspend-needs-shutdown",
            (*pointer, "suspend"),
            "a RayJob can be suspended only with shutdownAfterJobFinishes: true",
            "set shutdownAfterJobFinishes: true",
        )
    if selector:
        yield from _selector(spec, pointer, selector)
    elif cluster is None:
        yield violation(
            "kuberay/cluster-missing",
            (*pointer, "rayClusterSpec"),
            f"{dotted(pointer)} must have rayClusterSpec or clusterSelector",
            "add rayClusterSpec",
        )
    yield from _submission(spec, pointer, cluster)
    yield from _numbers(spec, pointer)
    yield from _runtime_environment(spec.get("runtimeEnvYAML") or "", (*pointer, "runtimeEnvYAML"))


def _selector(spec: Map, pointer: Pointer, selector: Map) -> Iterator[Violation]:
    place = (*pointer, "clusterSelector")
    if spec.get("suspend"):
        yield violation(
            "kuberay/suspend-with-selector",
            (*pointer, "suspend"),
            "a RayJob with a clusterSelector cannot be suspended",
            "remove suspend",
        )
    if not selector.get(SELECTOR_KEY):
        yield violation(
            "kuberay/selector-name",
            place,
            f"{dotted(place)} must name the cluster under {SELECTOR_KEY}",
            f"add `{SELECTOR_KEY}: NAME`",
        )
    if spec.get("submissionMode") == "SidecarMode":
        yield violation(
            "kuberay/selector-with-sidecar",
            place,
            "submissionMode SidecarMode cannot be used with a clusterSelector",
            "use K8sJobMode or HTTPMode",
        )
    if (spec.get("backoffLimit") or 0) > 0:
        yield violation(
            "kuberay/selector-with-backoff",
            (*pointer, "backoffLimit"),
            "a RayJob with a clusterSelector cannot be tried again: backoffLimit must be 0",
            "remove backoffLimit",
        )


def _submission(spec: Map, pointer: Pointer, cluster: Cluster | None) -> Iterator[Violation]:
    mode = spec.get("submissionMode")
    if mode == "InteractiveMode" and (spec.get("backoffLimit") or 0) > 0:
        yield violation(
            "kuberay/interactive-with-backoff",
            (*pointer, "backoffLimit"),
            "a RayJob in InteractiveMode cannot be tried again: backoffLimit must be 0",
            "remove backoffLimit",
        )
    if mode != "SidecarMode":
        return
    for name, code in (
        ("submitterPodTemplate", "kuberay/sidecar-template"),
        ("submitterConfig", "kuberay/sidecar-config"),
    ):
        if spec.get(name) is not None:
            yield violation(code, (*pointer, name), f"{name} cannot be used in SidecarMode", f"remove {name}")
    if cluster is not None:
        yield from restart_policy(cluster.head, "kuberay/sidecar-restart-policy", "in SidecarMode")


def _numbers(spec: Map, pointer: Pointer) -> Iterator[Violation]:
    for name, least, code in (
        ("ttlSecondsAfterFinished", 0, "kuberay/ttl-negative"),
        ("activeDeadlineSeconds", 1, "kuberay/deadline-not-positive"),
        ("backoffLimit", 0, "kuberay/backoff-negative"),
    ):
        number = spec.get(name)
        if number is not None and number < least:
            place = (*pointer, name)
            yield violation(
                code, place, f"{dotted(place)} must be at least {least}, got {number}", f"write {least} or more"
            )


def _runtime_environment(text: str, pointer: Pointer) -> Iterator[Violation]:
    read = read_map(text)
    if read.refused:
        yield violation(
            "kuberay/runtime-env",
            pointer,
            f"{dotted(pointer)} must be a YAML map, got {fragment(text)}: {read.refused}",
            "correct the text",
        )
    elif read.ambiguous:
        yield violation(
            "gitops/ambiguous-yaml",
            pointer,
            f"{dotted(pointer)} can be read in two ways: {read.ambiguous}",
            "write each key once, and one document",
        )
