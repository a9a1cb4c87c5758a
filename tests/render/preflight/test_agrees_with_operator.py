"""Preflight says of an object what the API server and the KubeRay operator say: asked of their own code."""

from __future__ import annotations

import copy
import json
import random
from functools import cache
from typing import Any

import pytest
from ruamel.yaml import YAML

from mlgitops.programs.process import environment, require, run
from mlgitops.render.preflight import preflight
from mlgitops.render.preflight.codes import CODES
from tests.render.preflight.operator import ROOT, Verdict, ask, samples, verdicts
from tests.render.preflight.refused import ACCEPTED, REFUSED, Refused
from tests.render.preflight.valid import BASES, Map

MUTATED = 1200
SEED = 20261121
VALUES = (
    None,
    True,
    0,
    -1,
    7,
    1 << 40,
    1.5,
    "",
    "x",
    "Never",
    "1",
    "v2",
    [],
    ["x"],
    [{}],
    {},
    {"x": "y"},
    {"name": "x"},
)
"""What a rough mutation puts in a place: of every type, and some that mean something."""

ALIKE: dict[type, tuple[Any, ...]] = {
    str: (
        "",
        "x",
        "Never",
        "1",
        "v1",
        "v2",
        "SidecarMode",
        "HTTPMode",
        "token",
        "2.40",
        "true",
        "512Mi",
        "a b",
        "x" * 60,
    ),
    int: (-1, 0, 1, 2, 5, 600),
    bool: (True, False),
}
"""What a gentle mutation puts in a place: another value of the same type."""


def refused(obj: Map) -> set[str]:
    return {problem.code for problem in preflight(obj) if problem.code.startswith("kuberay/")}


@cache
def answers() -> dict[str, list[Verdict]]:
    return {
        "valid": verdicts([make() for make in BASES.values()]),
        "refused": verdicts([case.obj for case in REFUSED]),
        "accepted": verdicts(ACCEPTED),
    }


def test_the_objects_all_else_starts_from_are_valid() -> None:
    assert [verdict.answers for verdict in answers()["valid"]] == [""] * len(BASES)
    assert [refused(make()) for make in BASES.values()] == [set()] * len(BASES)


def test_every_rule_refuses_what_the_operator_refuses_for_the_same_reason() -> None:
    wrong = [
        (case.code, case.answer, sorted(refused(case.obj)), verdict.answers)
        for case, verdict in zip(REFUSED, answers()["refused"], strict=True)
        if refused(case.obj) != {case.code} or case.answer not in verdict.answers
    ]
    assert [case for case in wrong if not _accompanied(case)] == []


def _accompanied(case: tuple[str, str, list[str], str]) -> bool:
    """Whether the rule speaks beside others that follow from the same fault, and the operator gives its answer."""
    code, answer, codes, said = case
    return code in codes and answer in said


def test_the_operator_accepts_what_comes_close() -> None:
    said = [(index, verdict.answers) for index, verdict in enumerate(answers()["accepted"]) if not verdict.valid]
    assert said == []
    assert [(index, refused(obj)) for index, obj in enumerate(ACCEPTED) if refused(obj)] == []


def test_every_rule_of_the_version_was_seen_with_both_outcomes() -> None:
    rules = {code for code, rule in CODES.items() if code.startswith("kuberay/") and rule.since == "1.6.2"}
    seen = {case.code for case in REFUSED}
    # Nothing in this version's CRDs but the status, which Git does not hold, limits the length of a text; and a kind
    # that it does not serve has no verdict.
    assert rules - seen == {"kuberay/length", "kuberay/unknown-kind"}
    assert seen <= rules


def test_mutated_objects_get_the_same_verdict() -> None:
    objects = mutated()
    found = verdicts(objects)
    differ = [
        (index, sorted(refused(obj)), verdict.answers)
        for index, (obj, verdict) in enumerate(zip(objects, found, strict=True))
        if bool(refused(obj)) == verdict.valid
    ]
    assert differ == []
    valid = sum(verdict.valid for verdict in found)
    assert MUTATED // 10 < valid < MUTATED * 9 // 10, "the mutations must leave objects of both kinds"


def mutated() -> list[Map]:
    """Objects with one to three changes anywhere in them, the same at every run."""
    chance = random.Random(SEED)
    good = [*(make() for make in BASES.values()), *ACCEPTED]
    bad = [case.obj for case in REFUSED if len(json.dumps(case.obj)) < 100_000]
    objects = []
    for number in range(MUTATED):
        obj = copy.deepcopy(chance.choice(bad if number % 4 == 0 else good))
        for _ in range(chance.randint(1, 3)):
            mutate(obj, chance, rough=number % 4 == 1)
        objects.append(obj)
    return objects


def mutate(obj: Map, chance: random.Random, rough: bool) -> None:
    """Change one place: remove, rename or repeat it, or give it another value, of the same type unless `rough`."""
    *parents, last = chance.choice(list(_places(obj, ())))
    parent: Any = obj
    for name in parents:
        parent = parent[name]
    alike = ALIKE.get(type(parent[last]), (parent[last],))
    kind = chance.randrange(8 if rough else 20)
    if kind == 0:
        del parent[last]
    elif kind == 1 and isinstance(last, str):
        parent[chance.choice(["x", last + "s", last.upper(), last[:-1]])] = parent.pop(last)
    elif kind == 2 and isinstance(last, int):
        parent.append(copy.deepcopy(parent[last]))
    else:
        parent[last] = copy.deepcopy(chance.choice(VALUES if rough else alike))


def _places(value: Any, path: tuple[str | int, ...]) -> Any:
    if len(path) > 0 and path[0] in ("apiVersion", "kind"):
        return
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in list(items):
        yield from _places(item, (*path, name))


def test_the_samples_of_the_module_get_the_same_verdict() -> None:
    objects = [obj for text in samples().values() for obj in _as_kubernetes_reads(text) if _is_ray(obj)]
    assert len(objects) >= 75
    found = verdicts(objects)
    differ = [
        (obj["kind"], obj["metadata"]["name"], sorted(refused(obj)), verdict.answers)
        for obj, verdict in zip(objects, found, strict=True)
        if bool(refused(obj)) == verdict.valid
    ]
    assert differ == []


def _as_kubernetes_reads(text: str) -> list[Any]:
    """The documents of a text in YAML 1.1, where `defaultMode: 0400` is a number."""
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 1)
    return json.loads(json.dumps(list(reader.load_all(text))))


def _is_ray(obj: Any) -> bool:
    return isinstance(obj, dict) and str(obj.get("apiVersion")).startswith("ray.io/")


def test_the_program_needs_no_module_cache() -> None:
    """A machine that got the built programs from a cache has none."""
    nowhere = environment({"HOME": "/nowhere", "GOPATH": "/nowhere", "GOMODCACHE": "/nowhere"})
    assert run([require("kuberay-validate"), "schema"], cwd=ROOT, env=nowhere, timeout=120).stdout == ask(["schema"])


def test_the_schema_that_is_carried_is_the_modules() -> None:
    carried = (ROOT / "mlgitops/render/preflight/crd-1.6.2.json").read_text()
    assert carried == ask(["schema"]).decode(), "run: tools/bin/kuberay-validate schema > the file"


@pytest.mark.parametrize("case", [case for case in REFUSED if case.code == "kuberay/name-too-long"])
def test_a_fault_is_said_in_a_persons_words(case: Refused) -> None:
    [problem] = [problem for problem in preflight(case.obj) if problem.code == case.code]
    limit = "53" if case.obj["kind"] == "RayCluster" else "47"
    got = "54" if limit == "53" else "48"
    assert problem.message == f"the name of a {case.obj['kind']} must have at most {limit} characters, got {got}"
    assert (problem.pointer, problem.severity) == (("metadata", "name"), "error")
