"""The parts of a Ray object that rules look at, with null read as absent, as the API server reads it."""

from __future__ import annotations

from typing import Any, NamedTuple

from mlgitops.source import Pointer

Map = dict[str, Any]

AUTOSCALER_V2_VARIABLE = "RAY_enable_autoscaler_v2"


class Group(NamedTuple):
    """The head, or a group of workers."""

    name: str
    spec: Map
    pointer: Pointer
    containers: list[Map]
    """The containers of its pods; the first is Ray's."""
    start_params: Map
    """What `ray start` is given."""
    restart_policy: str
    """Of its pods; empty when it is left to the operator."""

    def variable(self, name: str) -> Map | None:
        """The first variable of this name in Ray's container."""
        for variable in self._variables():
            if variable.get("name") == name:
                return variable
        return None

    def variable_pointer(self, name: str) -> Pointer:
        """Where that variable stands, or where it would."""
        place: Pointer = (*self.pointer, "template", "spec", "containers", 0, "env")
        index = next((i for i, variable in enumerate(self._variables()) if variable.get("name") == name), None)
        return place if index is None else (*place, index)

    def _variables(self) -> list[Map]:
        return (self.containers[0].get("env") or []) if self.containers else []


class Cluster(NamedTuple):
    """A RayClusterSpec, wherever it stands, and the annotations that the operator reads with it."""

    spec: Map
    pointer: Pointer
    annotations: Map
    head: Group
    workers: tuple[Group, ...]
    autoscaled: bool
    """Whether Ray's autoscaler runs."""

    @property
    def autoscaler_v2(self) -> bool:
        """Whether its second version was asked for in the spec; the default of the Ray version does not count."""
        return part(self.spec, "autoscalerOptions").get("version") == "v2"

    @property
    def autoscaler_v2_variable(self) -> bool:
        """Whether it was asked for the older way, by a variable of the head."""
        return (self.head.variable(AUTOSCALER_V2_VARIABLE) or {}).get("value") in ("1", "true")


def _group(name: str, spec: Map, pointer: Pointer) -> Group:
    pod = part(spec, "template", "spec")
    containers, params = pod.get("containers") or [], spec.get("rayStartParams") or {}
    return Group(name, spec, pointer, containers, params, pod.get("restartPolicy") or "")


def _cluster(spec: Map, pointer: Pointer, annotations: Map) -> Cluster:
    head = _group("head", spec.get("headGroupSpec") or {}, (*pointer, "headGroupSpec"))
    workers = tuple(
        _group(str(group.get("groupName", "")), group, (*pointer, "workerGroupSpecs", index))
        for index, group in enumerate(spec.get("workerGroupSpecs") or ())
    )
    return Cluster(spec, pointer, annotations, head, workers, bool(spec.get("enableInTreeAutoscaling")))


def part(value: Map, *names: str) -> Map:
    """The map at a path of keys; empty where any of them is absent or null."""
    for name in names:
        value = value.get(name) or {}
    return value


def annotations_of(obj: Map) -> Map:
    """An object's annotations."""
    return part(obj, "metadata").get("annotations") or {}


def labels_of(obj: Map) -> Map:
    """An object's labels."""
    return part(obj, "metadata").get("labels") or {}


CLUSTER_PATHS: dict[str, Pointer] = {
    "RayCluster": ("spec",),
    "RayJob": ("spec", "rayClusterSpec"),
    "RayService": ("spec", "rayClusterConfig"),
    "RayCronJob": ("spec", "jobTemplate", "rayClusterSpec"),
}
"""Where each kind has its RayClusterSpec."""


def cluster_of(obj: Map) -> Cluster | None:
    """The cluster of a Ray object; None for a job that runs in a cluster that exists already.

    The jobs of a RayCronJob have no annotations: its template has no metadata.
    """
    kind = obj["kind"]
    path = CLUSTER_PATHS[kind]
    spec: Any = obj
    for name in path:
        spec = (spec or {}).get(name)
    if spec is None and kind in ("RayJob", "RayCronJob"):
        return None
    return _cluster(spec or {}, path, {} if kind == "RayCronJob" else annotations_of(obj))


def job_spec_of(obj: Map) -> tuple[Map, Pointer] | None:
    """The RayJobSpec of a RayJob or RayCronJob, and where it stands."""
    if obj["kind"] == "RayJob":
        return part(obj, "spec"), ("spec",)
    if obj["kind"] == "RayCronJob":
        return part(obj, "spec", "jobTemplate"), ("spec", "jobTemplate")
    return None
