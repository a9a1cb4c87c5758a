"""`mlgitops explain MODEL@ENV`, on the miniature repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import copy, memory, originals  # noqa: F401  fixtures
from tests.pipeline.miniature import edit, mlgitops, write

PROD = """\
alpha@prod: v1 serves, same as dev
release      environments/prod/releases/alpha.yaml
             asked for by @growth; medium risk
approvals    none asked for medium risk
version      v1, made 2026-10-05T03:02:00Z by @growth
             onnx sha256:aaaaaaaaaaaa, signed by ml-platform
             trained by manual, attempt 1; run sha256:aaaaaaaaaaaa
             code cccccccccccc
data         training train  sha256:aaaaaaaaaaaa
metrics      r2  0.5      at least 0.4
waivers      none
policy       allowed (2 rules, by opa 1.21.4)
layers       version (specs/alpha/versions/v1/version.yaml): serving.entrypoint,
               serving.image, serving.route
             model (specs/alpha/model.yaml): data (8), serving.replicas (2),
               target, task, training.deadline, training.entrypoint,
               training.framework, training.hyperparameters, validation.dataset,
               validation.metrics (2)
             environment defaults (environments/prod/environment.yaml):
               serving.resources (2), training.resources (2)
             built-in defaults: the rest
to change it an edit of serving.replicas, serving.accelerators,
               serving.resources counts at once: hardware is no behaviour
             serving.entrypoint of the working tree, which v1 has otherwise,
               with a version of their own
"""


@pytest.fixture
def root(copy: Any) -> Path:  # noqa: F811
    place: Path = copy("plain")
    return place


def explain(root: Path, target: str, *words: str) -> Any:
    return mlgitops(root, "explain", target, *words, engine="opa")


def test_a_target_that_serves_is_explained_whole(root: Path) -> None:
    ran = explain(root, "alpha@prod")
    assert ran.err == ""
    assert ran.out == PROD
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 80


def test_a_model_without_a_release(root: Path) -> None:
    ran = explain(root, "gamma@dev")
    assert ran.out.startswith("gamma@dev: nothing serves\nrelease      none\napprovals    none\nversion      none\n")
    assert "a release: without one everything but serving is rendered\n" in ran.out
    assert ran.code == 0


def test_what_the_environment_before_has_can_be_promoted(root: Path) -> None:
    ran = explain(root, "beta@prod")
    assert ran.out.startswith("beta@prod: nothing serves, behind dev (v1)\n")
    assert "to change it `mlgitops promote beta --to prod` brings v1 from dev\n" in ran.out


def test_a_limit_that_the_version_does_not_keep_and_an_edit_that_waits(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", "min: 0.4", "min: 0.6")
    edit(root, "specs/alpha/serve.py", "rate = 1", "rate = 2")
    ran = explain(root, "alpha@prod")
    assert "metrics      r2  0.5      NOT at least 0.6\n" in ran.out
    assert "serve.py of the working tree, which v1 has\n" in ran.out


def test_a_denial_is_told_and_a_waiver_of_it(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", 'labels: {forbidden: "no"}', "labels: {forbidden: model}")
    denied = explain(root, "alpha@dev")
    assert denied.code == 1
    assert "policy       denied (2 rules, by opa 1.21.4)\n" in denied.out
    write(
        root,
        {
            "policies/waivers/w.yaml": """\
            apiVersion: mlgitops.dev/v1alpha1
            kind: Waiver
            metadata: {name: w}
            spec:
              rule: words.label
              model: alpha
              environment: dev
              owner: "@growth"
              reason: It is only a word.
              ticket: T-1
              issued: "2026-11-20"
              expires: "2026-12-20"
            """
        },
    )
    waived = explain(root, "alpha@dev")
    assert waived.code == 0
    assert "waivers      words.label until 2026-12-20 (29 days left), @growth, T-1: It is\n" in waived.out
    assert "waived policy/words.label: expected another label" in waived.out


def test_the_same_for_programs(root: Path) -> None:
    ran = explain(root, "alpha@prod", "--format", "json")
    document = json.loads(ran.out)
    assert list(document) == [
        *("version", "target", "asOf", "released", "data", "metrics", "waivers", "engine", "findings", "values"),
        "wouldChange",
    ]
    assert {"path": "serving.route", "value": "/alpha", "layer": "version"}.items() <= next(
        one.items() for one in document["values"] if one["path"] == "serving.route"
    )
    assert document["metrics"][0]["keeps"] is True
    assert document["metrics"][0]["limitAt"].startswith("specs/alpha/model.yaml:")


@pytest.mark.parametrize("target", ["nobody@prod", "alpha@nowhere", "gamma@prod", "@", "alpha@prod@x"])
def test_what_is_not_there_is_a_usage_error(target: str, root: Path) -> None:
    ran = explain(root, target)
    assert (ran.code, ran.out) == (2, "")


def test_a_target_with_errors_says_them(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", "task: regression", "task: regress")
    ran = explain(root, "alpha@dev")
    assert ran.code == 1
    assert ran.out.startswith("specs/alpha/model.yaml:5:")
