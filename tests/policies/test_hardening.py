"""Every field that hardens a pod, flipped in the final objects one at a time: by whatever path, some rule denies it.

Overrides, templates and patches all end in the objects that rules see, so a flip there stands for each of them. The
objects are real: a training run with every pod that KubeRay makes of it, and what the examples have committed.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mlgitops.policy.decide import Decision, Question, decide
from mlgitops.policy.harness import sources
from mlgitops.policy.input_schema import input_schema
from mlgitops.policy.inputs import environment_input, objects_input
from mlgitops.policy.pods import pods_of
from mlgitops.policy.rules import RuleSet, read_rules
from mlgitops.policy.totality import Shape
from mlgitops.programs.opa import OpaEngine
from mlgitops.programs.process import require
from mlgitops.render.training import render_training
from mlgitops.source import Pointer, parse_pointer, pointer_text
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.reader import Document, read
from tests.render.resolved_models import FULL_MODEL, resolved_model, written

Json = Any
Objects = list[tuple[str, dict[str, Json]]]
REPOSITORY = Path(__file__).resolve().parents[2]

WEAKER_CONTEXTS: dict[str, Json] = {
    "allowPrivilegeEscalation": True,
    "appArmorProfile": {"type": "Unconfined"},
    "capabilities": {"add": ["SYS_ADMIN"], "drop": ["ALL"]},
    "privileged": True,
    "procMount": "Unmasked",
    "readOnlyRootFilesystem": False,
    "runAsGroup": 0,
    "runAsNonRoot": False,
    "runAsUser": 0,
    "seLinuxOptions": {"type": "spc_t"},
    "seccompProfile": {"type": "Unconfined"},
}
"""What must not stand in a container's security context."""

WEAKER_PODS: dict[str, Json] = {
    "automountServiceAccountToken": True,
    "hostIPC": True,
    "hostNetwork": True,
    "hostPID": True,
    "securityContext": {"runAsUser": 0},
    "shareProcessNamespace": True,
    "volumes": [{"name": "host", "hostPath": {"path": "/"}}],
}
"""What must not stand in a pod's spec."""


class Flip(NamedTuple):
    """One change of the objects."""

    file: str
    pointer: Pointer
    value: Json

    def __str__(self) -> str:
        return f"{self.file}#{pointer_text(self.pointer)} = {self.value!r}"


@cache
def rule_set() -> RuleSet:
    paths = [path for path in (REPOSITORY / "policies").rglob("*") if path.is_file()]
    rules, findings = read_rules({p.relative_to(REPOSITORY).as_posix(): p.read_text("utf-8") for p in paths})
    assert findings == []
    return rules


def environment(target: str) -> dict[str, Json]:
    """The environment of a target: the examples' own, or that of the run."""
    if target == "training":
        resolved = resolved_model()
        return environment_input(resolved.environment_name, resolved.environment)
    name = target.partition("/")[0]
    path = f"environments/{name}/environment.yaml"
    return environment_input(name, written((REPOSITORY / path).read_text("utf-8"), path, Environment).value.spec)


def training() -> Objects:
    """A run with a head, workers, an autoscaler, a submitter, and the two Jobs after it."""
    elastic = FULL_MODEL.replace("    workers: 4\n", "    workers: {min: 1, max: 4}\n")
    rendered = render_training(resolved_model(elastic))
    assert isinstance(rendered, tuple)
    return [(f"train/{one.file}", one.data) for one in rendered]


def committed(target: str) -> Objects:
    """What stands below rendered/ for a target."""
    objects: Objects = []
    for path in sorted((REPOSITORY / "rendered" / target).rglob("*.yaml")):
        document = read(path.read_text("utf-8"), path.name)
        assert isinstance(document, Document)
        objects.append((f"{path.parent.name}/{path.name}", document.data))
    return objects


def flips(objects: Objects, model: str) -> Iterator[Flip]:
    """Every hardening field flipped, and every weakening field added."""
    for file, data in objects:
        yield from (Flip(file, pointer, value) for pointer, value in _declared(data, ()))
        for pod in pods_of(file, data):
            at = (*parse_pointer(pod["pointer"]), "spec")
            yield from (Flip(file, (*at, field), value) for field, value in WEAKER_PODS.items())
            if pod["metadata"].get("labels", {}).get("app.kubernetes.io/component") != "sign":
                yield Flip(file, (*at, "serviceAccountName"), f"{model}-sign")
            for kind in ("containers", "initContainers"):
                own = [c for c in pod["spec"].get(kind, []) if c["name"] not in pod["injected"]]
                for index, _ in enumerate(own):
                    for field, value in WEAKER_CONTEXTS.items():
                        yield Flip(file, (*at, kind, index, "securityContext", field), value)
                    yield Flip(file, (*at, kind, index, "securityContext"), None)
                    yield Flip(file, (*at, kind, index, "image"), "registry.example.com/ml/ray:latest")
                    yield Flip(file, (*at, kind, index, "ports"), [{"containerPort": 1, "hostPort": 1}])


def _declared(value: Json, at: Pointer) -> Iterator[tuple[Pointer, Json]]:
    """The leaves of security contexts and the fields beside them, each with its opposite."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        here = (*at, key)
        if "securityContext" in at:
            if not isinstance(inner, dict | list):
                yield here, _opposite(inner)
            elif isinstance(inner, list):
                yield here, []
        elif key == "automountServiceAccountToken":
            yield here, not inner
        elif here[-2:] == ("authOptions", "mode"):
            yield here, "disabled"
        yield from _declared(inner, here)


def _opposite(leaf: Json) -> Json:
    if isinstance(leaf, bool):
        return not leaf
    return 0 if isinstance(leaf, int) else "Unconfined"


def _flipped(objects: Objects, flip: Flip) -> Objects:
    return [(file, _with(data, flip.pointer, flip.value) if file == flip.file else data) for file, data in objects]


def _with(data: dict[str, Json], pointer: Pointer, value: Json) -> dict[str, Json]:
    result = copy.deepcopy(data)
    place: Json = result
    for token in pointer[:-1]:
        place = place.setdefault(token, {}) if isinstance(place, dict) else place[token]
    place[pointer[-1]] = value
    return result


@pytest.mark.parametrize("target", ["training", "dev/digits", "staging/breast-cancer"])
def test_every_flip_is_denied(target: str) -> None:
    objects = training() if target == "training" else committed(target)
    model = "churn" if target == "training" else target.rpartition("/")[2]
    every = {str(flip): flip for flip in flips(objects, model)}
    assert len(every) > 60
    where = environment(target)
    questions = [Question("as it is", objects_input(model, where, objects))]
    questions += [Question(name, objects_input(model, where, _flipped(objects, flip))) for name, flip in every.items()]
    with OpaEngine(sources(rule_set()), require("opa"), jobs=1) as engine:
        before, *after = decide(engine, rule_set(), "objects", questions, Shape(input_schema("objects")))
    known = _denied(before, "")
    assert {rule for rule, _ in known} == ({"security.allowed-registries"} if target == "training" else set())
    harmless = [decision.subject for decision in after if not _denied(decision, every[decision.subject].file) - known]
    assert harmless == []


def _denied(decision: Decision, file: str) -> set[tuple[str, str]]:
    """The rules that deny something in a file, with where."""
    denials = [found for found in decision.findings if found.severity == "error" and found.pointer.startswith(file)]
    return {(found.rule, found.pointer) for found in denials}
