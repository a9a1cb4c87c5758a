"""Usage measured: of a target's final objects, which patches may have changed, or of a resolved model.

Replicas of Ray Serve and pods of its workers are two things: a pod holds as many replicas as fit into it, at most
`max_replicas_per_node`; a worker group never shrinks below its minimum or grows above its maximum. The Jobs around a
run, and the autoscaler beside a head, are not counted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from mlgitops.plan.effects.ray_job import run_of
from mlgitops.plan.usage import NOTHING, Amount, Service, TrainingRun, Usage, plus, times
from mlgitops.render.objects import fields as object_of
from mlgitops.render.objects import items
from mlgitops.spec.documents.environment import EnvironmentSpec
from mlgitops.spec.documents.types import seconds
from mlgitops.spec.footprint import DEFAULT_CPU, DEFAULT_DEADLINE, DEFAULT_MEMORY, HEAD_CPU, HEAD_MEMORY
from mlgitops.spec.resolve import ResolvedModel

Json = Any
UNBOUNDED = 2_147_483_647
"""The maximum of a worker group that nobody gave one."""

_SUFFIXES = {"": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
_SUFFIXES |= {f"{letter}i": 1024.0**power for power, letter in enumerate("KMGTPE", start=1)}
_QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i)?")


def quantity(value: Json) -> float:
    """A Kubernetes quantity (`500m`, `4Gi`, 2) as a number; 0 for what is none."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    found = _QUANTITY.fullmatch(str(value).strip())
    try:
        return float(found[1]) * _SUFFIXES[found[2] or ""] if found else 0.0
    except ValueError:
        return 0.0


def usage_of_objects(objects: Iterable[Mapping[str, Json]], environment: EnvironmentSpec) -> Usage:
    """What a target's final objects take: its RayServices and RayJobs."""
    services, runs = [], []
    for data in objects:
        if data.get("kind") == "RayService":
            services.append(_service(data, environment))
        elif data.get("kind") == "RayJob":
            runs.append(_run(data, environment))
    return Usage(tuple(services), tuple(runs))


def _run(data: Mapping[str, Json], environment: EnvironmentSpec) -> TrainingRun:
    spec = object_of(data.get("spec"))
    cluster = object_of(spec.get("rayClusterSpec"))
    amounts = [_pod(object_of(cluster.get("headGroupSpec")), environment)]
    amounts += [times(_pod(g, environment), _most(g) * _hosts(g)) for g in items(cluster.get("workerGroupSpecs"))]
    deadline = spec.get("activeDeadlineSeconds")
    limit = float(deadline) if isinstance(deadline, (int, float)) else seconds(DEFAULT_DEADLINE)
    name = str(object_of(data.get("metadata")).get("name", ""))
    return TrainingRun(name, run_of(data), plus(amounts), limit / 3600)


def _service(data: Mapping[str, Json], environment: EnvironmentSpec) -> Service:
    spec = object_of(data.get("spec"))
    cluster = object_of(spec.get("rayClusterConfig"))
    head = _pod(object_of(cluster.get("headGroupSpec")), environment)
    groups = items(cluster.get("workerGroupSpecs"))
    replicas = _replicas(spec.get("serveConfigV2")) if cluster.get("enableInTreeAutoscaling") is True else []
    name = str(object_of(data.get("metadata")).get("name", ""))
    sizes = [[_workers(group, replicas, which) for group in groups] for which in ("lowest", "ceiling", "surge")]
    pods = [_pod(group, environment) for group in groups]
    amounts = [plus([head, *(times(pod, n) for pod, n in zip(pods, size, strict=True))]) for size in sizes]
    return Service(name, *amounts)


class _Replicas(NamedTuple):
    """Of one deployment."""

    low: int
    high: int
    gpus: float
    """Of each, as the cores are."""
    cpus: float
    per_node: int
    """How many a node may hold at most."""


def _replicas(config: Json) -> list[_Replicas]:
    from ryaml import InvalidYamlError, loads

    try:
        found = object_of(loads(config)) if isinstance(config, str) else {}
    except (InvalidYamlError, ValueError):
        return []
    return [_deployment(d) for one in items(found.get("applications")) for d in items(one.get("deployments"))]


def _deployment(data: Mapping[str, Json]) -> _Replicas:
    bounds, options = object_of(data.get("autoscaling_config")), object_of(data.get("ray_actor_options"))
    fixed = data.get("num_replicas")
    low = _whole(bounds.get("min_replicas"), _whole(fixed, 1))
    high = _whole(bounds.get("max_replicas"), _whole(fixed, low))
    gpus, cpus = quantity(options.get("num_gpus", 0)), quantity(options.get("num_cpus", 1))
    return _Replicas(low, high, gpus, cpus, _whole(data.get("max_replicas_per_node"), 100))


def _workers(group: Mapping[str, Json], replicas: Iterable[_Replicas], which: str) -> int:
    """How many workers a group has; the first and only one of ours holds all replicas."""
    least, most = _whole(group.get("minReplicas"), 0), _most(group)
    needed = 0
    for one in replicas:
        number = {"lowest": one.low, "ceiling": one.high, "surge": 2 * one.high}[which]
        needed += math.ceil(number / max(1, min(one.per_node, _fit(group, one.gpus, one.cpus))))
    if not needed:
        needed = _whole(group.get("replicas"), least)
    return min(max(needed, least), most) * _hosts(group)


def _fit(group: Mapping[str, Json], gpus: float, cpus: float) -> int:
    """How many replicas a worker's pod has room for."""
    resources = _requests(group)
    chips = max((quantity(v) for name, v in resources.items() if name.endswith("/gpu")), default=0.0)
    room = [chips // gpus] if gpus > 0 else []
    if cpus > 0:
        room.append(quantity(resources.get("cpu", DEFAULT_CPU)) // cpus)
    return int(min(room, default=1))


def _most(group: Mapping[str, Json]) -> int:
    most = _whole(group.get("maxReplicas"), UNBOUNDED)
    return most if most < UNBOUNDED else _whole(group.get("replicas"), 0)


def _hosts(group: Mapping[str, Json]) -> int:
    return _whole(group.get("numOfHosts"), 1)


def _whole(value: Json, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _pod_spec(group: Mapping[str, Json]) -> dict[str, Json]:
    return object_of(object_of(group.get("template")).get("spec"))


def _requests(group: Mapping[str, Json]) -> dict[str, Json]:
    """What the containers of a group's pod ask for; a limit alone is a request as well. The first one is Ray's."""
    container = next(iter(items(_pod_spec(group).get("containers"))), {})
    resources = object_of(container.get("resources"))
    return {**object_of(resources.get("limits")), **object_of(resources.get("requests"))}


def _pod(group: Mapping[str, Json], environment: EnvironmentSpec) -> Amount:
    """What one pod of a group takes."""
    if not group:
        return NOTHING
    asked, accelerators = _requests(group), dict[str, int]()
    known = {one.resource for one in environment.accelerators.values()}
    for name, value in asked.items():
        if (name in known or name.endswith("/gpu")) and (number := int(quantity(value))):
            kind = _accelerator(name, object_of(_pod_spec(group).get("nodeSelector")), environment)
            accelerators[kind] = accelerators.get(kind, 0) + number
    return Amount(accelerators, quantity(asked.get("cpu", 0)), quantity(asked.get("memory", 0)) / 1024**3)


def _accelerator(resource: str, selector: Mapping[str, Json], environment: EnvironmentSpec) -> str:
    """The environment's name for what a pod asks for: by the most of a node selector; else the resource itself."""
    found = [
        (len(one.nodeSelector), name)
        for name, one in environment.accelerators.items()
        if one.resource == resource and one.nodeSelector.items() <= selector.items()
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else resource


def usage_of_model(model: ResolvedModel) -> Usage:
    """What serves of a resolved model: for models that are the same on both sides, and so are not rendered."""
    section, environment = model.spec.serving, model.environment
    if not model.serves or section is None:
        return Usage()
    chips, needs = section.accelerators, section.resources
    kinds = {chips.type: chips.perReplica} if chips else {}
    cpu = needs.cpu if needs.cpu is not None else DEFAULT_CPU
    worker = Amount(kinds, cpu, quantity(needs.memory or DEFAULT_MEMORY) / 1024**3)
    head_cpu = environment.head.cpu if environment.head.cpu is not None else HEAD_CPU
    head = Amount({}, head_cpu, quantity(environment.head.memory or HEAD_MEMORY) / 1024**3)
    low, high = section.replicas.min, section.replicas.max or section.replicas.min
    room = environment.autoscaling.maxWorkers if environment.autoscaling.enabled else high
    numbers = (low if environment.autoscaling.enabled else high, min(high, room), min(2 * high, room))
    return Usage((Service(model.name, *(plus([head, times(worker, number)]) for number in numbers)),))
