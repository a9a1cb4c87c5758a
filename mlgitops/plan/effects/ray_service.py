"""What an edited RayService does: a new cluster, an update by Serve, or nothing that anybody would see.

KubeRay compares a hash of the cluster's spec in which some fields are muted (`rules.RAY_CLUSTER`). Where it differs,
a second RayCluster starts beside the first; where only worker groups come at the end, they are added to the cluster
that runs. `serveConfigV2` goes to the cluster that is there, or to the new one where there will be one.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlgitops.plan.effect import Effect
from mlgitops.plan.effects.change import Change, told, under
from mlgitops.plan.effects.rules import RAY_CLUSTER, ServeUpdate, first_below, muted, serve_update
from mlgitops.plan.fields import FieldChange
from mlgitops.render.objects import fields as object_of
from mlgitops.render.objects import items

CLUSTER = "spec.rayClusterConfig."
SERVE = "spec.serveConfigV2."
NEVER = "None"
INCREMENTAL = "NewClusterWithIncrementalUpgrade"


def ray_service_effects(change: Change) -> list[Effect]:
    """The effects of a RayService that comes, changes or leaves another's place."""
    if change.before is None:
        reason = f"RayService {change.name} starts a RayCluster, and answers when its applications run"
        return [change.effect("new-cluster", reason)]
    if change.replaced:
        reason = (
            f"RayService {change.name} starts a RayCluster beside that of {change.former}, "
            f"which Argo CD removes when {change.name} is healthy"
        )
        return [change.effect("new-cluster", reason, change.fields)]
    return _edited(change)


def _edited(change: Change) -> list[Effect]:
    version = change.around.kuberay
    cluster = under(change.fields, CLUSTER)
    decided = [field for field in cluster if muted(field, version) is None]
    passed_over = [field for field in cluster if muted(field, version) is not None]
    effects, suspended = _suspended(change, version)
    decided = [field for field in decided if field.path not in suspended]
    news = _cluster_effects(change, decided, passed_over)
    effects += news
    if not any(one.effect == "new-cluster" for one in news):
        effects += _serve_effects(change, under(change.fields, SERVE))
    rest = [f for f in change.fields if not f.path.startswith((CLUSTER, SERVE)) and f.path not in suspended]
    if rest and not news:
        reason = f"the RayService changes in place ({told(rest)}); the RayCluster that runs keeps what it was made with"
        effects.append(change.effect("configured", reason, rest))
    return effects


def _cluster_effects(
    change: Change, decided: Sequence[FieldChange], passed_over: Sequence[FieldChange]
) -> list[Effect]:
    if not decided:
        return [_ignored(change, passed_over)] if passed_over else []
    whole = [field._replace(path=f"{CLUSTER}{field.path}") for field in (*decided, *passed_over)]
    added = _appended(change, decided)
    if added:
        reason = f"worker group {', '.join(added)} is added to the RayCluster that runs"
        return [change.effect("scaled", reason, whole)]
    strategy = upgrade_type(change.after)
    if not upgrades(strategy, change.around.kuberay):
        kuberay = f"KubeRay {change.around.kuberay}"
        reason = f"upgradeStrategy.type is {strategy}: {kuberay} starts no new RayCluster for {told(decided)}"
        return [
            change.effect("ignored", reason, whole, "set upgradeStrategy.type to NewCluster, or release a new version")
        ]
    how = "takes the requests over in steps" if strategy == INCREMENTAL else "takes over when it is ready"
    reason = (
        f"a second RayCluster starts beside the one that serves and {how}, since {told(decided)} {_differ(decided)}"
    )
    return [change.effect("new-cluster", reason, whole)]


def _differ(fields: Sequence[FieldChange]) -> str:
    return "differs" if len(fields) == 1 else "differ"


def _ignored(change: Change, fields: Sequence[FieldChange]) -> Effect:
    rule = first_below(fields, RAY_CLUSTER)
    reason = (
        f"KubeRay {change.around.kuberay} accepts {told(fields)} and leaves the RayCluster that runs as it is, "
        "until something else starts a new one"
    )
    whole = [field._replace(path=f"{CLUSTER}{field.path}") for field in fields]
    return change.effect("ignored", reason, whole, rule.instead if rule else "")


def upgrade_type(service: object) -> str:
    """`spec.upgradeStrategy.type`; KubeRay's default where nothing is said."""
    strategy = object_of(object_of(object_of(service).get("spec")).get("upgradeStrategy")).get("type")
    return str(strategy) if strategy else "NewCluster"


def upgrades(strategy: str, version: str) -> bool:
    """Whether a changed cluster makes KubeRay start a new one.

    isZeroDowntimeUpgradeEnabled of controllers/ray/rayservice_controller.go; the gate RayServiceIncrementalUpgrade is
    off by default in 1.6.2 and on in 1.7.0 (pkg/features/features.go).
    """
    return strategy == "NewCluster" or (strategy == INCREMENTAL and version != "1.6.2")


def _appended(change: Change, decided: Sequence[FieldChange]) -> list[str]:
    """The worker groups that come after those that are there, where nothing else differs; none otherwise."""
    old, new = (_groups(side) for side in (change.before, change.after))
    added = new[len(old) :]
    expected = {f"workerGroupSpecs[{name}]" for name in added}
    return added if new[: len(old)] == old and {field.path for field in decided} == expected else []


def _groups(service: object) -> list[str]:
    cluster = object_of(object_of(object_of(service).get("spec")).get("rayClusterConfig"))
    return [str(group.get("groupName")) for group in items(cluster.get("workerGroupSpecs"))]


def _suspended(change: Change, version: str) -> tuple[list[Effect], frozenset[str]]:
    """What it does that the service, or in 1.6.2 its cluster, is suspended or goes on; with the fields that say so."""
    path = "rayClusterConfig.suspend" if version == "1.6.2" else "suspend"
    fields = [field for field in change.fields if field.path == f"spec.{path}"]
    if not fields:
        return [], frozenset()
    handled = frozenset(("suspend", fields[0].path))
    if fields[0].after is True:
        reason = "the RayService is suspended: its pods are deleted, and nobody answers"
        return [change.effect("removed", reason, fields)], handled
    return [change.effect("new-cluster", "the RayService goes on: its RayCluster starts again", fields)], handled


_SAID: dict[ServeUpdate, str] = {
    "restart": "Ray Serve replaces every replica on the cluster that is there, new ones first ({fields})",
    "reconfigure": "Ray Serve passes it to replicas, which run on ({fields})",
    "scale": "Ray Serve adds or takes away replicas, and the autoscaler workers ({fields})",
    "route": "Ray Serve answers under another path ({fields})",
    "ignored": "Ray Serve keeps the HTTP and gRPC options that it started with ({fields})",
}
_CLASS: dict[ServeUpdate, str] = {
    "restart": "in-place",
    "reconfigure": "in-place",
    "scale": "scaled",
    "route": "routes",
    "ignored": "ignored",
}
_INSTEAD = "release a new version, or change the pod template as well: a new cluster starts Serve anew"


def _serve_effects(change: Change, fields: Sequence[FieldChange]) -> list[Effect]:
    """What Serve does on the cluster that is there; a replaced replica has everything else of the new configuration."""
    found: dict[ServeUpdate, list[FieldChange]] = {}
    for field in fields:
        found.setdefault(serve_update(field), []).append(field)
    if "restart" in found:
        found["restart"] += found.pop("reconfigure", [])
    effects = []
    for update, ones in found.items():
        whole = [field._replace(path=f"{SERVE}{field.path}") for field in ones]
        reason = _SAID[update].format(fields=told(ones))
        instead = _INSTEAD if update == "ignored" else ""
        effects.append(change.effect(_CLASS[update], reason, whole, instead))  # type: ignore[arg-type]
    return effects
