"""The parts of a Ray object that rules look at, with null read as absent, as the API server reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mlgitops.source import Pointer

Map = dict[str, Any]

AUTOSCALER_V2_VARIABLE = "RAY_enable_autoscaler_v2"


class Group(NamedTuple):
    """The head, or a group of workers."""

    name: str
    spec: Map
    pointer: Pointer

    @property
    def containers(self) -> list[Map]:
        """The containers of its pods; the first is Ray's."""
        return part(self.spec, "template", "spec").get("containers") or []

    @property
    def start_params(self) -> Map:
        """What `ray start` is given."""
        return self.spec.get("rayStartParams") or {}

    @property
    def restart_policy(self) -> str:
        """Of its pods; empty when it is left to the operator."""
        return part(self.spec, "template", "spec").get("restartPolicy") or ""

    def variable(self, name: str) -> Map | None:
        """The first variable of this name in Ray's container."""
        for container in self.containers[:1]:
            for variable in container.get("env") or ():
                if variable.get("name") == name:
                    return variable  # type: ignore[no-any-return]
        return None

    def variable_pointer(self, name: str) -> Pointer:
        """Where that variable stands, or where it would."""
        variables = (self.containers[0].get("env") or ()) if self.containers else ()
        place: Pointer = (*self.pointer, "template", "spec", "containers", 0, "env")
        index = next((i for i, variable in enumerate(variables) if variable.get("name") == name), None)
        return place if index is None else (*place, index)


class Cluster(NamedTuple):
    """A RayClusterSpec, wherever it stands, and the annotations that the operator reads with it."""

    spec: Map
    pointer: Pointer
    annotations: Map

    @property
    def head(self) -> Group:
        """The head group."""
        return Group("head", self.spec.get("headGroupSpec") or {}, (*self.pointer, "headGroupSpec"))

    @property
    def workers(self) -> Iterator[Group]:
        """The groups of workers."""
        for index, group in enumerate(self.spec.get("workerGroupSpecs") or ()):
            yield Group(str(group.get("groupName", "")), group, (*self.pointer, "workerGroupSpecs", index))

    @property
    def autoscaled(self) -> bool:
        """Whether Ray's autoscaler runs."""
        return bool(self.spec.get("enableInTreeAutoscaling"))

    @property
    def autoscaler_v2(self) -> bool:
        """Whether its second version was asked for in the spec; the default of the Ray version does not count."""
        return part(self.spec, "autoscalerOptions").get("version") == "v2"

    @property
    def autoscaler_v2_variable(self) -> bool:
        """Whether it was asked for the older way, by a variable of the head."""
        return (self.head.variable(AUTOSCALER_V2_VARIABLE) or {}).get("value") in ("1", "true")


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
    return Cluster(spec or {}, path, {} if kind == "RayCronJob" else annotations_of(obj))


def job_spec_of(obj: Map) -> tuple[Map, Pointer] | None:
    """The RayJobSpec of a RayJob or RayCronJob, and where it stands."""
    if obj["kind"] == "RayJob":
        return part(obj, "spec"), ("spec",)
    if obj["kind"] == "RayCronJob":
        return part(obj, "spec", "jobTemplate"), ("spec", "jobTemplate")
    return None
