"""What of a pod decides what a run computes there: of each field, whether it counts.

A field that stands in none of the lists counts as it is: a new one of Kubernetes' is believed to decide something
until somebody says here that it does not. Of the containers count the first, where Ray runs, and those that end
before it begins; one that stays beside it (`restartPolicy: Always`, or a further container) collects logs or serves a
cache, and decides nothing.

A patch can put anything anywhere, and the preflight, which refuses it at its line, comes later: so what is of another
type than it should be counts here as absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlgitops.contract import places
from mlgitops.render import pods
from mlgitops.render.objects import Object, fields, items

POD_COUNTED = frozenset(("containers", "initContainers", "resourceClaims", "resources", "volumes"))
"""Fields of a pod spec that are read for what of them decides."""

POD_NOT_COUNTED = frozenset(
    (
        # where and when it runs
        *("affinity", "nodeName", "nodeSelector", "overhead", "os", "preemptionPolicy", "priority"),
        *("priorityClassName", "runtimeClassName", "schedulerName", "schedulingGates", "schedulingGroup"),
        *("tolerations", "topologySpreadConstraints", "workloadRef"),
        # how long, and what becomes of it
        *("activeDeadlineSeconds", "readinessGates", "restartPolicy", "terminationGracePeriodSeconds"),
        # what it may do, and as whom
        *("automountServiceAccountToken", "hostIPC", "hostNetwork", "hostPID", "hostUsers", "imagePullSecrets"),
        *("securityContext", "serviceAccount", "serviceAccountName", "shareProcessNamespace"),
        # what it is called
        *("dnsConfig", "dnsPolicy", "enableServiceLinks", "hostAliases", "hostname", "hostnameOverride"),
        *("setHostnameAsFQDN", "subdomain"),
        # for people who look inside
        "ephemeralContainers",
    )
)

CONTAINER_COUNTED = frozenset(
    (
        *("args", "command", "env", "envFrom", "image", "lifecycle", "resources", "volumeDevices", "volumeMounts"),
        "workingDir",
    )
)
"""Of `lifecycle` what runs at the start, of `resources` all but cores, memory and scratch space."""

CONTAINER_NOT_COUNTED = frozenset(
    (
        *("imagePullPolicy", "livenessProbe", "name", "ports", "readinessProbe", "resizePolicy", "restartPolicy"),
        *("restartPolicyRules", "securityContext", "startupProbe", "stdin", "stdinOnce", "terminationMessagePath"),
        *("terminationMessagePolicy", "tty"),
    )
)

EMPTY_VOLUMES = frozenset(("emptyDir", "downwardAPI"))
"""Volumes that hold nothing, or what the pod is called."""

_ORDINARY = ("cpu", "memory", "ephemeral-storage")
_PER_TARGET = frozenset((places.CONFIG_VARIABLE, places.RUN_VARIABLE))
"""Variables of ours whose value is another one in each target; nothing in them decides the result."""


def main_container(pod: Object) -> Object:
    """The container that Ray runs in."""
    return next(iter(items(pod.get("containers"))), {})


def image(container: Object) -> str:
    """A container's image: the digest alone where there is one, so that a mirror changes nothing."""
    name, _, digest = str(container.get("image", "")).partition("@")
    return digest or name


def extended(resources: Any) -> Object:
    """Amounts of what is no core, memory or scratch space: GPUs."""
    declared = fields(resources)
    amounts = {**fields(declared.get("requests")), **fields(declared.get("limits"))}
    return {name: amount for name, amount in amounts.items() if name not in _ORDINARY}


def environment(container: Object) -> list[Object]:
    """The environment variables that mlgitops does not set, or not so."""
    own = {variable["name"]: variable for variable in pods.own_variables(places.CODE)}
    variables = [
        variable
        for variable in items(container.get("env"))
        if str(variable.get("name")) not in _PER_TARGET and variable != own.get(str(variable.get("name")))
    ]
    return sorted(variables, key=lambda variable: str(variable.get("name")))


def config_maps(pod: Object) -> Iterator[str]:
    """The ConfigMaps whose contents a pod gets: as volumes, or as environment variables."""
    for reference in _config_map_references(pod):
        name = fields(reference).get("name")
        if isinstance(name, str):
            yield name


def _config_map_references(pod: Object) -> Iterator[Any]:
    for volume in items(pod.get("volumes")):
        sources = [volume, *items(fields(volume.get("projected")).get("sources"))]
        yield from (source.get("configMap") for source in sources)
    for container in _counted(pod):
        yield from (source.get("configMapRef") for source in items(container.get("envFrom")))
        yield from (fields(one.get("valueFrom")).get("configMapKeyRef") for one in items(container.get("env")))


def further_fields(pod: Object, *, accelerators: bool) -> Object:
    """What else decides, beyond what every run's pod has: empty for a pod as mlgitops renders it.

    `accelerators` asks for those of the main container too.
    """
    found = {
        **{name: value for name, value in pod.items() if name not in POD_COUNTED | POD_NOT_COUNTED},
        "resourceClaims": pod.get("resourceClaims"),
        "resources": extended(pod.get("resources")),
        "before": [_whole(container) for container in _before(pod)],
        "main": _further(main_container(pod), accelerators=accelerators),
        "volumes": list(_volumes(pod)),
    }
    return _present(found)


def _present(fields: Mapping[str, Any]) -> Object:
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _before(pod: Object) -> list[Object]:
    """The containers that end before the main one begins."""
    return [one for one in items(pod.get("initContainers")) if one.get("restartPolicy") != "Always"]


def _counted(pod: Object) -> list[Object]:
    return [main_container(pod), *_before(pod)]


def _whole(container: Object) -> Object:
    """All that decides of a container that is not ours."""
    known = {name: container.get(name) for name in ("args", "command")}
    own = {"image": image(container), "env": environment(container), **known}
    return _present({**own, **_further(container, accelerators=True)})


def _further(container: Object, *, accelerators: bool) -> Object:
    """What decides of a container besides its image, command, arguments and variables."""
    resources = fields(container.get("resources"))
    found = {
        **{name: value for name, value in container.items() if name not in CONTAINER_COUNTED | CONTAINER_NOT_COUNTED},
        **{name: container.get(name) for name in ("envFrom", "volumeDevices", "workingDir")},
        "postStart": fields(container.get("lifecycle")).get("postStart"),
        "claims": resources.get("claims"),
        "resources": extended(resources) if accelerators else None,
    }
    return _present(found)


def _volumes(pod: Object) -> Iterator[Object]:
    """What is mounted, and where; but for the code, whose contents count, and for what is empty."""
    sources = {str(volume.get("name")): volume for volume in items(pod.get("volumes"))}
    for number, container in enumerate(_counted(pod)):
        for mount in sorted(items(container.get("volumeMounts")), key=lambda mount: str(mount.get("mountPath"))):
            source = {key: value for key, value in sources.get(str(mount.get("name")), {}).items() if key != "name"}
            if source.keys() <= EMPTY_VOLUMES or _is_code(source, mount):
                continue
            where: Object = {key: mount[key] for key in ("mountPath", "subPath", "subPathExpr") if key in mount}
            kinds = {kind: _without_mode(value) for kind, value in source.items()}
            yield {"container": number, **where, "source": kinds}


def _is_code(source: Object, mount: Object) -> bool:
    """Whether it is the ConfigMap of `inputs`, all of it, where code stands."""
    plain = source.keys() == {"configMap"} and not fields(source["configMap"]).get("items")
    return plain and mount.get("mountPath") == places.CODE and not (mount.get("subPath") or mount.get("subPathExpr"))


def _without_mode(source: Any) -> Any:
    return {key: value for key, value in source.items() if key != "defaultMode"} if isinstance(source, dict) else source
