"""The operator's rules for what becomes of a RayJob that has ended (validateDeletionConfiguration).

That the strategy is complete and its styles are not mixed are CEL rules of the CRD: see `cel`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mlgitops.render.preflight.subject import Cluster, Map, part
from mlgitops.render.preflight.violation import Violation, violation
from mlgitops.source import Pointer, dotted

ORDER = ("DeleteWorkers", "DeleteCluster", "DeleteSelf")
"""What is deleted first may not outlive what is deleted after it."""

OF_CLUSTER = ("DeleteCluster", "DeleteWorkers")
"""Not for a cluster that the job only borrows."""


def deletion_problems(spec: Map, pointer: Pointer, cluster: Cluster | None) -> Iterator[Violation]:
    """What is wrong with shutdown, time to live and deletionStrategy of a RayJobSpec."""
    shutdown = bool(spec.get("shutdownAfterJobFinishes"))
    if not shutdown and (spec.get("ttlSecondsAfterFinished") or 0) > 0:
        yield violation(
            "kuberay/ttl-needs-shutdown",
            (*pointer, "ttlSecondsAfterFinished"),
            "ttlSecondsAfterFinished needs shutdownAfterJobFinishes: true",
            "set shutdownAfterJobFinishes: true",
        )
    strategy = part(spec, "deletionStrategy")
    place = (*pointer, "deletionStrategy")
    if strategy.get("deletionRules"):
        if shutdown:
            yield violation(
                "kuberay/rules-with-shutdown",
                (*place, "deletionRules"),
                "deletionRules cannot be used beside shutdownAfterJobFinishes: true",
                "keep one of them",
            )
        yield from _rules(strategy["deletionRules"], (*place, "deletionRules"), _forbidden(spec, cluster))
    elif strategy.get("onSuccess") is not None and strategy.get("onFailure") is not None:
        yield from _policies(strategy, place, _forbidden(spec, cluster), shutdown)


def _forbidden(spec: Map, cluster: Cluster | None) -> dict[str, tuple[str, str]]:
    """Policies that this job cannot have: the code and the reason."""
    forbidden: dict[str, tuple[str, str]] = {}
    if cluster is not None and cluster.autoscaled:
        forbidden["DeleteWorkers"] = ("kuberay/delete-workers-autoscaled", "an autoscaled cluster")
    if any(value is not None for value in (spec.get("clusterSelector") or {}).values()):
        forbidden |= dict.fromkeys(OF_CLUSTER, ("kuberay/delete-with-selector", "a clusterSelector"))
    return forbidden


def _rules(rules: list[Map], pointer: Pointer, forbidden: dict[str, tuple[str, str]]) -> Iterator[Violation]:
    lifetimes: dict[tuple[str, str], dict[str, int]] = {}
    for index, rule in enumerate(rules):
        policy, condition = rule.get("policy") or "", rule.get("condition") or {}
        place = (*pointer, index, "policy")
        if policy in forbidden:
            yield _forbidden_policy(place, policy, forbidden)
            continue
        name = "jobStatus" if condition.get("jobStatus") is not None else "jobDeploymentStatus"
        of_status = lifetimes.setdefault((name, str(condition.get(name))), {})
        if policy in of_status:
            message = f"{dotted((*pointer, index))} repeats {policy} for {name} {condition.get(name)}"
            yield violation("kuberay/rule-repeated", place, message, "remove one of them")
            continue
        of_status[policy] = condition.get("ttlSeconds") or 0
    for (name, status), seconds in lifetimes.items():
        yield from _in_order(pointer, f"{name} {status}", seconds)


def _in_order(pointer: Pointer, status: str, seconds: dict[str, int]) -> Iterator[Violation]:
    present = [policy for policy in ORDER if policy in seconds]
    for earlier, later in pairwise(present):
        if seconds[later] < seconds[earlier]:
            yield violation(
                "kuberay/rule-order",
                pointer,
                f"for {status}, ttlSeconds of {later} must be at least {seconds[earlier]}, that of {earlier}, "
                f"got {seconds[later]}",
                f"raise ttlSeconds of {later}",
            )


def _policies(
    strategy: Map, pointer: Pointer, forbidden: dict[str, tuple[str, str]], shutdown: bool
) -> Iterator[Violation]:
    for name in ("onSuccess", "onFailure"):
        place = (*pointer, name, "policy")
        policy = strategy[name].get("policy")
        if policy is None:
            yield violation(
                "kuberay/policy-missing", place, f"{dotted(place)} is required", "add a policy, or use deletionRules"
            )
        elif policy in forbidden:
            yield _forbidden_policy(place, policy, forbidden)
        elif shutdown and policy == "DeleteNone":
            yield violation(
                "kuberay/keep-with-shutdown",
                place,
                f"{dotted(place)} DeleteNone contradicts shutdownAfterJobFinishes: true",
                "remove one of them",
            )


def _forbidden_policy(pointer: Pointer, policy: str, forbidden: dict[str, tuple[str, str]]) -> Violation:
    code, reason = forbidden[policy]
    return violation(
        code, pointer, f"{dotted(pointer)} must not be {policy} with {reason}", "use DeleteSelf or DeleteNone"
    )
