"""What Argo CD makes of RayJobs and Jobs: work that runs again, or does not run at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlgitops.render.preflight.subject import Map, annotations_of, job_spec_of, part
from mlgitops.render.preflight.violation import Violation, violation
from mlgitops.source import Pointer

HOOK = "argocd.argoproj.io/hook"
SYNC_OPTIONS = "argocd.argoproj.io/sync-options"

RUN_IDENTITY = re.compile(r".*-(?:[0-9a-f]{8,}|(?=[0-9a-z]*[0-9])[0-9a-z]{5,})")
"""A name that ends with a hash, in hexadecimal or with a digit in it."""


def ray_job_traps(obj: Map) -> Iterator[Violation]:
    """Traps in a RayJob or RayCronJob."""
    job = job_spec_of(obj)
    if job is None:
        return
    spec, pointer = job
    yield from _self_deletion(part(spec, "deletionStrategy"), (*pointer, "deletionStrategy"))
    if obj["kind"] == "RayJob":
        yield from _again_or_never(obj)
    else:
        yield violation(
            "gitops/cron-gate-off",
            ("kind",),
            "the controller is behind the gate RayCronJob, off by default: the object is Synced and nothing runs",
            "declare the schedule in the model's triggers",
        )
    if (spec.get("submissionMode") or "K8sJobMode") == "K8sJobMode" and spec.get("submitterPodTemplate") is None:
        yield violation(
            "gitops/default-submitter",
            (*pointer, "submitterPodTemplate"),
            "the operator's default submitter pod has no security context: a restricted namespace refuses it, "
            "and the job waits for ever",
            "write submitterPodTemplate, or use HTTPMode",
        )


def _self_deletion(strategy: Map, pointer: Pointer) -> Iterator[Violation]:
    places: list[tuple[Pointer, Map]] = [
        ((*pointer, "deletionRules", index), rule) for index, rule in enumerate(strategy.get("deletionRules") or ())
    ]
    places += [((*pointer, name), strategy.get(name) or {}) for name in ("onSuccess", "onFailure")]
    for place, rule in places:
        if rule.get("policy") == "DeleteSelf":
            yield violation(
                "gitops/self-deletion",
                (*place, "policy"),
                "DeleteSelf removes what Git still asks for: self-heal makes it again, and the training runs again",
                "use DeleteCluster, or shutdownAfterJobFinishes: true",
            )


def _again_or_never(obj: Map) -> Iterator[Violation]:
    annotations = annotations_of(obj)
    options = (annotations.get(SYNC_OPTIONS) or "").replace(" ", "").split(",")
    replaced = "Replace=true" in options or "Force=true" in options
    if replaced:
        yield violation(
            "gitops/replaced-at-sync",
            ("metadata", "annotations", SYNC_OPTIONS),
            "Replace or Force deletes and makes the RayJob again at every sync: each one runs the training again",
            "remove them, and give each run a name of its own",
        )
    metadata = part(obj, "metadata")
    name = metadata.get("name") or ""
    if not (annotations.get(HOOK) or replaced or metadata.get("generateName") or RUN_IDENTITY.fullmatch(name)):
        yield violation(
            "gitops/run-not-in-name",
            ("metadata", "name"),
            "an edit of a RayJob that ran does not run it again, while Argo CD says Synced: a new run needs a new name",
            "end the name with a hash of what decides the result",
        )


def job_traps(obj: Map) -> Iterator[Violation]:
    """Traps in a Kubernetes Job."""
    if not str(obj.get("apiVersion", "")).startswith("batch/"):
        return
    spec = obj.get("spec")
    if not isinstance(spec, dict) or spec.get("ttlSecondsAfterFinished") is None:
        return
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    if not annotations.get(HOOK):
        yield violation(
            "gitops/ttl-reruns-job",
            ("spec", "ttlSecondsAfterFinished"),
            "the Job is deleted when its time is over, Git still asks for it, and self-heal runs it again",
            "remove ttlSecondsAfterFinished",
        )
