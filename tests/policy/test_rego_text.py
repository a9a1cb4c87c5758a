"""What is told from the text of a module: never less than what a rule reads or calls."""

from __future__ import annotations

import pytest

from mlgitops.policy.names import undeclared
from mlgitops.policy.projection import kept, project
from mlgitops.policy.rego_text import Module
from mlgitops.programs.process import environment, require, run
from tests.policy.example import ROOT, example

MODULE = r'''# METADATA
# deny contains input.comment
package mlgitops.cost.gpu_limit

import data.mlgitops.library.quantity
import data.mlgitops_data.quotas as q
import input.spec.triggers as triggers

default allowed := false

allowed if input.target.model

limit[team] := n if some team, n in q.gpus

total(a, [b, c]) := d if d := a + b + c

deny contains {"pointer": pointer, "message": message} if {
	some i, dataset in input.spec.data
	some x
	input.environment.y[x] == "input.text # deny contains"
	[p, r] := total(i, [1, 2])
	{"name": name} := dataset
	every k, v in dataset { k != v }
	every z in p {
		z > 1
	}
	count([w | w := r[_]; w > 1e5]) > quantity.times(1, 2)
	not name in {"a", `raw input.raw "`}
	input["spec"].serving.replicas[0].min
	input.metadata.labels["a.b/c"].d
	pointer := sprintf("%d", [i])
	message := $"x {input.release.version} word"
	deny[_]
	triggers
}
'''  # fmt: skip


def test_references() -> None:
    assert [reference.path for reference in Module(MODULE).references("input")] == [
        ("spec", "triggers"),
        ("target", "model"),
        ("spec", "data"),
        ("environment", "y", "*"),
        ("spec", "serving", "replicas", "*", "min"),
        ("metadata", "labels", "a.b/c", "d"),
        ("release", "version"),
    ]
    assert Module(MODULE).references("data").__next__() == (("mlgitops", "library", "quantity"), 5, 8)


def test_sets_package_and_names() -> None:
    module = Module(MODULE)
    assert (module.package, module.package_line) == ("mlgitops.cost.gpu_limit", 3)
    assert module.sets == {"deny"}
    assert list(undeclared(module)) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("deny contains x if { lmit > 2 }", ["x", "lmit"]),
        ("deny contains 1 if { xs := [1]\n\txs[j] }", ["j"]),
        ("deny contains message if {\n\tmesage := 1\n}", ["message"]),
        ("f(a) := b", ["b"]),
        ("f(a) := a\n\ndeny contains f(1)", []),
        ("deny contains input.x.y.z", []),
        ("deny contains 1 if true\n\ndeny contains 2 if not deny[1]", []),
    ],
)
def test_names_that_nothing_declares(text: str, names: list[str]) -> None:
    assert [word.text for word in undeclared(Module(f"package a\n\n{text}\n"))] == names


@pytest.mark.parametrize(
    ("texts", "tree"),
    [
        (["input.a.b", "input.a.c"], {"a": {"b": {}, "c": {}}}),
        (["input.a.b.c", "input.a"], {"a": {}}),
        (["input.a", "input.a.b.c"], {"a": {}}),
        (["input.a[x].b"], {"a": {}}),
        (['input["a"].b'], {"a": {"b": {}}}),
        (["f(input)"], None),
        (["some x in input"], None),
        (["input[x].b"], None),
        (['input["a\\"b"].c'], None),
        (["# input", '"input.a"', "inputs.a", "x.input.a"], {}),
        (["import input.a as b"], {"a": {}}),
        (['$"{input.a}"'], {"a": {}}),
    ],
)
def test_what_is_kept(texts: list[str], tree: object) -> None:
    assert kept(texts) == tree


def test_projection() -> None:
    document = {"a": {"b": [1], "c": 2}, "d": None, "e": 3}
    assert project(document, {"a": {"b": {}}, "d": {"x": {}}, "z": {}}) == {"a": {"b": [1]}, "d": None}
    assert project(document, {}) == document


def test_metadata_is_what_opa_reads() -> None:
    import json

    argv = [require("opa"), "inspect", "--annotations", "--format", "json", str(ROOT / "policies")]
    found = json.loads(run(argv, cwd=ROOT, env=environment(), timeout=30).stdout)["annotations"]
    said = {entry["annotations"]["custom"]["id"]: entry["annotations"] for entry in found}
    assert {
        rule.id: (
            rule.title,
            rule.description,
            {"id": rule.id, "severity": rule.severity, "scope": rule.scope, "remediation": rule.remediation},
        )
        for rule in example().rules
    } == {name: (entry["title"], entry["description"], entry["custom"]) for name, entry in said.items()}
