"""What objects do that neither train nor serve by themselves: routes, policies, quotas, code, Jobs, Argo CD's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mlgitops.plan.effect import Effect
from mlgitops.plan.effects.change import Change, sync_options, told
from mlgitops.plan.effects.rules import JOB_IMMUTABLE, first_below
from mlgitops.plan.fields import FieldChange
from mlgitops.render.objects import fields as object_of
from mlgitops.render.objects import items

Json = Any

CHANGED: Final = {
    "Application": "Argo CD syncs by it from now on",
    "ApplicationSet": "Argo CD makes its Applications anew from it",
    "AppProject": "Argo CD permits by it from now on",
    "ClusterQueue": "Kueue admits runs by it from now on",
    "ConfigMap": "what reads it sees it at its own time; no pod is restarted",
    "CronJob": "the next of its Jobs is made by it; one that runs goes on",
    "Deployment": "Kubernetes replaces its pods, some at a time, where their template differs",
    "LimitRange": "pods that start from now on are held to it",
    "LocalQueue": "runs that are asked for from now on queue by it",
    "Namespace": "pods that start from now on are held to its labels",
    "NetworkPolicy": "connections of the pods that it selects are let in and out by it from now on",
    "PodDisruptionBudget": "drains of nodes keep to it from now on",
    "PodMonitor": "Prometheus scrapes by it from now on",
    "PrometheusRule": "Prometheus alerts by it from now on",
    "ResourceFlavor": "Kueue places runs by it from now on",
    "ResourceQuota": "pods that start from now on count against it; those that run stay",
    "Service": "its labels alone differ: requests go where they went",
    "ServiceAccount": "pods that start from now on have its identity",
    "HTTPRoute": "requests go where they went",
}
"""Kind → what an edit in place comes to."""

LEFT: Final = {
    "ClusterQueue": "runs in it are admitted no more",
    "ConfigMap": "pods that mount it could not start again",
    "CronJob": "no Job of it starts any more",
    "HTTPRoute": "requests to the model find nobody",
    "LocalQueue": "runs that are asked for in it wait for ever",
    "Namespace": "everything in it goes with it",
    "NetworkPolicy": "the ports of the pods that it selected are open to all that no other policy shuts out",
    "PodDisruptionBudget": "a drain may take all replicas at once",
    "PodMonitor": "Prometheus scrapes its pods no more",
    "PrometheusRule": "its alerts are gone",
    "RayService": "its RayCluster stops, and nobody answers",
    "Service": "requests to the model find nobody",
    "ServiceAccount": "pods with its identity could not start again",
}
"""Kind → what it means that one is gone."""

MOVES: Final = {"HTTPRoute": "spec", "Service": "spec"}
"""Kinds whose edit below a field sends requests elsewhere."""

REPLACES_PODS: Final = ("Deployment", "StatefulSet", "DaemonSet")


def object_effects(change: Change) -> list[Effect]:
    """The effects of any other object."""
    if change.after is None:
        return [left(change)]
    if change.before is None:
        return [_made(change)]
    if change.replaced:
        return [_replaced(change)]
    return [_edited(change)]


def _made(change: Change) -> Effect:
    if change.kind == "HTTPRoute":
        return change.effect("routes", f"requests to {_paths(change)} reach the model")
    if change.kind == "Job":
        return change.effect("configured", f"the Job {change.name} starts, and waits for what it follows")
    return change.effect("configured", f"{change.kind} {change.name} is made")


def _paths(change: Change) -> str:
    """The paths that a route takes: `/churn`."""
    rules = ((change.after or {}).get("spec") or {}).get("rules") or []
    found = [
        str((match.get("path") or {}).get("value"))
        for rule in rules
        if isinstance(rule, dict)
        for match in rule.get("matches") or []
        if isinstance(match, dict)
    ]
    return " and ".join(found[:2]) or "the route"


def left(change: Change) -> Effect:
    """What it does that an object is no longer in Git."""
    options, around = sync_options(change.before), change.around
    consequence = LEFT.get(change.kind, "what it was for is gone")
    if change.part in around.leaving and around.protected:
        who = f"once a person deletes the Application {change.application}; until then it stays"
    elif change.part in around.leaving and change.part:
        who = f"with the Application {change.application}"
    elif "Prune=false" in options:
        return change.effect("nothing", f"{change.kind} {change.name} stays on the cluster: Argo CD prunes it never")
    elif "Prune=confirm" in options:
        who = "once a person confirms in Argo CD (Prune=confirm)"
    else:
        who = "when Argo CD syncs"
    return change.effect("removed", f"{change.kind} {change.name} goes {who}: {consequence}")


def _replaced(change: Change) -> Effect:
    """Another object under another name, in the same file: code, and Jobs, which Kubernetes lets nobody change."""
    kept = "Prune=false" in sync_options(change.before)
    old = f"{change.former} {'stays' if kept else 'is pruned'}"
    if change.kind == "HTTPRoute":
        return change.effect("routes", f"requests are routed by {change.name}; {old}", change.fields)
    if change.kind == "Job":
        reason = f"the Job {change.name} starts, and ends at once where its run has a result; {old}"
        return change.effect("configured", reason, change.fields)
    return change.effect(
        "configured", f"{change.kind} {change.name} is made, named by its contents; {old}", change.fields
    )


def _edited(change: Change) -> Effect:
    refused = _refused(change)
    if refused is not None:
        return refused
    moving = [field for field in change.fields if _moves(change.kind, field)]
    old, new = (_shares(_weights(side)) for side in (change.before, change.after))
    if moving and change.kind == "HTTPRoute" and old != new:
        reason = f"requests go to {new}; before, to {old}"
        return change.effect("routes", reason, moving)
    if moving:
        return change.effect("routes", f"requests go elsewhere: {told(moving)}", moving)
    if change.kind in REPLACES_PODS and any(f.path.startswith("spec.template") for f in change.fields):
        reason = f"Kubernetes replaces the pods of {change.kind} {change.name}, some at a time: {told(change.fields)}"
        return change.effect("in-place", reason, change.fields)
    known = CHANGED.get(change.kind, "what its controller makes of it, mlgitops does not know")
    return change.effect("configured", f"{told(change.fields)}: {known}", change.fields)


def _weights(route: Json) -> dict[str, int]:
    """Backend → weight, of the first rule of a route that has any."""
    for rule in items(object_of(object_of(route).get("spec")).get("rules")):
        backends = items(rule.get("backendRefs"))
        if backends:
            return {
                str(one.get("name")): weight if isinstance(weight := one.get("weight", 1), int) else 1
                for one in backends
            }
    return {}


def _shares(weights: dict[str, int]) -> str:
    """`churn-v1 95 %, churn-v2 5 %`."""
    total = sum(weights.values())
    return ", ".join(f"{name} {100 * weight / total:.3g} %" for name, weight in weights.items() if total) or "nobody"


def _moves(kind: str, field: FieldChange) -> bool:
    return kind in MOVES and field.path.startswith(f"{MOVES[kind]}.")


def _refused(change: Change) -> Effect | None:
    """An edit that the API server refuses: of an immutable ConfigMap, of a Job's template."""
    fields: Sequence[FieldChange] = ()
    instead = "give the object another name: a new one is made then"
    if change.kind == "Job":
        fields = [field for field in change.fields if first_below([field], JOB_IMMUTABLE)]
    elif change.kind in ("ConfigMap", "Secret") and (change.before or {}).get("immutable") is True:
        fields = [field for field in change.fields if field.path.split(".")[0] in ("data", "binaryData", "immutable")]
    if not fields:
        return None
    what = f"{told(fields)} of {change.kind} {change.name}"
    reason = f"the API server refuses to change {what}, and the sync of {change.application} fails"
    return change.effect("refused", reason, fields, instead)
