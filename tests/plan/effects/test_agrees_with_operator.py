"""Which edits of a RayService start a new cluster: our rules against the operator's own hash, field by field."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ryaml import loads

from mlgitops.plan.effects.rules import RAY_CLUSTER, muted
from mlgitops.plan.fields import compare
from mlgitops.source import Pointer, pointer_text
from tests.render.preflight.operator import ask

Json = Any
ROOT = Path(__file__).parents[3]
SERVICES = ("dev/digits", "prod/digits", "staging/breast-cancer")
WORKER = {"groupName": "second", "replicas": 1, "minReplicas": 1, "maxReplicas": 2, "numOfHosts": 1}
GATES = [{"name": "example.com/wait"}]
TOLERATIONS = [{"key": "spot", "operator": "Exists", "effect": "NoSchedule"}]


def service(target: str) -> Json:
    return loads((ROOT / f"rendered/{target}/serve/rayservice.yaml").read_text())


def leaves(value: Json, at: Pointer = ()) -> Iterator[Pointer]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*at, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, (*at, index))
    else:
        yield at


def other(value: Json, at: Pointer) -> Json:
    """Another value of the same type, which the operator can read."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value - 1 if str(at[-1]).endswith("percent") else value + 1
    if isinstance(value, str):
        is_quantity = "sizeLimit" in at or {"limits", "requests"} & set(at)
        return f"1{value}" if is_quantity else f"{value}x"
    return {"example": "x"} if isinstance(value, dict) else ["x"]


def with_value(data: Json, at: Pointer, value: Json) -> Json:
    changed = copy.deepcopy(data)
    here = changed
    for token in at[:-1]:
        here = here[token]
    here[at[-1]] = value
    return changed


def edits(data: Json) -> Iterator[tuple[str, Json]]:
    """Every leaf of the cluster with another value, every list turned round, and what is not there yet."""
    cluster: Pointer = ("spec", "rayClusterConfig")
    for at in leaves(data["spec"]["rayClusterConfig"]):
        value = data["spec"]["rayClusterConfig"]
        for token in at:
            value = value[token]
        if value != {}:  # `emptyDir: {}` has fields of its own
            yield pointer_text(at), with_value(data, (*cluster, *at), other(value, at))
    pod = ("template", "spec")
    for group in (("headGroupSpec",), ("workerGroupSpecs", 0)):
        yield "gates", with_value(data, (*cluster, *group, *pod, "schedulingGates"), GATES)
        yield "tolerations", with_value(data, (*cluster, *group, *pod, "tolerations"), TOLERATIONS)
        env = data["spec"]["rayClusterConfig"]
        for token in (*group, *pod, "containers", 0, "env"):
            env = env[token]
        yield "order", with_value(data, (*cluster, *group, *pod, "containers", 0, "env"), env[::-1])
    groups = data["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    yield "delete", with_value(data, (*cluster, "workerGroupSpecs", 0, "scaleStrategy"), {"workersToDelete": ["a"]})
    yield "a group more", with_value(data, (*cluster, "workerGroupSpecs"), [*groups, {**groups[0], **WORKER}])
    yield "upgrade", with_value(data, (*cluster, "upgradeStrategy"), {"type": "Recreate"})


def hashes(objects: list[Json]) -> list[str]:
    lines = "".join(json.dumps(one) + "\n" for one in objects)
    return [json.loads(line)["hash"] for line in ask(["hashes"], lines.encode()).decode().splitlines()]


@pytest.mark.parametrize("target", SERVICES)
def test_each_field(target: str) -> None:
    data = service(target)
    names, objects = zip(*edits(data), strict=True)
    before, *after = hashes([data, *objects])
    assert len(objects) > 150
    wrong = []
    for name, edited, found in zip(names, objects, after, strict=True):
        fields = compare(data["spec"]["rayClusterConfig"], edited["spec"]["rayClusterConfig"])
        assert fields, f"{name} was not edited"
        ours = any(muted(field, "1.6.2") is None for field in fields)
        if ours != (found != before):
            wrong.append((name, "new cluster" if ours else "ignored", [field.path for field in fields]))
    assert wrong == []


def test_each_rule_of_the_version_is_asked_about() -> None:
    """A rule that no edit above reaches would be a rule that nobody checks."""
    reached = set()
    for target in SERVICES:
        data = service(target)
        for _, edited in edits(data):
            for field in compare(data["spec"]["rayClusterConfig"], edited["spec"]["rayClusterConfig"]):
                rule = muted(field, "1.6.2")
                reached |= {rule.path} if rule else set()
    assert reached == {rule.path for rule in RAY_CLUSTER if rule.holds("1.6.2")}
